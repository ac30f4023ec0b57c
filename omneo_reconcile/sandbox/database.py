"""One SQLite file with its clock, its dialect and its transactions."""

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from threading import RLock
from typing import Any

from omneo_reconcile.sandbox.dialect import Dialect

Clock = Callable[[], float]
"""Seconds since 1970, as ``time.time`` tells them."""

Parameters = Sequence[Any] | Mapping[str, Any]

# Profiles have a number beside their id: memberships of a million profiles stay small, and the order of rows in a file
# stays known.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, scopes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS definitions (
    id INTEGER PRIMARY KEY, handle TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT,
    period_days INTEGER, created_at REAL NOT NULL, updated_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS profiles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, email TEXT, email_lower TEXT,
    profile_type TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS profiles_by_email ON profiles (email);
CREATE INDEX IF NOT EXISTS profiles_by_email_lower ON profiles (email_lower);
CREATE INDEX IF NOT EXISTS profiles_in_order ON profiles (created_at, id, profile_type);
CREATE TABLE IF NOT EXISTS memberships (
    profile INTEGER NOT NULL, definition INTEGER NOT NULL, expires_at REAL,
    PRIMARY KEY (profile, definition)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS memberships_by_definition ON memberships (definition, profile, expires_at);
CREATE INDEX IF NOT EXISTS memberships_expiring ON memberships (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS batches (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, action TEXT NOT NULL, state TEXT NOT NULL,
    due REAL NOT NULL, hidden_reads INTEGER NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS batches_waiting ON batches (due) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS batch_items (
    id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, profile_id TEXT NOT NULL, statuses TEXT NOT NULL,
    held_before TEXT, forgotten INTEGER NOT NULL, state TEXT NOT NULL, error TEXT);
CREATE INDEX IF NOT EXISTS batch_items_of_batch ON batch_items (batch);
"""


class Database:
    """The one connection of a sandbox; safe to use from any thread, one statement or transaction at a time."""

    def __init__(self, path: str | Path, now: Clock) -> None:
        """Opens the file, or creates it with the schema, for its owner only: it may hold the emails of real people.

        Raises:
            ValueError: the file speaks a dialect that is not known.
        """
        self.now = now
        self._lock = RLock()
        if str(path) != ":memory:":
            # A file that cannot be made is SQLite's to report.
            with suppress(OSError):
                Path(path).touch(0o600, exist_ok=False)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        # A killed process loses nothing it committed; only a power cut could, and a rehearsal can start again.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)
        self._connection.create_function("now_seconds", 0, self._now_seconds)
        self._dialect = self._stored_dialect()

    @property
    def dialect(self) -> Dialect:
        """The dialect this tenant speaks, kept in the file."""
        return self._dialect

    @dialect.setter
    def dialect(self, dialect: Dialect) -> None:
        self.execute("INSERT OR REPLACE INTO settings VALUES ('dialect', ?)", (dialect.to_json(),))
        self._dialect = dialect

    def _stored_dialect(self) -> Dialect:
        stored = self.row("SELECT value FROM settings WHERE key = 'dialect'")
        try:
            return Dialect() if stored is None else Dialect.from_json(stored["value"])
        except ValueError as error:
            self.close()
            # What is known would be a long list, and is no help: nobody wrote the file by hand.
            reason = str(error).partition("; known")[0]
            raise ValueError(f"the file is of another version of the sandbox: {reason}") from None

    def rows(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Returns all rows of a query."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """Returns the first row of a query, or None."""
        return next(iter(self.rows(sql, parameters)), None)

    def number(self, sql: str, parameters: Parameters = ()) -> int:
        """Returns the one number a query computes."""
        return int(self.rows(sql, parameters)[0][0])

    def numbers(self, sql: str, parameters: Parameters = ()) -> "array[int]":
        """Returns the one column of whole numbers a query computes; made for a million of them."""
        with self._lock:
            return array("q", chain.from_iterable(self._connection.execute(sql, parameters)))

    def execute(self, sql: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Carries out one statement, by itself or in the transaction that is open."""
        with self._lock:
            return self._connection.execute(sql, parameters)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carries out one statement for each row."""
        with self._lock:
            self._connection.executemany(sql, rows)

    def state(self) -> tuple[int, int]:
        """Returns a value that is another one after each write, here or by another process."""
        return self._connection.total_changes, self.number("PRAGMA data_version")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what happens inside is stored, or none of it; inside another transaction it is a part of that one."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                yield

    def _now_seconds(self) -> float:
        # Not `self.now` itself: an application may bring another clock later.
        return self.now()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()
