"""Carries out a plan: adds first, then the removals of those statuses whose adds all went well."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from omneo_reconcile.apply.batch_run import BatchEnd, BatchRun, Membership, Options, Ports
from omneo_reconcile.apply.notes import Notes
from omneo_reconcile.core.batches import Batch, pack
from omneo_reconcile.core.changes import Add, Change
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.receipt import Outcome, Result, Run
from omneo_reconcile.errors import FailureName
from omneo_reconcile.workers import each

_BATCHES_UNDER_WAY = 64  # most of them wait; the client bounds the requests in flight


async def carry_out(plan: Plan, already: Collection[Membership], ports: Ports, options: Options) -> Run:
    """Makes every change of the plan that is not true already, and reports on each.

    No profile is in two batches in flight: within a phase each profile is in one batch, removals wait for the end of
    all adds, and a profile whose add may still be under way then waits for another run. Nothing is sent before the
    journal has it on disk; when the journal fails, the run stops as if it had been asked to.

    Raises:
        AccessError: If the tenant lets nothing in.
        StateFolderError: If the journal cannot be written and nothing was sent.
    """
    notes = Notes(ports.journal)
    ports = _stopping_with(notes, ports)
    notes.append("started", tenant=plan.tenant, fingerprint=plan.fingerprint, changes=len(plan.changes))
    numbers = itertools.count(1)
    todo = [change for change in plan.changes if (change.status, change.profile_id) not in already]
    adds = [change for change in todo if isinstance(change, Add)]
    ends = await _send(adds, numbers, ports, options)

    removals = [change for change in todo if not isinstance(change, Add)]
    outcomes = _held(removals, ends)
    removals = [change for change in removals if (change.status, change.profile_id) not in outcomes]
    ends += await _send(removals, numbers, ports, options)
    _check_let_in(ends, notes)

    outcomes |= {membership: outcome for end in ends for membership, outcome in end.outcomes.items()}
    run = Run(
        results=tuple(_result(change, already, outcomes) for change in plan.changes),
        batches=tuple(end.row for end in ends if end.sent),
        stopped=ports.stop(),
    )
    notes.append("finished", outcomes=Counter(result.outcome for result in run.results))
    return run


def _stopping_with(notes: Notes, ports: Ports) -> Ports:
    """Returns the ports with these notes for the journal, and their failure as one more thing that stops the run."""
    asked = ports.stop

    def stop() -> FailureName | None:
        return notes.error.name if notes.error else asked()

    return replace(ports, journal=notes, stop=stop)


def _held(removals: Iterable[Change], ends: Iterable[BatchEnd]) -> dict[Membership, tuple[Outcome, str | None]]:
    """Returns the removals that must not follow these adds, and why."""
    ends = list(ends)
    doubtful = {
        status for end in ends for (status, _), (outcome, _) in end.outcomes.items() if outcome is not Outcome.ADDED
    }
    under_way = {profile_id for end in ends for profile_id in end.under_way}
    held: dict[Membership, tuple[Outcome, str | None]] = {}
    for change in removals:
        if change.status in doubtful:
            why = "an add of this status failed, was not confirmed or was not sent"
        elif change.profile_id in under_way:
            why = "an add to this profile may still be under way"
        else:
            continue
        held[change.status, change.profile_id] = Outcome.HELD, why
    return held


def _check_let_in(ends: Sequence[BatchEnd], notes: Notes) -> None:
    """Raises what kept everything out: then there is nothing to report."""
    denied = [end.denied for end in ends if end.denied]
    if denied and len(denied) == len(ends):
        raise denied[0]
    if notes.error and not any(end.sent for end in ends):
        raise notes.error


async def _send(changes: Sequence[Change], numbers: Iterator[int], ports: Ports, options: Options) -> list[BatchEnd]:
    """Sends changes of one kind and waits until it is known what became of each."""

    async def send(numbered: tuple[Batch, int]) -> BatchEnd:
        batch, number = numbered
        return await BatchRun(ports, options, number, batch).run()

    batches = pack(changes, options.batch_size)
    return await each(send, list(zip(batches, numbers, strict=False)), _BATCHES_UNDER_WAY)


def _result(
    change: Change, already: Collection[Membership], outcomes: Mapping[Membership, tuple[Outcome, str | None]]
) -> Result:
    membership = change.status, change.profile_id
    if membership in already:
        return Result(change, Outcome.ALREADY)
    return Result(change, *outcomes[membership])
