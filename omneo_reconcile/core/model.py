"""The values that everything else speaks of: the spec, what is live, and who may be changed.

All are immutable. They are msgspec structs because a spec may name a million people: a struct costs half of what a
dataclass does and is read from JSON with its types checked.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct, field

from omneo_reconcile.core.fingerprint import spec_digest

Membership = tuple[str, str]
"""A status handle and a profile id."""


class Mode(StrEnum):
    """What the list of a status means for those who are not on it."""

    ADDITIVE = "additive"
    TRACKED = "tracked"
    EXCLUSIVE = "exclusive"


class UnresolvedPolicy(StrEnum):
    """What a status does when one of its people is not tied to exactly one profile."""

    SKIP = "skip"
    HOLD = "hold"
    ERROR = "error"


class Source(Struct, frozen=True, order=True):
    """A line of the spec, as shown to people.

    Attributes:
        file: The path as the user gave it, with forward slashes.
        line: Counted from 1.
    """

    file: str
    line: int

    def __str__(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.line}"


class Entry(Struct, frozen=True, gc=False):
    """One person on a list of the spec. Nothing in it can be part of a cycle, so the garbage collector skips it.

    Attributes:
        email: As written, trimmed.
        until: Last day of membership, or None for no end.
        reason: Free text of the spec's author, or None.
        file: The file as the user gave it.
        line: Counted from 1.
    """

    email: str
    until: date | None
    reason: str | None
    file: str
    line: int

    @property
    def source(self) -> Source:
        """The line that says so."""
        return Source(self.file, self.line)


class Count(Struct, frozen=True):
    """A limit as a number of memberships."""

    number: int

    def __str__(self) -> str:
        """As written in a spec: ``1000``."""
        return str(self.number)


class Share(Struct, frozen=True):
    """A limit as a share of the live holders, in percent (0 to 100)."""

    percent: Decimal

    def __str__(self) -> str:
        """As written in a spec: ``25%``."""
        return f"{self.percent}%"


Limit = Count | Share


class Limits(Struct, frozen=True):
    """How much one plan may change one status. Source: contract, Limits."""

    max_adds: Limit = Count(1000)
    max_removals: Limit = Share(Decimal(25))


class Bound(Struct, frozen=True):
    """How many members a status may have at least or at most, and the line that says so."""

    number: int
    source: Source


class Policies(Struct, frozen=True):
    """What must stay true of a status, whatever else the spec asks for.

    Attributes:
        exclusive_with: The statuses that nobody holds beside this one, each with the line that says so.
        requires: The statuses that whoever holds this one holds too, each with the line that says so.
        protected: People who never lose it, by email in normal form.
    """

    exclusive_with: Mapping[str, Source] = {}
    requires: Mapping[str, Source] = {}
    min_members: Bound | None = None
    max_members: Bound | None = None
    protected: Mapping[str, Entry] = {}

    @property
    def is_any(self) -> bool:
        """Whether there is one."""
        return self != NO_POLICIES


NO_POLICIES = Policies()


class Listed(NamedTuple):
    """The people of one status on one day, each by email in normal form and in one of the four.

    Attributes:
        declared: Members.
        expired: Members whose last day has passed.
        absent: Who should not hold it.
        dropped: Who was a member at the base and is named no more.
    """

    declared: Mapping[str, Entry]
    expired: Mapping[str, Entry]
    absent: Mapping[str, Entry]
    dropped: Mapping[str, Entry]

    @property
    def leaving(self) -> dict[str, Entry]:
        """Everybody who is to lose the status by name."""
        return {**self.expired, **self.absent, **self.dropped}


class StatusSpec(Struct, frozen=True):
    """All that the spec says of one status, merged from every file.

    Attributes:
        handle: The status.
        members: Who should hold it, by email in normal form.
        absent: Who should not, by email in normal form. No email is in both.
        source: Where it is first declared, or None if only people name it.
        allow_empty: Whether nobody needs to be listed. No part of the meaning: it only lets a spec be loaded.
        dropped: Who lost the place on a tracked list since the base, by email in normal form, each with the line there;
            None where that was not computed. No part of the meaning: it says what the spec was.
    """

    handle: str
    mode: Mode = Mode.ADDITIVE
    owner: str | None = None
    unresolved: UnresolvedPolicy = UnresolvedPolicy.SKIP
    limits: Limits = Limits()
    members: Mapping[str, Entry] = field(default_factory=dict)
    absent: Mapping[str, Entry] = field(default_factory=dict)
    source: Source | None = None
    allow_empty: bool = False
    policies: Policies = NO_POLICIES
    dropped: Mapping[str, Entry] | None = None

    def listed(self, as_of: date) -> Listed:
        """Returns the people on that day."""
        expired = {
            email: entry for email, entry in self.members.items() if entry.until is not None and entry.until < as_of
        }
        declared = self.members
        if expired:
            declared = {email: entry for email, entry in self.members.items() if email not in expired}
        return Listed(declared, expired, self.absent, self.dropped or {})


class Spec(Struct, frozen=True, dict=True):
    """What people wrote, as one value.

    Attributes:
        tenant: The only tenant it may be run against, or None for any.
        timezone: IANA name in which `until` is read.
        statuses: By handle, in the order of handles.
        files: Every file that was read, sorted.
        beside: The statuses that are left out of a plan. Their policies bind those in it all the same.
    """

    tenant: str | None
    timezone: str
    statuses: Mapping[str, StatusSpec]
    files: tuple[str, ...]
    beside: Mapping[str, StatusSpec] = {}

    @cached_property
    def digest(self) -> str:
        """Hex SHA-256 of the merged meaning, of all statuses: the order and style of the files do not change it."""
        return spec_digest(self.tenant, self.timezone, {**self.beside, **self.statuses})

    @property
    def tracked(self) -> frozenset[str]:
        """The statuses that git remembers the members of."""
        return frozenset(handle for handle, status in self.statuses.items() if status.mode is Mode.TRACKED)


class Profile(Struct, frozen=True, gc=False):
    """A customer profile as the tenant told it. No part of a cycle, so the garbage collector skips it.

    Attributes:
        id: Opaque text.
        email: As stored, or None.
        type: ``profile_type``, or None when not told.
        statuses: Handles held now, or None when not told. Not told is never "none".
    """

    id: str
    email: str | None
    type: str | None
    statuses: frozenset[str] | None
