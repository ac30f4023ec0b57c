"""What an import writes of each status, and when it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omneo_reconcile.core.changes import Reason
from omneo_reconcile.core.emails import is_address, normal_form
from omneo_reconcile.core.importing import Unlisted, check_modes, digest_after, import_statuses, question
from omneo_reconcile.core.model import Entry, Mode, Profile, Source
from omneo_reconcile.core.wanted import emails_to_look_up, needs_holders
from omneo_reconcile.errors import IncompleteReading, InvalidUse
from worlds import AS_OF, HANDLES, plan_for, profiles, spec_of, specs, status_of

NO_ADDRESSES = ["nobody", "ann@x", "Ann <ann@example.com>", "an\u00adn@example.com", "a\nb@example.com"]


@st.composite
def worlds(draw):
    """Profiles of every kind, some of them with an email that no spec can hold."""
    odd = st.none() | st.sampled_from(NO_ADDRESSES)
    return tuple(replace(row, email=draw(odd) or row.email) for row in draw(profiles()))


def holder(profile_id, email, kind="active", statuses=("vip",)):
    return Profile(profile_id, email, kind, None if statuses is None else frozenset(statuses))


def imported(*rows, before=None, mode=None):
    return import_statuses({"vip": rows}, before, mode, AS_OF)[0]


def after(before, statuses):
    """The spec that is there once the people were added."""
    by_handle = dict(before.statuses) if before else {}
    for status in statuses:
        known = by_handle.get(status.handle) or status_of(status.handle, mode=status.mode)
        new = {normal_form(email): Entry(email, None, None, "spec.yaml", 1) for email in status.add}
        by_handle[status.handle] = replace(known, members={**known.members, **new})
    return spec_of(*by_handle.values())


def named(plan):
    return [change for change in plan.changes if change.reason is not Reason.EXCLUSIVE]


@given(worlds())
def test_a_plan_after_an_import_has_no_changes(world):
    statuses = import_statuses(dict.fromkeys(HANDLES, world), None, None, AS_OF)
    plan = plan_for(after(None, statuses), world)
    assert (plan.changes, plan.held, plan.unresolved) == ((), (), ())
    assert plan.summary.undeclared == sum(len(status.unlisted) for status in statuses)


@given(worlds())
def test_the_numbers_of_an_import_add_up_to_the_profiles_that_hold_a_status(world):
    for status in import_statuses(dict.fromkeys(HANDLES, world), None, None, AS_OF):
        emails = {normal_form(row.email) for row in world if row.email and is_address(row.email)}
        assert 0 <= status.sharing <= max(0, len(world) - len(emails))


@given(worlds())
def test_a_plan_after_an_exclusive_import_removes_those_in_comments_and_nobody_else(world):
    try:
        statuses = import_statuses(dict.fromkeys(HANDLES, world), None, Mode.EXCLUSIVE, AS_OF)
    except InvalidUse:
        return
    plan = plan_for(after(None, statuses), world)
    assert {change.reason for change in plan.changes} <= {Reason.EXCLUSIVE}
    removed = {(change.status, change.profile_id) for change in plan.changes}
    assert removed == {(status.handle, row.profile_id) for status in statuses for row in status.unlisted}
    assert (plan.held, plan.unresolved) == ((), ())


@given(specs(), worlds())
def test_an_import_over_a_spec_adds_the_undeclared_and_a_plan_does_what_it_did_to_those_named(spec, world):
    statuses = import_statuses(dict.fromkeys(spec.statuses, world), spec, None, AS_OF)
    merged = after(spec, statuses)
    assert digest_after(spec, "acme", statuses) == merged.digest
    before, plan = plan_for(spec, world), plan_for(merged, world)
    assert named(plan) == named(before)
    assert plan.unresolved == before.unresolved
    strangers = {(c.status, c.profile_id) for c in plan.changes if c.reason is Reason.EXCLUSIVE}
    assert strangers <= {(status.handle, row.profile_id) for status in statuses for row in status.unlisted}
    again = import_statuses(dict.fromkeys(spec.statuses, world), merged, None, AS_OF)
    assert not any(status.add for status in again)


def test_several_profiles_with_one_email_are_one_entry_as_one_of_them_stores_it():
    status = imported(
        holder("p1", "JANE@example.com"), holder("p2", "Jane@Example.com"), holder("p3", "ada@example.com")
    )
    assert status.add == ("ada@example.com", "JANE@example.com")
    assert (status.live, status.unlisted) == (3, ())


def test_deleted_profiles_and_those_who_do_not_hold_the_status_are_left_out():
    rows = holder("p1", "a@example.com", "deleted"), holder("p2", "b@example.com", statuses=())
    deleted = holder("p3", None, "deleted", None)
    assert imported(*rows, deleted).live == 0


@pytest.mark.parametrize("email", NO_ADDRESSES)
def test_an_email_that_no_spec_can_hold_is_told_by_its_profile(email):
    assert not is_address(email)
    status = imported(holder("p2", email), holder("p1", None))
    assert (status.add, status.unlisted) == ((), (Unlisted("p1", has_email=False), Unlisted("p2", has_email=True)))


def test_who_has_such_an_email_is_listed_if_another_profile_spells_it_so_that_a_spec_can():
    status = imported(holder("p1", "ann@ex\u00adample.com"), holder("p2", "ann@example.com"))
    assert (status.add, status.unlisted) == (("ann@example.com",), ())


def test_who_is_listed_absent_or_expired_is_counted_and_not_touched():
    entries = {name: Entry(f"{name}@example.com", None, None, "spec.yaml", 1) for name in ("here", "gone", "over")}
    over = replace(entries["over"], until=AS_OF.replace(year=2020))
    vip = replace(
        status_of("vip", "here@example.com"),
        absent={"gone@example.com": entries["gone"]},
    )
    vip = replace(vip, members={**vip.members, "over@example.com": over})
    rows = [holder(name, f"{name}@EXAMPLE.com") for name in (*entries, "new")]
    status = imported(*rows, before=spec_of(vip))
    assert (status.add, status.listed, status.left, status.is_new) == (("new@EXAMPLE.com",), 1, 2, False)


def test_a_row_that_does_not_tell_its_statuses_is_no_answer_and_every_status_is_named():
    rows = {"vip": [holder("p2", None, statuses=None), holder("p1", "a@example.com", statuses=None)], "media": []}
    with pytest.raises(IncompleteReading) as caught:
        import_statuses(rows | {"staff": rows["vip"]}, None, None, AS_OF)
    assert [fault.where for fault in caught.value.faults] == ["holders of status staff", "holders of status vip"]
    assert caught.value.faults[0].what == "2 of the profiles read did not tell their statuses, such as profile p1"


def test_an_exclusive_list_that_could_name_none_of_the_holders_is_refused():
    with pytest.raises(InvalidUse, match="of 2 who hold it none has an email address"):
        imported(holder("p1", None), holder("p2", "nobody"), mode=Mode.EXCLUSIVE)
    assert imported(holder("p1", None), holder("p2", "a@example.com"), mode=Mode.EXCLUSIVE).add == ("a@example.com",)
    assert imported(mode=Mode.EXCLUSIVE).live == 0


def test_another_mode_than_the_spec_has_is_refused_for_every_status_at_once():
    where = Source("spec.yaml", 3)
    spec = spec_of(status_of("media"), status_of("vip", source=where), status_of("staff", mode=Mode.EXCLUSIVE))
    with pytest.raises(InvalidUse) as caught:
        check_modes(["media", "staff", "vip", "new"], spec, Mode.EXCLUSIVE)
    assert [fault.where for fault in caught.value.faults] == ["status media", "status vip at spec.yaml:3"]
    check_modes(["media", "staff", "vip"], spec, None)
    check_modes(["vip", "new"], spec, Mode.ADDITIVE)
    check_modes(["vip"], None, Mode.TRACKED)


@pytest.mark.parametrize("mode", Mode)
def test_the_mode_asked_for_is_that_of_a_status_the_spec_does_not_declare_else_additive(mode):
    ann = holder("p1", "ann@example.com")
    assert imported(ann, mode=mode).mode is mode
    assert imported(ann).mode is Mode.ADDITIVE


def test_the_question_needs_every_list_and_looks_up_nobody():
    asked = question(["vip", "media"])
    assert all(needs_holders(status, AS_OF, ()) for status in asked.statuses.values())
    assert emails_to_look_up(asked, AS_OF, {}) == {}
