"""Reads the people of a saved plan again, before anything is sent."""

from collections.abc import Iterable

from omneo_reconcile.apply.ports import Reads
from omneo_reconcile.core.changes import Change
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Gone, Unreadable
from omneo_reconcile.errors import FailureName, Fault, IncompleteReading
from omneo_reconcile.workers import each


async def read_people(changes: Iterable[Change], reader: Reads, concurrency: int) -> dict[str, Profile | Gone]:
    """Returns each profile that the changes would touch, by id, with its statuses and type told.

    Raises:
        IncompleteReading: If one of them cannot be read; names each by profile id.
    """
    ids = sorted({change.profile_id for change in changes})
    read = dict(zip(ids, await each(reader.profile, ids, concurrency), strict=True))
    people = {profile_id: person for profile_id, person in read.items() if _is_told(person)}
    if faults := [_unread(profile_id, read[profile_id]) for profile_id in ids if profile_id not in people]:
        raise IncompleteReading(faults)
    return {profile_id: person for profile_id, person in people.items() if not isinstance(person, Unreadable)}


def _is_told(person: Profile | Gone | Unreadable) -> bool:
    return isinstance(person, Gone) or (
        isinstance(person, Profile) and person.statuses is not None and person.type is not None
    )


def _unread(profile_id: str, person: Profile | Gone | Unreadable) -> Fault:
    what = person.detail if isinstance(person, Unreadable) else "its statuses or its type were not told"
    return Fault(FailureName.INCOMPLETE_READING, what, f"profile {profile_id}", "run it again; nothing was sent")
