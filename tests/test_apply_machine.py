"""Whatever happens to a tenant, a spec and the applies between them: an apply that nothing disturbs ends in the spec.

A state machine draws what happens: the spec changes, others write, hours pass, the journal is lost; an apply meets
faults, broken connections, a full disk, is asked to stop, or is killed at any request or line of its journal. After
each step nothing outside the spec has moved and nothing but the planned was sent; at the end an undisturbed apply ends
in the state that a perfect plan asks for.
"""

import asyncio
import dataclasses
import itertools
import json
import os
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import httpx
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from omneo_reconcile.apply.earlier import LOST_AFTER_SECONDS, Earlier, read_earlier
from omneo_reconcile.apply.journal import JOURNAL, Journal
from omneo_reconcile.apply.ports import Options, Ports, Watching
from omneo_reconcile.apply.recheck import read_people
from omneo_reconcile.apply.run import carry_out
from omneo_reconcile.apply.state_folder import cannot_write
from omneo_reconcile.core import binding, bound_limits
from omneo_reconcile.core.batches import Action, action_of
from omneo_reconcile.core.changes import Add
from omneo_reconcile.core.journal import Accepted, AnyEvent, Confirmed, Entry, Intended, Sent, history
from omneo_reconcile.core.model import Count, Limits, Membership, Profile, Spec, UnresolvedPolicy
from omneo_reconcile.core.plan import Header, Plan, refusals
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.resume import ids_done, whole_plan
from omneo_reconcile.core.run import Outcome, Run
from omneo_reconcile.errors import (
    AccessError,
    FailureName,
    IncompleteReading,
    PlanRejected,
    Refused,
    StateFolderError,
    TenantError,
)
from omneo_reconcile.sandbox import Dialect, Fault, NewProfile, Store, create_app, requests_of
from omneo_reconcile.tenant.client import Client, WritingClient
from omneo_reconcile.tenant.pace import Pace
from omneo_reconcile.tenant.read import check_defined, count_holders, read
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.writer import Writer
from simulated import BASE_URL, FakeClock, VirtualLoop
from test_laws_on_a_tenant import dialects
from worlds import AS_OF, EMAILS, HANDLES, HEADER, plan_for, profiles, spec_of, specs

# MACHINE_RANDOM=1 hunts where nobody looked yet, with more examples or steps; MACHINE_SHRINK=1 shortens what it finds.
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "35"))
STEPS = int(os.environ.get("MACHINE_STEPS", "20"))
SETTLE_SECONDS = 60.0
DAY_SECONDS = 86_400.0
BATCH = "/profile/status/batch.json"
NO_LIMITS = Limits(Count(1000), Count(1000))
LOOKING_BACK, PLANNING, CARRYING_OUT = range(3)
_ACTIONS = {"POST": Action.ADD, "DELETE": Action.REMOVE}
_HIDES_PEOPLE = {"email_case": "matters", "email_stored": "lowered"}
"""Where another spelling of an email cannot be found, two people may look like one."""

survived: Counter[str] = Counter()
"""What happened in examples that ended as they should."""


class Killed(BaseException):
    """The process is gone: nothing it would still do happens."""


class Break(NamedTuple):
    """What the network does to a request: refused before it left, its answer lost, or never answered."""

    kind: str
    methods: frozenset[str]
    nth: int
    times: int


class Trouble(NamedTuple):
    """What will disturb an apply, from one of its phases on.

    Attributes:
        kill_at: The boundary (a request, its answer, a line of the journal) at which the process dies.
        stop_at: The boundary at which it is asked to stop.
        full_at: The write to the journal from which on the disk is full.
        cut: The share of the last write to the journal that reaches the disk.
    """

    phase: int = LOOKING_BACK
    faults: tuple[Fault, ...] = ()
    breaks: tuple[Break, ...] = ()
    kill_at: int | None = None
    stop_at: int | None = None
    full_at: int | None = None
    cut: float = 1.0

    @property
    def is_none(self) -> bool:
        return not (self.faults or self.breaks or self.kill_at or self.stop_at or self.full_at)


class CountedFault(Fault):
    """A fault that counts how often it was done."""

    __slots__ = ()
    done: ClassVar[Counter[str]] = Counter()

    def answer(self):
        self.done["faults"] += 1
        return super().answer()

    def forgets(self, profile_id):
        forgets = super().forgets(profile_id)
        self.done["faults"] += forgets
        return forgets


