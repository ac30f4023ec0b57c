"""One batch from intent to proof: journal, submit, wait until it settles, confirm by reading back."""

from collections.abc import Callable, Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from omneo_reconcile.apply.ports import Appends, Clock, Reads, Submits
from omneo_reconcile.core.batches import Accepted, Action, Batch, Rejected
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Gone, Unreadable
from omneo_reconcile.core.receipt import BatchRow, Outcome
from omneo_reconcile.core.waiting import BatchState, next_wait_seconds
from omneo_reconcile.errors import AccessError, FailureName, TenantError
from omneo_reconcile.workers import each

Membership = tuple[str, str]
"""A status handle and a profile id."""


class Options(Struct, frozen=True):
    """How to send.

    Attributes:
        batch_size: Most profiles in one batch, 1 to 500.
        settle_seconds: How long to wait for a batch to become true.
        concurrency: Most profiles read back at once.
    """

    batch_size: int
    settle_seconds: float
    concurrency: int


class Ports(Struct, frozen=True):
    """The world outside, as an apply sees it.

    Attributes:
        stop: Tells whether the run was asked to stop, and by what.
    """

    reader: Reads
    writer: Submits
    journal: Appends
    clock: Clock
    stop: Callable[[], FailureName | None]


class BatchEnd(Struct, frozen=True):
    """What became of a batch.

    Attributes:
        outcomes: For each of its memberships the outcome, and why, if it is not what was asked for.
        sent: False if it was never sent.
        denied: The tenant did not let it in: the token may not write.
        under_way: Profiles that the tenant may still be going to change because of this batch.
    """

    batch: Batch
    outcomes: dict[Membership, tuple[Outcome, str | None]]
    batch_id: str | None = None
    sent: bool = True
    settled: bool = False
    denied: AccessError | None = None
    under_way: frozenset[str] = frozenset()

    @property
    def row(self) -> BatchRow:
        """Its line in the receipt."""
        return BatchRow(self.batch.action, self.batch_id, len(self.batch.profiles), self.settled)


