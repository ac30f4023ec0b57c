"""Reads a .csv as Excel writes it: `;` or `,`, quotes, any case of the column names, and columns for others."""

import csv
import sys
from collections.abc import Iterator, Sequence

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
        self._lines_again = enumerate(lines_of(data), 1)  # for places: one more pass, however many rows are refused
        self._problems = problems
        for self.delimiter in _DELIMITERS:
            self._rows = csv.reader(lines_of(data), delimiter=self.delimiter, strict=True)
            self.header = self._names()
            if "email" in self.header:
                break

    def entries(self) -> list[Entry]:
        """Returns the sound rows of a list; what is wrong with the others is noted."""
        columns = self.columns(_COLUMNS)
        return [] if columns is None else list(self._sound_rows(*columns))

    def columns(self, names: Sequence[str]) -> list[int] | None:
        """Returns where each column stands, for `cell`; None, and it is noted, if there is no `email` or two of one."""
        doubled = [name for name in names if self.header.count(name) > 1]
        if "email" not in self.header:
            self._refuse(Place(self._file, 1, 1), "no column `email`", "name the columns in the first line of the list")
        elif doubled:
            self._refuse(Place(self._file, 1, 1), f"two columns `{doubled[0]}`", "rename one of them")
        else:
            return [self.header.index(name) if name in self.header else _NO_COLUMN for name in names]
        return None

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yields the rows below the header, each with the line that it begins on; notes where it is no CSV."""
        last = self._rows.line_num
        try:
            for row in self._rows:
                yield last + 1, row
                last = self._rows.line_num
        except csv.Error as error:
            what = "not valid CSV: a quote that does not end, or text around one"
            if "field limit" in str(error):
                what = f"a field of more than {csv.field_size_limit()} characters, or a quote that does not end"
            self._refuse(Place(self._file, last + 1, 1), what, "look for a single double quote on this line")

    def refuse(self, line: int, column: int, what: str, next_step: str) -> None:
        """Notes what is wrong in the row that begins on that line: once for a row, in the order of the rows."""
        self._refuse(self._place(line, column), what, next_step)

    def _names(self) -> list[str]:
        try:
            header = next(filter(any, self._rows), [])
        except csv.Error:
            return []
        return [name.strip().casefold() for name in header]

    def _sound_rows(self, emails: int, untils: int, reasons: int) -> Iterator[Entry]:
        for line, row in self.rows():
            email, until = cell(row, emails), cell(row, untils)
            day = day_of(until) if until else None
            if not is_address(email):
                if any(map(str.strip, row)):
                    self.refuse(line, emails, *NOT_AN_ADDRESS)
            elif until and not day:
                self.refuse(line, untils, *NOT_A_DATE)
            else:
                yield Entry(email, day, sys.intern(cell(row, reasons)) or None, self._file, line)

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
        for number, text in self._lines_again:
            if number >= line:
                yield from text


def cell(row: Sequence[str], column: int) -> str:
    """Returns what stands in a column, trimmed; nothing if the row is shorter."""
    return row[column].strip() if column < len(row) else ""
