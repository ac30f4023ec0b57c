"""Table 2: how long carrying out takes where each request takes 100 ms, beside the least time.

The time is that from the sending of the first write to the last answer. The least time is latency, the tenant's queue,
and what this tenant itself needs to carry out the batches: it does nothing else meanwhile.
"""

import time
from pathlib import Path
from typing import NamedTuple

from applying_cases import (
    HALF,
    TO_NOBODYS,
    TO_OTHERS,
    Case,
    Requests,
    check_applied,
    fill_tenant,
    parted,
    prepare,
    save_plan,
)
from delaying_proxy import delayed
from simulated_tenant import WrongPlanError, run_tool, serving
from tables import Row, show, tell

LATENCY_SECONDS = 0.1
IN_FLIGHT = 8
_AT_MOST = 1.3
_COLUMNS = (
    "case",
    "queue s",
    "requests",
    "seconds",
    "latency, queue",
    "of that",
    "tenant's work",
    "least",
    "of least",
    "at most",
)


class _Run(NamedTuple):
    """One case on a tenant with a queue."""

    case: Case
    queue_seconds: float


def time_table(folder: Path, *, quick: bool) -> bool:
    """Prints the table and returns whether every figure is reached."""
    tenant = fill_tenant(folder)
    runs = [_Run(HALF, 0.2)]
    if not quick:
        runs += [_Run(TO_NOBODYS, 0.2), _Run(TO_OTHERS, 0.2), _Run(HALF, 2.0), _Run(TO_NOBODYS, 2.0)]
    rows = [_measured(run, tenant, folder / f"time_{number}") for number, run in enumerate(runs)]
    title = (
        f"Time from the first write to the last answer, {LATENCY_SECONDS * 1000:.0f} ms latency, {IN_FLIGHT} in flight"
    )
    return show(title, _COLUMNS, rows)


def _measured(run: _Run, tenant: Path, folder: Path) -> Row:
    start = (run.case.title, f"{run.queue_seconds}")
    tell(f"{run.case.title}, queue of {run.queue_seconds} s")
    waits, at_most = run.case.least_seconds(LATENCY_SECONDS, IN_FLIGHT, run.queue_seconds), f"{_AT_MOST:.2f}"
    try:
        requests = _applied(run, tenant, folder)
    except WrongPlanError as wrong:
        tell(f"WRONG APPLY: {run.case.title}: {wrong}")
        return Row((*start, "wrong", "", f"{waits:.2f}", "", "", "", "", at_most), ok=False)
    seconds = requests.seconds + LATENCY_SECONDS  # on its way, the first write took that
    work = requests.settling_seconds
    least = waits + work
    times = seconds / least
    figures = (f"{len(requests.carrying_out)}", f"{seconds:.2f}", f"{waits:.2f}", f"{seconds / waits:.2f}")
    return Row((*start, *figures, f"{work:.2f}", f"{least:.2f}", f"{times:.2f}", at_most), times <= _AT_MOST)


def _applied(run: _Run, tenant: Path, folder: Path) -> Requests:
    prepared = prepare(run.case, tenant, folder)
    dialect = (*run.case.dialect, f"queue_seconds={run.queue_seconds}")
    with serving(prepared.tenant, dialect) as served, delayed(served.base_url, LATENCY_SECONDS) as base_url:
        plan = save_plan(prepared, base_url)
        began = time.monotonic()
        options = ("--concurrency", f"{IN_FLIGHT}", "--receipt", prepared.receipt.name)
        run_tool(folder, "apply", plan.name, base_url, *options)
    requests = parted(served.arrivals, began)
    check_applied(prepared, requests)
    return requests
