"""What a reviewer is shown of what a spec says otherwise than it did: the dangerous first."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from omneo_reconcile.core.danger import Danger
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.spec_diff import (
    TENANT_NOTE,
    DiffSummary,
    Presence,
    SpecDiff,
    StatusDiff,
    dangers_of,
    is_empty,
)
from omneo_reconcile.core.spec_members import Effect, Step
from omneo_reconcile.core.spec_settings import SettingChange
from omneo_reconcile.formats import words
from omneo_reconcile.formats.diff_rows import (
    DANGERS,
    member_groups,
    setting_groups,
    setting_phrase,
    shown_as,
    source_of_member,
)
from omneo_reconcile.formats.review import Level, Mark, Phrase, Review, Section, Tone, Value

_COLUMNS = (
    "Status",
    "Would lose it",
    "Would gain it",
    "Left alone",
    "Other day or reason",
    "Settings",
    "Listed: before → now",
    "Look at",
)


def diff_review(diff: SpecDiff) -> Review:
    """Returns what is shown of a diff."""
    takes = bool(diff.summary.dangers or _people(diff, Effect.LOSES))
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
        tone=Tone.LOSS if takes else Tone.QUIET if is_empty(diff) else Tone.GAIN,
        total="No changes to the spec." if is_empty(diff) else _total(diff.summary),
        losses=tuple(_look_at(diff)),
        columns=_COLUMNS,
        sections=(*_whole_spec(diff), *map(_section, diff.statuses)),
        remarks=tuple((note,) if note == TENANT_NOTE else (Value(note),) for note in diff.notes),
        marks=tuple(_marks(diff)),
    )


def _people(diff: SpecDiff, effect: Effect) -> int:
    rows = (row for status in diff.statuses for row in status.members)
    return len({normal_form(row.email) for row in rows if shown_as(row) is effect})


def _verdict(diff: SpecDiff) -> str:
    if is_empty(diff):
        return "The spec says what it said."
    changes = [*diff.settings, *(change for status in diff.statuses for change in status.settings)]
    loosened = len(_dangerous(changes))
    completed = sum(change.danger is Danger.MADE_EXCLUSIVE for change in changes)
    losing = [words.number_of(named, "named person")] if (named := _people(diff, Effect.LOSES)) else []
    losing += [f"everybody not listed in {words.number_of(completed, 'status')}"] if completed else []
    gaining = _people(diff, Effect.GAINS)
    return (
        f"The spec would take a status from {' and '.join(losing) or 'nobody'}"
        f" and give one to {words.number_of(gaining, 'person') if gaining else 'nobody'}"
        + (f"; look at {words.number_of(loosened, 'setting')}." if loosened else ".")
    )


def _look_at(diff: SpecDiff) -> Iterator[Phrase]:
    """Yields one line for each dangerous setting, and for each status that people lose or that is gone."""
    yield from map(setting_phrase, _dangerous(diff.settings))
    for status in diff.statuses:
        handle = Value(status.handle)
        for danger in status.dangers:
            yield handle, f": {DANGERS[danger]}"
        for change in _dangerous(status.settings):
            yield handle, ": ", *setting_phrase(change)
        losing = sum(shown_as(row) is Effect.LOSES for row in status.members)
        if losing:
            yield f"{losing} would lose ", handle


def _dangerous(changes: Iterable[SettingChange]) -> list[SettingChange]:
    return [change for change in changes if change.danger is not None]


def _whole_spec(diff: SpecDiff) -> Iterator[Section]:
    if diff.settings:
        title: Phrase = ("The whole spec",)
        look_at = _sentences(change.danger for change in diff.settings if change.danger is not None)
        cells = (title, (), (), (), (), (str(len(diff.settings)),), (), look_at)
        yield Section(title, groups=tuple(setting_groups("", diff.settings)), cells=cells)


def _section(status: StatusDiff) -> Section:
    people = member_groups(status.members)
    others = people[Effect.KEEPS].count + people[Step.REASON].count
    counts = *(people[kind].count for kind in (Effect.LOSES, Effect.GAINS, Effect.LEFT_ALONE)), others
    return Section(
        title=(Value(status.handle),),
        subtitle=_subtitle(status),
        before=status.listed_before,
        after=status.listed,
        facts=(
            (f"{status.listed_before} listed before, {status.listed} now",),
            *((f"Look at: {DANGERS[danger]}",) for danger in status.dangers if danger is not Danger.STATUS_GONE),
        ),
        groups=(
            *setting_groups(status.handle, status.settings),
            *(group for group in people.values() if group.count),
        ),
        cells=(
            (Value(status.handle),),
            *((str(count or ""),) for count in (*counts, len(status.settings))),
            (f"{status.listed_before} → {status.listed}",),
            _sentences(dangers_of(status)),
        ),
    )


def _subtitle(status: StatusDiff) -> Phrase:
    match status.presence:
        case Presence.GONE:
            rule = f"no longer in the spec, and {DANGERS[Danger.STATUS_GONE]}"
        case Presence.NEW:
            rule = f"new, {words.MODES[status.mode]}"
        case Presence.KEPT:
            rule = words.MODES[status.mode]
        case _:
            assert_never(status.presence)
    return (rule, "; owner ", Value(status.owner)) if status.owner else (rule,)


def _sentences(dangers: Iterable[Danger]) -> Phrase:
    return ("; ".join(DANGERS[danger] for danger in dict.fromkeys(dangers)),)


def _total(summary: DiffSummary) -> str:
    counts = (
        f"{summary.listed} listed",
        f"{summary.dropped} dropped",
        f"{summary.absent} absent",
        f"{summary.no_longer_absent} no longer absent",
        words.number_of(summary.until, "other last day"),
        words.number_of(summary.settings, "setting"),
        words.number_of(summary.dangers, "danger"),
        words.number_of(summary.reason, "other reason"),
    )
    return f"Spec: {', '.join(counts)}, in {words.number_of(summary.statuses, 'status')}."


def _marks(diff: SpecDiff) -> Iterator[Mark]:
    for change in _dangerous(diff.settings):
        yield Mark(Level.WARNING, str(change.danger), setting_phrase(change), change.source)
    for status in diff.statuses:
        handle = Value(status.handle)
        for danger in status.dangers:
            yield Mark(Level.WARNING, str(danger), (handle, f": {DANGERS[danger]}"), status.source)
        for change in _dangerous(status.settings):
            yield Mark(Level.WARNING, str(change.danger), (handle, ": ", *setting_phrase(change)), change.source)
        for row in status.members:
            if row.danger:
                message: Phrase = (Value(row.email), " in ", handle, f": {DANGERS[row.danger]}; would lose it")
                yield Mark(Level.WARNING, str(row.danger), message, source_of_member(row) or status.source)
