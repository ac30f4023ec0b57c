"""What an apply does, in which order, and what it holds back."""

import httpx
import pytest

from omneo_reconcile.core.receipt import Counts, make_receipt
from omneo_reconcile.core.run import failures
from omneo_reconcile.errors import AccessError, FailureName
from omneo_reconcile.sandbox import Fault
from simulated import NOON

BATCH = "/profile/status/batch.json"


def test_everything_asked_for_is_done_and_proven(scene, outcomes):
    here = scene(vip="eve fay")
    run = here.apply(add={"vip": "ann bob", "media": "ann"}, remove={"vip": "eve"})
    assert outcomes(run) == {"vip ann": "added", "vip bob": "added", "media ann": "added", "vip eve": "removed"}
    assert (here.holders("vip"), here.holders("media")) == ("ann bob fay", "ann")
    assert failures(run) == ()
    assert [(row.profiles, row.settled) for row in run.batches] == [(2, True), (1, True)]


def test_statuses_that_the_plan_does_not_name_are_left_alone(scene):
    here = scene(vip="eve", staff="ann eve")
    here.apply(add={"vip": "ann"}, remove={"vip": "eve"})
    assert (here.holders("vip"), here.holders("staff")) == ("ann", "ann eve")


def test_every_add_is_proven_before_the_first_removal_is_sent(scene):
    here = scene(vip="eve")
    seen = []

    def look(request):
        if request.method == "DELETE":
            seen.append(here.holders("vip"))

    here.on_arrival = look
    here.apply(add={"vip": "ann bob cyd"}, remove={"vip": "eve"}, batch_size=1)
    assert seen == ["ann bob cyd eve"]


def test_results_stand_in_the_order_of_the_plan(scene, make_plan):
    plan = make_plan({"vip": "cyd ann", "media": "bob"}, {"staff": "dan"})
    run = scene(staff="dan").apply_plan(plan, batch_size=1)
    assert [result.change for result in run.results] == list(plan.changes)


def test_what_is_already_true_is_told_and_not_sent(scene, outcomes):
    here = scene(vip="ann")
    run = here.apply({"vip": "ann"}, {"vip": "eve"}, already=frozenset({("vip", "p-ann"), ("vip", "p-eve")}))
    assert outcomes(run) == {"vip ann": "already", "vip eve": "already"}
    assert here.batches_sent == []


def test_an_add_that_is_already_true_holds_no_removal(scene, outcomes):
    here = scene(vip="ann eve")
    run = here.apply({"vip": "ann"}, {"vip": "eve"}, already=frozenset({("vip", "p-ann")}))
    assert outcomes(run) == {"vip ann": "already", "vip eve": "removed"}


def test_a_plan_without_changes_sends_nothing(scene):
    here = scene()
    run = here.apply()
    assert (run.results, run.batches, here.batches_sent) == ((), (), [])


def test_an_add_that_failed_holds_the_removals_of_its_status_and_of_no_other(scene, outcomes):
    here = scene(vip="eve", media="fay")
    here.tenant.store.delete_profile("p-ann")
    run = here.apply({"vip": "ann bob", "media": "cyd"}, {"vip": "eve", "media": "fay"})
    assert outcomes(run) == {
        "vip ann": "failed",
        "vip bob": "added",
        "media cyd": "added",
        "vip eve": "held",
        "media fay": "removed",
    }
    assert here.holders("vip") == "bob eve"


def test_an_add_that_was_refused_holds_the_removals_of_its_status_and_blocks_no_other_add(scene, outcomes):
    here = scene("batch_unknown_profile=rejected", vip="eve")
    here.tenant.store.delete_profile("p-ann")
    run = here.apply({"vip": "ann bob"}, {"vip": "eve"})
    assert outcomes(run) == {"vip ann": "failed", "vip bob": "added", "vip eve": "held"}
    assert run.results[0].detail.startswith("422: ")
    assert [(row.answer.value, row.profiles) for row in run.batches] == [
        ("refused", 2),
        ("refused", 1),
        ("accepted", 1),
    ]


def test_an_add_that_could_not_be_confirmed_holds_the_removals_of_its_status(scene, outcomes):
    here = scene(faults=[Fault(method="POST", path=BATCH, forget=True, times=None)], vip="eve", media="fay")
    run = here.apply({"vip": "ann"}, {"vip": "eve", "media": "fay"})
    assert outcomes(run) == {"vip ann": "unconfirmed", "vip eve": "held", "media fay": "removed"}
    assert run.results[1].detail == "an add of this status is not confirmed: that of profile p-ann"