def _few(kind: Any) -> st.SearchStrategy[Any]:
    return st.lists(kind, min_size=1, max_size=3).map(tuple)


_NTH = st.integers(1, 9)
_TIMES = st.sampled_from([1, 1, 2, 9, 99])
_BODIES = st.sampled_from([None, "<html>no</html>", '{"message": "ann@example.com is bad"}'])
_failing = st.builds(
    CountedFault,
    path=st.sampled_from([None, BATCH, BATCH, "/batches/", "/profiles/", "/profiles?", "/statuses"]),
    nth=_NTH,
    times=_TIMES,
    status=st.sampled_from([429, 500, 503, 401, 403]),
    headers=st.sampled_from([{}, {"Retry-After": "7"}]),
    body=_BODIES,
)
_losing = st.builds(
    CountedFault, path=st.just(BATCH), nth=_NTH, times=_TIMES, status=st.sampled_from([500, 503]), after=st.just(True)
)
_refusing = st.builds(
    CountedFault,
    path=st.just(BATCH),
    nth=_NTH,
    times=_TIMES,
    status=st.sampled_from([400, 404, 413, 422]),
    body=_BODIES,
)
_hiding = st.builds(CountedFault, path=st.just("/batches/"), nth=_NTH, times=_TIMES, status=st.sampled_from([403, 404]))
_garbled = st.builds(CountedFault, nth=_NTH, times=_TIMES, status=st.just(200), body=st.just("<html>sign in</html>"))
_people = st.integers(0, 7).map(lambda number: f"p{number}")
_lying = st.builds(
    CountedFault,
    path=st.just(BATCH),
    nth=st.integers(1, 3),
    times=_TIMES,
    forget=st.just(True),
    profile_ids=st.none() | _few(_people),
)
_breaks = st.builds(
    Break,
    st.sampled_from(["refused", "lost", "silent"]),
    st.sampled_from([frozenset({"GET"}), frozenset({"POST", "DELETE"})]),
    _NTH,
    st.sampled_from([1, 2, 9]),
)


def _trouble(phase, **what):
    """Builds one for Hypothesis, which would make up what is not given to a tuple of typed names."""
    return Trouble(phase, **what)


_boundary = st.integers(1, 12) | st.integers(1, 30)
_phase = st.sampled_from([LOOKING_BACK, PLANNING, CARRYING_OUT, CARRYING_OUT, CARRYING_OUT])
troubles = st.one_of(
    st.builds(_trouble, _phase, faults=_few(_failing | _losing | _refusing | _hiding | _garbled | _lying)),
    st.builds(_trouble, _phase, breaks=_few(_breaks)),
    st.builds(_trouble, _phase, kill_at=_boundary, cut=st.floats(0, 1)),
    st.builds(_trouble, _phase, faults=_few(_failing | _losing | _lying), kill_at=_boundary, cut=st.floats(0, 1)),
    st.builds(_trouble, _phase, breaks=_few(_breaks), stop_at=_boundary, kill_at=st.none() | _boundary),
    st.builds(_trouble, _phase, stop_at=_boundary),
    st.builds(_trouble, _phase, full_at=st.integers(1, 9), cut=st.floats(0, 1)),
)
any_specs = st.deferred(lambda: specs().map(_unrefused) | specs().map(_unrefused) | specs())
handlings = st.builds(Options, st.integers(1, 3), st.just(SETTLE_SECONDS), st.integers(1, 4))
speeds = st.lists(st.sampled_from([0.0, 0.05, 0.3, 2.0]), min_size=1, max_size=3)
queues = st.sampled_from(["0", "0.2", "0.2", "3", "45", "90", "5000"]).map(lambda seconds: f"queue_seconds={seconds}")
sizes = st.sampled_from(["batch_size_max=1", "batch_size_max=2", "batch_size_max=500"])
writes = st.sampled_from([[], [], [], ["batch_writes=overwritten"], ["batch_settles=never"]])


class WorldClock(FakeClock):
    """Time that a run spends waiting, and time that passes between runs."""

    def now(self) -> float:
        try:
            return self.waited + asyncio.get_running_loop().time()
        except RuntimeError:
            return self.waited

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def today(self) -> datetime:
        return self.start + timedelta(seconds=self.now())

    def run(self, work: Coroutine[object, object, Any]) -> Any:
        loop = VirtualLoop()
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                return runner.run(work)
        finally:
            self.waited += loop.time()


