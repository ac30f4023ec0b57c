"""What one look at a list brought: its rows, each once, held against what the tenant counts."""

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple

from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.ways import Row

MOST_PAGES = 1_000_000  # a hundred million profiles; a tenant that counts more is mistaken


class Question(NamedTuple, Generic[Row]):
    """What a list is a list of.

    Attributes:
        params: Query parameters, the filters among them. A hint to the server only: whoever uses the rows checks each.
        take: Gives the key that is a row's own and the row as a value, or None for a row without a key.
        accepts: Tells whether a row is one that was asked for, where any other one shows that the filter is ignored.
        sized: Whether to ask for a size of page.
        most_pages: With more than these it cannot be the list asked for.
        reverse: Query parameters that list it from the other end, if there are any.
    """

    path: str
    what: str
    scope: str
    params: Mapping[str, str]
    take: Callable[[wire.Row], tuple[str, Row] | None]
    accepts: Callable[[Row], bool] = lambda _: True
    sized: bool = True
    most_pages: int = MOST_PAGES
    reverse: Mapping[str, str] = {}


class CutShort(Exception):
    """A look at the list that did not bring all of it; says why."""


class Missing(CutShort):
    """A look that brought fewer rows than are counted."""


class Strange(Exception):
    """A list of something else than was asked for; says why."""


class Look(Generic[Row]):
    """What one look at a list brought so far.

    Attributes:
        first: The first page.
        size: Rows that fit a page.
        is_counted: Whether the tenant tells how many pages there are.
        rows: By the key of each.
        totals: Each that was told.
        read: Pages that came.
        pages: Pages that are counted, at least 1.
    """

    def __init__(self, question: Question[Row], first: wire.Page) -> None:
        """Takes its size from the first page; `add` takes its rows."""
        self._question = question
        self.first = first
        self.size = first.size
        self.is_counted = first.pages(first.size) is not None
        self.rows: dict[str, Row] = {}
        self.totals: set[int] = set()
        self.read = 0
        self.pages = 1

    def add(self, page: wire.Page) -> bool:
        """Takes the rows of a page; tells whether any is new.

        Raises:
            CutShort: If a row has no key, or is another one than before: it changed while the list was read.
            Strange: If a row was not asked for.
        """
        before = len(self.rows)
        for told in page.rows:
            key, row = self._taken(told)
            if self.rows.setdefault(key, row) != row:
                raise CutShort("a row of the list came twice and changed in between")
        self.read += 1
        self.pages = max(self.pages, page.pages(self.size) or 1)
        self.totals |= set() if page.total is None else {page.total}
        return len(self.rows) > before

    def _taken(self, told: wire.Row) -> tuple[str, Row]:
        taken = self._question.take(told)
        if taken is None:
            raise CutShort("a row of the list has no id")
        if not self._question.accepts(taken[1]):
            raise Strange("the tenant answered with others than those asked for")
        return taken

    def has_new(self, page: wire.Page) -> bool:
        """Tells whether a page has rows that did not come yet."""
        return any(self._taken(told)[0] not in self.rows for told in page.rows)

    @property
    def ends_full(self) -> bool:
        """Whether the last page is full, so that rows may follow which the totals leave out."""
        return bool(self.rows) and len(self.rows) % self.size == 0

    def check(self) -> None:
        """Holds what came against the largest total that was told.

        Raises:
            Missing: If rows are missing: some moved between the pages while they were read.
        """
        if self.totals and len(self.rows) < max(self.totals):
            what = self._question.what
            raise Missing(f"read {len(self.rows)} {what} of the {max(self.totals)} that the tenant counts")
