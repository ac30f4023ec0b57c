"""Progress of long steps on stderr: bars where somebody watches, else a line now and then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from omneo_reconcile.apply.ports import Appends
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import say
from omneo_reconcile.core.journal import AnyEvent, Confirmed

SECONDS_BETWEEN_LINES = 15.0
Report = Callable[[str, int, int], None]


@contextmanager
def progress(edges: Edges) -> Iterator[Report]:
    """Gives a function that is told what is done, how much of it, and of how much."""
    if not edges.shows_progress:
        yield _Lines(edges).report
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


class _Lines:
    """Progress where nobody watches a screen, such as in a pipeline: a line now and then, with an estimate."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self._said_at = edges.clock.now()
        self._step = ("", 0)
        self._started_at = self._said_at

    def report(self, what: str, done: int, total: int) -> None:
        """Says how far a step is, if it was quiet for long."""
        now = self._edges.clock.now()
        if (what, total) != self._step:
            self._step, self._started_at = (what, total), now
        if now - self._said_at >= SECONDS_BETWEEN_LINES and 0 < done < total:
            left_seconds = (now - self._started_at) / done * (total - done)
            say(f"{what}: {done} of {total}, about {left_seconds:.0f} s left", self._edges)
            self._said_at = now


class WatchedJournal:
    """Passes events on to a journal and reports how many changes are confirmed."""

    def __init__(self, journal: Appends, report: Report, total: int) -> None:
        """Reports out of a total number of changes."""
        self._journal = journal
        self._report = report
        self._total = total
        self._confirmed = 0

    def append(self, *events: AnyEvent) -> None:
        """Writes the events down first, then reports them."""
        self._journal.append(*events)
        self._confirmed += sum(len(event.memberships) for event in events if isinstance(event, Confirmed))
        self._report("Confirming changes", self._confirmed, self._total)
