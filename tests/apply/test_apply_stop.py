"""A run that is asked to stop: what was not sent is held, what was sent is looked at once."""

import pytest

from omneo_reconcile.core.run import failures
from omneo_reconcile.errors import FailureName
from omneo_reconcile.sandbox import Fault


@pytest.mark.parametrize("reason", [FailureName.INTERRUPTED, FailureName.TERMINATED])
def test_a_run_that_was_asked_to_stop_before_it_began_sends_nothing(scene, outcomes, reason):
    here = scene(vip="eve")
    here.stop = lambda: reason
    run = here.apply({"vip": "ann"}, {"vip": "eve"})
    assert outcomes(run) == {"vip ann": "held", "vip eve": "held"}
    assert run.results[0].detail == "not sent: the run was asked to stop"
    assert (here.batches_sent, run.batches) == ([], ())
    assert (run.stopped, failures(run)[0].name) == (reason, reason)


def stop_on(here, method, path):
    """Asks the run to stop when such a request arrives."""
    asked = []

    def look(request):
        if request.method == method and path in request.url.path:
            asked.append(FailureName.INTERRUPTED)

    here.on_arrival = look
    here.stop = lambda: asked[0] if asked else None


def test_between_batches_the_first_is_finished_and_the_rest_is_held(scene, outcomes):
    here = scene("queue_seconds=0", vip="eve")
    stop_on(here, "GET", "/profiles/")
    run = here.apply({"vip": "ann"}, {"vip": "eve"})
    assert outcomes(run) == {"vip ann": "added", "vip eve": "held"}
    assert "asked to stop" in run.results[1].detail
    assert run.stopped is FailureName.INTERRUPTED


def test_what_is_under_way_is_looked_at_once_and_not_waited_for(scene, outcomes):
    here = scene("queue_seconds=5", vip="eve")
    stop_on(here, "POST", "")
    run = here.apply({"vip": "ann"}, {"vip": "eve"})
    assert outcomes(run) == {"vip ann": "unconfirmed", "vip eve": "held"}
    assert run.results[0].detail == "the tenant has not finished its batch"
    assert here.tenant.clock.waited == 0
    assert run.stopped is FailureName.INTERRUPTED


def test_what_is_under_way_and_true_is_told_as_added(scene, outcomes):
    here = scene("queue_seconds=0")
    stop_on(here, "POST", "")
    assert outcomes(here.apply({"vip": "ann"})) == {"vip ann": "added"}


def test_while_waiting_for_a_batch_the_run_stops_at_the_next_look(scene, outcomes):
    here = scene("batch_settles=never")
    here.stop = lambda: FailureName.TERMINATED if here.tenant.clock.waited > 3 else None
    assert outcomes(here.apply({"vip": "ann"})) == {"vip ann": "unconfirmed"}
    assert here.tenant.clock.waited < 10


def test_a_run_that_stopped_is_finished_by_the_same_apply_again(scene, outcomes):
    here = scene("queue_seconds=5", vip="eve")
    stop_on(here, "POST", "")
    here.apply({"vip": "ann"}, {"vip": "eve"})
    here.stop = lambda: None
    assert outcomes(here.apply({"vip": "ann"}, {"vip": "eve"})) == {"vip ann": "added", "vip eve": "removed"}


def test_a_batch_without_an_answer_is_not_tried_again_once_the_run_was_asked_to_stop(scene, outcomes):
    here = scene(faults=[Fault(method="POST", status=500, times=None)])
    stop_on(here, "POST", "")
    run = here.apply({"vip": "ann"})
    assert outcomes(run) == {"vip ann": "failed"}
    assert run.results[0].detail == "no clear answer, and not tried again: the run was asked to stop"
    assert here.batches_sent == ["POST"]


@pytest.mark.parametrize("status", [403, 422])
def test_a_batch_that_is_refused_at_a_second_try_may_have_been_queued_by_the_first(scene, outcomes, status):
    faults = [
        Fault(method="POST", status=500, after=True),
        Fault(method="POST", nth=2, status=status, times=None),
    ]
    here = scene(faults=faults, media="ann")
    run = here.apply({"vip": "ann"}, {"media": "ann"})
    assert outcomes(run) == {"vip ann": "added", "media ann": "held"}
    assert "The sandbox was told to fail" not in here.journal_text  # the tenant's own words may quote a person


def test_a_run_that_nobody_stopped_says_so(scene):
    assert scene().apply({"vip": "ann"}).stopped is None
