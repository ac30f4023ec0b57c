"""Reads what a plan needs: definitions first, then lists of holders, then the people those leave open."""

from collections.abc import Callable
from datetime import date
from difflib import get_close_matches

from omneo_reconcile.core.limits import LimitName, Overrides
from omneo_reconcile.core.model import Profile, Spec
from omneo_reconcile.core.reading import Lookup, Read, Reading, emails_to_look_up, holds, needs_holders
from omneo_reconcile.errors import FailureName, Fault, IncompleteReading, InvalidUse
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.listing import ListRefused
from omneo_reconcile.tenant.reader import Reader, is_told
from omneo_reconcile.workers import each

Progress = Callable[[str, int, int], None]
"""Told of each long step: what is read, how much of it is done, and how much there is."""


async def read(reader: Reader, spec: Spec, as_of: date, overrides: Overrides, progress: Progress) -> Reading:
    """Returns all that a plan for this spec needs.

    Raises:
        InvalidUse: If a status of the spec has no definition.
        IncompleteReading: If a list that the plan needs cannot be read to its end.
        AccessError, TenantError: If the tenant cannot be read at all.
    """
    _check_handles(spec, await reader.handles())
    holders: dict[str, tuple[Profile, ...]] = {}
    reads: list[Read] = []
    for handle, status in spec.statuses.items():
        progress("lists of holders", len(reads), len(spec.statuses))
        overridden = [name for name in LimitName if (handle, name) in overrides]
        budget = None if needs_holders(status, as_of, overridden) else len(status.members) + len(status.absent)
        before = reader.requests
        rows = await _holders(reader, handle, budget)
        reads.append(Read(handle, "holders", rows is not None, reader.requests - before))
        if rows is not None:
            holders[handle] = rows

    before = reader.requests
    people = await _people(reader, emails_to_look_up(spec, as_of, holders), progress)
    if people:
        reads.append(Read(None, "lookup", complete=True, requests=reader.requests - before))
    return Reading(holders, people, tuple(reads), reader.requests)


def _check_handles(spec: Spec, defined: frozenset[str]) -> None:
    """Refuses statuses that have no definition: a batch call would ignore them in silence.

    Source: omneo-api.md, The two write calls.
    """
    faults = []
    for handle in spec.statuses.keys() - defined:
        by_lower_case = {known.lower(): known for known in sorted(defined)}
        nearest = get_close_matches(handle.lower(), by_lower_case, n=1, cutoff=0.5)
        hint = f"did you mean `{by_lower_case[nearest[0]]}`?" if nearest else "define it in Omneo first"
        status = spec.statuses[handle]
        source = status.source or min((entry.source for entry in status.members.values()), default=None)
        where = f"status {handle}" + (f" at {source}" if source else "")
        faults.append(Fault(FailureName.UNKNOWN_STATUS, "the tenant has no such status", where, hint))
    if faults:
        raise InvalidUse(sorted(faults))


async def _holders(reader: Reader, handle: str, budget: int | None) -> tuple[Profile, ...] | None:
    """Returns all holders, or None if the list can be done without and is not to be had within the budget.

    Args:
        budget: Requests that looking up every listed person would take, or None if the list is needed at any cost.
    """
    try:
        listing = await reader.holders(handle)
        if budget is not None and _requests_left(await listing.first()) > budget:
            return None
        return await reader.told(await listing.rows())
    except (IncompleteReading, ListRefused):
        if budget is None:
            raise
        return None


def _requests_left(first: wire.Page) -> int:
    """Returns what a list will cost by its first page: its other pages, and each row again if rows do not tell all."""
    told = all(profile is None or is_told(profile) for profile in map(wire.profile, first.rows))
    return (first.pages or 1) - 1 + (0 if told else first.rows_in_all)


async def _people(reader: Reader, wanted: dict[str, str], progress: Progress) -> dict[str, Lookup]:
    """Returns the outcome of looking up each email, given in normal form with the spelling of the spec."""
    people: dict[str, Lookup] = {}

    async def look_up(email: str) -> None:
        progress("people", len(people), len(wanted))
        people[email] = await reader.lookup(email, wanted[email])

    await each(look_up, sorted(wanted), reader.concurrency)
    return people


async def count_holders(reader: Reader, handle: str) -> int:
    """Returns how many profiles hold the status now, each row checked.

    Raises:
        IncompleteReading: If the list cannot be read to its end.
    """
    rows = await _holders(reader, handle, None)
    return sum(holds(row, handle) for row in rows or ())
