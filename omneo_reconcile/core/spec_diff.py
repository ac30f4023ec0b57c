"""What a spec says otherwise than it did at a revision: of the spec alone, without a look at any tenant."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from omneo_reconcile.core.danger import Danger, rank
from omneo_reconcile.core.model import Mode, Source, Spec, StatusSpec
from omneo_reconcile.core.plan import FORMAT_VERSION, SpecInfo
from omneo_reconcile.core.spec_members import MemberChange, Step, member_changes
from omneo_reconcile.core.spec_settings import (
    SettingChange,
    excluding,
    policies_gone,
    setting_changes,
    spec_setting_changes,
)

TENANT_NOTE = "The tenant was not looked at: this is what the spec says, not what a plan would do."


class Presence(StrEnum):
    """Whether a status is in the spec on both sides."""

    NEW = "new"
    GONE = "gone"
    KEPT = "kept"


class Base(Struct, frozen=True):
    """What a spec is compared with.

    Attributes:
        revision: As the user named it.
        commit: Its full hash.
    """

    revision: str
    commit: str


class StatusDiff(Struct, frozen=True):
    """What differs of one status.

    Attributes:
        mode: Now, or at the base if the status is gone; so are owner and source.
        source: Where the status is declared, or None if only people name it.
        dangers: Those of the status as a whole, the worst first.
        settings: The dangerous first. A new status is compared with what holds where nothing is written; of one that is
            gone they are its policies.
        members: The dangerous first.
        listed_before: How many members were on its list at the base.
        listed: How many are now. Neither counts those whose last day has passed.
    """

    handle: str
    mode: Mode
    owner: str | None
    source: Source | None
    presence: Presence
    dangers: tuple[Danger, ...]
    settings: tuple[SettingChange, ...]
    members: tuple[MemberChange, ...]
    listed_before: int
    listed: int


class DiffSummary(Struct, frozen=True):
    """The numbers: people by step, settings, dangers of any kind, and statuses that differ."""

    listed: int
    dropped: int
    absent: int
    no_longer_absent: int
    until: int
    settings: int
    dangers: int
    statuses: int
    reason: int


class DiffHeader(Struct, frozen=True):
    """What a diff needs from the world outside the core.

    Attributes:
        as_of: The day for which `until` is read, on both sides.
        commit: The commit of the spec as it is now.
        missing: Paths of the spec at which nothing was at the base.
    """

    tool_version: str
    as_of: date
    base: Base
    commit: str | None
    missing: tuple[str, ...] = ()


class SpecDiff(Struct, frozen=True, tag_field="kind", tag="diff"):
    """What a spec says otherwise than at its base. The field names are those of its JSON form.

    Attributes:
        spec: The spec as it is now.
        settings: Of the whole spec.
        statuses: Only those that differ, the dangerous first.
        notes: Sentences that belong with every way of showing it.
    """

    format_version: Literal["1.0"]
    tool_version: str
    as_of: date
    base: Base
    spec: SpecInfo
    settings: tuple[SettingChange, ...]
    statuses: tuple[StatusDiff, ...]
    summary: DiffSummary
    notes: tuple[str, ...]


def diff(before: Spec | None, after: Spec, header: DiffHeader) -> SpecDiff:
    """Returns what differs between the merged meanings of two specs.

    Pure. Neither the order nor the style of files makes a difference, nor does a person who moved between them.

    Args:
        before: The spec at the base, or None if nothing of it was there.
        after: The spec now.
        header: The rest of what is told.
    """
    before = before or Spec(None, "UTC", {}, ())
    settings = spec_setting_changes(before, after)
    statuses = tuple(sorted(_statuses(before, after, header.as_of), key=_order))
    new = [f"{path} did not exist at {header.base.revision}: everything in it is new." for path in header.missing]
    return SpecDiff(
        format_version=FORMAT_VERSION,
        tool_version=header.tool_version,
        as_of=header.as_of,
        base=header.base,
        spec=SpecInfo(after.digest, header.commit, after.files),
        settings=settings,
        statuses=statuses,
        summary=_summary(settings, statuses),
        notes=(TENANT_NOTE, *new),
    )


def is_empty(found: SpecDiff) -> bool:
    """Tells whether nothing differs: the digests are equal then, and the same lists may be empty."""
    return not (found.settings or found.statuses)


def dangers_of(status: StatusDiff) -> Iterator[Danger]:
    """Yields the danger of everything in a status that has one: first its own, then of settings, then of people."""
    yield from status.dangers
    yield from _dangers(status.settings)
    yield from _dangers(status.members)


def _statuses(before: Spec, after: Spec, as_of: date) -> Iterator[StatusDiff]:
    excluded_by = excluding(after)
    for handle in before.statuses.keys() | after.statuses.keys():
        others = excluded_by.get(handle, set())
        status = _status(before.statuses.get(handle), after.statuses.get(handle), others, as_of)
        if status.presence is not Presence.KEPT or status.settings or status.members:
            yield status


def _status(
    before: StatusSpec | None, after: StatusSpec | None, excluded_by: Collection[str], as_of: date
) -> StatusDiff:
    shown = after or before
    assert shown is not None
    settings = setting_changes(before, after, excluded_by) if after else policies_gone(shown, excluded_by)
    return StatusDiff(
        handle=shown.handle,
        mode=shown.mode,
        owner=shown.owner,
        source=shown.source,
        presence=Presence.GONE if after is None else Presence.KEPT if before else Presence.NEW,
        dangers=tuple(_own_dangers(before, after, as_of)),
        settings=settings,
        members=member_changes(before, after, as_of),
        listed_before=len(before.listed(as_of).declared) if before else 0,
        listed=len(after.listed(as_of).declared) if after else 0,
    )


def _own_dangers(before: StatusSpec | None, after: StatusSpec | None, as_of: date) -> Iterator[Danger]:
    if after is None:
        yield Danger.STATUS_GONE
    elif before and before.listed(as_of).declared and not after.listed(as_of).declared:
        yield Danger.LIST_EMPTIED


def _order(status: StatusDiff) -> tuple[int, str]:
    return rank(dangers_of(status)), status.handle


def _dangers(rows: Iterable[SettingChange | MemberChange]) -> Iterator[Danger]:
    return (row.danger for row in rows if row.danger is not None)


def _summary(settings: tuple[SettingChange, ...], statuses: tuple[StatusDiff, ...]) -> DiffSummary:
    steps = Counter(row.step for status in statuses for row in status.members)
    return DiffSummary(
        listed=steps[Step.LISTED],
        dropped=steps[Step.DROPPED],
        absent=steps[Step.ABSENT],
        no_longer_absent=steps[Step.NO_LONGER_ABSENT],
        until=steps[Step.UNTIL],
        settings=len(settings) + sum(len(status.settings) for status in statuses),
        dangers=len(list(_dangers(settings))) + sum(len(list(dangers_of(status))) for status in statuses),
        statuses=len(statuses),
        reason=steps[Step.REASON],
    )
