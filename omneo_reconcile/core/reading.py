"""What was read from the tenant, and what still has to be asked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.limits import LimitName
from omneo_reconcile.core.model import Count, Membership, Mode, Profile, Spec, StatusSpec
from omneo_reconcile.core.policies import Question, questions

DELETED = "deleted"


class Unreadable(Struct, frozen=True):
    """A lookup that gave no usable answer. Unreadable is not absent."""

    detail: str


class Gone(Struct, frozen=True):
    """There is no such profile, or it is deleted."""


Lookup = tuple[Profile, ...] | Unreadable

Told = Profile | Gone | Unreadable
"""What reading one profile gave."""


class Asked(NamedTuple):
    """A membership to be read back.

    Attributes:
        email: That of its profile, if it has one and it is known: some ways of reading ask for that.
        wanted: Whether the status should be held.
    """

    status: str
    profile_id: str
    email: str | None
    wanted: bool

    @property
    def membership(self) -> Membership:
        """The status and the profile id."""
        return self.status, self.profile_id


class Seen(NamedTuple):
    """Whether a profile holds a status now.

    Attributes:
        holds: None if that cannot be told.
        detail: What was seen instead of a profile that tells, else nothing.
    """

    holds: bool | None
    detail: str = ""


class WayName(StrEnum):
    """The ways of reading: status definitions, holders of a status, all profiles, people by many emails, one, or id."""

    DEFINITIONS = "definitions"
    HOLDERS = "holders"
    SCAN = "scan"
    EMAILS = "emails"
    LOOKUP = "lookup"
    PROFILE = "profile"


class Completeness(StrEnum):
    """How far a reading came. Only what is complete tells that somebody is not there."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


class Read(Struct, frozen=True):
    """How one thing was read, for the plan.

    Attributes:
        status: The status whose holders were listed; None for what serves all statuses.
        complete: True if it was read to its end.
        requests: Requests sent for it, retries included.
        completeness: The same with the two ways of not being complete told apart.
        reason: Why this way was chosen, or why it was not read to its end.
    """

    status: str | None
    way: WayName
    complete: bool
    requests: int
    completeness: Completeness
    reason: str


def listed(reads: Iterable[Read]) -> frozenset[str]:
    """Returns the statuses whose own list of holders was read to its end, and held against all else that was read."""
    return frozenset(read.status for read in reads if read.status and read.complete and read.way is WayName.HOLDERS)


class Reading(Struct, frozen=True):
    """All that was read, ready to be decided on.

    Attributes:
        holders: The complete list of holders for each status whose list was read. No key: not read, never "none".
        people: The outcome of each lookup, by email in normal form.
        reads: How.
        requests: All requests sent, retries included.
        seen: Rows of lists that were not read to their end: what they tell holds, what they do not tell is open.
    """

    holders: Mapping[str, tuple[Profile, ...]]
    people: Mapping[str, Lookup]
    reads: tuple[Read, ...] = ()
    requests: int = 0
    seen: tuple[Profile, ...] = ()


def seen_on(profile: Told, handle: str) -> Seen:
    """Returns what reading a profile tells of one status: one that is gone holds none, what was not told is open."""
    match profile:
        case Gone():
            return Seen(holds=False, detail="the profile is gone")
        case Unreadable(detail):
            return Seen(None, detail)
        case _ if profile.statuses is None:
            return Seen(None, "the profile did not tell its statuses")
        case _:
            return Seen(holds=holds(profile, handle))


def holds(profile: Profile, handle: str) -> bool:
    """Tells whether the tenant said that this profile, not deleted, holds the status."""
    return profile.type != DELETED and profile.statuses is not None and handle in profile.statuses


def by_email(profiles: Iterable[Profile]) -> dict[str, tuple[Profile, ...]]:
    """Groups profiles that are not deleted by email in normal form; those without an email are left out."""
    groups: defaultdict[str, list[Profile]] = defaultdict(list)
    for profile in profiles:
        if profile.email is not None and profile.type != DELETED:
            groups[normal_form(profile.email)].append(profile)
    return {email: tuple(group) for email, group in groups.items()}


def needs_holders(status: StatusSpec, as_of: date, overridden: Collection[LimitName]) -> bool:
    """Tells whether this status cannot be planned without its whole list of holders.

    True for an exclusive status, where a policy sets how many may hold it, and where a limit is a share of the live
    holders and could matter.

    Args:
        overridden: The limits of this status that an exact count replaces.
    """
    listed = status.listed(as_of)
    adds_need = (
        not isinstance(status.limits.max_adds, Count) and LimitName.MAX_ADDS not in overridden and bool(listed.declared)
    )
    removals_need = (
        not isinstance(status.limits.max_removals, Count)
        and LimitName.MAX_REMOVALS not in overridden
        and len(listed.leaving) > 1
    )
    is_bounded = bool(status.policies.min_members or status.policies.max_members)
    return status.mode is Mode.EXCLUSIVE or is_bounded or adds_need or removals_need


Wanted = dict[str, tuple[str, ...]]
"""People to look up: each email in normal form, with the forms in which the spec and lists of holders spell it."""


def emails_to_look_up(
    spec: Spec, as_of: date, holders: Mapping[str, tuple[Profile, ...]], seen: tuple[Profile, ...] = ()
) -> Wanted:
    """Returns whom the lists of holders leave open.

    A declared person seen holding the status needs nothing. One to be removed is looked up only if seen as a holder
    (another profile with the same email would make the person ambiguous), or if the list was not read. Where a policy
    asks about a status whose list was not read, those are looked up whom it asks.

    Args:
        seen: Rows of lists that were not read to their end.
    """
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for handle, status in spec.statuses.items():
        people = status.listed(as_of)
        rows = by_email(holders.get(handle, seen))
        holding = {email for email, group in rows.items() if any(holds(profile, handle) for profile in group)}
        for email, entry in people.declared.items():
            if email not in holding:
                wanted[email].add(entry.email)
        for email, entry in people.leaving.items():
            if handle not in holders or email in rows:
                wanted[email] |= {entry.email, *(profile.email for profile in rows.get(email, ()) if profile.email)}
    for email, form in _asked(spec, holders, seen):
        wanted[email].add(form)
    return {email: tuple(sorted(forms)) for email, forms in wanted.items()}


def _asked(
    spec: Spec, holders: Mapping[str, tuple[Profile, ...]], seen: tuple[Profile, ...]
) -> Iterator[tuple[str, str]]:
    """Yields everybody of whom policies ask what no list tells: the email in normal form, and as it is spelled."""
    for handle, asked in questions(spec).items():
        if handle not in holders:
            for question in asked:
                yield from _people_of(question, holders.get(question.status.handle, seen))


def _people_of(question: Question, rows: Iterable[Profile]) -> Iterator[tuple[str, str]]:
    status, of_named = question
    named = {**status.members, **status.absent}
    if of_named:
        for email, entry in named.items():
            yield email, entry.email
    if status.mode is Mode.EXCLUSIVE:
        for email, group in by_email(rows).items():
            if email not in named:
                yield from ((email, row.email) for row in group if row.email and holds(row, status.handle))
