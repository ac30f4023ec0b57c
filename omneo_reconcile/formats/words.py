"""The words that reviewers read, each thing in one way in every format."""

from datetime import date

from omneo_reconcile.core.changes import Held, HeldWhy, Reason, Unresolved
from omneo_reconcile.core.model import Mode
from omneo_reconcile.core.resolve import Why
from omneo_reconcile.formats.review import Phrase, Row, Value

MODES = {
    Mode.ADDITIVE: "additive: nobody loses it but those named",
    Mode.TRACKED: "tracked: those dropped from the spec lose it",
    Mode.EXCLUSIVE: "exclusive: the list is complete, everybody else who holds it loses it",
}
REASONS = {
    Reason.ABSENT: "listed under `absent`",
    Reason.EXPIRED: "membership ended",
    Reason.DROPPED: "dropped from the spec",
    Reason.EXCLUSIVE: "holds it but is not on the list",
    Reason.DECLARED: "listed",
    Reason.UNDO: "as it was before",
}
NOT_RESOLVED = {
    Why.NOT_FOUND: "nobody has this email",
    Why.AMBIGUOUS: "several profiles have this email",
    Why.INACTIVE: "only a system profile has this email",
    Why.UNREADABLE: "the tenant could not tell",
}
_HELD = {
    HeldWhy.UNRESOLVED: "kept while listed people are unresolved",
    HeldWhy.STATUSES_NOT_TOLD: "kept: the tenant did not tell the statuses",
    HeldWhy.TYPE_NOT_TOLD: "kept: the tenant did not tell the type of profile",
    HeldWhy.MAY_BE_LISTED: "kept: may be a listed person whom the tenant could not tell",
    HeldWhy.GONE: "left as it is: the profile is gone",
    HeldWhy.ANOTHER_PERSON: "left as it is: the profile is another person now",
    HeldWhy.SYSTEM_PROFILE: "left as it is: the profile is a system profile",
    HeldWhy.UNREADABLE: "left as it is: the tenant could not tell",
    HeldWhy.UNCONFIRMED: "left as it is: the apply could not confirm that it was made",
}
_BEFORE_DAY = {Reason.EXPIRED: "on", Reason.DROPPED: "where it was listed until"}
HELD_BACK = "Held back"
UNRESOLVED = "Unresolved, left alone"
_PLURALS = {
    "person": "people",
    "named person": "named people",
    "protected person": "protected people",
    "status": "statuses",
    "batch": "batches",
}


def number_of(count: int, noun: str) -> str:
    """Returns a number with its noun: ``1 person``, ``2 people``."""
    return f"{count} {noun if count == 1 else _PLURALS.get(noun, noun + 's')}"


def why(reason: Reason, until: date | None) -> str:
    """Returns which rule decides, and the last day of membership if there is one."""
    if until is None:
        return REASONS[reason]
    return f"{REASONS[reason]} {_BEFORE_DAY.get(reason, 'until')} {until}"


def left_alone(*counts: tuple[int | None, str, str]) -> str:
    """Returns what is left alone in one sentence, or nothing if nothing is.

    Args:
        counts: How many, of what, and why; None where they were not counted.
    """
    parts = [f"{number_of(count, noun)} {why}" for count, noun, why in counts if count]
    return f"Left alone: {', '.join(parts)}." if parts else ""


def who(email: str | None, profile_id: str) -> Phrase:
    """Returns who a row is about: the profile id stands where there is no email to tell people apart."""
    return (Value(email),) if email else ("(no email) profile ", Value(profile_id))


def held_row(held: Held) -> Row:
    """Returns the row of a change that is held back."""
    return Row(held.status, who(held.email, held.profile_id), (_HELD[held.why],))


def unresolved_row(person: Unresolved) -> Row:
    """Returns the row of a listed person who is not tied to one profile."""
    ids = ", ".join(person.profile_ids)
    details: list[Phrase] = [(Value(detail),) for detail in (person.detail, ids) if detail]
    if person.reason is Reason.DROPPED:
        details.append((REASONS[Reason.DROPPED],))
    return Row(person.status, (Value(person.email),), (NOT_RESOLVED[person.why],), tuple(details), person.source)


def unresolved_why(person: Unresolved) -> str:
    """Returns why a listed person is not tied to one profile, in words."""
    return NOT_RESOLVED[person.why]