def test_a_profile_whose_add_may_still_be_under_way_is_in_no_second_batch(scene, outcomes):
    """Source: omneo-api.md, The two write calls: two batches on one profile at once may race."""
    here = scene("batch_settles=never", media="ann eve")
    run = here.apply({"vip": "ann"}, {"media": "ann eve"})
    assert outcomes(run) == {"vip ann": "unconfirmed", "media ann": "held", "media eve": "unconfirmed"}
    assert "under way" in run.results[1].detail


@pytest.mark.parametrize("times", [None, 1])
def test_a_profile_whose_add_was_answered_by_errors_is_in_no_second_batch(scene, outcomes, times):
    """Each try may have queued a batch of its own, and the first one that is seen does not tell of the others."""
    here = scene(faults=[Fault(method="POST", path=BATCH, status=500, after=True, times=times)], media="ann eve")
    run = here.apply({"vip": "ann"}, {"media": "ann eve"})
    assert outcomes(run) == {"vip ann": "added", "media ann": "held", "media eve": "removed"}
    assert [(fault.name, fault.where) for fault in failures(run)] == [
        (FailureName.UNCONFIRMED, "status media of profile p-ann from spec.yaml:2")
    ]


def test_overlapping_batches_would_lose_writes_and_there_are_none(scene):
    here = scene("batch_writes=overwritten", media="ann bob", staff="ann")
    here.apply({"vip": "ann bob", "staff": "bob"}, {"media": "ann bob", "staff": "ann"}, batch_size=1)
    assert (here.holders("vip"), here.holders("staff"), here.holders("media")) == ("ann bob", "bob", "")


def test_a_tenant_that_lies_is_caught_and_each_is_named_by_profile_and_line(scene, make_plan):
    here = scene(faults=[Fault(method="POST", path=BATCH, forget=True, profile_ids=("p-bob",), times=None)])
    plan = make_plan({"vip": "ann bob"})
    run = here.apply_plan(plan)
    faults = failures(run)
    assert [fault.name for fault in faults] == [FailureName.UNCONFIRMED]
    assert faults[0].where == "status vip of profile p-bob from spec.yaml:2"
    assert make_receipt(plan, run, Counts(), "0", NOON, NOON).failure_reason is FailureName.UNCONFIRMED
    assert here.tenant.clock.waited == pytest.approx(60, abs=1)


def test_a_removal_that_the_tenant_forgot_is_not_called_removed(scene, outcomes):
    here = scene(faults=[Fault(method="DELETE", path=BATCH, forget=True, times=None)], vip="eve")
    assert outcomes(here.apply(remove={"vip": "eve"})) == {"vip eve": "unconfirmed"}


def test_what_a_tenant_dropped_once_is_sent_once_more_and_no_other(scene, outcomes):
    here = scene(faults=[Fault(method="POST", path=BATCH, forget=True, profile_ids=("p-bob",))], vip="eve")
    sent = []
    here.on_arrival = lambda request: sent.append(request.content.decode()) if request.method == "POST" else None
    assert set(outcomes(here.apply({"vip": "ann bob"}, {"vip": "eve"})).values()) == {"added", "removed"}
    assert [("p-ann" in body, "p-bob" in body) for body in sent] == [(True, True), (False, True)]
    assert here.tenant.clock.waited == pytest.approx(30, abs=1)


def test_what_is_true_in_the_end_is_added_though_sending_it_again_was_refused(scene, outcomes):
    faults = [
        Fault(method="POST", path=BATCH, forget=True),
        Fault(method="POST", path=BATCH, nth=2, status=422, times=None),
    ]
    here = scene(faults=faults, vip="eve")

    def look(request):
        if here.batches_sent.count("POST") == 2 and request.method == "GET":
            here.tenant.store.attach("p-ann", ["vip"])

    here.on_arrival = look
    run = here.apply({"vip": "ann"}, {"vip": "eve"})
    assert outcomes(run) == {"vip ann": "added", "vip eve": "removed"}


def test_a_profile_that_is_gone_lost_its_status_and_the_report_says_how(scene):
    here = scene(vip="eve")
    here.on_arrival = lambda request: request.method == "DELETE" and here.tenant.store.delete_profile("p-eve")
    (result,) = here.apply(remove={"vip": "eve"}).results
    assert (result.outcome.value, result.detail) == ("removed", "the profile is gone")


def test_one_answer_that_somebody_is_not_there_proves_nothing(scene, outcomes):
    faults = [
        Fault(method="DELETE", path=BATCH, forget=True, times=None),
        Fault(path="/profiles/p-eve", status=404, times=1),
    ]
    assert outcomes(scene(faults=faults, vip="eve").apply(remove={"vip": "eve"})) == {"vip eve": "unconfirmed"}


def test_a_tenant_that_never_does_it_is_asked_twice_and_no_more(scene):
    here = scene(faults=[Fault(method="POST", path=BATCH, forget=True, times=None)])
    here.apply({"vip": "ann bob"})
    assert here.batches_sent == ["POST", "POST"]


