"""What a step on GitHub prints: marks at the lines of the spec, then the text; and what it hands to later steps.

Source: GitHub Docs, Workflow commands for GitHub Actions, and actions/toolkit `command.ts`; read 2026-11-22.
"""

from collections.abc import Iterator

from omneo_reconcile.formats.as_text import PLAIN, Look, review_as_text, text_of
from omneo_reconcile.formats.documents import Document, review_of
from omneo_reconcile.formats.escape import plain
from omneo_reconcile.formats.review import Level, Mark

_NUMBERS = ("changes", "to_add", "to_remove", "unresolved")
_MOST_MARKS = 10  # of each level: GitHub shows no more of one step. Source: GitHub Docs, Annotations limits


def as_github(document: Document, look: Look = PLAIN) -> Iterator[str]:
    """Yields one workflow command for each mark, then the document as text."""
    review = review_of(document)
    for level in Level:
        yield from (f"{line}\n" for line in _commands(level, review.marks))
    yield from review_as_text(review, look)


def step_outputs(document: Document) -> str:
    """Returns the lines for the file that GitHub names in ``GITHUB_OUTPUT``: numbers, fingerprint, failure reason."""
    review = review_of(document)
    numbers = {name: review.numbers.get(name, "") for name in _NUMBERS}
    values = {**numbers, "fingerprint": review.fingerprint or "", "failure-reason": review.failure_reason or ""}
    return "".join(f"{name}={plain(str(value))}\n" for name, value in values.items())


def _commands(level: Level, marks: tuple[Mark, ...]) -> Iterator[str]:
    chosen = [mark for mark in marks if mark.level is level]
    fits = len(chosen) <= _MOST_MARKS
    for mark in chosen if fits else chosen[: _MOST_MARKS - 1]:
        yield _command(mark)
    if not fits:
        yield f"::{level}::{len(chosen) - _MOST_MARKS + 1} more like these: see the summary of this step"


def _command(mark: Mark) -> str:
    properties = {"title": mark.title}
    if mark.source is not None:
        properties = {"file": mark.source.file, "line": str(mark.source.line)} | properties
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{mark.level} {told}::{_data(text_of(mark.message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")
