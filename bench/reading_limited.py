"""Table 2: how long a plan takes where the tenant allows R requests a second, and how many it refuses.

The time is that from the first request to the last at the tenant. `command` is the whole run of the tool, with its
start. Requests are those that were let through: what is refused does not make the allowed time longer.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from simulated_tenant import WrongPlanError, check_plan, fill, run_plan, serving, write_spec
from tables import Row, show, tell

from omneo_reconcile.sandbox import Dialect

_PAGE = 5  # profiles: many requests from few profiles
_AT_ONCE = 2  # plans measured at a time: they wait far more than they work
_LEAST_MINUTES = 1.4  # a plan that takes less than one never meets a limit by the minute
_COLUMNS = ("limiter", "R", "--rate", "requests", "refused", "seconds", "of N/R", "at most", "command s")


class Limit(NamedTuple):
    """A limiter, and whether the tool is told its rate."""

    title: str
    dialect: tuple[str, ...]
    rate: int
    is_told: bool
    latency_seconds: float = 0.0

    @property
    def at_most(self) -> float:
        """The longest time allowed, as a multiple of requests / R."""
        return 1.10 if self.is_told else 1.25


def limits_table(folder: Path, *, quick: bool) -> bool:
    """Prints the table and returns whether every figure is reached."""
    members = 1_000 if quick else 4_000
    tenant = folder / "limited.sqlite"
    fill(tenant, members, lambda _: ("vip",), ("vip",))
    spec = write_spec(folder, "limited", "vip", "exclusive", range(members))
    limits = list(_limits(members // _PAGE, quick=quick))
    # A file of its own for each: the dialect is kept in it.
    tenants = [folder / f"limited_{number}.sqlite" for number in range(len(limits))]
    for copy in tenants:
        copy.write_bytes(tenant.read_bytes())
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        rows = list(pool.map(lambda pair: _measured(*pair, spec, members), zip(limits, tenants, strict=True)))
    return show("Time under a limit of R requests a second, refused under 10%", _COLUMNS, rows)


def _limits(requests: int, *, quick: bool) -> Iterator[Limit]:
    rates = {"sliding": 50, "bucket": 20, "minute": int(requests / (60 * _LEAST_MINUTES))}
    for kind in Dialect.choices()["rate_kind"]:
        for is_told in () if quick and kind == "minute" else (True, False):
            yield Limit(kind, (f"rate_kind={kind}",), rates[kind], is_told)
    if not quick:
        yield Limit("sliding, no Retry-After", ("rate_retry_after=missing",), 50, is_told=False)
        yield Limit("sliding, X-RateLimit-Remaining", ("rate_headers=told",), 50, is_told=False)
        yield Limit("sliding, 200 ms latency", (), 50, is_told=True, latency_seconds=0.2)
        yield Limit("sliding, 200 ms latency", (), 50, is_told=False, latency_seconds=0.2)


def _measured(limit: Limit, tenant: Path, spec: Path, members: int) -> Row:
    rate = str(limit.rate)
    start = (limit.title, rate, "yes" if limit.is_told else "no")
    tell(f"limit of {rate} a second: {limit.title}, --rate: {start[-1]}")
    dialect = (*limit.dialect, f"rate_limit={rate}", f"page_size_max={_PAGE}")
    try:
        with serving(tenant, dialect, limit.latency_seconds) as served:
            began = time.monotonic()
            plan = run_plan(spec, served.base_url, *(("--rate", rate) if limit.is_told else ()))
            command_seconds = time.monotonic() - began
        requests = check_plan(plan, served, {"add": 0, "remove": 0, "unresolved": 0, "unchanged": members})
    except WrongPlanError as wrong:
        tell(f"WRONG PLAN: {limit.title}: {wrong}")
        return Row((*start, "wrong plan", "", "", "", f"{limit.at_most:.2f}", ""), ok=False)
    share = served.refused / requests
    times = served.seconds / ((requests - served.refused) / limit.rate)
    figures = (f"{requests}", f"{share:.1%}", f"{served.seconds:.1f}", f"{times:.2f}")
    cells = (*start, *figures, f"{limit.at_most:.2f}", f"{command_seconds:.1f}")
    return Row(cells, times <= limit.at_most and share < 0.10)
