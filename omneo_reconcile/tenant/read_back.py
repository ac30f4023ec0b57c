"""Reads known people again, in the cheapest complete way: before a change, to see who they are, and after it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Membership, Profile
from omneo_reconcile.core.reading import (
    DELETED,
    Asked,
    Completeness,
    Read,
    Seen,
    Told,
    Wanted,
    WayName,
    seen_on,
)
from omneo_reconcile.core.waiting import BatchState
from omneo_reconcile.tenant.emails import ManyEmails, people_a_request
from omneo_reconcile.tenant.holders import Holders
from omneo_reconcile.tenant.listing import PAGE_SIZE
from omneo_reconcile.tenant.reader import Reader, is_told
from omneo_reconcile.tenant.ways import unseen
from omneo_reconcile.workers import each

FEW_PEOPLE = 5
"""Up to so many are read by id: other ways save little, and take requests to show that they work."""

FEW_PAGES = 10
"""A list of so many pages is read to count it; of a longer one the tenant's own count is taken."""

_LEAST_BROUGHT = 0.5  # of those asked for; a filter that brings fewer is not worth asking again


class ReadBack:
    """Reads people whose profile ids are known, and tells afterwards how.

    Nothing is taken on trust: a row counts for the profile that it is of, and tells what it tells. Only a list of
    holders that was read to its end tells that somebody is not on it. Whom no other way tells is read by id.
    """

    def __init__(self, reader: Reader, holders: Mapping[str, int | None]) -> None:
        """Sends nothing yet.

        Args:
            holders: About how many hold each status; None, or no key, where nobody counted.
        """
        self._reader = reader
        self._holders = holders
        self._many_emails_work = True
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
        seen: dict[Membership, Seen] = {}
        if not by_id and self._lists_are_cheaper(asked):
            seen = await self._by_lists(asked)
        left = [one for one in asked if one.membership not in seen]
        people = await self.people({one.profile_id: None if by_id else one.email for one in left})
        seen |= {one.membership: seen_on(people[one.profile_id], one.status) for one in left}
        self._left_open = any(one.holds is None for one in seen.values())
        return seen

    async def people(self, emails: Mapping[str, str | None]) -> dict[str, Told]:
        """Returns each profile, by id.

        Args:
            emails: That of each profile, if it has one and it is known: some ways of reading ask for that.
        """
        wanted: Wanted = {normal_form(email): (email,) for email in emails.values() if email}
        found: dict[str, Told] = {}
        if len(wanted) > FEW_PEOPLE and self._many_emails_work:
            with self._counted(WayName.EMAILS):
                brought = await ManyEmails(self._reader, wanted, proves_itself=True).read(unseen)
            found = {row.id: row for row in brought.rows if row.id in emails and is_told(row) and row.type != DELETED}
            self._many_emails_work = brought.complete and len(found) >= _LEAST_BROUGHT * len(wanted)
        left = [profile_id for profile_id in emails if profile_id not in found]
        with self._counted(WayName.PROFILE):
            told = await each(self._reader.profile, left, self._reader.client.concurrency)
        return found | dict(zip(left, told, strict=True))

    def _lists_are_cheaper(self, asked: Collection[Asked]) -> bool:
        """Tells whether the lists of holders are likely to take fewer requests than asking for the people."""
        people = {one.profile_id: one.email for one in asked}
        if len(people) <= FEW_PEOPLE:
            return False
        wanted: Wanted = {normal_form(email): (email,) for email in people.values() if email}
        one_by_one = len(people)
        if self._many_emails_work and len(wanted) > FEW_PEOPLE:
            one_by_one += -(-len(wanted) // people_a_request(wanted, PAGE_SIZE)) - len(wanted)
        return self._pages(asked) < one_by_one

    def _pages(self, asked: Collection[Asked]) -> int:
        """Returns about how many pages the lists have: as many as people are asked for, where nobody counted."""
        pages = 0
        for handle, people in Counter(one.status for one in asked).items():
            counted = self._holders.get(handle)
            pages += 1 + (people if counted is None else (counted + people) // PAGE_SIZE)
        return pages

    async def _by_lists(self, asked: Collection[Asked]) -> dict[Membership, Seen]:
        """Returns what lists of holders tell, for the statuses whose list was read to its end."""
        holders = Holders(self._reader, unseen, sorted({one.status for one in asked}))
        seen: dict[Membership, Seen] = {}
        with self._counted(WayName.HOLDERS):
            for handle, people in sorted(Counter(one.status for one in asked).items()):
                await holders.find(handle)
                list_ = holders.lists[handle]
                cost = (await list_.cost()).requests if list_ else None
                if cost is not None and cost < people:
                    await holders.read(handle, by=WayName.HOLDERS, needed=False)
        for one in asked:
            if one.status in holders.known:
                seen[one.membership] = Seen(holds=False)
        for handle, rows in holders.known.items():
            seen |= {(handle, row.id): seen_on(row, handle) for row in rows if (handle, row.id) in seen}
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
        return counts | {handle: _held(rows, handle) for handle, rows in holders.known.items()}

    @contextmanager
    def _counted(self, way: WayName) -> Iterator[None]:
        before = self._reader.requests
        try:
            yield
        finally:
            if self._reader.requests > before:
                self._requests[way] += self._reader.requests - before


def _held(rows: Sequence[Profile], handle: str) -> int:
    return sum(seen_on(row, handle).holds is True for row in rows)
