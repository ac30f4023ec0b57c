"""What an apply needs from the outside. The tenant package and the journal fit these without being imported."""

from typing import Protocol

from omneo_reconcile.core.batches import Accepted, Batch, Rejected
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Gone, Unreadable
from omneo_reconcile.core.waiting import BatchState


class Clock(Protocol):
    """Time, injected so that tests need not wait."""

    def now(self) -> float:
        """Returns monotonic seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class Reads(Protocol):
    """Reads profiles and batches by id."""

    async def profile(self, profile_id: str) -> Profile | Gone | Unreadable:
        """Returns one profile with its statuses."""
        ...

    async def batch(self, batch_id: str) -> BatchState | None:
        """Returns how far a batch is, or None if that cannot be read now."""
        ...


class Submits(Protocol):
    """Submits batches."""

    async def submit(self, batch: Batch) -> Accepted | Rejected:
        """Sends one batch."""
        ...


class Appends(Protocol):
    """Keeps what happens, in order."""

    def append(self, event: str, **details: object) -> None:
        """Writes one event down and returns when it is on disk."""
        ...
