"""What a policy of a spec refuses, of the spec alone and of its plans."""

from datetime import date

import pytest
from hypothesis import assume, given
from msgspec.structs import replace

from omneo_reconcile.core.changes import Remove
from omneo_reconcile.core.integrity import is_intact
from omneo_reconcile.core.limits import LimitName
from omneo_reconcile.core.model import Bound, Entry, Mode, Policies, Profile, Source, Spec, UnresolvedPolicy
from omneo_reconcile.core.plan import refusals, refusals_but_policies
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.reading import Reading, Unreadable
from omneo_reconcile.core.spec_violations import spec_violations
from omneo_reconcile.core.wanted import emails_to_look_up, needs_holders
from omneo_reconcile.errors import FailureName
from worlds import (
    AS_OF,
    EMAILS,
    HEADER,
    by_id,
    guarded_specs,
    plan_for,
    profiles,
    read_perfectly,
    replay,
    spec_of,
    status_of,
)

ANN, BOB, CYD = EMAILS[:3]
PAST = date(2026, 6, 14)
LINE = Source("policy.yaml", 4)
NOT_VIP = Policies(exclusive_with={"vip": LINE})
NEEDS_VIP = Policies(requires={"vip": LINE})


def entry(email, until=None, line=1):
    return Entry(email, until, None, "spec.yaml", line)


def protecting(*emails):
    return Policies(protected={email: entry(email, line=9) for email in emails})


def person(number, email, *statuses, type="active"):  # noqa: A002 - the word of the API
    return Profile(f"p{number}", email, type, frozenset(statuses))


def offline(*statuses):
    return [(v.status, str(v.rule), v.email, v.what) for v in spec_violations(spec_of(*statuses), AS_OF)]


def broken(spec: Spec, *world: Profile, made=None):
    plan = make_plan(spec, read_perfectly(spec, world), HEADER, {}, made)
    return [(v.rule, "".join(v.profile_ids), v.what) for v in plan.violations]


def test_nobody_is_declared_in_two_statuses_that_exclude_each_other_whichever_of_them_says_so():
    told = f"is listed in {'{}'} and in {'{}'}, which exclude each other"
    staff, vip = status_of("staff", ANN.upper(), BOB), status_of("vip", ANN)
    one = offline(replace(staff, policies=NOT_VIP), vip)
    assert one == [("staff", "exclusive_with: vip", ANN.upper(), told.format("staff", "vip"))]
    not_staff = Policies(exclusive_with={"staff": LINE})
    assert offline(staff, replace(vip, policies=not_staff)) == [
        ("vip", "exclusive_with: staff", ANN, told.format("vip", "staff"))
    ]
    assert offline(replace(staff, policies=NOT_VIP), replace(vip, policies=not_staff)) == one


def test_whose_membership_ended_is_in_no_two_statuses():
    staff = replace(status_of("staff", ANN), policies=NOT_VIP)
    assert not offline(staff, replace(status_of("vip"), members={ANN: entry(ANN, PAST)}))


@pytest.mark.parametrize(
    ("vip", "why"),
    [
        ({"absent": {ANN: entry(ANN)}}, "is listed in staff and under `absent` of vip, which staff requires"),
        (
            {"members": {ANN: entry(ANN, PAST)}},
            "is listed in staff and no longer a member of vip, which staff requires",
        ),
        ({"mode": Mode.EXCLUSIVE}, "is listed in staff and not on the exclusive list of vip, which staff requires"),
        ({}, None),
        ({"members": {ANN: entry(ANN)}, "mode": Mode.EXCLUSIVE}, None),
    ],
)
def test_who_is_declared_can_hold_what_is_required(vip, why):
    staff = replace(status_of("staff", ANN), policies=NEEDS_VIP)
    found = offline(staff, replace(status_of("vip"), **vip))
    assert [what for *_, what in found] == ([why] if why else [])


