"""Rows put together by what is shown of them, and left where they stand."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Generic, TypeVar

from msgspec import Struct, field

_Row = TypeVar("_Row")
_Key = TypeVar("_Key")

by_status = attrgetter("status")


class Picked(Struct, Generic[_Row], frozen=True):
    """Some rows of a document, read there anew each time: masked ones are made as they are read, and not kept.

    Attributes:
        places: Where in the rows they stand, counted from 0.
    """

    rows: Sequence[_Row]
    places: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        """How many rows are picked."""
        return len(self.places)

    def __iter__(self) -> Iterator[_Row]:
        """The rows, in the order in which they were picked."""
        return map(self.rows.__getitem__, self.places)


def picked_by(key: Callable[[_Row], _Key], rows: Sequence[_Row]) -> defaultdict[_Key, Picked[_Row]]:
    """Returns the rows by a key, in their order; none for a key that no row has."""
    groups: defaultdict[_Key, Picked[_Row]] = defaultdict(lambda: Picked(rows))
    for place, row in enumerate(rows):
        groups[key(row)].places.append(place)
    return groups
