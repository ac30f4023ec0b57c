"""Hides who people are, and keeps them apart: a document in, the same with masked emails out."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, assert_never, cast

from msgspec import Struct
from msgspec.json import Encoder
from msgspec.structs import replace

from omneo_reconcile.core.changes import Change, Held, Unresolved
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.explanation import Explanation
from omneo_reconcile.core.failure import Failure
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.receipt import Receipt, ResultRow
from omneo_reconcile.core.spec_diff import SpecDiff
from omneo_reconcile.core.spec_members import MemberChange
from omneo_reconcile.core.survey import Survey
from omneo_reconcile.core.validation import Validation
from omneo_reconcile.formats.documents import Document
from omneo_reconcile.formats.escape import replace_emails

_IDENTIFIERS = frozenset({"handle", "status", "profile_id"})
_Struct = TypeVar("_Struct", bound=Struct)
_encode = Encoder().encode

Person = Change | ResultRow | Held | Unresolved | MemberChange
"""A row about one person, whose email stands in it alone."""


class Masks:
    """A mask for each person: the first letter and a number, `j… #17`, the same wherever the person stands.

    It holds neither local part, domain nor hash, so nothing can be looked up from it. Source: contract, Commands.
    """

    def __init__(self, emails: Iterable[str | None]) -> None:
        """Numbers the people in the order given, from 1."""
        self._numbers: dict[str, int] = {}
        for email in emails:
            if email is not None:
                self._numbers.setdefault(normal_form(email), len(self._numbers) + 1)

    def of(self, email: str) -> str:
        """Returns the mask of a person; one who has no number yet gets the next."""
        return self._mask(normal_form(email))

    def in_identifier(self, text: str) -> str:
        """Returns a handle or an id with every email in it masked: two that differ stay two, in case too."""
        return replace_emails(text, self._mask)

    def in_text(self, text: str) -> str:
        """Returns free text with every email in it masked."""
        return replace_emails(text, self.of)

    def _mask(self, key: str) -> str:
        return f"{key[:1]}… #{self._numbers.setdefault(key, len(self._numbers) + 1)}"


class PeopleMasked:
    """Rows about people, each masked whenever it is read: there may be very many, and nobody keeps a second copy.

    They stand in a masked document for the tuple of rows that was there.
    """

    def __init__(self, rows: Sequence[Person], masks: Masks) -> None:
        """Numbers the people whom the rows name beside those they are about."""
        self._rows, self._masks = rows, masks
        self._naming = {place for place, row in enumerate(rows) if _names_others(row)}
        for place in sorted(self._naming):
            self[place]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def __getitem__(self, place: int) -> Person:
        """The row, masked."""
        place = range(len(self._rows))[place]  # from whichever end it is counted
        row = self._rows[place]
        if place in self._naming:
            return _masked_struct(row, self._masks)
        return row if row.email is None else replace(row, email=self._masks.of(row.email))

    def __iter__(self) -> Iterator[Person]:
        """The rows, masked."""
        return map(self.__getitem__, range(len(self._rows)))


def _names_others(row: Person) -> bool:
    """Tells whether anything beside the email of a row may hold one."""
    return _encode(row).count(b"@") > (row.email or "").count("@")


def mask(document: Document) -> Document:
    """Returns the document with every email masked, wherever in it one stands.

    People are numbered in the order of changes first, so a receipt gives them the numbers of its plan.
    """
    masks = Masks(row.email for rows in _people(document) for row in rows)
    return cast(Document, _masked(document, masks))


def _people(document: Document) -> tuple[Sequence[Person], ...]:
    match document:
        case Plan() | Receipt():
            return document.changes, document.held, document.unresolved
        case SpecDiff():
            return tuple(status.members for status in document.statuses)
        case Explanation() | Survey() | Validation() | Failure():
            return ()
        case _:
            assert_never(document)


def _masked(value: object, masks: Masks) -> object:
    """Returns a value with all text in it masked: no field is left out because somebody forgot to name it."""
    if type(value) is str:
        return masks.in_text(value) if "@" in value else value
    if isinstance(value, tuple):
        if value and isinstance(value[0], Person):
            return PeopleMasked(value, masks)
        return tuple(_masked(item, masks) for item in value)
    if isinstance(value, Struct):
        return _masked_struct(value, masks)
    return value


def _masked_struct(struct: _Struct, masks: Masks) -> _Struct:
    changed = {}
    for name in struct.__struct_fields__:
        before = getattr(struct, name)
        if name == "email" and before is not None:
            after: object = masks.of(before)  # even where the tenant stores what does not look like one
        elif name in _IDENTIFIERS and isinstance(before, str):
            after = masks.in_identifier(before)
        else:
            after = _masked(before, masks)
        if after != before:
            changed[name] = after
    return replace(struct, **changed) if changed else struct
