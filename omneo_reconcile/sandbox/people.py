"""The profiles of a tenant: added by the million, read by the page."""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice
from typing import Any, NamedTuple

from omneo_reconcile.sandbox.database import Database
from omneo_reconcile.sandbox.memberships import DAY_SECONDS
from omneo_reconcile.sandbox.snapshots import Selection, Snapshots

_NAMESPACE = uuid.UUID("92975ecb-5264-4d31-9f2b-789fa01f4555")
_ROWS_AT_ONCE = 10_000


class NewProfile(NamedTuple):
    """A profile to add; what is not given is chosen here.

    Without an id it gets one that depends only on how many profiles there were, so a file made twice is the same;
    ``created_at`` is in seconds since 1970 and is now unless given.
    """

    email: str | None
    profile_type: str = "active"
    statuses: Sequence[str] = ()
    profile_id: str | None = None
    created_at: float | None = None


class Profile(NamedTuple):
    """A profile as stored, its email in the form that this tenant stores; times in seconds since 1970."""

    number: int
    id: str
    email: str | None
    profile_type: str
    created_at: float
    updated_at: float


class People:
    """The profiles in the file."""

    def __init__(self, database: Database) -> None:
        """Works on an open database."""
        self._database = database
        self._snapshots = Snapshots(database)

    def add(self, rows: Iterable[NewProfile]) -> list[str]:
        """Adds all the profiles, or none, and returns their ids in order.

        Raises:
            ValueError: a status has no definition.
        """
        ids: list[str] = []
        with self._database.transaction():
            definitions = {row["handle"]: row for row in self._database.rows("SELECT * FROM definitions")}
            first = 1 + self._database.number("SELECT coalesce(max(number), 0) FROM profiles")
            numbered = zip(count(first), rows)
            while some := list(islice(numbered, _ROWS_AT_ONCE)):
                ids += self._add_some(some, definitions)
        return ids

    def _add_some(self, rows: Sequence[tuple[int, NewProfile]], definitions: dict[str, Any]) -> list[str]:
        now = self._database.now()
        profiles = [_stored(number, row, now) for number, row in rows]
        self._database.execute_many("INSERT INTO profiles VALUES (?, ?, ?, ?, ?, ?, ?)", profiles)
        held = (pair for number, row in rows for pair in _memberships(number, row, definitions, now))
        self._database.execute_many("INSERT OR IGNORE INTO memberships VALUES (?, ?, ?)", held)
        return [profile[1] for profile in profiles]

    def find(self, profile_id: str) -> Profile | None:
        """Returns the profile with this id, or None; a deleted one is found only where the dialect lists those.

        Source: "Deleted ones are said to be absent from answers, yet the SDK's tests list them".
        """
        rows, _ = self.page(Selection("id = ?", (profile_id,), "id"), size=2, offset=0)
        return rows[0] if rows else None

    def living(self, profile_id: str) -> int | None:
        """Returns the number of a profile that can be written to: one that exists and is not deleted."""
        row = self._database.row(
            "SELECT number FROM profiles WHERE id = ? AND profile_type <> 'deleted'", (profile_id,)
        )
        return None if row is None else int(row["number"])

    def page(self, selection: Selection, *, size: int, offset: int) -> tuple[list[Profile], int]:
        """Returns one page of the selected profiles, and how many there are in all."""
        if self._database.dialect.deleted_profiles == "absent":
            selection = selection._replace(where=f"{selection.where} AND profile_type <> 'deleted'")
        snapshot = self._snapshots.known(selection)
        if snapshot is None and offset == 0:
            source = f"FROM profiles WHERE {selection.where} ORDER BY {selection.order} LIMIT ?"
            rows = self._read(source, (*selection.parameters, size))
            if len(rows) < size:
                return rows, len(rows)
            # To count is far cheaper than to sort, and after a write a first page may be all that is ever asked.
            count = f"SELECT count(*) FROM profiles WHERE {selection.where}"  # noqa: S608 - see Selection
            return rows, self._database.number(count, selection.parameters)
        listed = self._snapshots.make(selection) if snapshot is None else snapshot
        source = "FROM (SELECT key, value FROM json_each(?)) JOIN profiles ON number = value ORDER BY key"
        return self._read(source, (json.dumps(listed[offset : offset + size].tolist()),)), len(listed)

    def _read(self, source: str, parameters: tuple[Any, ...]) -> list[Profile]:
        email = "email_lower" if self._database.dialect.email_stored == "lowered" else "email"
        columns = f"number, id, {email}, profile_type, created_at, updated_at"
        return [Profile(*row) for row in self._database.rows(f"SELECT {columns} {source}", parameters)]

    def update(self, number: int, *, email: str | None, profile_type: str) -> None:
        """Gives a profile another email and type."""
        lower = None if email is None else email.lower()
        self._database.execute(
            "UPDATE profiles SET email = ?, email_lower = ?, profile_type = ?, updated_at = ? WHERE number = ?",
            (email, lower, profile_type, self._database.now(), number),
        )

    def delete(self, number: int) -> None:
        """Marks a profile as deleted; its row and its memberships stay in the file."""
        self._database.execute(
            "UPDATE profiles SET profile_type = 'deleted', updated_at = ? WHERE number = ?",
            (self._database.now(), number),
        )


def _stored(number: int, row: NewProfile, now: float) -> tuple[int, str, str | None, str | None, str, float, float]:
    profile_id = row.profile_id or str(uuid.uuid5(_NAMESPACE, str(number)))
    created_at = now if row.created_at is None else row.created_at
    lower = None if row.email is None else row.email.lower()
    return number, profile_id, row.email, lower, row.profile_type, created_at, created_at


def _memberships(
    number: int, row: NewProfile, definitions: dict[str, Any], now: float
) -> Iterator[tuple[int, int, float | None]]:
    for handle in row.statuses:
        if handle not in definitions:
            raise ValueError(f"no status definition {handle!r}")
        days = definitions[handle]["period_days"]
        yield number, definitions[handle]["id"], None if days is None else now + days * DAY_SECONDS
