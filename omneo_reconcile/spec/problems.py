"""What is wrong or odd in the files, and at which place, until it becomes the faults that are shown.

No text made here or by the callers holds an email or another value of a list: a place says where to look.
"""

import difflib
from collections.abc import Collection
from typing import NamedTuple

from omneo_reconcile.errors import FailureName, Fault, Oddity

_LONGEST_NAME = 60  # characters of a key or handle that a message repeats


class Place(NamedTuple):
    """A spot in a file.

    Attributes:
        file: The path as the user gave it, with forward slashes.
        line: Counted from 1.
        column: In characters, counted from 1.
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """``file:line:column``."""
        return f"{self.file}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """One thing that is wrong, or only odd, at one place. Problems sort by file, line and column."""

    place: Place
    what: str
    next_step: str
    name: FailureName = FailureName.INVALID_SPEC
    is_odd: bool = False

    def fault(self) -> Fault:
        """Returns the problem as the line that is shown."""
        kind = Oddity if self.is_odd else Fault
        return kind(self.name, self.what, str(self.place), self.next_step)


def place_at(file: str, data: bytes, offset: int) -> Place:
    """Returns the place of the byte at that offset in UTF-8 text, of which all before the offset is sound."""
    before = data[:offset].decode("utf-8", "ignore").replace("\r\n", "\n").replace("\r", "\n")
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def quoted(word: str, instead: str) -> str:
    """Returns the key or handle in backquotes, or the other words if it may be an email or cannot be shown well."""
    if "@" in word or not word.isprintable() or not 0 < len(word) <= _LONGEST_NAME:
        return instead
    return f"`{word}`"


def unknown_key(place: Place, key: str, known: Collection[str]) -> Problem:
    """Returns the problem of a key that the format does not have, with the nearest one that it has."""
    near = difflib.get_close_matches(key[:_LONGEST_NAME], known, n=1)
    next_step = f"did you mean `{near[0]}`?" if near else f"the keys known here are {', '.join(known)}"
    name = quoted(key, "")
    return Problem(place, f"unknown key {name}" if name else "unknown key", next_step)
