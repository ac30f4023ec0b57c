"""Whom a tracked status drops: its members at a base whom the spec names no more."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from omneo_reconcile.core.model import Entry, Mode, Spec, StatusSpec


class Untracked(Struct, frozen=True):
    """A status that was tracked at the base and is not now: nobody loses it because the spec dropped them.

    Attributes:
        members: How many the spec listed at the base and names no more.
        is_named: Whether the spec still names the status.
    """

    status: str
    members: int
    is_named: bool

    @property
    def what(self) -> str:
        """What there is to say of the status."""
        now = "additive now" if self.is_named else "named by the spec no more"
        return f"tracked at the base and {now}: dropped members: {self.members}, and nobody loses it"


class BaseInfo(Struct, frozen=True):
    """What the spec of a plan was compared with.

    Attributes:
        given: The revision or receipt, as the user named it.
        commit: The full hash.
        digest: That of the spec at the commit.
        new: Tracked statuses that the spec there does not name: it cannot tell who was dropped from them.
        untracked: In the order of handles, as `new`.
        is_past: Whether the commit is in the history of what is checked out, or None where that cannot be told. If it
            is not, whoever was added there since looks dropped.
    """

    given: str
    commit: str
    digest: str
    new: tuple[str, ...] = ()
    untracked: tuple[Untracked, ...] = ()
    is_past: bool | None = True

    @property
    def doubt(self) -> str:
        """What there is to say of a base that is none of the past, or may be none; else nothing."""
        if self.is_past:
            return ""
        if self.is_past is None:
            return "in this shallow clone nobody can tell whether the base is in the history of what is checked out"
        return "the base is not in the history of what is checked out: whoever was added there looks dropped"


def base_info(given: str, commit: str, spec: Spec, base: Spec) -> BaseInfo:
    """Returns what there is to say of a base beside the dropped members themselves."""
    return BaseInfo(
        given=given,
        commit=commit,
        digest=base.digest,
        new=tuple(sorted(spec.tracked - base.statuses.keys())),
        untracked=tuple(row for handle in sorted(base.tracked) if (row := _untracked(handle, spec, base))),
    )


def _untracked(handle: str, spec: Spec, base: Spec) -> Untracked | None:
    now = spec.statuses.get(handle)
    if now and now.mode is not Mode.ADDITIVE:
        return None
    dropped = _dropped(now or StatusSpec(handle), base.statuses[handle])
    return Untracked(handle, len(dropped), is_named=now is not None) if dropped else None


def with_dropped(spec: Spec, base: Spec, names: Mapping[str, str]) -> Spec:
    """Returns the spec with the dropped members of each status that is tracked now. Pure.

    Whatever the mode was at the base, and also who had expired there: whoever was listed and is named no more is
    dropped.

    Args:
        names: What to call each file of the base, by its name in it: its lines are none of today's.
    """
    statuses = {
        handle: replace(status, dropped=_named(_dropped(status, base.statuses.get(handle)), names))
        if status.mode is Mode.TRACKED
        else status
        for handle, status in spec.statuses.items()
    }
    return replace(spec, statuses=statuses)


def _dropped(status: StatusSpec, before: StatusSpec | None) -> dict[str, Entry]:
    return {
        email: entry
        for email, entry in (before.members.items() if before else ())
        if email not in status.members and email not in status.absent
    }


def _named(entries: Mapping[str, Entry], names: Mapping[str, str]) -> dict[str, Entry]:
    return {email: replace(entry, file=names[entry.file]) for email, entry in entries.items()}