@pytest.mark.parametrize(
    ("policies", "told"),
    [
        (Policies(min_members=Bound(3, LINE)), "lists 2 members and must have at least 3"),
        (Policies(max_members=Bound(1, LINE)), "lists 2 members and may have at most 1"),
        (Policies(min_members=Bound(2, LINE), max_members=Bound(2, LINE)), None),
    ],
)
def test_a_list_has_as_many_members_on_the_day_as_it_must(policies, told):
    status = replace(status_of("vip", ANN, BOB), policies=policies)
    status = replace(status, members={**status.members, CYD: entry(CYD, PAST)})
    assert [what for *_, what in offline(status)] == ([told] if told else [])


def test_a_protected_person_is_neither_absent_nor_expired():
    vip = replace(status_of("vip"), absent={ANN: entry(ANN)}, members={BOB: entry(BOB, PAST)})
    assert [(email, what) for *_, email, what in offline(replace(vip, policies=protecting(ANN, BOB, CYD)))] == [
        (ANN, "is protected in vip and under `absent` of it"),
        (BOB, "is protected in vip and no longer a member of it"),
    ]


def test_a_violation_names_the_line_of_the_policy_and_those_of_the_person_and_no_email():
    vip = replace(status_of("vip"), absent={ANN: entry(ANN, line=7)}, policies=protecting(ANN))
    (violation,) = spec_violations(spec_of(vip), AS_OF)
    assert str(violation.fault) == (
        "error[policy]: a person is protected in vip and under `absent` of it (spec.yaml:7), spec.yaml:9; "
        "keep the person as a member, or change the policy"
    )


def test_nobody_gains_a_status_that_excludes_one_they_hold_by_any_profile():
    spec = spec_of(replace(status_of("staff", ANN, BOB), policies=NOT_VIP))
    world = person(1, ANN.title(), "vip"), person(2, BOB), person(3, CYD, "staff", "vip")
    assert broken(spec, *world) == [("exclusive_with: vip", "p1", "would hold staff and vip, which exclude each other")]
    holder = person(4, BOB, "staff"), person(5, BOB, "vip")
    assert [who for _, who, _ in broken(spec, *holder)] == ["p4"]


def test_who_loses_the_other_status_in_the_same_plan_holds_no_two():
    spec = spec_of(replace(status_of("staff", ANN), policies=NOT_VIP), replace(status_of("vip"), mode=Mode.EXCLUSIVE))
    assert not broken(spec, person(1, ANN, "vip"))
    assert broken(spec, person(1, ANN, "vip"), made={("staff", "p1")})


def test_who_loses_what_a_status_requires_would_hold_it_alone_and_nobody_else_refuses():
    staff, vip = replace(status_of("staff"), policies=NEEDS_VIP), replace(status_of("vip", BOB), mode=Mode.EXCLUSIVE)
    alone, loses, nameless = person(1, CYD, "staff"), person(2, ANN, "staff", "vip"), person(3, None, "staff", "vip")
    what = "would hold staff without vip, which staff requires"
    found = broken(spec_of(staff, vip), alone, loses, nameless, person(4, BOB))
    assert sorted(found) == [("requires: vip", "p2", what), ("requires: vip", "p3", what)]
    assert broken(spec_of(replace(staff, members={CYD: entry(CYD)})), alone) == [("requires: vip", "p1", what)]


def test_who_gains_what_a_status_requires_in_the_same_plan_may_hold_both():
    spec = spec_of(replace(status_of("staff", ANN), policies=NEEDS_VIP), status_of("vip", ANN))
    assert not broken(spec, person(1, ANN))


def test_whom_only_the_required_status_names_does_not_refuse():
    """An undeclared holder who is to get the required status, and is not resolved."""
    spec = spec_of(replace(status_of("staff"), policies=NEEDS_VIP), status_of("vip", ANN))
    assert not broken(spec, person(1, ANN, "staff"), person(2, ANN, "staff"))


