"""What a reviewer is shown of what a spec says otherwise than it did: the dangerous first."""

from collections.abc import Iterable, Iterator

from omneo_reconcile.core.danger import Danger
from omneo_reconcile.core.model import Source
from omneo_reconcile.core.spec_diff import (
    TENANT_NOTE,
    DiffSummary,
    Presence,
    SpecDiff,
    StatusDiff,
    dangers_of,
    is_empty,
)
from omneo_reconcile.core.spec_members import Effect, MemberChange, Step
from omneo_reconcile.core.spec_settings import SettingChange
from omneo_reconcile.formats import words
from omneo_reconcile.formats.review import Group, Level, Mark, Phrase, Review, Row, Section, Tone, Value

_DANGERS = {
    Danger.TENANT_CHANGED: "the spec may be run against another tenant",
    Danger.MADE_EXCLUSIVE: "everybody who is not listed loses it",
    Danger.LIST_EMPTIED: "nobody is listed any more",
    Danger.EMPTY_ALLOWED: "an empty list is no error any more",
    Danger.LIMIT_RAISED: "one plan may change more",
    Danger.UNRESOLVED_LOOSENED: "people who are not found refuse or hold back less",
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
}
_EFFECTS = {
    Effect.LOSES: ("Would lose it, if they hold it", "-", Tone.LOSS),
    Effect.GAINS: ("Would gain it, if they do not hold it", "+", Tone.GAIN),
    Effect.KEEPS: ("Listed as before, until another day", "=", Tone.QUIET),
    Effect.LEFT_ALONE: ("Not named any more, and left alone", "~", Tone.WARNING),
}
_PRESENCE = {Presence.NEW: "new, ", Presence.GONE: "no longer in the spec, ", Presence.KEPT: ""}
_COLUMNS = ("Status", "Would lose it", "Would gain it", "Left alone", "Settings", "Listed: before → now", "Look at")


def diff_review(diff: SpecDiff) -> Review:
    """Returns what is shown of a diff."""
    return Review(
        kind="diff",
        title=(
            "What the spec changed since ",
            Value(diff.base.revision),
            " (",
            Value(diff.base.commit[:12]),
            f"), as of {diff.as_of}, without a look at the tenant",
        ),
        verdict=_verdict(diff),
        tone=Tone.LOSS if diff.summary.dangers else Tone.QUIET if is_empty(diff) else Tone.GAIN,
        total="No changes to the spec." if is_empty(diff) else _total(diff.summary),
        losses=tuple(_look_at(diff)),
        columns=_COLUMNS,
        sections=(*_whole_spec(diff), *map(_section, diff.statuses)),
        remarks=tuple((note,) if note == TENANT_NOTE else (Value(note),) for note in diff.notes),
        marks=tuple(_marks(diff)),
    )


def _people(diff: SpecDiff, effect: Effect) -> int:
    return len({row.email for status in diff.statuses for row in status.members if row.effect is effect})


def _verdict(diff: SpecDiff) -> str:
    if is_empty(diff):
        return "The spec says what it said."
    changes = [*diff.settings, *(change for status in diff.statuses for change in status.settings)]
    completed = sum(change.danger is Danger.MADE_EXCLUSIVE for change in changes)
    losing = [words.number_of(named, "named person")] if (named := _people(diff, Effect.LOSES)) else []
    losing += [f"everybody not listed in {words.number_of(completed, 'status')}"] if completed else []
    gaining = _people(diff, Effect.GAINS)
    loosened = sum(change.danger is not None for change in changes)
    return (
        f"The spec would take a status from {' and '.join(losing) or 'nobody'}"
        f" and give one to {words.number_of(gaining, 'person') if gaining else 'nobody'}"
        + (f"; look at {words.number_of(loosened, 'setting')}." if loosened else ".")
    )


def _look_at(diff: SpecDiff) -> Iterator[Phrase]:
    """Yields one line for each dangerous setting, and for each status that people lose or that is gone."""
    for change in diff.settings:
        if change.danger:
            yield _setting(change)
    for status in diff.statuses:
        handle = Value(status.handle)
        for danger in status.dangers:
            yield handle, f": {_DANGERS[danger]}"
        for change in status.settings:
            if change.danger:
                yield handle, ": ", *_setting(change)
        losing = sum(row.effect is Effect.LOSES for row in status.members)
        if losing:
            yield f"{losing} would lose ", handle


