"""What is shown of one person: what is live, then status by status what the spec says and what a plan would do."""

from collections.abc import Iterator

from msgspec.structs import replace

from omneo_reconcile.core.changes import Add, Held, HeldWhy
from omneo_reconcile.core.explanation import Explained, Explanation, LiveProfile, Mention, Outcome
from omneo_reconcile.core.reading import DELETED
from omneo_reconcile.core.resolve import Why
from omneo_reconcile.formats import words
from omneo_reconcile.formats.affected import affected_by, change_groups
from omneo_reconcile.formats.review import Group, Phrase, Review, Row, Section, Tone, Value

_COLUMNS = ("Status", "A plan would", "Holds it now", "Rule")
_OUTCOMES = {
    Outcome.ADD: "add it",
    Outcome.REMOVE: "remove it",
    Outcome.HELD: "hold the change back",
    Outcome.UNRESOLVED: "leave it alone: unresolved",
    Outcome.UNCHANGED: "change nothing",
    Outcome.UNDECLARED: "change nothing: undeclared, kept",
    Outcome.SATISFIED: "change nothing",
    Outcome.UNSEEN: "leave it alone",
}
_LEFT = {
    Outcome.UNCHANGED: "Unchanged",
    Outcome.UNDECLARED: "Undeclared, kept",
    Outcome.SATISFIED: "Nothing to do",
    Outcome.UNSEEN: "Left alone",
}
_HOLDS = {True: ("yes", "Holds it now"), False: ("no", "Does not hold it now"), None: ("not told", "May hold it now")}


def explanation_review(explanation: Explanation) -> Review:
    """Returns what is shown of an explanation."""
    adds, removals = _statuses_that(explanation, Outcome.ADD), _statuses_that(explanation, Outcome.REMOVE)
    quiet = Tone.LOSS if removals else Tone.GAIN if adds else Tone.QUIET
    commit: Phrase = (", commit ", Value(explanation.commit)) if explanation.commit else ()
    name, url = Value(explanation.tenant.name), Value(explanation.tenant.base_url)
    return Review(
        kind="explanation",
        title=(Value(explanation.email), " in tenant ", name, " (", url, f"), as of {explanation.as_of}", *commit),
        verdict=("A plan would be refused. " if explanation.refused else "") + _verdict(len(adds), len(removals)),
        tone=Tone.FAILURE if explanation.refused else quiet,
        total=_total(explanation),
        tenant=explanation.tenant.name,
        losses=tuple(("would lose ", Value(status.handle)) for status in removals),
        not_done=_not_done(explanation),
        columns=_COLUMNS,
        sections=(_live(explanation), *_sections(explanation)),
        refused=tuple(
            (Value(fault.where), ": ", Value(fault.what), "; ", Value(fault.next_step)) for fault in explanation.refused
        ),
        refusal="A plan would be refused",
    )


def _statuses_that(explanation: Explanation, outcome: Outcome) -> list[Explained]:
    return [status for status in explanation.statuses if status.outcome is outcome]


def _verdict(adds: int, removals: int) -> str:
    if not adds and not removals:
        return "This person would gain or lose no status."
    loses = f"LOSE {words.number_of(removals, 'status')}" if removals else "lose no status"
    return f"This person would {loses} and gain {adds or 'none'}."


def _not_done(explanation: Explanation) -> str:
    return words.left_alone(
        (len(_statuses_that(explanation, Outcome.UNRESOLVED)), "listed membership", "unresolved"),
        (sum(len(status.held) for status in explanation.statuses), "change", "held back"),
        (len(_statuses_that(explanation, Outcome.UNDECLARED)), "membership", "not listed, and kept"),
        (len(explanation.not_in_spec), "status", "not in the spec"),
    )


def _total(explanation: Explanation) -> str:
    if not explanation.statuses:
        holds = "the person holds no status of it" if explanation.is_told else "what the person holds is not known"
        return f"No plan for this person: the spec does not name the email, and {holds}."
    changes = [change for status in explanation.statuses for change in status.changes]
    adds = sum(isinstance(change, Add) for change in changes)
    rows = (f"{adds} to add", f"{len(changes) - adds} to remove")
    held = sum(len(status.held) for status in explanation.statuses)
    unresolved = sum(len(status.unresolved) for status in explanation.statuses)
    return f"For this person: {', '.join(rows)}, {unresolved} unresolved, {held} held."


