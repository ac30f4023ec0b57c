"""Whom a tracked status drops: its members at the base whom the spec names no more."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from documents import receipt_of
from omneo_reconcile.core.changes import HeldWhy, Reason
from omneo_reconcile.core.dropped import Untracked, base_info, with_dropped
from omneo_reconcile.core.integrity import is_intact
from omneo_reconcile.core.model import Count, Entry, Limits, Mode, Profile, Source, StatusSpec, UnresolvedPolicy
from omneo_reconcile.core.plan import is_pending, refusals
from omneo_reconcile.core.resolve import Why
from omneo_reconcile.core.run import Outcome
from omneo_reconcile.core.seal import seal
from omneo_reconcile.core.wanted import needs_holders
from omneo_reconcile.errors import FailureName
from omneo_reconcile.formats.documents import review_of
from shown import as_text
from worlds import ALL_ALLOWED, AS_OF, EMAILS, plan_for, spec_of, specs, status_of

NAMES = {"spec.yaml": "1a2b3c4d5e6f:specs/vip.yaml"}
ANN, BOB, CYD = EMAILS[:3]


def tracked(*members, **settings):
    return status_of("vip", *members, **{"mode": Mode.TRACKED, "limits": ALL_ALLOWED} | settings)


def since(status, *members, **then):
    """The spec of one status, with whom it drops since it had these members."""
    return with_dropped(spec_of(status), spec_of(status_of("vip", *members, **then)), NAMES)


def dropped(spec):
    return spec.statuses["vip"].dropped


def holder(email, number=1, kind="active"):
    return Profile(f"p{number}", email, kind, frozenset({"vip"}))


@given(specs(), specs())
def test_dropped_are_the_members_at_the_base_whom_the_spec_names_neither_as_member_nor_as_absent(spec, base):
    found = with_dropped(spec, base, NAMES)
    for handle, status in spec.statuses.items():
        before = base.statuses.get(handle, StatusSpec(handle)).members.keys()
        gone = before - status.members.keys() - status.absent.keys() if status.mode is Mode.TRACKED else None
        assert (found.statuses[handle].dropped or {}).keys() == (gone or set())
    assert found.digest == spec.digest  # who was dropped is no part of what the spec means


@pytest.mark.parametrize("mode", Mode)
def test_whatever_the_mode_was_at_the_base_whoever_was_listed_is_dropped(mode):
    assert dropped(since(tracked(ANN), ANN, BOB, mode=mode)).keys() == {BOB}


@pytest.mark.parametrize("mode", [Mode.ADDITIVE, Mode.EXCLUSIVE])
def test_a_status_that_is_not_tracked_now_drops_nobody(mode):
    assert dropped(since(tracked(ANN, mode=mode), ANN, BOB, mode=Mode.TRACKED)) is None


def test_whoever_had_expired_at_the_base_is_dropped_too():
    before = tracked(BOB)
    expired = {BOB: replace(before.members[BOB], until=date(2020, 1, 1))}
    assert dropped(with_dropped(spec_of(tracked()), spec_of(replace(before, members=expired)), NAMES)).keys() == {BOB}


def test_whoever_was_absent_at_the_base_was_no_member_and_is_not_dropped():
    before = StatusSpec("vip", absent=tracked(BOB).members)
    assert dropped(with_dropped(spec_of(tracked()), spec_of(before), NAMES)) == {}


def test_a_dropped_holder_loses_the_status_by_the_line_at_the_base():
    plan = plan_for(since(tracked(ANN), ANN, BOB), (holder(BOB), holder(CYD, 2)))
    (change,) = [change for change in plan.changes if change.reason is Reason.DROPPED]
    assert (change.profile_id, change.source) == ("p1", Source("1a2b3c4d5e6f:specs/vip.yaml", 1))
    assert (plan.statuses[0].dropped, plan.summary.dropped, plan.summary.undeclared) == (1, 1, 1)


def test_whoever_is_dropped_and_does_not_hold_the_status_is_satisfied():
    plan = plan_for(since(tracked(), BOB, CYD), (Profile("p1", BOB, "active", frozenset()),))
    assert not is_pending(plan)
    assert plan.summary.dropped == 0


def test_a_dropped_person_with_several_profiles_is_not_guessed_and_stays_pending():
    plan = plan_for(since(tracked(), BOB), (holder(BOB), holder(BOB, 2)))
    (person,) = plan.unresolved
    assert (person.why, person.reason) == (Why.AMBIGUOUS, Reason.DROPPED)
    assert not plan.changes
    assert is_pending(plan)


def test_a_listed_person_who_is_not_resolved_is_not_pending():
    plan = plan_for(since(tracked(ANN), ANN), ())
    assert [person.reason for person in plan.unresolved] == [Reason.DECLARED]
    assert not is_pending(plan)


def test_a_status_that_holds_keeps_dropped_people_while_somebody_is_unresolved():
    plan = plan_for(since(tracked(ANN, unresolved=UnresolvedPolicy.HOLD), ANN, BOB), (holder(BOB),))
    assert [(held.profile_id, held.why) for held in plan.held] == [("p1", HeldWhy.UNRESOLVED)]
    assert (plan.summary.remove, plan.summary.dropped) == (0, 0)
    assert is_pending(plan)


def test_a_dropped_person_is_shown_with_the_last_day_that_was_listed():
    until = date(2026, 12, 31)
    entry = Entry(BOB, until, None, "spec.yaml", 3)
    spec = with_dropped(spec_of(tracked()), spec_of(replace(status_of("vip"), members={BOB: entry})), NAMES)
    shown = as_text(plan_for(spec, (holder(BOB),)))
    assert "dropped from the spec where it was listed until 2026-12-31" in shown


def test_limits_count_dropped_people():
    spec = since(tracked(limits=Limits(max_removals=Count(1))), ANN, BOB)
    assert [fault.name for fault in refusals(plan_for(spec, (holder(ANN), holder(BOB, 2))))] == [FailureName.OVER_LIMIT]


def test_a_share_of_the_holders_takes_their_number_where_two_are_dropped():
    status = replace(tracked(), limits=Limits())
    assert not needs_holders(since(status, ANN).statuses["vip"], AS_OF, ())
    assert needs_holders(since(status, ANN, BOB).statuses["vip"], AS_OF, ())


# What a base tells beside


def test_a_status_that_was_tracked_and_is_named_no_more_is_told_with_its_members_and_left_alone():
    base = spec_of(replace(tracked(ANN, BOB), handle="gone"), replace(status_of("free", ANN), handle="free"))
    told = base_info("HEAD~1", "b" * 40, spec_of(tracked(ANN)), base)
    assert (told.new, told.untracked) == (("vip",), (Untracked("gone", 2, is_named=False),))
    assert with_dropped(spec_of(tracked(ANN)), base, NAMES).statuses.keys() == {"vip"}


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        (Mode.ADDITIVE, (Untracked("vip", 1, is_named=True),)),
        (Mode.TRACKED, ()),
        (Mode.EXCLUSIVE, ()),
    ],
)
def test_a_status_that_is_additive_now_is_told_with_whom_it_would_have_dropped(mode, told):
    base = spec_of(tracked(ANN, BOB))
    assert base_info("HEAD~1", "b" * 40, spec_of(tracked(ANN, mode=mode)), base).untracked == told
    assert base_info("HEAD~1", "b" * 40, spec_of(tracked(ANN, BOB, mode=mode)), base).untracked == ()


@given(st.sampled_from([None, 0, 1, 2]), st.booleans())
def test_a_plan_whose_number_of_dropped_people_was_edited_is_not_intact(number, has_base):
    plan = plan_for(since(tracked(), BOB), (holder(BOB),))
    statuses = (replace(plan.statuses[0], dropped=number),)
    summary = replace(plan.summary, dropped=number)
    edited = seal(replace(plan, statuses=statuses, summary=summary, base=plan.base if has_base else None))
    assert is_intact(edited) is (number == 1 and has_base)


def test_only_a_tracked_status_drops_people_in_an_intact_plan():
    plan = plan_for(since(tracked(), BOB), (holder(BOB),))
    statuses = (replace(plan.statuses[0], mode=Mode.ADDITIVE),)
    assert is_intact(plan)
    assert not is_intact(seal(replace(plan, statuses=statuses)))


def test_the_base_is_in_the_checksum_and_not_in_the_fingerprint():
    plan = plan_for(since(tracked(), BOB), (holder(BOB),))
    other = seal(replace(plan, base=replace(plan.base, given="main")))
    assert other.fingerprint == plan.fingerprint
    assert other.checksum != plan.checksum


# What a reviewer is told


def test_a_dropped_person_who_is_unresolved_is_marked_where_the_status_is_declared():
    spec = since(tracked(source=Source("specs/vip.yaml", 3)), BOB)
    review = review_of(plan_for(spec, (holder(BOB), holder(BOB, 2))))
    assert [mark.source for mark in review.marks] == [Source("specs/vip.yaml", 3)]
    (row,) = review.sections[0].groups[0].rows
    assert row.details[-1] == ("dropped from the spec",)
    assert row.source == Source("1a2b3c4d5e6f:specs/vip.yaml", 1)


def test_a_removal_of_a_dropped_person_that_failed_is_marked_where_the_status_is_declared():
    plan = plan_for(since(tracked(source=Source("specs/vip.yaml", 3)), BOB), (holder(BOB),))
    (mark,) = review_of(receipt_of(plan, {0: Outcome.FAILED})).marks
    assert mark.source == Source("specs/vip.yaml", 3)


@pytest.mark.parametrize(
    ("live", "line"),
    [
        ((), "No changes. 0 unresolved, 0 undeclared, dropped not computed."),
        ((holder(ANN), holder(BOB, 2)), "No changes. 0 unresolved, 1 undeclared, dropped not computed."),
        (
            (Profile("p1", ANN, "active", frozenset()),),
            "Plan: 1 to add, 0 to remove, 0 unresolved, 0 undeclared, dropped not computed.",
        ),
    ],
)
def test_without_a_base_the_totals_end_with_what_was_not_computed(live, line):
    plan = plan_for(spec_of(tracked(*([ANN] if live else []))), live)
    assert (plan.statuses[0].dropped, plan.summary.dropped) == (None, None)
    review = review_of(plan)
    assert review.total == line
    assert "Dropped members were not computed" in review.verdict
    assert "Nothing to do" not in str(review.sections[0].facts)
    assert "dropped not computed" in str(review.sections[0].cells)


def test_what_is_held_comes_before_what_was_not_computed_in_the_totals():
    spec = spec_of(tracked(ANN, unresolved=UnresolvedPolicy.HOLD), replace(tracked(), handle="staff"))
    absent = replace(spec.statuses["vip"], absent=tracked(BOB).members)
    plan = plan_for(replace(spec, statuses=spec.statuses | {"vip": absent}), (holder(BOB),))
    assert review_of(plan).total == "No changes. 1 unresolved, 0 undeclared, 1 held, dropped not computed."


def test_a_status_that_is_new_since_the_base_says_that_nobody_can_be_known():
    spec = spec_of(tracked(ANN))
    base = base_info("HEAD~1", "b" * 40, spec, spec_of())
    plan = replace(plan_for(with_dropped(spec, spec_of(), NAMES), (holder(ANN),)), base=base)
    assert "none to be known" in str(review_of(plan).sections[0].remarks)