def _whole_spec(diff: SpecDiff) -> Iterator[Section]:
    if diff.settings:
        yield Section(("The whole spec",), facts=tuple(map(_setting, diff.settings)))


def _section(status: StatusDiff) -> Section:
    subtitle = _PRESENCE[status.presence] + words.MODES[status.mode]
    rows = {effect: [row for row in status.members if row.effect is effect] for effect in _EFFECTS}
    groups = (Group(title, sign, tone, rows[effect], _row) for effect, (title, sign, tone) in _EFFECTS.items())
    dangers = [_DANGERS[danger] for danger in dict.fromkeys(dangers_of(status))]
    return Section(
        title=(Value(status.handle),),
        subtitle=(subtitle, "; owner ", Value(status.owner)) if status.owner else (subtitle,),
        before=status.listed_before,
        after=status.listed,
        facts=(
            (f"{status.listed_before} listed before, {status.listed} now",),
            *((f"Look at: {_DANGERS[danger]}",) for danger in status.dangers),
            *map(_setting, status.settings),
        ),
        groups=tuple(group for group in groups if group.count),
        cells=(
            (Value(status.handle),),
            (str(len(rows[Effect.LOSES]) or ""),),
            (str(len(rows[Effect.GAINS]) or ""),),
            (str(len(rows[Effect.LEFT_ALONE]) or ""),),
            (str(len(status.settings) or ""),),
            (f"{status.listed_before} → {status.listed}",),
            ("; ".join(dangers),),
        ),
    )


def _setting(change: SettingChange) -> Phrase:
    why: Iterable[str] = (f": {_DANGERS[change.danger]}",) if change.danger else ()
    return (f"{change.name} was ", *_shown(change.before), " and is ", *_shown(change.after), *why)


def _shown(value: str | None) -> Phrase:
    return ("not given",) if value is None else (Value(value),)


def _row(change: MemberChange) -> Row:
    until = ""
    if change.until != change.until_before and change.step is not Step.ABSENT:
        until = f", until {change.until or 'further notice'}"
        if change.step is Step.UNTIL:
            until += f" (was {change.until_before or 'further notice'})"
    details: list[Phrase] = [(Value(change.note),)] if change.note else []
    source = _source(change)
    if source is None:
        details.append(("stood at ", Value(str(change.source))))
    return Row(change.status, (Value(change.email),), (_STEPS[change.step] + until,), tuple(details), source)


def _source(change: MemberChange) -> Source | None:
    """Returns the line that names a person now, or None if none does any more."""
    is_gone = change.step in {Step.DROPPED, Step.NO_LONGER_ABSENT}
    return None if is_gone else change.source


def _total(summary: DiffSummary) -> str:
    counts = (
        f"{summary.listed} listed",
        f"{summary.dropped} dropped",
        f"{summary.absent} absent",
        f"{summary.no_longer_absent} no longer absent",
        words.number_of(summary.until, "other last day"),
        words.number_of(summary.settings, "setting"),
        words.number_of(summary.dangers, "danger"),
    )
    return f"Spec: {', '.join(counts)}, in {words.number_of(summary.statuses, 'status')}."


def _marks(diff: SpecDiff) -> Iterator[Mark]:
    for status in diff.statuses:
        handle = Value(status.handle)
        for danger in status.dangers:
            yield Mark(Level.WARNING, str(danger), (handle, f": {_DANGERS[danger]}"), status.source)
        for change in status.settings:
            if change.danger:
                yield Mark(Level.WARNING, str(change.danger), (handle, ": ", *_setting(change)), change.source)
        for row in status.members:
            if row.danger:
                message: Phrase = (Value(row.email), " in ", handle, f": {_DANGERS[row.danger]}; would lose it")
                yield Mark(Level.WARNING, str(row.danger), message, _source(row) or status.source)