def _live(explanation: Explanation) -> Section:
    who: Phrase = (Value(explanation.email),)
    if explanation.unreadable is not None:
        row = Row("", who, (words.NOT_RESOLVED[Why.UNREADABLE],), ((Value(explanation.unreadable),),))
        group = _group_of("Not told", "?", Tone.WARNING, row)
    elif explanation.profiles:
        group = Group("Profiles", "=", Tone.QUIET, explanation.profiles, _profile)
    else:
        group = _group_of("No profile", "?", Tone.QUIET, Row("", who, (words.NOT_RESOLVED[Why.NOT_FOUND],)))
    return Section(("Live",), groups=(group,))


def _group_of(title: str, sign: str, tone: Tone, row: Row) -> Group:
    return Group(title, sign, tone, [row], lambda row: row)


def _profile(profile: LiveProfile) -> Row:
    kind: Phrase = ("of a type that was not told",) if profile.type is None else (Value(profile.type),)
    note = ", so it is no profile any more" if profile.type == DELETED else ""
    details: tuple[Phrase, ...] = ((Value(profile.email),),) if profile.email else ()
    return Row("", ("profile ", Value(profile.profile_id)), (*kind, f"{note}; ", *_holding(profile)), details)


def _holding(profile: LiveProfile) -> Phrase:
    if profile.statuses is None:
        return ("the tenant did not tell its statuses",)
    if not profile.statuses:
        return ("holds no status",)
    return "holds ", *[part for handle in profile.statuses for part in (", ", Value(handle))][1:]


def _sections(explanation: Explanation) -> Iterator[Section]:
    who: Phrase = (Value(explanation.email),)
    for status in explanation.statuses:
        groups = tuple(group for group in _groups(status, who) if group.count)
        section = _section(status.handle, _OUTCOMES[status.outcome], _rule(status), groups, holds=status.holds)
        yield replace(section, subtitle=_rule(status), is_refused=status.is_refused)
    for handle in explanation.not_in_spec:
        row = Row(handle, who, ("holds it: never touched",))
        groups = (_group_of("Not in the spec", "=", Tone.QUIET, row),)
        yield _section(handle, "change nothing", ("not in the spec",), groups, holds=True)


def _section(handle: str, would: str, rule: Phrase, groups: tuple[Group, ...], *, holds: bool | None) -> Section:
    short, long = _HOLDS[holds]
    return Section(
        title=(Value(handle),),
        facts=((f"{long}; a plan would {would}",),),
        groups=groups,
        cells=((Value(handle),), (would,), (short,), rule),
    )


def _rule(status: Explained) -> Phrase:
    mode, owner = words.MODES[status.plan.mode], status.plan.owner
    return (mode, "; owner ", Value(owner)) if owner else (mode,)


def _groups(status: Explained, who: Phrase) -> Iterator[Group]:
    yield Group("In the spec", ">", Tone.QUIET, status.mentions, _mention)
    yield from change_groups(status.handle, affected_by(status.changes))
    yield Group(words.HELD_BACK, "~", Tone.WARNING, status.held, lambda held: _held(held, status.plan.unresolved))
    yield Group(words.UNRESOLVED, "?", Tone.WARNING, status.unresolved, words.unresolved_row)
    if title := _LEFT.get(status.outcome):
        tone = Tone.WARNING if status.outcome is Outcome.UNSEEN else Tone.QUIET
        row = Row(status.handle, who, (_why_left(status),), source=status.source)
        yield _group_of(title, "=", tone, row)


def _mention(mention: Mention) -> Row:
    until = f" until {mention.until}" if mention.until else ""
    details: tuple[Phrase, ...] = ((Value(mention.reason),),) if mention.reason else ()
    return Row(
        mention.status, (Value(mention.email),), (f"listed under `{mention.kind}`{until}",), details, mention.source
    )


def _held(held: Held, unresolved: int) -> Row:
    row = words.held_row(held)
    if held.why is not HeldWhy.UNRESOLVED:
        return row
    return replace(row, details=((f"{words.number_of(unresolved, 'person')} unresolved",),))


def _why_left(status: Explained) -> str:
    """Returns the rule by which a plan leaves the person as they are, in words."""
    if status.reason is not None:
        holds = "holds it already" if status.outcome is Outcome.UNCHANGED else "does not hold it"
        return f"{words.why(status.reason, status.until)}, {holds}"
    if status.outcome is Outcome.SATISFIED:
        return "protected, but not listed"
    if status.outcome is Outcome.UNSEEN:
        return "holds it, but the tenant's list of holders does not show that: left alone"
    unknown = "; whether it was dropped was not computed: pass --base REV" if status.plan.dropped is None else ""
    return f"{status.plan.mode}: not listed, keeps it{unknown}"
