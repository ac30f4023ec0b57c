"""Whether a saved plan may still be applied here and now."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from omneo_reconcile.core.binding import already_true, as_derived, check_place_and_age
from omneo_reconcile.core.bound_limits import check_limits_again, limits_of_plan, limits_of_spec, statuses_to_count
from omneo_reconcile.core.changes import Add, Held, HeldWhy, Reason, Remove
from omneo_reconcile.core.dropped import BaseInfo
from omneo_reconcile.core.limits import LimitCheck, LimitName
from omneo_reconcile.core.model import (
    Count,
    Entry,
    Limits,
    Mode,
    Profile,
    Share,
    Source,
    Spec,
    StatusSpec,
    UnresolvedPolicy,
)
from omneo_reconcile.core.plan import Header, Tenant
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.reading import Gone, Reading
from omneo_reconcile.core.seal import seal
from omneo_reconcile.errors import FailureName, PlanRejected

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ACME = Tenant("acme", "https://api.acme.getomneo.com/api/v3")
WEEK = timedelta(days=7)
NO_LIMITS = Limits(Count(10**6), Count(10**6))


def entry(name, line):
    return Entry(f"{name}@example.com", None, None, "spec.yaml", line)


def spec_of(names="ann bob", mode=Mode.EXCLUSIVE, limits=NO_LIMITS, unresolved=UnresolvedPolicy.HOLD):
    members = {f"{name}@example.com": entry(name, line) for line, name in enumerate(names.split(), 1)}
    statuses = {"vip": StatusSpec("vip", mode, None, unresolved, limits, members)}
    return Spec(None, "UTC", statuses, ("spec.yaml",))


def person(name, *statuses, kind="active", email=None):
    return Profile(f"p-{name}", email or f"{name}@example.com", kind, frozenset(statuses))


def plan_of(spec, *live, overrides=None):
    """The plan of a spec for these people, all of them looked up."""
    people = {row.email: (row,) for row in live} | {e: () for s in spec.statuses.values() for e in s.members}
    people |= {row.email: (row,) for row in live}
    holders = {"vip": {row.id: row for row in live if "vip" in row.statuses}}
    header = Header("0", NOW, date(2026, 6, 15), ACME, None)
    return make_plan(spec, Reading(holders, people), header, overrides or {})


ANN, BOB, EVE = person("ann"), person("bob", "vip"), person("eve", "vip")
PLAN = plan_of(spec_of(), ANN, BOB, EVE)  # adds Ann, removes Eve


def now(*people, **gone):
    return {row.id: row for row in (ANN, BOB, EVE, *people)} | {f"p-{name}": Gone() for name in gone}


# Place and age


@pytest.mark.parametrize("where", [Tenant("other", ACME.base_url), Tenant("acme", "https://elsewhere.example/api/v3")])
def test_a_plan_for_another_tenant_or_base_url_is_refused(where):
    with pytest.raises(PlanRejected) as caught:
        check_place_and_age(PLAN, where, NOW, WEEK)
    assert caught.value.name is FailureName.WRONG_TENANT
    assert where.base_url in str(caught.value)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=7), timedelta(minutes=-59)])
def test_a_plan_no_older_than_allowed_is_taken_and_so_is_a_clock_slightly_off(age):
    check_place_and_age(PLAN, ACME, NOW + age, WEEK)


@pytest.mark.parametrize("age", [timedelta(days=7, seconds=1), timedelta(days=900), timedelta(minutes=-61)])
def test_a_plan_too_old_or_from_the_future_is_refused(age):
    with pytest.raises(PlanRejected) as caught:
        check_place_and_age(PLAN, ACME, NOW + age, WEEK)
    assert caught.value.name is FailureName.PLAN_TOO_OLD


def test_a_plan_with_a_date_that_has_no_time_zone_is_refused():
    forged = replace(PLAN, created_at=datetime(2026, 6, 15))  # noqa: DTZ001 - that is the point
    with pytest.raises(PlanRejected, match="cannot be told"):
        check_place_and_age(forged, ACME, NOW, WEEK)


# The people now


def test_nothing_is_already_true_while_nothing_changed():
    assert already_true(PLAN, now()) == frozenset()


def test_what_somebody_else_did_meanwhile_is_already_true():
    people = now(person("ann", "vip"), person("eve"))
    assert already_true(PLAN, people) == {("vip", "p-ann"), ("vip", "p-eve")}


@pytest.mark.parametrize(
    ("person_now", "words"),
    [
        (Gone(), "gone"),
        (person("ann", kind="system"), "system profile"),
        (person("ann", email="somebody@example.com"), "email: another than in the plan"),
        (Profile("p-ann", None, "active", frozenset()), "email: another than in the plan"),
    ],
)
def test_who_is_gone_or_another_person_now_is_named_by_profile_and_line_without_an_email(person_now, words):
    with pytest.raises(PlanRejected) as caught:
        already_true(PLAN, now() | {"p-ann": person_now})
    (fault,) = caught.value.faults
    assert fault.name is FailureName.PLAN_STALE
    assert words in fault.what
    assert fault.where == "profile p-ann, status vip from spec.yaml:1"
    assert "@" not in str(fault)


def test_everyone_who_is_stale_is_named_at_once():
    with pytest.raises(PlanRejected) as caught:
        already_true(PLAN, now(ann=1, eve=1))
    assert [fault.where for fault in caught.value.faults] == [
        "profile p-eve, status vip",
        "profile p-ann, status vip from spec.yaml:1",
    ]


@pytest.mark.parametrize("kind", ["incomplete", "pending", "temporary", "dependant"])
def test_a_profile_that_only_changed_its_type_is_still_the_same_person(kind):
    assert already_true(PLAN, now(person("ann", kind=kind))) == frozenset()


def test_an_email_in_another_case_is_the_same_person():
    assert already_true(PLAN, now(person("ann", email="ANN@Example.COM "))) == frozenset()


def test_an_exclusive_removal_acts_on_a_holder_of_any_type():
    """A plan removes a system profile that holds an exclusive status, so its apply must be able to."""
    system = person("eve", "vip", kind="system")
    plan = plan_of(spec_of("bob"), BOB, system)
    assert [change.profile_id for change in plan.changes] == ["p-eve"]
    assert already_true(plan, now(system)) == frozenset()


# What the spec asks for


def test_a_plan_that_the_spec_would_make_again_follows():
    assert as_derived(PLAN, PLAN, frozenset()) == PLAN


def test_a_change_that_is_true_already_need_not_follow():
    fresh = plan_of(spec_of(), person("ann", "vip"), BOB)
    already = frozenset({("vip", "p-ann"), ("vip", "p-eve")})
    assert as_derived(PLAN, fresh, already).changes == PLAN.changes


ANN_ADDED = next(change for change in PLAN.changes if isinstance(change, Add))


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        (
            Add("vip", "p-mallory", "mallory@example.com", Reason.DECLARED, Source("spec.yaml", 1), None, None),
            "the spec does not ask for this add now",
        ),
        (
            Add("staff", "p-ann", "ann@example.com", Reason.DECLARED, None, None, None),
            "the spec does not ask for this add now",
        ),
        (
            Remove("vip", "p-bob", "bob@example.com", Reason.EXCLUSIVE, None, None, None),
            "the spec does not ask for this removal now",
        ),
        (
            Remove("vip", "p-ann", "ann@example.com", Reason.DECLARED, None, None, None),
            "the spec asks for another change (action: remove in the plan, add now)",
        ),
        (
            replace(ANN_ADDED, email="mallory@example.com"),
            "the spec asks for another change (email: another than in the plan)",
        ),
        (
            replace(ANN_ADDED, until=date(2030, 1, 1)),
            "the spec asks for another change (until: 2030-01-01 in the plan, none now)",
        ),
        (
            replace(ANN_ADDED, reason=Reason.UNDO),
            "the spec asks for another change (reason: undo in the plan, declared now)",
        ),
    ],
)
def test_a_change_that_the_spec_does_not_ask_for_is_refused_by_profile_id_with_what_differs(forged, words):
    others = [
        change for change in PLAN.changes if (change.status, change.profile_id) != (forged.status, forged.profile_id)
    ]
    plan = seal(replace(PLAN, changes=(*others, forged)))
    with pytest.raises(PlanRejected) as caught:
        as_derived(plan, PLAN, frozenset())
    (fault,) = caught.value.faults
    assert (fault.name, fault.what) == (FailureName.NOT_IN_SPEC, words)
    line = f" from {forged.source}" if forged.source else ""
    assert fault.where == f"profile {forged.profile_id}, status {forged.status}{line}"
    assert "@" not in str(fault)


def test_what_a_saved_plan_says_beside_its_changes_is_taken_from_the_spec():
    said = replace(ANN_ADDED, note="trust me", source=Source("nowhere.yaml", 99))
    plan = seal(replace(PLAN, changes=tuple(said if change is ANN_ADDED else change for change in PLAN.changes)))
    assert as_derived(plan, PLAN, frozenset()).changes == PLAN.changes


def test_what_a_saved_plan_shows_as_held_or_unresolved_is_taken_from_the_spec_too():
    forged = replace(PLAN, held=(Held("vip", "p-boss", "boss@example.com", HeldWhy.UNRESOLVED),))
    derived = as_derived(forged, PLAN, frozenset())
    assert (derived.held, derived.statuses, derived.limits) == (PLAN.held, PLAN.statuses, PLAN.limits)


TRACKED = StatusSpec("vip", Mode.TRACKED, limits=NO_LIMITS)
SINCE = replace(spec_of(), statuses={"vip": replace(TRACKED, dropped={"bob@example.com": entry("bob", 2)})})
BOB_DROPPED = replace(plan_of(SINCE, BOB), base=BaseInfo("HEAD~1", "b" * 40, "d"))


def test_a_removal_of_somebody_dropped_follows_a_spec_with_its_base_and_not_one_without():
    assert as_derived(BOB_DROPPED, BOB_DROPPED, frozenset()) == BOB_DROPPED
    forgetful = plan_of(replace(SINCE, statuses={"vip": TRACKED}), BOB)
    with pytest.raises(PlanRejected) as caught:
        as_derived(BOB_DROPPED, forgetful, frozenset())
    (fault,) = caught.value.faults
    assert fault.name is FailureName.NOT_IN_SPEC
    assert fault.next_step == "pass the --base that it was planned with, or plan that spec and review again"


def test_what_a_saved_plan_leaves_to_others_of_the_dropped_counts_as_not_computed():
    """Its receipt must not move the base on past somebody who still holds the status."""
    other = StatusSpec("staff", Mode.TRACKED, limits=NO_LIMITS, dropped={})
    both = replace(
        BOB_DROPPED, statuses=(*BOB_DROPPED.statuses, *plan_of(replace(SINCE, statuses={"staff": other})).statuses)
    )
    derived = as_derived(replace(both, changes=()), both, frozenset())
    assert [(status.handle, status.dropped) for status in derived.statuses] == [("vip", None), ("staff", 0)]
    assert derived.base == both.base


def test_a_removal_that_the_spec_would_hold_now_is_refused():
    fresh = plan_of(spec_of("ann bob nobody"), ANN, BOB, EVE)
    assert [held.profile_id for held in fresh.held] == ["p-eve"]
    with pytest.raises(PlanRejected, match="removal"):
        as_derived(PLAN, fresh, frozenset())


# Limits, again


def refused(plan, limits, overrides=None, live=None):
    return [fault.what for fault in check_limits_again(plan.changes, limits, live or {}, overrides or {})]


def test_limits_kept_refuse_nothing():
    assert refused(PLAN, {"vip": NO_LIMITS}) == []


def test_counts_are_held_against_what_is_left_to_do():
    limits = {"vip": Limits(Count(0), Count(0))}
    assert len(refused(PLAN, limits)) == 2
    assert check_limits_again([], limits, {}, {}) == ()


def test_shares_are_held_against_the_holders_there_are_now():
    plan = plan_of(spec_of("bob"), BOB, *(person(f"x{n}", "vip") for n in range(3)))
    limits = {"vip": Limits(Count(0), Share(Decimal(50)))}
    assert statuses_to_count(plan.changes, limits, {}) == ("vip",)
    assert refused(plan, limits, live={"vip": 6}) == []
    assert refused(plan, limits, live={"vip": 5}) == ["would remove 3 but may remove at most 2 (50%)"]


def test_a_share_that_cannot_be_computed_refuses():
    plan = plan_of(spec_of("bob"), BOB, EVE, person("fay", "vip"))
    assert "cannot be computed" in refused(plan, {"vip": Limits(Count(0), Share(Decimal(25)))})[0]


def test_one_removal_needs_no_count_and_an_add_by_share_does():
    limits = {"vip": Limits(Count(1), Share(Decimal(25)))}
    assert statuses_to_count(PLAN.changes, limits, {}) == ()
    assert refused(PLAN, limits) == []
    assert statuses_to_count(PLAN.changes, {"vip": Limits(Share(Decimal(25)), Count(9))}, {}) == ("vip",)


def test_an_override_replaces_its_limit_and_no_other():
    limits = {"vip": Limits(Count(0), Count(0))}
    overrides = {("vip", LimitName.MAX_ADDS): 1}
    assert refused(PLAN, limits, overrides) == ["would remove 1 but may remove at most 0"]
    shares = {"vip": Limits(Share(Decimal(25)), Count(9))}
    assert statuses_to_count(PLAN.changes, shares, overrides) == ()


def test_a_status_without_changes_needs_no_count():
    assert statuses_to_count([], {"vip": Limits(Share(Decimal(1)), Share(Decimal(1)))}, {}) == ()


def test_a_change_of_a_status_that_has_no_limit_is_not_let_through():
    with pytest.raises(KeyError):
        check_limits_again(PLAN.changes, {}, {}, {})


# Whose limits


def test_a_plan_brings_the_limits_and_overrides_it_was_reviewed_under():
    limits = Limits(Count(3), Share(Decimal("12.5")))
    plan = plan_of(spec_of(limits=limits), ANN, BOB, EVE, overrides={("vip", LimitName.MAX_REMOVALS): 7})
    assert limits_of_plan(plan, {}) == ({"vip": limits}, {("vip", LimitName.MAX_REMOVALS): 7})


def test_the_overrides_of_this_call_come_before_those_of_the_plan():
    plan = plan_of(spec_of(), ANN, BOB, EVE, overrides={("vip", LimitName.MAX_ADDS): 7})
    assert limits_of_plan(plan, {("vip", LimitName.MAX_ADDS): 0})[1] == {("vip", LimitName.MAX_ADDS): 0}


@pytest.mark.parametrize("rule", ["lots", "", "%", "-1", "NaN%", "Infinity%", "101%", "-1%", "1e999999%", "9" * 5000])
def test_a_limit_that_no_spec_could_have_set_is_a_sign_of_an_edited_plan(rule):
    forged = tuple(replace(check, rule=rule) for check in PLAN.limits)
    with pytest.raises(PlanRejected) as caught:
        limits_of_plan(seal(replace(PLAN, limits=forged)), {})
    assert caught.value.name is FailureName.PLAN_EDITED


def test_with_a_trusted_spec_neither_limits_nor_overrides_of_the_file_count():
    spec = spec_of(limits=Limits(Count(0), Count(0)))
    forged = LimitCheck("vip", LimitName.MAX_ADDS, "1000", 1000, 1, True, 1000)
    plan = seal(replace(PLAN, limits=(forged, replace(forged, limit=LimitName.MAX_REMOVALS))))
    assert len(refused(plan, limits_of_spec(plan, spec))) == 2


def test_a_status_that_the_trusted_spec_does_not_name_may_not_change_at_all():
    limits = limits_of_spec(PLAN, Spec(None, "UTC", {}, ()))
    assert limits == {"vip": Limits(Count(0), Count(0))}
