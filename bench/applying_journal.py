"""Table 3: what the journal takes of the time in which 10,000 changes are carried out.

The tool runs in this process, with a watch on the journal, which lies where the bench was started: on a real disk, if
that is one. The time is that from the first line of the journal to the last.
"""

import contextlib
import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from applying_cases import HALF, TO_NOBODYS, Case, Prepared, check_applied, fill_tenant, parted, prepare, save_plan
from applying_time import IN_FLIGHT, LATENCY_SECONDS
from delaying_proxy import delayed
from simulated_tenant import WrongPlanError, environment, serving
from tables import Row, show, tell

from omneo_reconcile.apply.journal import JOURNAL, Journal
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.main import run as run_in_process

_AT_MOST = 0.10
_COLUMNS = ("case", "latency ms", "appends", "KB", "ms each", "longest ms", "seconds", "run s", "share", "under")


class _Append(NamedTuple):
    """When one call of the journal began and ended, in seconds of a monotonic clock."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


class _Run(NamedTuple):
    """One case with a latency."""

    case: Case
    latency_seconds: float


class _Journalled(NamedTuple):
    """What was seen of a journal in one run."""

    appends: list[_Append]
    bytes: int


def journal_table(folder: Path, *, quick: bool) -> bool:
    """Prints the table and returns whether every figure is reached."""
    tenant = fill_tenant(folder)
    cases = (TO_NOBODYS,) if quick else (TO_NOBODYS, HALF)
    runs = [_Run(case, latency) for latency in ((0.0,) if quick else (LATENCY_SECONDS, 0.0)) for case in cases]
    rows = [_measured(run, tenant, folder / f"journal_{number}") for number, run in enumerate(runs)]
    return show(f"The journal's share of the time, {IN_FLIGHT} in flight", _COLUMNS, rows)


def _measured(run: _Run, tenant: Path, folder: Path) -> Row:
    start = (run.case.title, f"{run.latency_seconds * 1000:.0f}")
    tell(f"journal: {run.case.title}, {start[-1]} ms latency")
    try:
        appends, size = _applied(run, tenant, folder)
    except WrongPlanError as wrong:
        tell(f"WRONG APPLY: {run.case.title}: {wrong}")
        return Row((*start, "wrong", "", "", "", "", "", "", f"{_AT_MOST:.0%}"), ok=False)
    seconds = [append.seconds for append in appends]
    run_seconds, each_ms = appends[-1].ended - appends[0].began, 1000 * sum(seconds) / len(seconds)
    share = sum(seconds) / run_seconds
    counts = (f"{len(appends)}", f"{size / 1000:,.0f}", f"{each_ms:.1f}", f"{1000 * max(seconds):.0f}")
    times = (f"{sum(seconds):.2f}", f"{run_seconds:.2f}", f"{share:.1%}")
    return Row((*start, *counts, *times, f"{_AT_MOST:.0%}"), share < _AT_MOST)


def _applied(run: _Run, tenant: Path, folder: Path) -> _Journalled:
    prepared = prepare(run.case, tenant, folder)
    with (
        tempfile.TemporaryDirectory(prefix=".applying-", dir=Path.cwd()) as state_dir,
        serving(prepared.tenant, run.case.dialect) as served,
        delayed(served.base_url, run.latency_seconds) as base_url,
        _watched() as appends,
    ):
        plan = save_plan(prepared, base_url)
        began = time.monotonic()
        _apply(prepared, plan, base_url, state_dir)
        size = (Path(state_dir) / JOURNAL).stat().st_size
    check_applied(prepared, parted(served.arrivals, began))
    return _Journalled(appends, size)


def _apply(prepared: Prepared, plan: Path, base_url: str, state_dir: str) -> None:
    command = ["apply", str(plan), "--base-url", base_url, "--concurrency", f"{IN_FLIGHT}", "--state-dir", state_dir]
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        code = run_in_process([*command, "--receipt", str(prepared.receipt)], Edges(environment=environment()))
    if code != 0:
        raise WrongPlanError(f"exit {code}: {said.getvalue().strip()[-500:]}")


@contextlib.contextmanager
def _watched() -> Iterator[list[_Append]]:
    """Notes each call of the journal while it lasts."""
    appends: list[_Append] = []
    append = Journal.append

    def noted(self: Journal, *events: object) -> None:
        began = time.monotonic()
        append(self, *events)  # type: ignore[arg-type]
        if events:
            appends.append(_Append(began, time.monotonic()))

    with mock.patch.object(Journal, "append", noted):
        yield appends
