"""Whichever way an open line of omneo-api.md turns out: confirmed where the state is reached, else honestly not."""

import pytest

from omneo_reconcile.core.run import Answer
from omneo_reconcile.sandbox import Fault

REACHED = [
    "batch_unknown_profile=rejected",
    "batch_unknown_profile=silent",
    "batch_same_profile=rejected",
    "batch_same_profile=last",
    "batch_writes=overwritten",
    "batch_id=number",
    "batch_counts=numbers",
    "batch_words=other",
    "batch_partly_failed=success",
    "batch_items=empty",
    "batch_hidden_reads=1",
    "batch_hidden_reads=1000",
    "batch_scope=read-batches",
    "batch_settles=unsaid",
    "queue_seconds=0",
    "queue_seconds=30",
    "list_statuses=never",
    "status_form=objects",
    "expired_statuses=objects",
    "expired_statuses=everywhere",
    "deleted_profiles=listed",
    "timestamps=iso",
    "rate_limit=2",
]


@pytest.mark.parametrize("line", REACHED)
def test_what_became_true_is_confirmed_however_the_tenant_tells_it(scene, outcomes, line):
    here = scene(line, vip="eve fay")
    run = here.apply({"vip": "ann bob", "media": "ann"}, {"vip": "eve"})
    assert set(outcomes(run).values()) == {"added", "removed"}
    assert (here.holders("vip"), here.holders("media")) == ("ann bob fay", "ann")


@pytest.mark.parametrize("status", ["422", "413"])
@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_a_batch_too_large_for_the_tenant_is_halved_until_it_fits(scene, outcomes, status, most):
    here = scene(f"batch_size_max={most}", f"batch_oversize={status}", vip="eve")
    run = here.apply({"vip": "ann bob cyd dan fay"}, {"vip": "eve"})
    assert set(outcomes(run).values()) == {"added", "removed"}
    assert here.tenant.clock.waited < 5


@pytest.mark.parametrize("status", ["422", "413"])
def test_a_smaller_maximum_is_learned_and_kept_for_the_run(scene, status):
    crowd = [f"n{number:03}" for number in range(400)]
    here = scene("batch_size_max=50", f"batch_oversize={status}", crowd=crowd)
    run = here.apply({"vip": " ".join(crowd)}, batch_size=200, concurrency=1)
    refused = [row.profiles for row in run.batches if row.answer is Answer.REFUSED]
    assert max(row.profiles for row in run.batches if row.answer is Answer.ACCEPTED) == 50
    assert refused == ([200, 100] if status == "413" else [200, 100, 100])


def test_bad_entries_stand_alone_in_the_end_and_the_rest_goes_through(scene, outcomes):
    crowd = [f"n{number:03}" for number in range(300)]
    here = scene("batch_unknown_profile=rejected", crowd=crowd)
    for bad in ("n007", "n008", "n250"):
        here.tenant.store.delete_profile(f"p-{bad}")
    told = outcomes(here.apply({"vip": " ".join(crowd)}, batch_size=100))
    failed = {name for name, outcome in told.items() if outcome == "failed"}
    assert failed == {"vip n007", "vip n008", "vip n250"}
    assert set(told.values()) == {"failed", "added"}


def test_a_tenant_that_refuses_everybody_is_not_asked_for_each(scene, outcomes):
    crowd = [f"n{number:03}" for number in range(300)]
    here = scene(faults=[Fault(method="POST", status=422, times=None)], crowd=crowd)
    run = here.apply({"vip": " ".join(crowd)}, batch_size=100, concurrency=1)
    assert len(here.batches_sent) < 100
    assert set(outcomes(run).values()) == {"failed", "held"}
    assert run.results[-1].detail == "not sent: the tenant refused 20 entries one by one, and accepted none"


def test_a_tenant_that_does_not_answer_is_not_asked_for_every_batch(scene, outcomes):
    crowd = [f"n{number:03}" for number in range(100)]
    here = scene(faults=[Fault(method="POST", status=503, times=None)], crowd=crowd)
    run = here.apply({"vip": " ".join(crowd)}, batch_size=10, concurrency=1)
    assert [row.answer for row in run.batches] == [Answer.UNKNOWN] * 3
    assert list(outcomes(run).values()).count("held") == 70
    assert run.results[-1].detail == "not sent: the tenant gave no clear answer to 3 batches in a row"


def test_batches_as_large_as_the_tenant_takes_go_through(scene, outcomes):
    run = scene("batch_size_max=2").apply({"vip": "ann bob cyd"}, batch_size=2)
    assert set(outcomes(run).values()) == {"added"}
    assert [row.profiles for row in run.batches] == [2, 1]


