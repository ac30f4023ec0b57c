"""What `check` found, as lines of plain text."""

from collections.abc import Iterator

from omneo_reconcile.core.survey import PaceSeen, Survey
from omneo_reconcile.formats.escape import plain

_SIGNS = {True: "+", False: "-", None: "?"}
_TOKEN = {True: "valid", False: "refused", None: "not known: the tenant does not say"}
_MOST_STATUSES = 40


def survey_lines(survey: Survey) -> Iterator[str]:
    """Yields the lines; the last one tells whether planning would work."""
    yield f"Tenant {plain(survey.tenant.name)} ({plain(survey.tenant.base_url)})"
    yield f"Token: {_TOKEN[survey.token_valid]}"
    yield "Scopes:"
    for scope in survey.scopes:
        yield f"  {_SIGNS[scope.granted]} {scope.scope} ({scope.needed_for}): {plain(scope.detail)}"
    if survey.ways:
        yield "Ways of reading:"
    for way in survey.ways:
        yield f"  {_SIGNS[way.works]} {way.way} by {way.asked}: {plain(way.detail)}"
    yield from _lists(survey)
    yield from _statuses(survey.statuses)
    yield _pace(survey.pace)
    yield ""
    for error in survey.errors:
        yield f"Not working: {plain(error.what)}, {plain(error.where)}; {plain(error.next_step)}"
    yield (
        "Planning would not work." if survey.errors else f"Planning works. {survey.requests} requests, nothing written."
    )


def _lists(survey: Survey) -> Iterator[str]:
    profiles = "an unknown number of profiles" if survey.profiles is None else f"{survey.profiles} profiles"
    size = "an unknown number" if survey.page_size is None else str(survey.page_size)
    told = "rows tell " + (", ".join(survey.rows_tell) or "nothing that a plan needs: each is read by itself")
    if survey.ways:
        yield f"Lists: {profiles}, {size} a page; {told if survey.rows_read else 'no row was read'}"


def _statuses(statuses: tuple[str, ...] | None) -> Iterator[str]:
    if statuses is None:
        return
    shown = ", ".join(map(plain, statuses[:_MOST_STATUSES])) or "none"
    more = f" and {len(statuses) - _MOST_STATUSES} more" if len(statuses) > _MOST_STATUSES else ""
    yield f"Status definitions: {len(statuses)} ({shown}{more})"


def _pace(pace: PaceSeen) -> str:
    latency = "no answer" if pace.latency_ms is None else f"an answer took {pace.latency_ms:.0f} ms"
    limit = "no limit told" if pace.limit_told is None else f"a limit of {pace.limit_told} told"
    slowed = f"asked to slow down {pace.refused} times" if pace.refused else "never asked to slow down"
    learned = "" if pace.requests_a_second is None else f", then went at {pace.requests_a_second:.1f} requests a second"
    return f"Pace: {latency}, {limit}, {slowed}{learned}"
