"""Who keeps an exclusive status because too little is known of them."""

import pytest
from msgspec.structs import replace

from omneo_reconcile.core.changes import Remove
from omneo_reconcile.core.model import Mode, Profile, UnresolvedPolicy
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.reading import Reading, Unreadable
from worlds import EMAILS, HEADER, by_id, spec_of, status_of

ANN, BOB = EMAILS[:2]
STRANGER = Profile("p1", BOB, "active", frozenset({"vip"}))


def plan_with(stranger, people=None):
    """A plan for a list that names somebody else than its holder, and that removes although somebody is unresolved."""
    vip = replace(status_of("vip", ANN), mode=Mode.EXCLUSIVE, unresolved=UnresolvedPolicy.SKIP)
    return make_plan(spec_of(vip), Reading({"vip": by_id([stranger])}, people or {ANN: ()}), HEADER, {})


def test_a_stranger_who_is_fully_told_loses_the_status():
    assert [type(change) for change in plan_with(STRANGER).changes] == [Remove]


@pytest.mark.parametrize(
    ("told", "why"), [({"statuses": None}, "statuses_not_told"), ({"type": None}, "type_not_told")]
)
def test_a_stranger_of_whom_something_was_not_told_keeps_it(told, why):
    plan = plan_with(replace(STRANGER, **told))
    assert (plan.changes, [held.why for held in plan.held]) == ((), [why])


def test_a_stranger_without_an_email_keeps_it_while_a_listed_person_cannot_be_read():
    nameless = replace(STRANGER, email=None)
    assert [held.why for held in plan_with(nameless, {ANN: Unreadable("503")}).held] == ["may_be_listed"]
    assert [type(change) for change in plan_with(nameless).changes] == [Remove]


def test_a_row_of_somebody_who_does_not_hold_the_status_after_all_is_nothing_to_do():
    plan = plan_with(replace(STRANGER, statuses=frozenset()))
    assert (plan.changes, plan.held) == ((), ())
