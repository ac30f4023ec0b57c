"""The world that tests act in: a simulated tenant, a clock that nobody waits for, and the command line in process."""

import asyncio
import heapq
import io
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

import httpx
import pytest

from omneo_reconcile.cli.edges import Edges, SystemClock
from omneo_reconcile.cli.main import run
from omneo_reconcile.sandbox import Dialect, Fault, Store, create_app, requests_of
from omneo_reconcile.tenant.client import Client, WritingClient

BASE_URL = "https://sandbox.invalid/api/v3"
Result = TypeVar("Result")
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


class FakeClock(SystemClock):
    """Time that passes only when somebody waits."""

    def __init__(self, start: datetime = NOON) -> None:
        self.start = start
        self.waited = 0.0

    def now(self) -> float:
        return self.waited

    async def sleep(self, seconds: float) -> None:
        self.waited += seconds

    def today(self) -> datetime:
        return self.start + timedelta(seconds=self.waited)

    def unix(self) -> float:
        return self.today().timestamp()

    def timezone(self) -> str:
        return "Australia/Melbourne"


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer when nothing else is left to do: hours in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual = 0.0

    def time(self) -> float:
        return self._virtual

    def _run_once(self) -> None:
        while self._scheduled and self._scheduled[0].cancelled():  # as the loop itself does, but before the jump
            heapq.heappop(self._scheduled)._scheduled = False
            self._timer_cancelled_count -= 1
        if not self._ready and self._scheduled:
            self._virtual = max(self._virtual, self._scheduled[0].when())
        super()._run_once()


class LoopClock:
    """The time of the running event loop, be it real or virtual."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def in_virtual_time(work: Coroutine[object, object, Result]) -> Result:
    """Returns what the work gives, run in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


class Tenant:
    """A simulated tenant in memory, and clients that talk to it over the real HTTP stack."""

    def __init__(self, dialect: Sequence[str] = (), faults: Sequence[Fault] = ()) -> None:
        self.clock = FakeClock()
        self.store = Store.open(":memory:", dialect=Dialect.parse(list(dialect)), now=self.clock.unix)
        self.app = create_app(self.store, faults=faults)

    def client(self, *, may_write: bool = False, token: str = "sandbox", rate: float | None = None) -> Client:
        kind = WritingClient if may_write else Client
        return kind(
            BASE_URL,
            token,
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            clock=self.clock,
            concurrency=4,
            requests_per_second=rate,
        )

    @property
    def requests(self) -> tuple[tuple[str, str], ...]:
        """Every request that reached the tenant: method and path with query."""
        return tuple((method, target) for method, target in requests_of(self.app))

    @property
    def memberships(self) -> set[tuple[str, str]]:
        """Who holds what now: handle and profile id."""
        return {(handle, profile_id) for handle, profile_id, _ in self.store.memberships()}


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        return self.out.splitlines()[-1]


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def streams(stdin: str | None, *, terminal: bool) -> Iterator[tuple[io.StringIO, io.StringIO]]:
    before = sys.stdin, sys.stdout, sys.stderr
    kind = _Screen if terminal else io.StringIO
    sys.stdin, sys.stdout, sys.stderr = kind(stdin or ""), kind(), kind()
    try:
        yield sys.stdout, sys.stderr
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Looks again until it is so, and leaves the processor to the process, which must live as long."""
    while not is_so():
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)


class CommandLine:
    """Runs commands in one folder, with a clock and an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.environment: dict[str, str] = {}

    def __call__(self, *arguments: str, stdin: str | None = None, terminal: bool = False) -> Ran:
        edges = Edges(clock=self.clock, environment=self.environment)
        with streams(stdin, terminal=terminal) as (out, err):
            code = run([str(argument) for argument in arguments], edges)
        return Ran(code, out.getvalue(), err.getvalue())

    @contextmanager
    def tenant(self) -> Iterator[Store]:
        """Opens the simulated tenant that `--sandbox` uses, to prepare or inspect it."""
        state = self.folder / ".omneo-reconcile"
        state.mkdir(exist_ok=True)
        store = Store.open(state / "sandbox.sqlite", now=self.clock.unix)
        try:
            yield store
        finally:
            store.close()