def test_a_failed_item_fails_for_its_profile_at_once_and_in_its_words(scene, outcomes):
    here = scene()
    here.tenant.store.delete_profile("p-ann")
    run = here.apply({"vip": "ann bob"})
    assert outcomes(run) == {"vip ann": "failed", "vip bob": "added"}
    assert run.results[0].detail == "Profile not found."
    assert here.tenant.clock.waited < 5


def test_a_batch_that_failed_without_items_fails_for_those_who_are_unchanged(scene, outcomes):
    here = scene("batch_items=empty")
    here.tenant.store.delete_profile("p-ann")
    run = here.apply({"vip": "ann bob"})
    assert outcomes(run) == {"vip ann": "failed", "vip bob": "added"}
    assert run.results[0].detail == "the tenant says that the batch failed"


def test_a_batch_that_failed_for_one_does_not_blame_another_who_is_not_seen_yet(scene, outcomes):
    here = scene(faults=[Fault(method="POST", forget=True, profile_ids=("p-bob",), times=None)])
    here.tenant.store.delete_profile("p-ann")
    assert outcomes(here.apply({"vip": "ann bob"})) == {"vip ann": "failed", "vip bob": "unconfirmed"}


def test_a_gone_profile_that_the_tenant_passes_over_in_silence_is_not_called_added(scene, outcomes):
    here = scene("batch_unknown_profile=silent")
    here.tenant.store.delete_profile("p-ann")
    run = here.apply({"vip": "ann"})
    assert outcomes(run) == {"vip ann": "unconfirmed"}
    assert run.results[0].detail == "the profile is gone"


@pytest.mark.parametrize("line", ["batch_unknown_profile=silent", "batch_unknown_profile=failed"])
def test_who_is_gone_holds_nothing_so_the_removal_is_done(scene, outcomes, line):
    here = scene(line, vip="eve")
    here.tenant.store.delete_profile("p-eve")
    assert outcomes(here.apply(remove={"vip": "eve"})) == {"vip eve": "removed"}


def test_a_removal_of_what_is_not_held_is_done_even_if_the_tenant_calls_it_failed(scene, outcomes):
    assert outcomes(scene("batch_not_held=failed").apply(remove={"vip": "eve"})) == {"vip eve": "removed"}


def test_a_queue_that_is_slower_than_the_deadline_ends_unconfirmed_in_time(scene, outcomes):
    here = scene("queue_seconds=1000")
    assert outcomes(here.apply({"vip": "ann"})) == {"vip ann": "unconfirmed"}
    assert here.tenant.clock.waited == pytest.approx(60)


@pytest.mark.parametrize("seconds", [0, 0.05, 7])
def test_nobody_waits_longer_than_the_settle_seconds(scene, outcomes, seconds):
    here = scene("batch_settles=never")
    run = here.apply({"vip": "ann"}, settle=seconds)
    assert outcomes(run) == {"vip ann": "unconfirmed"}
    assert here.tenant.clock.waited == pytest.approx(seconds)


def test_what_became_true_just_before_the_deadline_is_confirmed(scene, outcomes):
    here = scene("queue_seconds=7")
    assert outcomes(here.apply({"vip": "ann"}, settle=7.001)) == {"vip ann": "added"}


def test_a_status_without_a_definition_is_never_called_added(scene, outcomes):
    here = scene()
    here.tenant.store.delete_definition(here.tenant.store.definitions("vip")[0]["id"])
    assert outcomes(here.apply({"vip": "ann"})) == {"vip ann": "unconfirmed"}


def test_a_profile_that_does_not_tell_its_statuses_is_unconfirmed(scene, outcomes):
    body = '{"data": {"id": "p-ann", "email": "ann@example.com", "profile_type": "active"}}'
    here = scene(faults=[Fault(path="/profiles/p-ann", status=200, body=body, times=None)])
    run = here.apply({"vip": "ann"})
    assert outcomes(run) == {"vip ann": "unconfirmed"}
    assert run.results[0].detail == "the profile did not tell its statuses"


def test_an_answer_about_another_profile_confirms_nothing(scene, outcomes):
    body = '{"data": {"id": "p-bob", "profile_type": "active", "statuses": ["vip"]}}'
    here = scene(faults=[Fault(path="/profiles/p-ann", status=200, body=body, times=None)])
    assert outcomes(here.apply({"vip": "ann"})) == {"vip ann": "unconfirmed"}


def test_a_batch_that_cannot_be_polled_for_a_while_is_polled_again(scene, outcomes):
    here = scene("queue_seconds=20", faults=[Fault(path="/batches/", status=403, nth=2, times=2)])
    run = here.apply({"vip": "ann"})
    assert outcomes(run) == {"vip ann": "added"}
    assert run.batches[0].settled
