"""What a reader is shown, as one value: made of a document once, and laid out by every format.

Whatever comes from a spec or a tenant is a `Value` in it, so that each format escapes it in one place; all other text
is our own words.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from omneo_reconcile.core.model import Source
from omneo_reconcile.formats.picking import Picked


class Value(Struct, frozen=True):
    """Text from a spec or a tenant. It may hold anything."""

    text: str


Phrase = tuple[str | Value, ...]
"""Our words, and values among them."""


class Tone(StrEnum):
    """What a reader should feel about a row."""

    LOSS = "loss"
    GAIN = "gain"
    WARNING = "warning"
    FAILURE = "failure"
    QUIET = "quiet"


SERIOUS_FIRST = (Tone.FAILURE, Tone.LOSS, Tone.WARNING, Tone.GAIN, Tone.QUIET)
"""The order in which a reader should see them."""


class Row(Struct, frozen=True):
    """One person in one status, or one thing that was looked at.

    Attributes:
        details: What else there is to say, most important first.
        source: The line of the spec that says so, if one does.
    """

    status: str
    who: Phrase
    why: Phrase
    details: tuple[Phrase, ...] = ()
    source: Source | None = None


class Group(Struct, frozen=True):
    """Rows that share what happens to them. They are made as they are read: there may be very many.

    Attributes:
        title: Such as ``Would remove``.
        sign: One character for all rows.
        things: What the rows are made of.
        row: Makes a row of one thing.
    """

    title: str
    sign: str
    tone: Tone
    things: Sequence[Any] | Picked[Any]
    row: Callable[[Any], Row]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.things)

    @property
    def rows(self) -> Iterator[Row]:
        """The rows, anew each time."""
        return map(self.row, self.things)


class Section(Struct, frozen=True):
    """One status.

    Attributes:
        title: Its handle.
        subtitle: Its mode in words, and its owner.
        before: Holders now, or None if they were not counted or there are none to count.
        after: Holders when all is done, likewise.
        facts: What there is to know before the rows.
        remarks: What there is to know after them.
        cells: Its row in the table of statuses, one for each of the review's `columns`.
        is_refused: Whether it keeps the plan from being applied.
    """

    title: Phrase
    subtitle: Phrase = ()
    before: int | None = None
    after: int | None = None
    facts: tuple[Phrase, ...] = ()
    groups: tuple[Group, ...] = ()
    remarks: tuple[Phrase, ...] = ()
    cells: tuple[Phrase, ...] = ()
    is_refused: bool = False


class Level(StrEnum):
    """How a forge marks a line of the spec."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Mark(Struct, frozen=True):
    """Something to be shown at a line of the spec.

    Attributes:
        source: The line, or None if it belongs to none.
    """

    level: Level
    title: str
    message: Phrase
    source: Source | None


class Review(Struct, frozen=True):
    """All that is shown of one document.

    Attributes:
        kind: ``plan``, ``receipt``, ``diff``, ``explanation``, ``check``, ``validation`` or ``failure``.
        verdict: The one line to read if only one is read.
        tone: What the verdict means.
        losses: Who would lose what, in one line for each status; empty if nobody would.
        not_done: What was left alone, in one line; empty if nothing was.
        columns: Headings of the table of statuses.
        refused: Why it may not be applied, or does not work.
        remarks: What there is to know at the end.
        total: The last line, which does not change from version to version; empty if the verdict says it all.
        numbers: What a pipeline reads, by name.
        fingerprint: That of the plan, if there is one.
    """

    kind: str
    title: Phrase
    verdict: str
    tone: Tone
    total: str = ""
    tenant: str | None = None
    losses: tuple[Phrase, ...] = ()
    not_done: str = ""
    columns: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    refused: tuple[Phrase, ...] = ()
    refusal: str = "Refused"
    remarks: tuple[Phrase, ...] = ()
    marks: tuple[Mark, ...] = ()
    numbers: dict[str, int] = {}
    fingerprint: str | None = None
    failure_reason: str | None = None
