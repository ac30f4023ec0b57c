"""The journal as a run uses it."""

from omneo_reconcile.apply.ports import Appends
from omneo_reconcile.core.journal import AnyEvent
from omneo_reconcile.errors import StateFolderError


class Notes:
    """Writes to the journal until that fails; then keeps why, so that the report of what was sent is not lost.

    Attributes:
        error: Why the journal cannot be written, or None. Nothing more may be sent then.
    """

    def __init__(self, journal: Appends) -> None:
        """Writes nothing yet."""
        self.error: StateFolderError | None = None
        self._journal = journal

    def append(self, *events: AnyEvent) -> None:
        """Writes events down, or sets `error`."""
        if self.error is None and events:
            try:
                self._journal.append(*events)
            except StateFolderError as error:
                self.error = error
