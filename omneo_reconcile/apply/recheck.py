"""Reads the people of a saved plan again, before anything is sent."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from omneo_reconcile.core.changes import Change
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Gone, Told, Unreadable
from omneo_reconcile.errors import FailureName, Fault, IncompleteReading


class ReadsPeople(Protocol):
    """Reads people whose profile ids are known."""

    async def people(self, emails: Mapping[str, str | None]) -> Mapping[str, Told]:
        """Returns each profile, by id."""
        ...


async def read_people(changes: Iterable[Change], reader: ReadsPeople) -> dict[str, Profile | Gone]:
    """Returns each profile that the changes would touch, by id, with its statuses and type told.

    Raises:
        IncompleteReading: If one of them cannot be read; names each by profile id.
    """
    read = await reader.people({change.profile_id: change.email for change in changes})
    people = {profile_id: person for profile_id, person in sorted(read.items()) if not isinstance(person, Unreadable)}
    untold = {profile_id: person for profile_id, person in sorted(read.items()) if not _is_told(person)}
    if untold:
        raise IncompleteReading(_unread(profile_id, person) for profile_id, person in untold.items())
    return people


def _is_told(person: Told) -> bool:
    return isinstance(person, Gone) or (
        isinstance(person, Profile) and person.statuses is not None and person.type is not None
    )


def _unread(profile_id: str, person: Told) -> Fault:
    what = person.detail if isinstance(person, Unreadable) else "its statuses or its type were not told"
    return Fault(FailureName.INCOMPLETE_READING, what, f"profile {profile_id}", "run it again; nothing was sent")
