"""Whether a saved plan may still be applied: the same tenant, young enough, its people unchanged, its limits kept."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from omneo_reconcile.core.batches import action_of
from omneo_reconcile.core.changes import Add, Change, Reason
from omneo_reconcile.core.difference import how_it_differs
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Membership, Profile
from omneo_reconcile.core.place import check_place
from omneo_reconcile.core.plan import Plan, StatusPlan, Tenant
from omneo_reconcile.core.reading import Gone
from omneo_reconcile.errors import FailureName, Fault, PlanRejected

_CLOCK_SKEW = timedelta(hours=1)


def check_place_and_age(plan: Plan, tenant: Tenant, now: datetime, max_age: timedelta) -> None:
    """Refuses a plan for another tenant, one that is too old, and one from the future.

    Raises:
        PlanRejected: With what the plan says and what is so.
    """
    check_place("plan", plan.tenant, tenant)
    if why := _wrong_age(plan.created_at, now, max_age):
        raise PlanRejected.of(
            FailureName.PLAN_TOO_OLD, why, f"made {plan.created_at:%Y-%m-%d}", "plan and review again"
        )


def _wrong_age(made: datetime, now: datetime, max_age: timedelta) -> str | None:
    if made.tzinfo is None:
        return "the plan's age cannot be told: its date has no time zone"
    if made - now > _CLOCK_SKEW:
        return "the plan's age cannot be told: it was made in the future, or the clock of this machine is wrong"
    if now - made > max_age:
        return f"the plan is {(now - made).days} days old, over the {max_age.days} that --max-age allows"
    return None


def already_true(plan: Plan, people: Mapping[str, Profile | Gone]) -> frozenset[Membership]:
    """Returns the changes that need not be made any more.

    Args:
        people: Each profile that the plan would change, by id, as it is now, with its statuses told.

    Raises:
        PlanRejected: If someone is gone or is another person now; names each by profile id and line of the spec, and
            says how they differ from the plan.
    """
    if faults := [fault for change in plan.changes for fault in _stale(change, people[change.profile_id])]:
        raise PlanRejected(faults)
    return frozenset(
        (change.status, change.profile_id) for change in plan.changes if _is_true(change, people[change.profile_id])
    )


def _is_true(change: Change, profile: Profile | Gone) -> bool:
    assert isinstance(profile, Profile)
    assert profile.statuses is not None
    return (change.status in profile.statuses) is isinstance(change, Add)


def _stale(change: Change, now: Profile | Gone) -> Iterable[Fault]:
    if isinstance(now, Gone):
        what = "the profile is gone"
    elif now.type == "system" and change.reason is not Reason.EXCLUSIVE:  # which acts on a holder of any type
        what = "the profile is a system profile now"
    elif difference := how_it_differs({"email": _normal(change.email)}, {"email": _normal(now.email)}):
        what = f"the profile is another person now than in the plan ({difference})"
    else:
        return
    yield Fault(FailureName.PLAN_STALE, what, _where(change), "plan and review again")


def _where(change: Change) -> str:
    line = f" from {change.source}" if change.source else ""
    return f"profile {change.profile_id}, status {change.status}{line}"


def _normal(email: str | None) -> str:
    return normal_form(email or "")


def as_derived(plan: Plan, fresh: Plan, already: Collection[Membership]) -> Plan:
    """Returns the plan with each change as a fresh plan of the trusted spec makes it, and all else from there too.

    Only which of its changes a saved plan has counts: all else that it says of them is its author's word. Those that
    are true already stay as they are: they are not made.

    Raises:
        PlanRejected: If it has a change that the fresh plan would not make, or makes for another reason or person, and
            that is not true already; names each by profile id.
    """
    due = {(change.status, change.profile_id): change for change in fresh.changes}
    faults: list[Fault] = []
    changes: list[Change] = []
    for change in plan.changes:
        key = change.status, change.profile_id
        derived = due.get(key)
        if key not in already and (what := _not_derived(change, derived)):
            faults.append(Fault(FailureName.NOT_IN_SPEC, what, _where(change), _another_way(change, fresh)))
        changes.append(change if key in already or derived is None else derived)
    if faults:
        raise PlanRejected(faults)
    return replace(
        plan,
        spec=fresh.spec,
        statuses=_statuses_left(plan, fresh),
        changes=tuple(changes),
        held=fresh.held,
        unresolved=fresh.unresolved,
        limits=fresh.limits,
        reads=fresh.reads,
        base=fresh.base,
    )


def _statuses_left(plan: Plan, fresh: Plan) -> tuple[StatusPlan, ...]:
    """Returns the statuses of a fresh plan; where a saved one leaves dropped people to it, they are not computed."""
    made = {(change.status, change.profile_id) for change in plan.changes}
    dropped = (change for change in fresh.changes if change.reason is Reason.DROPPED)
    left = {change.status for change in dropped if (change.status, change.profile_id) not in made}
    return tuple(replace(status, dropped=None) if status.handle in left else status for status in fresh.statuses)


def _another_way(change: Change, fresh: Plan) -> str:
    if change.reason is Reason.UNDO:
        return "no spec asks for a way back: bind it with --expect FINGERPRINT instead of --spec"
    if change.reason is Reason.DROPPED and fresh.base is None:
        return "pass the --base that it was planned with, or plan that spec and review again"
    return "plan that spec and review again"


def _not_derived(change: Change, derived: Change | None) -> str:
    """Returns what is wrong with a change of a plan file beside the same one of a fresh plan, or nothing."""
    if derived is None:
        return f"the spec does not ask for this {'add' if isinstance(change, Add) else 'removal'} now"
    difference = how_it_differs(_assumed(change), _assumed(derived))
    return difference and f"the spec asks for another change ({difference})"


def _assumed(change: Change) -> dict[str, object]:
    """Returns what a reviewer said yes to."""
    return {
        "action": action_of(change).value,
        "reason": change.reason.value,
        "until": None if change.until is None else change.until.isoformat(),
        "email": _normal(change.email),
    }
