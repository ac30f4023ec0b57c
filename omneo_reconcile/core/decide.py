"""Decides for one status who gains it, who loses it, and what is left alone and why."""

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct

from omneo_reconcile.core.changes import Add, Change, Held, HeldWhy, Reason, Remove, Unresolved
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Entry, Mode, Profile, StatusSpec, UnresolvedPolicy
from omneo_reconcile.core.reading import DELETED, Reading, holds
from omneo_reconcile.core.resolve import NotResolved, People, Why, type_note


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


def decide(status: StatusSpec, reading: Reading, people: People, as_of: date) -> Decision:
    """Returns the decision for one status. Pure; the order of lists and rows does not matter."""
    declared, expired, absent, dropped = status.listed(as_of)
    listed = declared.keys() | expired.keys() | absent.keys() | dropped.keys()
    adds = list(_adds(status.handle, declared, people))
    leaving: list[Remove | Held | Unresolved] = [
        *_removals(status.handle, expired, Reason.EXPIRED, reading, people),
        *_removals(status.handle, absent, Reason.ABSENT, reading, people),
        *_removals(status.handle, dropped, Reason.DROPPED, reading, people),
    ]
    rows = _rows(reading, status.handle)
    latest = [people.latest(row) for row in rows or ()]  # a list may lag behind: whoever is listed is no stranger
    strangers = [row for row in latest if row.email is None or normal_form(row.email) not in listed]
    if status.mode is Mode.EXCLUSIVE:
        unread = any(isinstance(each, Unresolved) and each.why is Why.UNREADABLE for each in (*adds, *leaving))
        leaving += _exclusive(status.handle, strangers, unread=unread)

    unresolved = tuple(outcome for outcome in (*adds, *leaving) if isinstance(outcome, Unresolved))
    removals = [outcome for outcome in leaving if isinstance(outcome, Remove)]
    held = [outcome for outcome in leaving if isinstance(outcome, Held)]
    if unresolved and status.unresolved is UnresolvedPolicy.HOLD:
        held += [Held(change.status, change.profile_id, change.email, HeldWhy.UNRESOLVED) for change in removals]
        removals = []
    undeclared = [row for row in strangers if holds(row, status.handle)] if status.mode is not Mode.EXCLUSIVE else []
    return Decision(
        changes=(*(outcome for outcome in adds if isinstance(outcome, Add)), *removals),
        held=tuple(held),
        unresolved=unresolved,
        live=None if rows is None else sum(holds(row, status.handle) for row in rows),
        declared=len(declared),
        unchanged=len(declared) - len(adds),
        undeclared=None if rows is None else len(undeclared),
    )


def _rows(reading: Reading, handle: str) -> list[Profile] | None:
    """Returns the profiles on the list of holders, each once, or None if the list was not read."""
    if handle not in reading.holders:
        return None
    rows = {row.id: row for row in reading.holders[handle]}
    return [row for row in rows.values() if row.type != DELETED]


def _adds(handle: str, declared: Mapping[str, Entry], people: People) -> Iterator[Add | Unresolved]:
    """Yields an outcome for each declared person who is not seen holding the status."""
    for email in declared.keys() - people.holding(handle):
        entry = declared[email]
        match people.resolve(email):
            case NotResolved() as outcome:
                yield _unresolved(handle, entry, outcome, Reason.DECLARED)
            case profile:
                note = _note(entry.reason, type_note(profile))
                yield Add(handle, profile.id, profile.email, Reason.DECLARED, entry.source, note, entry.until)


def _removals(
    handle: str, leaving: Mapping[str, Entry], reason: Reason, reading: Reading, people: People
) -> Iterator[Remove | Unresolved]:
    """Yields an outcome for each person named as one who should not hold the status, and who does or might."""
    for email, entry in leaving.items():
        unknown = people.unreadable(email) or not (handle in reading.holders or people.looked_up(email))
        if email not in people.holding(handle) and not unknown:
            continue
        match people.resolve(email):
            case NotResolved() as outcome:
                yield _unresolved(handle, entry, outcome, reason)
            case profile:
                note = _note(entry.reason, type_note(profile))
                yield Remove(handle, profile.id, profile.email, reason, entry.source, note, entry.until)


def _exclusive(handle: str, strangers: list[Profile], *, unread: bool) -> Iterator[Remove | Held]:
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
