"""Wire to values: strings or numbers, objects or handles, words nobody documented.

Each function takes JSON of any shape. Missing is not empty: what was not told, or cannot be understood, comes back as
None. Source: omneo-api.md, Reading profiles.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Raw, Struct

from omneo_reconcile.core.model import Profile

_LARGEST_NUMBER = 10**18  # beyond that it counts nothing
_SPELLINGS = 1024  # a million rows spell types and statuses in a few ways: each is understood once
_NOT_TOLD = Raw(b"")
_Kind = TypeVar("_Kind")


class Row(Struct, gc=False):
    """One row as told, of a profile or of the definition of a status; what many rows have in common is not decoded."""

    id: object = None
    handle: object = None
    email: object = _NOT_TOLD
    profile_type: Raw = _NOT_TOLD
    statuses: Raw = _NOT_TOLD
    statuses_original: Raw = _NOT_TOLD


class Page(NamedTuple):
    """One page of a list.

    Attributes:
        rows: As told.
        total: Rows in all pages, or None if not told.
        per_page: The size that the server says it used, or None if not told.
        last_page: Counted from 1, or None if not told.
        told: Whether it tells anything of its paging.
    """

    rows: tuple[Row, ...]
    total: int | None
    per_page: int | None
    last_page: int | None
    told: bool

    @property
    def size(self) -> int:
        """Rows that fit a page, by this first one: what came, if that is less than was said though more is counted."""
        came, said = len(self.rows), self.per_page or len(self.rows)
        return came if 0 < came < said and (self.total or 0) > came else said

    @property
    def rows_in_all(self) -> int:
        """How many rows all pages have, or at least this one, if it does not tell."""
        return max(len(self.rows), self.total or 0)

    def pages(self, size: int) -> int | None:
        """Returns how many pages there are by what this one tells, at least 1, or None if it does not tell.

        Args:
            size: Rows that fit a page.
        """
        if self.total is not None and size:
            return max(1, -(-self.total // size))
        return None if self.last_page is None else max(1, self.last_page)


class _Many(Struct, gc=False):
    data: tuple[Row, ...]
    meta: object = None
    links: object = None


class _One(Struct, gc=False):
    data: Row


def page(body: bytes) -> Page | None:
    """Returns the page of an envelope, or None if it is none."""
    told = decoded(body, _Many)
    if told is None:
        return None
    meta, links = mapping(told.meta), mapping(told.links)
    total, per_page, last_page = (count(meta.get(name)) for name in ("total", "per_page", "last_page"))
    return Page(told.data, total, per_page, last_page, told=bool(meta or links))


def count(value: object) -> int | None:
    """Returns a whole number that counts something, or None: a negative one counts nothing."""
    whole = number(value)
    return None if whole is None or whole < 0 else whole


def single(body: bytes) -> Profile | None:
    """Returns the one profile of an envelope, or None if there is none."""
    told = decoded(body, _One)
    return None if told is None else profile(told.data)


def profile(row: Row) -> Profile | None:
    """Returns the profile of a row, or None if it has no id.

    A row that does not say whose it is counts as not telling its statuses: it is not one of a person without an email.
    """
    profile_id, email, kind = text(row.id), row.email, _type(bytes(row.profile_type))
    if profile_id is None:
        return None
    if email is not None and not isinstance(email, str):
        return Profile(profile_id, None, kind, None)
    return Profile(profile_id, text(email), kind, _held(bytes(row.statuses), bytes(row.statuses_original)))


def mentions(row: Row, handle: str) -> bool | None:
    """Tells whether a row names the status, held or run out, or None if it does not tell its statuses."""
    lists = [decoded(bytes(told), object) for told in (row.statuses, row.statuses_original) if told != _NOT_TOLD]
    told = [_handles(entries) for entries in lists]
    if not told or None in told:
        return None
    original = objects(decoded(bytes(row.statuses_original), object))
    names = (text(entry.get("name")) for entry in original if entry["handle"] == handle)
    return any(handles is not None and not handles.keys().isdisjoint({handle, *names}) for handles in told)


def tells(row: Row, field: str) -> bool | None:
    """Tells whether a field of a row is filled, or None if the row does not have it."""
    told = getattr(row, field)
    return None if told == _NOT_TOLD else told not in (None, Raw(b"null"))


def text(value: object) -> str | None:
    """Returns a string or a whole number as text; None for anything else, and for nothing but white space."""
    if isinstance(value, str):
        return value.strip() or None
    whole = number(value)
    return None if whole is None else str(whole)


def number(value: object) -> int | None:
    """Returns a whole number given as number or text, else None."""
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,18}\s*", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST_NUMBER:
        return None
    return value


def decoded(told: bytes, kind: type[_Kind]) -> _Kind | None:
    """Returns JSON as values of a type, or None if it is of another or none."""
    try:
        return msgspec.json.decode(told, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def mapping(value: object) -> Mapping[str, object]:
    """Returns an object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[Mapping[str, object]]:
    """Returns the objects of a list, or none if it is no list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


@lru_cache(_SPELLINGS)
def _type(told: bytes) -> str | None:
    kind = text(decoded(told, object))
    return kind and kind.lower()


@lru_cache(_SPELLINGS)
def _held(statuses: bytes, statuses_original: bytes) -> frozenset[str] | None:
    """Returns the handles held now; a status that either list shows as inactive is not held.

    That the strings of the first list are handles is inferred; a name that the second one explains is taken too.
    """
    entries = decoded(statuses_original, object)
    told, original = _handles(decoded(statuses, object) if statuses else entries), _handles(entries)
    if told is None or original is None:
        return None if told is None else frozenset(handle for handle, active in told.items() if active)
    names = {text(entry.get("name")): str(entry["handle"]) for entry in objects(entries)}
    active = (handle if handle in original else names.get(handle, handle) for handle in told if told[handle])
    return frozenset(handle for handle in active if original.get(handle, True))


def _handles(value: object) -> dict[str, bool] | None:
    """Returns each handle of a list and whether it is active, or None if the list cannot be understood."""
    if not isinstance(value, list):
        return None
    handles: dict[str, bool] = {}
    for entry in value:
        handle = entry.get("handle") if isinstance(entry, dict) else entry
        if not isinstance(handle, str):  # a bare number would be an id, not a handle
            return None
        active = not isinstance(entry, dict) or entry.get("is_active", True) not in (False, 0, "0", "false")
        handles[handle] = active or handles.get(handle, False)  # one that ran out may stand beside a new one
    return handles
