"""The steps a plan may hold, and those it leaves undone, each its own small type."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Source
from omneo_reconcile.core.resolve import Why


class Reason(StrEnum):
    """Which rule asks for a change. Source: contract, The plan."""

    ABSENT = "absent"
    EXPIRED = "expired"
    DROPPED = "dropped"
    EXCLUSIVE = "exclusive"
    DECLARED = "declared"
    UNDO = "undo"


class Add(Struct, frozen=True, tag_field="action", tag="add"):
    """A status to be given to a profile that does not hold it.

    Attributes:
        email: As stored, or None if the profile has none.
        source: The line of the spec that asks for it, or None if no line names the person; of a dropped person the
            line at the base, with its commit before the file.
        note: Free text for the reviewer.
        until: Last day of membership, as the spec has it.
    """

    status: str
    profile_id: str
    email: str | None
    reason: Reason
    source: Source | None
    note: str | None
    until: date | None


class Remove(Struct, frozen=True, tag_field="action", tag="remove"):
    """A status to be taken from a profile that holds it. Attributes as in `Add`."""

    status: str
    profile_id: str
    email: str | None
    reason: Reason
    source: Source | None
    note: str | None
    until: date | None


Change = Add | Remove


class HeldWhy(StrEnum):
    """Which rule keeps a change from being made. The last five are of ways back alone."""

    UNRESOLVED = "unresolved"
    STATUSES_NOT_TOLD = "statuses_not_told"
    TYPE_NOT_TOLD = "type_not_told"
    MAY_BE_LISTED = "may_be_listed"
    GONE = "gone"
    ANOTHER_PERSON = "another_person"
    SYSTEM_PROFILE = "system_profile"
    UNREADABLE = "unreadable"
    UNCONFIRMED = "unconfirmed"


class Held(Struct, frozen=True):
    """A change that is not made, with the rule that holds it: a removal, or on the way back an add too."""

    status: str
    profile_id: str
    email: str | None
    why: HeldWhy


class Unresolved(Struct, frozen=True):
    """A listed person who is not tied to exactly one profile.

    Attributes:
        email: As the spec writes it.
        profile_ids: Those found, sorted.
        source: The line that names the person; of a dropped one, that at the base.
        detail: What kept an unreadable person from being read, else None.
        reason: The rule that names the person: `declared`, `absent`, `expired` or `dropped`.
    """

    status: str
    email: str
    why: Why
    profile_ids: tuple[str, ...]
    source: Source
    detail: str | None = None
    reason: Reason | None = None


def change_order(change: Change) -> tuple[str, bool, str, str]:
    """The fixed order of changes: by status, removals first, then by email and profile id."""
    return change.status, isinstance(change, Add), normal_form(change.email or ""), change.profile_id
