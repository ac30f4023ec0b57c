"""What a spec says otherwise than at its base, as lines of plain text."""

from collections.abc import Iterator

from omneo_reconcile.core.danger import Danger
from omneo_reconcile.core.spec_diff import DiffSummary, Presence, SpecDiff, StatusDiff, is_empty
from omneo_reconcile.core.spec_members import Effect, MemberChange, Step
from omneo_reconcile.core.spec_settings import SettingChange
from omneo_reconcile.formats.escape import plain

_PRESENCE = {Presence.NEW: ", new", Presence.GONE: ", no longer in the spec", Presence.KEPT: ""}
_DANGERS = {  # those of one person say themselves what they are
    Danger.TENANT_CHANGED: "the spec may be run against another tenant",
    Danger.MADE_EXCLUSIVE: "everybody who is not listed loses it",
    Danger.LIST_EMPTIED: "nobody is listed any more",
    Danger.EMPTY_ALLOWED: "an empty list is no error",
    Danger.LIMIT_RAISED: "one plan may change more",
    Danger.UNRESOLVED_LOOSENED: "people who are not found hold back less",
    Danger.STATUS_GONE: "not managed any more: whoever holds it keeps it",
}
_STEPS = {
    Step.DROPPED: "no longer listed",
    Step.ABSENT: "now under `absent`",
    Step.UNTIL: "another last day",
    Step.LISTED: "now listed",
    Step.NO_LONGER_ABSENT: "no longer under `absent`",
}
_EFFECTS = {
    Effect.LOSES: "would lose it",
    Effect.GAINS: "would get it",
    Effect.KEEPS: "keeps it",
    Effect.LEFT_ALONE: "nothing happens",
}


def diff_lines(diff: SpecDiff) -> Iterator[str]:
    """Yields the lines; the last one has the numbers."""
    yield f"Spec since {plain(diff.base.revision)} ({diff.base.commit[:12]}), as of {diff.as_of}"
    yield from map(plain, diff.notes)
    yield from map(_setting, diff.settings)
    for status in diff.statuses:
        yield ""
        yield from _status(status)
    yield ""
    yield "No changes to the spec." if is_empty(diff) else _numbers(diff.summary)


def _status(status: StatusDiff) -> Iterator[str]:
    owner = f", owner {plain(status.owner)}" if status.owner else ""
    yield f"{plain(status.handle)} ({status.mode}{_PRESENCE[status.presence]}){owner}"
    yield from (f"  ! {_DANGERS[danger]}" for danger in status.dangers)
    yield from map(_setting, status.settings)
    yield from map(_member, status.members)


def _setting(change: SettingChange) -> str:
    sign, danger = ("!", f"; {_DANGERS[change.danger]}") if change.danger else ("~", "")
    return f"  {sign} {change.name}: {_shown(change.before)} -> {_shown(change.after)}{danger}"


def _member(change: MemberChange) -> str:
    sign = "!" if change.danger else {Effect.GAINS: "+", Effect.LOSES: "-"}.get(change.effect, "=")
    until = ""
    if change.until != change.until_before:
        until = f" (until {_shown(change.until_before)} -> {_shown(change.until)})"
    note = f"{plain(change.note)}; " if change.note else ""
    what = f"{_STEPS[change.step]}{until}: {_EFFECTS[change.effect]}"
    return f"  {sign} {plain(change.email)}  {what} ({note}{plain(str(change.source))})"


def _shown(value: object) -> str:
    return "none" if value is None else plain(str(value))


def _numbers(summary: DiffSummary) -> str:
    return (
        f"Spec: {summary.listed} listed, {summary.dropped} dropped, {summary.absent} absent, "
        f"{summary.no_longer_absent} no longer absent, {summary.until} other last days, {summary.settings} settings, "
        f"{summary.dangers} dangers, in {summary.statuses} statuses."
    )
