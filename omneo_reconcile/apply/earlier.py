"""What earlier applies left open is read before anything is decided: waited for, confirmed, or given up."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from omneo_reconcile.apply.ports import Watching
from omneo_reconcile.apply.proving import Flight, Proving, flight, pause
from omneo_reconcile.core.batches import Action
from omneo_reconcile.core.journal import GivenUp, History, OpenBatch
from omneo_reconcile.core.model import Membership
from omneo_reconcile.workers import each

LOST_AFTER_SECONDS = 24 * 3600.0
"""A batch that the tenant has still not finished after so long never will be."""

_POLLS_AT_ONCE = 64  # the client bounds the requests in flight


class Earlier(Struct, frozen=True):
    """What earlier applies may still be going to change.

    Attributes:
        batches: Batches that the journal numbers so far.
        confirmed: Memberships that turned out to be as their batch wanted them.
        pending: Memberships of batches that the tenant is still at work on.
        under_way: Profiles that some batch may still change.
        given_up: Batches of which nobody knows what became, and nothing is expected any more.
        made: Changes that earlier applies of the same plan sent, and did not get to report.
    """

    batches: int = 0
    confirmed: int = 0
    pending: frozenset[tuple[Action, Membership]] = frozenset()
    under_way: frozenset[str] = frozenset()
    given_up: int = 0
    made: frozenset[tuple[Action, Membership]] = frozenset()


async def read_earlier(history: History, ports: Watching, settle_seconds: float) -> Earlier:
    """Returns what became of the batches that earlier applies to this tenant left open, and writes that down.

    Those that the tenant is at work on are waited for. Those that cannot be asked for, or that may have been queued
    more than once, are waited for until the time to wait since they were last sent is over, also where all of it is
    true: a second one may come. What is neither confirmed nor at work then is given up: nothing more is expected of it.
    """
    now = ports.clock.now()
    flights = {one.number: _flight(one, now + settle_seconds - _age_seconds(one, ports)) for one in history.open}
    await each(lambda one: _ask(one, ports), flights.values(), _POLLS_AT_ONCE)
    for one in history.open:
        if flights[one.number].is_pending and _age_seconds(one, ports) < LOST_AFTER_SECONDS:
            flights[one.number].until = now + settle_seconds
    await Proving(ports, {}).wait(tuple(flights.values()))
    left_seconds = max((flights[one.number].until for one in history.open if one.uncertain), default=0.0)
    await pause(ports, left_seconds - ports.clock.now())
    return _what_became(history, flights, ports)


def _flight(one: OpenBatch, until: float) -> Flight:
    followed = flight(one.number, one.batch, one.batch_id, until)
    followed.missing = {membership: seen for membership, seen in followed.missing.items() if membership in one.missing}
    return followed


async def _ask(one: Flight, ports: Watching) -> None:
    if one.batch_id is not None and one.missing:
        one.state = await ports.reader.batch(one.batch_id)


def _what_became(history: History, flights: Mapping[int, Flight], ports: Watching) -> Earlier:
    """Sorts the batches into those that are over, those that may still change something, and those to give up."""
    pending: set[tuple[Action, Membership]] = set()
    under_way: set[str] = set()
    given_up: list[int] = []
    stopped = ports.stop() is not None
    for one in history.open:
        followed = flights[one.number]
        at_work = followed.is_pending and bool(followed.missing) and _age_seconds(one, ports) < LOST_AFTER_SECONDS
        if at_work:
            pending |= {(one.batch.action, membership) for membership in followed.missing}
        if at_work or (stopped and (followed.missing or one.uncertain)):
            under_way |= {profile_id for profile_id, _ in one.batch.profiles}
        elif one.uncertain or (followed.missing and not followed.is_settled):
            given_up.append(one.number)
    ports.journal.append(*map(GivenUp, given_up))
    return Earlier(
        history.batches,
        confirmed=sum(len(one.missing) for one in history.open) - _missing(flights.values()),
        pending=frozenset(pending),
        under_way=frozenset(under_way),
        given_up=sum(1 for number in given_up if flights[number].missing),
        made=history.made,
    )


def _age_seconds(one: OpenBatch, ports: Watching) -> float:
    """Returns how long ago a batch was sent; none is from the future, whatever a clock says."""
    return max(0.0, (ports.clock.today() - one.sent_at).total_seconds())


def _missing(flights: Iterable[Flight]) -> int:
    return sum(len(one.missing) for one in flights)
