"""Two ways of reading people by email: many in one request, and the documented lookup of one."""

from collections.abc import Iterator
from itertools import islice
from urllib.parse import quote

from omneo_reconcile.core.emails import normal_form, spellings
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Completeness, Unreadable, WayName, by_email
from omneo_reconcile.core.wanted import Wanted
from omneo_reconcile.errors import AccessError, TenantError
from omneo_reconcile.tenant.listing import EVERYBODYS, PAGE_SIZE, profile_list
from omneo_reconcile.tenant.reader import Reader, is_told
from omneo_reconcile.tenant.ways import Found, Progress
from omneo_reconcile.workers import each

LONGEST_FILTER = 3400
"""Bytes that the people of one request take in its URL, so that the whole stays under 4 KB."""


class ManyEmails:
    """Looks people up by the hundred, if the tenant understands that. Source: omneo-api.md, Reading profiles (open).

    An answer is used only if every row of it is of an email asked for: a filter that is ignored lists everybody. The
    first request also asks, at its end, for somebody who is known to be there, and must bring that profile; and one of
    those whom it brings is looked up in the documented way too, which must bring the same.
    """

    name = WayName.EMAILS

    def __init__(
        self,
        reader: Reader,
        wanted: Wanted,
        known: str | None = None,
        page_size: int = PAGE_SIZE,
        *,
        as_stored: bool = False,
        understood: bool = False,
    ) -> None:
        """Sends nothing yet.

        Args:
            wanted: Whom to ask for.
            known: An email in normal form that a profile is known to have, or None.
            page_size: Rows that the tenant puts on a page.
            as_stored: All of them were read before, and are asked for as they are stored alone. Nothing is concluded of
                who does not come, so whoever comes is proof enough.
            understood: The tenant is known to understand: no request waits for the first one.
        """
        self._reader = reader
        self._wanted = wanted
        self._known = known
        self._as_stored = as_stored
        self._tried_alone = 0 if understood else 1
        self._requests = list(_requests(wanted, page_size, as_stored=as_stored))
        self._dropped = ""

    async def read(self, progress: Progress) -> Found[Profile]:
        """Returns the profiles found; incomplete if the tenant does not understand, with those found before.

        Who is not among them is not known to be missing: that takes the documented lookup.
        """
        found: list[Profile] = []
        done = 0

        async def ask(emails: tuple[str, ...]) -> None:
            nonlocal done
            if not self._dropped:
                found.extend(await self._ask(emails))
                done += 1
                progress("requests for many people", done, len(self._requests))

        for first in self._requests[: self._tried_alone]:
            await ask((*first, self._known) if self._known else first)
            self._dropped = self._dropped or await self._disproof(found)
        await each(ask, self._requests[self._tried_alone :], self._reader.client.concurrency)
        if self._dropped:
            return Found(tuple(filter(is_told, found)), Completeness.FAILED, self._dropped)
        return Found(await self._reader.told(tuple(found)))

    async def _disproof(self, found: list[Profile]) -> str:
        """Returns what shows that the tenant does not understand, or nothing; most telling is an odd spelling."""
        if self._as_stored:
            return "" if found else "the tenant does not understand many emails in one request"
        by_address = by_email(found)
        if self._known and self._known not in by_address:
            return "the tenant does not understand many emails in one request"
        some = sorted(by_address.keys() - {self._known}, key=lambda email: (by_address[email][0].email == email, email))
        for email in some[:1]:
            lookup = await self._reader.lookup(email, self._wanted.get(email, ()))
            if isinstance(lookup, Unreadable) or {row.id for row in lookup} != {row.id for row in by_address[email]}:
                return "many emails in one request bring others than the documented lookup"
        return ""

    async def _ask(self, emails: tuple[str, ...]) -> tuple[Profile, ...]:
        asked = {normal_form(email) for email in emails}
        filters = {"filter[email][in]": ",".join(emails)}
        try:
            found = await profile_list(
                self._reader.client, filters, self._reader.paging, lambda row: normal_form(row.email or "") in asked
            ).read()
        except (AccessError, TenantError) as error:
            if error.name in EVERYBODYS:
                raise
            found = Found((), Completeness.FAILED, error.faults[0].what)
        self._dropped = self._dropped or found.detail
        return found.rows if found.complete else ()


class SingleLookups:
    """Looks people up one by one: the documented way, and the ground truth."""

    name = WayName.LOOKUP

    def __init__(self, reader: Reader, wanted: Wanted) -> None:
        """Sends nothing yet.

        Args:
            wanted: Whom to ask for.
        """
        self._reader = reader
        self._wanted = wanted

    async def read(self, progress: Progress) -> Found[Profile]:
        """Returns the profiles of everybody asked for; who is neither found nor unreadable is not there."""
        found: list[Profile] = []
        unreadable: dict[str, Unreadable] = {}
        done = 0

        async def look_up(email: str) -> None:
            nonlocal done
            profiles = await self._reader.lookup(email, self._wanted[email])
            if isinstance(profiles, Unreadable):
                unreadable[email] = profiles
            else:
                found.extend(profiles)
            done += 1
            progress("people", done, len(self._wanted))

        await each(look_up, sorted(self._wanted), self._reader.client.concurrency)
        self._reader.check_answered()
        if unreadable:
            detail = f"{len(unreadable)} people gave no usable answer"
            return Found(tuple(found), Completeness.INCOMPLETE, detail, unreadable)
        return Found(tuple(found))


def people_a_request(wanted: Wanted, page_size: int, *, as_stored: bool = False) -> int:
    """Returns how many of these people one request asks for, about: a thousand of them tell."""
    some = dict(islice(wanted.items(), 1000))
    return max(1, len(some) // max(1, len(list(_requests(some, page_size, as_stored=as_stored)))))


def _requests(wanted: Wanted, page_size: int, *, as_stored: bool) -> Iterator[tuple[str, ...]]:
    """Yields the emails of each request, in every spelling: no more than fit a URL and leave room on a page.

    One with a comma cannot be told from two.
    """
    emails: list[str] = []
    length = 0
    for email, known in sorted(wanted.items()):
        forms = known if as_stored else spellings(email, known)
        if any("," in form for form in forms):
            continue
        added = sum(map(_length, forms))
        if emails and (length + added > LONGEST_FILTER or len(emails) + len(forms) > page_size - 2):
            yield tuple(emails)
            emails, length = [], 0
        emails += forms
        length += added
    if emails:
        yield tuple(emails)


def _length(email: str) -> int:
    """Bytes that an email and the comma after it take in a URL."""
    return len(quote(email, safe="")) + len("%2C")
