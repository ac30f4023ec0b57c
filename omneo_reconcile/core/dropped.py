"""Whom a tracked status drops: its members at a base whom the spec names no more."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from omneo_reconcile.core.model import Entry, Mode, Spec, StatusSpec


class Unnamed(Struct, frozen=True):
    """A status that was tracked at the base and that the spec names no more: nobody loses it.

    Attributes:
        members: How many the spec listed at the base.
    """

    status: str
    members: int


class BaseInfo(Struct, frozen=True):
    """What the spec of a plan was compared with.

    Attributes:
        given: The revision or receipt, as the user named it.
        commit: The full hash.
        digest: That of the spec at the commit.
        new: Tracked statuses that the spec there does not name: it cannot tell who was dropped from them.
        unnamed: In the order of handles, as `new`.
    """

    given: str
    commit: str
    digest: str
    new: tuple[str, ...] = ()
    unnamed: tuple[Unnamed, ...] = ()


def base_info(given: str, commit: str, spec: Spec, base: Spec) -> BaseInfo:
    """Returns what there is to say of a base beside the dropped members themselves."""
    return BaseInfo(
        given=given,
        commit=commit,
        digest=base.digest,
        new=tuple(sorted(_tracked(spec) - base.statuses.keys())),
        unnamed=tuple(
            Unnamed(handle, len(base.statuses[handle].members))
            for handle in sorted(_tracked(base) - spec.statuses.keys())
        ),
    )


def _tracked(spec: Spec) -> set[str]:
    return {handle for handle, status in spec.statuses.items() if status.mode is Mode.TRACKED}


def with_dropped(spec: Spec, base: Spec, names: Mapping[str, str]) -> Spec:
    """Returns the spec with the dropped members of each status that is tracked now. Pure.

    Whatever the mode was at the base, and also who had expired there: whoever was listed and is named no more is
    dropped.

    Args:
        names: What to call each file of the base, by its name in it: its lines are none of today's.
    """
    statuses = {
        handle: replace(status, dropped=_dropped(status, base.statuses.get(handle), names))
        if status.mode is Mode.TRACKED
        else status
        for handle, status in spec.statuses.items()
    }
    return replace(spec, statuses=statuses)


def _dropped(status: StatusSpec, before: StatusSpec | None, names: Mapping[str, str]) -> dict[str, Entry]:
    return {
        email: entry._replace(file=names[entry.file])
        for email, entry in (before.members.items() if before else ())
        if email not in status.members and email not in status.absent
    }
