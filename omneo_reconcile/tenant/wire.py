"""Wire to values, in one place: strings or numbers, objects or handles, words nobody documented.

Each function takes decoded JSON of any shape. Missing is not empty: what was not told, or cannot be understood, comes
back as None. Source: omneo-api.md, Reading profiles, Batches.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.waiting import BatchState

_LARGEST_NUMBER = 10**18  # beyond that it counts nothing
_EMAIL = re.compile(r"\S+?(?:@|%40)\S+")


class Page(NamedTuple):
    """One page of a list.

    Attributes:
        rows: As told.
        total: Rows in all pages, or None if not told.
        per_page: The size that the server says it used, or None if not told.
        last_page: Counted from 1, or None if not told.
        told: Whether it tells anything of its paging.
    """

    rows: tuple[Mapping[str, object], ...]
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


def page(body: object) -> Page | None:
    """Returns the page of an envelope, or None if it is none."""
    data = _mapping(body).get("data")
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        return None
    meta, links = _mapping(_mapping(body).get("meta")), _mapping(_mapping(body).get("links"))
    total, per_page, last_page = (count(meta.get(name)) for name in ("total", "per_page", "last_page"))
    return Page(tuple(data), total, per_page, last_page, told=bool(meta or links))


def count(value: object) -> int | None:
    """Returns a whole number that counts something, or None: a negative one counts nothing."""
    whole = number(value)
    return None if whole is None or whole < 0 else whole


def item(body: object) -> Mapping[str, object] | None:
    """Returns the single object of an envelope, or None if there is none."""
    data = _mapping(body).get("data")
    return data if isinstance(data, dict) else None


def profile(row: Mapping[str, object]) -> Profile | None:
    """Returns the profile of a row, or None if it has no id.

    A row that does not say whose it is counts as not telling its statuses: it is not one of a person without an email.
    """
    profile_id = text(row.get("id"))
    if profile_id is None:
        return None
    kind, email = text(row.get("profile_type")), row.get("email", False)
    known = email is None or isinstance(email, str)
    return Profile(profile_id, text(email) if known else None, kind and kind.lower(), _held(row) if known else None)


def mentions(row: Mapping[str, object], handle: str) -> bool | None:
    """Tells whether a row names the status, held or run out, or None if it does not tell its statuses."""
    told = [_handles(row[key]) for key in ("statuses", "statuses_original") if key in row]
    if not told or None in told:
        return None
    names = (text(entry.get("name")) for entry in _objects(row.get("statuses_original")) if entry["handle"] == handle)
    return any(handles is not None and not handles.keys().isdisjoint({handle, *names}) for handles in told)


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


def batch_id(body: object) -> str | None:
    """Returns the id in the answer to a batch call."""
    data = item(body) or {}
    return text(data.get("batch_id")) or text(data.get("id"))


def batch_state(body: object) -> BatchState | None:
    """Returns how far a batch is, or None if the answer does not tell."""
    data = item(body)
    if data is None:
        return None
    failed = {
        text(entry.get("entity_id")) or "": _words(entry.get("error")) or "no reason given"
        for entry in _objects(data.get("items"))
        if (text(entry.get("status")) or "").lower() == "failed"
    }
    status = (text(data.get("status")) or "").lower()
    return BatchState(status, number(data.get("processed_count")), number(data.get("total_count")), failed)


def server_words(body: object) -> str:
    """Returns what the server says of a refused request, on one line and without any email."""
    fields = _mapping(_mapping(body).get("errors"))
    details = [_words(word) for words in fields.values() if isinstance(words, list) for word in words]
    said = [_words(_mapping(body).get("message")) or "no reason given", *details]
    return "; ".join(dict.fromkeys(words for words in said if words))


def _words(value: object) -> str:
    return _EMAIL.sub("(email)", " ".join((text(value) or "").split())[:2000])[:300]


def _held(row: Mapping[str, object]) -> frozenset[str] | None:
    """Returns the handles held now; a status that either list shows as inactive is not held.

    That the strings of the first list are handles is inferred; a name that the second one explains is taken too.
    """
    told = _handles(row.get("statuses", row.get("statuses_original")))
    original = _handles(row.get("statuses_original"))
    if told is None or original is None:
        return None if told is None else frozenset(handle for handle, active in told.items() if active)
    names = {text(entry.get("name")): str(entry["handle"]) for entry in _objects(row.get("statuses_original"))}
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


def _objects(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
