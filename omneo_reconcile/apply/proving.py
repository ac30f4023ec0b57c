"""Waits until batches that were sent are true, and proves it: polls them, then reads everybody back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from omneo_reconcile.apply.ports import Watching
from omneo_reconcile.core.batches import Action, Batch
from omneo_reconcile.core.journal import Confirmed, Settled
from omneo_reconcile.core.model import Membership
from omneo_reconcile.core.reading import Asked, Seen
from omneo_reconcile.core.waiting import BatchState, next_wait_seconds
from omneo_reconcile.errors import AccessError, IncompleteReading, TenantError
from omneo_reconcile.workers import each

FEW = 20  # memberships: so many are read back at every look
MOST_WHEN_STOPPED = 100  # memberships that are still read back when the run was asked to stop
MOST_BY_ID = 500  # memberships that are read one by one before it is said that they are not so
_TRIED_FIRST = 3  # of many: what is true for none of these is hardly true for the rest
_LONGEST_DEAF_SECONDS = 0.5  # to a signal
_POLLS_AT_ONCE = 64  # the client bounds the requests in flight


class Flight(Struct):
    """A batch that the tenant has, or may have.

    Attributes:
        number: Its number in the journal.
        batch_id: The tenant's id for it, or None: then nobody can ask for it.
        until: How long to wait for it, in seconds of the clock.
        polls: How often it was asked for.
        state: How far the tenant says it is, as far as that was told.
        missing: Its memberships that were not read back yet as it wants them, and what was seen instead.
        remarks: What was seen of others, where that is more than a status held or not.
    """

    number: int
    batch: Batch
    batch_id: str | None
    until: float
    polls: int = 0
    state: BatchState | None = None
    missing: dict[Membership, str] = field(default_factory=dict)
    remarks: dict[Membership, str] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether the tenant says that it is finished."""
        return self.state is not None and self.state.settled

    @property
    def is_pending(self) -> bool:
        """Whether the tenant says that it is at work on it."""
        return self.state is not None and not self.state.settled

    @property
    def is_hoped_for(self) -> bool:
        """Whether anything is missing that the tenant itself does not say has failed."""
        return not all(map(self.failure, self.missing))

    def failure(self, membership: Membership) -> str | None:
        """Returns the tenant's words on why this membership failed, or None if it does not say so.

        A batch that failed failed for everyone in it, unless the tenant tells for whom.
        """
        if self.state is None or not self.state.settled:
            return None
        if words := self.state.failed_items.get(membership[1]):
            return words
        ids = {profile_id for profile_id, _ in self.batch.profiles}
        tells_for_whom = not ids.isdisjoint(self.state.failed_items)
        return "the tenant says that the batch failed" if self.state.failed and not tells_for_whom else None

    def take(self, membership: Membership, seen: Seen) -> bool:
        """Takes what was read back of one of its memberships; tells whether that is as the batch wants it."""
        if seen.holds is (self.batch.action is Action.ADD):
            del self.missing[membership]
            if seen.detail:
                self.remarks[membership] = seen.detail
            return True
        self.missing[membership] = seen.detail or "read back unchanged"
        return False


def flight(number: int, batch: Batch, batch_id: str | None, until: float) -> Flight:
    """Returns a batch of which nothing was read back yet."""
    return Flight(number, batch, batch_id, until, missing=dict.fromkeys(batch.memberships(), "not read back"))


async def pause(ports: Watching, seconds: float) -> None:
    """Waits, or until the run is asked to stop."""
    while seconds > 0 and ports.stop() is None:
        await ports.clock.sleep(min(seconds, _LONGEST_DEAF_SECONDS))
        seconds -= _LONGEST_DEAF_SECONDS


class _Place(NamedTuple):
    """Where a membership that is missing belongs."""

    membership: Membership
    flight: Flight


