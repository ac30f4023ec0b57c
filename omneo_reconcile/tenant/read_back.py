"""Reads known people again, in the cheapest complete way: before a change, to see who they are, and after it."""

import math
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
    Unreadable,
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

FEW_PAGES = 2
"""A list with so many more pages is read to count it; of a longer one the tenant's own count is taken."""

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
        untried = [] if by_id else [WayName.HOLDERS, WayName.EMAILS]
        while left := [one for one in asked if one.membership not in seen]:
            (_, way), *others = sorted((self._cost(way, left), way) for way in (*untried, WayName.PROFILE))
            seen |= await self._by(way, left, otherwise=others[0][0] if others else 0.0)
            untried = [other for other in untried if other is not way]
        self._left_open = any(one.holds is None for one in seen.values())
        return seen

    async def people(self, emails: Mapping[str, str | None]) -> dict[str, Told]:
        """Returns each profile, by id.

        Args:
            emails: That of each profile, if it has one and it is known: some ways of reading ask for that.
        """
        found: dict[str, Told] = {}
        if _requests_by_email(emails.values()) < len(emails) > FEW_PEOPLE:
            found = await self._by_emails(emails)
        told = found | await self._by_ids(profile_id for profile_id in emails if profile_id not in found)
        self._left_open = any(isinstance(person, Unreadable) for person in told.values())
        return told

    def _cost(self, way: WayName, asked: Sequence[Asked]) -> float:
        """Returns about how many requests a way takes for these memberships; endless for one that is not worth it."""
        people = {one.profile_id: one.email for one in asked}
        if way is WayName.PROFILE:
            return len(people)
        if len(people) <= FEW_PEOPLE or (way is WayName.EMAILS and not self._many_emails_work):
            return math.inf
        return self._pages(asked) if way is WayName.HOLDERS else _requests_by_email(people.values())

    async def _by(self, way: WayName, asked: Sequence[Asked], *, otherwise: float) -> dict[Membership, Seen]:
        """Returns what one way tells of these memberships; by id, that is all of them.

        Args:
            otherwise: Requests that they take in the best of the other ways.
        """
        if way is WayName.HOLDERS:
            return await self._by_lists(asked, otherwise / len(asked))
        emails = {one.profile_id: one.email for one in asked}
        people = await (self._by_emails(emails) if way is WayName.EMAILS else self._by_ids(emails))
        return {
            one.membership: seen_on(people[one.profile_id], one.status) for one in asked if one.profile_id in people
        }

    async def _by_ids(self, profile_ids: Iterable[str]) -> dict[str, Told]:
        """Returns each profile, in the documented way."""
        profile_ids = list(profile_ids)
        with self._counted(WayName.PROFILE):
            told = await each(self._reader.profile, profile_ids, self._reader.client.concurrency)
        return dict(zip(profile_ids, told, strict=True))

    async def _by_emails(self, emails: Mapping[str, str | None]) -> dict[str, Told]:
        """Returns those profiles that many emails in one request bring, told in full."""
        if not self._many_emails_work:
            return {}
        wanted = _wanted(emails.values())
        with self._counted(WayName.EMAILS):
            brought = await ManyEmails(self._reader, wanted, as_stored=True).read(unseen)
        found: dict[str, Told] = {
            row.id: row for row in brought.rows if row.id in emails and is_told(row) and row.type != DELETED
        }
        self._many_emails_work = brought.complete and len(found) >= _LEAST_BROUGHT * len(wanted)
        return found

    def _pages(self, asked: Iterable[Asked]) -> int:
        """Returns about how many pages the lists have, at least where nobody counted: their first page will tell."""
        people = Counter(one.status for one in asked)
        return sum(1 + ((self._holders.get(handle) or 0) + count) // PAGE_SIZE for handle, count in people.items())

    async def _by_lists(self, asked: Collection[Asked], otherwise: float) -> dict[Membership, Seen]:
        """Returns what lists of holders tell, for the statuses whose list is worth it and was read to its end.

        Args:
            otherwise: Requests that one membership takes in another way.
        """
        holders = Holders(self._reader, unseen, sorted({one.status for one in asked}))
        seen: dict[Membership, Seen] = {}
        with self._counted(WayName.HOLDERS):
            for handle, people in sorted(Counter(one.status for one in asked).items()):
                await holders.find(handle)
                list_ = holders.lists[handle]
                cost = (await list_.cost()).requests if list_ else None
                if cost is not None and cost < people * otherwise:
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


def _wanted(emails: Iterable[str | None]) -> Wanted:
    return {normal_form(email): (email,) for email in emails if email}


def _requests_by_email(emails: Collection[str | None]) -> int:
    """Returns about how many requests people take by many emails each, and those without an email by id."""
    wanted = _wanted(emails)
    without = sum(email is None for email in emails)
    return without + -(-len(wanted) // people_a_request(wanted, PAGE_SIZE, as_stored=True))
