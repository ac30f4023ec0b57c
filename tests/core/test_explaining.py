"""What is said of one person is what the plan says of them, and of what they hold that is all."""

from datetime import date

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from omneo_reconcile.cli.loading import only
from omneo_reconcile.core.changes import Reason
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.explaining import Person, concerned, explain
from omneo_reconcile.core.explanation import Explanation, Mention, MentionKind, Outcome
from omneo_reconcile.core.model import Entry, Mode, Policies, Profile, Source, Spec, UnresolvedPolicy
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.policies import neighbours
from omneo_reconcile.core.reading import Lookup, Reading, Unreadable
from omneo_reconcile.errors import FailureName
from worlds import AS_OF, EMAILS, HEADER, by_id, guarded_specs, plan_for, profiles, spec_of, specs, status_of

JANE = "jane@example.com"
VIP = spec_of(status_of("vip", "sam@example.com", mode=Mode.EXCLUSIVE))


def person_of(email: str, spec: Spec, lookup: Lookup) -> Person:
    named = [
        Mention(handle, kind, entries[email].email, entries[email].until, entries[email].reason, entries[email].source)
        for handle, status in spec.statuses.items()
        for kind, entries in ((MentionKind.MEMBERS, status.members), (MentionKind.ABSENT, status.absent))
        if email in entries
    ]
    return Person(email, tuple(named), lookup)


def explained(email: str, spec: Spec, world: tuple[Profile, ...]) -> Explanation:
    """The explanation, from a plan of the statuses that concern the person and of those tied to them alone."""
    lookup = tuple(row for row in world if row.email is not None and normal_form(row.email) == email)
    person = person_of(email, spec, lookup)
    handles = concerned(person, spec)
    planned = only(spec, neighbours(spec, handles))
    return explain(person, spec, plan_for(planned, world) if handles else None, HEADER, handles)


def outcomes(explanation: Explanation) -> dict[str, Outcome]:
    return {status.handle: status.outcome for status in explanation.statuses}


@given(specs(), profiles())
def test_what_is_said_of_anybody_is_what_the_plan_of_the_whole_spec_says_of_them(spec, world):
    plan = plan_for(spec, world)
    everybody = [explained(email, spec, world) for email in EMAILS]
    for one in everybody:
        for part in ("changes", "held", "unresolved"):
            of_person = [row for row in getattr(plan, part) if row.email and normal_form(row.email) == one.email]
            assert [row for status in one.statuses for row in getattr(status, part)] == of_person
        assert {status.plan for status in one.statuses} <= set(plan.statuses)
    for status in plan.statuses:
        said = [outcomes(one).get(status.handle) for one in everybody]
        assert said.count(Outcome.UNCHANGED) == status.unchanged
        assert said.count(Outcome.UNRESOLVED) == status.unresolved
        assert Outcome.UNSEEN not in said
        assert status.mode is Mode.EXCLUSIVE or said.count(Outcome.UNDECLARED) <= status.undeclared


@given(specs(), profiles())
@settings(max_examples=20)
def test_every_status_that_somebody_holds_is_explained_or_said_to_be_outside_the_spec(spec, world):
    for email in EMAILS:
        one = explained(email, spec, world)
        held = {handle for row in one.profiles if row.type != "deleted" for handle in row.statuses}
        assert held - spec.statuses.keys() == set(one.not_in_spec)
        assert held & spec.statuses.keys() == {status.handle for status in one.statuses if status.holds}


@pytest.mark.parametrize(
    ("until", "holds", "reason", "outcome"),
    [
        (None, True, Reason.DECLARED, Outcome.UNCHANGED),
        (AS_OF, False, Reason.DECLARED, Outcome.ADD),
        (date(2026, 1, 1), False, Reason.EXPIRED, Outcome.SATISFIED),
        (date(2026, 1, 1), True, Reason.EXPIRED, Outcome.REMOVE),
    ],
)
def test_the_rule_is_told_with_its_line_and_last_day(until, holds, reason, outcome):
    entry = Entry(JANE, until, None, "a.yaml", 7)
    spec = spec_of(replace(status_of("vip"), members={JANE: entry}))
    (status,) = explained(JANE, spec, (Profile("p1", JANE, "active", frozenset({"vip"} if holds else ())),)).statuses
    assert (status.reason, status.outcome, status.holds) == (reason, outcome, holds)
    assert (status.source, status.until) == (entry.source, until)