class Proving:
    """Follows batches until they are true or were waited for long enough.

    While the tenant says that it is at work, only batches are polled, and of several one at a time, the last one first:
    when that is finished, so are most of the others. People are read when all have settled or cannot be polled, and
    once at the end.
    """

    def __init__(self, ports: Watching, emails: Mapping[str, str | None]) -> None:
        """Reads nothing yet.

        Args:
            emails: That of each profile, if it has one and it is known.
        """
        self._ports = ports
        self._emails = emails
        self._looked = False

    async def wait(self, flights: Sequence[Flight], patience_seconds: float = 0.0) -> None:
        """Waits for flights until all of each is confirmed, failed, or its time is over.

        Args:
            patience_seconds: Whenever one settles, all are given so much time from then on.
        """
        clock, looks = self._ports.clock, 0
        while True:
            if await self._poll(flights) and patience_seconds:
                for one in flights:
                    one.until = max(one.until, clock.now() + patience_seconds)
            stopped = self._ports.stop() is not None
            last = stopped or all(clock.now() >= one.until for one in flights if one.is_hoped_for)
            if last or not any(one.is_pending for one in flights if one.is_hoped_for):
                await self._look(flights, last=last, stopped=stopped)
            waited_for = [one for one in flights if one.is_hoped_for]
            if last or not waited_for:
                return
            left_seconds = max(one.until for one in waited_for) - clock.now()
            await pause(self._ports, next_wait_seconds(looks, left_seconds))
            looks += 1

    async def _poll(self, flights: Iterable[Flight]) -> bool:
        """Asks how far the batches are; tells whether any settled."""
        open_ = [one for one in flights if one.batch_id is not None and not one.is_settled and one.is_hoped_for]
        if open_:
            first = min(open_, key=lambda one: (one.polls, -one.number))
            await self._ask(first)
            if first.is_settled:
                await each(self._ask, (one for one in open_ if one is not first), _POLLS_AT_ONCE)
        settled = [one for one in open_ if one.is_settled]
        self._ports.journal.append(*(Settled(one.number) for one in settled))
        return bool(settled)

    async def _ask(self, flight_: Flight) -> None:
        assert flight_.batch_id is not None
        flight_.polls += 1
        flight_.state = await self._ports.reader.batch(flight_.batch_id) or flight_.state

    async def _look(self, flights: Iterable[Flight], *, last: bool, stopped: bool) -> None:
        """Reads back what is missing; where that is much, a few are tried first unless all is said to be done."""
        missing = [_Place(membership, one) for one in flights for membership in one.missing]
        if not missing or (stopped and len(missing) > MOST_WHEN_STOPPED):
            return
        first = not self._looked and all(one.is_settled for one in flights)
        if first or last or len(missing) <= FEW or await self._read(missing[-_TRIED_FIRST:]):
            self._looked = True
            left = [place for place in missing if place.membership in place.flight.missing]
            await self._read(left, by_id=last and len(left) <= MOST_BY_ID)

    async def _read(self, places: Sequence[_Place], *, by_id: bool = False) -> bool:
        """Reads memberships back and writes down those that are confirmed; tells whether there were any."""
        seen = await self._seen(places, by_id=by_id)
        confirmed: dict[int, list[Membership]] = {}
        for membership, one in places:
            if one.take(membership, seen[membership]):
                confirmed.setdefault(one.number, []).append(membership)
        self._ports.journal.append(
            *(Confirmed(number, tuple(sorted(done))) for number, done in sorted(confirmed.items()))
        )
        return bool(confirmed)

    async def _seen(self, places: Iterable[_Place], *, by_id: bool) -> Mapping[Membership, Seen]:
        """Returns what is so now; where the tenant itself fails, that it cannot be told."""
        asked = {
            membership: Asked(*membership, self._emails.get(membership[1]), one.batch.action is Action.ADD)
            for membership, one in sorted(places, key=lambda place: place.membership)
        }
        try:
            return await self._ports.reader.memberships(tuple(asked.values()), by_id=by_id)
        except (AccessError, TenantError, IncompleteReading) as error:
            return dict.fromkeys(asked, Seen(None, error.faults[0].what))
