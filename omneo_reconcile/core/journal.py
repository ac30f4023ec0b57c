"""What a journal says: the events of applies, and which batches of earlier ones may still be under way."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from omneo_reconcile.core.batches import Action, Batch
from omneo_reconcile.core.changes import Reason
from omneo_reconcile.core.model import Membership
from omneo_reconcile.core.plan import Tenant
from omneo_reconcile.core.run import Outcome


class Event(Struct, frozen=True, tag_field="event"):
    """One thing that happened. None of them holds an email."""


class Started(Event, frozen=True, tag="started"):
    """An apply begins.

    Attributes:
        changes: Each change of its plan: action, status, profile id, reason.
    """

    tenant: Tenant
    fingerprint: str
    changes: tuple[tuple[Action, str, str, Reason], ...]


class Intended(Event, frozen=True, tag="intended"):
    """A batch is ready to be sent.

    Attributes:
        batch: Its number, which no other batch of the journal has.
        profiles: Each profile id with its handles.
    """

    batch: int
    action: Action
    profiles: tuple[tuple[str, tuple[str, ...]], ...]


class Sent(Event, frozen=True, tag="sent"):
    """A try leaves: from here on the tenant may have the batch. Each try is one more."""

    batch: int


class Accepted(Event, frozen=True, tag="accepted"):
    """The tenant queued the batch.

    Attributes:
        batch_id: The tenant's id for it, or None if it gave none.
        repeated: An earlier try got no clear answer, and may be queued too.
    """

    batch: int
    batch_id: str | None
    repeated: bool


class Refused(Event, frozen=True, tag="refused"):
    """The tenant did not take the batch.

    Attributes:
        status: The HTTP status that it answered, or None if the token was refused.
    """

    batch: int
    status: int | None


class Unknown(Event, frozen=True, tag="unknown"):
    """No usable answer came: the tenant may have the batch or not."""

    batch: int
    words: str


class Settled(Event, frozen=True, tag="settled"):
    """The tenant says that the batch is finished."""

    batch: int


class Confirmed(Event, frozen=True, tag="confirmed"):
    """Memberships (status, profile id) of a batch were read back as it wants them."""

    batch: int
    memberships: tuple[Membership, ...]


class GivenUp(Event, frozen=True, tag="given_up"):
    """Nothing more is expected of the batch: it was waited for, and nobody knows what became of it."""

    batch: int


class Finished(Event, frozen=True, tag="finished"):
    """An apply comes to its end, with so many changes of each outcome."""

    outcomes: dict[str, int]


AnyEvent = Started | Intended | Sent | Accepted | Refused | Unknown | Settled | Confirmed | GivenUp | Finished


class Entry(Struct, frozen=True):
    """A line of the journal: when, and what."""

    at: datetime
    event: AnyEvent


class OpenBatch(Struct, frozen=True):
    """A batch of an earlier apply that may still be under way.

    Attributes:
        number: Its number in the journal.
        sent_at: When the last try of it left.
        batch_id: The tenant's id for it, if one is known.
        uncertain: A try of it got no clear answer: more than one may be queued, under ids that nobody knows.
        settled: The tenant says that the one with the id is finished.
        confirmed: Those of its memberships that were read back as it wants them.
    """

    number: int
    batch: Batch
    sent_at: datetime
    batch_id: str | None = None
    uncertain: bool = True
    settled: bool = False
    confirmed: frozenset[Membership] = frozenset()

    @property
    def missing(self) -> frozenset[Membership]:
        """Those of its memberships that were not read back yet."""
        return frozenset(self.batch.memberships()) - self.confirmed

    @property
    def is_over(self) -> bool:
        """True when nothing more can come of it."""
        return not self.uncertain and (self.settled or not self.missing)


class History(Struct, frozen=True):
    """What earlier applies to one tenant left behind.

    Attributes:
        batches: Batches that the whole journal numbers.
        open: Those of this tenant that may still be under way, in the order in which they were sent.
        cut_off_at: When the last apply to this tenant began, if it did not come to its end.
        begun: The last apply of the plan that is expected, or None.
        made: What the tenant took, or may have taken, of applies of that plan, since one of them did all of it.
    """

    batches: int = 0
    open: tuple[OpenBatch, ...] = ()
    cut_off_at: datetime | None = None
    begun: Started | None = None
    made: frozenset[tuple[Action, Membership]] = frozenset()


def history(entries: Iterable[Entry], tenant: Tenant, expected: str | None = None) -> History:
    """Returns what a journal tells of earlier applies to a tenant. Pure; the order of lines counts.

    A batch is open from the moment it was sent until the tenant refused it, said that it is finished, or all of it was
    read back. One with a try that got no clear answer stays open until it is given up.

    Args:
        expected: The fingerprint of a plan that may have been begun.
    """
    cut_off_at: datetime | None = None
    begun: Started | None = None
    told, expects, since_done = _Batches(), False, set[int]()
    for entry in entries:
        match entry.event:
            case Started() as event:
                told.tenant = event.tenant
                expects = event.tenant == tenant and event.fingerprint == expected
                begun = event if expects else begun
                cut_off_at = entry.at if event.tenant == tenant else cut_off_at
            case Finished(outcomes) if told.tenant == tenant:
                cut_off_at = None
                if expects and outcomes.keys() <= _DONE:
                    since_done.clear()
            case event:
                told.take(entry.at, event)
                if expects and isinstance(event, Sent):
                    since_done.add(event.batch)
    mine = (one for number, one in sorted(told.sent.items()) if told.tenants[number] == tenant and not one.is_over)
    made = (one.batch for number, one in told.sent.items() if number in since_done)
    changes = frozenset((batch.action, membership) for batch in made for membership in batch.memberships())
    return History(told.numbered, tuple(mine), cut_off_at, begun, changes)


_DONE = frozenset({Outcome.ADDED, Outcome.REMOVED, Outcome.ALREADY})


class _Batches:
    """The batches of a journal while it is read, one event after another."""

    def __init__(self) -> None:
        self.tenant: Tenant | None = None
        self.numbered = 0
        self.sent: dict[int, OpenBatch] = {}
        self.tenants: dict[int, Tenant | None] = {}
        self._intended: dict[int, Batch] = {}

    def take(self, at: datetime, event: AnyEvent) -> None:
        """Takes an event of a batch."""
        match event:
            case Intended(number, action, profiles):
                self.numbered = max(self.numbered, number)
                self._intended[number] = Batch(action, profiles)
                self.tenants[number] = self.tenant
            case Sent(number) if number in self._intended:
                self.sent[number] = OpenBatch(number, self._intended.pop(number), at)
            case Sent(number):
                self._change(number, sent_at=at)
            case Refused(number) | GivenUp(number):
                self.sent.pop(number, None)
            case Accepted(number, batch_id, repeated):
                self._change(number, batch_id=batch_id, uncertain=repeated)
            case Settled(number):
                self._change(number, settled=True)
            case Confirmed(number, memberships) if number in self.sent:
                self._change(number, confirmed=self.sent[number].confirmed | set(memberships))
            case _:
                pass

    def _change(self, number: int, **changed: object) -> None:
        if number in self.sent:
            self.sent[number] = replace(self.sent[number], **changed)
