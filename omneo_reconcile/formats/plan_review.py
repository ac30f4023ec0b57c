"""What a reviewer is shown of a plan: who would gain and lose what, and why, and what is left alone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from omneo_reconcile.core.changes import Add, Change, Held, Reason, Remove, Unresolved
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.limits import LimitCheck, LimitName
from omneo_reconcile.core.model import UnresolvedPolicy
from omneo_reconcile.core.plan import Expiring, Plan, StatusPlan, Summary, refusals
from omneo_reconcile.errors import FailureName, Fault
from omneo_reconcile.formats import of_base, words
from omneo_reconcile.formats.policy_rows import broken_policies, policy_marks, violation_groups
from omneo_reconcile.formats.review import Group, Level, Mark, Phrase, Review, Row, Section, Tone, Value

_Row = TypeVar("_Row", Change, Held, Unresolved, LimitCheck, Expiring)

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
    summary = plan.summary
    refused = refusals(plan)
    commit: Phrase = (", commit ", Value(plan.spec.commit)) if plan.spec.commit else ()
    base: Phrase = (", base ", *of_base.name_of(plan.base)) if plan.base else ()
    name, url = Value(plan.tenant.name), Value(plan.tenant.base_url)
    return Review(
        kind="plan",
        title=(*_title(plan), " for tenant ", name, " (", url, f"), as of {plan.as_of}", *commit, *base),
        verdict=("This plan is refused. " if refused else "") + _verdict(plan),
        tone=Tone.FAILURE if refused else Tone.LOSS if summary.remove else Tone.GAIN if summary.add else Tone.QUIET,
        total=plan_line(summary),
        tenant=plan.tenant.name,
        losses=tuple(_losses(plan.changes)),
        not_done=_not_done(summary),
        columns=_COLUMNS,
        sections=tuple(_sections(plan)),
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


def _verdict(plan: Plan) -> str:
    """Says first what matters most: whether anybody would lose something."""
    end = " Dropped members were not computed: pass --base REV." if plan.summary.dropped is None else ""
    return _who_is_changed(plan.changes) + end


def _who_is_changed(changes: Iterable[Change]) -> str:
    losing: set[str] = set()
    gaining: set[str] = set()
    for change in changes:
        (losing if isinstance(change, Remove) else gaining).add(_person(change))
    if not losing and not gaining:
        return "Nobody would gain or lose a status."
    loses = f"{words.number_of(len(losing), 'person')} would LOSE a status" if losing else "Nobody would lose a status"
    return f"{loses}, {words.number_of(len(gaining), 'person') if gaining else 'nobody'} would gain one."


def _losses(changes: Iterable[Change]) -> Iterator[Phrase]:
    """Yields how many people would lose each status, the most first."""
    losing: defaultdict[str, set[str]] = defaultdict(set)
    for change in changes:
        if isinstance(change, Remove):
            losing[change.status].add(_person(change))
    for handle, people in sorted(losing.items(), key=lambda row: (-len(row[1]), row[0])):
        yield f"{words.number_of(len(people), 'person')} would lose ", Value(handle)


def _person(change: Change) -> str:
    return normal_form(change.email) if change.email else change.profile_id


def _not_done(summary: Summary) -> str:
    return words.left_alone(
        (summary.unresolved, "listed membership", "unresolved"),
        (summary.held, "change", "held back"),
        (summary.undeclared, "membership", "not listed, and kept"),
    )


def _refused(plan: Plan) -> Iterator[Phrase]:
    for fault in _other_refusals(plan):
        yield Value(fault.where), f": {fault.what}; ", Value(fault.next_step)
    for _, phrase in broken_policies(plan.violations):
        yield phrase


def _other_refusals(plan: Plan) -> list[Fault]:
    """Returns what refuses the plan but the policies, which stand in it for themselves."""
    return [fault for fault in refusals(plan) if fault.name is not FailureName.POLICY]


def _remarks(plan: Plan) -> Iterator[Phrase]:
    if plan.undoes is not None:
        yield ("Nobody is changed whom others changed since that apply.",)
    for check in plan.limits:
        if check.override is not None:
            yield ("Limit of ", Value(check.status), f": {_limit(check)}.")
    for row in plan.expiring:
        yield ("Soon: ", *_ending(row))
    yield from of_base.left_alone(plan.base)


def _sections(plan: Plan) -> Iterator[Section]:
    changes, held, unresolved = _by_status(plan.changes), _by_status(plan.held), _by_status(plan.unresolved)
    limits = _by_status(check for check in plan.limits if check.actual)
    not_read = {read.status: read.reason for read in plan.reads if not read.complete}
    against = violation_groups(plan)
    refused = {fault.where.removeprefix("status ") for fault in _other_refusals(plan)} | against.keys()
    is_way_back = plan.undoes is not None
    for status in plan.statuses:
        handle = status.handle
        removals = [change for change in changes[handle] if isinstance(change, Remove)]
        adds = [change for change in changes[handle] if isinstance(change, Add)]
        groups = (
            *against.get(handle, ()),
            Group("Would remove", "-", Tone.LOSS, removals, row_of(removals)),
            Group("Would add", "+", Tone.GAIN, adds, row_of(adds)),
            Group(words.HELD_BACK, "~", Tone.WARNING, held[handle], words.held_row),
            Group(words.UNRESOLVED, "?", Tone.WARNING, unresolved[handle], words.unresolved_row),
        )
        undeclared = () if is_way_back else _undeclared(status, not_read.get(handle))
        checks: tuple[Phrase, ...] = (_limits(limits[handle]),) if limits[handle] else ()
        yield Section(
            title=(Value(handle),),
            subtitle=_subtitle(status, is_way_back=is_way_back),
            before=status.live,
            after=None if status.live is None else status.live + status.add - status.remove,
            facts=(_fact(status, is_way_back=is_way_back),),
            groups=tuple(group for group in groups if group.count),
            remarks=(*of_base.dropped(status, plan.base), *undeclared, *checks),
            cells=_cells(status, limits[handle], is_way_back=is_way_back),
            is_refused=handle in refused,
        )


def _subtitle(status: StatusPlan, *, is_way_back: bool) -> Phrase:
    rule = "back to what it was before the apply" if is_way_back else words.MODES[status.mode]
    return (rule, "; owner ", Value(status.owner)) if status.owner else (rule,)


def _cells(status: StatusPlan, limits: list[LimitCheck], *, is_way_back: bool) -> tuple[Phrase, ...]:
    over = {check.limit for check in limits if not check.ok}
    holders = "not counted" if status.live is None else f"{status.live} → {status.live + status.add - status.remove}"
    return (
        (Value(status.handle),),
        (_cell(status.remove, is_over=LimitName.MAX_REMOVALS in over) + of_base.unknown(status),),
        (_cell(status.add, is_over=LimitName.MAX_ADDS in over),),
        (_cell(status.held),),
        (_cell(status.unresolved),),
        ("not counted" if status.undeclared is None else _cell(status.undeclared),),
        (holders,),
        _subtitle(status, is_way_back=is_way_back),
    )


def _cell(number: int, *, is_over: bool = False) -> str:
    return f"{number} OVER THE LIMIT" if is_over else str(number or "")


def _fact(status: StatusPlan, *, is_way_back: bool) -> Phrase:
    live = (
        "holders not counted"
        if status.live is None
        else f"{status.live} {'holds' if status.live == 1 else 'hold'} it now"
    )
    todo = status.add or status.remove or status.held or status.unresolved or status.dropped is None
    quiet = "" if todo else "Nothing to do: "
    if is_way_back:
        return (f"{quiet}{live}, {words.number_of(status.unchanged, 'change')} taken back already",)
    return (f"{quiet}{live}, {status.declared} listed, {status.unchanged} of them already",)


def _undeclared(status: StatusPlan, why_not_read: str | None) -> tuple[Phrase, ...]:
    if status.undeclared is None:
        return (("Undeclared: not counted (", Value(why_not_read or "its list was not read"), ")"),)
    if status.undeclared == 0:
        return ()
    rest = "holder is not listed and keeps it" if status.undeclared == 1 else "holders are not listed and keep it"
    return ((f"Undeclared: {status.undeclared} {rest}",),)


def _by_status(rows: Iterable[_Row]) -> defaultdict[str, list[_Row]]:
    groups: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[row.status].append(row)
    return groups


def row_of(changes: Iterable[Change]) -> Callable[[Change], Row]:
    """Returns what makes a row of a change of a plan: with the profile id where several have the same email."""
    counts = Counter(map(_person, changes))
    return lambda change: _change(change, is_one_of_several=counts[_person(change)] > 1)


def _change(change: Change, *, is_one_of_several: bool) -> Row:
    why = words.why(change.reason, change.until)
    details: list[Phrase] = [(Value(change.note),)] if change.note else []
    if is_one_of_several:
        details.append(("profile ", Value(change.profile_id)))
    return Row(change.status, words.who(change.email, change.profile_id), (why,), tuple(details), change.source)


def _limits(checks: Iterable[LimitCheck]) -> Phrase:
    return (f"Limits: {'; '.join(map(_limit, checks))}",)


def _limit(check: LimitCheck) -> str:
    verb = "add" if check.limit is LimitName.MAX_ADDS else "remove"
    allowed = "unknown" if check.allowed is None else str(check.allowed)
    rule = "" if check.rule == allowed else f" ({check.rule})"
    if check.override is not None:
        rule = f" (allowed by hand, the spec says {check.rule})"
    return f"{verb} {check.actual}, at most {allowed}{rule}" + ("" if check.ok else ", OVER THE LIMIT")


def _marks(plan: Plan) -> Iterator[Mark]:
    """Yields what belongs to a line of the spec: what refuses the plan, the unresolved, and what ends soon."""
    statuses = {status.handle: status for status in plan.statuses}
    yield from policy_marks(plan.violations)
    for fault in _other_refusals(plan):
        handle = fault.where.removeprefix("status ")
        refusal: Phrase = (Value(handle), f": {fault.what}; ", Value(fault.next_step))
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
