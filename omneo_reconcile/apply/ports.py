"""What an apply needs from the outside. The tenant package and the journal fit these without being imported."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from omneo_reconcile.core.batches import Accepted, Batch, Rejected
from omneo_reconcile.core.journal import AnyEvent
from omneo_reconcile.core.model import Membership
from omneo_reconcile.core.reading import Asked, Read, Seen
from omneo_reconcile.core.waiting import BatchState
from omneo_reconcile.errors import FailureName


class Clock(Protocol):
    """Time, injected so that tests need not wait."""

    def now(self) -> float:
        """Returns monotonic seconds."""
        ...

    def today(self) -> datetime:
        """Returns the date and time, aware."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class Reads(Protocol):
    """Reads batches, and who holds what."""

    @property
    def reads(self) -> tuple[Read, ...]:
        """How it was read so far."""
        ...

    async def batch(self, batch_id: str) -> BatchState | None:
        """Returns how far a batch is, or None if that cannot be read now."""
        ...

    async def memberships(self, asked: Collection[Asked], *, by_id: bool = False) -> Mapping[Membership, Seen]:
        """Returns what is so now for each of those asked for: in the cheapest complete way, or each by its id."""
        ...


class Submits(Protocol):
    """Submits batches."""

    async def submit(self, batch: Batch, leaving: Callable[[], None]) -> Accepted | Rejected:
        """Sends one batch; calls `leaving` right before each try, and does not make a try for which that raises."""
        ...


class Appends(Protocol):
    """Keeps what happens, in order."""

    def append(self, *events: AnyEvent) -> None:
        """Writes events down and returns when they are on disk."""
        ...


class Options(Struct, frozen=True):
    """How to send.

    Attributes:
        batch_size: Most profiles in one batch, 1 to 500.
        settle_seconds: How long to wait for what was sent to become true.
        concurrency: Most batches on their way to the tenant at once.
    """

    batch_size: int
    settle_seconds: float
    concurrency: int


class Watching(Struct, frozen=True):
    """The world outside, as it is watched: with no power to send.

    Attributes:
        stop: Tells whether the run was asked to stop, and by what.
    """

    reader: Reads
    journal: Appends
    clock: Clock
    stop: Callable[[], FailureName | None]


class Ports(Watching, frozen=True, kw_only=True):
    """The world outside, as an apply acts on it."""

    writer: Submits