def test_a_held_removal_leaves_what_it_would_have_taken():
    vip = replace(status_of("vip", CYD), mode=Mode.EXCLUSIVE)
    held = spec_of(replace(status_of("staff", ANN), policies=NOT_VIP), replace(vip, unresolved=UnresolvedPolicy.HOLD))
    gone = spec_of(replace(status_of("staff", ANN), policies=NOT_VIP), vip)
    assert broken(held, person(1, ANN, "vip"))
    assert not broken(gone, person(1, ANN, "vip"))


@pytest.mark.parametrize("lookup", [Unreadable("503"), None])
def test_what_cannot_be_told_of_a_named_person_refuses(lookup):
    spec = spec_of(replace(status_of("staff", ANN), policies=NOT_VIP))
    people = {} if lookup is None else {ANN: lookup}
    plan = make_plan(spec, Reading({"staff": by_id([person(1, ANN, "staff")])}, people), HEADER, {})
    what = "would hold staff, which excludes vip, and nobody can tell whether vip too"
    assert [violation.what for violation in plan.violations] == [what]


@pytest.mark.parametrize("policies", [NOT_VIP, NEEDS_VIP])
def test_statuses_that_were_not_told_refuse_and_people_who_are_not_resolved_do_not(policies):
    spec = spec_of(replace(status_of("staff", ANN, BOB), policies=policies))
    untold = replace(person(2, ANN), statuses=None)
    reading = Reading({"staff": by_id([person(1, ANN, "staff")])}, {ANN: (person(1, ANN, "staff"), untold), BOB: ()})
    assert ["nobody can tell" in one.what for one in make_plan(spec, reading, HEADER, {}).violations] == [True]
    unread = Reading(
        {"vip": by_id([person(3, ANN, "vip")])}, {ANN: Unreadable("503"), BOB: (person(4, BOB, "vip"),) * 2}
    )
    plan = make_plan(spec_of(replace(status_of("staff", ANN), policies=policies)), unread, HEADER, {})
    assert plan.unresolved
    assert not plan.violations


def test_the_other_way_round_cannot_be_told_either():
    spec = spec_of(replace(status_of("staff"), absent={ANN: entry(ANN)}, policies=NOT_VIP), status_of("vip", ANN))
    plan = make_plan(spec, Reading({"vip": by_id([person(1, ANN, "vip")])}, {}), HEADER, {})
    assert not plan.violations  # not resolved
    spec = spec_of(replace(status_of("staff"), policies=NOT_VIP), status_of("vip", ANN))
    (violation,) = make_plan(spec, Reading({"vip": by_id([person(1, ANN, "vip")])}, {}), HEADER, {}).violations
    assert violation.what == "would hold vip, which excludes staff, and nobody can tell whether staff too"


@pytest.mark.parametrize(
    ("bounds", "world", "told"),
    [
        ({"max_members": 2}, (), None),
        ({"max_members": 2}, (person(8, "x@x.org", "vip"),), "would have 3 holders and may have at most 2"),
        ({"min_members": 2}, (person(9, "gus@example.com", "vip"),), None),
    ],
)
def test_a_plan_that_adds_keeps_to_the_most(bounds, world, told):
    policies = Policies(**{name: Bound(number, LINE) for name, number in bounds.items()})
    spec = spec_of(replace(status_of("vip", ANN, BOB), policies=policies))
    found = broken(spec, person(1, ANN), person(2, BOB), *world)
    assert [what for *_, what in found] == ([told] if told else [])


def test_a_plan_that_removes_keeps_to_the_fewest_and_one_that_changes_nothing_may_be_below():
    policies = Policies(min_members=Bound(1, LINE))
    spec = spec_of(replace(status_of("vip", ANN), absent={BOB: entry(BOB)}, policies=policies))
    assert [what for *_, what in broken(spec, person(2, BOB, "vip"))] == [
        "would have 0 holders and must have at least 1"
    ]
    assert not broken(spec, person(2, BOB))
    assert not broken(spec, person(1, ANN), person(2, BOB, "vip"))


