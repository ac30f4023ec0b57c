"""Who would gain and lose what by the changes of a plan."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from omneo_reconcile.core.changes import Add, Change, Remove
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.formats import words
from omneo_reconcile.formats.picking import Picked
from omneo_reconcile.formats.review import Group, Phrase, Row, Tone, Value

_KINDS: dict[type[Change], tuple[str, str, Tone]] = {
    Remove: ("Would remove", "-", Tone.LOSS),
    Add: ("Would add", "+", Tone.GAIN),
}


class Affected(Struct, frozen=True):
    """The changes of one kind to one status, and how many of them each person has."""

    changes: Picked[Change]
    people: dict[str, int]


AffectedBy = Mapping[tuple[str, type[Change]], Affected]
"""By the status and the kind of change."""


def affected_by(changes: Sequence[Change]) -> AffectedBy:
    """Returns the changes by status and kind. It reads each of them once."""
    found: defaultdict[tuple[str, type[Change]], Affected] = defaultdict(lambda: Affected(Picked(changes), {}))
    for place, change in enumerate(changes):
        group, person = found[change.status, type(change)], _person_of(change)
        group.changes.places.append(place)
        group.people[person] = group.people.get(person, 0) + 1
    return dict(found)


def change_groups(handle: str, affected: AffectedBy) -> Iterator[Group]:
    """Yields the changes to a status, removals first."""
    for kind, (title, sign, tone) in _KINDS.items():
        if found := affected.get((handle, kind)):
            yield Group(title, sign, tone, found.changes, _row_of(found.people))


def _row_of(people: Mapping[str, int]) -> Callable[[Change], Row]:
    """Returns what makes a row of a change: with the profile id where several have the same email."""
    several = {person for person, count in people.items() if count > 1}
    return lambda change: _row(change, is_one_of_several=bool(several) and _person_of(change) in several)


def _row(change: Change, *, is_one_of_several: bool) -> Row:
    why = words.why(change.reason, change.until)
    details: list[Phrase] = [(Value(change.note),)] if change.note else []
    if is_one_of_several:
        details.append(("profile ", Value(change.profile_id)))
    return Row(change.status, words.who(change.email, change.profile_id), (why,), tuple(details), change.source)


def _person_of(change: Change) -> str:
    """Returns what tells one person from another: the email in normal form, or the profile where there is none."""
    return normal_form(change.email) if change.email else change.profile_id
