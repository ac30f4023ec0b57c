"""The laws of planning, as properties of any spec and any tenant."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omneo_reconcile.core.changes import Reason, Remove
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.integrity import is_intact
from omneo_reconcile.core.model import Mode, Profile, Spec, UnresolvedPolicy
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.reading import Reading, Unreadable, holds
from omneo_reconcile.formats.plan_review import plan_line
from worlds import (
    AS_OF,
    HEADER,
    by_id,
    plan_for,
    profiles,
    read_perfectly,
    replay,
    same_but_for_lines,
    spec_of,
    specs,
    status_of,
)

HOLD = st.just(UnresolvedPolicy.HOLD)


def removals(plan):
    return {(change.status, change.profile_id) for change in plan.changes if isinstance(change, Remove)}


@given(specs(), profiles())
def test_replaying_a_plan_reaches_the_desired_memberships(spec: Spec, world: tuple[Profile, ...]) -> None:
    plan = plan_for(spec, world)
    after = replay(plan.changes, world)
    if plan.unresolved or plan.held:
        return
    for handle, status in spec.statuses.items():
        declared, expired, absent, dropped = status.listed(AS_OF)
        live = [row for row in after if row.type != "deleted"]
        holding = {row.email.lower() for row in live if row.email and handle in row.statuses}
        assert holding >= declared.keys()
        assert not holding & (expired.keys() | absent.keys() | dropped.keys())
        if status.mode is Mode.EXCLUSIVE:
            assert holding == declared.keys()
            assert not any(row.email is None and handle in row.statuses for row in live)


@given(specs(), profiles())
def test_a_plan_made_after_the_plan_was_carried_out_has_no_changes(spec, world) -> None:
    after = replay(plan_for(spec, world).changes, world)
    assert not plan_for(spec, after).changes


@given(specs(), profiles(), st.randoms())
def test_the_order_of_statuses_members_and_rows_never_changes_the_plan(spec, world, random) -> None:
    def shuffled(mapping):
        items = list(mapping.items())
        random.shuffle(items)
        return dict(items)

    statuses = {
        handle: replace(
            status,
            members=shuffled(status.members),
            absent=shuffled(status.absent),
            dropped=status.dropped and shuffled(status.dropped),
        )
        for handle, status in shuffled(spec.statuses).items()
    }
    rows = list(world)
    random.shuffle(rows)
    again = plan_for(replace(spec, statuses=statuses), tuple(rows))
    assert same_but_for_lines(again) == same_but_for_lines(plan_for(spec, world))
    assert again.fingerprint == plan_for(spec, world).fingerprint


@given(specs(), profiles())
def test_a_membership_is_in_at_most_one_change_and_no_other_status_appears(spec, world) -> None:
    plan = plan_for(spec, world)
    memberships = [(change.status, change.profile_id) for change in plan.changes]
    assert len(set(memberships)) == len(memberships)
    assert {handle for handle, _ in memberships} <= spec.statuses.keys()
    assert is_intact(plan)


@given(specs(), profiles(), st.data())
def test_what_was_not_told_never_adds_a_removal(spec, world, data) -> None:
    reading = read_perfectly(spec, world)

    def worse(row: Profile) -> Profile:
        return data.draw(st.sampled_from([row, replace(row, statuses=None), replace(row, type=None)]))

    people = {
        email: data.draw(st.sampled_from([rows, Unreadable("503")])) if rows else rows
        for email, rows in reading.people.items()
    }
    people = {
        email: rows if isinstance(rows, Unreadable) else tuple(map(worse, rows)) for email, rows in people.items()
    }
    kept = data.draw(st.sets(st.sampled_from(sorted(reading.holders)), min_size=0))
    holders = {handle: by_id(map(worse, rows.values())) for handle, rows in reading.holders.items() if handle in kept}
    perfect = make_plan(spec, reading, HEADER, {})
    assert removals(make_plan(spec, Reading(holders, people), HEADER, {})) <= removals(perfect)


@given(specs(policies=HOLD), profiles())
def test_an_unresolved_person_keeps_every_removal_of_a_status_that_holds(spec, world) -> None:
    plan = plan_for(spec, world)
    unresolved = {person.status for person in plan.unresolved}
    assert not unresolved & {handle for handle, _ in removals(plan)}


@given(specs(), profiles())
def test_the_numbers_of_a_plan_add_up(spec, world) -> None:
    plan = plan_for(spec, world)
    for status in plan.statuses:
        declared = spec.statuses[status.handle].listed(AS_OF).declared
        of_status = [person for person in plan.unresolved if person.status == status.handle]
        declared_unresolved = [person for person in of_status if person.email.lower() in declared]
        holding = {row.email.lower() for row in world if row.email and holds(row, status.handle)}
        assert status.unchanged == len(declared.keys() & holding)
        assert status.declared == len(declared) == status.unchanged + status.add + len(declared_unresolved)
        assert status.unresolved == len(of_status)
    assert plan.summary.add + plan.summary.remove == len(plan.changes)


@given(specs(), profiles())
def test_a_tracked_status_is_lost_by_nobody_but_those_whom_the_spec_names_or_dropped(spec, world) -> None:
    emails = {row.id: normal_form(row.email) for row in world if row.email}
    for handle, profile_id in removals(plan_for(spec, world)):
        if spec.statuses[handle].mode is Mode.TRACKED:
            assert emails[profile_id] in spec.statuses[handle].listed(AS_OF).leaving


@given(specs(), profiles())
def test_without_a_base_nobody_is_dropped_and_the_plan_never_says_that_it_matches(spec, world) -> None:
    forgetful = spec_of(*(replace(status, dropped=None) for status in spec.statuses.values()))
    plan = plan_for(forgetful, world)
    tracked = [status for status in plan.statuses if status.mode is Mode.TRACKED]
    assert not any(change.reason is Reason.DROPPED for change in plan.changes)
    assert all(status.dropped is None for status in tracked)
    assert ("dropped not computed" in plan_line(plan.summary)) is bool(tracked)
    assert is_intact(plan)


def test_whoever_a_lookup_shows_as_listed_is_no_stranger_however_old_a_lists_row_is():
    spec = spec_of(replace(status_of("vip", "bob@example.com"), mode=Mode.EXCLUSIVE))
    old = Profile("p1", "former@example.com", "active", frozenset({"vip"}))
    now = replace(old, email="bob@example.com")
    for told in (now, replace(now, statuses=frozenset())):
        plan = make_plan(spec, Reading({"vip": by_id([old])}, {"bob@example.com": (told,)}), HEADER, {})
        assert not removals(plan)
