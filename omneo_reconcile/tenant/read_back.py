"""Reads known people again, in the cheapest complete way: before a change, to see who they are, and after it."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Membership
from omneo_reconcile.core.reading import (
    DELETED,
    Asked,
    Completeness,
    Gone,
    Read,
    Seen,
    Told,
    Unreadable,
    WayName,
    holding,
    seen_on,
)
from omneo_reconcile.core.waiting import BatchState
from omneo_reconcile.core.wanted import Wanted
from omneo_reconcile.tenant.emails import ManyEmails, people_a_request
from omneo_reconcile.tenant.holders import Holders
from omneo_reconcile.tenant.listing import PAGE_SIZE
from omneo_reconcile.tenant.reader import Reader, is_told
from omneo_reconcile.tenant.ways import unseen
from omneo_reconcile.workers import each

FEW_PEOPLE = 5
"""Up to so many are read by id: other ways save little, and take requests to show that they work."""

FEW_PAGES = 2
"""A list with so many more pages is read to count it; of a longer one the tenant's own count is taken."""

MOST_REMOVALS_NAMED = 500
"""Up to so many removals are proven by people who tell their statuses; of more a list of holders may leave them out."""

_LEAST_BROUGHT = 0.5  # of those asked for; a filter that brings fewer is not worth asking again


