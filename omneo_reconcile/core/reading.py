"""What was read from the tenant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Membership, Profile

DELETED = "deleted"


class Unreadable(Struct, frozen=True):
    """A lookup that gave no usable answer. Unreadable is not absent."""

    detail: str


class Gone(Struct, frozen=True):
    """There is no such profile, or it is deleted."""


Lookup = tuple[Profile, ...] | Unreadable

Rows = Mapping[str, Profile]
"""The profiles of a list, by id."""

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

    holders: Mapping[str, Rows]
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


def holding(profiles: Iterable[Profile], handle: str) -> list[Profile]:
    """Returns those of the profiles that hold the status.

    Written out what `holds` tells of one: for a million, the calls would take longer than all else here.
    """
    return [row for row in profiles if row.statuses is not None and handle in row.statuses and row.type != DELETED]


def by_email(profiles: Iterable[Profile]) -> dict[str, tuple[Profile, ...]]:
    """Groups profiles that are not deleted by email in normal form; those without an email are left out."""
    groups: defaultdict[str, list[Profile]] = defaultdict(list)
    for profile in profiles:
        if profile.email is not None and profile.type != DELETED:
            groups[normal_form(profile.email)].append(profile)
    return {email: tuple(group) for email, group in groups.items()}


def of_people(emails: Set[str], profiles: Iterable[Profile]) -> dict[str, tuple[Profile, ...]]:
    """Groups as `by_email` does the profiles of these people alone."""
    if not emails:
        return {}
    return by_email(row for row in profiles if row.email is not None and normal_form(row.email) in emails)
