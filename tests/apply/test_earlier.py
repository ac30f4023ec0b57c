"""What an apply finds in the journal of those before it is read first, and decided on then."""

import asyncio

import httpx
import pytest

from omneo_reconcile.apply.earlier import Earlier, read_earlier
from omneo_reconcile.apply.journal import Journal
from omneo_reconcile.apply.ports import Watching
from omneo_reconcile.core.batches import Action
from omneo_reconcile.core.journal import history
from omneo_reconcile.core.plan import Tenant
from omneo_reconcile.errors import FailureName
from omneo_reconcile.sandbox import Dialect, Fault
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader
from simulated import BASE_URL

BATCH = "/profile/status/batch.json"
DAY = 24 * 3600


def cut_off(here, method="POST"):
    """Makes the next batch call the last thing that happens: the tenant has it, and nobody hears of it."""

    def look(request):
        if request.method == method:
            here.cut = True
        elif here.cut:
            raise httpx.ConnectError("gone")

    here.cut = False
    here.on_arrival = look
    here.stop = lambda: FailureName.INTERRUPTED if here.cut else None


def restore(here):
    here.on_arrival = lambda _: None
    here.stop = lambda: None


def read_first(here, settle=60.0) -> Earlier:
    """What is told of earlier applies, read with no power to write."""

    async def work() -> Earlier:
        async with here.tenant.client() as client:
            with Journal(here.folder, here.tenant.clock.today) as journal:
                watching = Watching(ReadBack(Reader(client), {}), journal, here.tenant.clock, here.stop)
                past = history(journal.entries(), Tenant("sandbox", BASE_URL))
                return await read_earlier(past, watching, settle)

    return asyncio.run(work())


def test_without_a_journal_there_is_nothing_to_read(scene):
    here = scene()
    assert read_first(here) == Earlier()
    assert here.tenant.requests == ()


def test_after_an_apply_that_came_to_its_end_there_is_nothing_to_read(scene):
    here = scene(vip="eve")
    here.apply({"vip": "ann bob"}, {"vip": "eve"})
    asked = len(here.tenant.requests)
    assert read_first(here) == Earlier(batches=2)
    assert len(here.tenant.requests) == asked


def test_a_batch_that_is_still_queued_is_waited_for(scene):
    here = scene("queue_seconds=20")
    cut_off(here)
    here.apply({"vip": "ann bob"})
    restore(here)
    assert read_first(here) == Earlier(batches=1, confirmed=2)
    assert 20 <= here.tenant.clock.waited <= 30
    assert read_first(here) == Earlier(batches=1)


def test_a_batch_that_the_tenant_never_finishes_is_waited_for_and_stays_open(scene, outcomes):
    here = scene("batch_settles=never", media="ann eve")
    here.apply({"vip": "ann"}, {"media": "eve"})
    earlier = read_first(here)
    assert earlier.pending == {(Action.ADD, ("vip", "p-ann")), (Action.REMOVE, ("media", "p-eve"))}
    assert earlier.under_way == {"p-ann", "p-eve"}
    sent = here.batches_sent
    run = here.apply({"vip": "ann", "staff": "bob"}, {"media": "ann eve"})
    assert outcomes(run) == {
        "vip ann": "unconfirmed",
        "staff bob": "unconfirmed",
        "media ann": "held",
        "media eve": "unconfirmed",
    }
    assert run.results[0].detail == "a batch that an earlier apply sent is still under way"
    assert run.results[2].detail == "a batch that an earlier apply sent may still be changing this profile"
    assert len(here.batches_sent) == len(sent) + 1


def test_a_batch_that_is_not_finished_after_a_day_is_given_up_and_sent_again(scene, outcomes):
    here = scene("batch_settles=never")
    here.apply({"vip": "ann"})
    here.tenant.clock.waited += DAY
    earlier = read_first(here)
    assert (earlier.pending, earlier.under_way, earlier.given_up) == (frozenset(), frozenset(), 1)
    here.tenant.store.dialect = Dialect()
    assert outcomes(here.apply({"vip": "ann"})) == {"vip ann": "added"}


@pytest.mark.parametrize("scope", ["batch_scope=read-profiles", "batch_scope=read-batches"])
def test_a_batch_that_nobody_heard_of_is_looked_for_until_its_time_is_over(scene, scope):
    here = scene(scope, faults=[Fault(method="POST", path=BATCH, status=500, times=None)])
    cut_off(here)
    here.apply({"vip": "ann"})
    restore(here)
    before = here.tenant.clock.waited
    assert read_first(here) == Earlier(batches=1, given_up=1)
    assert here.tenant.clock.waited - before <= 61
    assert read_first(here) == Earlier(batches=1)


def test_an_old_batch_that_nobody_heard_of_is_looked_for_once_and_not_waited_for(scene):
    here = scene(faults=[Fault(method="POST", path=BATCH, status=500, times=None)])
    cut_off(here)
    here.apply({"vip": "ann"})
    restore(here)
    here.tenant.clock.waited += 3600
    before = here.tenant.clock.waited
    assert read_first(here).given_up == 1
    assert here.tenant.clock.waited == before


def test_a_lost_answer_is_waited_out_though_its_batch_was_done_since_a_second_one_may_come(scene, outcomes):
    here = scene(faults=[Fault(method="POST", path=BATCH, status=500, after=True, times=None)], media="ann")
    cut_off(here)
    here.apply({"vip": "ann"})
    restore(here)
    before = here.tenant.clock.waited
    assert read_first(here) == Earlier(batches=1, confirmed=1)
    assert 50 <= here.tenant.clock.waited - before <= 60
    run = here.apply_plan(here.plan({"vip": "ann"}, {"media": "ann"}), frozenset({("vip", "p-ann")}))
    assert outcomes(run) == {"vip ann": "already", "media ann": "removed"}


def test_what_was_read_back_of_an_open_batch_is_not_asked_for_again(scene):
    here = scene("batch_settles=never", vip="eve")
    here.apply({"vip": "ann bob"})
    here.tenant.store.attach("p-ann", ["vip"])
    assert read_first(here).confirmed == 1
    asked = len(here.tenant.requests)
    read_first(here)
    assert not any("p-ann" in target for _, target in here.tenant.requests[asked:])


def test_a_clock_that_was_set_back_makes_no_batch_older_or_endless(scene):
    here = scene("batch_scope=read-batches", faults=[Fault(method="POST", path=BATCH, status=500, times=None)])
    cut_off(here)
    here.apply({"vip": "ann"})
    restore(here)
    here.tenant.clock.start = here.tenant.clock.start.replace(year=2020)
    before = here.tenant.clock.waited
    assert read_first(here).confirmed == 0
    assert here.tenant.clock.waited - before <= 61


def test_asked_to_stop_while_it_reads_first_nothing_is_concluded(scene):
    here = scene("queue_seconds=600")
    cut_off(here)
    here.apply({"vip": "ann"})
    restore(here)
    here.stop = lambda: FailureName.TERMINATED
    earlier = read_first(here)
    assert (earlier.given_up, earlier.under_way) == (0, {"p-ann"})
