"""Reads a list page by page, to its end, or says how far it came."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Generic

from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Completeness
from omneo_reconcile.errors import AccessError, FailureName, TenantError
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.any_json import text
from omneo_reconcile.tenant.look import CutShort, Look, Missing, Question, Strange
from omneo_reconcile.tenant.ways import Found, Gets, Progress, Row, unseen
from omneo_reconcile.workers import each

PAGE_SIZE = 100
"""Rows asked for; the largest size allowed is open, and a size too large may be refused or cut.

Source: omneo-api.md, Reading profiles.
"""

PROFILES_SCOPE = "read-profiles"

_LOOKS = 2
_MOST_OF_ONE = 20  # pages of one person; a tenant that lists more ignores the filter

EVERYBODYS = frozenset({FailureName.NETWORK, FailureName.REDIRECTED, FailureName.TOKEN_REFUSED})
"""Failures that no other way of asking gets around."""


class ListRefused(TenantError):
    """The tenant will not answer a list with this filter."""


class Paging:
    """How this tenant pages: what the lists of a run learn of it from each other.

    Attributes:
        rows: Rows to ask for on a page, or None for the tenant's own number.
        is_accepted: Whether the tenant is known to answer lists asked for in that way.
        is_told: Whether a list of several pages told so. Then one that tells nothing is whole.
    """

    def __init__(self, rows: int | None = PAGE_SIZE) -> None:
        """Knows nothing yet."""
        self.rows = rows
        self.is_accepted = rows is None
        self.is_told = False


class Listing(Generic[Row]):
    """One list, read by page number: `links` may lose filters or name another host."""

    def __init__(self, client: Gets, question: Question[Row], paging: Paging) -> None:
        """Sends nothing yet."""
        self._client = client
        self._question = question
        self._paging = paging
        self._first: wire.Page | None = None
        self._seen: dict[str, Row] = {}

    async def first(self) -> wire.Page:
        """Returns the first page, asked for once.

        Raises:
            ListRefused: If the tenant answers 4xx, whatever the size of page.
        """
        if self._first is None:
            try:
                self._first = await self._page(1)
            except ListRefused:
                if self._paging.is_accepted or not self._question.sized:
                    raise
                self._first = await self._first_of_any_size()
            self._paging.is_accepted = self._paging.is_accepted or self._question.sized
        return self._first

    async def _first_of_any_size(self) -> wire.Page:
        """Asks without a size; if that is answered, no other list of the run asks for one again."""
        rows, self._paging.rows = self._paging.rows, None
        try:
            return await self._page(1)
        except ListRefused:
            self._paging.rows = rows
            raise

    async def read(self, progress: Progress = unseen) -> Found[Row]:
        """Returns all rows, each once; or what came, if that is fewer than the totals say, also at a second look.

        Raises:
            ListRefused: As `first`.
            AccessError, TenantError: If the tenant fails everybody.
        """
        what, totals, in_no_order = "", set[int](), True
        for _ in range(_LOOKS):
            look = Look(self._question, await self.first())
            try:
                look.add(look.first)
                await self._look(look, progress)
            except CutShort as short:
                what, self._first = f"{short}, also at a second look", None
                in_no_order = in_no_order and isinstance(short, Missing)
                self._seen |= look.rows
                totals |= look.totals
            except Strange as strange:
                return Found((), Completeness.FAILED, str(strange))
            except (AccessError, TenantError) as error:
                if error.name in EVERYBODYS:
                    raise
                rows = tuple((self._seen | look.rows).values())
                return Found(rows, Completeness.FAILED, error.faults[0].what)
            else:
                return Found(tuple(look.rows.values()))
        if in_no_order and totals == {len(self._seen)}:  # rows of the same time: each look may miss others
            return Found(tuple(self._seen.values()))
        return Found(tuple(self._seen.values()), Completeness.INCOMPLETE, what)

    async def _look(self, look: Look[Row], progress: Progress) -> None:
        what = f"pages of {self._question.what}"

        async def next_page(number: int) -> None:
            page = await self._page(number)
            # Rows went away meanwhile, or the totals are nonsense: a billion pages are not asked for.
            if not page.rows or page.rows == look.first.rows:
                raise CutShort(f"page {number} of the list is empty or the first one again")
            look.add(page)
            progress(what, look.read, look.pages)

        while look.read < look.pages:  # rows may come while others are read: in this order, at the end
            if look.pages > self._question.most_pages:
                raise Strange("the tenant counts more pages than such a list can have")
            await each(next_page, range(look.read + 1, look.pages + 1), self._client.concurrency)
        self._paging.is_told = self._paging.is_told or look.pages > 1
        if look.ends_full if look.is_counted else look.first.told or not self._paging.is_told:
            await self._past_the_end(look, progress)
        look.check()

    async def _past_the_end(self, look: Look[Row], progress: Progress) -> None:
        """Makes sure that nothing follows what is counted: totals may be missing, and some count no further.

        From its other end a list shows what its totals left out.
        """
        end = await self._page(1, self._question.reverse) if look.is_counted and self._question.reverse else None
        is_other_end = end is not None and (look.pages == 1 or end.rows != look.first.rows)
        if is_other_end and end and not look.has_new(end):
            return
        try:
            await self._read_on(look, progress)
        except ListRefused:
            if not look.is_counted:
                raise
        if end is not None and look.has_new(end):
            raise CutShort("the list has rows beyond those that the tenant counts")

    async def _read_on(self, look: Look[Row], progress: Progress) -> None:
        """Reads on past what is counted, until a page is empty, or shorter than one before where sizes are not told."""
        longest = last = len(look.first.rows) if look.read == 1 else look.size
        while last and (last >= longest or look.is_counted):
            if look.read >= self._question.most_pages:
                raise Strange(f"the list goes on after {look.read} pages")
            page = await self._page(look.read + 1)
            last, longest = len(page.rows), max(longest, len(page.rows))
            if last and not look.add(page):
                if page.told and not look.is_counted:
                    raise CutShort(f"page {look.read} of the list brings rows again that came before")
                return
            progress(f"pages of {self._question.what}", look.read, look.read)

    async def _page(self, number: int, other: Mapping[str, str] = MappingProxyType({})) -> wire.Page:
        question, size = self._question, self._paging.rows
        params = {**question.params, **other}
        if question.sized and size is not None:
            params["page[size]"] = str(size)
        if number > 1:
            params["page[number]"] = str(number)
        answer = await self._client.get(question.path, params, scope=question.scope)
        page = wire.page(answer.body) if answer.ok else None
        if page is None:
            kind = ListRefused if not answer.ok else TenantError
            raise kind.of(
                FailureName.UNEXPECTED_ANSWER,
                f"the tenant answered {answer.status} without the list of {question.what} asked for",
                f"GET {question.path} by {self.filters}",
                "check the base URL: it ends in /api/v3",
            )
        return page

    @property
    def filters(self) -> str:
        """The names of the filters, without their values, which may be emails."""
        return ", ".join(name for name in self._question.params if name.startswith("filter")) or "no filter"


_ORDER = {"sort": "created_at"}
_REVERSE = {"sort": "-created_at"}


def profile_list(
    client: Gets,
    filters: Mapping[str, str],
    paging: Paging,
    accepts: Callable[[Profile], bool] = lambda _: True,
) -> Listing[Profile]:
    """Returns the list of the profiles that a filter leaves, in the one order known to be stable.

    Source: omneo-api.md, Reading profiles.

    Args:
        accepts: Tells whether a profile is one that was asked for; any other ends the reading.
    """
    params = {**filters, "include": "statuses", **_ORDER}
    question = Question("/profiles", "profiles", PROFILES_SCOPE, params, _profile, accepts, reverse=_REVERSE)
    return Listing(client, question, paging)


def people_list(client: Gets, email: str, paging: Paging) -> Listing[Profile]:
    """Returns the list of the profiles with one email, in the documented way: a few rows, by the tenant's own pages.

    Source: omneo-api.md, Reading profiles.
    """
    params = {"filter[email]": email, "include": "statuses", **_ORDER}
    question = Question("/profiles", "profiles", PROFILES_SCOPE, params, _profile, sized=False, most_pages=_MOST_OF_ONE)
    return Listing(client, question, paging)


def definition_list(client: Gets) -> Listing[str]:
    """Returns the list of the handles of all status definitions."""
    return Listing(client, Question("/statuses", "status definitions", "read-statuses", {}, _definition), Paging())


def _profile(row: wire.Row) -> tuple[str, Profile] | None:
    profile = wire.profile(row)
    return None if profile is None else (profile.id, profile)


def _definition(row: wire.Row) -> tuple[str, str] | None:
    """Keys a definition by its handle, or by its id if it has none: no spec can name that one."""
    handle = text(row.handle)
    key = handle or text(row.id)
    return None if key is None else (key, handle or "")
