"""Decides for one status who gains it, who loses it, and what is left alone and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from omneo_reconcile.core.changes import Add, Change, Held, HeldWhy, Reason, Remove, Unresolved
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.matching import Matched, match
from omneo_reconcile.core.model import Entry, Listed, Mode, Profile, StatusSpec, UnresolvedPolicy
from omneo_reconcile.core.reading import DELETED, Reading, Rows, holding, holds
from omneo_reconcile.core.resolve import NotResolved, People, Resolved, Why, type_note


class Decision(Struct, frozen=True):
    """What a plan does to one status.

    Attributes:
        live: Profiles that hold it now, or None if they were not counted.
        declared: People the spec lists as members on the day.
        unchanged: Those of them who hold it already.
        undeclared: Holders the spec does not name and the plan leaves alone, or None if they were not counted.
    """

    changes: tuple[Change, ...]
    held: tuple[Held, ...]
    unresolved: tuple[Unresolved, ...]
    live: int | None
    declared: int
    unchanged: int
    undeclared: int | None


class _Gap(NamedTuple):
    """How those who hold a status differ from those whom the spec names.

    Attributes:
        missing: Declared people who are not seen holding it, by email in normal form.
        leaving: People named as who should not hold it, and who do or might, by email in normal form.
        strangers: Profiles of its list that hold it, or do not tell, and are of nobody whom the spec names.
    """

    listed: Listed
    missing: Mapping[str, Entry]
    leaving: Mapping[str, Entry]
    strangers: Sequence[Profile]


def decide(statuses: Sequence[StatusSpec], reading: Reading, people: People, as_of: date) -> list[Decision]:
    """Returns the decision for each status. Pure; the order of lists and rows does not matter."""
    listed = {status.handle: status.listed(as_of) for status in statuses}
    matched = match({handle: each.declared for handle, each in listed.items()}, people.rows)
    gaps = {handle: _gap(handle, each, matched, reading, people) for handle, each in listed.items()}
    asked = {email for gap in gaps.values() for email in (*gap.missing, *gap.leaving)}
    resolved = people.resolve(asked, matched.open)
    return [_decision(status, gaps[status.handle], resolved, reading.holders.get(status.handle)) for status in statuses]


def _gap(handle: str, listed: Listed, matched: Matched, reading: Reading, people: People) -> _Gap:
    """Returns the gap of one status. Its list may lag behind: that somebody is named goes by what was told last."""
    rows = reading.holders.get(handle)
    leaving, others = listed.leaving, matched.others[handle]
    without, strangers, *_ = match({handle: leaving}, others)
    untold = (row for row in matched.untold if not _is_named(row, listed))
    return _Gap(
        listed,
        matched.missing[handle],
        leaving={
            email: entry
            for email, entry in leaving.items()
            if email not in without[handle]
            or people.unreadable(email)
            or (rows is None and not people.looked_up(email))
        },
        strangers=[row for row in (*strangers[handle], *untold) if rows and _is_listed(row, rows)],
    )


def _is_named(row: Profile, listed: Listed) -> bool:
    return row.email is not None and any(normal_form(row.email) in people for people in listed)


def _is_listed(row: Profile, rows: Rows) -> bool:
    return row.id in rows and rows[row.id].type != DELETED


def _decision(status: StatusSpec, gap: _Gap, resolved: Resolved, rows: Rows | None) -> Decision:
    adds = list(_adds(status.handle, gap.missing, resolved))
    leaving: list[Remove | Held | Unresolved] = [*_removals(status.handle, gap, resolved)]
    if status.mode is Mode.EXCLUSIVE:
        unread = any(isinstance(each, Unresolved) and each.why is Why.UNREADABLE for each in (*adds, *leaving))
        leaving += _exclusive(status.handle, gap.strangers, unread=unread)

    unresolved = tuple(outcome for outcome in (*adds, *leaving) if isinstance(outcome, Unresolved))
    removals = [outcome for outcome in leaving if isinstance(outcome, Remove)]
    held = [outcome for outcome in leaving if isinstance(outcome, Held)]
    if unresolved and status.unresolved is UnresolvedPolicy.HOLD:
        held += [Held(change.status, change.profile_id, change.email, HeldWhy.UNRESOLVED) for change in removals]
        removals = []
    undeclared = holding(gap.strangers, status.handle) if status.mode is not Mode.EXCLUSIVE else []
    return Decision(
        changes=(*(outcome for outcome in adds if isinstance(outcome, Add)), *removals),
        held=tuple(held),
        unresolved=unresolved,
        live=None if rows is None else len(holding(rows.values(), status.handle)),
        declared=len(gap.listed.declared),
        unchanged=len(gap.listed.declared) - len(gap.missing),
        undeclared=None if rows is None else len(undeclared),
    )


def _adds(handle: str, missing: Mapping[str, Entry], resolved: Resolved) -> Iterator[Add | Unresolved]:
    """Yields an outcome for each declared person who is not seen holding the status."""
    for email, entry in missing.items():
        match resolved[email]:
            case NotResolved() as outcome:
                yield _unresolved(handle, entry, outcome, Reason.DECLARED)
            case profile:
                note = _note(entry.reason, type_note(profile))
                yield Add(handle, profile.id, profile.email, Reason.DECLARED, entry.source, note, entry.until)


def _removals(handle: str, gap: _Gap, resolved: Resolved) -> Iterator[Remove | Unresolved]:
    """Yields an outcome for each person named as one who should not hold the status, and who does or might."""
    for email, entry in gap.leaving.items():
        reason = _why_leaving(email, gap.listed)
        match resolved[email]:
            case NotResolved() as outcome:
                yield _unresolved(handle, entry, outcome, reason)
            case profile:
                note = _note(entry.reason, type_note(profile))
                yield Remove(handle, profile.id, profile.email, reason, entry.source, note, entry.until)


def _why_leaving(email: str, listed: Listed) -> Reason:
    if email in listed.expired:
        return Reason.EXPIRED
    return Reason.ABSENT if email in listed.absent else Reason.DROPPED


def _exclusive(handle: str, strangers: Iterable[Profile], *, unread: bool) -> Iterator[Remove | Held]:
    """Yields an outcome for each holder whom an exclusive list does not name.

    Args:
        unread: Whether a listed person could not be read: a holder without an email may be that person.
    """
    for profile in strangers:
        if profile.statuses is None:
            yield Held(handle, profile.id, profile.email, HeldWhy.STATUSES_NOT_TOLD)
        elif holds(profile, handle):
            if profile.type is None:
                yield Held(handle, profile.id, profile.email, HeldWhy.TYPE_NOT_TOLD)
            elif profile.email is None and unread:
                yield Held(handle, profile.id, profile.email, HeldWhy.MAY_BE_LISTED)
            else:
                note = _note("no email" if profile.email is None else None, type_note(profile))
                yield Remove(handle, profile.id, profile.email, Reason.EXCLUSIVE, None, note, None)


def _unresolved(handle: str, entry: Entry, outcome: NotResolved, reason: Reason) -> Unresolved:
    return Unresolved(handle, entry.email, outcome.why, outcome.profile_ids, entry.source, outcome.detail, reason)


def _note(*parts: str | None) -> str | None:
    return "; ".join(part for part in parts if part) or None
