"""Reads the lists that `members_from` names: .csv, and .txt with one email a line.

One pass and few objects a row, since a million rows are a normal case: columns are worked out for faults only.
"""

import re
from collections.abc import Sequence
from pathlib import Path, PurePath

from omneo_reconcile.core.emails import is_address
from omneo_reconcile.core.model import Entry
from omneo_reconcile.spec.entries import NOT_AN_ADDRESS
from omneo_reconcile.spec.files import SpecFile, confined, is_absolute, lines_of, read_utf8
from omneo_reconcile.spec.problems import Place, Problem
from omneo_reconcile.spec.tables import Table

LIST_ENDINGS = (".csv", ".txt")
COMMENT = re.compile(r"(?:^|\s)#.*")  # behind an email, or the whole line


class Lists:
    """The lists of one spec. Each file is read once, however many statuses name it."""

    def __init__(self, problems: list[Problem]) -> None:
        """Starts with no list read; what is wrong with lists goes where the caller says."""
        self._problems = problems
        self._entries: dict[Path, Sequence[Entry] | None] = {}
        self.files: list[SpecFile] = []

    def entries(self, named_in: SpecFile, text: str, place: Place) -> Sequence[Entry] | None:
        """Returns the rows of a list, or None if it, or one of its rows, cannot be used.

        Args:
            named_in: The YAML file, beside which the list lies.
            text: The path as written there.
            place: Where it is written.
        """
        path = self._path(named_in, text)
        if isinstance(path, str):
            next_step = "name a .csv or .txt file beside this file, with forward slashes"
            self._problems.append(Problem(place, f"this list {path}", next_step))
            return None
        if path not in self._entries:
            file = named_in.beside(path)
            self.files.append(file)
            self._entries[path] = self._read(file)
        return self._entries[path]

    def _path(self, named_in: SpecFile, text: str) -> Path | str:
        if is_absolute(text):
            return "has an absolute path"
        if PurePath(text).suffix.lower() not in LIST_ENDINGS:
            return "is neither .csv nor .txt"
        return confined(named_in.folder, named_in.path.parent / text, named_in.tree)

    def _read(self, file: SpecFile) -> Sequence[Entry] | None:
        data = read_utf8(file)
        if isinstance(data, Problem):
            self._problems.append(data)
            return None
        before = len(self._problems)
        if file.path.suffix.lower() == ".csv":
            entries = Table(file.shown, data, self._problems).entries()
        else:
            entries = _text_entries(file.shown, data, self._problems)
        return entries if len(self._problems) == before else None


def _text_entries(file: str, data: bytes, problems: list[Problem]) -> list[Entry]:
    entries = []
    for number, line in enumerate(lines_of(data), 1):
        email = line.strip()
        if "#" in email:
            email = COMMENT.sub("", email).rstrip()
        if is_address(email):
            entries.append(Entry(email, None, None, file, number))
        elif email:
            column = len(line) - len(line.lstrip()) + 1
            problems.append(Problem(Place(file, number, column), *NOT_AN_ADDRESS))
    return entries
