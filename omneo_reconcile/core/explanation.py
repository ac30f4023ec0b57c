"""The explanation of one person: what the spec says and where, what is live, and what a plan would do about it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from omneo_reconcile.core.changes import Change, Held, Reason, Unresolved
from omneo_reconcile.core.failure import Problem
from omneo_reconcile.core.model import Source
from omneo_reconcile.core.plan import StatusPlan, Tenant


class MentionKind(StrEnum):
    """The keys of a spec under which a line names a person."""

    MEMBERS = "members"
    MEMBERS_FROM = "members_from"
    ABSENT = "absent"
    PROFILES = "profiles"
    PROTECTED = "protected"


class Mention(Struct, frozen=True):
    """One line of the spec that names the person, as written before lines are merged.

    Attributes:
        email: As the line spells it.
        until: Last day of membership, or None for no end.
        reason: Free text of the spec's author, or None.
    """

    status: str
    kind: MentionKind
    email: str
    until: date | None
    reason: str | None
    source: Source


class LiveProfile(Struct, frozen=True):
    """A profile with the person's email; a deleted one too, where the tenant shows it.

    Attributes:
        email: As stored.
        type: ``profile_type``, or None when not told.
        statuses: Handles held now, sorted, or None when not told. Not told is never "none".
    """

    profile_id: str
    email: str | None
    type: str | None
    statuses: tuple[str, ...] | None


class Outcome(StrEnum):
    """What a plan does for a person in one status.

    Attributes:
        UNCHANGED: Listed, and holds it already.
        UNDECLARED: Not listed, and keeps it.
        SATISFIED: Should not hold it, and does not.
        UNSEEN: Holds it, but is not in the list of holders that an exclusive status goes by: left alone.
    """

    ADD = "add"
    REMOVE = "remove"
    HELD = "held"
    UNRESOLVED = "unresolved"
    UNCHANGED = "unchanged"
    UNDECLARED = "undeclared"
    SATISFIED = "satisfied"
    UNSEEN = "unseen"


class Explained(Struct, frozen=True):
    """One status of the spec that concerns the person.

    Attributes:
        holds: Whether a profile of the person holds it now, or None if that was not told.
        reason: What the spec says on the day: ``declared``, ``expired``, ``absent``, ``dropped``, or None if nothing.
        source: The line that says so, or None.
        until: Last day of membership, as that line has it.
        mentions: Every line that names the person, by file and line.
        changes: The plan's rows for the person; so are `held` and `unresolved`. An exclusive removal acts on a profile,
            so one person may have several.
        plan: The plan's numbers for the status, with its mode and owner.
        is_refused: Whether the status keeps the plan from being applied.
    """

    handle: str
    outcome: Outcome
    holds: bool | None
    reason: Reason | None
    source: Source | None
    until: date | None
    mentions: tuple[Mention, ...]
    changes: tuple[Change, ...]
    held: tuple[Held, ...]
    unresolved: tuple[Unresolved, ...]
    plan: StatusPlan
    is_refused: bool = False


class Explanation(Struct, frozen=True, tag_field="kind", tag="explanation"):
    """All there is to say of one person. The field names are those of its JSON form.

    Attributes:
        email: In normal form.
        profiles: By id.
        unreadable: Why the tenant could not tell who has this email, or None.
        is_told: Whether the tenant told all that the person holds.
        statuses: Those of the spec that name the person, or that the person holds, by handle.
        not_in_spec: Statuses that the person holds and no plan of this spec touches, sorted.
        refused: Why a plan of these statuses would be refused.
    """

    format_version: Literal["1.0"]
    tool_version: str
    created_at: datetime
    as_of: date
    tenant: Tenant
    commit: str | None
    email: str
    profiles: tuple[LiveProfile, ...]
    unreadable: str | None
    is_told: bool
    statuses: tuple[Explained, ...]
    not_in_spec: tuple[str, ...]
    refused: tuple[Problem, ...]
