"""Reads a list page by page, to its end, or says how far it came."""

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple

from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Completeness
from omneo_reconcile.errors import AccessError, FailureName, TenantError
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.ways import Found, Gets, Progress, Row, unseen
from omneo_reconcile.workers import each

PAGE_SIZE = 100
"""Rows asked for; the largest size allowed is open, and a size too large may be refused or cut.

Source: omneo-api.md, Reading profiles.
"""

PROFILES_SCOPE = "read-profiles"

_LOOKS = 2
_MOST_PAGES = 1_000_000  # a hundred million profiles; a tenant that counts more is mistaken

EVERYBODYS = frozenset({FailureName.NETWORK, FailureName.REDIRECTED, FailureName.TOKEN_REFUSED})
"""Failures that no other way of asking gets around."""


class ListRefused(TenantError):
    """The tenant will not answer a list with this filter."""


class PageSize:
    """The rows to ask for on a page, and what the tenant thinks of that; shared by the lists of a run."""

    def __init__(self, rows: int | None = PAGE_SIZE) -> None:
        """Asks for that many rows, or with None for the tenant's own number."""
        self.rows = rows
        self.is_accepted = rows is None

    @property
    def params(self) -> dict[str, str]:
        """The query parameter that asks for it."""
        return {} if self.rows is None else {"page[size]": str(self.rows)}


class Question(NamedTuple, Generic[Row]):
    """What a list is a list of.

    Attributes:
        params: Query parameters, the filters among them. A hint to the server only: whoever uses the rows checks each.
        take: Gives the key that is a row's own and the row as a value, or None for a row without a key.
        accepts: Tells whether a row is one that was asked for, where any other one shows that the filter is ignored.
    """

    path: str
    what: str
    scope: str
    params: Mapping[str, str]
    take: Callable[[Mapping[str, object]], tuple[str, Row] | None]
    accepts: Callable[[Row], bool] = lambda _: True


class _CutShort(Exception):
    """A look at the list that did not bring all of it; says why."""


class _Strange(Exception):
    """A list of something else than was asked for."""


class Listing(Generic[Row]):
    """One list, read by page number: `links` may lose filters or name another host."""

    def __init__(self, client: Gets, question: Question[Row], size: PageSize) -> None:
        """Sends nothing yet."""
        self._client = client
        self._question = question
        self._size = size
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
                if self._size.is_accepted:
                    raise
                self._first = await self._first_of_any_size()
            self._size.is_accepted = True
        return self._first

    async def _first_of_any_size(self) -> wire.Page:
        """Asks without a size; if that is answered, no other list of the run asks for one again."""
        rows, self._size.rows = self._size.rows, None
        try:
            return await self._page(1)
        except ListRefused:
            self._size.rows = rows
            raise

    async def read(self, progress: Progress = unseen) -> Found[Row]:
        """Returns all rows, each once; or what came, if that is fewer than the totals say, also at a second look.

        Raises:
            ListRefused: As `first`.
            AccessError, TenantError: If the tenant fails everybody.
        """
        what = ""
        for _ in range(_LOOKS):
            look = _Look(self._question)
            try:
                await self._look(look, progress)
                return Found(tuple(look.rows.values()))
            except _CutShort as short:
                what, self._first = f"{short}, also at a second look", None
            except _Strange:
                return Found((), Completeness.FAILED, "the tenant answered with others than those asked for")
            except ListRefused:
                raise
            except (AccessError, TenantError) as error:
                if error.name in EVERYBODYS or self._first is None:
                    raise
                rows = tuple((self._seen | look.rows).values())
                return Found(rows, Completeness.FAILED, error.faults[0].what)
            finally:
                self._seen |= look.rows
        return Found(tuple(self._seen.values()), Completeness.INCOMPLETE, what)

    async def _look(self, look: "_Look[Row]", progress: Progress) -> None:
        first = await self.first()
        look.add(first)
        last = first

        async def next_page(number: int) -> wire.Page:
            page = await self._page(number)
            # Rows went away meanwhile, or the totals are nonsense: a billion pages are not asked for.
            if not page.rows or page.rows == first.rows:
                raise _CutShort(f"page {number} of the list is empty or the first one again")
            look.add(page)
            progress(f"pages of {self._question.what}", look.read, look.pages)
            return page

        while look.read < look.pages:  # rows may come while others are read: in this order, at the end
            last = (await each(next_page, range(look.read + 1, look.pages + 1), self._client.concurrency))[-1]
        await self._until_nothing_new(look, last)
        look.check()

    async def _until_nothing_new(self, look: "_Look[Row]", last: wire.Page) -> None:
        """Reads on past the pages that were counted, while they are full and bring new rows."""
        while last.may_go_on:
            try:
                last = await self._page(look.read + 1)
            except ListRefused:
                if last.pages is None:
                    raise
                return  # the tenant counted its pages, and there is no other
            if not look.add(last):
                return

    async def _page(self, number: int) -> wire.Page:
        if number > _MOST_PAGES:
            raise _CutShort(f"the list goes on after {_MOST_PAGES} pages")
        question = self._question
        page_number = {"page[number]": str(number)} if number > 1 else {}
        answer = await self._client.get(
            question.path, {**question.params, **self._size.params, **page_number}, scope=question.scope
        )
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


