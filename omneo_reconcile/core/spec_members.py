"""Whom a spec names otherwise than it did, and what that means to them."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from omneo_reconcile.core.danger import Danger, rank
from omneo_reconcile.core.model import Entry, Mode, Source, StatusSpec


class Step(StrEnum):
    """What changed about a person of a status, in the order in which it is shown."""

    DROPPED = "dropped"
    ABSENT = "absent"
    UNTIL = "until"
    LISTED = "listed"
    NO_LONGER_ABSENT = "no_longer_absent"
    REASON = "reason"


class Effect(StrEnum):
    """What the spec says of the person now. Whether that changes anything, only the tenant can tell.

    Attributes:
        LOSES: Whoever holds the status loses it.
        GAINS: The person is to hold it, as the spec did not say before.
        KEEPS: The person is to hold it, as before.
        LEFT_ALONE: The spec says nothing of the person any more: nothing happens.
    """

    LOSES = "loses"
    GAINS = "gains"
    KEEPS = "keeps"
    LEFT_ALONE = "left_alone"


class MemberChange(Struct, frozen=True):
    """One person of one status whom the spec names otherwise than at the base.

    Attributes:
        email: As the spec writes it.
        source: The line that names the person, at the base if none does any more.
        until_before: Last day of membership at the base, if the person was a member.
        until: Last day now, if the person is a member.
        note: The reason that stands at the source.
        note_before: The reason at the base, if another one stands at the source now.
        danger: Set if the person would lose the status and would not have by the base.
    """

    step: Step
    effect: Effect
    email: str
    status: str
    source: Source
    until_before: date | None
    until: date | None
    note: str | None
    danger: Danger | None
    note_before: str | None


_STEPS = {step: number for number, step in enumerate(Step)}
_DANGERS = {Step.DROPPED: Danger.DROPPED, Step.ABSENT: Danger.ABSENT}


def member_changes(before: StatusSpec | None, after: StatusSpec | None, as_of: date) -> tuple[MemberChange, ...]:
    """Returns a row for each person who is member or absent on one side and not, or said otherwise, on the other.

    Emails are compared in normal form, so files, lines, order and spelling change nothing. The dangerous come first,
    then by step and email.

    Args:
        before: The status at the base, or None if it was not there.
        after: The status now, or None if it is not there any more.
        as_of: The day for which `until` is read.
    """
    return tuple(row for _, row in sorted(_rows((before, after), as_of), key=_order))


def _order(item: tuple[str, MemberChange]) -> tuple[int, int, str]:
    email, row = item
    return rank([row.danger]), _STEPS[row.step], email


class _Said(Struct, frozen=True):
    """What one side says of a person: the line that makes a member, the line that says absent, or neither."""

    member: Entry | None
    absent: Entry | None

    @property
    def entry(self) -> Entry | None:
        return self.member or self.absent

    def holds(self, as_of: date) -> bool:
        return self.member is not None and (self.member.until is None or self.member.until >= as_of)


_Sides = tuple[StatusSpec | None, StatusSpec | None]


def _rows(sides: _Sides, as_of: date) -> Iterator[tuple[str, MemberChange]]:
    before, after = sides
    for email in {email for email, _ in _meanings(before).items() ^ _meanings(after).items()}:
        yield email, _row(sides, _said(before, email), _said(after, email), as_of)


def _meanings(status: StatusSpec | None) -> dict[str, tuple[date | str | None, str | None]]:
    """Returns what counts as a difference: the last day of each member, or that the person is absent, and why."""
    if status is None:
        return {}
    members = {email: (entry.until, entry.reason) for email, entry in status.members.items()}
    return members | {email: ("absent", entry.reason) for email, entry in status.absent.items()}


def _said(status: StatusSpec | None, email: str) -> _Said:
    return _Said(status.members.get(email), status.absent.get(email)) if status else _Said(None, None)


def _row(sides: _Sides, was: _Said, now: _Said, as_of: date) -> MemberChange:
    before, after = sides
    status = after or before
    entry = now.entry or was.entry
    assert status is not None
    assert entry is not None
    note_before = was.entry.reason if was.entry else None
    step = _step(was, now)
    loses = _loses(after, now, as_of, is_dropped=step is Step.DROPPED)
    is_new = not _loses(before, was, as_of, is_dropped=False)
    return MemberChange(
        step=step,
        effect=_effect(was, now, as_of, loses=loses),
        email=entry.email,
        status=status.handle,
        source=entry.source,
        until_before=was.member.until if was.member else None,
        until=now.member.until if now.member else None,
        note=entry.reason,
        danger=_DANGERS.get(step, Danger.EXPIRED) if loses and is_new else None,
        note_before=note_before if note_before != entry.reason else None,
    )


def _step(was: _Said, now: _Said) -> Step:
    if (now.absent and was.absent) or (now.member and was.member and now.member.until == was.member.until):
        return Step.REASON
    if now.absent:
        return Step.ABSENT
    if now.member:
        return Step.UNTIL if was.member else Step.LISTED
    return Step.DROPPED if was.member else Step.NO_LONGER_ABSENT


def _effect(was: _Said, now: _Said, as_of: date, *, loses: bool) -> Effect:
    if loses:
        return Effect.LOSES
    if not now.holds(as_of):
        return Effect.LEFT_ALONE
    return Effect.KEEPS if was.holds(as_of) else Effect.GAINS


def _loses(status: StatusSpec | None, said: _Said, as_of: date, *, is_dropped: bool) -> bool:
    """Tells whether that side takes the status from the person, if they hold it.

    Args:
        is_dropped: Whether the other side lists the person and this one does not name them.
    """
    if status is None or said.holds(as_of):
        return False
    if said.member or said.absent:
        return True
    match status.mode:
        case Mode.EXCLUSIVE:
            return True
        case Mode.TRACKED:
            return is_dropped
        case Mode.ADDITIVE:
            return False
        case _:
            assert_never(status.mode)
