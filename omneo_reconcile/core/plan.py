"""The plan: one value that holds everything a reviewer reads and everything an apply does."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from omneo_reconcile.core.changes import Add, Change, Held, Reason, Remove, Unresolved
from omneo_reconcile.core.dropped import BaseInfo
from omneo_reconcile.core.limits import LimitCheck, LimitName, over_limit
from omneo_reconcile.core.model import Mode, Source, UnresolvedPolicy
from omneo_reconcile.core.policies import Violation
from omneo_reconcile.core.reading import Read
from omneo_reconcile.errors import FailureName, Fault

FORMAT_VERSION: Literal["1.0"] = "1.0"
FORGOTTEN = frozenset({Reason.DROPPED, Reason.ABSENT})
"""Why people are to lose a tracked status of whom a later base says nothing."""
EXPIRING_DAYS = 14
"""How many days ahead a reviewer is told of memberships that end."""


class Tenant(Struct, frozen=True):
    """Where a plan was made, and the only place where it may be applied."""

    name: str
    base_url: str


class SpecInfo(Struct, frozen=True):
    """Which spec a plan follows.

    Attributes:
        digest: Hex SHA-256 of its merged meaning.
        commit: The git commit it was read at, with ``-dirty`` if files differ from it, or None without git.
        files: Every file read, sorted.
    """

    digest: str
    commit: str | None
    files: tuple[str, ...]


class StatusPlan(Struct, frozen=True):
    """What a plan does to one status, in numbers. See `Decision` for what each counts.

    Attributes:
        source: The line that declares the status, or None if only people name it.
        dropped: How many of `remove` lose it because the spec dropped them, or None if nobody computed who was dropped.
    """

    handle: str
    mode: Mode
    owner: str | None
    live: int | None
    declared: int
    add: int
    remove: int
    held: int
    unresolved: int
    undeclared: int | None
    unchanged: int
    unresolved_policy: UnresolvedPolicy
    source: Source | None = None
    dropped: int | None = 0


class Expiring(Struct, frozen=True):
    """Memberships of one status that the spec lets end on one day soon.

    Attributes:
        until: Their last day.
        members: How many of them.
        source: The first line that says so.
    """

    status: str
    until: date
    members: int
    source: Source


class Summary(Struct, frozen=True):
    """The numbers over all statuses; `undeclared` and `dropped` are None if they are for any status."""

    add: int
    remove: int
    held: int
    unresolved: int
    undeclared: int | None
    unchanged: int
    requests: int
    dropped: int | None = 0


class Header(Struct, frozen=True):
    """What a plan needs from the world outside the core.

    Attributes:
        created_at: Aware, UTC, whole seconds.
        as_of: The day for which `until` was read.
        undoes: Fingerprint of the plan whose apply is taken back, or None.
        base: What dropped members were computed from, or None if they were not.
    """

    tool_version: str
    created_at: datetime
    as_of: date
    tenant: Tenant
    commit: str | None
    undoes: str | None = None
    base: BaseInfo | None = None


class Plan(Struct, frozen=True, tag_field="kind", tag="plan"):
    """A plan, as it is shown, saved and applied. The field names are those of its JSON form.

    Attributes:
        fingerprint: Hex SHA-256 of what will be done, where, to whom, under which limits.
        failure_reason: Why an apply of it would be refused, or None.
        checksum: Hex SHA-256 of all of it but times and numbers of requests, to notice an edited file.
        undoes: Fingerprint of the plan whose apply this one takes back, or None if it follows a spec.
        expiring: Memberships that end within `EXPIRING_DAYS`: no change yet, but one in a plan soon.
        violations: What breaks a policy of the spec.
        base: What dropped members were computed from, or None if they were not. The fingerprint leaves it out: what
            follows from it is in the changes.
    """

    format_version: Literal["1.0"]
    tool_version: str
    created_at: datetime
    as_of: date
    tenant: Tenant
    spec: SpecInfo
    statuses: tuple[StatusPlan, ...]
    changes: tuple[Change, ...]
    held: tuple[Held, ...]
    unresolved: tuple[Unresolved, ...]
    limits: tuple[LimitCheck, ...]
    reads: tuple[Read, ...]
    summary: Summary
    fingerprint: str
    failure_reason: FailureName | None
    checksum: str
    undoes: str | None = None
    expiring: tuple[Expiring, ...] = ()
    violations: tuple[Violation, ...] = ()
    base: BaseInfo | None = None


def refusals(plan: Plan) -> tuple[Fault, ...]:
    """Returns every limit and policy that keeps this plan from being applied."""
    unresolved = [
        Fault(
            FailureName.UNRESOLVED,
            f"{status.unresolved} listed {'person is' if status.unresolved == 1 else 'people are'} not resolved"
            " and the spec says `unresolved: error`",
            f"status {status.handle}",
            "see them in the plan and mend the spec or the profiles",
        )
        for status in plan.statuses
        if status.unresolved and status.unresolved_policy is UnresolvedPolicy.ERROR
    ]
    over = (over_limit(check) for check in plan.limits if not check.ok)
    return (*over, *(violation.fault for violation in plan.violations), *unresolved)


def is_pending(plan: Plan) -> bool:
    """Tells whether there are changes, or removals held back from being changes.

    Of a tracked status, whoever is to lose it and is not resolved is pending too: were the base moved on, nobody would
    remember them.
    """
    tracked = {status.handle for status in plan.statuses if status.mode is Mode.TRACKED}
    open_ = any(person.status in tracked and person.reason in FORGOTTEN for person in plan.unresolved)
    return bool(plan.changes or plan.held or open_)


def total_of(numbers: Iterable[int | None]) -> int | None:
    """Returns the sum, or None if one of the numbers is not known."""
    numbers = list(numbers)
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def count_changes(changes: Iterable[Change]) -> dict[LimitName, int]:
    """Counts adds and removals, by the limit that each falls under."""
    changes = list(changes)
    return {
        LimitName.MAX_ADDS: sum(isinstance(change, Add) for change in changes),
        LimitName.MAX_REMOVALS: sum(isinstance(change, Remove) for change in changes),
    }
