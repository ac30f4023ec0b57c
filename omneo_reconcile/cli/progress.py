"""Progress of long steps on stderr, where somebody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from omneo_reconcile.apply.ports import Appends
from omneo_reconcile.cli.edges import Edges

Report = Callable[[str, int, int], None]


@contextmanager
def progress(edges: Edges) -> Iterator[Report]:
    """Gives a function that is told what is done, how much of it, and of how much."""
    if not edges.shows_progress:
        yield lambda _what, _done, _total: None
        return
    from rich.console import Console  # noqa: PLC0415 - heavy, and only for a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total)

        yield report


class WatchedJournal:
    """Passes events on to a journal and reports how many changes are confirmed."""

    def __init__(self, journal: Appends, report: Report, total: int) -> None:
        """Reports out of a total number of changes."""
        self._journal = journal
        self._report = report
        self._total = total
        self._confirmed = 0

    def append(self, event: str, **details: Any) -> None:  # noqa: ANN401 - what a journal takes
        """Writes the event down first, then reports it."""
        self._journal.append(event, **details)
        self._confirmed += len(details.get("memberships", ()))
        self._report("Confirming changes", self._confirmed, self._total)
