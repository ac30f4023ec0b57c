"""Plain text: who loses what, who gains what, and why; the last line is stable."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar, assert_never

from omneo_reconcile.core.changes import Add, Change, Held, HeldWhy, Reason, Remove, Unresolved
from omneo_reconcile.core.limits import LimitCheck
from omneo_reconcile.core.model import Mode
from omneo_reconcile.core.plan import Plan, StatusPlan, Summary, refusals
from omneo_reconcile.core.receipt import Outcome, Receipt, ResultRow
from omneo_reconcile.core.resolve import Why
from omneo_reconcile.core.spec_diff import SpecDiff
from omneo_reconcile.core.survey import Survey
from omneo_reconcile.formats.diff_text import diff_lines
from omneo_reconcile.formats.escape import plain, visible
from omneo_reconcile.formats.survey_text import survey_lines

Document = Plan | Receipt | Survey | SpecDiff

Row = TypeVar("Row", Change, Held, Unresolved, LimitCheck)

_MODES = {
    Mode.ADDITIVE: "additive: nobody loses it but those named",
    Mode.TRACKED: "tracked: those dropped from the spec lose it",
    Mode.EXCLUSIVE: "exclusive: the list is complete, everybody else who holds it loses it",
}
_REASONS = {
    Reason.ABSENT: "listed under `absent`",
    Reason.EXPIRED: "membership ended",
    Reason.DROPPED: "dropped from the spec",
    Reason.EXCLUSIVE: "holds it but is not on the list",
    Reason.DECLARED: "listed",
    Reason.UNDO: "as it was before",
}
_UNRESOLVED = {
    Why.NOT_FOUND: "nobody has this email",
    Why.AMBIGUOUS: "several profiles have this email",
    Why.INACTIVE: "only a system profile has this email",
    Why.UNREADABLE: "the tenant could not tell",
}
_HELD = {
    HeldWhy.UNRESOLVED: "kept while listed people are unresolved",
    HeldWhy.STATUSES_NOT_TOLD: "kept: the tenant did not tell the statuses",
    HeldWhy.TYPE_NOT_TOLD: "kept: the tenant did not tell the type of profile",
    HeldWhy.MAY_BE_LISTED: "kept: may be a listed person whom the tenant could not tell",
    HeldWhy.GONE: "left as it is: the profile is gone",
    HeldWhy.ANOTHER_PERSON: "left as it is: the profile is another person now",
    HeldWhy.SYSTEM_PROFILE: "left as it is: the profile is a system profile",
    HeldWhy.UNREADABLE: "left as it is: the tenant could not tell",
    HeldWhy.UNCONFIRMED: "left as it is: the apply could not confirm that it was made",
}
_SIGNS = {
    Outcome.ADDED: "+",
    Outcome.REMOVED: "-",
    Outcome.ALREADY: "=",
    Outcome.FAILED: "!",
    Outcome.UNCONFIRMED: "?",
    Outcome.HELD: "~",
}
_NO_EMAIL = "(no email)"


def as_text(document: Document) -> str:
    """Returns the document as lines of plain text."""
    match document:
        case Plan():
            lines = _plan(document)
        case Receipt():
            lines = _receipt(document)
        case Survey():
            lines = survey_lines(document)
        case SpecDiff():
            lines = diff_lines(document)
        case _:
            assert_never(document)
    return "".join(visible(line) + "\n" for line in lines)


def plan_line(summary: Summary) -> str:
    """Returns the last line of a plan, which does not change from version to version. Source: contract, The plan."""
    undeclared = "undeclared unknown" if summary.undeclared is None else f"{summary.undeclared} undeclared"
    held = f", {summary.held} held" if summary.held else ""
    rest = f"{summary.unresolved} unresolved, {undeclared}{held}."
    if summary.add or summary.remove:
        return f"Plan: {summary.add} to add, {summary.remove} to remove, {rest}"
    if summary.unresolved or summary.undeclared != 0 or summary.held:
        return f"No changes. {rest}"
    return "No changes. Live membership matches the spec."


def _plan(plan: Plan) -> Iterator[str]:
    commit = f", commit {plan.spec.commit}" if plan.spec.commit else ""
    place = f"tenant {plain(plan.tenant.name)} ({plain(plan.tenant.base_url)}), as of {plan.as_of}{commit}"
    if plan.undoes is None:
        yield f"Plan for {place}"
    else:
        yield f"Way back for {place}"
        yield f"Takes back what was applied of plan {plain(plan.undoes)}, from those who are still as that left them"
    yield _verdict(plan.summary)
    changes, held, unresolved = _by_status(plan.changes), _by_status(plan.held), _by_status(plan.unresolved)
    limits = _by_status(check for check in plan.limits if check.actual)
    not_read = {read.status: read.reason for read in plan.reads if not read.complete}
    for status in plan.statuses:
        yield ""
        yield from _heading(status, way_back=plan.undoes is not None)
        removals = [change for change in changes[status.handle] if isinstance(change, Remove)]
        adds = [change for change in changes[status.handle] if isinstance(change, Add)]
        yield from _group("Would remove", map(_change, removals))
        yield from _group("Would add", map(_change, adds))
        yield from _group("Held back", map(_held, held[status.handle]))
        yield from _group("Unresolved, left alone", map(_unresolved, unresolved[status.handle]))
        if plan.undoes is None:
            yield from _undeclared(status, not_read.get(status.handle))
        if limits[status.handle]:
            yield f"  Limits: {'; '.join(map(_limit, limits[status.handle]))}"
    yield ""
    refused = refusals(plan)
    for fault in refused:
        yield f"Refused: {plain(f'{fault.where}: {fault.what}; {fault.next_step}')}"
    if refused:
        yield ""
    yield f"Fingerprint: {plan.fingerprint}"
    yield plan_line(plan.summary)


def _verdict(summary: Summary) -> str:
    """Says first what matters most: whether anybody would lose something."""
    if not summary.remove:
        return f"Nobody would lose a status; {summary.add} memberships would be added."
    return f"{summary.remove} memberships would be REMOVED, {summary.add} added."


def _heading(status: StatusPlan, *, way_back: bool) -> Iterator[str]:
    owner = f", owner {plain(status.owner)}" if status.owner else ""
    yield f"{plain(status.handle)} ({_MODES[status.mode]}){owner}"
    live = "holders not counted" if status.live is None else f"{status.live} hold it now"
    quiet = "" if status.add or status.remove or status.held or status.unresolved else "Nothing to do: "
    if way_back:
        yield f"  {quiet}{live}, {status.unchanged} changes are taken back already"
    else:
        yield f"  {quiet}{live}, {status.declared} listed, {status.unchanged} of them hold it already"


def _undeclared(status: StatusPlan, why_not_read: str | None) -> Iterator[str]:
    if status.undeclared is None:
        yield f"  Undeclared: not counted ({plain(why_not_read or 'its list was not read')})"
    elif status.undeclared:
        yield f"  Undeclared: {status.undeclared} hold it without being listed, and keep it"


def _group(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield f"  {title} {len(lines)}:"
        yield from (f"    {line}" for line in lines)


def _by_status(rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.status].append(row)
    return groups


def _change(change: Change) -> str:
    sign = "+" if isinstance(change, Add) else "-"
    why = _REASONS[change.reason]
    if change.until:
        why += f" on {change.until}" if change.reason is Reason.EXPIRED else f" until {change.until}"
    return _line(sign, change.email, change.profile_id, why, change.note, change.source)


def _held(held: Held) -> str:
    return _line("~", held.email, held.profile_id, _HELD[held.why])


def _unresolved(person: Unresolved) -> str:
    ids = ", ".join(person.profile_ids) or None
    return _line("?", person.email, None, _UNRESOLVED[person.why], person.detail, ids, person.source)


def _line(sign: str, email: str | None, profile_id: str | None, *details: object) -> str:
    """One person: who first, then why; the profile id stands where there is no email to tell people apart."""
    who = email or f"{_NO_EMAIL} profile {profile_id}"
    first, *rest = [plain(str(detail)) for detail in details if detail is not None]
    return f"{sign} {plain(who)}  {first}" + (f" ({'; '.join(rest)})" if rest else "")


def _limit(check: LimitCheck) -> str:
    verb = "add" if check.limit == "max_adds" else "remove"
    allowed = "unknown" if check.allowed is None else str(check.allowed)
    rule = "" if check.rule == allowed else f" ({check.rule})"
    if check.override is not None:
        rule = f" (allowed by hand, the spec says {check.rule})"
    return f"{verb} {check.actual}, at most {allowed}{rule}" + ("" if check.ok else ", OVER THE LIMIT")


def _receipt(receipt: Receipt) -> Iterator[str]:
    commit = f", commit {receipt.spec.commit}" if receipt.spec.commit else ""
    yield f"Applied to tenant {plain(receipt.tenant.name)} ({plain(receipt.tenant.base_url)}){commit}"
    yield f"Plan {receipt.fingerprint}, {len(receipt.batches)} batches"
    yield from _outcomes(receipt.changes)
    yield from _group("Held back by the plan", (f"{row.status}: {_held(row)}" for row in receipt.held))
    yield from _group("Unresolved, left alone", (f"{row.status}: {_unresolved(row)}" for row in receipt.unresolved))
    for count in receipt.counts:
        if count.before is not None and count.after is not None:
            yield f"  {plain(count.status)}: {count.before} held it before, {count.after} after"
    if receipt.reads:
        who = "everybody" if all(read.complete for read in receipt.reads) else "not everybody"
        ways = ", ".join(f"{read.way} {read.requests}" for read in receipt.reads)
        yield f"Read back: {who} (requests: {ways})"
    summary = receipt.summary
    rest = [f"{number} {word}" for number, word in ((summary.already, "already so"), (summary.held, "held")) if number]
    if rest:
        yield f"Also: {', '.join(rest)}."
    yield (
        f"Apply complete: {summary.added} added, {summary.removed} removed, {summary.failed} failed, "
        f"{summary.unconfirmed} unconfirmed."
    )


def _outcomes(rows: Iterable[ResultRow]) -> Iterator[str]:
    for row in rows:
        details = row.detail, row.source
        yield "  " + _line(_SIGNS[row.outcome], row.email, row.profile_id, f"{row.status} {row.outcome}", *details)
