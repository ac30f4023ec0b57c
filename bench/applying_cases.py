"""What is applied, the least that it can take, and whether the tenant is afterwards as it has to be.

The least is: each write, one poll for each batch, and the fewest requests that bring everybody back, by the list of
holders or by many emails; for the adds, and after them for the removals.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from simulated_tenant import Arrival, WrongPlanError, email_of, fill, run_tool, write_spec
from tables import tell

from omneo_reconcile.sandbox import Store

BATCH = 250  # profiles
PAGE = 100  # profiles
PEOPLE = 98  # whom one request asks for by email, with room on the page for a stranger
_PROFILES = 40_000

Membership = tuple[str, str]
"""A status, and the email of the profile that holds it."""


class Step(NamedTuple):
    """The changes of one kind: the writes, as many polls, and then the requests that read everybody back.

    Attributes:
        method: Of the writes.
        people: Whom it changes, by number.
        held_after: How many hold the status when it is done.
        ways: How everybody may be read back.
    """

    method: str
    people: Sequence[int]
    held_after: int
    ways: tuple[str, ...]

    @property
    def writes(self) -> int:
        """The fewest writes."""
        return -(-len(self.people) // BATCH)

    @property
    def way(self) -> str:
        """How everybody is read back in the fewest requests."""
        return min(self.ways, key=self._reads)

    @property
    def reads(self) -> int:
        """The fewest requests to read everybody back."""
        return self._reads(self.way)

    def _reads(self, way: str) -> int:
        return -(-self.held_after // PAGE) if way == "holders" else -(-len(self.people) // PEOPLE)


class Case(NamedTuple):
    """A spec and a tenant to apply it to. Ranges are of the numbers of profiles.

    Attributes:
        status: Whose holders are changed.
        held: By whom it is held before.
        members: Whom the spec lists.
        exclusive: Whether all others lose it.
        dialect: How the tenant answers.
        reads: How everybody is read back in the fewest requests.
    """

    title: str
    status: str
    held: range
    members: range
    exclusive: bool = False
    dialect: tuple[str, ...] = ()
    reads: tuple[str, ...] = ("holders", "emails")

    @property
    def added(self) -> list[int]:
        """The members who do not hold it yet."""
        return sorted(set(self.members) - set(self.held))

    @property
    def removed(self) -> list[int]:
        """Those who lose it."""
        return sorted(set(self.held) - set(self.members)) if self.exclusive else []

    @property
    def steps(self) -> list[Step]:
        """The least that has to be done: for the adds, and after them for the removals."""
        added, removed = self.added, self.removed
        most_held = len(self.held) + len(added)
        adding = Step("POST", added, most_held, self.reads)
        removing = Step("DELETE", removed, most_held - len(removed), self.reads)
        return [step for step in (adding, removing) if step.people]

    @property
    def least_requests(self) -> int:
        """The fewest requests that can do it and prove it."""
        return sum(2 * step.writes + step.reads for step in self.steps)


_EMAILS_REJECTED = ("email_in=rejected",)
_BY_LIST = ("holders",)

TO_NOBODYS = Case("10,000 adds, nobody holds it", "media", range(0), range(10_000))
HALF = Case("5,000 adds, 5,000 removals of 10,000", "gold", range(10_000), range(5_000, 15_000), exclusive=True)
EVERYBODY = Case("5,000 adds, 5,000 removals of 5,000", "silver", range(5_000), range(5_000, 10_000), exclusive=True)
TO_OTHERS = Case("10,000 adds, 20,000 others hold it", "vip", range(10_000, 30_000), range(10_000))

FROM_OTHERS = Case(
    "10,000 removals, many emails rejected",
    "vip",
    TO_OTHERS.held,
    range(20_000, 30_000),
    exclusive=True,
    dialect=_EMAILS_REJECTED,
    reads=_BY_LIST,
)
TO_NOBODYS_BY_LIST = TO_NOBODYS._replace(
    title="nobody holds it, many emails rejected", dialect=_EMAILS_REJECTED, reads=_BY_LIST
)

CASES = (
    TO_NOBODYS,
    HALF,
    EVERYBODY,
    TO_OTHERS,
    TO_NOBODYS_BY_LIST,
    FROM_OTHERS,
)
QUICK = (HALF, TO_NOBODYS_BY_LIST)
_HELD = {case.status: case.held for case in CASES}


def fill_tenant(folder: Path) -> Path:
    """Makes the tenant on which every case begins, if it is not there yet, and returns its file."""
    path = folder / "tenant.sqlite"
    if path.exists():
        return path
    tell("fills a tenant")
    fill(path, _PROFILES, lambda number: [status for status, held in _HELD.items() if number in held], list(_HELD))
    return path


class Prepared(NamedTuple):
    """A case with everything in place to apply it once.

    Attributes:
        tenant: A copy of the file, changed by nobody yet.
        spec: In a folder of its own, which is the working directory.
        receipt: Where to save it.
        options: What `plan` and `apply` are told besides.
    """

    case: Case
    tenant: Path
    spec: Path
    receipt: Path
    options: tuple[str, ...]


def prepare(case: Case, tenant: Path, folder: Path) -> Prepared:
    """Writes the spec and copies the tenant into a new folder."""
    folder.mkdir()
    copy = folder / "tenant.sqlite"
    shutil.copyfile(tenant, copy)
    spec = write_spec(folder, "spec", case.status, "exclusive" if case.exclusive else "additive", case.members)
    options = (f"--allow-removals={case.status}={len(case.removed)}",) if case.removed else ()
    return Prepared(case, copy, spec, folder / "receipt.json", options)


def save_plan(prepared: Prepared, base_url: str) -> Path:
    """Plans in a run of its own, and returns the file.

    Raises:
        WrongPlanError: There is none.
    """
    plan = prepared.spec.parent / "plan.json"
    run_tool(plan.parent, "plan", prepared.spec.name, base_url, "--out", plan.name, *prepared.options)
    return plan


class Requests(NamedTuple):
    """What arrived at the tenant, by what it is for."""

    before: list[Arrival]
    writes: list[Arrival]
    polls: list[Arrival]
    reads: list[Arrival]

    @property
    def carrying_out(self) -> list[Arrival]:
        """All from the first write on, in order."""
        return sorted([*self.writes, *self.polls, *self.reads])

    @property
    def seconds(self) -> float:
        """The time from the arrival of the first write to the last answer."""
        return max(arrival.answered_at for arrival in self.carrying_out) - self.writes[0].at


def parted(arrivals: Sequence[Arrival], began: float) -> Requests:
    """Returns the requests of the run that began then, parted at its first write.

    Raises:
        WrongPlanError: It wrote nothing.
    """
    own = [arrival for arrival in arrivals if arrival.at >= began]
    writes = [arrival for arrival in own if arrival.method != "GET"]
    if not writes:
        raise WrongPlanError("nothing was sent")
    polls = [arrival for arrival in own if "/batches/" in arrival.target]
    before = [arrival for arrival in own if arrival.at < writes[0].at]
    reads = [arrival for arrival in own if arrival.at > writes[0].at and arrival.method == "GET"]
    return Requests(before, writes, polls, [arrival for arrival in reads if arrival not in polls])


def check_applied(prepared: Prepared, requests: Requests) -> None:
    """Holds the tenant, and the receipt, against what had to be done and what was sent for it.

    Raises:
        WrongPlanError: Another state, a receipt that does not say so, or one that counts other requests.
    """
    receipt = check_done(prepared)
    if (batches := len(receipt["batches"])) != len(requests.writes):
        raise WrongPlanError(f"the receipt says {batches} batches, {len(requests.writes)} reached the tenant")
    if (reads := sum(read["requests"] for read in receipt["reads"])) != len(requests.reads):
        raise WrongPlanError(f"the receipt says {reads} requests to read, {len(requests.reads)} reached the tenant")


def check_done(prepared: Prepared) -> dict[str, Any]:
    """Holds the tenant, and the receipt, against what had to be done, and returns the receipt.

    Raises:
        WrongPlanError: Another state, or a receipt that does not say so.
    """
    case = prepared.case
    receipt: dict[str, Any] = json.loads(prepared.receipt.read_text())
    expected = dict.fromkeys(receipt["summary"], 0) | {"added": len(case.added), "removed": len(case.removed)}
    if receipt["summary"] != expected:
        raise WrongPlanError(f"expected {expected}, the receipt says {receipt['summary']}")
    check_held(prepared)
    return receipt


def check_held(prepared: Prepared) -> None:
    """Holds the tenant against what had to be done.

    Raises:
        WrongPlanError: Somebody holds what he should not, or the other way round.
    """
    if wrong := _held_in(prepared.tenant) ^ _held_after(prepared.case):
        raise WrongPlanError(f"{len(wrong)} memberships are not as they have to be, {min(wrong)} for one")


def _held_in(tenant: Path) -> set[Membership]:
    """Returns who holds what, without batches that the tenant has not carried out by itself."""
    store = Store.open(tenant)
    try:
        return {(handle, email or "") for handle, _, email in store.held.everything(include_deleted=True)}
    finally:
        store.close()


def _held_after(case: Case) -> set[Membership]:
    members = set(case.members) if case.exclusive else {*case.held, *case.members}
    held = {status: set(numbers) for status, numbers in _HELD.items()} | {case.status: members}
    return {(status, email_of(number)) for status, numbers in held.items() for number in numbers}