def test_a_number_that_was_not_counted_refuses_where_it_matters_and_asks_for_the_list_of_holders():
    policies = Policies(max_members=Bound(5, LINE))
    status = replace(status_of("vip", ANN), policies=policies)
    assert needs_holders(status, AS_OF, list(LimitName))
    plan = make_plan(spec_of(status), Reading({}, {ANN: (person(1, ANN),)}), HEADER, {})
    assert [one.what for one in plan.violations] == ["would have an unknown number of holders and may have at most 5"]
    assert not make_plan(spec_of(status), Reading({}, {ANN: ()}), HEADER, {}).violations


def test_no_rule_removes_a_protected_person_and_the_plan_shows_what_it_would_do():
    spec = spec_of(replace(status_of("vip", BOB), mode=Mode.EXCLUSIVE, policies=protecting(ANN)))
    world = person(1, ANN.title(), "vip"), person(2, BOB, "vip"), person(3, None, "vip")
    plan = plan_for(spec, world)
    assert [("".join(one.profile_ids), one.what) for one in plan.violations] == [
        ("p1", "would lose vip but is protected")
    ]
    assert {change.profile_id for change in plan.changes} == {"p1", "p3"}
    assert [fault.name for fault in refusals(plan)] == [FailureName.OVER_LIMIT, FailureName.POLICY]
    allowed = make_plan(spec, read_perfectly(spec, world), HEADER, {("vip", LimitName.MAX_REMOVALS): 2})
    assert allowed.failure_reason is FailureName.POLICY


def test_a_policy_binds_a_status_that_is_planned_without_the_one_that_has_it():
    staff, vip = (
        replace(status_of("staff", BOB), policies=NEEDS_VIP),
        replace(status_of("vip"), absent={ANN: entry(ANN)}),
    )
    alone = replace(spec_of(vip), beside={"staff": staff})
    assert [rule for rule, *_ in broken(alone, person(1, ANN, "vip", "staff"), person(2, BOB, "staff"))] == [
        "requires: vip"
    ]
    other = replace(spec_of(status_of("media", ANN)), beside={"staff": staff, "vip": vip})
    assert not broken(other, person(1, ANN, "vip", "staff"))


def test_whom_policies_ask_about_is_looked_up_where_no_list_tells():
    staff = replace(status_of("staff", ANN), absent={BOB: entry(BOB)}, mode=Mode.EXCLUSIVE, policies=NOT_VIP)
    rows = by_id([person(1, ANN, "staff"), person(2, CYD.title(), "staff"), person(3, None, "staff")])
    wanted = emails_to_look_up(spec_of(staff), AS_OF, {"staff": rows})
    assert wanted == {ANN: (ANN,), BOB: (BOB,), CYD: (CYD.title(),)}
    assert not emails_to_look_up(spec_of(staff), AS_OF, {"staff": rows, "vip": {}})
    required = replace(staff, members={}, absent={}, policies=NEEDS_VIP)
    lists = {"vip": by_id([person(1, ANN, "vip"), person(2, CYD, "vip")]), "staff": {}}
    vip = replace(status_of("vip", ANN), mode=Mode.EXCLUSIVE)
    assert not emails_to_look_up(spec_of(required, vip), AS_OF, lists)
    assert emails_to_look_up(spec_of(required, vip), AS_OF, {"vip": lists["vip"]}) == {CYD: (CYD,)}


@given(guarded_specs(), profiles())
def test_an_accepted_plan_leaves_nobody_it_names_or_changes_against_a_policy(spec, world):
    plan = plan_for(spec, world)
    assert is_intact(plan)
    assume(not plan.violations)
    after = replay(plan.changes, world)
    alive = [row for row in after if row.type != "deleted" and row.email]
    held = {row.email.lower(): set() for row in alive}
    for row in alive:
        held[row.email.lower()] |= row.statuses
    changed = {(change.status, (change.email or "").lower()) for change in plan.changes}
    for handle, status in spec.statuses.items():
        mine = {email for email, statuses in held.items() if handle in statuses}
        named = mine & (status.members.keys() | status.absent.keys() | {who for one, who in changed if one == handle})
        for other in status.policies.exclusive_with:
            listed = spec.statuses[other].members.keys() if other in spec.statuses else set()
            assert not any(other in held[email] for email in named | (mine & listed))
        for other in status.policies.requires:
            lost = mine & {who for one, who in changed if one == other}
            assert all(other in held[email] for email in named | lost)
        for change in plan.changes:
            if change.status == handle and isinstance(change, Remove):
                assert (change.email or "").lower() not in status.policies.protected


