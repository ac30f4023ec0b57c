"""The plan: one value that holds everything a reviewer reads and everything an apply does."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from omneo_reconcile.core.batches import action_of
from omneo_reconcile.core.changes import Add, Change, Held, Remove, Unresolved, change_order
from omneo_reconcile.core.decide import Decision, decide
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.fingerprint import digest_of
from omneo_reconcile.core.limits import LimitCheck, LimitName, Overrides, check_limits, over_limit
from omneo_reconcile.core.model import Mode, Spec, StatusSpec, UnresolvedPolicy
from omneo_reconcile.core.reading import Read, Reading
from omneo_reconcile.core.resolve import People
from omneo_reconcile.errors import FailureName, Fault

FORMAT_VERSION: Literal["1.0"] = "1.0"


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
    """What a plan does to one status, in numbers. See `Decision` for what each counts."""

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


class Summary(Struct, frozen=True):
    """The numbers over all statuses; `undeclared` is None if any status was not counted."""

    add: int
    remove: int
    held: int
    unresolved: int
    undeclared: int | None
    unchanged: int
    requests: int


class Header(Struct, frozen=True):
    """What a plan needs from the world outside the core.

    Attributes:
        created_at: Aware, UTC, whole seconds.
        as_of: The day for which `until` was read.
        undoes: Fingerprint of the plan whose apply is taken back, or None.
    """

    tool_version: str
    created_at: datetime
    as_of: date
    tenant: Tenant
    commit: str | None
    undoes: str | None = None


class Plan(Struct, frozen=True, tag_field="kind", tag="plan"):
    """A plan, as it is shown, saved and applied. The field names are those of its JSON form.

    Attributes:
        fingerprint: Hex SHA-256 of what will be done, where, to whom, under which limits.
        failure_reason: Why an apply of it would be refused, or None.
        checksum: Hex SHA-256 of all of it but times and numbers of requests, to notice an edited file.
        undoes: Fingerprint of the plan whose apply this one takes back, or None if it follows a spec.
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


Decided = Sequence[tuple[StatusSpec, Decision]]
"""Each status of a plan, in order, and what is decided for it."""


def make_plan(spec: Spec, reading: Reading, header: Header, overrides: Overrides) -> Plan:
    """Returns the plan that takes what is live to what the spec says.

    Pure. The same spec and reading give the same plan but for the header and request counts, whatever the order of
    files, members and rows. No status that is not in the spec appears in it.
    """
    people = People(reading)
    decisions = [(status, decide(status, reading, people, header.as_of)) for _, status in sorted(spec.statuses.items())]
    return plan_of(decisions, SpecInfo(spec.digest, header.commit, spec.files), reading, header, overrides)


def plan_of(decisions: Decided, spec: SpecInfo, reading: Reading, header: Header, overrides: Overrides) -> Plan:
    """Returns the sealed plan of what was decided, held against the limits of each status.

    Args:
        reading: Only how things were read is taken from it.
    """
    plan = Plan(
        format_version=FORMAT_VERSION,
        tool_version=header.tool_version,
        created_at=header.created_at,
        as_of=header.as_of,
        tenant=header.tenant,
        spec=spec,
        statuses=tuple(_status_plan(status, decision) for status, decision in decisions),
        changes=tuple(sorted((c for _, d in decisions for c in d.changes), key=change_order)),
        held=tuple(sorted((h for _, d in decisions for h in d.held), key=lambda held: (held.status, held.profile_id))),
        unresolved=tuple(sorted((u for _, d in decisions for u in d.unresolved), key=_unresolved_order)),
        limits=tuple(check for status, decision in decisions for check in _limits(status, decision, overrides)),
        reads=reading.reads,
        summary=_summary([decision for _, decision in decisions], reading.requests),
        fingerprint="",
        failure_reason=None,
        checksum="",
        undoes=header.undoes,
    )
    refused = refusals(plan)
    return seal(replace(plan, failure_reason=refused[0].name if refused else None))


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
    return (*(over_limit(check) for check in plan.limits if not check.ok), *unresolved)


def is_pending(plan: Plan) -> bool:
    """Tells whether there are changes, or removals held back from being changes."""
    return bool(plan.changes or plan.held)


