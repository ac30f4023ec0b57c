"""What a reviewer is shown of each status of a plan: numbers, who would gain and lose it, and what is left alone."""

from collections.abc import Iterable, Iterator

from omneo_reconcile.core.limits import LimitCheck, LimitName
from omneo_reconcile.core.plan import Plan, StatusPlan, refused_statuses
from omneo_reconcile.formats import of_base, words
from omneo_reconcile.formats.affected import AffectedBy, change_groups
from omneo_reconcile.formats.picking import by_status, picked_by
from omneo_reconcile.formats.policy_rows import violation_groups
from omneo_reconcile.formats.review import Group, Phrase, Section, Tone, Value


def plan_sections(plan: Plan, affected: AffectedBy) -> Iterator[Section]:
    """Yields what is shown of each status of a plan."""
    held, unresolved = picked_by(by_status, plan.held), picked_by(by_status, plan.unresolved)
    limits = picked_by(by_status, [check for check in plan.limits if check.actual])
    not_read = {read.status: read.reason for read in plan.reads if not read.complete}
    against = violation_groups(plan)
    refused = refused_statuses(plan)
    is_way_back = plan.undoes is not None
    for status in plan.statuses:
        handle = status.handle
        groups = (
            *against.get(handle, ()),
            *change_groups(handle, affected),
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


def _cells(status: StatusPlan, limits: Iterable[LimitCheck], *, is_way_back: bool) -> tuple[Phrase, ...]:
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


def _limits(checks: Iterable[LimitCheck]) -> Phrase:
    return (f"Limits: {'; '.join(map(limit_words, checks))}",)


def limit_words(check: LimitCheck) -> str:
    """Returns how many changes a plan has and may have, under one limit."""
    verb = "add" if check.limit is LimitName.MAX_ADDS else "remove"
    allowed = "unknown" if check.allowed is None else str(check.allowed)
    rule = "" if check.rule == allowed else f" ({check.rule})"
    if check.override is not None:
        rule = f" (allowed by hand, the spec says {check.rule})"
    return f"{verb} {check.actual}, at most {allowed}{rule}" + ("" if check.ok else ", OVER THE LIMIT")