class BatchRun:
    """Carries out one batch."""

    def __init__(self, ports: Ports, options: Options, number: int, batch: Batch) -> None:
        """Sends nothing yet.

        Args:
            number: Names the batch in the journal.
        """
        self._ports = ports
        self._options = options
        self._number = number
        self._batch = batch
        self._ids = frozenset(profile_id for profile_id, _ in batch.profiles)

    async def run(self) -> BatchEnd:
        """Returns what became of the batch."""
        if not self._ports.stop():
            self._note("intended", action=self._batch.action, profiles=self._batch.profiles)
        if reason := self._ports.stop():  # asked again: what could not be written down must not be sent
            return self._all(Outcome.HELD, f"not sent: {_why_stopped(reason)}", sent=False)
        try:
            answer = await self._ports.writer.submit(self._batch)
        except AccessError as error:
            self._note("rejected", words=error.faults[0].what)
            return self._all(Outcome.FAILED, error.faults[0].what, denied=error)
        except TenantError as error:
            self._note("unknown", words=error.faults[0].what)
            return await self._watch(None, error.faults[0].what)
        match answer:
            case Rejected(words):
                self._note("rejected")  # the server's own words may quote an email
                return self._all(Outcome.FAILED, words)
            case Accepted(batch_id, repeated):
                self._note("accepted", batch_id=batch_id, repeated=repeated)
                end = await self._watch(batch_id, None)
                return replace(end, under_way=self._ids) if repeated else end

    async def _watch(self, batch_id: str | None, error: str | None) -> BatchEnd:
        """Looks until everything is confirmed, has failed, or the deadline is past.

        While the tenant says that it is at work, only the batch is polled; people are read when it has settled, when
        it cannot be polled, and in any case once at the end.

        Args:
            error: Why it is not known whether the batch was accepted, or None if it was.
        """
        clock, looks = self._ports.clock, 0
        deadline = clock.now() + self._options.settle_seconds
        state: BatchState | None = None
        missing: dict[Membership, str | None] = dict.fromkeys(self._batch.memberships())
        while True:
            if batch_id is not None and not (state and state.settled):
                state = await self._ports.reader.batch(batch_id)
            last = clock.now() >= deadline or self._ports.stop() is not None
            if state is None or state.settled or last:
                missing = await self._confirm(missing)
            if last or not missing or self._hopeless(state, missing):
                break
            await clock.sleep(next_wait_seconds(looks, deadline - clock.now()))
            looks += 1
        settled = state is not None and state.settled
        self._note("ended", settled=settled, unproven=sorted(missing))
        unproven = frozenset(profile_id for _, profile_id in missing)
        # Without an answer each try may have queued a batch of its own: one that was seen leaves others to come.
        under_way = self._ids if error else frozenset() if settled else unproven
        outcomes = self._outcomes(missing, state, error)
        return BatchEnd(self._batch, outcomes, batch_id, settled=settled, under_way=under_way)

    async def _confirm(self, missing: dict[Membership, str | None]) -> dict[Membership, str | None]:
        """Reads everyone back who is missing; returns those who still are, with what was seen instead."""
        profiles = await self._read({profile_id for _, profile_id in missing})
        seen = {(handle, profile_id): self._seen(handle, profiles[profile_id]) for handle, profile_id in missing}
        confirmed = sorted(membership for membership, (done, _) in seen.items() if done)
        if confirmed:
            self._note("confirmed", memberships=confirmed)
        return {membership: detail for membership, (done, detail) in seen.items() if not done}

    async def _read(self, ids: Collection[str]) -> dict[str, Profile | Gone | Unreadable]:
        """Reads each profile. When the tenant itself fails, those left are not asked for: each would wait as long."""
        profiles: dict[str, Profile | Gone | Unreadable] = {}

        async def read(profile_id: str) -> None:
            profiles[profile_id] = await self._ports.reader.profile(profile_id)

        try:
            await each(read, sorted(ids), self._options.concurrency)
        except (AccessError, TenantError) as error:
            return dict.fromkeys(ids, Unreadable(error.faults[0].what)) | profiles
        return profiles

    def _seen(self, handle: str, profile: Profile | Gone | Unreadable) -> tuple[bool, str | None]:
        """Tells whether the profile is as the batch wants it, and if not, what was seen."""
        match profile:
            case Gone():
                return self._batch.action is Action.REMOVE, "the profile is gone"
            case Unreadable(detail):
                return False, detail
            case _ if profile.statuses is None:
                return False, "the profile did not tell its statuses"
            case _:
                return (handle in profile.statuses) is (self._batch.action is Action.ADD), "read back unchanged"

    def _outcomes(
        self, missing: dict[Membership, str | None], state: BatchState | None, error: str | None
    ) -> dict[Membership, tuple[Outcome, str | None]]:
        done = Outcome.ADDED if self._batch.action is Action.ADD else Outcome.REMOVED
        outcomes: dict[Membership, tuple[Outcome, str | None]] = dict.fromkeys(self._batch.memberships(), (done, None))
        for membership, detail in missing.items():
            words = error or self._failure(state, membership)
            outcomes[membership] = (Outcome.FAILED, words) if words else (Outcome.UNCONFIRMED, detail)
        return outcomes

    def _failure(self, state: BatchState | None, membership: Membership) -> str | None:
        """Returns the server's words on why this membership failed, or None if it does not say so.

        A batch that failed failed for everyone in it, unless the server tells for whom.
        """
        if state is None or not state.settled:
            return None
        if words := state.failed_items.get(membership[1]):
            return words
        tells_for_whom = not self._ids.isdisjoint(state.failed_items)
        return "the tenant says that the batch failed" if state.failed and not tells_for_whom else None

    def _hopeless(self, state: BatchState | None, missing: Iterable[Membership]) -> bool:
        """Tells whether the tenant itself says that everything missing has failed."""
        return all(self._failure(state, membership) for membership in missing)

    def _all(self, outcome: Outcome, detail: str, *, sent: bool = True, denied: AccessError | None = None) -> BatchEnd:
        outcomes: dict[Membership, tuple[Outcome, str | None]]
        outcomes = dict.fromkeys(self._batch.memberships(), (outcome, detail))
        return BatchEnd(self._batch, outcomes, sent=sent, denied=denied)

    def _note(self, event: str, **details: object) -> None:
        self._ports.journal.append(event, batch=self._number, **details)


def _why_stopped(reason: FailureName) -> str:
    return "the journal cannot be written" if reason is FailureName.STATE_FOLDER else "the run was asked to stop"
