"""What the documentation says is what the code does: keys, commands, exit codes, words, links, pictures."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import click
import pytest

from omneo_reconcile.cli.commands import main
from omneo_reconcile.core.changes import HeldWhy, Reason
from omneo_reconcile.core.model import Mode, UnresolvedPolicy
from omneo_reconcile.core.reading import WayName
from omneo_reconcile.core.resolve import Why
from omneo_reconcile.core.run import Outcome
from omneo_reconcile.errors import FailureName
from omneo_reconcile.formats import FORMATS
from omneo_reconcile.pipeline.commands import main as pipeline
from omneo_reconcile.spec.document import read_document
from omneo_reconcile.spec.files import find
from omneo_reconcile.spec.problems import Problem
from omneo_reconcile.spec.trees import WORK_TREE

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}


def blocks(text: str, language: str) -> Iterator[str]:
    yield from re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(command: click.Command = main, path: str = "omneo-reconcile") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, f"{path} {name}")


def words(text: str) -> str:
    return " ".join(text.replace("\b", " ").split())


COMMANDS = dict(commands())
_OTHER_VARIABLES = {"OMNEO_TOKEN", "OMNEO_READ_TOKEN", "OMNEO_WRITE_TOKEN", "OMNEO_TAG_TOKEN"}


def test_what_the_pictures_show_is_what_the_tool_prints(tmp_path):
    subprocess.run([sys.executable, ROOT / "docs/pictures.py", "--texts-only", tmp_path], check=True)
    for made in tmp_path.iterdir():
        assert made.read_text() == (ROOT / "docs/pictures" / made.name).read_text(), "run python docs/pictures.py"


def test_a_picture_asks_for_nothing():
    assert "url(" not in (ROOT / "docs/pictures/plan.svg").read_text().replace("url(#", "")


def test_the_page_of_keys_says_what_the_schema_says(tmp_path):
    subprocess.run([sys.executable, ROOT / "docs/reference.py", tmp_path], check=True)
    assert (tmp_path / "spec.md").read_text() == TEXTS["spec.md"], "run python docs/reference.py"


@pytest.mark.parametrize("path", COMMANDS)
def test_the_page_of_commands_says_what_help_says(path):
    """Word by word, but for the layout, which is click's and changes with it."""
    shown = words(TEXTS["commands.md"].partition(f"\n## {path}\n")[2].partition("\n## ")[0])
    command = COMMANDS[path]
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    assert words(command.help or "") in shown, "run python docs/reference.py"
    assert all(words(option.help or "") in shown for option in options)
    named = {name for option in options for name in (*option.opts, *option.secondary_opts)}
    assert set(re.findall(r"(?<![\w-])--[a-z-]+", shown.partition("Options:")[2])) - named <= {"--help"}
    assert all(name in shown for name in named)


def test_the_page_of_commands_has_no_other():
    assert set(re.findall(r"^## (.+)$", TEXTS["commands.md"], re.MULTILINE)) == COMMANDS.keys()


def test_the_page_of_exit_codes_lists_every_failure_beside_its_code_and_what_to_do():
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d+) \| .+ \| .+ \|$", TEXTS["exit-codes.md"], re.MULTILINE)
    assert {name: int(code) for name, code in rows} == {name.value: name.exit_code for name in FailureName}
    meanings = re.findall(r"^\| ([\d, ]+) \|", TEXTS["exit-codes.md"], re.MULTILINE)
    assert {int(code) for codes in meanings for code in codes.split(",")} == {
        0,
        2,
        *(name.exit_code for name in FailureName),
    }


