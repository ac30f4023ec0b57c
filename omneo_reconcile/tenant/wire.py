"""Wire to values: strings or numbers, objects or handles, words nobody documented.

Each function takes JSON of any shape. Missing is not empty: what was not told, or cannot be understood, comes back as
None. Source: omneo-api.md, Reading profiles.
"""

from functools import lru_cache
from typing import NamedTuple

from msgspec import Raw, Struct
from msgspec.json import Decoder

from omneo_reconcile.core.model import Profile
from omneo_reconcile.tenant.any_json import ANY, count, decoded, mapping, text

_SPELLINGS = 1024  # a million rows spell types and statuses in a few ways: each is understood once
_NOT_TOLD = Raw(b"")


class Row(Struct, gc=False):
    """One row as told, of a profile or of the definition of a status; what many rows have in common is not decoded."""

    id: object = None
    handle: object = None
    email: object = _NOT_TOLD
    profile_type: Raw = _NOT_TOLD
    statuses: Raw = _NOT_TOLD
    statuses_original: Raw = _NOT_TOLD


class _Status(Struct, gc=False):
    """A status told as an object: an odd name or activity in one says nothing of the others."""

    handle: str  # a bare number would be an id, not a handle
    name: object = None
    is_active: object = True


class _Listed(NamedTuple):
    """A status as a list tells of it, by its handle or as an object."""

    handle: str
    name: str | None = None
    is_active: bool = True


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


_PAGE = Decoder(_Many)
_SINGLE = Decoder(_One)
_STATUSES = Decoder(list[str | _Status])


def page(body: bytes) -> Page | None:
    """Returns the page of an envelope, or None if it is none."""
    told = decoded(body, _PAGE)
    if told is None:
        return None
    meta, links = mapping(told.meta), mapping(told.links)
    total, per_page, last_page = (count(meta.get(name)) for name in ("total", "per_page", "last_page"))
    return Page(told.data, total, per_page, last_page, told=bool(meta or links))


def single(body: bytes) -> Profile | None:
    """Returns the one profile of an envelope, or None if there is none."""
    told = decoded(body, _SINGLE)
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
    lists = [_listed(bytes(told)) for told in (row.statuses, row.statuses_original) if told != _NOT_TOLD]
    if not lists or None in lists:
        return None
    return any(handle in _handles(listed) for listed in lists if listed)


def tells(row: Row, field: str) -> bool | None:
    """Tells whether a field of a row is filled, or None if the row does not have it."""
    told = getattr(row, field)
    return None if told == _NOT_TOLD else told not in (None, Raw(b"null"))


@lru_cache(_SPELLINGS)
def _type(told: bytes) -> str | None:
    kind = text(decoded(told, ANY))
    return kind and kind.lower()


@lru_cache(_SPELLINGS)
def _held(statuses: bytes, statuses_original: bytes) -> frozenset[str] | None:
    explained = _listed(statuses_original)
    listed = _listed(statuses) if statuses else explained
    return None if listed is None else _active(listed, explained or ())


@lru_cache(_SPELLINGS)  # dates that differ from row to row are not among these
def _active(listed: tuple[_Listed, ...], explained: tuple[_Listed, ...]) -> frozenset[str]:
    """Returns the handles held now; a status that either list shows as inactive is not held.

    That the strings of the first list are handles is inferred; a name that the second one explains is taken too.
    """
    told, original = _handles(listed), _handles(explained)
    names = {status.name: status.handle for status in explained}
    active = (handle if handle in original else names.get(handle, handle) for handle in told if told[handle])
    return frozenset(handle for handle in active if original.get(handle, True))


def _handles(listed: tuple[_Listed, ...]) -> dict[str, bool]:
    """Returns each handle of a list and whether it is active."""
    handles: dict[str, bool] = {}
    for handle, _, is_active in listed:
        handles[handle] = is_active or handles.get(handle, False)  # one that ran out may stand beside a new one
    return handles


def _listed(told: bytes) -> tuple[_Listed, ...] | None:
    """Returns a list of statuses, or None if it is none or an entry of it has no handle."""
    statuses = decoded(told, _STATUSES)
    if statuses is None:
        return None
    return tuple(
        _Listed(status)
        if isinstance(status, str)
        else _Listed(status.handle, text(status.name), status.is_active not in (False, 0, "0", "false"))
        for status in statuses
    )
