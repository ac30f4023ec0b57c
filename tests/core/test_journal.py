"""What a journal tells of earlier applies."""

from datetime import UTC, datetime, timedelta

import pytest

from omneo_reconcile.core.batches import Action
from omneo_reconcile.core.changes import Reason
from omneo_reconcile.core.journal import (
    Accepted,
    Confirmed,
    Entry,
    Finished,
    GivenUp,
    Intended,
    Refused,
    Sent,
    Settled,
    Started,
    Unknown,
    history,
)
from omneo_reconcile.core.plan import Tenant

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
ACME, OTHER = Tenant("acme", "https://a/api/v3"), Tenant("other", "https://o/api/v3")
STARTED = Started(ACME, "f1", ((Action.ADD, "vip", "p-ann", Reason.DECLARED),))
INTENDED = Intended(1, Action.ADD, (("p-ann", ("media", "vip")), ("p-bob", ("vip",))))
ALL = (("media", "p-ann"), ("vip", "p-ann"), ("vip", "p-bob"))
ON_ITS_WAY = (STARTED, INTENDED, Sent(1))


def told(*events, tenant=ACME, expected=None):
    entries = [Entry(NOON + timedelta(seconds=number), event) for number, event in enumerate(events)]
    return history(entries, tenant, expected)


def open_batch(*events):
    (batch,) = told(*ON_ITS_WAY, *events).open
    return batch


def test_an_empty_journal_tells_of_nothing():
    assert told() == history([], ACME)
    assert (told().open, told().cut_off_at, told().begun) == ((), None, None)


def test_what_was_only_intended_never_left():
    assert told(STARTED, INTENDED).open == ()


def test_a_batch_without_an_answer_is_open_and_nobody_knows_how_often_it_was_queued():
    batch = open_batch()
    assert (batch.number, batch.batch_id, batch.uncertain) == (1, None, True)
    assert batch.sent_at == NOON + timedelta(seconds=2)
    assert batch.missing == set(ALL)


@pytest.mark.parametrize("answer", [Unknown(1, "500"), Accepted(1, "b-1", repeated=True)])
def test_a_batch_with_a_try_that_got_no_clear_answer_stays_open_until_it_is_given_up(answer):
    proven = (Settled(1), Confirmed(1, ALL))
    assert open_batch(answer, *proven).uncertain
    assert told(*ON_ITS_WAY, answer, *proven, GivenUp(1)).open == ()


def test_an_accepted_batch_is_open_under_its_id():
    batch = open_batch(Accepted(1, "b-1", repeated=False))
    assert (batch.batch_id, batch.uncertain) == ("b-1", False)


@pytest.mark.parametrize(
    "end",
    [
        (Refused(1, 422),),
        (Refused(1, None),),
        (Accepted(1, "b-1", repeated=False), Settled(1)),
        (Accepted(1, None, repeated=False), Confirmed(1, ALL[:1]), Confirmed(1, ALL[1:])),
    ],
)
def test_a_batch_that_was_refused_settled_or_read_back_in_full_is_over(end):
    assert told(*ON_ITS_WAY, *end).open == ()


def test_what_was_read_back_is_not_missing_any_more():
    batch = open_batch(Accepted(1, "b-1", repeated=False), Confirmed(1, ALL[:2]))
    assert batch.missing == {ALL[2]}


def test_batches_at_another_tenant_are_not_this_ones_business():
    other = (Started(OTHER, "f2", ()), Intended(2, Action.REMOVE, (("p-eve", ("vip",)),)), Sent(2))
    assert [batch.number for batch in told(*ON_ITS_WAY, *other).open] == [1]
    assert [batch.number for batch in told(*ON_ITS_WAY, *other, tenant=OTHER).open] == [2]


def test_batches_are_numbered_on_over_all_tenants_and_runs():
    assert told(*ON_ITS_WAY, Finished({}), Started(OTHER, "f2", ()), Intended(7, Action.ADD, ())).batches == 7


def test_a_run_that_did_not_come_to_its_end_is_told_with_its_beginning():
    assert told(*ON_ITS_WAY).cut_off_at == NOON
    assert told(*ON_ITS_WAY, Finished({})).cut_off_at is None
    assert told(*ON_ITS_WAY, Started(OTHER, "f2", ()), Finished({})).cut_off_at == NOON


def test_only_the_plan_that_is_expected_was_begun_and_only_here():
    assert told(*ON_ITS_WAY, expected="f1").begun == STARTED
    assert told(*ON_ITS_WAY, expected="f2").begun is None
    assert told(*ON_ITS_WAY, tenant=OTHER, expected="f1").begun is None


def test_events_of_batches_that_nobody_announced_mean_nothing():
    strays = (Sent(9), Accepted(9, "b", repeated=False), Settled(9), Confirmed(9, ALL), Refused(9, 422))
    assert told(STARTED, *strays).open == ()


def test_what_an_unfinished_apply_of_the_expected_plan_sent_is_its_own_work():
    assert told(*ON_ITS_WAY, expected="f1").made == {(Action.ADD, membership) for membership in ALL}
    assert told(*ON_ITS_WAY, expected="f2").made == frozenset()
    assert told(*ON_ITS_WAY, Finished({"added": 2, "unconfirmed": 1}), expected="f1").made


def test_what_the_tenant_refused_or_what_a_finished_apply_reported_is_not_work_left_to_report():
    assert told(*ON_ITS_WAY, Refused(1, 422), expected="f1").made == frozenset()
    assert told(*ON_ITS_WAY, Finished({"added": 3, "already": 1}), expected="f1").made == frozenset()