@given(guarded_specs(), profiles())
def test_policies_change_nothing_of_what_a_plan_would_do(spec, world):
    free = spec_of(*(replace(status, policies=Policies()) for status in spec.statuses.values()))
    assert plan_for(spec, world).changes == plan_for(free, world).changes


def test_of_a_policy_the_first_people_are_told_and_the_others_counted_and_the_plan_keeps_all():
    emails = [f"p{number}@example.com" for number in range(22)]
    spec = spec_of(replace(status_of("staff", *emails), policies=NOT_VIP))
    plan = plan_for(spec, tuple(person(number, email, "vip") for number, email in enumerate(emails)))
    *first, others = refusals(plan)
    assert (len(plan.violations), len(first)) == (22, 20)
    told = "error[policy]: 2 more people against exclusive_with: vip, status staff; see them in the plan"
    assert str(others) == told
    assert refusals_but_policies(plan) == ()


def test_a_protected_person_with_several_profiles_is_one_violation_that_names_all_and_the_reason():
    vip = status_of("vip", BOB, mode=Mode.EXCLUSIVE, source=Source("spec.yaml", 3))
    spec = spec_of(replace(vip, policies=Policies(protected={ANN: replace(entry(ANN, line=9), reason="Owns it")})))
    (violation,) = plan_for(spec, (person(1, ANN, "vip"), person(2, ANN, "vip"), person(3, BOB, "vip"))).violations
    assert (violation.profile_ids, violation.note) == (("p1", "p2"), "Owns it")
    assert "is protected, profiles p1 and p2 (spec.yaml:3), spec.yaml:9; " in str(violation.fault)


@pytest.mark.parametrize("policies", [Policies(protected={ANN: entry(ANN)}), NOT_VIP])
def test_a_violation_of_somebody_with_several_profiles_is_the_same_in_whatever_order_they_come(policies):
    spec = spec_of(replace(status_of("staff", BOB, mode=Mode.EXCLUSIVE), policies=policies))
    world = person(1, ANN.title(), "staff", "vip"), person(2, ANN, "staff", "vip")
    assert plan_for(spec, world).violations == plan_for(spec, world[::-1]).violations


def test_a_violation_names_the_line_by_which_whoever_is_not_named_loses_the_status():
    staff, vip = replace(status_of("staff"), policies=NEEDS_VIP), status_of("vip", source=Source("spec.yaml", 3))
    world = (person(1, ANN, "staff", "vip"),)
    dropped = replace(vip, mode=Mode.TRACKED, dropped={ANN: replace(entry(ANN), file="HEAD~1:spec.yaml", line=7)})
    for status, line in ((replace(vip, mode=Mode.EXCLUSIVE), "spec.yaml:3"), (dropped, "HEAD~1:spec.yaml:7")):
        (violation,) = plan_for(spec_of(staff, status), world).violations
        assert [str(source) for source in violation.sources] == ["policy.yaml:4", line]


@pytest.mark.parametrize(
    ("policies", "way_out"),
    [
        (Policies(min_members=Bound(3, LINE)), "check whether lines are missing, or change the policy"),
        (Policies(max_members=Bound(1, LINE)), "check the list, or change the policy"),
    ],
)
def test_the_way_out_for_a_list_is_about_its_lines(policies, way_out):
    (violation,) = spec_violations(spec_of(replace(status_of("vip", ANN, BOB), policies=policies)), AS_OF)
    assert violation.way_out == way_out
