"""Carries out a plan: adds first, then the removals of those statuses whose adds all went well."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from omneo_reconcile.apply.earlier import Earlier
from omneo_reconcile.apply.notes import Notes
from omneo_reconcile.apply.phase import Outcomes, Phase, PhaseEnd
from omneo_reconcile.apply.ports import Options, Ports
from omneo_reconcile.core.batches import Action, action_of
from omneo_reconcile.core.changes import Add, Change, Reason
from omneo_reconcile.core.journal import Finished, Started
from omneo_reconcile.core.model import Membership
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.run import Answer, Outcome, Result, Run
from omneo_reconcile.errors import FailureName


async def carry_out(
    plan: Plan, already: Collection[Membership], earlier: Earlier, ports: Ports, options: Options
) -> Run:
    """Makes every change of the plan that is not true already, and reports on each.

    No profile is in two batches in flight: within a phase each profile is in one batch, removals wait for the end of
    all adds, and a profile that another batch may still be going to change waits for another run. Nothing is sent
    before the journal has it on disk; when the journal fails, the run stops as if it had been asked to.

    Args:
        already: Changes that are true already.
        earlier: What earlier applies may still be going to change.

    Raises:
        AccessError: If the tenant lets nothing in.
        StateFolderError: If the journal cannot be written and nothing was sent.
    """
    notes = Notes(ports.journal)
    ports = _stopping_with(notes, ports)
    notes.append(Started(plan.tenant, plan.fingerprint, tuple(map(_row, plan.changes))))
    numbers = itertools.count(earlier.batches + 1)
    todo = [change for change in plan.changes if (change.status, change.profile_id) not in already]
    outcomes = _waiting_for(earlier, todo)

    adds = [change for change in todo if isinstance(change, Add) and _key(change) not in outcomes]
    added = await Phase(ports, options, Action.ADD, numbers).run(adds)
    outcomes |= added.outcomes
    outcomes |= _held(todo, outcomes, added)
    removals = [change for change in todo if _key(change) not in outcomes]
    removed = await Phase(ports, options, Action.REMOVE, numbers).run(removals)
    outcomes |= removed.outcomes

    run = Run(
        results=tuple(_result(change, already, earlier, outcomes) for change in plan.changes),
        batches=(*added.batches, *removed.batches),
        reads=ports.reader.reads,
        stopped=ports.stop(),
    )
    notes.append(Finished(Counter(result.outcome.value for result in run.results)))
    _check_let_in((added, removed), notes)
    return run


def _row(change: Change) -> tuple[Action, str, str, Reason]:
    return action_of(change), change.status, change.profile_id, change.reason


def _key(change: Change) -> Membership:
    return change.status, change.profile_id


def _stopping_with(notes: Notes, ports: Ports) -> Ports:
    """Returns the ports with these notes for the journal, and their failure as one more thing that stops the run."""
    asked = ports.stop

    def stop() -> FailureName | None:
        return notes.error.name if notes.error else asked()

    return replace(ports, journal=notes, stop=stop)


def _waiting_for(earlier: Earlier, changes: Iterable[Change]) -> Outcomes:
    """Returns the changes that must wait for a batch of an earlier apply: it is that change itself, or may race it."""
    outcomes: Outcomes = {}
    for change in changes:
        if (action_of(change), _key(change)) in earlier.pending:
            outcomes[_key(change)] = Outcome.UNCONFIRMED, "a batch that an earlier apply sent is still under way"
        elif change.profile_id in earlier.under_way:
            outcomes[_key(change)] = (
                Outcome.HELD,
                "a batch that an earlier apply sent may still be changing this profile",
            )
    return outcomes


def _held(changes: Iterable[Change], outcomes: Outcomes, added: PhaseEnd) -> Outcomes:
    """Returns the removals that must not follow these adds, and why."""
    adds = [_key(change) for change in changes if isinstance(change, Add)]
    doubtful: defaultdict[str, list[str]] = defaultdict(list)
    for status, profile_id in adds:
        if outcomes[status, profile_id][0] is not Outcome.ADDED:
            doubtful[status].append(profile_id)
    held: Outcomes = {}
    for change in changes:
        if _key(change) in outcomes:
            continue
        if change.status in doubtful:
            held[_key(change)] = Outcome.HELD, _not_added(doubtful[change.status])
        elif change.profile_id in added.under_way:
            held[_key(change)] = Outcome.HELD, "an add to this profile may still be under way"
    return held


def _not_added(profile_ids: Sequence[str]) -> str:
    others = f" and {len(profile_ids) - 1} more" if len(profile_ids) > 1 else ""
    return f"an add of this status is not confirmed: that of profile {profile_ids[0]}{others}"


def _check_let_in(ends: Sequence[PhaseEnd], notes: Notes) -> None:
    """Raises what kept everything out: then there is nothing to report."""
    sent = [row for end in ends for row in end.batches]
    denied = [end.denied for end in ends if end.denied]
    if denied and all(row.answer is Answer.REFUSED for row in sent):
        raise denied[0]
    if notes.error and not sent:
        raise notes.error


def _result(change: Change, already: Collection[Membership], earlier: Earlier, outcomes: Outcomes) -> Result:
    """Returns what became of a change; one that an earlier apply of this plan made is no stranger's work."""
    if (action_of(change), _key(change)) in earlier.made and _key(change) in already:
        done = Outcome.ADDED if isinstance(change, Add) else Outcome.REMOVED
        return Result(change, done, "by an earlier apply of this plan")
    if _key(change) in already:
        return Result(change, Outcome.ALREADY)
    return Result(change, *outcomes[_key(change)])