def test_a_holder_whom_the_list_of_holders_leaves_out_is_said_to_be_left_alone():
    row = Profile("p1", JANE, "active", frozenset({"vip"}))
    plan = make_plan(VIP, Reading({"vip": {}}, {"sam@example.com": ()}), HEADER, {})
    assert outcomes(explain(Person(JANE, (), (row,)), VIP, plan, HEADER, ("vip",))) == {"vip": Outcome.UNSEEN}


@pytest.mark.parametrize("lookup", [Unreadable("503"), (Profile("p1", JANE, "active", None),)])
def test_where_nothing_tells_what_somebody_holds_only_what_takes_itself_from_the_unnamed_concerns_them(lookup):
    person = Person(JANE, (), lookup)
    spec = spec_of(*VIP.statuses.values(), status_of("media", "sam@example.com"))
    assert concerned(person, spec) == ("vip",)
    assert not explain(person, spec, None, HEADER, ()).is_told
    plan = make_plan(VIP, Reading({"vip": {}}, {}), HEADER, {})
    assert explain(person, spec, plan, HEADER, ("vip",)).statuses == ()
    held = make_plan(VIP, Reading({"vip": by_id([Profile("p1", JANE, "active", None)])}, {}), HEADER, {})
    (status,) = explain(person, spec, held, HEADER, ("vip",)).statuses
    assert (status.outcome, status.holds) == (Outcome.HELD, None)


def test_a_deleted_profile_is_shown_and_holds_nothing():
    one = explained(JANE, VIP, (Profile("p1", JANE, "deleted", frozenset({"vip"})),))
    assert [profile.profile_id for profile in one.profiles] == ["p1"]
    assert (one.statuses, one.not_in_spec, one.is_told) == ((), (), True)


def test_whoever_no_status_concerns_is_explained_without_a_plan():
    one = explained(JANE, VIP, (Profile("p1", JANE, "active", frozenset({"staff"})),))
    assert (one.statuses, one.not_in_spec, one.refused) == ((), ("staff",), ())


def test_what_would_refuse_the_plan_is_told():
    spec = spec_of(status_of("vip", JANE, unresolved=UnresolvedPolicy.ERROR))
    assert [str(fault.name) for fault in explained(JANE, spec, ()).refused] == ["unresolved"]


def test_a_status_that_protects_somebody_names_them_also_where_they_neither_hold_it_nor_are_listed():
    entry = Entry(JANE, None, None, "spec.yaml", 9)
    spec = spec_of(status_of("vip", policies=Policies(protected={JANE: entry})))
    mention = Mention("vip", MentionKind.PROTECTED, JANE, None, None, entry.source)
    row = Profile("p1", JANE, "active", frozenset())
    person = Person(JANE, (mention,), (row,))
    assert concerned(person, spec) == ("vip",)
    (status,) = explain(person, spec, plan_for(spec, (row,)), HEADER, ["vip"]).statuses
    assert (status.outcome, status.mentions, status.is_refused) == (Outcome.SATISFIED, (mention,), False)


def test_a_status_that_breaks_a_policy_is_the_one_that_refuses():
    there = Source("spec.yaml", 4)
    spec = spec_of(status_of("staff"), status_of("vip", JANE, policies=Policies(exclusive_with={"staff": there})))
    row = Profile("p1", JANE, "active", frozenset({"staff"}))
    person = person_of(JANE, spec, (row,))
    told = explain(person, spec, plan_for(spec, (row,)), HEADER, ["staff", "vip"])
    assert {status.handle: status.is_refused for status in told.statuses} == {"staff": False, "vip": True}


@given(guarded_specs(), profiles())
def test_what_refuses_the_plan_of_the_whole_spec_because_of_a_status_is_what_is_told(spec, world):
    plan = plan_for(spec, world)
    for email in EMAILS[:2]:
        one = explained(email, spec, world)
        handles = {status.handle for status in one.statuses}
        about = [row.fault for row in plan.violations if {row.status, row.other} & handles]
        told = {(fault.what, fault.where) for fault in one.refused if fault.name == FailureName.POLICY}
        assert {(fault.what, fault.where) for fault in about} <= told
        assert told <= {(row.fault.what, row.fault.where) for row in plan.violations}