def seal(plan: Plan) -> Plan:
    """Returns the plan with its fingerprint and checksum computed."""
    plan = replace(plan, fingerprint=_fingerprint(plan))
    return replace(plan, checksum=_checksum(plan))


def _fingerprint(plan: Plan) -> str:
    """Returns a digest of all that a plan will do, behind a short one of each thing that it depends on.

    So two fingerprints tell what differs; whether a plan is the one expected, only all of it tells.
    """
    parts = {name: list(rows) for name, rows in _fingerprint_parts(plan).items()}
    hints = "".join(digest_of(parts[name])[:_HINT] for name in _HINTS)
    return hints + digest_of(row for rows in parts.values() for row in rows)[len(hints) :]


def how_fingerprints_differ(expected: str, plan: Plan) -> str:
    """Says what keeps a plan from being the one expected, and nothing that would help to forge one."""
    hints = zip(_HINTS.values(), _hints_in(expected), _hints_in(plan.fingerprint), strict=True)
    if others := [what for what, one, other in hints if one != other]:
        return ", ".join(others)
    return "its changes are others: the people or statuses on the tenant changed since"


_HINT = 8  # hex digits
_HINTS = {
    "place": "it is for another tenant",
    "spec": "it follows another spec",
    "limits": "it has other limits, overrides or statuses",
}


def _hints_in(fingerprint: str) -> tuple[str, ...]:
    return tuple(fingerprint[start : start + _HINT] for start in range(0, _HINT * len(_HINTS), _HINT))


def _fingerprint_parts(plan: Plan) -> dict[str, Iterable[object]]:
    return {
        "place": [("plan", plan.tenant.name, plan.tenant.base_url)],
        "spec": [("spec", plan.spec.digest)],
        "limits": [("limit", check.status, check.limit, check.rule, check.override) for check in plan.limits],
        "changes": (
            (action_of(change), change.status, change.profile_id, _normal(change.email), change.reason)
            for change in plan.changes
        ),
    }


def _normal(email: str | None) -> str | None:
    return None if email is None else normal_form(email)


def _checksum(plan: Plan) -> str:
    timeless = replace(
        plan,
        created_at=datetime.fromtimestamp(0, UTC),
        reads=tuple(replace(read, requests=0) for read in plan.reads),
        summary=replace(plan.summary, requests=0),
        checksum="",
    )
    return digest_of([timeless])


def _status_plan(status: StatusSpec, decision: Decision) -> StatusPlan:
    actual = _actual(decision)
    return StatusPlan(
        handle=status.handle,
        mode=status.mode,
        owner=status.owner,
        live=decision.live,
        declared=decision.declared,
        add=actual[LimitName.MAX_ADDS],
        remove=actual[LimitName.MAX_REMOVALS],
        held=len(decision.held),
        unresolved=len(decision.unresolved),
        undeclared=decision.undeclared,
        unchanged=decision.unchanged,
        unresolved_policy=status.unresolved,
    )


def _limits(status: StatusSpec, decision: Decision, overrides: Overrides) -> Iterable[LimitCheck]:
    return check_limits(status.handle, status.limits, decision.live, _actual(decision), overrides)


def _actual(decision: Decision) -> dict[LimitName, int]:
    return count_changes(decision.changes)


def count_changes(changes: Iterable[Change]) -> dict[LimitName, int]:
    """Counts adds and removals, by the limit that each falls under."""
    changes = list(changes)
    return {
        LimitName.MAX_ADDS: sum(isinstance(change, Add) for change in changes),
        LimitName.MAX_REMOVALS: sum(isinstance(change, Remove) for change in changes),
    }


def _summary(decisions: list[Decision], requests: int) -> Summary:
    actual = count_changes(change for decision in decisions for change in decision.changes)
    counted = [decision.undeclared for decision in decisions if decision.undeclared is not None]
    return Summary(
        add=actual[LimitName.MAX_ADDS],
        remove=actual[LimitName.MAX_REMOVALS],
        held=sum(len(decision.held) for decision in decisions),
        unresolved=sum(len(decision.unresolved) for decision in decisions),
        undeclared=sum(counted) if len(counted) == len(decisions) else None,
        unchanged=sum(decision.unchanged for decision in decisions),
        requests=requests,
    )


def _unresolved_order(unresolved: Unresolved) -> tuple[str, str]:
    return unresolved.status, normal_form(unresolved.email)
