"""Long lists, selected and sorted once: each further page costs what its own rows cost."""

from typing import Any, NamedTuple

from omneo_reconcile.sandbox.database import Database

_LISTS_AT_MOST = 16


class Selection(NamedTuple):
    """Which profiles to list, in SQL: a condition with its parameters, and the order.

    Condition and order are texts of this package; what a request sends is always a parameter.
    """

    where: str
    parameters: tuple[Any, ...]
    order: str


class Snapshot(NamedTuple):
    """A selection as it stands in the temporary table ``listed``: its number there, and how many profiles it has."""

    number: int
    total: int


class Snapshots:
    """The selections that were listed since the last write; a write of anything, by anybody, forgets them all."""

    def __init__(self, database: Database) -> None:
        """Keeps them in a temporary table of the connection, so that they take no memory and end with it."""
        self._database = database
        self._known: dict[Selection, Snapshot] = {}
        self._state = (-1, -1)
        self._valid_until: float | None = None
        database.execute(
            """CREATE TEMP TABLE listed (list INTEGER NOT NULL, place INTEGER NOT NULL, profile INTEGER NOT NULL,
            PRIMARY KEY (list, place)) WITHOUT ROWID"""
        )

    def known(self, selection: Selection) -> Snapshot | None:
        """Returns the snapshot of a selection if there is one that still holds."""
        expired = self._valid_until is not None and self._database.now() >= self._valid_until
        if expired or self._state != self._database.state():
            self._forget()
        return self._known.get(selection)

    def make(self, selection: Selection) -> Snapshot:
        """Returns a new snapshot of a selection."""
        if len(self._known) >= _LISTS_AT_MOST:
            self._forget()
        number = len(self._known)
        place = f"row_number() OVER (ORDER BY {selection.order})"
        listed = self._database.execute(
            f"INSERT INTO listed SELECT ?, {place}, number FROM profiles WHERE {selection.where}",  # noqa: S608 - see Selection
            (number, *selection.parameters),
        )
        self._known[selection] = Snapshot(number, listed.rowcount)
        self._state = self._database.state()
        return self._known[selection]

    def _forget(self) -> None:
        self._known.clear()
        self._database.execute("DELETE FROM listed")
        self._state = self._database.state()
        # A status that expires changes lists without a write.
        row = self._database.row("SELECT min(expires_at) AS next FROM memberships WHERE expires_at > now_seconds()")
        self._valid_until = None if row is None else row["next"]