@pytest.mark.parametrize("body", [None, "<html>Bad gateway</html>"])
def test_an_answer_that_got_lost_ends_confirmed_by_reading(scene, outcomes, body):
    here = scene(faults=[Fault(method="POST", path=BATCH, status=500, body=body, after=True, times=None)], vip="eve")
    run = here.apply({"vip": "ann"}, {"vip": "eve"})
    assert outcomes(run) == {"vip ann": "added", "vip eve": "removed"}
    assert [row.batch_id is None for row in run.batches] == [True, False]


def test_an_accepted_batch_that_answers_html_ends_confirmed_by_reading(scene, outcomes):
    fault = Fault(method="POST", path=BATCH, status=202, body="<html>", after=True, times=None)
    assert outcomes(scene(faults=[fault]).apply({"vip": "ann"})) == {"vip ann": "added"}


def test_an_accepted_batch_without_an_id_ends_confirmed_by_reading(scene, outcomes):
    fault = Fault(method="POST", path=BATCH, status=202, body='{"data": {}}', after=True, times=None)
    assert outcomes(scene(faults=[fault]).apply({"vip": "ann"})) == {"vip ann": "added"}


def test_a_batch_that_never_got_in_is_failed_and_its_error_told(scene, outcomes):
    here = scene(faults=[Fault(method="POST", path=BATCH, status=500, times=None)], vip="eve")
    run = here.apply({"vip": "ann"}, {"vip": "eve"})
    assert outcomes(run) == {"vip ann": "failed", "vip eve": "held"}
    assert "500" in run.results[0].detail
    assert here.tenant.clock.waited < 60 + 60


def test_a_token_that_lets_nothing_in_is_an_access_error(scene):
    here = scene(vip="eve")
    with pytest.raises(AccessError) as caught:
        here.apply({"vip": "ann"}, {"media": "fay"}, token="sandbox-read")
    assert caught.value.name is FailureName.MISSING_SCOPE
    assert [event["event"] for event in here.journal] == [
        "started",
        *("intended", "sent", "refused") * 2,
        "finished",
    ]


def test_what_went_in_is_reported_although_removals_were_not_let_in(scene, outcomes):
    here = scene(faults=[Fault(method="DELETE", path=BATCH, status=403, times=None)], vip="eve")
    run = here.apply({"vip": "ann"}, {"vip": "eve"})
    assert outcomes(run) == {"vip ann": "added", "vip eve": "failed"}
    assert "update-profiles" in run.results[1].detail


def test_a_token_that_is_not_let_in_any_more_is_not_tried_with_every_batch(scene, outcomes):
    here = scene(faults=[Fault(method="POST", path=BATCH, status=403, nth=2, times=None)])
    run = here.apply({"vip": "ann bob cyd"}, batch_size=1, concurrency=1)
    assert outcomes(run) == {"vip ann": "added", "vip bob": "failed", "vip cyd": "held"}
    assert run.results[2].detail == "not sent: the token may not write"


@pytest.mark.parametrize("status", [401, 403, 503])
def test_people_who_cannot_be_read_back_are_unconfirmed(scene, outcomes, status):
    here = scene(faults=[Fault(path="/profiles/", status=status, times=None)], vip="eve")
    run = here.apply({"vip": "ann bob"}, {"vip": "eve"})
    assert outcomes(run) == {"vip ann": "unconfirmed", "vip bob": "unconfirmed", "vip eve": "held"}
    assert str(status) in run.results[0].detail


def test_a_network_that_breaks_after_sending_leaves_unconfirmed_and_no_crash(scene, outcomes):
    here = scene()

    def cut(request):
        if "/profiles" in request.url.path:
            raise httpx.ConnectError("no route")

    here.on_arrival = cut
    run = here.apply({"vip": " ".join(("ann", "bob", "cyd", "dan", "eve", "fay"))})
    assert set(outcomes(run).values()) == {"unconfirmed"}
    assert "reached" in run.results[0].detail


def test_reading_back_that_fails_for_a_while_is_tried_until_the_deadline(scene, outcomes):
    here = scene(faults=[Fault(path="/profiles/", status=403, times=3)])
    assert outcomes(here.apply({"vip": "ann"})) == {"vip ann": "added"}


def test_an_apply_that_was_cut_off_is_finished_by_the_same_apply_again(scene, outcomes):
    here = scene("batch_settles=never", vip="eve")
    assert set(outcomes(here.apply({"vip": "ann"}, {"vip": "eve"})).values()) == {"unconfirmed", "held"}
    here.tenant.store.dialect = type(here.tenant.store.dialect)()
    assert set(outcomes(here.apply({"vip": "ann"}, {"vip": "eve"})).values()) == {"added", "removed"}
    assert here.holders("vip") == "ann"
