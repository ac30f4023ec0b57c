"""Makes a plan of what was decided for each status."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from omneo_reconcile.core.changes import Reason, Unresolved, change_order
from omneo_reconcile.core.decide import Decision, decide
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.limits import LimitCheck, LimitName, Overrides, check_limits
from omneo_reconcile.core.model import Entry, Membership, Mode, Spec, StatusSpec
from omneo_reconcile.core.plan import (
    EXPIRING_DAYS,
    FORMAT_VERSION,
    Expiring,
    Header,
    Plan,
    SpecInfo,
    StatusPlan,
    Summary,
    count_changes,
    refusals,
    total_of,
)
from omneo_reconcile.core.plan_violations import plan_violations
from omneo_reconcile.core.policies import Violation
from omneo_reconcile.core.reading import Reading
from omneo_reconcile.core.resolve import People
from omneo_reconcile.core.seal import seal

Decided = Sequence[tuple[StatusSpec, Decision]]
"""Each status of a plan, in order, and what is decided for it."""


def make_plan(
    spec: Spec,
    reading: Reading,
    header: Header,
    overrides: Overrides,
    made: Collection[Membership] | None = None,
) -> Plan:
    """Returns the plan that takes what is live to what the spec says.

    Pure. The same spec and reading give the same plan but for the header and request counts, whatever the order of
    files, members and rows. No status that is not in the spec appears in it.

    Args:
        spec: What is wanted.
        reading: What is live.
        header: The rest of what a plan tells.
        overrides: Counts in place of limits. Nothing lifts a policy.
        made: Which changes will be made, for policies to be held against; None for all.
    """
    people = People(reading)
    statuses = [status for _, status in sorted(spec.statuses.items())]
    decisions = list(zip(statuses, decide(statuses, reading, people, header.as_of), strict=True))
    followed = {status.handle: _followed(decision, made) for status, decision in decisions}
    violations = plan_violations(spec, header.as_of, reading, people, followed)
    info = SpecInfo(spec.digest, header.commit, spec.files)
    return plan_of(decisions, info, reading, header, overrides, violations)


def _followed(decision: Decision, made: Collection[Membership] | None) -> Decision:
    if made is None:
        return decision
    changes = (change for change in decision.changes if (change.status, change.profile_id) in made)
    return replace(decision, changes=tuple(changes))


def plan_of(
    decisions: Decided,
    spec: SpecInfo,
    reading: Reading,
    header: Header,
    overrides: Overrides,
    violations: tuple[Violation, ...] = (),
) -> Plan:
    """Returns the sealed plan of what was decided, held against the limits of each status.

    Args:
        decisions: What was decided.
        spec: What it follows.
        reading: Only how things were read is taken from it.
        header: The rest of what a plan tells.
        overrides: Counts in place of limits.
        violations: What in it breaks a policy.
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
        summary=_summary(decisions, reading.requests),
        fingerprint="",
        failure_reason=None,
        checksum="",
        undoes=header.undoes,
        expiring=tuple(row for status, _ in decisions for row in _expiring(status, header.as_of)),
        violations=violations,
        base=header.base,
    )
    refused = refusals(plan)
    return seal(replace(plan, failure_reason=refused[0].name if refused else None))


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
        source=status.source,
        dropped=_dropped(status, decision),
    )


def _dropped(status: StatusSpec, decision: Decision) -> int | None:
    """Returns how many lose a status because the spec dropped them, or None if nobody computed who was dropped."""
    if status.mode is Mode.TRACKED and status.dropped is None:
        return None
    return sum(change.reason is Reason.DROPPED for change in decision.changes)


def _expiring(status: StatusSpec, as_of: date) -> Iterator[Expiring]:
    """Yields what ends soon, by day: a million members may end on the same one."""
    last = as_of + timedelta(days=EXPIRING_DAYS)
    by_day: defaultdict[date, list[Entry]] = defaultdict(list)
    for entry in status.members.values():
        if entry.until and as_of <= entry.until <= last:
            by_day[entry.until].append(entry)
    for until, entries in sorted(by_day.items()):
        first = min(entries, key=lambda entry: (entry.file, entry.line))
        yield Expiring(status.handle, until, len(entries), first.source)


def _limits(status: StatusSpec, decision: Decision, overrides: Overrides) -> Iterable[LimitCheck]:
    return check_limits(status.handle, status.limits, decision.live, _actual(decision), overrides)


def _actual(decision: Decision) -> dict[LimitName, int]:
    return count_changes(decision.changes)


def _summary(decided: Decided, requests: int) -> Summary:
    decisions = [decision for _, decision in decided]
    actual = count_changes(change for decision in decisions for change in decision.changes)
    return Summary(
        add=actual[LimitName.MAX_ADDS],
        remove=actual[LimitName.MAX_REMOVALS],
        held=sum(len(decision.held) for decision in decisions),
        unresolved=sum(len(decision.unresolved) for decision in decisions),
        undeclared=total_of(decision.undeclared for decision in decisions),
        unchanged=sum(decision.unchanged for decision in decisions),
        requests=requests,
        dropped=total_of(_dropped(status, decision) for status, decision in decided),
    )


def _unresolved_order(unresolved: Unresolved) -> tuple[str, str]:
    return unresolved.status, normal_form(unresolved.email)