class Disturbed:
    """The trouble of one apply as it comes: counts boundaries, and dies, stops or fails at its turn."""

    def __init__(self, trouble: Trouble, happened: Counter[str]) -> None:
        self.trouble = trouble
        self.happened = happened
        self.phase = -1
        self._boundaries = self._writes = 0
        self._requests = [0] * len(trouble.breaks)

    @property
    def has_begun(self) -> bool:
        return self.phase >= self.trouble.phase

    def boundary(self) -> None:
        if not self.has_begun:
            return
        self._boundaries += 1
        if self._boundaries == self.trouble.kill_at:
            self.happened["kills"] += 1
        if self._boundaries == self.trouble.stop_at:
            self.happened["stops"] += 1
        if self._is_past(self.trouble.kill_at) or (self._is_past(self.trouble.stop_at) and self.phase < CARRYING_OUT):
            raise Killed

    def stop(self) -> FailureName | None:
        return FailureName.INTERRUPTED if self._is_past(self.trouble.stop_at) else None

    def is_disk_full(self) -> bool:
        if not self.has_begun or self.trouble.full_at is None:
            return False
        self._writes += 1
        self.happened["full disks"] += self._writes == self.trouble.full_at
        return self._writes >= self.trouble.full_at

    def break_of(self, method: str) -> str | None:
        broken = None
        for place, one in enumerate(self.trouble.breaks if self.has_begun else ()):
            if method in one.methods:
                self._requests[place] += 1
                if one.nth <= self._requests[place] < one.nth + one.times:
                    broken = one.kind
        self.happened["breaks"] += broken is not None
        return broken

    def _is_past(self, boundary: int | None) -> bool:
        return boundary is not None and self._boundaries >= boundary


class FragileJournal(Journal):
    """A journal whose writer may die, or whose disk may fill up, in the midst of a line."""

    def __init__(self, folder: Path, now: Callable[[], datetime], disturbed: Disturbed) -> None:
        super().__init__(folder, now)
        self._file_path = folder / JOURNAL
        self._disturbed = disturbed

    def append(self, *events: AnyEvent) -> None:
        if not events:
            return
        self._disturbed.boundary()
        before = self._file_path.stat().st_size
        super().append(*events)
        if self._disturbed.is_disk_full():
            self._cut(before)
            raise cannot_write(self._file_path, OSError(28, "No space left on device"))
        try:
            self._disturbed.boundary()
        except Killed:
            self._cut(before)
            raise

    def _cut(self, before: int) -> None:
        written = self._file_path.stat().st_size - before
        os.truncate(self._file_path, before + int(written * self._disturbed.trouble.cut))


class Line(httpx.AsyncBaseTransport):
    """The network to the tenant of one phase: slow, breaking, and seen by the test."""

    def __init__(self, machine: "ApplyMachine", disturbed: Disturbed, speed: Iterator[float]) -> None:
        faults = disturbed.trouble.faults if disturbed.has_begun else ()
        self.app = create_app(machine.store, faults=faults)
        self._inner = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self._machine = machine
        self._disturbed = disturbed
        self._speed = speed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._disturbed.boundary()
        broken = self._disturbed.break_of(request.method)
        if broken == "refused":
            raise httpx.ConnectError("refused", request=request)
        await asyncio.sleep(next(self._speed))
        if request.method != "GET":
            self._machine.arrives(request)
        response = await self._inner.handle_async_request(request)
        if request.method != "GET":
            self._machine.arrived(request)
        self._disturbed.boundary()
        await asyncio.sleep(99 if broken == "silent" else next(self._speed))
        if broken == "lost":
            raise httpx.ReadError("lost", request=request)
        return response


class InQueue(NamedTuple):
    """A batch that the tenant took, as the test saw it."""

    request: httpx.Request
    journal: int  # how many were lost before the one that it was written into
    number: int  # in that journal
    run: int


class Current:
    """The run that is going on."""

    def __init__(self, number: int, disturbed: Disturbed) -> None:
        self.number = number
        self.disturbed = disturbed
        self.todo: frozenset[tuple[Action, str, str]] = frozenset()
        self.arrived: set[tuple[Action, str, str]] = set()
        self.queued_before: set[int] = set()


