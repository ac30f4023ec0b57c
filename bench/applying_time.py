"""Table 2: how long carrying out takes where each request takes 100 ms, beside a bare loop that does the least.

Both times are from the sending of the first write to the last answer. The loop runs in turn with the tool, on an equal
copy of the tenant: the tenant needs 5 to 7 ms of its one thread for a request, which no client can avoid, and no figure
on paper knows how busy the machine is.
"""

import statistics
import time
from pathlib import Path
from typing import NamedTuple

from applying_bare import carry_out
from applying_cases import (
    HALF,
    TO_NOBODYS,
    Case,
    Prepared,
    Requests,
    check_applied,
    check_held,
    fill_tenant,
    parted,
    prepare,
)
from delaying_proxy import delayed
from simulated_tenant import WrongPlanError, run_tool, serving
from tables import Row, show, tell

LATENCY_SECONDS = 0.1
IN_FLIGHT = 8
_AT_MOST = 1.3
_ROUNDS = 3
_COLUMNS = ("case", "queue s", "requests", "ours s", "bare s", "ratio", "at most")


class _Run(NamedTuple):
    """One case on a tenant with a queue."""

    case: Case
    queue_seconds: float


class _Time(NamedTuple):
    """What one run took."""

    seconds: float
    requests: int


def time_table(folder: Path, *, quick: bool) -> bool:
    """Prints the table and returns whether every figure is reached."""
    tenant = fill_tenant(folder)
    runs = [_Run(HALF, 0.2)] if quick else [_Run(TO_NOBODYS, 0.2), _Run(HALF, 0.2), _Run(TO_NOBODYS, 2.0)]
    rounds = 1 if quick else _ROUNDS
    rows = [_measured(run, tenant, folder / f"time_{number}", rounds) for number, run in enumerate(runs)]
    title = (
        f"Time from the first write to the last answer, {LATENCY_SECONDS * 1000:.0f} ms latency, {IN_FLIGHT} in flight,"
        f" beside a bare loop; median of {rounds}"
    )
    return show(title, _COLUMNS, rows)


def _measured(run: _Run, tenant: Path, folder: Path, rounds: int) -> Row:
    start, at_most = (run.case.title, f"{run.queue_seconds}"), f"{_AT_MOST:.2f}"
    folder.mkdir()
    ours, bare = list[_Time](), list[_Time]()
    try:
        for number in range(rounds):
            tell(f"{run.case.title}, queue of {run.queue_seconds} s, round {number + 1} of {rounds}")
            ours.append(_applied(run, prepare(run.case, tenant, folder / f"ours_{number}")))
            bare.append(_bare(run, prepare(run.case, tenant, folder / f"bare_{number}")))
            tell(f"ours {ours[-1].seconds:.2f} s, bare {bare[-1].seconds:.2f} s, {bare[-1].requests} requests")
    except WrongPlanError as wrong:
        tell(f"WRONG APPLY: {run.case.title}: {wrong}")
        return Row((*start, "wrong", "", "", "", at_most), ok=False)
    requests = statistics.median_high(one.requests for one in ours)
    our_seconds, bare_seconds = (statistics.median(one.seconds for one in times) for times in (ours, bare))
    ratio = our_seconds / bare_seconds
    figures = (f"{requests}", f"{our_seconds:.2f}", f"{bare_seconds:.2f}", f"{ratio:.2f}", at_most)
    return Row((*start, *figures), ratio <= _AT_MOST)


def _applied(run: _Run, prepared: Prepared) -> _Time:
    options = ("--concurrency", f"{IN_FLIGHT}", "--receipt", prepared.receipt.name, *prepared.options)
    with (
        serving(prepared.tenant, _dialect(run)) as served,
        delayed(served.base_url, LATENCY_SECONDS) as base_url,
    ):
        began = time.monotonic()
        run_tool(prepared.spec.parent, "apply", prepared.spec.name, base_url, "--auto-approve", *options)
    requests = parted(served.arrivals, began)
    check_applied(prepared, requests)
    return _time(requests)


def _bare(run: _Run, prepared: Prepared) -> _Time:
    with (
        serving(prepared.tenant, _dialect(run)) as served,
        delayed(served.base_url, LATENCY_SECONDS) as base_url,
    ):
        began = time.monotonic()
        carry_out(run.case, base_url, run.queue_seconds, IN_FLIGHT)
    requests = parted(served.arrivals, began)
    check_held(prepared)
    least = run.case.least_requests - sum(step.writes for step in run.case.steps)
    if len(requests.writes) + len(requests.reads) != least:
        raise WrongPlanError(f"the bare loop wrote {len(requests.writes)} times and read {len(requests.reads)} times")
    return _time(requests)


def _dialect(run: _Run) -> tuple[str, ...]:
    return (*run.case.dialect, f"queue_seconds={run.queue_seconds}")


def _time(requests: Requests) -> _Time:
    return _Time(requests.seconds + LATENCY_SECONDS, len(requests.carrying_out))  # the first write was on its way
