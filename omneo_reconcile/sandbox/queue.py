"""The batches: accepted at once, carried out when they are due.

Nothing runs in the background. Whoever looks at the tenant settles the queue first, so what is due has happened for
every observer, and a test moves time instead of waiting for it.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from omneo_reconcile.sandbox.database import Database
from omneo_reconcile.sandbox.memberships import Memberships
from omneo_reconcile.sandbox.people import People

Action = Literal["attach", "detach"]

_BY_ID = {
    "uuid": "SELECT * FROM batches WHERE id = ?",
    "number": "SELECT * FROM batches WHERE number = CAST(? AS INTEGER)",
}


class Item(NamedTuple):
    """What a batch does to one profile; a forgotten item is reported as a success and not carried out."""

    profile_id: str
    statuses: tuple[str, ...]
    forgotten: bool = False


class Batch(NamedTuple):
    """A batch as stored with its items; ``state`` is pending or done, an item's is pending, success or failed."""

    number: int
    id: str
    state: str
    created_at: float
    updated_at: float
    items: list[dict[str, Any]]


class Queue:
    """The queue of one tenant."""

    def __init__(self, database: Database, people: People, memberships: Memberships) -> None:
        """Works on an open database."""
        self._database = database
        self._people = people
        self._memberships = memberships

    def submit(self, action: Action, items: Sequence[Item]) -> tuple[int, str]:
        """Stores a batch to be carried out after ``queue_seconds`` and returns its number and its id."""
        database, now = self._database, self._database.now()
        with database.transaction():
            number = 1 + database.number("SELECT coalesce(max(number), 0) FROM batches")
            # The time in it keeps ids apart from those of before a reset, which a journal may still remember.
            batch_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number} {now}"))
            database.execute(
                "INSERT INTO batches VALUES (?, ?, ?, 'pending', ?, 0, ?, ?)",
                (number, batch_id, action, now + database.dialect.queue_seconds, now, now),
            )
            database.execute_many(
                """INSERT INTO batch_items (batch, profile_id, statuses, held_before, forgotten, state)
                VALUES (?, ?, ?, ?, ?, 'pending')""",
                ((number, i.profile_id, json.dumps(i.statuses), self._held_before(i), i.forgotten) for i in items),
            )
        return number, batch_id

    def settle(self) -> None:
        """Carries out every batch that is due, oldest first, all in one transaction."""
        database, now = self._database, self._database.now()
        due = "SELECT number, action FROM batches WHERE state = 'pending' AND due <= ? ORDER BY due, number"
        if database.dialect.batch_settles == "never" or database.row(due, (now,)) is None:
            return
        with database.transaction():
            # Asked again inside: another process on the same file may have carried them out meanwhile.
            for number, action in database.rows(due, (now,)):
                self._carry_out(number, action)
                database.execute("UPDATE batches SET state = 'done', updated_at = ? WHERE number = ?", (now, number))

    def read(self, batch_id: str) -> Batch | None:
        """Returns a batch, or None for one that is unknown or not readable yet.

        Source: "whether a batch is readable at once after the 202: open (a 404 just after the 202 is 'not yet')".
        """
        dialect = self._database.dialect
        row = self._database.row(_BY_ID[dialect.batch_id], (batch_id,))
        if row is None:
            return None
        if row["hidden_reads"] < dialect.batch_hidden_reads:
            self._database.execute("UPDATE batches SET hidden_reads = hidden_reads + 1 WHERE id = ?", (row["id"],))
            return None
        items = self._database.rows("SELECT * FROM batch_items WHERE batch = ? ORDER BY id", (row["number"],))
        return Batch(
            row["number"], row["id"], row["state"], row["created_at"], row["updated_at"], [dict(item) for item in items]
        )

    def _held_before(self, item: Item) -> str | None:
        """What the profile holds on submission, where batches that overlap overwrite each other.

        Source: "The server reads, merges and writes a profile, so two batches on one profile at once may race".
        """
        if self._database.dialect.batch_writes == "merged":
            return None
        number = self._people.living(item.profile_id)
        if number is None:
            return None
        return json.dumps(self._memberships.handles_of(number))

    def _carry_out(self, batch: int, action: Action) -> None:
        for item in self._database.rows("SELECT * FROM batch_items WHERE batch = ? ORDER BY id", (batch,)):
            number = self._people.living(item["profile_id"])
            handles = set(json.loads(item["statuses"]))
            error = None if item["forgotten"] else self._error_of(number, action, handles)
            if number is not None and error is None and not item["forgotten"]:
                self._write(number, action, handles, item["held_before"])
            self._database.execute(
                "UPDATE batch_items SET state = ?, error = ? WHERE id = ?",
                ("success" if error is None else "failed", error, item["id"]),
            )

    def _error_of(self, number: int | None, action: Action, handles: set[str]) -> str | None:
        dialect = self._database.dialect
        if number is None:
            return None if dialect.batch_unknown_profile == "silent" else "Profile not found."
        if action == "detach" and dialect.batch_not_held == "failed":
            missing = handles.difference(self._memberships.handles_of(number))
            return f"Status {min(missing)} is not held." if missing else None
        return None

    def _write(self, number: int, action: Action, handles: set[str], held_before: str | None) -> None:
        if held_before is not None:
            before = set(json.loads(held_before))
            self._memberships.replace(number, before | handles if action == "attach" else before - handles)
        elif action == "attach":
            self._memberships.attach(number, handles)
        else:
            self._memberships.detach(number, handles)
