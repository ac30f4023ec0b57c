"""Sends the changes of one kind in batches: as large as the tenant takes, and without the entries that it refuses."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, auto

from msgspec import Struct

from omneo_reconcile.apply.ports import Options, Ports
from omneo_reconcile.core.batches import Accepted, Action, Batch, ProfileHandles, Rejected
from omneo_reconcile.core.journal import Accepted as WasAccepted
from omneo_reconcile.core.journal import AnyEvent, Intended, Refused, Sent, Unknown
from omneo_reconcile.errors import AccessError, FailureName, TenantError
from omneo_reconcile.workers import each

MOST_UNANSWERED = 3  # batches in a row; then it is the tenant that fails, and each takes half a minute
MOST_REFUSED_ALONE = 20  # entries, while nothing at all is accepted


class Fate(Enum):
    """What became of a batch on its way to the tenant."""

    ACCEPTED = auto()
    REFUSED = auto()
    PARTED = auto()  # refused, and its profiles are in smaller ones after it
    UNKNOWN = auto()
    NOT_SENT = auto()


class Delivery(Struct, frozen=True):
    """A batch, and what became of it on its way.

    Attributes:
        number: Its number in the journal.
        detail: The tenant's words, or why it was not sent; else nothing.
        batch_id: The tenant's id for it, if it gave one.
        repeated: An earlier try got no clear answer: it may be queued too, and come later.
    """

    number: int
    batch: Batch
    fate: Fate
    detail: str = ""
    batch_id: str | None = None
    repeated: bool = False


class _Withheld(Exception):
    """A try that may not leave; says why."""


class Sending:
    """Sends entries of one kind, several batches at once; no profile is in two of them.

    Attributes:
        denied: The tenant did not let a batch in: the token may not write.
    """

    def __init__(self, ports: Ports, options: Options, action: Action, numbers: Iterator[int]) -> None:
        """Sends nothing yet.

        Args:
            numbers: Names for batches, which no other batch of the journal has.
        """
        self.denied: AccessError | None = None
        self._ports = ports
        self._workers = options.concurrency
        self._action = action
        self._numbers = numbers
        self._most_profiles = options.batch_size
        self._accepted = self._unanswered = self._refused_alone = 0

    async def send(self, profiles: Iterable[ProfileHandles], note: Callable[[Delivery], None]) -> None:
        """Sends all of them, or as many as may be sent.

        Args:
            note: Told of each batch: without the parted ones they hold each profile exactly once.
        """
        left = deque(profiles)

        async def worker(_: int) -> None:
            while left:
                taken = [left.popleft() for _ in range(min(len(left), self._most_profiles))]
                await self._deliver([taken], note)

        await each(worker, range(self._workers), self._workers)

    async def _deliver(self, parts: Iterable[Sequence[ProfileHandles]], note: Callable[[Delivery], None]) -> bool:
        """Sends each part; those that are refused are halved until the bad entries stand alone.

        All parts are tried before any is halved again: a good half shows early that the tenant takes batches at all.
        Tells whether everything was accepted.
        """
        all_accepted = True
        refused: list[Delivery] = []
        for piece in (piece for part in parts for piece in self._cut(part)):
            delivery = await self._submit(Batch(self._action, tuple(piece)))
            note(delivery)
            if delivery.fate is Fate.PARTED:
                refused.append(delivery)
            else:
                all_accepted &= delivery.fate is Fate.ACCEPTED
        for delivery in refused:
            profiles = delivery.batch.profiles
            half = -(-len(profiles) // 2)
            if await self._deliver([profiles[:half], profiles[half:]], note):
                self._most_profiles = min(self._most_profiles, half)  # it was the size
            else:
                all_accepted = False
        return all_accepted

    def _cut(self, profiles: Sequence[ProfileHandles]) -> Iterator[Sequence[ProfileHandles]]:
        """Yields pieces no larger than the tenant is known to take, which may be learned between two of them."""
        start = 0
        while start < len(profiles):
            piece = profiles[start : start + self._most_profiles]
            start += len(piece)
            yield piece

    async def _submit(self, batch: Batch) -> Delivery:
        number, tries = next(self._numbers), 0

        def leaving() -> None:
            nonlocal tries
            self._write_down(Sent(number), *([] if tries else [Intended(number, batch.action, batch.profiles)]))
            tries += 1

        try:
            answer = await self._ports.writer.submit(batch, leaving)
        except _Withheld as withheld:
            if not tries:
                return Delivery(number, batch, Fate.NOT_SENT, f"not sent: {withheld}")
            return self._unknown(number, batch, f"no clear answer, and not tried again: {withheld}")
        except AccessError as error:
            self.denied = error
            return self._not_let_in(number, batch, error, tries)
        except TenantError as error:
            return self._unknown(number, batch, error.faults[0].what)
        self._unanswered = 0
        return self._answered(number, batch, answer)

    def _write_down(self, sent: Sent, *intended: Intended) -> None:
        """Writes down that a try leaves, or keeps it from that.

        Raises:
            _Withheld: If nothing may be sent; what could not be written down is not sent either.
        """
        if not self._why_not():
            self._note(*intended, sent)
        if why := self._why_not():
            raise _Withheld(why)

    def _answered(self, number: int, batch: Batch, answer: Accepted | Rejected) -> Delivery:
        match answer:
            case Rejected(repeated=True):  # and an earlier try may have been queued all the same
                words = f"the tenant answered {answer.status} after a try without a clear answer"
                return self._unknown(number, batch, words)  # its own words may quote a person
            case Rejected():
                return self._refused(number, batch, answer)
            case Accepted(batch_id, repeated):
                self._accepted += 1
                self._note(WasAccepted(number, batch_id, repeated))
                return Delivery(number, batch, Fate.ACCEPTED, "", batch_id, repeated)

    def _not_let_in(self, number: int, batch: Batch, error: AccessError, tries: int) -> Delivery:
        if tries > 1:
            return self._unknown(number, batch, error.faults[0].what)
        self._note(Refused(number, None))
        return Delivery(number, batch, Fate.REFUSED, error.faults[0].what)

    def _unknown(self, number: int, batch: Batch, words: str) -> Delivery:
        self._unanswered += 1
        self._note(Unknown(number, words))
        return Delivery(number, batch, Fate.UNKNOWN, words)

    def _refused(self, number: int, batch: Batch, answer: Rejected) -> Delivery:
        self._note(Refused(number, answer.status))  # the server's own words may quote a person
        if answer.is_too_large:
            self._most_profiles = min(self._most_profiles, max(1, len(batch.profiles) // 2))
        if answer.is_divisible and len(batch.profiles) > 1:
            return Delivery(number, batch, Fate.PARTED, answer.reason)
        self._refused_alone += 1
        return Delivery(number, batch, Fate.REFUSED, answer.reason)

    def _why_not(self) -> str:
        """Returns why nothing more may be sent, or nothing if it may."""
        if reason := self._ports.stop():
            is_journal = reason is FailureName.STATE_FOLDER
            return "the journal cannot be written" if is_journal else "the run was asked to stop"
        if self.denied:
            return "the token may not write"
        if self._unanswered >= MOST_UNANSWERED:
            return f"the tenant gave no clear answer to {self._unanswered} batches in a row"
        if self._refused_alone >= MOST_REFUSED_ALONE and not self._accepted:
            return f"the tenant refused {self._refused_alone} entries one by one, and accepted none"
        return ""

    def _note(self, *events: AnyEvent) -> None:
        self._ports.journal.append(*events)
