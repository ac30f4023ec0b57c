"""What every way of reading has in common: it is asked once, and says what it found and how far it came."""

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Completeness, Unreadable, WayName
from omneo_reconcile.tenant.answers import Answer

Row = TypeVar("Row")

Progress = Callable[[str, int, int], None]
"""Told of each long step: what is read, how much of it is done, and how much there is."""


class Gets(Protocol):
    """A conversation with a tenant that can only read."""

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included."""
        ...

    @property
    def concurrency(self) -> int:
        """Most requests in flight."""
        ...

    async def get(self, path: str, params: dict[str, str] | None = None, *, scope: str) -> Answer:
        """Returns an answer that can be used."""
        ...


class Found(NamedTuple, Generic[Row]):
    """What a way of reading found.

    Attributes:
        rows: All of them if it is complete, else those that came.
        detail: What kept it from being complete.
        unreadable: People who were asked for and gave no usable answer, by email in normal form.
    """

    rows: tuple[Row, ...]
    completeness: Completeness = Completeness.COMPLETE
    detail: str = ""
    unreadable: Mapping[str, Unreadable] = {}

    @property
    def complete(self) -> bool:
        """Whether everybody who was to be found is among the rows."""
        return self.completeness is Completeness.COMPLETE


class Way(Protocol):
    """One way of reading profiles."""

    @property
    def name(self) -> WayName:
        """Which one it is."""
        ...

    async def read(self, progress: Progress) -> Found[Profile]:
        """Returns what it found.

        Raises:
            AccessError, TenantError: If the tenant fails everybody, not this way alone.
        """
        ...


def unseen(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""
