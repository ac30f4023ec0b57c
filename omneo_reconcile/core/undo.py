"""The way back: takes back what an apply did, from those who are still as it left them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from omneo_reconcile.core.batches import Action
from omneo_reconcile.core.bound_limits import limits_of, statuses_to_count
from omneo_reconcile.core.changes import Add, Change, Held, HeldWhy, Reason, Remove
from omneo_reconcile.core.decide import Decision
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.limits import Overrides
from omneo_reconcile.core.model import Limits, Profile, StatusSpec
from omneo_reconcile.core.plan import Header, Plan
from omneo_reconcile.core.planning import Decided, plan_of
from omneo_reconcile.core.reading import Gone, Read, Reading, Told, Unreadable, holds
from omneo_reconcile.core.receipt import Live, Receipt, ResultRow
from omneo_reconcile.core.run import Outcome

_MAY_BE_MADE = frozenset({Outcome.ADDED, Outcome.REMOVED, Outcome.UNCONFIRMED})


class ReadAgain(Struct, frozen=True):
    """What was read of the tenant for a way back.

    Attributes:
        people: Each profile of `people_to_read`, by id, as it is now.
        live: Holders of each status now.
        reads: How.
        requests: All requests sent, retries included.
    """

    people: Mapping[str, Told]
    live: Live = {}
    reads: tuple[Read, ...] = ()
    requests: int = 0


def of_statuses(receipt: Receipt, handles: Collection[str]) -> Receipt:
    """Returns the receipt with the changes of these statuses alone."""
    return replace(receipt, changes=tuple(row for row in receipt.changes if row.status in handles))


def people_to_read(receipt: Receipt) -> dict[str, str | None]:
    """Returns the email of each profile that the apply changed or may have changed, by id."""
    return {row.profile_id: row.email for row in _may_be_made(receipt)}


def make_undo(receipt: Receipt, now: ReadAgain, header: Header, overrides: Overrides) -> Plan:
    """Returns the plan that takes back what the apply did, under the limits that it was held against.

    Pure. What the apply did not make, and what somebody changed since, is no change of it. Whether an unconfirmed
    change was made nobody knows: one that is true now is held. It follows the receipt alone, so no policy binds it.

    Raises:
        PlanRejected: If the receipt names a limit that is none.
    """
    header = replace(header, commit=receipt.spec.commit, undoes=receipt.fingerprint)
    reading = Reading({}, {}, now.reads, now.requests)
    return plan_of(_decide(receipt, now.people, now.live), receipt.spec, reading, header, overrides)


def to_count(receipt: Receipt, people: Mapping[str, Told], overrides: Overrides) -> tuple[str, ...]:
    """Returns the statuses whose limits take a count of live holders before the way back can be held against them.

    Raises:
        PlanRejected: If the receipt names a limit that is none.
    """
    decided = _decide(receipt, people, {})
    changes = [change for _, decision in decided for change in decision.changes]
    return statuses_to_count(changes, {status.handle: status.limits for status, _ in decided}, overrides)


def _decide(receipt: Receipt, people: Mapping[str, Told], live: Live) -> Decided:
    """Returns what is decided for each status with changes in the receipt. Its spec says nothing but its limits."""
    limits = limits_of(receipt.limits)
    ways_back: defaultdict[str, list[Change | Held | None]] = defaultdict(list)
    for row in _may_be_made(receipt):
        ways_back[row.status].append(_way_back(row, people[row.profile_id]))
    return [
        (StatusSpec(handle, limits=limits.get(handle, Limits())), _decision(ways_back[handle], live.get(handle)))
        for handle in sorted({row.status for row in receipt.changes})
    ]


def _decision(ways_back: Iterable[Change | Held | None], live: int | None) -> Decision:
    ways_back = list(ways_back)
    return Decision(
        changes=tuple(way for way in ways_back if isinstance(way, Add | Remove)),
        held=tuple(way for way in ways_back if isinstance(way, Held)),
        unresolved=(),
        live=live,
        declared=0,
        unchanged=ways_back.count(None),
        undeclared=None,
    )


def _may_be_made(receipt: Receipt) -> Iterable[ResultRow]:
    """Returns each membership that the apply changed, or may have changed, once: a receipt is data from its author."""
    rows = [row for row in receipt.changes if row.outcome in _MAY_BE_MADE]
    return {(row.status, row.profile_id): row for row in rows}.values()


def _way_back(row: ResultRow, now: Told) -> Change | Held | None:
    """Returns the change that takes one back, what keeps it from that, or None where it is as before already."""
    match now:
        case Gone():
            why = HeldWhy.GONE
        case Unreadable() | Profile(statuses=None) | Profile(type=None):
            why = HeldWhy.UNREADABLE
        case _ if normal_form(now.email or "") != normal_form(row.email or ""):
            why = HeldWhy.ANOTHER_PERSON
        case _ if holds(now, row.status) is not (row.action is Action.ADD):
            return None
        case _ if row.outcome is Outcome.UNCONFIRMED:
            why = HeldWhy.UNCONFIRMED
        case Profile(type="system"):  # which an apply changes for no reason but `exclusive`
            why = HeldWhy.SYSTEM_PROFILE
        case _:
            kind = Remove if row.action is Action.ADD else Add
            return kind(row.status, now.id, now.email, Reason.UNDO, row.source, None, None)
    return Held(row.status, row.profile_id, row.email, why)
