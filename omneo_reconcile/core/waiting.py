"""Rules for waiting: when a batch is finished, and how long until the next look."""

from collections.abc import Mapping

from msgspec import Struct

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 5.0
_GROWTH = 1.6
_SUCCESS_WORDS = frozenset({"success", "completed", "complete", "done", "finished", "processed"})
_FAILURE_WORDS = frozenset({"failed", "failure", "error", "cancelled", "canceled"})


class BatchState(Struct, frozen=True):
    """A batch as the tenant tells of it.

    Attributes:
        status: Its word, in lower case.
        processed: Entries worked on, or None if not told.
        total: Entries in all, or None if not told.
        failed_items: The server's words for each profile id whose entry failed, where it tells.
    """

    status: str
    processed: int | None
    total: int | None
    failed_items: Mapping[str, str]

    @property
    def settled(self) -> bool:
        """True when nothing more will happen: a final word, or every entry processed.

        Source: omneo-api.md, Batches.
        """
        counted = self.processed is not None and self.total is not None and self.processed >= self.total > 0
        return counted or self.failed or self.status in _SUCCESS_WORDS

    @property
    def failed(self) -> bool:
        """True when the tenant says that the batch as a whole failed."""
        return self.status in _FAILURE_WORDS


def next_wait_seconds(looks: int, left_seconds: float) -> float:
    """Returns how long to wait before the next look: longer each time, never past what is left.

    Args:
        looks: Looks taken so far, from 0.
        left_seconds: Time to the deadline.
    """
    return max(0.0, min(FIRST_WAIT_SECONDS * _GROWTH ** min(looks, 16), LONGEST_WAIT_SECONDS, left_seconds))
