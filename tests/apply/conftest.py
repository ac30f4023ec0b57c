"""An apply in a small world: the real journal, reader and writer, a simulated tenant, and time nobody waits for."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from omneo_reconcile.apply.earlier import read_earlier
from omneo_reconcile.apply.journal import JOURNAL, Journal
from omneo_reconcile.apply.ports import Options, Ports
from omneo_reconcile.apply.run import carry_out
from omneo_reconcile.apply.state_folder import make_state_folder
from omneo_reconcile.core.changes import Add, Change, Reason, Remove
from omneo_reconcile.core.journal import history
from omneo_reconcile.core.limits import LimitCheck, LimitName
from omneo_reconcile.core.model import Mode, Source, UnresolvedPolicy
from omneo_reconcile.core.plan import Plan, SpecInfo, StatusPlan, Summary, Tenant
from omneo_reconcile.core.run import Run
from omneo_reconcile.core.seal import seal
from omneo_reconcile.errors import FailureName
from omneo_reconcile.sandbox import Fault
from omneo_reconcile.tenant.client import WritingClient
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.writer import Writer
from simulated import BASE_URL, NOON
from simulated import Tenant as Simulated

HANDLES = ("media", "staff", "vip")
NAMES = ("ann", "bob", "cyd", "dan", "eve", "fay")
SETTLE_SECONDS = 60.0


def _change(kind: type[Add] | type[Remove], status: str, name: str, line: int) -> Change:
    reason = Reason.DECLARED if kind is Add else Reason.EXCLUSIVE
    return kind(status, f"p-{name}", f"{name}@example.com", reason, Source("spec.yaml", line), None, None)


def _status(handle: str, changes: Iterable[Change]) -> StatusPlan:
    adds = sum(isinstance(change, Add) for change in changes if change.status == handle)
    removals = sum(isinstance(change, Remove) for change in changes if change.status == handle)
    mode, policy = Mode.EXCLUSIVE, UnresolvedPolicy.HOLD
    return StatusPlan(handle, mode, None, 10, adds, adds, removals, 0, 0, 0, 0, policy)


def plan_of(add: Mapping[str, str], remove: Mapping[str, str]) -> Plan:
    """A plan that adds and removes statuses for people, given as names with spaces between."""
    pairs = [(Add, handle, name) for handle, names in add.items() for name in names.split()]
    pairs += [(Remove, handle, name) for handle, names in remove.items() for name in names.split()]
    changes = tuple(_change(kind, handle, name, line) for line, (kind, handle, name) in enumerate(pairs, 1))
    limits = tuple(LimitCheck(handle, name, "1000", 1000, 0, True, None) for handle in HANDLES for name in LimitName)
    plan = Plan(
        format_version="1.0",
        tool_version="0",
        created_at=NOON,
        as_of=date(2026, 6, 15),
        tenant=Tenant("sandbox", BASE_URL),
        spec=SpecInfo("d", None, ("spec.yaml",)),
        statuses=tuple(_status(handle, changes) for handle in HANDLES),
        changes=changes,
        held=(),
        unresolved=(),
        limits=limits,
        reads=(),
        summary=Summary(0, 0, 0, 0, 0, 0, 0),
        fingerprint="",
        failure_reason=None,
        checksum="",
    )
    return seal(plan)


class OnArrival(httpx.AsyncBaseTransport):
    """Lets a test look, or break something, whenever a request arrives at the tenant."""

    def __init__(self, inner: httpx.AsyncBaseTransport, look: Callable[[httpx.Request], None]) -> None:
        self._inner = inner
        self._look = look

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._look(request)
        return await self._inner.handle_async_request(request)


class Scene:
    """A tenant with people, and an apply on it, which reads first what earlier ones left open.

    Attributes:
        on_arrival: Called with each request that reaches the tenant.
        stop: What the run asks for whether it should stop.
    """

    def __init__(
        self,
        folder: Path,
        dialect: Iterable[str],
        faults: Iterable[Fault],
        holding: Mapping[str, str],
        crowd: Iterable[str] = (),
    ) -> None:
        self.folder = make_state_folder(folder)
        self.tenant = Simulated(list(dialect), list(faults))
        self.on_arrival: Callable[[httpx.Request], None] = lambda _: None
        self.stop: Callable[[], FailureName | None] = lambda: None
        for handle in HANDLES:
            self.tenant.store.add_definition(handle, handle.title())
        for name in (*NAMES, *crowd):
            held = [handle for handle, names in holding.items() if name in names.split()]
            self.tenant.store.add_profile(f"{name}@example.com", profile_id=f"p-{name}", statuses=held)

    def plan(self, add=None, remove=None) -> Plan:
        return plan_of(add or {}, remove or {})

    def apply(self, add=None, remove=None, **options) -> Run:
        return self.apply_plan(self.plan(add, remove), **options)

    def apply_plan(
        self, plan: Plan, already=frozenset(), *, batch_size=250, settle=SETTLE_SECONDS, concurrency=4, **client
    ):
        return asyncio.run(self._apply(plan, already, Options(batch_size, settle, concurrency), **client))

    async def _apply(self, plan, already, options, token="sandbox") -> Run:
        inner = httpx.ASGITransport(self.tenant.app, raise_app_exceptions=False)
        client = WritingClient(
            BASE_URL,
            token,
            transport=OnArrival(inner, self.on_arrival),
            clock=self.tenant.clock,
            concurrency=4,
        )
        with Journal(self.folder, self.tenant.clock.today) as journal:
            async with client:
                holders = {status.handle: status.live for status in plan.statuses}
                ports = Ports(
                    ReadBack(Reader(client), holders), journal, self.tenant.clock, self.stop, writer=Writer(client)
                )
                past = history(journal.entries(), plan.tenant)
                earlier = await read_earlier(past, ports, options.settle_seconds)
                return await carry_out(plan, already, earlier, ports, options)

    @property
    def journal(self) -> list[dict]:
        return [json.loads(line) for line in self.journal_text.splitlines()]

    @property
    def journal_text(self) -> str:
        return (self.folder / JOURNAL).read_text(encoding="utf-8")

    @property
    def batches_sent(self) -> list[str]:
        """The methods of the batch calls that reached the tenant, in order."""
        return [method for method, _ in self.tenant.requests if method != "GET"]

    def holders(self, handle: str) -> str:
        """The names of those who hold a status now, as `apply` takes them."""
        return " ".join(sorted(p.removeprefix("p-") for held, p in self.tenant.memberships if held == handle))


def told(run: Run) -> dict[str, str]:
    """The outcome of each change, by status and name: ``{"vip ann": "added"}``."""
    return {
        f"{result.change.status} {result.change.profile_id.removeprefix('p-')}": result.outcome.value
        for result in run.results
    }


@pytest.fixture
def scene(tmp_path: Path) -> Callable[..., Scene]:
    """Makes a scene; ``holding`` says who holds what at first, ``crowd`` names more people than the usual few."""

    def make(*dialect: str, faults: Iterable[Fault] = (), crowd: Iterable[str] = (), **holding: str) -> Scene:
        return Scene(tmp_path / "state", dialect, faults, holding, crowd)

    return make


@pytest.fixture
def scene_in() -> type[Scene]:
    """For a property, which needs a new scene for each example."""
    return Scene


@pytest.fixture
def outcomes() -> Callable[[Run], dict[str, str]]:
    return told


@pytest.fixture
def make_plan() -> Callable[..., Plan]:
    """Makes a sealed plan; ``changed`` replaces fields of it."""

    def make(add=None, remove=None, **changed) -> Plan:
        return seal(replace(plan_of(add or {}, remove or {}), **changed))

    return make
