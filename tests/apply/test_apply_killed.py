"""An apply that dies between any two things that it does: run again, it ends in the state of its plan."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from killing import Boundary, Call, Row, Wire, check_honest, mortal
from omneo_reconcile.apply.earlier import read_earlier
from omneo_reconcile.apply.journal import JOURNAL, Journal
from omneo_reconcile.apply.ports import Options, Ports
from omneo_reconcile.apply.recheck import read_people
from omneo_reconcile.apply.run import carry_out
from omneo_reconcile.apply.state_folder import make_state_folder
from omneo_reconcile.core.batches import action_of
from omneo_reconcile.core.binding import already_true
from omneo_reconcile.core.journal import history
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.run import Run, failures
from omneo_reconcile.sandbox import Dialect, Store, create_app
from omneo_reconcile.tenant.client import WritingClient
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.writer import Writer
from simulated import BASE_URL, FakeClock

pytestmark = pytest.mark.untraced

DIALECTS = [
    ["queue_seconds=0.2"],  # the default
    ["queue_seconds=30"],
    ["batch_scope=read-batches"],
    ["batch_hidden_reads=2", "batch_id=number", "batch_partly_failed=success"],
]
HELD = {"media": "fay", "staff": "ann cyd", "vip": "cyd dan eve"}
ADD, REMOVE = {"vip": "ann bob", "media": "cyd"}, {"vip": "cyd eve"}
WANTED = {"media": "cyd fay", "staff": "ann cyd", "vip": "ann bob dan"}
SETTLE_SECONDS = 60.0


class Moment(NamedTuple):
    """All that a process leaves behind that dies here."""

    journal: bytes
    tenant: bytes
    waited: float
    calls: tuple[Call, ...]


class Machine:
    """A folder with a journal, and beside it the tenant."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self._folder = folder
        self._journal = folder / JOURNAL
        self._tenant = folder / "tenant.sqlite"
        self.wire = Wire(self._journal)

    def prepare(self, dialect: list[str]) -> None:
        store = Store.open(self._tenant, dialect=Dialect.parse(dialect), now=self.clock.unix)
        for handle in HELD:
            store.add_definition(handle, handle.title())
        for name in ("ann", "bob", "cyd", "dan", "eve", "fay"):
            held = [handle for handle, names in HELD.items() if name in names.split()]
            store.add_profile(f"{name}@example.com", profile_id=f"p-{name}", statuses=held)
        store.close()

    def now(self) -> Moment:
        journal = self._journal.read_bytes() if self._journal.exists() else b""
        return Moment(journal, self._tenant.read_bytes(), self.clock.waited, tuple(self.wire.calls))

    def go_back(self, moment: Moment, *, journal: bool) -> None:
        """Makes it as a process left it that died there: on this machine, or for a fresh one without the journal."""
        self._tenant.write_bytes(moment.tenant)
        self._journal.unlink(missing_ok=True)
        if journal:
            self._journal.write_bytes(moment.journal)
        self.wire = Wire(self._journal, moment.calls if journal else ())
        self.clock = FakeClock()
        self.clock.waited = moment.waited

    def apply(self, plan: Plan, boundary: Boundary = lambda: None) -> Run:
        store = Store.open(self._tenant, now=self.clock.unix)
        try:
            with mortal(boundary, self.wire), Journal(self._folder, self.clock.today) as journal:
                return asyncio.run(self._apply(plan, store, journal))
        finally:
            store.close()

    async def _apply(self, plan: Plan, store: Store, journal: Journal) -> Run:
        """The steps of the command: what was left open, what is true already, and then the rest."""
        transport = httpx.ASGITransport(create_app(store), raise_app_exceptions=False)
        async with WritingClient(BASE_URL, "sandbox", transport=transport, clock=self.clock, concurrency=4) as client:
            back = ReadBack(Reader(client), {status.handle: status.live for status in plan.statuses})
            ports = Ports(back, journal, self.clock, lambda: None, writer=Writer(client))
            earlier = await read_earlier(history(journal.entries(), plan.tenant), ports, SETTLE_SECONDS)
            already = already_true(plan, await read_people(plan.changes, back))
            return await carry_out(plan, already, earlier, ports, Options(1, SETTLE_SECONDS, 4))

    @property
    def live(self) -> set[tuple[str, str]]:
        store = Store.open(self._tenant, now=self.clock.unix)
        try:
            return {(handle, profile_id) for handle, profile_id, _ in store.memberships()}
        finally:
            store.close()


def told(run: Run) -> dict[Row, str]:
    outcomes = {each.change: each.outcome.value for each in run.results}
    return {(action_of(c).value, c.status, c.profile_id): outcome for c, outcome in outcomes.items()}


def checked(machine: Machine, plan: Plan) -> bool:
    """Applies once more, checks that what it says is so, and returns whether it says that all is done."""
    run = machine.apply(plan)
    faults = failures(run)
    check_honest(faults[0].name.exit_code if faults else 0, told(run), machine.live)
    machine.wire.check()
    return not faults


def check_ends_in_the_plans_state(machine: Machine, plan: Plan) -> None:
    assert checked(machine, plan)
    machine.clock.start += timedelta(days=1)  # nothing that is still queued comes to undo it
    assert machine.live == {(handle, f"p-{name}") for handle, names in WANTED.items() for name in names.split()}


@pytest.mark.parametrize("dialect", DIALECTS, ids=" ".join)
def test_killed_between_any_two_steps_the_same_apply_ends_in_the_plans_state(tmp_path, make_plan, dialect):
    """With the journal, and on a fresh machine without it."""
    machine, plan = Machine(tmp_path), make_plan(ADD, REMOVE)
    machine.prepare(dialect)
    moments: list[Moment] = []
    machine.apply(plan, lambda: moments.append(machine.now()))
    machine.wire.check()
    assert len(moments) > 100

    # Of moments that leave the same behind one is enough: what follows is the same.
    for moment in {(moment.journal, moment.tenant, moment.waited): moment for moment in moments}.values():
        machine.go_back(moment, journal=True)
        check_ends_in_the_plans_state(machine, plan)
    for moment in {(moment.tenant, moment.waited): moment for moment in moments}.values():
        machine.go_back(moment, journal=False)
        check_ends_in_the_plans_state(machine, plan)


def test_a_state_folder_whose_making_was_cut_short_still_keeps_itself_out_of_git(tmp_path):
    (tmp_path / ".gitignore").touch()  # as a process leaves it that dies between making and writing it
    assert (make_state_folder(tmp_path) / ".gitignore").read_text() == "*\n"
