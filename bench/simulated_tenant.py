"""The simulated tenant in a process of its own, what arrives there, and the command line tool that works on it."""

import json
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import anyio
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omneo_reconcile.sandbox import Dialect, NewProfile, Store, requests_of
from omneo_reconcile.sandbox.server import SandboxServer

TOKEN = "sandbox"
_LONGEST_RUN_SECONDS = 900
_FIRST_CREATED_AT = 1_600_000_000
_PROCESSES = multiprocessing.get_context("spawn")


class WrongPlanError(Exception):
    """The plan is not the one that was to be measured: its figures would mean nothing."""


class Arrival(NamedTuple):
    """A request at the tenant, its times in seconds of a monotonic clock.

    Attributes:
        at: When it came.
        status: That of its answer.
        target: The path, with the query as it travelled.
        answered_at: When its answer went.
    """

    at: float
    status: int
    method: str
    target: str
    answered_at: float


@dataclass
class Served:
    """A tenant while it is served; what arrived is known once it is not any more."""

    base_url: str
    arrivals: list[Arrival] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many requests were answered 429."""
        return sum(arrival.status == 429 for arrival in self.arrivals)

    @property
    def seconds(self) -> float:
        """The time from the first request to the last."""
        return self.arrivals[-1].at - self.arrivals[0].at


def email_of(number: int) -> str:
    """Returns the email of the profile with this number."""
    return f"p{number}@example.com"


def profile_id_of(number: int) -> str:
    """Returns the id of the profile with this number."""
    return f"92975ecb-5264-4d31-8000-{number:012x}"


def fill(path: Path, profiles: int, statuses_of: Callable[[int], Sequence[str]], handles: Sequence[str]) -> None:
    """Makes a tenant in a file; profiles are numbered from 0, and each came a second after the one before."""
    store = Store.open(path)
    for handle in handles:
        store.add_definition(handle, handle.title())
    store.add_profiles(
        NewProfile(
            email_of(number),
            statuses=statuses_of(number),
            profile_id=profile_id_of(number),
            created_at=_FIRST_CREATED_AT + number,
        )
        for number in range(profiles)
    )
    store.close()


@contextmanager
def serving(path: Path, dialect: Sequence[str] = (), latency_seconds: float = 0.0) -> Iterator[Served]:
    """Serves the tenant of a file in another process, its limits fresh; afterwards the arrivals are filled in.

    Args:
        dialect: How it answers, as `key=value`.
        latency_seconds: Passes between the arrival of a request and all that is done about it.
    """
    here, there = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_serve, args=(path, tuple(dialect), latency_seconds, there), daemon=True)
    process.start()
    there.close()
    served = Served(here.recv())
    try:
        yield served
        here.send("stop")
        served.arrivals, counted = here.recv()
        process.join()
    finally:
        process.kill()
    if counted != len(served.arrivals):
        raise WrongPlanError(f"{counted} requests reached the tenant, {len(served.arrivals)} were answered")


def _serve(path: Path, dialect: Sequence[str], latency_seconds: float, pipe: Connection) -> None:
    server = SandboxServer(Store.open(path, dialect=Dialect.parse(dialect)), port=0)
    # Reached into, so that what is measured is what `sandbox serve` serves, with nothing but a watch before it.
    app, arrivals = server._server.config.app, list[Arrival]()
    assert isinstance(app, Starlette)
    app.add_middleware(_Watch, arrivals=arrivals, latency_seconds=latency_seconds)

    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # a 500 is told by the plan that fails, once

    def stop() -> None:
        pipe.recv()
        server.stop()

    threading.Thread(target=stop, daemon=True).start()
    pipe.send(server.base_url)
    server.run()
    pipe.send((sorted(arrivals), len(requests_of(app))))


class _Watch:
    """The outermost layer of the application: notes each request when it comes."""

    def __init__(self, app: ASGIApp, arrivals: list[Arrival], latency_seconds: float) -> None:
        self._app = app
        self._arrivals = arrivals
        self._latency_seconds = latency_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        at = time.monotonic()
        if self._latency_seconds:
            await anyio.sleep(self._latency_seconds)

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                target = scope["path"] + "?" + scope["query_string"].decode("latin-1")
                self._arrivals.append(Arrival(at, message["status"], scope["method"], target, time.monotonic()))
            await send(message)

        await self._app(scope, receive, noted)


def write_spec(folder: Path, name: str, handle: str, mode: str, numbers: Sequence[int]) -> Path:
    """Writes a spec of one status, its members in a list beside it, and returns its path."""
    (folder / f"{name}.txt").write_text("".join(f"{email_of(number)}\n" for number in numbers))
    spec = folder / f"{name}.yaml"
    spec.write_text(
        f"version: 1\nlimits: {{max_adds: {len(numbers)}}}\nstatuses:\n"
        f"  {handle}:\n    mode: {mode}\n    members_from: [{name}.txt]\n"
    )
    return spec


def run_plan(spec: Path, base_url: str, *options: str) -> dict[str, Any]:
    """Runs the command line tool as a user would and returns the plan.

    Raises:
        WrongPlanError: There is none.
    """
    plan: dict[str, Any] = json.loads(run_tool(spec.parent, "plan", spec.name, base_url, "--format", "json", *options))
    return plan


def run_tool(folder: Path, command: str, path: str, base_url: str, *options: str) -> str:
    """Runs the command line tool in a folder, as a user would, and returns its result.

    Raises:
        WrongPlanError: It did not end well.
    """
    ran = subprocess.run(
        [sys.executable, "-m", "omneo_reconcile", command, path, "--base-url", base_url, *options],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=_LONGEST_RUN_SECONDS,
        check=False,
    )
    if ran.returncode != 0:
        said = ran.stderr.strip().splitlines() or ["nothing on stderr"]
        raise WrongPlanError(f"exit {ran.returncode}: {said[-1]}")
    return ran.stdout


def environment() -> dict[str, str]:
    """Returns the environment of this process with the tenant's token, and nothing else that is for the tool."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("OMNEO_")}
    return others | {"OMNEO_TOKEN": TOKEN}


def check_plan(plan: dict[str, Any], served: Served, expected: dict[str, int]) -> int:
    """Returns how many requests the plan took, by its own count and by the tenant's.

    Raises:
        WrongPlanError: It is not the plan expected, or the counts differ.
    """
    summary = plan["summary"]
    got = {name: summary[name] for name in expected}
    if got != expected or len(plan["changes"]) != summary["add"] + summary["remove"]:
        raise WrongPlanError(f"expected {expected}, got {got}, {len(plan['changes'])} changes")
    if summary["requests"] != len(served.arrivals):
        raise WrongPlanError(f"it says {summary['requests']} requests, {len(served.arrivals)} reached the tenant")
    return int(summary["requests"])
