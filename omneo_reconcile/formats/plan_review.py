"""What a reviewer is shown of a plan: who would gain and lose what, and why, and what is left alone."""

from collections.abc import Iterator

from omneo_reconcile.core.changes import Add, Change, Reason, Remove
from omneo_reconcile.core.model import UnresolvedPolicy
from omneo_reconcile.core.plan import Expiring, Plan, Summary, refusals_but_policies
from omneo_reconcile.formats import of_base, words
from omneo_reconcile.formats.affected import AffectedBy, affected_by
from omneo_reconcile.formats.plan_sections import limit_words, plan_sections
from omneo_reconcile.formats.policy_rows import broken_policies, policy_marks
from omneo_reconcile.formats.review import Level, Mark, Phrase, Review, Tone, Value

_COLUMNS = (
    "Status",
    "Lose it",
    "Gain it",
    "Held back",
    "Unresolved",
    "Undeclared, kept",
    "Hold it: now → then",
    "Rule",
)


def plan_review(plan: Plan) -> Review:
    """Returns what is shown of a plan."""
    summary, affected = plan.summary, affected_by(plan.changes)
    refused = plan.violations or refusals_but_policies(plan)
    commit: Phrase = (", commit ", Value(plan.spec.commit)) if plan.spec.commit else ()
    base: Phrase = (", base ", *of_base.name_of(plan.base)) if plan.base else ()
    name, url = Value(plan.tenant.name), Value(plan.tenant.base_url)
    return Review(
        kind="plan",
        title=(*_title(plan), " for tenant ", name, " (", url, f"), as of {plan.as_of}", *commit, *base),
        verdict=("This plan is refused. " if refused else "") + _verdict(plan, affected),
        tone=Tone.FAILURE if refused else Tone.LOSS if summary.remove else Tone.GAIN if summary.add else Tone.QUIET,
        total=plan_line(summary),
        tenant=plan.tenant.name,
        losses=tuple(_losses(affected)),
        not_done=_not_done(summary),
        columns=_COLUMNS,
        sections=tuple(plan_sections(plan, affected)),
        refused=tuple(_refused(plan)),
        remarks=tuple(_remarks(plan)),
        marks=tuple(_marks(plan)),
        numbers={
            "changes": summary.add + summary.remove,
            "to_add": summary.add,
            "to_remove": summary.remove,
            "unresolved": summary.unresolved,
        },
        fingerprint=plan.fingerprint,
        failure_reason=plan.failure_reason,
    )


def _title(plan: Plan) -> Phrase:
    return ("Plan",) if plan.undoes is None else ("Way back from plan ", Value(plan.undoes))


def plan_line(summary: Summary) -> str:
    """Returns the last line of a plan, which does not change from version to version. Source: contract, The plan."""
    undeclared = "undeclared unknown" if summary.undeclared is None else f"{summary.undeclared} undeclared"
    held = f", {summary.held} held" if summary.held else ""
    dropped = ", dropped not computed" if summary.dropped is None else ""
    rest = f"{summary.unresolved} unresolved, {undeclared}{held}{dropped}."
    if summary.add or summary.remove:
        return f"Plan: {summary.add} to add, {summary.remove} to remove, {rest}"
    if summary.unresolved or summary.undeclared != 0 or summary.held or dropped:
        return f"No changes. {rest}"
    return "No changes. Live membership matches the spec."


def _verdict(plan: Plan, affected: AffectedBy) -> str:
    """Says first what matters most: whether anybody would lose something."""
    end = " Dropped members were not computed: pass --base REV." if plan.summary.dropped is None else ""
    return _who_is_changed(affected) + end


def _who_is_changed(affected: AffectedBy) -> str:
    losing, gaining = _count_people(affected, Remove), _count_people(affected, Add)
    if not losing and not gaining:
        return "Nobody would gain or lose a status."
    loses = f"{words.number_of(losing, 'person')} would LOSE a status" if losing else "Nobody would lose a status"
    return f"{loses}, {words.number_of(gaining, 'person') if gaining else 'nobody'} would gain one."


def _count_people(affected: AffectedBy, wanted: type[Change]) -> int:
    return len(set[str]().union(*(found.people for (_, kind), found in affected.items() if kind is wanted)))


def _losses(affected: AffectedBy) -> Iterator[Phrase]:
    """Yields how many people would lose each status, the most first."""
    losing = {handle: len(found.people) for (handle, kind), found in affected.items() if kind is Remove}
    for handle, people in sorted(losing.items(), key=lambda row: (-row[1], row[0])):
        yield f"{words.number_of(people, 'person')} would lose ", Value(handle)


def _not_done(summary: Summary) -> str:
    return words.left_alone(
        (summary.unresolved, "listed membership", "unresolved"),
        (summary.held, "change", "held back"),
        (summary.undeclared, "membership", "not listed, and kept"),
    )


def _refused(plan: Plan) -> Iterator[Phrase]:
    for fault in refusals_but_policies(plan):
        yield Value(fault.where), ": ", Value(fault.what), "; ", Value(fault.next_step)
    for _, phrase in broken_policies(plan.violations):
        yield phrase


def _remarks(plan: Plan) -> Iterator[Phrase]:
    if plan.undoes is not None:
        yield ("Nobody is changed whom others changed since that apply.",)
        yield ("It follows a receipt alone: no policy of a spec binds it.",)
    for check in plan.limits:
        if check.override is not None:
            yield ("Limit of ", Value(check.status), f": {limit_words(check)}.")
    for row in plan.expiring:
        yield ("Soon: ", *_ending(row))
    yield from of_base.left_alone(plan.base)


def _marks(plan: Plan) -> Iterator[Mark]:
    """Yields what belongs to a line of the spec: what refuses the plan, the unresolved, and what ends soon."""
    statuses = {status.handle: status for status in plan.statuses}
    yield from policy_marks(plan.violations)
    for fault in refusals_but_policies(plan):
        handle = fault.where.removeprefix("status ")
        refusal: Phrase = (Value(handle), ": ", Value(fault.what), "; ", Value(fault.next_step))
        yield Mark(Level.ERROR, str(fault.name), refusal, statuses[handle].source)
    for person in plan.unresolved:
        refuses = statuses[person.status].unresolved_policy is UnresolvedPolicy.ERROR
        who: Phrase = (Value(person.email), " in ", Value(person.status))
        why = f": {words.unresolved_why(person)}; left alone"
        # The line of a dropped person is none of today's files.
        source = statuses[person.status].source if person.reason is Reason.DROPPED else person.source
        yield Mark(Level.ERROR if refuses else Level.WARNING, "unresolved", (*who, why), source)
    for row in plan.expiring:
        yield Mark(Level.NOTICE, "ends soon", _ending(row), row.source)


def _ending(row: Expiring) -> Phrase:
    end = "ends" if row.members == 1 else "end"
    return (words.number_of(row.members, "membership"), " of ", Value(row.status), f" {end} with {row.until}")
