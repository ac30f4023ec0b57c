"""What became of each change of an apply: the run, before it becomes a receipt."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from omneo_reconcile.core.batches import Action
from omneo_reconcile.core.changes import Add, Change
from omneo_reconcile.core.reading import Read
from omneo_reconcile.errors import FailureName, Fault


class Outcome(StrEnum):
    """What became of a change. Source: contract, The plan."""

    ADDED = "added"
    REMOVED = "removed"
    ALREADY = "already"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    HELD = "held"


class Result(Struct, frozen=True):
    """A change and its outcome.

    Attributes:
        detail: Why it failed, is unconfirmed or held, in the server's words or ours; else None.
    """

    change: Change
    outcome: Outcome
    detail: str | None = None


class Answer(StrEnum):
    """What the tenant answered to a batch; unknown is also one that may have been done."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class BatchRow(Struct, frozen=True):
    """One batch that was sent.

    Attributes:
        batch_id: The tenant's id for it, or None if none was given.
        profiles: How many it named.
        settled: Whether the tenant said that it was finished.
    """

    action: Action
    answer: Answer
    batch_id: str | None
    profiles: int
    settled: bool


class Run(Struct, frozen=True):
    """What an apply reports of itself, before it becomes a receipt.

    Attributes:
        results: One for each change of the plan, in the plan's order.
        batches: Those that were sent, in that order.
        reads: How people were read back.
        stopped: What made the run stop, if anything did: it was asked to, or its journal could not be written.
    """

    results: tuple[Result, ...]
    batches: tuple[BatchRow, ...] = ()
    reads: tuple[Read, ...] = ()
    stopped: FailureName | None = None


def failures(run: Run) -> tuple[Fault, ...]:
    """Returns what went wrong, the worst first, naming each change by profile id and line of the spec.

    Changes that were held are named where nothing else tells that the plan is not done.
    """
    stopped = () if run.stopped is None else (_stop(run.stopped),)
    faults = (*stopped, *_faults(run, Outcome.FAILED), *_faults(run, Outcome.UNCONFIRMED))
    return faults or tuple(_faults(run, Outcome.HELD))


def _faults(run: Run, outcome: Outcome) -> Iterable[Fault]:
    name, word, next_step = _WORDS[outcome]
    for result in run.results:
        if result.outcome is outcome:
            verb = "add" if isinstance(result.change, Add) else "removal"
            what = f"{verb} {word}" + (f" ({result.detail})" if result.detail else "")
            yield Fault(name, what, _where(result.change), next_step)


_WORDS = {
    Outcome.FAILED: (FailureName.PARTLY_FAILED, "failed", "mend the cause and run the same apply again"),
    Outcome.UNCONFIRMED: (
        FailureName.UNCONFIRMED,
        "was sent but could not be confirmed",
        "run the same apply again: it reads first and sends what is left",
    ),
    Outcome.HELD: (FailureName.UNCONFIRMED, "was held", "run the same apply again in a while"),
}


def _stop(reason: FailureName) -> Fault:
    if reason is FailureName.STATE_FOLDER:
        next_step = "make the state folder writable and run the same apply again"
        return Fault(reason, "the journal could not be written, so the run stopped", "", next_step)
    return Fault(reason, "the run was asked to stop", "", "run the same apply again")


def _where(change: Change) -> str:
    line = f" from {change.source}" if change.source else ""
    return f"status {change.status} of profile {change.profile_id}{line}"
