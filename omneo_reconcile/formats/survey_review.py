"""What a reader is shown of what `check` found."""

from collections.abc import Iterator

from omneo_reconcile.core.survey import PaceSeen, ScopeSeen, Survey, WaySeen
from omneo_reconcile.formats import words
from omneo_reconcile.formats.review import Group, Level, Mark, Phrase, Review, Row, Section, Tone, Value

_ANSWERS = {True: ("Yes", "+", Tone.GAIN), False: ("No", "-", Tone.FAILURE), None: ("Not known", "?", Tone.QUIET)}
_TOKEN = {True: "valid", False: "refused", None: "not known: the tenant does not say"}
_MOST_STATUSES = 40


def survey_review(survey: Survey) -> Review:
    """Returns what is shown of a survey; the last line tells whether planning would work."""
    works = f"Planning works. {words.number_of(survey.requests, 'request')}, nothing written."
    return Review(
        kind="check",
        title=("Tenant ", Value(survey.tenant.name), " (", Value(survey.tenant.base_url), ")"),
        verdict=f"Token: {_TOKEN[survey.token_valid]}",
        tone=Tone.FAILURE if survey.errors else Tone.GAIN,
        total="Planning would not work." if survey.errors else works,
        tenant=survey.tenant.name,
        sections=tuple(_sections(survey)),
        refused=tuple((Value(f"{error.what}, {error.where}; {error.next_step}"),) for error in survey.errors),
        refusal="Not working",
        remarks=tuple(_remarks(survey)),
        marks=tuple(Mark(Level.ERROR, str(error.name), (Value(error.what),), None) for error in survey.errors),
        failure_reason=survey.failure_reason,
    )


def _sections(survey: Survey) -> Iterator[Section]:
    scopes = [(scope.granted, scope) for scope in survey.scopes]
    ways = [(way.works, way) for way in survey.ways]
    for title, answers, row in (("Scopes", scopes, _scope), ("Ways of reading", ways, _way)):
        groups = (
            Group(title, sign, tone, [thing for answer, thing in answers if answer is wanted], row)
            for wanted, (title, sign, tone) in _ANSWERS.items()
        )
        if answers:
            yield Section((title,), groups=tuple(group for group in groups if group.count))


def _scope(scope: ScopeSeen) -> Row:
    return Row("", (Value(scope.scope),), (f"for {scope.needed_for}: ", Value(scope.detail)))


def _way(way: WaySeen) -> Row:
    return Row("", (str(way.way),), ("by ", Value(way.asked), ": ", Value(way.detail)))


def _remarks(survey: Survey) -> Iterator[Phrase]:
    if survey.ways:
        profiles = "an unknown number of profiles" if survey.profiles is None else f"{survey.profiles} profiles"
        size = "an unknown number" if survey.page_size is None else str(survey.page_size)
        told = "rows tell " + (", ".join(survey.rows_tell) or "nothing that a plan needs: each is read by itself")
        yield (f"Lists: {profiles}, {size} a page; {told if survey.rows_read else 'no row was read'}",)
    if survey.statuses is not None:
        shown = ", ".join(survey.statuses[:_MOST_STATUSES]) or "none"
        more = len(survey.statuses) - _MOST_STATUSES
        rest = f" and {more} more" if more > 0 else ""
        yield (f"Status definitions: {len(survey.statuses)} (", Value(shown), f"{rest})")
    yield (_pace(survey.pace),)


def _pace(pace: PaceSeen) -> str:
    latency = "no answer" if pace.latency_ms is None else f"an answer took {pace.latency_ms:.0f} ms"
    limit = "no limit told" if pace.limit_told is None else f"a limit of {pace.limit_told} told"
    slowed = (
        f"asked to slow down {words.number_of(pace.refused, 'time')}" if pace.refused else "never asked to slow down"
    )
    learned = "" if pace.requests_a_second is None else f", then went at {pace.requests_a_second:.1f} requests a second"
    return f"Pace: {latency}, {limit}, {slowed}{learned}"