def profile_list(
    client: Gets,
    filters: Mapping[str, str],
    size: PageSize,
    accepts: Callable[[Profile], bool] = lambda _: True,
) -> Listing[Profile]:
    """Returns the list of the profiles that a filter leaves, in the one order known to be stable.

    Source: omneo-api.md, Reading profiles.

    Args:
        accepts: Tells whether a profile is one that was asked for; any other ends the reading.
    """
    params = {**filters, "include": "statuses", "sort": "created_at"}
    question = Question("/profiles", "profiles", PROFILES_SCOPE, params, _profile, accepts)
    return Listing(client, question, size)


def definition_list(client: Gets) -> Listing[str]:
    """Returns the list of the handles of all status definitions."""
    return Listing(client, Question("/statuses", "status definitions", "read-statuses", {}, _definition), PageSize())


class _Look(Generic[Row]):
    """What one look at a list brought so far."""

    def __init__(self, question: Question[Row]) -> None:
        self._question = question
        self.rows: dict[str, Row] = {}
        self.read = 0
        self.pages = 1
        self._total = 0

    def add(self, page: wire.Page) -> bool:
        """Takes the rows of a page; tells whether any is new.

        Raises:
            _CutShort: If a row has no key, or is another one than before: it changed while the list was read.
        """
        before = len(self.rows)
        for told in page.rows:
            taken = self._question.take(told)
            if taken is None:
                raise _CutShort("a row of the list has no id")
            key, row = taken
            if not self._question.accepts(row):
                raise _Strange
            if self.rows.setdefault(key, row) != row:
                raise _CutShort("a row of the list came twice and changed in between")
        self.read += 1
        self.pages = max(self.pages, page.pages or 1)
        self._total = max(self._total, page.total or 0)
        return len(self.rows) > before

    def check(self) -> None:
        """Holds what came against the largest total that was told.

        Raises:
            _CutShort: If rows are missing: some moved between the pages while they were read.
        """
        if len(self.rows) < self._total:
            what = self._question.what
            raise _CutShort(f"read {len(self.rows)} {what} of the {self._total} that the tenant counts")


def _profile(row: Mapping[str, object]) -> tuple[str, Profile] | None:
    profile = wire.profile(row)
    return None if profile is None else (profile.id, profile)


def _definition(row: Mapping[str, object]) -> tuple[str, str] | None:
    """Keys a definition by its handle, or by its id if it has none: no spec can name that one."""
    handle = wire.text(row.get("handle"))
    key = handle or wire.text(row.get("id"))
    return None if key is None else (key, handle or "")
