"""The last step of `apply`: carry out a plan that may be, then show and save the receipt of it."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from msgspec.structs import replace

from omneo_reconcile import __version__
from omneo_reconcile.apply.earlier import Earlier
from omneo_reconcile.apply.journal import Journal
from omneo_reconcile.apply.ports import Options, Ports
from omneo_reconcile.apply.run import carry_out
from omneo_reconcile.cli.documents import save
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.interrupts import Interrupts, undisturbed
from omneo_reconcile.cli.progress import WatchedJournal, progress
from omneo_reconcile.cli.showing import print_failure, show
from omneo_reconcile.cli.wiring import Connection, open_writing_client
from omneo_reconcile.core.model import Membership
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.reading import listed
from omneo_reconcile.core.receipt import Counts, Live, Receipt, make_receipt
from omneo_reconcile.core.run import Run, failures
from omneo_reconcile.errors import AccessError, Fault, IncompleteReading, Interrupted, OutputError, TenantError
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.writer import Writer


@dataclass(frozen=True)
class Applying:
    """What the user said about applying, as the options of the command."""

    auto_approve: bool
    expect: str | None
    trusted: tuple[str, ...]
    emails: str | None
    receipt: Path | None
    batch_size: int
    settle_seconds: float
    max_age: int
    lock_seconds: float

    @classmethod
    def of(cls, options: dict[str, Any]) -> Self:
        """Takes its own out of the options of a command."""
        return cls(**{field.name: options.pop(field.name) for field in fields(cls)})


class CarryingOut:
    """Carries out one plan. From the first write on, the first signal only asks it to stop."""

    def __init__(
        self, edges: Edges, connection: Connection, options: Applying, interrupts: Interrupts, journal: Journal
    ) -> None:
        """Does nothing yet."""
        self._edges = edges
        self._connection = connection
        self._options = options
        self._interrupts = interrupts
        self._journal = journal
        self._run: Run | None = None

    def run(self, plan: Plan, already: frozenset[Membership], live: Live, earlier: Earlier) -> int:
        """Carries out the plan, shows and saves the receipt. Returns the exit code.

        Args:
            already: Changes of the plan that are true already.
            live: Holders of each status now.
            earlier: What earlier applies may still be going to change.
        """
        started_at = self._edges.clock.today()
        self._interrupts.graceful = True
        try:
            after = self._interrupts.run(self._carry_out(plan, already, earlier))
        except Interrupted:
            if self._run is None:
                raise
            after = {}  # it was done, and only the counting was interrupted
        with undisturbed():
            run = self._run
            assert run is not None
            now = self._edges.clock.today()
            counts = Counts(live, after if run.batches else live)
            receipt = make_receipt(plan, run, counts, __version__, started_at, now)
            faults = (*failures(run), *self._save(receipt))
            show(receipt, self._edges, self._options.emails)
            if faults:
                print_failure(faults, self._edges, in_result=True)
        return faults[0].name.exit_code if faults else 0

    async def _carry_out(self, plan: Plan, already: frozenset[Membership], earlier: Earlier) -> Live:
        """Carries out the plan, keeps what became of it, and returns how many hold each status afterwards."""
        options = Options(self._options.batch_size, self._options.settle_seconds, self._connection.concurrency)
        with progress(self._edges) as report:
            watched = WatchedJournal(self._journal, report, len(plan.changes) - len(already))
            async with open_writing_client(self._connection, plan.tenant, self._edges) as client:
                holders = {status.handle: status.live for status in plan.statuses}
                reader = ReadBack(Reader(client), holders, listed=listed(plan.reads))
                ports = Ports(reader, watched, self._edges.clock, self._interrupts.asked, writer=Writer(client))
                self._run = await carry_out(plan, already, earlier, ports, options)
                if not self._run.batches or self._run.stopped:
                    return {}
                after = await _counted(reader, plan)
                self._run = replace(self._run, reads=reader.reads)
                return after

    def _save(self, receipt: Receipt) -> tuple[Fault, ...]:
        """Saves the receipt, if that was asked for. What was sent must be shown all the same where it cannot be.

        Running it again makes another one: this one is kept in the state folder then.
        """
        if self._options.receipt is None:
            return ()
        try:
            save(receipt, self._options.receipt)
        except OutputError as error:
            return (error.faults[0]._replace(where=f"file {self._options.receipt}", next_step=self._keep(receipt)),)
        return ()

    def _keep(self, receipt: Receipt) -> str:
        """Keeps a receipt that could not be saved, and returns what to do next."""
        place = self._connection.state_dir / f"receipt-{receipt.started_at:%Y%m%dT%H%M%SZ}.json"
        try:
            save(receipt, place)
        except OutputError:
            return "keep what is shown instead: running it again makes another receipt"
        return f"it was kept as {place}"


async def _counted(reader: ReadBack, plan: Plan) -> Live:
    """Returns how many hold each status now; a tenant that does not tell any more changes nothing of what was done."""
    try:
        return await reader.count(status.handle for status in plan.statuses)
    except (AccessError, TenantError, IncompleteReading):
        return {}
