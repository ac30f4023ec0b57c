"""Reads what a plan needs, in the fewest requests: definitions, lists of holders, then the people those leave open."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from itertools import islice

from msgspec.structs import replace

from omneo_reconcile.core import choice
from omneo_reconcile.core.choice import Choice, Costs, StatusCost
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.limits import LimitName, Overrides
from omneo_reconcile.core.model import Profile, Source, Spec, StatusSpec
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.policies import questions, relations
from omneo_reconcile.core.reading import (
    Completeness,
    Lookup,
    Read,
    Reading,
    Unreadable,
    WayName,
    by_email,
    holding,
    holds,
)
from omneo_reconcile.core.receipt import Receipt
from omneo_reconcile.core.wanted import Wanted, emails_to_look_up, needs_holders
from omneo_reconcile.errors import FailureName, Fault, InvalidUse
from omneo_reconcile.tenant.emails import ManyEmails, SingleLookups, people_a_request
from omneo_reconcile.tenant.holders import Holders
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.ways import Found, Progress, Way, unseen

_COMPLETE = Completeness.COMPLETE
_MANY_STATUSES = 10
_FEW_LEAVING = 10


async def read(reader: Reader, spec: Spec, as_of: date, overrides: Overrides, progress: Progress) -> Reading:
    """Returns all that a plan for this spec needs.

    Raises:
        InvalidUse: If a status of the spec has no definition.
        IncompleteReading: If a list that the plan needs cannot be read to its end.
        AccessError, TenantError: If the tenant cannot be read at all.
    """
    defined = await reader.handles()
    bound = {handle: relation.source for relation in relations(spec) for handle in (relation.status, relation.other)}
    _check_handles(bound | {handle: _source_of(status) for handle, status in spec.statuses.items()}, defined)
    definitions = _definitions(reader)
    holders = Holders(reader, progress, [*spec.statuses, *sorted(defined - spec.statuses.keys())])
    reading = await _PlanReading(reader, holders, spec, as_of, overrides, progress).read()
    return replace(reading, reads=(definitions, *reading.reads))


async def check_defined(reader: Reader, changed: Plan | Receipt) -> Read:
    """Refuses a plan or a way back that changes a status which has no definition now; returns how that was read.

    A batch call would ignore it in silence. Asks first of all, and nothing where nothing is changed.

    Raises:
        InvalidUse: Names each.
    """
    sources = {change.status: change.source for change in reversed(changed.changes)}
    _check_handles(sources, await reader.handles() if sources else frozenset())
    return _definitions(reader)


def _definitions(reader: Reader) -> Read:
    """Returns how definitions were read, if nothing else was read before."""
    reason = "a status without a definition would be ignored in silence"
    return Read(
        None, WayName.DEFINITIONS, complete=True, requests=reader.requests, completeness=_COMPLETE, reason=reason
    )


def _check_handles(sources: Mapping[str, Source | None], defined: frozenset[str]) -> None:
    """Refuses statuses that have no definition. Source: omneo-api.md, The two write calls.

    Args:
        sources: Each status, and the line that names it, if there is one.
    """
    faults = []
    for handle in sources.keys() - defined:
        by_lower_case = {known.lower(): known for known in sorted(defined)}
        nearest = get_close_matches(handle.lower(), by_lower_case, n=1, cutoff=0.5)
        hint = f"did you mean `{by_lower_case[nearest[0]]}`?" if nearest else "define it in Omneo first"
        where = f"status {handle}" + (f" at {sources[handle]}" if sources[handle] else "")
        faults.append(Fault(FailureName.UNKNOWN_STATUS, "the tenant has no such status", where, hint))
    if faults:
        raise InvalidUse(sorted(faults))


def _source_of(status: StatusSpec) -> Source | None:
    return status.source or min((entry.source for entry in status.members.values()), default=None)


class _PlanReading:
    """One reading: first pages, then the choice, then what was chosen, then the people who are left."""

    def __init__(
        self, reader: Reader, holders: Holders, spec: Spec, as_of: date, overrides: Overrides, progress: Progress
    ) -> None:
        self._reader = reader
        self._spec = spec
        self._as_of = as_of
        self._progress = progress
        self._needed = {
            handle
            for handle, status in spec.statuses.items()
            if needs_holders(status, as_of, [name for name in LimitName if (handle, name) in overrides])
        }
        self._declared = {handle: len(status.listed(as_of).declared) for handle, status in spec.statuses.items()}
        asked = questions(spec)
        self._statuses = {handle: StatusSpec(handle) for handle in asked} | dict(spec.statuses)
        self._asked_about = {
            handle: sum(len(status.members) + len(status.absent) for status, of_named in each if of_named)
            for handle, each in asked.items()
        }
        self._holders = holders
        self._people: dict[str, Lookup] = {}
        self._many_emails_work: bool | None = None
        self._reads: list[Read] = []

    async def read(self) -> Reading:
        chosen = await self._choose()
        for handle, way in chosen.ways.items():
            if way is not WayName.LOOKUP:
                await self._holders.read(handle, by=way, needed=handle in self._needed)
            elif handle in self._needed:  # nothing lists its holders: the attempt says why
                await self._holders.read(handle, by=WayName.SCAN, needed=True)
        self._holders.check_complete()
        await self._look_up()
        if await self._read_again_what_left_somebody_out():
            await self._look_up()
        reads = (*self._holders.reads(chosen.reasons), *self._reads)
        return Reading(self._holders.known, self._people, reads, self._reader.requests, tuple(self._holders.seen))

    async def _choose(self) -> Choice:
        statuses = self._statuses
        if len(statuses) >= _MANY_STATUSES and await self._holders.find_scan() and self._holders.scan:
            pages = (await self._holders.scan.cost()).requests
            if pages is not None and pages <= len(statuses):
                self._holders.without_lists(statuses)
                reason = f"all profiles take {pages} more requests, the first pages of lists alone {len(statuses)}"
                return Choice(dict.fromkeys(statuses, WayName.SCAN), dict.fromkeys(statuses, reason))
        for handle in statuses:
            await self._holders.find(handle)
        everybody = self._wanted()
        costs = await self._costs(everybody)
        if choice.is_filter_worth_trying(costs):
            some = dict(islice(everybody.items(), max(1, self._holders.page_size // 2)))
            await self._ask_many(some, "to see if it works")
            costs = await self._costs(everybody)
        if choice.is_scan_worth_asking(costs) and await self._holders.find_scan():
            costs = await self._costs(everybody)
        return choice.choose(costs)

    async def _costs(self, everybody: Wanted) -> Costs:
        return Costs(
            statuses=tuple([await self._cost(status) for status in self._statuses.values()]),
            people=len(everybody),
            people_a_request=people_a_request(everybody, self._holders.page_size) if self._many_emails_work else 1,
            told=self._holders.told,
            spent=self._reader.requests,
            scan=await self._holders.scan.cost() if self._holders.scan else None,
        )

    async def _cost(self, status: StatusSpec) -> StatusCost:
        way = self._holders.lists[status.handle]
        asked = self._asked_about.get(status.handle, 0)
        return StatusCost(
            handle=status.handle,
            needed=status.handle in self._needed,
            people=len(status.members) + len(status.absent) + len(status.dropped or ()) + asked,
            declared=self._declared.get(status.handle, 0),
            holders=await way.cost() if way else None,
        )

    def _wanted(self) -> Wanted:
        """Returns who is left to look up, by what was read so far."""
        wanted = emails_to_look_up(self._spec, self._as_of, self._holders.known, tuple(self._holders.seen))
        return {email: forms for email, forms in wanted.items() if email not in self._people}

    def _leaving(self) -> Wanted:
        """Returns those to be removed by name whom a list of holders does not show: it may leave somebody out."""
        leaving: Wanted = {}
        for status in self._spec.statuses.values():
            leaving |= {email: (entry.email,) for email, entry in status.listed(self._as_of).leaving.items()}
        return {email: forms for email, forms in leaving.items() if email not in self._people}

    async def _look_up(self) -> None:
        """Looks up who is left: in the scan, many in one request where that works, and the rest the documented way."""
        if self._holders.everybody:
            found = by_email(self._holders.everybody)
            self._people |= {email: found[email] for email in self._wanted() if email in found}
        wanted, leaving = self._wanted(), {} if self._holders.everybody else self._leaving()
        if self._many_emails_work is not False and len(wanted | leaving) >= choice.FEW_PEOPLE:
            await self._ask_many(leaving | wanted, "many people in one request")
            wanted, leaving = self._wanted(), {} if self._many_emails_work else self._leaving()
        if len(leaving) <= _FEW_LEAVING:
            wanted = leaving | wanted
        if wanted:
            looked_up = await self._read(SingleLookups(self._reader, wanted), "the documented way, for who is left")
            grouped = _grouped(looked_up.rows)
            self._people |= {email: looked_up.unreadable.get(email, grouped.get(email, ())) for email in wanted}

    async def _read_again_what_left_somebody_out(self) -> bool:
        """Reads lists of holders again that people contradict who hold the status; tells whether there were any."""
        people = [row for lookup in self._people.values() if not isinstance(lookup, Unreadable) for row in lookup]
        left_out: dict[str, frozenset[str]] = {}
        for handle, rows in self._holders.listed().items():
            left_out[handle] = frozenset(row.id for row in people if holds(row, handle)) - rows.keys()
        for handle in [handle for handle, missing in left_out.items() if missing]:
            await self._holders.again(handle, left_out[handle], needed=handle in self._needed)
        self._holders.check_complete()
        return any(left_out.values())

    async def _ask_many(self, wanted: Wanted, reason: str) -> None:
        way = ManyEmails(self._reader, wanted, self._holders.an_email(), self._holders.page_size)
        found = await self._read(way, reason)
        self._many_emails_work = found.complete
        grouped, living = _grouped(found.rows), by_email(found.rows)
        self._people |= {email: grouped[email] for email in wanted if email in living}

    async def _read(self, way: Way, reason: str) -> Found[Profile]:
        before = self._reader.requests
        found = await way.read(self._progress)
        requests = self._reader.requests - before
        self._reads.append(Read(None, way.name, found.complete, requests, found.completeness, found.detail or reason))
        return found


def _grouped(rows: Iterable[Profile]) -> dict[str, tuple[Profile, ...]]:
    """Groups all rows that tell an email, deleted ones too: a lookup that tells so is the latest word."""
    groups: defaultdict[str, list[Profile]] = defaultdict(list)
    for row in rows:
        if row.email is not None:
            groups[normal_form(row.email)].append(row)
    return {email: tuple(group) for email, group in groups.items()}


async def count_holders(reader: Reader, handles: Iterable[str]) -> dict[str, int]:
    """Returns how many profiles hold each status now, each row checked.

    Raises:
        IncompleteReading: If a list cannot be read to its end.
    """
    handles = list(handles)
    holders = Holders(reader, unseen, handles)
    for handle in handles:
        await holders.find(handle)
        await holders.read(handle, by=WayName.HOLDERS if holders.lists[handle] else WayName.SCAN, needed=True)
    holders.check_complete()
    return {handle: len(holding(rows.values(), handle)) for handle, rows in holders.known.items()}
