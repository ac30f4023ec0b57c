"""What a reviewer is shown of each setting and each person that a spec says otherwise, and in which words."""

from collections.abc import Iterator, Sequence
from functools import partial

from omneo_reconcile.core.danger import Danger
from omneo_reconcile.core.model import Source
from omneo_reconcile.core.spec_members import Effect, MemberChange, Step
from omneo_reconcile.core.spec_settings import SettingChange
from omneo_reconcile.formats.picking import picked_by
from omneo_reconcile.formats.review import Group, Phrase, Row, Tone, Value

DANGERS = {
    Danger.TENANT_CHANGED: "the spec may be run against another tenant",
    Danger.MADE_EXCLUSIVE: "everybody who is not listed loses it",
    Danger.LIST_EMPTIED: "nobody is listed any more",
    Danger.EMPTY_ALLOWED: "an empty list is no error any more",
    Danger.LIMIT_RAISED: "one plan may change more",
    Danger.UNRESOLVED_LOOSENED: "people who are not found refuse or hold back less",
    Danger.POLICY_LOOSENED: "a policy allows more",
    Danger.UNPROTECTED: "a person is protected no more",
    Danger.DROPPED: "no longer listed where the list is complete",
    Danger.ABSENT: "newly under `absent`",
    Danger.EXPIRED: "the last day has passed",
    Danger.STATUS_GONE: "not managed any more: whoever holds it keeps it",
}
_STEPS = {
    Step.DROPPED: "no longer listed",
    Step.ABSENT: "now under `absent`",
    Step.UNTIL: "another last day",
    Step.LISTED: "now listed",
    Step.NO_LONGER_ABSENT: "no longer under `absent`",
    Step.REASON: "another reason",
}
_KINDS: dict[Effect | Step, tuple[str, str, Tone]] = {
    Effect.LOSES: ("Would lose it, if they hold it", "-", Tone.LOSS),
    Effect.GAINS: ("Would gain it, if they do not hold it", "+", Tone.GAIN),
    Effect.KEEPS: ("Listed as before, until another day", "=", Tone.QUIET),
    Effect.LEFT_ALONE: ("Not named any more, and left alone", "~", Tone.WARNING),
    Step.REASON: ("Named as before, for another reason", "=", Tone.QUIET),
}
_SETTINGS = {True: ("Settings to look at", "!", Tone.WARNING), False: ("Other settings changed", "=", Tone.QUIET)}


def shown_as(change: MemberChange) -> Effect | Step:
    """Returns what a person is shown under: the effect, unless all that changed is the reason."""
    return change.step if change.step is Step.REASON else change.effect


def member_groups(changes: Sequence[MemberChange]) -> dict[Effect | Step, Group]:
    """Returns all groups of people, in the order in which they are shown, by what is in them."""
    rows = picked_by(shown_as, changes)
    return {kind: Group(title, sign, tone, rows[kind], _row) for kind, (title, sign, tone) in _KINDS.items()}


def setting_groups(handle: str, changes: tuple[SettingChange, ...]) -> Iterator[Group]:
    """Yields the settings of a status that changed, the dangerous first.

    Args:
        handle: The status, or empty for the whole spec.
        changes: Its settings.
    """
    for is_danger, (title, sign, tone) in _SETTINGS.items():
        if chosen := [change for change in changes if (change.danger is not None) is is_danger]:
            yield Group(title, sign, tone, chosen, partial(_setting_row, handle))


def _setting_row(handle: str, change: SettingChange) -> Row:
    return Row(handle, (change.name,), _was_and_is(change), source=change.source)


def setting_phrase(change: SettingChange) -> Phrase:
    """Returns what a setting was and is, and why that is dangerous if it is."""
    return (f"{change.name} ", *_was_and_is(change))


def _was_and_is(change: SettingChange) -> Phrase:
    why = (f": {DANGERS[change.danger]}",) if change.danger else ()
    return ("was ", *_shown(change.before), " and is ", *_shown(change.after), *why)


def _shown(value: str | None) -> Phrase:
    return ("not given",) if value is None else (Value(value),)


def _row(change: MemberChange) -> Row:
    details: list[Phrase] = [(Value(change.note),)] if change.note else []
    if change.note_before:
        details.append(("was ", Value(change.note_before)))
    source = source_of_member(change)
    if source is None:
        details.append(("stood at ", Value(str(change.source))))
    return Row(change.status, (Value(change.email),), (_STEPS[change.step] + _until(change),), tuple(details), source)


def _until(change: MemberChange) -> str:
    match change.step:
        case Step.UNTIL:
            until, before = (day or "further notice" for day in (change.until, change.until_before))
            return f", until {until} (was {before})"
        case Step.LISTED if change.until:
            return f", until {change.until}"
        case Step.DROPPED | Step.ABSENT if change.until_before:
            return f" (was until {change.until_before})"
        case _:
            return ""


def source_of_member(change: MemberChange) -> Source | None:
    """Returns the line that names a person now, or None if none does any more."""
    is_gone = change.step in {Step.DROPPED, Step.NO_LONGER_ABSENT}
    return None if is_gone else change.source
