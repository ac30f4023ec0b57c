"""Who is meant by an email: exactly one profile, or a reason why not."""

from collections import defaultdict
from collections.abc import Iterable, Set
from enum import StrEnum

from msgspec import Struct

from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import DELETED, Lookup, Reading, Unreadable, by_email

_SYSTEM = "system"
_ORDINARY = "active"


class Why(StrEnum):
    """Why a listed person is not tied to exactly one profile."""

    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    INACTIVE = "inactive"
    UNREADABLE = "unreadable"


class NotResolved(Struct, frozen=True):
    """The outcome for a person who must not be guessed.

    Attributes:
        profile_ids: Those that were found, sorted.
        detail: What kept an unreadable person from being read.
    """

    why: Why
    profile_ids: tuple[str, ...] = ()
    detail: str | None = None


def resolve(profiles: Iterable[Profile], lookup: Lookup | None) -> Profile | NotResolved:
    """Returns the one profile that may be changed for an email, or why there is none.

    Deleted profiles are no profiles, and a system profile is nobody to be changed; every other type counts.

    Args:
        profiles: All that were seen with the email.
        lookup: What the lookup of the email gave. None, if nobody looked it up, is unreadable: rows of a list of
            holders do not tell who else has the email.
    """
    profiles = [profile for profile in profiles if profile.type != DELETED]
    ids = tuple(sorted(profile.id for profile in profiles))
    if doubt := _doubt(profiles, lookup):
        return NotResolved(Why.UNREADABLE, ids, doubt)
    match profiles:
        case []:
            return NotResolved(Why.NOT_FOUND)
        case [profile] if profile.type == _SYSTEM:
            return NotResolved(Why.INACTIVE, ids)
        case [profile]:
            return profile
        case _:
            return NotResolved(Why.AMBIGUOUS, ids)


def _doubt(profiles: list[Profile], lookup: Lookup | None) -> str | None:
    """Returns what keeps anybody from telling who is meant, if anything does."""
    if lookup is None:
        return "not looked up"
    if isinstance(lookup, Unreadable):
        return lookup.detail
    if not {profile.id for profile in profiles} <= {profile.id for profile in lookup}:
        return "a list tells of a profile with this email that the lookup did not bring"
    return None if all(map(_told, profiles)) else "statuses or type of the profile were not told"


def type_note(profile: Profile) -> str | None:
    """Returns a note on a profile that is not an ordinary active one, else None."""
    return None if profile.type == _ORDINARY else f"profile is {profile.type}"


def _told(profile: Profile) -> bool:
    return profile.statuses is not None and profile.type is not None


class People:
    """Everyone who was seen, by email in normal form: from lookups, and from the rows of all lists of holders.

    Attributes:
        untold: The emails of which a profile did not tell its statuses.
    """

    def __init__(self, reading: Reading) -> None:
        """Indexes the reading once. What was read to its end counts before what was not, and a lookup before both."""
        rows = {row.id: row for row in reading.seen}
        rows |= {row.id: row for profiles in reading.holders.values() for row in profiles}
        for lookup in reading.people.values():
            if not isinstance(lookup, Unreadable):
                rows |= {row.id: row for row in lookup}
        self._lookups = reading.people
        self._by_id = rows
        self._profiles = by_email(rows.values())
        self._holding: defaultdict[str, set[str]] = defaultdict(set)
        self.untold: set[str] = set()
        for email, profiles in self._profiles.items():
            for profile in profiles:
                if profile.statuses is None:
                    self.untold.add(email)
                for handle in profile.statuses or ():
                    self._holding[handle].add(email)

    def holding(self, handle: str) -> Set[str]:
        """Returns the emails that hold the status: those of which any profile does."""
        return self._holding.get(handle, set())

    def latest(self, row: Profile) -> Profile:
        """Returns what a lookup, asked after the lists were read, told of the profile of a list's row."""
        return self._by_id.get(row.id, row)

    def unreadable(self, email: str) -> bool:
        """Tells whether a lookup failed or a profile with this email did not tell its statuses."""
        return isinstance(self._lookups.get(email), Unreadable) or email in self.untold

    def profiles(self, person: str) -> tuple[Profile, ...]:
        """Returns the profiles, not deleted, that were seen of an email in normal form, else the one with this id."""
        if person in self._profiles:
            return self._profiles[person]
        return (self._by_id[person],) if person in self._by_id else ()

    def was_read(self, email: str) -> bool:
        """Tells whether a lookup of this email told of all its profiles."""
        return email in self._lookups and not isinstance(self._lookups[email], Unreadable)

    def looked_up(self, email: str) -> bool:
        """Tells whether anybody asked for this email."""
        return email in self._lookups

    def resolve(self, email: str) -> Profile | NotResolved:
        """Returns the one profile to change for this email, or why there is none."""
        return resolve(self._profiles.get(email, ()), self._lookups.get(email))
