"""Finds out what a tenant answers and what a token may do, with a dozen reading requests."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from omneo_reconcile.core.survey import ScopeSeen, WaySeen
from omneo_reconcile.errors import AccessError, FailureName, Fault, ReconcileError, TenantError
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.listing import PROFILES_SCOPE
from omneo_reconcile.tenant.notes import Notes
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.trials import Trials, Tried

_STATUSES_SCOPE = "read-statuses"
_BATCHES_SCOPE = "read-batches"
_NO_BATCH = "00000000-0000-0000-0000-000000000000"
_TOLD = ("statuses", "profile_type", "email")


class Findings(NamedTuple):
    """What `look_over` found; see `core.survey.Survey` for what each says."""

    token_valid: bool | None
    scopes: tuple[ScopeSeen, ...]
    ways: tuple[WaySeen, ...]
    profiles: int | None
    page_size: int | None
    rows_read: int
    rows_tell: tuple[str, ...]
    statuses: tuple[str, ...] | None
    faults: tuple[Fault, ...]


async def look_over(reader: Reader) -> Findings:
    """Returns what the tenant answers and what the token may do. Writes nothing.

    Raises:
        TenantError: If the tenant cannot be reached at all.
    """
    notes = Notes()
    valid = await _token(reader, notes)
    statuses, tried = None, Tried(None, None)
    if valid is not False:
        statuses = await _definitions(reader, notes)
        tried = await Trials(reader, notes, statuses or frozenset()).run()
        await _batches(reader, notes)
    rows = tried.page.rows if tried.page else ()
    return Findings(
        token_valid=valid,
        scopes=tuple(_scopes(notes.granted)),
        ways=tuple(notes.ways),
        profiles=tried.profiles,
        page_size=tried.page.per_page if tried.page else None,
        rows_read=len(rows),
        rows_tell=_told(rows),
        statuses=None if statuses is None else tuple(sorted(statuses)),
        faults=tuple(notes.faults),
    )


async def _token(reader: Reader, notes: Notes) -> bool | None:
    """Asks whether the token is valid. Source: omneo-api.md, Access, errors, limits."""
    try:
        answer = await reader.client.get("/auth/verify", scope="any")
    except AccessError as error:
        if error.name is FailureName.TOKEN_REFUSED:
            notes.keep(error.faults)
            return False
        return None
    except TenantError as error:
        if error.name is FailureName.NETWORK:
            raise
        return None
    return True if answer.ok else None


async def _definitions(reader: Reader, notes: Notes) -> frozenset[str] | None:
    """Returns the handles of all statuses, or None with the fault noted: without them no plan works."""
    try:
        handles = await reader.handles()
    except ReconcileError as error:
        notes.failed(_STATUSES_SCOPE, error)
        notes.keep(error.faults)
        return None
    notes.answered(_STATUSES_SCOPE)
    return handles


async def _batches(reader: Reader, notes: Notes) -> None:
    """Asks for a batch that is not there: a 404 tells that the token may ask. Which scope it takes is open."""
    try:
        answer = await reader.client.get(f"/batches/{_NO_BATCH}", scope=_BATCHES_SCOPE)
    except ReconcileError as error:
        notes.failed(_BATCHES_SCOPE, error)
        return
    if answer.ok or answer.status == 404:
        notes.answered(_BATCHES_SCOPE)


def _told(rows: Collection[wire.Row]) -> tuple[str, ...]:
    """Returns what every row has a field for, and some row fills."""
    filled = {field: [wire.tells(row, field) for row in rows] for field in _TOLD}
    return tuple(field for field, seen in filled.items() if None not in seen and True in seen)


def _scopes(granted: Mapping[str, bool]) -> Iterator[ScopeSeen]:
    said = {True: "the tenant answered", False: "the tenant answered 403", None: "not known"}
    for scope in (_STATUSES_SCOPE, PROFILES_SCOPE):
        yield ScopeSeen(scope, granted.get(scope), "plan", said[granted.get(scope)])
    yield ScopeSeen("update-profiles", None, "apply", "only a write could tell, and this sends none")
    batches = granted.get(_BATCHES_SCOPE)
    without = "; without it apply confirms by reading profiles alone" if batches is False else ""
    yield ScopeSeen(_BATCHES_SCOPE, batches, "apply", f"for the state of batches: {said[batches]}{without}")
