"""Which limits a saved plan is held to, and whether it keeps them on the live state."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from omneo_reconcile.core.changes import Change
from omneo_reconcile.core.limits import LimitCheck, Overrides, check_limits, over_limit, parse_limit
from omneo_reconcile.core.model import Count, Limit, Limits, Spec
from omneo_reconcile.core.plan import Plan, count_changes
from omneo_reconcile.core.receipt import Live
from omneo_reconcile.errors import FailureName, Fault, PlanRejected


def limits_of_plan(plan: Plan, overrides: Overrides) -> tuple[dict[str, Limits], Overrides]:
    """Returns the limits that an intact plan was reviewed under, and its overrides, those of this call before them.

    Raises:
        PlanRejected: If one of them is none that a plan can have.
    """
    reviewed = {(check.status, check.limit): check.override for check in plan.limits if check.override is not None}
    return limits_of(plan.limits), reviewed | dict(overrides)


def limits_of(checks: Iterable[LimitCheck]) -> dict[str, Limits]:
    """Returns the limits of each status that a plan or a receipt names; where it names but one, the other's default.

    Raises:
        PlanRejected: If one of them is none that a plan can have.
    """
    limits: dict[str, Limits] = {}
    for check in checks:
        limits[check.status] = replace(limits.get(check.status, Limits()), **{check.limit: _rule(check)})
    return limits


def _rule(check: LimitCheck) -> Limit:
    """Returns the limit that a plan names. A plan is data from its author: the checksum proves no sense."""
    try:
        return parse_limit(check.rule)
    except ValueError:
        raise PlanRejected.of(
            FailureName.PLAN_EDITED,
            f"`{check.limit}` is not a limit",
            f"status {check.status}",
            "plan and review again",
        ) from None


def limits_of_spec(plan: Plan, spec: Spec) -> dict[str, Limits]:
    """Returns the limits that the spec sets for the statuses of the plan."""
    return {
        handle: spec.statuses[handle].limits if handle in spec.statuses else Limits(Count(0), Count(0))
        for handle in {change.status for change in plan.changes}
    }


def statuses_to_count(changes: Iterable[Change], limits: Mapping[str, Limits], overrides: Overrides) -> tuple[str, ...]:
    """Returns the statuses whose limits take a count of live holders before they can be held against the changes."""
    return tuple(
        handle
        for handle, checks in _checks(changes, limits, {}, overrides)
        if not all(check.ok for check in checks if check.allowed is None)
    )


def with_limits_held(
    plan: Plan, changes: Iterable[Change], limits: Mapping[str, Limits], live: Live, overrides: Overrides
) -> Plan:
    """Returns the plan with its limits as the changes that are left were held against them."""
    counted = {handle: number for handle, number in live.items() if number is not None}
    checks = (check for _, checks in _checks(changes, limits, counted, overrides) for check in checks)
    held = {(check.status, check.limit): check for check in checks}
    return replace(plan, limits=tuple(held.get((check.status, check.limit), check) for check in plan.limits))


def check_limits_again(
    changes: Iterable[Change],
    limits: Mapping[str, Limits],
    live: Mapping[str, int],
    overrides: Overrides,
) -> tuple[Fault, ...]:
    """Returns every limit that the changes left to make would break on the live state.

    Args:
        live: Holders now, for each status that was counted.
    """
    return tuple(
        over_limit(check) for _, checks in _checks(changes, limits, live, overrides) for check in checks if not check.ok
    )


def _checks(
    changes: Iterable[Change], limits: Mapping[str, Limits], live: Mapping[str, int], overrides: Overrides
) -> Iterable[tuple[str, tuple[LimitCheck, LimitCheck]]]:
    """Yields each status with the checks of its limits, in the order of statuses."""
    by_status: dict[str, list[Change]] = {handle: [] for handle in sorted(limits)}
    for change in changes:
        by_status[change.status].append(change)
    for handle, its_changes in by_status.items():
        actual = count_changes(its_changes)
        yield handle, check_limits(handle, limits[handle], live.get(handle), actual, overrides)