_IN_A_TABLE = {Why, HeldWhy, WayName, Outcome}


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("modes.md", Mode),
        ("modes.md", Reason),
        ("modes.md", Why),
        ("modes.md", HeldWhy),
        ("modes.md", UnresolvedPolicy),
        ("reading.md", WayName),
        ("applying.md", Outcome),
    ],
)
def test_a_page_explains_every_word_that_a_plan_or_receipt_may_say(page: str, kind: type[StrEnum]):
    rows = [line for line in TEXTS[page].splitlines() if line.startswith("| ")]
    told = "\n".join(rows) if kind in _IN_A_TABLE else TEXTS[page]
    assert [word for word in kind if not re.search(rf"(`|\*\*| ){word}(`|\*\*| )", told)] == []


def test_the_page_of_formats_names_every_format():
    choices = next(option for option in COMMANDS["omneo-reconcile plan"].params if option.name == "format").type
    assert isinstance(choices, click.Choice)
    assert list(FORMATS) == list(choices.choices)
    assert [name for name in FORMATS if f"`{name}`" not in TEXTS["new-format.md"]] == []


def options_of(command: click.Command) -> set[str]:
    return {name for option in command.params for name in option.opts}


def test_every_option_and_variable_that_a_page_names_is_one():
    known = {"--help", "--quick"}.union(*map(options_of, (*COMMANDS.values(), *pipeline.commands.values())))
    named = {option for text in TEXTS.values() for option in re.findall(r"`(--[a-z-]+)[^`]*`", text)}
    assert named - known == set()
    variables = {option.envvar for one in (*COMMANDS.values(), *pipeline.commands.values()) for option in one.params}
    shown = {name for text in TEXTS.values() for name in re.findall(r"\bOMNEO_[A-Z_]+\b", text)}
    assert shown - variables - _OTHER_VARIABLES == set()


def test_every_page_is_linked_from_the_readme():
    assert [name for name in TEXTS if name != "README.md" and f"(docs/{name}" not in TEXTS["README.md"]] == []


@pytest.mark.parametrize("session", sorted(ROOT.glob("tests/cases/*/session.txt")), ids=lambda path: path.parent.name)
def test_help_names_every_exit_code_that_a_session_ends_with(session):
    played = re.findall(r"^\$ (omneo-reconcile .+)\n(?:(?!\$ ).*\n)*?\[exit (\d+)\]", session.read_text(), re.MULTILINE)
    for line, code in played:
        path = command_of(shlex.split(line))[0]
        assert re.search(rf"^ +{code}\b", (COMMANDS[path].help or "").partition("Exit codes:")[2], re.MULTILINE), line


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_that_a_page_shows_is_one_that_the_tool_takes(name):
    lines = [line for block in blocks(TEXTS[name], "sh") for line in block.splitlines()]
    for line in lines:
        for written in re.findall(r"(?:^|[ (])(omneo-reconcile [^#|>)]+)", line):
            check_takes(shlex.split(written))


def command_of(arguments: list[str]) -> tuple[str, list[str]]:
    path, *rest = arguments
    while rest and f"{path} {rest[0]}" in COMMANDS:
        path = f"{path} {rest.pop(0)}"
    return path, rest


def check_takes(arguments: list[str]) -> None:
    path, rest = command_of(arguments)
    context = click.Context(COMMANDS[path], info_name=path)
    COMMANDS[path].make_parser(context).parse_args(rest)
    assert not isinstance(COMMANDS[path], click.Group), arguments


@pytest.mark.parametrize("name", TEXTS)
def test_every_spec_that_a_page_shows_is_one_that_the_tool_takes(name, tmp_path):
    for written in blocks(TEXTS[name], "yaml"):
        if written.startswith("version:"):
            (tmp_path / "spec.yaml").write_text(written, encoding="utf-8")
            problems: list[Problem] = []
            for file in find([str(tmp_path)], problems, WORK_TREE):
                read_document(file, problems)
            assert problems == []


@pytest.mark.parametrize("name", TEXTS)
def test_every_link_leads_somewhere(name):
    folder = ROOT if name == "README.md" else ROOT / "docs"
    for path, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", TEXTS[name])):
        if path.startswith("https://"):
            continue
        target = folder / path if path else folder / name
        assert target.exists(), path
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
