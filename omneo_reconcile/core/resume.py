"""Whether a plan made now is the rest of one that was begun: then the same apply may go on with it."""

from collections.abc import Mapping

from msgspec.structs import replace

from omneo_reconcile.core.batches import Action, action_of
from omneo_reconcile.core.changes import Add, Change, Reason, Remove, change_order
from omneo_reconcile.core.journal import Started
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.reading import Gone, Told, Unreadable, seen_on
from omneo_reconcile.core.seal import seal


def ids_done(begun: Started, fresh: Plan) -> tuple[str, ...]:
    """Returns the profiles of those changes of a plan begun earlier that a plan made now has no more, sorted."""
    left = {(action_of(change), change.status, change.profile_id) for change in fresh.changes}
    return tuple(sorted({profile_id for *key, profile_id, _ in begun.changes if (*key, profile_id) not in left}))


def whole_plan(begun: Started, fresh: Plan, people: Mapping[str, Told]) -> Plan | None:
    """Returns the plan that was begun, if a plan made now is what is left of it; else None.

    The journal only says which changes there were: each that is not left must be true now, and with the people as they
    are now the fingerprint must come out the same. So whoever edits a journal gains nothing.

    Args:
        people: The profiles of the changes that are not left, by id, as they are now.
    """
    left = {(action_of(change), change.status, change.profile_id): change for change in fresh.changes}
    changes: list[Change] = []
    for action, status, profile_id, reason in begun.changes:
        change = left.pop((action, status, profile_id), None)
        change = change or _done(action, status, reason, people.get(profile_id, Gone()))
        if change is None:
            return None
        changes.append(change)
    whole = seal(replace(fresh, changes=tuple(sorted(changes, key=change_order))))
    return whole if not left and whole.fingerprint == begun.fingerprint else None


def _done(action: Action, status: str, reason: Reason, person: Told) -> Change | None:
    """Returns the change that made a person what they are now, or None if they are not."""
    if isinstance(person, Gone | Unreadable) or seen_on(person, status).holds is not (action is Action.ADD):
        return None
    kind = Add if action is Action.ADD else Remove
    return kind(status, person.id, person.email, reason, None, None, None)
