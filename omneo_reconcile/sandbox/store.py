"""A simulated tenant at rest: definitions, profiles, memberships, batches, tokens, dialect in one SQLite file."""

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from sqlite3 import Row
from typing import Self

from omneo_reconcile.sandbox.database import Clock, Database
from omneo_reconcile.sandbox.dialect import Dialect
from omneo_reconcile.sandbox.memberships import Memberships
from omneo_reconcile.sandbox.people import NewProfile, People
from omneo_reconcile.sandbox.queue import Queue
from omneo_reconcile.sandbox.samples import DEFINITIONS, sample_customers

DEFAULT_TOKENS = {
    "sandbox": ("read-profiles", "read-statuses", "update-profiles"),
    "sandbox-read": ("read-profiles", "read-statuses"),
}
"""The tokens of every sandbox and their scopes."""


class Store:
    """One simulated tenant.

    Each call is one transaction: a process killed at any moment leaves a file that opens again, with every call either
    done or never begun.
    """

    def __init__(self, database: Database) -> None:
        """Works on an open database; `Store.open` is the usual way in."""
        self.database = database
        self.people = People(database)
        self.held = Memberships(database)
        self.queue = Queue(database, self.people, self.held)

    @classmethod
    def open(cls, path: str | Path, *, dialect: Dialect | None = None, now: Clock = time.time) -> Self:
        """Returns the tenant in a file, made empty if there is none; ``":memory:"`` keeps it in memory.

        Args:
            path: the file, in a folder that exists.
            dialect: spoken from now on and kept in the file; without it the file's own, or the default.
            now: the clock, in seconds since 1970.

        Raises:
            ValueError: in one line; the file's own dialect has a key or a word that this version does not know.
        """
        store = cls(Database(path, now))
        missing = {token: scopes for token, scopes in DEFAULT_TOKENS.items() if store.scopes(token) is None}
        if missing:
            store.add_tokens(missing)
        if dialect is not None:
            store.dialect = dialect
        return store

    def close(self) -> None:
        """Closes the file."""
        self.database.close()

    @property
    def dialect(self) -> Dialect:
        """How this tenant answers where the API is not known; setting it stores it in the file."""
        return self.database.dialect

    @dialect.setter
    def dialect(self, dialect: Dialect) -> None:
        self.database.dialect = dialect

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a definition nor a profile, as in a file just made."""
        empty = "SELECT NOT EXISTS (SELECT 1 FROM definitions) AND NOT EXISTS (SELECT 1 FROM profiles)"
        return bool(self.database.number(empty))

    def reset(self, customers: Sequence[NewProfile] | None = None, handles: Iterable[str] = ()) -> None:
        """Leaves these customers, or the sample ones, and nothing else; the dialect and the tokens stay.

        The usual statuses have a definition, and so have the `handles` and what the customers hold.
        """
        with self.database.transaction():
            self.database.execute("DELETE FROM definitions")
            self.database.execute("DELETE FROM profiles")
            self.database.execute("DELETE FROM memberships")
            self.database.execute("DELETE FROM batches")
            self.database.execute("DELETE FROM batch_items")
            for handle, name in ({handle: handle.title() for handle in handles} | DEFINITIONS).items():
                self.add_definition(handle, name)
            self.fill(sample_customers() if customers is None else customers)

    def fill(self, customers: Sequence[NewProfile]) -> int:
        """Adds customers, makes definitions for the handles that have none, and returns how many there were."""
        with self.database.transaction():
            known = {row["handle"] for row in self.database.rows("SELECT handle FROM definitions")}
            named = {handle: None for customer in customers for handle in customer.statuses}
            for handle in named:
                if handle not in known:
                    self.add_definition(handle, handle.title())
            return self.add_profiles(customers)

    def add_definition(
        self, handle: str, name: str, period_days: int | None = None, *, description: str | None = None
    ) -> int:
        """Adds a status definition, with an expiry if a period is given, and returns its id.

        Raises:
            sqlite3.IntegrityError: the handle is taken.
        """
        now = self.database.now()
        added = self.database.execute(
            """INSERT INTO definitions (handle, name, description, period_days, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?)""",
            (handle, name, description, period_days, now, now),
        )
        return int(added.lastrowid or 0)

    def definition(self, definition_id: int) -> Row | None:
        """Returns a definition by its id, or None."""
        return self.database.row("SELECT * FROM definitions WHERE id = ?", (definition_id,))

    def definitions(self, handle: str | None = None) -> list[Row]:
        """Returns the definitions by id; with a handle only the one that has exactly this."""
        return self.database.rows(
            "SELECT * FROM definitions WHERE :handle IS NULL OR handle = :handle ORDER BY id", {"handle": handle}
        )

    def update_definition(self, definition_id: int, *, handle: str, name: str, description: str | None) -> None:
        """Gives a definition another handle, name and description; those who hold it keep it."""
        self.database.execute(
            "UPDATE definitions SET handle = ?, name = ?, description = ?, updated_at = ? WHERE id = ?",
            (handle, name, description, self.database.now(), definition_id),
        )

    def delete_definition(self, definition_id: int) -> None:
        """Deletes a definition; nobody holds it any more."""
        with self.database.transaction():
            self.database.execute("DELETE FROM memberships WHERE definition = ?", (definition_id,))
            self.database.execute("DELETE FROM definitions WHERE id = ?", (definition_id,))

    def add_profile(
        self,
        email: str | None,
        *,
        profile_type: str = "active",
        statuses: Sequence[str] = (),
        profile_id: str | None = None,
        created_at: float | None = None,
    ) -> str:
        """Adds one profile and returns its id; see `NewProfile` for what is chosen where nothing is given.

        Raises:
            ValueError: a status has no definition.
        """
        return self.people.add([NewProfile(email, profile_type, statuses, profile_id, created_at)])[0]

    def add_profiles(self, rows: Iterable[NewProfile]) -> int:
        """Adds all the profiles, or none, and returns how many; made for a million of them.

        Raises:
            ValueError: a status has no definition.
        """
        return len(self.people.add(rows))

    def delete_profile(self, profile_id: str) -> None:
        """Marks a profile as deleted.

        Raises:
            KeyError: there is no such profile.
        """
        self.people.delete(self._number(profile_id))

    def attach(self, profile_id: str, handles: Sequence[str]) -> None:
        """Adds statuses at once, without the queue, as a manager in the CX Manager does.

        Raises:
            KeyError: there is no such profile.
        """
        self.held.attach(self._number(profile_id), handles)

    def detach(self, profile_id: str, handles: Sequence[str]) -> None:
        """Removes statuses at once, without the queue.

        Raises:
            KeyError: there is no such profile.
        """
        self.held.detach(self._number(profile_id), handles)

    def memberships(self, *, include_deleted: bool = False) -> list[tuple[str, str, str | None]]:
        """Returns handle, profile id and email of every membership, sorted; batches that are due are carried out first.

        Expired ones are not held. Those of deleted profiles are left out unless asked for.
        """
        self.queue.settle()
        return self.held.everything(include_deleted=include_deleted)

    def add_tokens(self, tokens: Mapping[str, Sequence[str]]) -> None:
        """Makes tokens known, each with its scopes; one that is known gets the new scopes."""
        rows = ((token, " ".join(scopes)) for token, scopes in tokens.items())
        with self.database.transaction():
            self.database.execute_many("INSERT OR REPLACE INTO tokens VALUES (?, ?)", rows)

    def scopes(self, token: str) -> frozenset[str] | None:
        """Returns the scopes of a token, or None for one that is unknown."""
        row = self.database.row("SELECT scopes FROM tokens WHERE token = ?", (token,))
        return None if row is None else frozenset(row["scopes"].split())

    def _number(self, profile_id: str) -> int:
        number = self.people.living(profile_id)
        if number is None:
            raise KeyError(profile_id)
        return number
