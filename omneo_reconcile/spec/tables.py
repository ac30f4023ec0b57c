"""Reads a .csv list as Excel writes it: `;` or `,`, quotes, any case of the column names, and columns for others."""

import csv
import sys
from collections.abc import Iterator
from itertools import islice

from omneo_reconcile.core.emails import is_address
from omneo_reconcile.core.model import Entry
from omneo_reconcile.spec.entries import NOT_A_DATE, NOT_AN_ADDRESS, day_of
from omneo_reconcile.spec.files import lines_of
from omneo_reconcile.spec.problems import Place, Problem

_DELIMITERS = ";,"
_COLUMNS = ("email", "until", "reason")
_NO_COLUMN = sys.maxsize


class Table:
    """One CSV file.

    Attributes:
        delimiter: What divides the fields.
        header: The names of the columns, trimmed and in lower case.
    """

    def __init__(self, file: str, data: bytes, problems: list[Problem]) -> None:
        """Finds the header, and with it what divides the fields.

        Args:
            file: The name that places show.
            data: Sound UTF-8.
            problems: Takes what is wrong with the header and the rows.
        """
        self._file = file
        self._data = data
        self._problems = problems
        for self.delimiter in _DELIMITERS:
            self._rows = csv.reader(lines_of(data), delimiter=self.delimiter, strict=True)
            self.header = self._names()
            if "email" in self.header:
                break

    def entries(self) -> list[Entry]:
        """Returns the sound rows; what is wrong with the others is noted."""
        doubled = [name for name in _COLUMNS if self.header.count(name) > 1]
        if "email" not in self.header:
            self._refuse(Place(self._file, 1, 1), "no column `email`", "name the columns in the first line of the list")
        elif doubled:
            self._refuse(Place(self._file, 1, 1), f"two columns `{doubled[0]}`", "rename one of them")
        else:
            return list(self._sound_rows())
        return []

    def _names(self) -> list[str]:
        try:
            header = next(filter(any, self._rows), [])
        except csv.Error:
            return []
        return [name.strip().casefold() for name in header]

    def _sound_rows(self) -> Iterator[Entry]:
        file = self._file
        emails, untils, reasons = (self.header.index(n) if n in self.header else _NO_COLUMN for n in _COLUMNS)
        last = self._rows.line_num
        try:
            for row in self._rows:
                line, last = last + 1, self._rows.line_num
                email, until = _cell(row, emails), _cell(row, untils)
                day = day_of(until) if until else None
                if not is_address(email):
                    if any(map(str.strip, row)):
                        self._refuse(self._place(line, emails), *NOT_AN_ADDRESS)
                elif until and not day:
                    self._refuse(self._place(line, untils), *NOT_A_DATE)
                else:
                    yield Entry(email, day, sys.intern(_cell(row, reasons)) or None, file, line)
        except csv.Error:
            what = "not valid CSV: a quote that does not end, or text around one"
            self._refuse(Place(file, last + 1, 1), what, "look for a single double quote on this line")

    def _refuse(self, place: Place, what: str, next_step: str) -> None:
        self._problems.append(Problem(place, what, next_step))

    def _place(self, line: int, field: int) -> Place:
        """Finds where a field of the row that begins on that line begins."""
        column, is_quoted = 1, False
        for letter in self._text_from(line):
            if not field or (letter == "\n" and not is_quoted):
                break
            is_quoted ^= letter == '"'
            field -= letter == self.delimiter and not is_quoted
            line, column = (line + 1, 1) if letter == "\n" else (line, column + 1)
        return Place(self._file, line, column)

    def _text_from(self, line: int) -> Iterator[str]:
        for text in islice(lines_of(self._data), line - 1, None):
            yield from text


def _cell(row: list[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""
