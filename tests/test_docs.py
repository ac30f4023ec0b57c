"""The pictures and texts of the documentation are what the tool prints now."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    subprocess.run([sys.executable, ROOT / "docs/pictures.py", "--texts-only", folder], check=True)
    return folder


@pytest.mark.parametrize("name", ["plan.svg", "comment.md", "applied.md", "fork.md"])
def test_what_the_pictures_show_is_what_the_tool_prints(made, name):
    assert (made / name).read_text() == (ROOT / "docs/pictures" / name).read_text(), "run python docs/pictures.py"


def test_every_picture_that_a_page_shows_is_there_and_asks_for_nothing():
    for page in (*ROOT.glob("docs/*.md"), ROOT / "README.md"):
        for line in page.read_text().splitlines():
            if line.startswith("!["):
                assert (page.parent / line.partition("(")[2].rstrip(")")).is_file(), line
    assert "url(" not in (ROOT / "docs/pictures/plan.svg").read_text().replace("url(#", "")