class ApplyMachine(RuleBasedStateMachine):
    """A tenant, what others do to it, and applies of specs that come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="machine-"))
        self.clock = WorldClock()
        self.happened: Counter[str] = Counter()
        CountedFault.done = self.happened  # a fault is drawn by Hypothesis, and knows no machine
        self.journals_lost = self.runs = 0
        self.queued: dict[int, InQueue] = {}
        self.plans: list[tuple[Plan, Spec]] = []
        self.begun: Plan | None = None
        self.begun_alone = False
        self.numbers = itertools.count(1)

    # What there is, and what others do to it

    @initialize(
        world=(profiles(plain=True) | profiles()).filter(lambda world: len(world) > 2),
        dialect=dialects,
        queue=queues,
        size=sizes,
        write=writes,
        spec=any_specs,
    )
    def begin(self, world, dialect, queue, size, write, spec) -> None:
        self.store = Store.open(":memory:", dialect=Dialect.parse([*dialect, queue, size, *write]), now=self.clock.unix)
        for handle in HANDLES:
            self.store.add_definition(handle, handle)
        self.store.add_profiles([NewProfile(row.email, row.type, sorted(row.statuses), row.id) for row in world])
        self.spec = spec
        self.ever_named = set(spec.statuses)
        self.expected = self.memberships()

    @rule(spec=any_specs)
    def the_spec_changes(self, spec) -> None:
        self.spec = spec
        self.ever_named |= spec.statuses.keys()
        self.begun = None

    @precondition(lambda self: self.others_may_write())
    @rule(number=st.integers(0, 9), handle=st.sampled_from(HANDLES), attach=st.booleans())
    def another_writer_changes_a_status(self, number, handle, attach) -> None:
        if person := self.living(number):
            (self.store.attach if attach else self.store.detach)(person, [handle])
            (self.expected.add if attach else self.expected.discard)((handle, person))
            self.happened["others"] += 1
            self.begun = None

    @precondition(lambda self: self.others_may_write())
    @rule(
        email=st.none() | st.sampled_from([*EMAILS, EMAILS[0].title()]),
        kind=st.sampled_from(["active", "active", "pending", "system"]),
        handles=st.frozensets(st.sampled_from(HANDLES)),
    )
    def another_writer_creates_a_profile(self, email, kind, handles) -> None:
        person = f"n{next(self.numbers)}"
        self.store.add_profile(email, profile_type=kind, statuses=sorted(handles), profile_id=person)
        self.expected |= {(handle, person) for handle in handles}
        self.happened["others"] += 1
        self.begun = None

    @rule(number=st.integers(0, 9))
    def another_writer_deletes_a_profile(self, number) -> None:
        if person := self.living(number):
            self.store.delete_profile(person)
            self.happened["others"] += 1
            self.begun = None

    @rule(
        number=st.integers(0, 9), email=st.none() | st.sampled_from(EMAILS), kind=st.sampled_from(["active", "system"])
    )
    def another_writer_makes_somebody_else_of_a_profile(self, number, email, kind) -> None:
        if person := self.living(number):
            self.store.people.update(self.store.people.living(person), email=email, profile_type=kind)
            self.happened["others"] += 1
            self.begun = None

    @rule(seconds=st.sampled_from([1.0, 20.0, 50.0, 100.0, 3600.0, 50_000.0, 100_000.0, 300_000.0]))
    def time_passes(self, seconds) -> None:
        self.clock.waited += seconds

    @precondition(lambda self: self.queued)
    @rule()
    def the_journal_is_lost(self) -> None:
        (self.folder / JOURNAL).unlink(missing_ok=True)
        self.journals_lost += 1
        self.begun = None
        self.happened["journals lost"] += 1

    # Applies

    @rule(trouble=troubles, options=handlings, speed=speeds)
    def a_spec_is_applied_and_disturbed(self, trouble, options, speed) -> None:
        self.run(trouble, options, speed)

    @rule(spec=any_specs, trouble=troubles, options=handlings, speed=speeds)
    def another_spec_is_applied_and_disturbed(self, spec, trouble, options, speed) -> None:
        self.the_spec_changes(spec)
        self.run(trouble, options, speed)

    @rule(spec=any_specs, trouble=troubles, again=troubles, options=handlings, speed=speeds)
    def another_spec_is_applied_and_disturbed_twice(self, spec, trouble, again, options, speed) -> None:
        self.the_spec_changes(spec)
        self.run(trouble, options, speed)
        self.run(again, options, speed)

    @rule(options=handlings, speed=speeds)
    def a_spec_is_applied(self, options, speed) -> None:
        self.run(Trouble(), options, speed)

    @precondition(lambda self: self.begun is not None)
    @rule(options=handlings, speed=speeds)
    def the_plan_that_was_begun_is_applied_again(self, options, speed) -> None:
        self.run(Trouble(), options, speed, expected=self.begun)

    @precondition(lambda self: self.plans)
    @rule(
        trouble=st.just(Trouble()) | troubles,
        number=st.integers(1, 3),
        options=handlings,
        speed=speeds,
        trusted=st.booleans(),
    )
    def a_saved_plan_is_applied(self, trouble, number, options, speed, trusted) -> None:
        plan, _ = self.plans[-min(number, len(self.plans))]
        self.run(trouble, options, speed, saved=plan, trusted=trusted)

    def run(self, trouble, options, speed, *, saved=None, trusted=False, expected=None) -> Run | None:
        """Runs one apply. Returns its report, or None if it did not come to one."""
        self.runs += 1
        disturbed = Disturbed(trouble, self.happened)
        self.current = Current(self.runs, disturbed)
        self.store.queue.settle()
        self.current.queued_before = self.pending()
        self.happened["runs"] += 1
        self.lines: list[Line] = []
        apply = Applied(self, disturbed, options, itertools.cycle(speed))
        try:
            with FragileJournal(self.folder, self.clock.today, disturbed) as journal:
                run = self.clock.run(
                    apply.from_file(saved, journal, trusted) if saved else apply.from_spec(journal, expected)
                )
        except BaseException as error:
            if not _is_killed(error) and not isinstance(error, self.allowed(trouble, saved)):
                raise
            run = None
        self.check_requests()
        if run is not None:
            self.check_report(run)
            self.happened["reports"] += 1
        return run

    def allowed(self, trouble, saved) -> tuple[type[Exception], ...]:
        """What an apply may end in, and nothing else."""
        disturbed = () if trouble.is_none else (AccessError, TenantError, IncompleteReading)
        full = (StateFolderError,) if trouble.full_at else ()
        return (*disturbed, *full, *((PlanRejected, Refused) if saved else ()), Refused)

    # What must hold when a batch arrives

    def arrives(self, request) -> None:
        """Checks a batch call that comes to the tenant, before it is handled."""
        assert request.method in _ACTIONS
        assert request.url.raw_path.decode() == "/api/v3" + BATCH
        sent = _memberships(request)
        assert sent <= self.current.todo, "something was sent that is not in the plan"
        assert self.number_in_journal(request), "sent before the journal knew"
        self.store.queue.settle()
        profiles = {profile_id for _, _, profile_id in sent}
        for number in self.pending():
            items = self.store.database.rows("SELECT profile_id FROM batch_items WHERE batch = ?", (number,))
            if not profiles.isdisjoint(row["profile_id"] for row in items):
                self.check_not_in_flight(self.queued[number], request)

    def arrived(self, request) -> None:
        """Takes note of the batch that the tenant has queued, if it has."""
        for row in self.store.database.rows("SELECT number FROM batches"):
            if row["number"] not in self.queued:
                journal_number = self.number_in_journal(request)
                self.queued[row["number"]] = InQueue(request, self.journals_lost, journal_number, self.runs)
                self.current.arrived |= _memberships(request)
                self.happened["batches"] += 1

    def number_in_journal(self, request) -> int:
        """The number of the batch in the journal, which must have it by now, or 0."""
        intended, sent = {}, set()
        batch = _profiles(request)
        for event in self.journal():
            if isinstance(event, Intended):
                intended[event.batch] = event.action is _ACTIONS[request.method] and event.profiles == batch
            if isinstance(event, Sent):
                sent.add(event.batch)
        return max((number for number, same in intended.items() if same and number in sent), default=0)

    def check_not_in_flight(self, other, request) -> None:
        """No profile is in two batches in flight, as far as anybody can tell: see `Earlier`."""
        if other.journal != self.journals_lost or other.request is request:
            return
        entries = [entry for entry in self.entries() if getattr(entry.event, "batch", None) == other.number]
        events = [entry.event for entry in entries]
        sent_at = next(entry.at for entry in entries if isinstance(entry.event, Sent))  # its first try
        age = (self.clock.today() - sent_at).total_seconds()
        confirmed = {pair for event in events if isinstance(event, Confirmed) for pair in event.memberships}
        if {(status, person) for _, status, person in _memberships(other.request)} <= confirmed:
            return
        has_id = any(isinstance(event, Accepted) and event.batch_id and not event.repeated for event in events)
        dialect = self.store.dialect
        is_told = has_id and dialect.batch_scope == "read-profiles" and not dialect.batch_hidden_reads
        if is_told and (self.current.disturbed.trouble.is_none or other.run == self.runs):
            assert age >= LOST_AFTER_SECONDS, f"in flight twice: {age} s"
        assert age >= SETTLE_SECONDS, f"in flight twice: {age} s"

    # What must hold when an apply ends

    def check_requests(self) -> None:
        for method, target in (asked for line in self.lines for asked in requests_of(line.app)):
            assert method == "GET" or (method in _ACTIONS and target == "/api/v3" + BATCH)

    def check_report(self, run) -> None:
        live = self.memberships()
        undone = {person for number in self.current.queued_before for person in self.profiles_of(number)}
        failed_adds = {
            result.change.status
            for result in run.results
            if isinstance(result.change, Add) and result.outcome not in {Outcome.ADDED, Outcome.ALREADY}
        }
        for result in run.results:
            change, outcome = result.change, result.outcome
            key = change.status, change.profile_id
            if change.profile_id not in undone:
                assert outcome is not Outcome.ADDED or key in live
                assert outcome is not Outcome.REMOVED or key not in live
            arrived = (action_of(change), *key) in self.current.arrived
            assert not (arrived and outcome in {Outcome.HELD, Outcome.ALREADY})
            assert not (arrived and not isinstance(change, Add) and change.status in failed_adds)
            if outcome in {Outcome.ADDED, Outcome.REMOVED}:
                self.happened["changes"] += 1

    # What must hold at any time

    @invariant()
    def nothing_outside_the_spec_ever_moves(self) -> None:
        outside = {one for one in self.memberships() if one[0] not in self.ever_named}
        assert outside == {one for one in self.expected if one[0] not in self.ever_named}

    @invariant()
    def no_email_is_in_the_journal(self) -> None:
        path = self.folder / JOURNAL
        assert not path.exists() or b"@" not in path.read_bytes()

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None and hasattr(self, "store"):
                self.finish()
        finally:
            shutil.rmtree(self.folder)

    def finish(self) -> None:
        """Lets the tenant finish, and applies undisturbed: then all is as the spec says."""
        self.spec = _unrefused(self.spec)
        self.converge(dataclasses.replace(self.store.dialect, batch_settles="always"))
        self.converge(Dialect())
        assert not plan_for(self.spec, self.people()).changes
        self.nothing_outside_the_spec_ever_moves()
        self.no_email_is_in_the_journal()
        survived.update(self.happened)
        survived["examples"] += 1

    def converge(self, dialect) -> None:
        self.store.dialect = dialect
        for runs in range(4):
            self.clock.waited += 2 * DAY_SECONDS
            run = self.run(Trouble(), Options(250, SETTLE_SECONDS, 4), [0.05])
            if not run.results:
                survived["most runs"] = max(survived["most runs"], runs)
                return
        raise AssertionError(f"still changes after {runs} undisturbed applies: {run}")

    # Looks at the world

    def others_may_write(self) -> bool:
        """Others who write while a batch overwrites what it found lose it, and nobody can tell."""
        return self.store.dialect.batch_writes == "merged" or not self.pending()

    def living(self, number) -> str | None:
        people = [row.id for row in self.people() if row.type != "deleted"]
        return people[number % len(people)] if people else None

    def people(self) -> tuple[Profile, ...]:
        held = defaultdict(set)
        for handle, profile_id in self.memberships():
            held[profile_id].add(handle)
        rows = self.store.database.rows("SELECT id, email, profile_type FROM profiles ORDER BY number")
        return tuple(Profile(*row, frozenset(held[row["id"]])) for row in rows)

    def memberships(self) -> set[Membership]:
        return {(handle, person) for handle, person, _ in self.store.memberships(include_deleted=True)}

    def pending(self) -> set[int]:
        return {row["number"] for row in self.store.database.rows("SELECT number FROM batches WHERE state = 'pending'")}

    def profiles_of(self, number) -> set[str]:
        rows = self.store.database.rows("SELECT profile_id FROM batch_items WHERE batch = ?", (number,))
        return {row["profile_id"] for row in rows}

    def entries(self) -> list[Entry]:
        with Journal(self.folder, self.clock.today) as journal:
            return list(journal.entries())

    def journal(self) -> list[AnyEvent]:
        return [entry.event for entry in self.entries()]


class Applied:
    """One apply, as `omneo_reconcile.cli.apply` puts it together."""

    def __init__(self, machine: ApplyMachine, disturbed: Disturbed, options: Options, speed: Iterator[float]) -> None:
        self._machine = machine
        self._disturbed = disturbed
        self._options = options
        self._speed = speed
        self._pace: Pace | None = None

    async def from_spec(self, journal: Journal, expected: Plan | None = None) -> Run | None:
        machine = self._machine
        past = history(journal.entries(), HEADER.tenant, expected and expected.fingerprint)
        earlier = await self._earlier(past, journal)
        plan = await self._plan(machine.spec)
        whole = plan
        if expected and plan.fingerprint != expected.fingerprint:
            whole = await self._rest(plan, past.begun)
        if refusals(plan):
            return None
        if machine.begun is None or machine.begun.fingerprint != whole.fingerprint:
            trouble = self._disturbed.trouble
            machine.begun = whole
            machine.begun_alone = not machine.pending() and (trouble.is_none or trouble.phase == CARRYING_OUT)
        left = {(change.status, change.profile_id) for change in plan.changes}
        done = frozenset((change.status, change.profile_id) for change in whole.changes) - left
        return await self._carry_out(whole, done, earlier, journal)

    async def from_file(self, plan: Plan, journal: Journal, trusted: bool) -> Run | None:
        machine = self._machine
        binding.check_place_and_age(plan, HEADER.tenant, machine.clock.today(), timedelta(days=7))
        earlier = await self._earlier(history(journal.entries(), HEADER.tenant), journal)
        fresh = None
        limits, overrides = bound_limits.limits_of_plan(plan, {})
        if trusted:
            named = {change.status for change in plan.changes} & machine.spec.statuses.keys()
            spec = replace(machine.spec, statuses={handle: machine.spec.statuses[handle] for handle in sorted(named)})
            fresh, limits = await self._plan(spec), bound_limits.limits_of_spec(plan, spec)
        if any(fault.name is FailureName.UNRESOLVED for fault in refusals(fresh or plan)):
            return None
        with self._client(PLANNING) as client:
            reader = Reader(client)
            back = ReadBack(reader, {status.handle: status.live for status in plan.statuses})
            just_read = {(change.status, change.profile_id) for change in fresh.changes} if fresh else frozenset()
            unread = [change for change in plan.changes if (change.status, change.profile_id) not in just_read]
            if fresh is None:
                await check_defined(reader, plan)
            already = binding.already_true(replace(plan, changes=unread), await read_people(unread, back))
            if fresh is not None:
                plan = binding.as_derived(plan, fresh, already)
            todo = [change for change in plan.changes if (change.status, change.profile_id) not in already]
            live = await count_holders(reader, bound_limits.statuses_to_count(todo, limits, overrides))
            if over := bound_limits.check_limits_again(todo, limits, live, overrides):
                raise Refused(over)
            await back.count({status.handle for status in plan.statuses} - live.keys())
        machine.happened["saved plans"] += 1
        machine.begun = None
        return await self._carry_out(plan, already, earlier, journal)

    async def _earlier(self, past, journal: Journal) -> Earlier:
        if not past.open:
            return Earlier(past.batches)
        with self._client(LOOKING_BACK) as client:
            back = ReadBack(Reader(client), {})
            watching = Watching(back, journal, self._machine.clock, self._disturbed.stop)
            return await read_earlier(past, watching, SETTLE_SECONDS)

    async def _plan(self, spec: Spec) -> Plan:
        machine = self._machine
        machine.store.queue.settle()
        alone = not machine.pending()
        perfect = plan_for(spec, machine.people())
        with self._client(PLANNING) as client:
            reading = await read(Reader(client), spec, AS_OF, {}, lambda *_: None)
        header = Header("0", machine.clock.today().replace(microsecond=0), AS_OF, HEADER.tenant, None)
        plan = make_plan(spec, reading, header, {})
        dialect = dataclasses.asdict(machine.store.dialect)
        if alone and not any(dialect[name] == word for name, word in _HIDES_PEOPLE.items()):
            assert _steps(plan) <= _steps(perfect), "a disturbed reading made a change that is not due"
        machine.plans.append((plan, spec))
        return plan

    async def _rest(self, plan: Plan, begun) -> Plan:
        machine = self._machine
        whole = None
        if begun is not None:
            with self._client(PLANNING) as client:
                people = await ReadBack(Reader(client), {}).people(dict.fromkeys(ids_done(begun, plan)))
            whole = whole_plan(begun, plan, people)
        if whole is None:
            assert not machine.begun_alone, "a plan that was begun could not be gone on with"
            raise Refused.of(FailureName.PLAN_UNEXPECTED, "another plan", "", "")
        machine.happened["plans gone on with"] += 1
        return whole

    async def _carry_out(self, plan: Plan, already, earlier: Earlier, journal: Journal) -> Run:
        machine = self._machine
        todo = (change for change in plan.changes if (change.status, change.profile_id) not in already)
        machine.current.todo = frozenset((action_of(change), change.status, change.profile_id) for change in todo)
        machine.store.queue.settle()
        with self._client(CARRYING_OUT, WritingClient) as client:
            back = ReadBack(Reader(client), {status.handle: status.live for status in plan.statuses})
            ports = Ports(back, journal, machine.clock, self._disturbed.stop, writer=Writer(client))
            return await carry_out(plan, already, earlier, ports, self._options)

    @contextmanager
    def _client(self, phase: int, kind: type[Client] = Client) -> Iterator[Any]:
        self._disturbed.phase = phase
        line = Line(self._machine, self._disturbed, self._speed)
        self._machine.lines.append(line)
        client = kind(BASE_URL, "sandbox", transport=line, clock=self._machine.clock, concurrency=4, pace=self._pace)
        self._pace = client.pace
        client.pace.begin()
        yield client


def _unrefused(spec: Spec) -> Spec:
    """The same spec without the limits and the policy that would refuse an apply of it."""
    return spec_of(
        *(
            replace(
                status,
                limits=NO_LIMITS,
                unresolved=UnresolvedPolicy.HOLD if status.unresolved is UnresolvedPolicy.ERROR else status.unresolved,
            )
            for status in spec.statuses.values()
        )
    )


def _profiles(request: httpx.Request) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((each["profile_id"], tuple(each["statuses"])) for each in json.loads(request.content)["profiles"])


def _memberships(request: httpx.Request) -> set[tuple[Action, str, str]]:
    action = _ACTIONS[request.method]
    return {(action, status, profile_id) for profile_id, statuses in _profiles(request) for status in statuses}


def _steps(plan: Plan) -> set[tuple[Action, str, str]]:
    return {(action_of(change), change.status, change.profile_id) for change in plan.changes}


def _is_killed(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_killed, error.exceptions))
    return isinstance(error, Killed)


@pytest.mark.untraced
def test_an_undisturbed_apply_ends_in_the_spec_whatever_happened_before() -> None:
    run_state_machine_as_test(
        ApplyMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="MACHINE_RANDOM" not in os.environ,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink] if "MACHINE_SHRINK" in os.environ else [Phase.generate],
        ),
    )


def test_the_machine_survived_kills_and_faults_of_every_kind() -> None:
    if not survived:
        pytest.skip("the machine did not run in this process")
    sys.stdout.write(f"survived: {dict(sorted(survived.items()))}\n")
    assert survived["examples"] >= EXAMPLES
    assert survived["kills"] + survived["stops"] >= EXAMPLES // 4
    assert survived["faults"] + survived["breaks"] + survived["full disks"] >= EXAMPLES // 2
    assert survived["batches"] >= EXAMPLES
    assert survived["changes"] >= EXAMPLES // 2
