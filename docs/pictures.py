"""Makes the pictures of `docs/` from real output: a spec is edited, reviewed and applied on the simulated tenant.

python docs/pictures.py [--texts-only] [FOLDER]     # needs the extras `test` and `browser`, and Debian's chromium
"""

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from omneo_reconcile.formats.as_json import from_json
from omneo_reconcile.formats.as_text import Look, as_text

ROOT = Path(__file__).parent.parent
COLUMNS = 112
DAY = ("--as-of", "2026-06-15")
FIXED = {
    "GIT_AUTHOR_DATE": "2026-06-15T12:00:00Z",
    "GIT_COMMITTER_DATE": "2026-06-15T12:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
# Roughly what a forge makes of a comment: the pictures show what it says, not anybody's style.
STYLE = """
body { margin: 24px; width: 920px; font: 14px/1.5 'Liberation Sans', Arial, sans-serif; color: #1f2328; }
h3 { font-size: 18px; margin: 0 0 12px; }
code { font: 12px 'Liberation Mono', monospace; background: #eff1f3; padding: 2px 5px; border-radius: 5px; }
table { border-collapse: collapse; margin: 8px 0 12px; }
td, th { border: 1px solid #d0d7de; padding: 5px 10px; text-align: left; }
th { background: #f6f8fa; }
blockquote { margin: 0 0 12px; padding: 4px 16px; border-left: 4px solid #9a6700; }
blockquote p { margin: 4px 0; }
summary { cursor: default; font-weight: bold; }
"""


def main() -> None:
    """Writes every text and picture into the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--texts-only", action="store_true", help="leave out what needs a browser")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        texts = tell_story(Path(place))
    for name in texts.keys() - {"page.html"}:
        (chosen.folder / name).write_text(texts[name], encoding="utf-8")
    if not chosen.texts_only:
        take_pictures(texts, chosen.folder)


def tell_story(place: Path) -> dict[str, str]:
    """Returns what a reviewer sees of one change, from the diff of a fork to the receipt, by file name."""
    shutil.copytree(ROOT / "specs", place / "specs")
    git(place, "init", "-q")
    plan = run(place, "plan", "specs", "--sandbox", *DAY, "--out", "plan.json", "--format", "markdown")
    page = run(place, "show", "plan.json", "--format", "html")
    saved = from_json((place / "plan.json").read_bytes(), "plan.json")
    terminal = "".join(as_text(saved, Look(COLUMNS, in_colour=True)))
    applied = run(place, "apply", "plan.json", "--sandbox", "--receipt", "receipt.json", "--format", "markdown")
    git(place, "add", "specs")
    git(place, "-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x")
    edit_spec(place / "specs")
    diff = run(place, "diff", "specs", "--base", "HEAD", *DAY, "--format", "markdown")
    return {
        "plan.svg": as_picture_of_a_terminal(terminal),
        "comment.md": plan,
        "page.html": page,
        "applied.md": applied,
        "fork.md": diff,
    }


def edit_spec(specs: Path) -> None:
    """Makes a change that deserves a second look: a list becomes complete, and a limit is raised."""
    media, vip = specs / "media.yaml", specs / "vip.yaml"
    media.write_text(media.read_text().replace("  media:\n", "  media:\n    mode: exclusive\n"))
    vip.write_text(vip.read_text().replace("max_adds: 50", "max_adds: 5000"))


def run(place: Path, *arguments: str) -> str:
    """Returns what the tool prints where nobody is at the keyboard."""
    command = [sys.executable, "-m", "omneo_reconcile", *arguments]
    environment = {**os.environ, **FIXED, "CI": "true"}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def git(place: Path, *arguments: str) -> None:
    """Runs git where the story takes place."""
    subprocess.run(["git", "-C", str(place), *arguments], env={**os.environ, **FIXED}, check=True)


def as_picture_of_a_terminal(text: str) -> str:
    """Returns an SVG of a terminal that shows the text, which asks for no font from anywhere."""
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    console.print(Text.from_ansi(text))
    without_fonts = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    title = "omneo-reconcile plan specs"
    return console.export_svg(title=title, code_format=without_fonts, unique_id="plan") + "\n"


def take_pictures(texts: dict[str, str], folder: Path) -> None:
    """Takes a screenshot of each comment and of the page: on a desk in light and dark, and on a phone."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not needed for the texts

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for name, text in texts.items():
            if name.endswith(".md"):
                page = browser.new_page(viewport={"width": 968, "height": 100})
                page.set_content(as_comment(text))
                page.screenshot(path=folder / name.replace(".md", ".png"), full_page=True)
        for name, width, scheme in (("page", 1100, "light"), ("page-dark", 1100, "dark"), ("page-phone", 390, "light")):
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.set_content(texts["page.html"])
            page.screenshot(path=folder / f"{name}.png", full_page=name == "page")
        browser.close()


def as_comment(markdown: str) -> str:
    """Returns a page that shows a comment with its details unfolded."""
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    body = re.sub(r"\[!([A-Z]+)\]", lambda alert: f"<b>⚠ {alert[1].title()}</b><br>", body)
    return f"<style>{STYLE}</style>{body.replace('<details>', '<details open>')}"


if __name__ == "__main__":
    main()
