"""The way back: what a receipt leads to, for people as they are now."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omneo_reconcile.core.changes import Add, Held, HeldWhy, Reason, Remove
from omneo_reconcile.core.integrity import is_intact
from omneo_reconcile.core.limits import LimitName
from omneo_reconcile.core.model import Count, Limits, Mode, Profile, Share, Source
from omneo_reconcile.core.place import check_place
from omneo_reconcile.core.plan import Tenant
from omneo_reconcile.core.reading import Gone, Unreadable
from omneo_reconcile.core.receipt import Counts, make_receipt
from omneo_reconcile.core.run import Outcome, Result, Run
from omneo_reconcile.core.seal import seal
from omneo_reconcile.core.undo import ReadAgain, make_undo, of_statuses, people_to_read, to_count
from omneo_reconcile.errors import FailureName, PlanRejected
from simulated import NOON
from worlds import HEADER, plan_for, profiles, replay, spec_of, specs, status_of

SPEC = spec_of(status_of("vip", "ann@example.com", mode=Mode.EXCLUSIVE))
ANN = Profile("p-ann", "ann@example.com", "active", frozenset())
EVE = Profile("p-eve", "Eve@example.com", "active", frozenset({"vip"}))
VIP_ANN = replace(ANN, statuses=frozenset({"vip"}))
LEFT = {"p-ann": VIP_ANN, "p-eve": replace(EVE, statuses=frozenset())}


def receipt_of(plan, outcomes):
    results = tuple(Result(change, outcome) for change, outcome in zip(plan.changes, outcomes, strict=True))
    return make_receipt(plan, Run(results), Counts(), "0", NOON, NOON)


def applied(eve=Outcome.REMOVED, ann=Outcome.ADDED, spec=SPEC):
    """The receipt of an apply that took `vip` from Eve and gave it to Ann."""
    return receipt_of(plan_for(spec, (ANN, EVE)), (eve, ann))


def way_back(receipt, *, live=None, overrides=None, **now):
    """The plan of the way back, for the people that the apply left but for these."""
    people = LEFT | {f"p-{name}": person for name, person in now.items()}
    return make_undo(receipt, ReadAgain(people, {"vip": live}), HEADER, overrides or {})


def test_what_was_added_is_removed_and_what_was_removed_is_added():
    assert way_back(applied()).changes == (
        Remove("vip", "p-ann", "ann@example.com", Reason.UNDO, Source("spec.yaml", 1), None, None),
        Add("vip", "p-eve", "Eve@example.com", Reason.UNDO, None, None, None),
    )


def test_who_is_as_before_already_needs_no_way_back():
    plan = way_back(applied(), ann=ANN, eve=EVE)
    assert (plan.changes, plan.held, plan.summary.unchanged) == ((), (), 2)


@pytest.mark.parametrize("outcome", [Outcome.ALREADY, Outcome.FAILED, Outcome.HELD])
def test_what_the_apply_did_not_make_is_not_taken_back_nor_read(outcome):
    receipt = applied(ann=outcome)
    assert people_to_read(receipt) == {"p-eve": "Eve@example.com"}
    plan = way_back(receipt)
    assert [change.profile_id for change in plan.changes] == ["p-eve"]
    assert plan.summary.unchanged == 0


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (Gone(), HeldWhy.GONE),
        (Unreadable("no answer"), HeldWhy.UNREADABLE),
        (replace(VIP_ANN, statuses=None), HeldWhy.UNREADABLE),
        (replace(VIP_ANN, type=None), HeldWhy.UNREADABLE),
        (replace(VIP_ANN, email="bob@example.com"), HeldWhy.ANOTHER_PERSON),
        (replace(VIP_ANN, email=None), HeldWhy.ANOTHER_PERSON),
        (replace(VIP_ANN, type="system"), HeldWhy.SYSTEM_PROFILE),
    ],
)
def test_who_is_not_who_they_were_is_left_alone_and_named_with_the_reason(person, why):
    plan = way_back(applied(), ann=person)
    assert plan.held == (Held("vip", "p-ann", "ann@example.com", why),)
    assert [change.profile_id for change in plan.changes] == ["p-eve"]
    assert is_intact(plan)


def test_a_status_is_not_given_back_to_a_system_profile():
    plan = way_back(applied(), eve=replace(LEFT["p-eve"], type="system"))
    assert [(row.profile_id, row.why) for row in plan.held] == [("p-eve", HeldWhy.SYSTEM_PROFILE)]


def test_an_email_in_another_case_is_the_same_person_and_shown_as_stored_now():
    plan = way_back(applied(), ann=replace(VIP_ANN, email="ANN@example.com"))
    assert plan.changes[0].email == "ANN@example.com"


def test_an_unconfirmed_change_is_held_while_it_is_true_and_nothing_while_it_is_not():
    receipt = applied(eve=Outcome.UNCONFIRMED, ann=Outcome.UNCONFIRMED)
    plan = way_back(receipt, eve=EVE)
    assert plan.held == (Held("vip", "p-ann", "ann@example.com", HeldWhy.UNCONFIRMED),)
    assert plan.changes == ()


def test_it_names_the_plan_that_was_applied_and_the_spec_of_it():
    receipt = applied()
    plan = way_back(receipt)
    assert plan.undoes == receipt.fingerprint
    assert plan.spec == receipt.spec
    assert (plan.tenant, plan.as_of, plan.created_at) == (HEADER.tenant, HEADER.as_of, HEADER.created_at)


def test_only_a_way_back_may_look_like_one():
    assert not is_intact(seal(replace(way_back(applied()), undoes=None)))
    assert not is_intact(seal(replace(plan_for(SPEC, (ANN, EVE)), undoes="0" * 64)))


def test_a_status_without_a_way_back_stands_in_the_plan_with_nothing_to_do():
    (status,) = way_back(applied(Outcome.ALREADY, Outcome.FAILED), live=7).statuses
    assert (status.handle, status.live, status.add, status.remove, status.mode) == ("vip", 7, 0, 0, Mode.ADDITIVE)


def test_a_membership_that_stands_twice_in_a_receipt_is_taken_back_once():
    receipt = applied()
    plan = way_back(replace(receipt, changes=receipt.changes * 2))
    assert plan == way_back(receipt)


# Limits


def limited(**limits):
    return applied(spec=spec_of(status_of("vip", "ann@example.com", mode=Mode.EXCLUSIVE, limits=Limits(**limits))))


def test_the_limits_of_the_apply_hold_on_the_way_back_too():
    plan = way_back(limited(max_removals=Count(0)), live=9)
    assert plan.failure_reason is FailureName.OVER_LIMIT
    assert [(check.rule, check.allowed, check.actual, check.ok) for check in plan.limits] == [
        ("1000", 1000, 1, True),
        ("0", 0, 1, False),
    ]
    assert is_intact(plan)


def test_only_an_override_of_this_call_replaces_a_limit():
    receipt = limited(max_removals=Count(0))
    overridden = replace(receipt, limits=tuple(replace(check, override=5) for check in receipt.limits))
    assert way_back(overridden, live=9).failure_reason is FailureName.OVER_LIMIT
    assert way_back(overridden, live=9, overrides={("vip", LimitName.MAX_REMOVALS): 1}).failure_reason is None


def test_a_limit_that_cannot_be_computed_refuses():
    receipt = limited(max_adds=Share(Decimal(50)))
    assert to_count(receipt, LEFT, {}) == ("vip",)
    assert way_back(receipt).failure_reason is FailureName.OVER_LIMIT
    assert way_back(receipt, live=2).failure_reason is None


def test_one_removal_and_limits_that_are_counts_need_no_count():
    assert to_count(applied(), LEFT, {}) == ()
    assert way_back(applied()).failure_reason is None


def test_a_status_without_limits_in_the_receipt_has_the_usual_ones():
    plan = way_back(replace(applied(), limits=()))
    assert [check.rule for check in plan.limits] == ["1000", "25%"]


def test_a_limit_that_is_none_is_an_edited_receipt():
    receipt = applied()
    forged = replace(receipt, limits=tuple(replace(check, rule="all of them") for check in receipt.limits))
    with pytest.raises(PlanRejected) as caught:
        way_back(forged)
    assert caught.value.name is FailureName.PLAN_EDITED


# What it is for


@pytest.mark.parametrize(
    "where", [Tenant("other", HEADER.tenant.base_url), Tenant("acme", "https://elsewhere.example")]
)
def test_a_receipt_of_another_tenant_or_base_url_is_refused(where):
    check_place("receipt", applied().tenant, HEADER.tenant)
    with pytest.raises(PlanRejected) as caught:
        check_place("receipt", applied().tenant, where)
    assert caught.value.name is FailureName.WRONG_TENANT


def test_of_some_statuses_only_their_changes_are_taken_back():
    assert of_statuses(applied(), {"vip"}) == applied()
    assert way_back(of_statuses(applied(), {"staff"})).statuses == ()


# The law

_MADE = {Add: Outcome.ADDED, Remove: Outcome.REMOVED}
_MEANWHILE = st.sampled_from(["untouched"] * 3 + ["gone", "unreadable", "renamed", "reset"])


def _later(row, what, before):
    match what:
        case "untouched":
            return row
        case "gone":
            return Gone()
        case "unreadable":
            return Unreadable("no answer")
        case "renamed":
            return replace(row, email="zoe@example.com")
        case _:
            return replace(row, statuses=before.statuses)


def _told(people):
    return tuple(person for person in people.values() if isinstance(person, Profile))


@given(specs(), profiles(), st.data())
def test_the_way_back_brings_back_the_state_before_for_everybody_untouched_since(spec, world, data) -> None:
    plan = plan_for(spec, world)
    outcomes = [data.draw(st.sampled_from([_MADE[type(change)], Outcome.FAILED])) for change in plan.changes]
    receipt = receipt_of(plan, outcomes)
    made = tuple(change for change, outcome in zip(plan.changes, outcomes, strict=True) if outcome in _MADE.values())
    before, after = ({row.id: row for row in rows} for rows in (world, replay(made, world)))
    meanwhile = {profile_id: data.draw(_MEANWHILE) for profile_id in people_to_read(receipt)}
    now = after | {one: _later(after[one], what, before[one]) for one, what in meanwhile.items()}

    undo = make_undo(receipt, ReadAgain(now), HEADER, {})
    assert is_intact(undo)
    reached = now | {row.id: row for row in replay(undo.changes, _told(now))}
    for row in world:
        untouched = meanwhile.get(row.id, "untouched") == "untouched" and row.type != "system"
        assert reached[row.id] == (row if untouched else now[row.id])

    again = make_undo(receipt, ReadAgain(reached), HEADER, {})
    assert (again.changes, again.held) == ((), undo.held)
