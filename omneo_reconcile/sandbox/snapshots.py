"""Long lists, selected and sorted once: each further page costs what its own rows cost."""

from array import array
from typing import Any, NamedTuple

from omneo_reconcile.sandbox.database import Database

_LISTS_AT_MOST = 16  # a list of a million profiles takes 8 MB


class Selection(NamedTuple):
    """Which profiles to list, in SQL: a condition with its parameters, and the order.

    Condition and order are texts of this package; what a request sends is always a parameter.
    """

    where: str
    parameters: tuple[Any, ...]
    order: str


class Snapshots:
    """The selections that were listed since the last write; a write of anything, by anybody, forgets them all.

    A snapshot is the numbers of the selected profiles, in order.
    """

    def __init__(self, database: Database) -> None:
        """Starts with none."""
        self._database = database
        self._known: dict[Selection, array[int]] = {}
        self._state = (-1, -1)
        self._valid_until: float | None = None

    def known(self, selection: Selection) -> "array[int] | None":
        """Returns the snapshot of a selection if there is one that still holds."""
        expired = self._valid_until is not None and self._database.now() >= self._valid_until
        if expired or self._state != self._database.state():
            self._forget()
        return self._known.get(selection)

    def make(self, selection: Selection) -> "array[int]":
        """Returns a new snapshot of a selection."""
        if len(self._known) >= _LISTS_AT_MOST:
            self._known.clear()
        sql = f"SELECT number FROM profiles WHERE {selection.where} ORDER BY {selection.order}"  # noqa: S608 - see Selection
        self._known[selection] = self._database.numbers(sql, selection.parameters)
        return self._known[selection]

    def _forget(self) -> None:
        self._known.clear()
        self._state = self._database.state()
        # A status that expires changes lists without a write.
        row = self._database.row("SELECT min(expires_at) AS next FROM memberships WHERE expires_at > now_seconds()")
        self._valid_until = None if row is None else row["next"]
