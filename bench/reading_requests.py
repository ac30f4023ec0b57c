"""Table 1: how many requests a plan takes, for lists and tenants of several sizes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from simulated_tenant import WrongPlanError, check_plan, fill, run_plan, serving, write_spec
from tables import Row, show, tell

PAGE = 100  # profiles


class Sizes(NamedTuple):
    """How large the tenants and the lists are."""

    profiles: int = 1_000_000
    members: int = 100_000
    new_members: int = 1_000


FULL = Sizes()
QUICK = Sizes(profiles=40_000, members=5_000, new_members=100)


class Case(NamedTuple):
    """One plan to measure, and the most requests it may take."""

    title: str
    tenant: Path
    spec: Path
    dialect: Sequence[str]
    expected: dict[str, int]
    at_most: float


def requests_table(folder: Path, sizes: Sizes) -> bool:
    """Prints the table and returns whether every figure is reached."""
    cases = [*_large(folder, sizes), *_small(folder)]
    title = f"Requests of one plan, {PAGE} profiles a page"
    return show(title, ("case", "requests", "at most"), [_measured(case) for case in cases])


def _measured(case: Case) -> Row:
    tell(case.title)
    try:
        with serving(case.tenant, case.dialect) as tenant:
            plan = run_plan(case.spec, tenant.base_url)
        requests = check_plan(plan, tenant, case.expected)
    except WrongPlanError as wrong:
        tell(f"WRONG PLAN: {case.title}: {wrong}")
        return Row((case.title, "wrong plan", f"{int(case.at_most):,}"), ok=False)
    return Row((case.title, f"{requests:,}", f"{int(case.at_most):,}"), requests <= case.at_most)


def _large(folder: Path, sizes: Sizes) -> Iterator[Case]:
    """Cases on one tenant, where the first profiles are `vip`, the last twentieth is `staff`, and nobody is `media`."""
    profiles, members, new = sizes
    staff_from = profiles - profiles // 20

    def statuses_of(number: int) -> Sequence[str]:
        return ("vip",) if number < members else ("staff",) if number >= staff_from else ()

    tenant, pages = folder / "large.sqlite", members / PAGE
    tell(f"fills a tenant with {profiles:,} profiles")
    fill(tenant, profiles, statuses_of, ("vip", "staff", "media"))

    in_sync = write_spec(folder, "in_sync", "vip", "exclusive", range(members))
    expected = {"add": 0, "remove": 0, "unresolved": 0, "unchanged": members}
    yield Case(f"{members:,} members, in sync", tenant, in_sync, (), expected, 1.05 * pages + 10)

    grown = write_spec(folder, "grown", "vip", "exclusive", range(members + new))
    title, expected = f"the same with {new:,} new members", expected | {"add": new}
    yield Case(f"{title}, many emails a request", tenant, grown, (), expected, 1.05 * pages + 40)
    for answer in ("rejected", "ignored"):
        dialect, at_most = (f"email_in={answer}",), 1.05 * (pages + new) + 10
        yield Case(f"{title}, many emails {answer}", tenant, grown, dialect, expected, at_most)

    listed = [profiles - 1, profiles - 2, *(profiles // 2 + place for place in range(3))]
    for handle, who, held in (("staff", "5%", 2), ("media", "nobody", 0)):
        spec = write_spec(folder, f"five_{handle}", handle, "additive", listed)
        expected = {"add": 5 - held, "remove": 0, "unresolved": 0, "unchanged": held}
        title = f"5 members, additive, {profiles:,} profiles, held by {who}"
        yield Case(title, tenant, spec, (), expected, 10)
        yield Case(f"{title}, many emails rejected", tenant, spec, ("email_in=rejected",), expected, 10)


def _small(folder: Path) -> Iterator[Case]:
    """Cases where most profiles are listed, and no filter for the holders of a status works."""
    profiles, listed, holders = 3_000, 2_500, 2_000
    tenant = folder / "small.sqlite"
    fill(tenant, profiles, lambda number: ("vip",) if number < holders else (), ("vip",))
    spec = write_spec(folder, "most", "vip", "additive", range(listed))
    expected = {"add": listed - holders, "remove": 0, "unresolved": 0, "unchanged": holders}
    for answer in ("ignored", "rejected"):
        dialect = ("status_filter=neither", f"status_filter_other={answer}")
        title = f"{listed:,} listed of {profiles:,} profiles, status filter {answer}"
        yield Case(title, tenant, spec, dialect, expected, 45)
        yield Case(f"{title}, many emails too", tenant, spec, (*dialect, f"email_in={answer}"), expected, 45)
