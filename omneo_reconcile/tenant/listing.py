"""Reads a list of profiles page by page, to its end, or says that it could not."""

from omneo_reconcile.core.model import Profile
from omneo_reconcile.errors import FailureName, IncompleteReading, TenantError
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.client import Client
from omneo_reconcile.workers import each

PAGE_SIZE = 100
"""Rows asked for; the largest size allowed is open. Source: omneo-api.md, Reading profiles."""

SMALLEST_PAGE = 15
"""A list without `meta` that is shorter than this fits one page, whatever the size. Source: the same, default size."""

PROFILES_SCOPE = "read-profiles"
_LOOKS = 2


class ListRefused(TenantError):
    """The tenant will not answer a list with this filter."""


class _CutShort(Exception):
    """A look at the list that did not bring all of it; says why."""


class Listing:
    """One filtered list of profiles, read by page number: `links` may lose filters or name another host."""

    def __init__(self, client: Client, filters: dict[str, str], page_size: int | None) -> None:
        """Sends nothing yet.

        Args:
            filters: Query parameters. A hint to the server only: whoever uses the rows checks each of them.
            page_size: Rows to ask for, or None for the server's own size.
        """
        size = {} if page_size is None else {"page[size]": str(page_size)}
        self._client = client
        self._params = {**filters, "include": "statuses", "sort": "created_at", **size}
        self._first: wire.Page | None = None

    async def first(self) -> wire.Page:
        """Returns the first page, asked for once.

        Raises:
            ListRefused: If the tenant answers 4xx to every size of page.
        """
        if self._first is None:
            try:
                self._first = await self._page(1)
            except ListRefused:
                if self._params.pop("page[size]", None) is None:
                    raise
                self._first = await self._page(1)
        return self._first

    async def rows(self) -> tuple[Profile, ...]:
        """Returns all rows, each profile once.

        Raises:
            IncompleteReading: If fewer rows came than the totals say, or one without an id, also at a second look.
            ListRefused: As `first`.
        """
        what = ""
        for _ in range(_LOOKS):
            try:
                return await self._look()
            except _CutShort as short:
                what, self._first = str(short), None
        raise IncompleteReading.of(
            FailureName.INCOMPLETE_READING,
            f"{what}, also at a second look",
            f"list of profiles by {', '.join(self._filters()) or 'no filter'}",
            "run it again when nothing else changes profiles",
        )

    async def _look(self) -> tuple[Profile, ...]:
        pages, total = await self._all(await self.first())
        profiles = [wire.profile(row) for page in pages for row in page.rows]
        found = {profile.id: profile for profile in profiles if profile is not None}
        if None in profiles:
            raise _CutShort("a row of the list has no id")
        if total is not None and len(found) < total:
            raise _CutShort(f"read {len(found)} profiles of the {total} that the tenant counts")
        return tuple(found.values())

    async def _all(self, first: wire.Page) -> tuple[list[wire.Page], int | None]:
        if first.pages is None:
            pages = await self._until_nothing_new(first)
        else:
            rest = range(2, first.pages + 1)
            pages = [first, *await each(self._full_page, rest, self._client.concurrency)]
        totals = [page.total for page in pages if page.total is not None]
        return pages, max(totals, default=None)

    async def _until_nothing_new(self, first: wire.Page) -> list[wire.Page]:
        """Reads on while pages bring new rows, where nothing tells how many there are."""
        pages, seen = [first], {wire.text(row.get("id")) for row in first.rows}
        full = min(SMALLEST_PAGE, first.per_page or SMALLEST_PAGE)
        while len(pages[-1].rows) >= full:
            page = await self._page(len(pages) + 1)
            if seen.issuperset(ids := {wire.text(row.get("id")) for row in page.rows}):
                break
            seen |= ids
            pages.append(page)
        return pages

    async def _full_page(self, number: int) -> wire.Page:
        page = await self._page(number)
        # Rows went away meanwhile, or the totals are nonsense: a billion pages are not asked for.
        if not page.rows or (self._first and page.rows == self._first.rows):
            raise _CutShort(f"page {number} of the list is empty or the first one again")
        return page

    async def _page(self, number: int) -> wire.Page:
        params = {**self._params, "page[number]": str(number)}
        answer = await self._client.get("/profiles", params, scope=PROFILES_SCOPE)
        page = wire.page(answer.body) if answer.ok else None
        if page is None:
            kind = ListRefused if not answer.ok else TenantError
            raise kind.of(
                FailureName.UNEXPECTED_ANSWER,
                f"the tenant answered {answer.status} without the list asked for",
                f"GET /profiles by {', '.join(self._filters()) or 'no filter'}",
                "check the base URL and that the token may read profiles",
            )
        return page

    def _filters(self) -> list[str]:
        """The names of the filters, without their values, which may be emails."""
        return [name for name in self._params if name.startswith("filter")]
