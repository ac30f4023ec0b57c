"""Table 1: how many requests it takes to carry out 10,000 changes and to prove them."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from applying_cases import (
    CASES,
    QUICK,
    Case,
    Requests,
    check_applied,
    fill_tenant,
    parted,
    prepare,
    save_plan,
)
from simulated_tenant import WrongPlanError, run_tool, serving
from tables import Row, show, tell

_AT_MOST = 1.05
_AT_ONCE = 3  # runs at a time: requests are counted, not timed
_COLUMNS = ("case", "apply", "before", "writes", "polls", "reads", "requests", "least", "of least", "at most")


class _Run(NamedTuple):
    """One case, from a plan file or from the spec: they differ before the first write alone.

    People of a plan file are read again by id where many emails are not understood: that takes long, and no part here.
    """

    case: Case
    from_file: bool


def requests_table(folder: Path, *, quick: bool) -> bool:
    """Prints the table and returns whether every figure is reached."""
    tenant = fill_tenant(folder)
    runs = [_Run(case, from_file="emails" in case.reads) for case in (QUICK if quick else CASES)]
    folders = [folder / f"requests_{number}" for number in range(len(runs))]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        rows = list(pool.map(lambda pair: _measured(pair[0], tenant, pair[1]), zip(runs, folders, strict=True)))
    return show("Requests from the first write on; `before` is for information", _COLUMNS, rows)


def _measured(run: _Run, tenant: Path, folder: Path) -> Row:
    start = (run.case.title, "PLANFILE" if run.from_file else "SPEC")
    tell(" ".join(start))
    least, at_most = run.case.least_requests, f"{_AT_MOST:.2f}"
    try:
        requests = _applied(run, tenant, folder)
    except WrongPlanError as wrong:
        tell(f"WRONG APPLY: {' '.join(start)}: {wrong}")
        return Row((*start, "wrong", "", "", "", "", f"{least}", "", at_most), ok=False)
    sent = len(requests.carrying_out)
    parts: Sequence[object] = (requests.before, requests.writes, requests.polls, requests.reads)
    counts = [f"{len(part)}" for part in parts if isinstance(part, list)]
    return Row((*start, *counts, f"{sent}", f"{least}", f"{sent / least:.3f}", at_most), sent <= _AT_MOST * least)


def _applied(run: _Run, tenant: Path, folder: Path) -> Requests:
    prepared = prepare(run.case, tenant, folder)
    with serving(prepared.tenant, run.case.dialect) as served:
        options = (*prepared.options, "--receipt", prepared.receipt.name)
        if run.from_file:
            path = save_plan(prepared, served.base_url)
        else:
            path, options = prepared.spec, (*options, "--auto-approve")
        began = time.monotonic()
        run_tool(folder, "apply", path.name, served.base_url, *options)
    requests = parted(served.arrivals, began)
    check_applied(prepared, requests)
    return requests
