"""Table 3: what the journal takes of the time in which 10,000 changes are carried out, without latency to hide it.

The tool runs in this process, with a watch on the journal, which lies where the bench was started: on a real disk, if
that is one. The time is that from the first line of the journal to the last. A disk may stall for seconds, which tells
nothing of the journal: of several rounds the median counts. While it stalls the tool does nothing else, so requests run
out of time and are sent again: they are not counted here, and a round that fails so is done again.
"""

import contextlib
import importlib
import io
import pkgutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from applying_cases import HALF, TO_NOBODYS, Case, Prepared, check_done, fill_tenant, prepare
from applying_time import IN_FLIGHT
from simulated_tenant import WrongPlanError, environment, serving
from tables import Row, show, tell

import omneo_reconcile
from omneo_reconcile.apply.journal import JOURNAL, Journal
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.main import run as run_in_process

_AT_MOST = 0.10
_ROUNDS = 3
_MOST_STALLED = 2  # tries of a round
_STALLED_SECONDS = 1.0  # of one append; else it takes milliseconds
_COLUMNS = ("case", "appends", "KB", "ms each", "longest ms", "run s", "share", "under")


class _StalledError(WrongPlanError):
    """The disk stalled, and the apply did not get over it."""


class _Append(NamedTuple):
    """When one call of the journal began and ended, in seconds of a monotonic clock."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


class _Journalled(NamedTuple):
    """What was seen of a journal in one run."""

    appends: list[_Append]
    bytes: int

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return self.appends[-1].ended - self.appends[0].began

    @property
    def share(self) -> float:
        """The journal's part of that."""
        return sum(append.seconds for append in self.appends) / self.seconds


def import_tool() -> None:
    """Imports all of the tool: else it imports late, and whoever edits it meanwhile mixes two versions of it."""
    for module in pkgutil.walk_packages(omneo_reconcile.__path__, "omneo_reconcile."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def journal_table(folder: Path, *, quick: bool) -> bool:
    """Prints the table and returns whether every figure is reached."""
    tenant = fill_tenant(folder)
    cases, rounds = ((TO_NOBODYS,), 1) if quick else ((TO_NOBODYS, HALF), _ROUNDS)
    rows = [_measured(case, tenant, folder / f"journal_{number}", rounds) for number, case in enumerate(cases)]
    title = (
        f"The journal's share of the time, no latency, {IN_FLIGHT} in flight; medians of {rounds}, each of all appends"
    )
    return show(title, _COLUMNS, rows)


def _measured(case: Case, tenant: Path, folder: Path, rounds: int) -> Row:
    folder.mkdir()
    seen: list[_Journalled] = []
    try:
        for number in range(rounds):
            tell(f"journal: {case.title}, round {number + 1} of {rounds}")
            seen.append(_round(case, tenant, folder / f"round_{number}"))
            tell(f"{seen[-1].share:.1%} of {seen[-1].seconds:.2f} s")
    except WrongPlanError as wrong:
        tell(f"WRONG APPLY: {case.title}: {wrong}")
        return Row((case.title, "wrong", "", "", "", "", "", f"{_AT_MOST:.0%}"), ok=False)
    each_ms = [1000 * append.seconds for one in seen for append in one.appends]
    appends = statistics.median_high(len(one.appends) for one in seen)
    size = statistics.median_high(one.bytes for one in seen)
    run_seconds, share = (statistics.median(getattr(one, name) for one in seen) for name in ("seconds", "share"))
    counts = (f"{appends}", f"{size / 1000:,.0f}", f"{statistics.median(each_ms):.1f}", f"{max(each_ms):.0f}")
    return Row((case.title, *counts, f"{run_seconds:.2f}", f"{share:.1%}", f"{_AT_MOST:.0%}"), share < _AT_MOST)


def _round(case: Case, tenant: Path, folder: Path) -> _Journalled:
    folder.mkdir()
    for tried in range(_MOST_STALLED):
        try:
            return _applied(prepare(case, tenant, folder / f"{tried}"))
        except _StalledError as stalled:
            tell(f"the disk stalled, once more: {stalled}")
    return _applied(prepare(case, tenant, folder / "last"))


def _applied(prepared: Prepared) -> _Journalled:
    with (
        tempfile.TemporaryDirectory(prefix=".applying-", dir=Path.cwd()) as state_dir,
        serving(prepared.tenant, prepared.case.dialect) as served,
        _watched() as appends,
    ):
        try:
            _apply(prepared, served.base_url, state_dir)
        except WrongPlanError as wrong:
            if max((append.seconds for append in appends), default=0.0) < _STALLED_SECONDS:
                raise
            raise _StalledError(str(wrong)) from wrong
        size = (Path(state_dir) / JOURNAL).stat().st_size
    check_done(prepared)
    return _Journalled(appends, size)


def _apply(prepared: Prepared, base_url: str, state_dir: str) -> None:
    options = ["--base-url", base_url, "--concurrency", f"{IN_FLIGHT}", "--state-dir", state_dir, *prepared.options]
    command = ["apply", str(prepared.spec), "--auto-approve", "--receipt", str(prepared.receipt), *options]
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        code = run_in_process(command, Edges(environment=environment()))
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