class ReadBack:
    """Reads people whose profile ids are known, and tells afterwards how.

    A row counts for the profile that it is of, and for what it tells. What a faster way first tells as it was wanted is
    held against the documented one for somebody; a way that fails that is dropped. Whom no other way tells is read by
    id.
    """

    def __init__(self, reader: Reader, holders: Mapping[str, int | None], listed: Collection[str] = ()) -> None:
        """Sends nothing yet.

        Args:
            holders: About how many hold each status; None, or no key, where nobody counted.
            listed: Statuses whose list of holders the plan was made from: that somebody is not on it tells something.
        """
        self._reader = reader
        self._holders = holders
        self._listed = frozenset(listed)
        self._fast_ways = [WayName.EMAILS, WayName.HOLDERS]
        self._proved: set[WayName] = set()
        self._requests: Counter[WayName] = Counter()
        self._left_open = False

    @property
    def reads(self) -> tuple[Read, ...]:
        """How people were read so far: each way, and whether the last time told everybody."""
        completeness = Completeness.INCOMPLETE if self._left_open else Completeness.COMPLETE
        reason = "somebody could not be read back" if self._left_open else "everybody was read back"
        return tuple(
            Read(None, way, not self._left_open, requests, completeness, reason)
            for way, requests in sorted(self._requests.items())
        )

    async def batch(self, batch_id: str) -> BatchState | None:
        """Returns how far a batch is, or None if that cannot be read now."""
        return await self._reader.batch(batch_id)

    async def memberships(self, asked: Collection[Asked], *, by_id: bool = False) -> dict[Membership, Seen]:
        """Returns what is so now for each of those asked for.

        Args:
            by_id: In the documented way alone, whatever it costs.

        Raises:
            AccessError, TenantError: If the tenant fails everybody.
        """
        self._left_open = True  # until everybody told
        seen: dict[Membership, Seen] = {}
        untried = [] if by_id else list(self._fast_ways)
        while left := [one for one in asked if one.membership not in seen]:
            costs = {way: self._cost(way, left) for way in (*untried, WayName.PROFILE)}
            way = min(costs, key=lambda way: costs[way])
            otherwise = min((cost for other, cost in costs.items() if other is not way), default=0.0)
            seen |= await self._by(way, left, otherwise / len(left))
            untried = [other for other in untried if other is not way]
        self._left_open = any(one.holds is None for one in seen.values())
        return seen

    async def people(self, emails: Mapping[str, str | None]) -> dict[str, Told]:
        """Returns each profile, by id.

        Args:
            emails: That of each profile, if it has one and it is known: some ways of reading ask for that.
        """
        self._left_open = True  # until everybody told
        found: dict[str, Told] = {}
        if WayName.EMAILS in self._fast_ways and _requests_by_email(emails.values()) < len(emails) > FEW_PEOPLE:
            found = await self._by_emails(emails)
            some = await self._by_ids(sorted(found)[len(found) // 2 :][:1])
            if any(found[profile_id] != person for profile_id, person in some.items()):
                self._drop(WayName.EMAILS)
                found = some
        told = found | await self._by_ids(profile_id for profile_id in emails if profile_id not in found)
        self._left_open = any(isinstance(person, Unreadable) for person in told.values())
        return told

    def _cost(self, way: WayName, asked: Sequence[Asked]) -> float:
        """Returns about how many requests a way takes for these memberships; endless for one that is not worth it."""
        people = {one.profile_id: one.email for one in asked}
        if way is WayName.PROFILE:
            return len(people)
        if len(people) <= FEW_PEOPLE:
            return math.inf
        if way is WayName.EMAILS:
            return _requests_by_email(people.values())
        listed = Counter(one.status for one in self._that_lists_may_tell(asked))
        rows = {handle: (self._holders.get(handle) or 0) + count for handle, count in listed.items()}
        return sum(1 + count // PAGE_SIZE for count in rows.values()) + len(asked) - listed.total()

    def _that_lists_may_tell(self, asked: Iterable[Asked]) -> list[Asked]:
        """Returns those that a list of holders may tell: of a few removals, and of lists unheard of, it proves none."""
        asked = list(asked)
        removals = Counter(one.status for one in asked if not one.wanted)
        proving = {status for status, count in removals.items() if count > MOST_REMOVALS_NAMED} & self._listed
        return [one for one in asked if one.wanted or one.status in proving]

    async def _by(self, way: WayName, asked: Sequence[Asked], otherwise: float) -> dict[Membership, Seen]:
        """Returns what one way tells of these memberships; by id, that is all of them.

        Args:
            otherwise: Requests that one of them takes in the best of the other ways.
        """
        emails = {one.profile_id: one.email for one in asked}
        if way is WayName.PROFILE:
            return _told(asked, await self._by_ids(emails))
        if way is WayName.EMAILS:
            seen = _told(asked, await self._by_emails(emails))
        else:
            seen = await self._by_lists(self._that_lists_may_tell(asked), otherwise)
        as_wanted = [one for one in asked if one.membership in seen and seen[one.membership].holds is one.wanted]
        for one in as_wanted[len(as_wanted) // 2 :][:1] if way not in self._proved else []:
            truth = _told([one], await self._by_ids([one.profile_id]))
            if truth[one.membership].holds is not one.wanted:
                self._drop(way)
                return truth
            self._proved.add(way)
        return seen

    def _drop(self, way: WayName) -> None:
        self._fast_ways = [other for other in self._fast_ways if other is not way]

    async def _by_ids(self, profile_ids: Iterable[str]) -> dict[str, Told]:
        """Returns each profile, in the documented way; one that is not there is asked for again to be sure."""
        told: dict[str, Told] = {}
        left = list(profile_ids)
        with self._counted(WayName.PROFILE):
            for _ in range(2):
                people = await each(self._reader.profile, left, self._reader.client.concurrency)
                told |= dict(zip(left, people, strict=True))
                left = [profile_id for profile_id in left if isinstance(told[profile_id], Gone)]
        return told

    async def _by_emails(self, emails: Mapping[str, str | None]) -> dict[str, Told]:
        """Returns those profiles that many emails in one request bring, told in full."""
        wanted: Wanted = {normal_form(email): (email,) for email in emails.values() if email}
        with self._counted(WayName.EMAILS):
            understood = WayName.EMAILS in self._proved
            brought = await ManyEmails(self._reader, wanted, as_stored=True, understood=understood).read(unseen)
        found: dict[str, Told] = {
            row.id: row for row in brought.rows if row.id in emails and is_told(row) and row.type != DELETED
        }
        if not brought.complete or len(found) < _LEAST_BROUGHT * len(wanted):
            self._drop(WayName.EMAILS)
        return found

    async def _by_lists(self, asked: Collection[Asked], otherwise: float) -> dict[Membership, Seen]:
        """Returns what lists of holders tell, for the statuses whose list is worth it and was read to its end.

        Args:
            otherwise: Requests that one membership takes in another way.
        """
        holders = Holders(self._reader, unseen, sorted({one.status for one in asked}))
        with self._counted(WayName.HOLDERS):
            for handle, people in sorted(Counter(one.status for one in asked).items()):
                await holders.find(handle)
                list_ = holders.lists[handle]
                cost = (await list_.cost()).requests if list_ else None
                if cost is not None and cost < people * otherwise:
                    await holders.read(handle, by=WayName.HOLDERS, needed=False)
        seen = {one.membership: Seen(holds=False) for one in asked if one.status in holders.known}
        for handle, rows in holders.known.items():
            seen |= {(handle, row.id): seen_on(row, handle) for row in rows.values() if (handle, row.id) in seen}
        return seen

    async def count(self, handles: Iterable[str]) -> dict[str, int]:
        """Returns how many hold each status: by the list if it is short, else as the tenant counts it.

        A status of which neither can be had is left out.
        """
        handles = sorted(handles)
        holders = Holders(self._reader, unseen, handles)
        counts: dict[str, int] = {}
        with self._counted(WayName.HOLDERS):
            for handle in handles:
                await holders.find(handle)
                if (list_ := holders.lists[handle]) is None:
                    continue
                first, cost = await list_.first(), await list_.cost()
                if cost.requests is not None and cost.requests <= FEW_PAGES:
                    await holders.read(handle, by=WayName.HOLDERS, needed=False)
                elif first.total is not None:
                    counts[handle] = first.total
        return counts | {handle: len(holding(rows.values(), handle)) for handle, rows in holders.known.items()}

    @contextmanager
    def _counted(self, way: WayName) -> Iterator[None]:
        before = self._reader.requests
        try:
            yield
        finally:
            if self._reader.requests > before:
                self._requests[way] += self._reader.requests - before


def _told(asked: Iterable[Asked], people: Mapping[str, Told]) -> dict[Membership, Seen]:
    """Returns what people tell of memberships; of whoever is not among them, nothing."""
    return {one.membership: seen_on(people[one.profile_id], one.status) for one in asked if one.profile_id in people}


def _requests_by_email(emails: Collection[str | None]) -> float:
    """Returns about how many requests people take by many emails each, and those without an email by id."""
    known = [email for email in emails if email]
    some: Wanted = {normal_form(email): (email,) for email in known[:1000]}
    return len(emails) - len(known) + math.ceil(len(known) / people_a_request(some, PAGE_SIZE, as_stored=True))
