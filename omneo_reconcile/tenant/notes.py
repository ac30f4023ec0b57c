"""What a look at a tenant brought so far."""

from collections.abc import Iterable

from omneo_reconcile.core.reading import WayName
from omneo_reconcile.core.survey import WaySeen
from omneo_reconcile.errors import FailureName, Fault, ReconcileError
from omneo_reconcile.tenant.listing import EVERYBODYS


class Notes:
    """What the questions so far brought.

    Attributes:
        faults: What keeps a plan from working, each once.
        granted: Whether the token carries a scope, by what was answered. No key: not known.
        ways: In the order in which they were tried.
    """

    def __init__(self) -> None:
        """Starts empty."""
        self.faults: list[Fault] = []
        self.granted: dict[str, bool] = {}
        self.ways: list[WaySeen] = []

    def answered(self, scope: str) -> None:
        """Notes that the tenant answered what takes this scope."""
        self.granted[scope] = True

    def failed(self, scope: str, error: ReconcileError) -> None:
        """Notes that it did not, which tells of the scope only if it was a 403, and nothing it takes was answered."""
        if error.name is FailureName.MISSING_SCOPE:
            self.granted.setdefault(scope, False)

    def keep(self, faults: Iterable[Fault]) -> None:
        """Notes what keeps a plan from working."""
        self.faults += [fault for fault in faults if fault not in self.faults]

    def way(self, name: WayName, asked: str, detail: str, *, works: bool | None) -> None:
        """Notes whether a way works."""
        self.ways.append(WaySeen(name, asked, works, detail))

    def way_failed(self, name: WayName, asked: str, error: ReconcileError) -> None:
        """Notes a way that got no answer; if none would get one, that keeps a plan from working."""
        self.way(name, asked, error.faults[0].what, works=False)
        if error.name in EVERYBODYS:
            self.keep(error.faults)
