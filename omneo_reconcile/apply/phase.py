"""The changes of one kind from intent to proof: sent, waited for, read back, and if they did not happen, sent again."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from omneo_reconcile.apply.ports import Options, Ports
from omneo_reconcile.apply.proving import Flight, Proving, flight
from omneo_reconcile.apply.sending import Delivery, Fate, Sending
from omneo_reconcile.core.batches import Action, by_profile
from omneo_reconcile.core.changes import Change
from omneo_reconcile.core.model import Membership
from omneo_reconcile.core.run import Answer, BatchRow, Outcome
from omneo_reconcile.errors import AccessError

Outcomes = dict[Membership, tuple[Outcome, str | None]]
"""What became of each membership, and why, if it is not what was asked for."""

_ANSWERS = {
    Fate.ACCEPTED: Answer.ACCEPTED,
    Fate.REFUSED: Answer.REFUSED,
    Fate.PARTED: Answer.REFUSED,
    Fate.UNKNOWN: Answer.UNKNOWN,
}


class PhaseEnd(Struct, frozen=True):
    """What became of the changes of one kind.

    Attributes:
        batches: Those that were sent, in that order.
        denied: The tenant did not let a batch in: the token may not write.
        under_way: Profiles that the tenant may still be going to change because of these batches.
    """

    outcomes: Outcomes
    batches: tuple[BatchRow, ...]
    denied: AccessError | None
    under_way: frozenset[str]


class Phase:
    """Carries out the changes of one kind."""

    def __init__(self, ports: Ports, options: Options, action: Action, numbers: Iterator[int]) -> None:
        """Sends nothing yet.

        Args:
            numbers: Names for batches, which no other batch of the journal has.
        """
        self._ports = ports
        self._patience_seconds = options.settle_seconds / 2
        self._action = action
        self._sending = Sending(ports, options, action, numbers)
        self._deliveries: list[Delivery] = []
        self._flights: dict[int, Flight] = {}
        self._last_in: dict[Membership, Flight] = {}

    async def run(self, changes: Sequence[Change]) -> PhaseEnd:
        """Returns what became of the changes.

        Where batches have settled and people are still as before when half of the time to wait is over, these are sent
        once more: that is safe, and helps with entries that were dropped. Source: omneo-api.md, The two write calls.
        """
        proving = Proving(self._ports, {change.profile_id: change.email for change in changes})
        await self._sending.send(by_profile(changes), self._take)
        await self._wait(proving)
        if any(one.is_hoped_for for one in self._flights.values()) and not self._ports.stop():
            dropped = self._dropped()
            await self._sending.send(
                by_profile(change for change in changes if (change.status, change.profile_id) in dropped), self._take
            )
            await self._wait(proving)
        return self._end()

    async def _wait(self, proving: Proving) -> None:
        until = self._ports.clock.now() + self._patience_seconds
        for one in self._flights.values():
            one.until = until
        await proving.wait(tuple(self._flights.values()), self._patience_seconds)

    def _take(self, delivery: Delivery) -> None:
        """Takes note of a batch. What it sends again is no longer expected of the one before."""
        self._deliveries.append(delivery)
        if delivery.fate in {Fate.ACCEPTED, Fate.UNKNOWN}:
            for membership in delivery.batch.memberships():
                if (earlier := self._last_in.get(membership)) is not None:
                    earlier.missing.pop(membership, None)
            one = flight(delivery.number, delivery.batch, delivery.batch_id, 0.0)
            self._flights[delivery.number] = one
            self._last_in |= dict.fromkeys(delivery.batch.memberships(), one)

    def _dropped(self) -> frozenset[Membership]:
        """Returns what the tenant took and does not do: its batch is finished, and does not say that it failed."""
        clear = (delivery for delivery in self._deliveries if delivery.fate is Fate.ACCEPTED and not delivery.repeated)
        settled = (self._flights[delivery.number] for delivery in clear)
        return frozenset(
            membership for one in settled if one.is_settled for membership in one.missing if not one.failure(membership)
        )

    def _end(self) -> PhaseEnd:
        outcomes: Outcomes = {}
        under_way: set[str] = set()
        for delivery in self._deliveries:
            match delivery.fate:
                case Fate.NOT_SENT:
                    outcomes = self._all(delivery, Outcome.HELD) | outcomes
                case Fate.REFUSED:
                    outcomes |= self._not_true_yet(self._all(delivery, Outcome.FAILED))
                case Fate.ACCEPTED | Fate.UNKNOWN:
                    outcomes |= self._read_back(delivery)
                    under_way |= self._under_way(delivery)
                case Fate.PARTED:
                    pass
        return PhaseEnd(
            outcomes,
            tuple(self._row(delivery) for delivery in self._deliveries if delivery.fate in _ANSWERS),
            self._sending.denied,
            frozenset(under_way),
        )

    def _all(self, delivery: Delivery, outcome: Outcome) -> Outcomes:
        return dict.fromkeys(delivery.batch.memberships(), (outcome, delivery.detail))

    def _not_true_yet(self, outcomes: Outcomes) -> Outcomes:
        """Returns those whose earlier batch, if there was one, was not read back as it wants them."""
        return {
            membership: outcome
            for membership, outcome in outcomes.items()
            if (earlier := self._last_in.get(membership)) is None or membership in earlier.missing
        }

    def _read_back(self, delivery: Delivery) -> Outcomes:
        """Returns what reading back told of a batch that the tenant has, or may have."""
        done = Outcome.ADDED if self._action is Action.ADD else Outcome.REMOVED
        one = self._flights[delivery.number]
        outcomes: Outcomes = {key: (done, one.remarks.get(key)) for key in delivery.batch.memberships()}
        for membership, seen in one.missing.items():
            words = delivery.detail or one.failure(membership)
            why = "the tenant has not finished its batch" if one.is_pending else seen
            outcomes[membership] = (Outcome.FAILED, words) if words else (Outcome.UNCONFIRMED, why)
        return outcomes

    def _under_way(self, delivery: Delivery) -> frozenset[str]:
        """Returns the profiles that this batch may still change.

        Without a clear answer each try may have queued a batch of its own: one that was seen leaves others to come.
        """
        one = self._flights[delivery.number]
        if delivery.fate is Fate.UNKNOWN or delivery.repeated:
            return frozenset(profile_id for profile_id, _ in delivery.batch.profiles)
        return frozenset() if one.is_settled else frozenset(profile_id for _, profile_id in one.missing)

    def _row(self, delivery: Delivery) -> BatchRow:
        one = self._flights.get(delivery.number)
        size, settled = len(delivery.batch.profiles), one is not None and one.is_settled
        return BatchRow(self._action, _ANSWERS[delivery.fate], delivery.batch_id, size, settled)
