"""Whether a saved plan says the truth about itself."""

from collections import Counter

from omneo_reconcile.core.changes import Add, Reason, Remove, change_order
from omneo_reconcile.core.limits import LimitCheck, LimitName, check_limits, parse_limit
from omneo_reconcile.core.model import Limits, Mode
from omneo_reconcile.core.plan import Plan, refusals, total_of
from omneo_reconcile.core.seal import seal


def is_intact(plan: Plan) -> bool:
    """Tells whether fingerprint and checksum are those of the content, and the content agrees with itself.

    Anybody can compute both: so what a reader is shown (numbers, limits, refusals) must follow from the changes too.
    """
    memberships = {(change.status, change.profile_id) for change in plan.changes}
    return (
        seal(plan) == plan
        and len(memberships) == len(plan.changes)
        and tuple(sorted(plan.changes, key=change_order)) == plan.changes
        and all((change.reason is Reason.UNDO) is (plan.undoes is not None) for change in plan.changes)
        and _statuses_agree(plan)
        and _dropped_agree(plan)
        and _limits_agree(plan)
        and _summary_agrees(plan)
        and plan.failure_reason == next((fault.name for fault in refusals(plan)), None)
    )


def _statuses_agree(plan: Plan) -> bool:
    """Tells whether each status stands once, and counts what the plan lists for it."""
    handles = [status.handle for status in plan.statuses]
    adds = Counter(change.status for change in plan.changes if isinstance(change, Add))
    removals = Counter(change.status for change in plan.changes if isinstance(change, Remove))
    held = Counter(row.status for row in plan.held)
    unresolved = Counter(row.status for row in plan.unresolved)
    shown = [(row.handle, row.add, row.remove, row.held, row.unresolved) for row in plan.statuses]
    listed = [(one, adds[one], removals[one], held[one], unresolved[one]) for one in dict.fromkeys(handles)]
    return shown == listed and (adds | removals | held | unresolved).keys() <= set(handles)


def _dropped_agree(plan: Plan) -> bool:
    """Tells whether each status counts whom it drops: only a tracked one does, and only beside a base."""
    dropped = Counter(change.status for change in plan.changes if change.reason is Reason.DROPPED)
    tracked = {status.handle for status in plan.statuses if status.mode is Mode.TRACKED}
    computed = tracked if plan.base else set()
    shown = {status.handle: status.dropped for status in plan.statuses}
    listed = {one: None if one in tracked - computed else dropped[one] for one in shown}
    return shown == listed and dropped.keys() <= computed


def _limits_agree(plan: Plan) -> bool:
    """Tells whether the limits of each status are evaluated as their rules say."""
    rules = {(check.status, check.limit): check.rule for check in plan.limits}
    overrides = {(check.status, check.limit): check.override for check in plan.limits if check.override is not None}
    expected: list[LimitCheck] = []
    try:
        for status in plan.statuses:
            adds, removals = (parse_limit(rules[status.handle, name]) for name in LimitName)
            actual = {LimitName.MAX_ADDS: status.add, LimitName.MAX_REMOVALS: status.remove}
            expected += check_limits(status.handle, Limits(adds, removals), status.live, actual, overrides)
    except (KeyError, ValueError):
        return False
    return tuple(expected) == plan.limits


def _summary_agrees(plan: Plan) -> bool:
    summary, statuses = plan.summary, plan.statuses
    unknown = summary.undeclared, summary.dropped
    return (summary.add, summary.remove, summary.held, summary.unresolved, summary.unchanged, *unknown) == (
        sum(status.add for status in statuses),
        sum(status.remove for status in statuses),
        sum(status.held for status in statuses),
        sum(status.unresolved for status in statuses),
        sum(status.unchanged for status in statuses),
        total_of(status.undeclared for status in statuses),
        total_of(status.dropped for status in statuses),
    )
