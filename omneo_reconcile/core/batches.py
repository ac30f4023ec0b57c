"""Packs changes into the requests that carry them out."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from omneo_reconcile.core.changes import Add, Change


class Action(StrEnum):
    """What a batch does with every membership in it."""

    ADD = "add"
    REMOVE = "remove"


class Batch(Struct, frozen=True):
    """One request: for each profile the handles to attach, or to detach.

    Attributes:
        profiles: Profile id and its handles, sorted; no profile stands twice.
    """

    action: Action
    profiles: tuple[tuple[str, tuple[str, ...]], ...]

    def memberships(self) -> tuple[tuple[str, str], ...]:
        """Returns each (status, profile id) of the batch."""
        return tuple((handle, profile_id) for profile_id, handles in self.profiles for handle in handles)


class Accepted(Struct, frozen=True):
    """The tenant queued a batch. That is no proof that anything will happen.

    Attributes:
        repeated: An earlier try got no clear answer: it may be queued too, and come later.
    """

    batch_id: str | None
    repeated: bool = False


class Rejected(Struct, frozen=True):
    """The tenant refused a batch, in its own words."""

    words: str


def pack(changes: Iterable[Change], batch_size: int) -> tuple[Batch, ...]:
    """Returns batches that together are exactly the changes: all adds, then all removals.

    A profile's handles are merged into one entry, so no profile stands in two batches of one action: what happens to a
    profile twice in one request, or in two at once, is not known. Source: omneo-api.md, The two write calls.

    Args:
        batch_size: Most profiles in one batch, at least 1.
    """
    changes = list(changes)
    adds = [change for change in changes if isinstance(change, Add)]
    removals = [change for change in changes if not isinstance(change, Add)]
    return (*_pack(Action.ADD, adds, batch_size), *_pack(Action.REMOVE, removals, batch_size))


def _pack(action: Action, changes: Iterable[Change], batch_size: int) -> Iterable[Batch]:
    handles: dict[str, set[str]] = {}
    for change in changes:
        handles.setdefault(change.profile_id, set()).add(change.status)
    profiles = [(profile_id, tuple(sorted(handles[profile_id]))) for profile_id in sorted(handles)]
    for start in range(0, len(profiles), batch_size):
        yield Batch(action, tuple(profiles[start : start + batch_size]))
