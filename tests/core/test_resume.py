"""Whether a plan is the rest of one that was begun: the fingerprint decides, the journal only says where to look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omneo_reconcile.core.batches import Action, action_of
from omneo_reconcile.core.changes import Reason
from omneo_reconcile.core.journal import Started
from omneo_reconcile.core.model import Mode, Profile, UnresolvedPolicy
from omneo_reconcile.core.plan import Plan, Tenant
from omneo_reconcile.core.reading import Gone, Unreadable
from omneo_reconcile.core.resume import ids_done, whole_plan
from omneo_reconcile.core.seal import how_fingerprints_differ, seal
from worlds import EMAILS, plan_for, profiles, replay, spec_of, specs, status_of


def started(plan: Plan) -> Started:
    changes = tuple((action_of(c), c.status, c.profile_id, c.reason) for c in plan.changes)
    return Started(plan.tenant, plan.fingerprint, changes)


SPEC = spec_of(status_of("vip", *EMAILS[:3], mode=Mode.EXCLUSIVE))


def world(**holding):
    names = [email.partition("@")[0] for email in EMAILS]
    return tuple(
        Profile(f"p-{name}", email, "active", frozenset(holding.get(name, ())))
        for name, email in zip(names, EMAILS, strict=True)
    )


BEFORE = world(dan={"vip"})  # three to add, Dan to remove
WHOLE = plan_for(SPEC, BEFORE)
BEGUN = started(WHOLE)
HALFWAY = world(ann={"vip"}, bob={"vip"}, dan={"vip"})
REST = plan_for(SPEC, HALFWAY)


def people_of(rows, ids):
    return {row.id: row for row in rows if row.id in ids}


@given(specs(st.just(UnresolvedPolicy.SKIP)), profiles(plain=True), st.data())
def test_whatever_was_done_of_a_plan_what_is_left_is_its_rest(spec, before, data):
    plan = plan_for(spec, before)
    done = tuple(change for change in plan.changes if data.draw(st.booleans()))
    now = replay(done, before)
    rest = plan_for(spec, now)
    whole = whole_plan(started(plan), rest, people_of(now, ids_done(started(plan), rest)))
    assert whole is not None
    assert whole.fingerprint == plan.fingerprint


def test_the_rest_of_a_plan_that_was_begun_is_that_plan():
    ids = ids_done(BEGUN, REST)
    assert ids == ("p-ann", "p-bob")
    whole = whole_plan(BEGUN, REST, people_of(HALFWAY, ids))
    assert whole is not None
    assert whole.fingerprint == WHOLE.fingerprint
    assert [(type(c), c.profile_id) for c in whole.changes] == [(type(c), c.profile_id) for c in WHOLE.changes]


def test_a_plan_of_which_nothing_was_done_is_its_own_rest():
    assert ids_done(BEGUN, WHOLE) == ()
    assert whole_plan(BEGUN, WHOLE, {}) == WHOLE


def test_a_plan_with_somebody_more_is_another_one():
    more = plan_for(SPEC, world(ann={"vip"}, dan={"vip"}, eve={"vip"}))
    assert whole_plan(BEGUN, more, people_of(HALFWAY, ids_done(BEGUN, more))) is None


@pytest.mark.parametrize("now", [Gone(), Unreadable("500"), replace(HALFWAY[0], statuses=frozenset())])
def test_what_is_neither_left_nor_true_makes_it_another_plan(now):
    people = people_of(HALFWAY, ids_done(BEGUN, REST)) | {"p-ann": now}
    assert whole_plan(BEGUN, REST, people) is None


def test_somebody_who_is_another_person_now_makes_it_another_plan():
    people = people_of(HALFWAY, ids_done(BEGUN, REST))
    people["p-ann"] = replace(people["p-ann"], email="mallory@example.com")
    assert whole_plan(BEGUN, REST, people) is None


@pytest.mark.parametrize(
    "forged",
    [
        BEGUN.changes[1:],
        (*BEGUN.changes, (Action.ADD, "vip", "p-eve", Reason.DECLARED)),
        tuple((action, status, id_, Reason.UNDO) for action, status, id_, _ in BEGUN.changes),
    ],
)
def test_a_journal_that_was_edited_gains_nothing(forged):
    people = {row.id: replace(row, statuses=frozenset({"vip"})) for row in HALFWAY}
    assert whole_plan(replace(BEGUN, changes=forged), REST, people) is None


def test_fingerprints_tell_which_part_of_a_plan_differs():
    others = {
        "it is for another tenant": replace(WHOLE, tenant=Tenant("other", WHOLE.tenant.base_url)),
        "it follows another spec": replace(WHOLE, spec=replace(WHOLE.spec, digest="0" * 64)),
        "it has other limits, overrides or statuses": replace(WHOLE, limits=WHOLE.limits[:1]),
        "its changes are others: the people or statuses on the tenant changed since": REST,
    }
    for words, plan in others.items():
        assert how_fingerprints_differ(WHOLE.fingerprint, seal(plan)) == words


def test_what_is_no_fingerprint_differs_in_everything_and_nothing_of_the_right_one_is_told():
    words = how_fingerprints_differ("latest", WHOLE)
    assert words.count(",") == 3
    assert WHOLE.fingerprint[:8] not in words
