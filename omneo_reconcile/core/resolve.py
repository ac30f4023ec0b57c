"""Who is meant by an email: exactly one profile, or a reason why not."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import DELETED, Lookup, Reading, Unreadable, by_email, of_people

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


Resolved = Mapping[str, Profile | NotResolved]
"""For each email, in normal form, the one profile to change, or why there is none."""


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
    """Everyone who was seen: in lookups, and in the rows of all lists of holders."""

    def __init__(self, reading: Reading) -> None:
        """Takes each profile once. What was read to its end counts before what was not, and a lookup before both."""
        rows = {row.id: row for row in reading.seen}
        for listed in reading.holders.values():
            rows |= listed
        for lookup in reading.people.values():
            if not isinstance(lookup, Unreadable):
                rows |= {row.id: row for row in lookup}
        self._lookups = reading.people
        self._by_id = rows

    @property
    def rows(self) -> Collection[Profile]:
        """Each profile, as it was told last."""
        return self._by_id.values()

    def resolve(self, emails: Set[str], profiles: Iterable[Profile]) -> Resolved:
        """Returns for each of these people the one profile to change, or why there is none.

        Args:
            emails: In normal form.
            profiles: All of theirs, among others.
        """
        found = of_people(emails, profiles)
        return {email: resolve(found.get(email, ()), self._lookups.get(email)) for email in emails}

    def unreadable(self, email: str) -> bool:
        """Tells whether a lookup failed or a profile with this email did not tell its statuses."""
        return isinstance(self._lookups.get(email), Unreadable) or email in self.untold

    def was_read(self, email: str) -> bool:
        """Tells whether a lookup of this email told of all its profiles."""
        return email in self._lookups and not isinstance(self._lookups[email], Unreadable)

    def looked_up(self, email: str) -> bool:
        """Tells whether anybody asked for this email."""
        return email in self._lookups

    def holding(self, handle: str) -> Set[str]:
        """Returns the emails that hold the status: those of which any profile does."""
        return self._holding.get(handle, frozenset())

    def profiles(self, person: str) -> tuple[Profile, ...]:
        """Returns the profiles, not deleted, that were seen of an email in normal form, else the one with this id."""
        if person in self._by_email:
            return self._by_email[person]
        return (self._by_id[person],) if person in self._by_id else ()

    @cached_property
    def untold(self) -> Set[str]:
        """The emails of which a profile did not tell its statuses."""
        return by_email(row for row in self.rows if row.statuses is None).keys()

    @cached_property
    def _by_email(self) -> dict[str, tuple[Profile, ...]]:
        return by_email(self.rows)

    @cached_property
    def _holding(self) -> dict[str, set[str]]:
        holding: defaultdict[str, set[str]] = defaultdict(set)
        for email, profiles in self._by_email.items():
            for profile in profiles:
                for handle in profile.statuses or ():
                    holding[handle].add(email)
        return holding
