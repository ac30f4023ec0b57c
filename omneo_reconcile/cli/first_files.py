"""The files that a new repository begins with: text made of the recipes and of what is known."""

import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import PurePosixPath
from typing import NamedTuple

from omneo_reconcile.cli.repository import Branch
from omneo_reconcile.spec.fmt_text import scalar
from omneo_reconcile.spec.schema import schema_text

IGNORED = (".omneo-reconcile/", "plan.json", "receipt.json", "undo.json")
"""What `git` must not keep: all of it holds emails in full."""

_PIPELINES = {
    "github": ("github.yml", PurePosixPath(".github/workflows/omneo.yml")),
    "gitlab": ("gitlab-ci.yml", PurePosixPath(".gitlab-ci.yml")),
}
_THE_TOOL = "where omneo-reconcile is, and the commit of it that you reviewed"


class Known(NamedTuple):
    """What was told or found out; None for what was not."""

    tenant: str | None
    timezone: str | None
    branch: Branch


class FirstFile(NamedTuple):
    """A file to write.

    Attributes:
        path: Where, from the top of the repository.
        data: What it holds.
        to_fill_in: What its owner has still to say: the numbers of its lines, by what they lack.
    """

    path: PurePosixPath
    data: bytes
    to_fill_in: Mapping[str, Sequence[int]]


def first_spec(known: Known) -> FirstFile:
    """Returns a spec that is valid, explains itself and names no status yet."""
    text = _recipe("spec.yaml")
    for key in ("tenant", "timezone"):
        value = getattr(known, key)
        if value is not None:
            text = re.sub(rf"^# ({key}): \S+", rf"\1: {scalar(value)}", text, flags=re.MULTILINE)
    return _file(PurePosixPath("specs/spec.yaml"), text, {"# tenant:": "the tenant"})


def editor_schema() -> FirstFile:
    """Returns the schema that the first line of the spec names, with which an editor completes and checks."""
    return FirstFile(PurePosixPath(".omneo.schema.json"), schema_text().encode(), {})


def pipeline_file(forge: str, known: Known) -> FirstFile:
    """Returns the pipeline of a forge, for a spec in the folder `specs`."""
    name, path = _PIPELINES[forge]
    text = _recipe(name).partition("\n")[2]  # the first line is for those who copy it by hand
    lacking = {"your-organisation/": _THE_TOOL, "your-group/": _THE_TOOL, "pin it by": "the digest of the image"}
    branch = known.branch.name or "main"
    if known.tenant is None:
        lacking["acme"] = "the tenant"
    if forge == "github" and not known.branch.is_sure:
        lacking |= dict.fromkeys((f'["{branch}"]', f"/{branch}'"), f"the default branch, if it is not {branch}")
    names = {"acme": _quoted(known.tenant or "acme"), "main": branch}
    return _file(path, re.sub(r"\b(?:acme|main)\b", lambda found: names[found[0]], text), lacking)


def ignore_file(path: PurePosixPath, present: bytes) -> FirstFile:
    """Returns a `.gitignore` as it is, with the rules that it lacks."""
    there = _ignored_by(present)
    missing = [rule for rule in IGNORED if there.isdisjoint((rule.encode(), rule.encode().rstrip(b"/")))]
    if not missing:
        return FirstFile(path, present, {})
    gap = b"" if not present else b"\n" if present.endswith(b"\n") else b"\n\n"
    rules = "\n".join(["# Files of omneo-reconcile with emails in full", *missing, ""])
    return FirstFile(path, present + gap + rules.encode(), {})


def _ignored_by(rules: bytes) -> set[bytes]:
    """Returns the names that git ignores at the top of a repository by a line of their own: the last one counts."""
    lines = (line.removesuffix(b"\r").rstrip(b" ") for line in rules.split(b"\n"))
    last = {line.removeprefix(b"!").removeprefix(b"/"): not line.startswith(b"!") for line in lines}
    return {name for name, is_ignored in last.items() if is_ignored}


def _recipe(name: str) -> str:
    return resources.files("omneo_reconcile").joinpath("recipes", name).read_text(encoding="utf-8")


def _quoted(name: str) -> str:
    """Returns the name so that a forge takes it for text, also where it looks like a number or a switch."""
    return name if name[0].isalpha() and scalar(name) == name else f'"{name}"'


def _file(path: PurePosixPath, text: str, lacking: Mapping[str, str]) -> FirstFile:
    to_fill_in: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for what in dict.fromkeys(what for mark, what in lacking.items() if mark in line):
            to_fill_in.setdefault(what, []).append(number)
    return FirstFile(path, text.encode(), to_fill_in)
