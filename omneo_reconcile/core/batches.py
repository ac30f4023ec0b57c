"""Packs changes into the requests that carry them out."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from omneo_reconcile.core.changes import Add, Change
from omneo_reconcile.core.model import Membership

_TOO_LARGE = 413

ProfileHandles = tuple[str, tuple[str, ...]]
"""A profile id and handles, sorted."""


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
    profiles: tuple[ProfileHandles, ...]

    def memberships(self) -> tuple[Membership, ...]:
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
    """The tenant refused a batch.

    Attributes:
        status: The HTTP status of its answer.
        words: Its own words, without any email.
        repeated: An earlier try got no clear answer: it may be queued all the same.
    """

    status: int
    words: str
    repeated: bool = False

    @property
    def is_divisible(self) -> bool:
        """True if parts of the batch may be accepted: it is too large, or an entry of it is bad.

        Source: omneo-api.md, The two write calls (open: 422 or 413).
        """
        return self.status in {400, _TOO_LARGE, 422}

    @property
    def is_too_large(self) -> bool:
        """True if it is the size alone that the tenant refused."""
        return self.status == _TOO_LARGE

    @property
    def reason(self) -> str:
        """The status with the words."""
        return f"{self.status}: {self.words}"


def action_of(change: Change) -> Action:
    """Returns what a batch has to do to make this change."""
    return Action.ADD if isinstance(change, Add) else Action.REMOVE


def by_profile(changes: Iterable[Change]) -> tuple[ProfileHandles, ...]:
    """Returns each profile of the changes once, with its handles merged, sorted by id.

    So no profile stands in two batches of one action: what happens to a profile twice in one request, or in two at
    once, is not known. Source: omneo-api.md, The two write calls.
    """
    handles: dict[str, set[str]] = {}
    for change in changes:
        handles.setdefault(change.profile_id, set()).add(change.status)
    return tuple((profile_id, tuple(sorted(handles[profile_id]))) for profile_id in sorted(handles))
