"""The rows of any list in order and each once, be it YAML, CSV or text."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

Line = TypeVar("Line")


class Row(NamedTuple, Generic[Line]):
    """What a line of a list is sorted by.

    Attributes:
        person: The email in normal form; a handle or path where the list is one of those.
        says: What the line says beside. Not until when: who has two last days makes a spec invalid.
        written: The email as spelled.
        line: The line itself.
    """

    person: str
    says: tuple[object, ...]
    written: str
    line: Line


def each_once(rows: Iterable[Row[Line]]) -> Iterator[tuple[Line, list[Line]]]:
    """Yields the lines in order, each with those that can go because they say no more than it does.

    Of such lines the one stays that the loader prefers, so that a plan shows what it showed before.
    """
    by_person = itemgetter(0)
    for _, group in groupby(sorted(rows, key=by_person), key=by_person):
        kept: dict[tuple[object, ...], tuple[Line, list[Line]]] = {}
        for row in sorted(group, key=lambda row: (not row.says, row.says, row.written)):
            says = row.says or next(iter(kept), ())
            if says in kept:
                kept[says][1].append(row.line)
            else:
                kept[says] = row.line, []
        yield from kept.values()
