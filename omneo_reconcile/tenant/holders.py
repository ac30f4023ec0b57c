"""Who holds which status: each list found by its first page, read if that was chosen, and its outcome kept."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from omneo_reconcile.core.choice import ListCost, is_worth_reading_instead
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import DELETED, Completeness, Read, Rows, WayName, holds
from omneo_reconcile.errors import FailureName, Fault, IncompleteReading
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.listing import PAGE_SIZE, ListRefused
from omneo_reconcile.tenant.lists import ProfileWay, StatusFilter
from omneo_reconcile.tenant.reader import Reader, is_told
from omneo_reconcile.tenant.ways import Found, Progress


class Holders:
    """The lists of one run: one for each status, and the scan of all profiles, which serves every status.

    Attributes:
        lists: The list of each status's holders, or None where no form of the filter works.
        scan: The list of all profiles, once it was asked for.
        known: The rows of each status whose list was read to its end, by this list or by the scan.
        everybody: All profiles, if the scan was read to its end.
        seen: Rows, told in full, of lists that were not read to their end.
    """

    def __init__(self, reader: Reader, progress: Progress, statuses: Iterable[str]) -> None:
        """Sends nothing yet.

        Args:
            statuses: Handles that are defined, those that will be asked for first.
        """
        self._reader = reader
        self._progress = progress
        statuses = list(statuses)
        self._defined = frozenset(statuses)
        self._filter = StatusFilter(reader, statuses)
        self._requests: Counter[str | None] = Counter()
        self._found: dict[str | None, Found[Profile]] = {}
        self._ways: dict[str, WayName] = {}
        self._first_pages: list[wire.Page] = []
        self._faults: list[Fault] = []
        self._sampled = False
        self.lists: dict[str, ProfileWay | None] = {}
        self.scan: ProfileWay | None = None
        self.known: dict[str, Rows] = {}
        self.everybody: tuple[Profile, ...] = ()
        self.seen: list[Profile] = []

    async def find(self, handle: str) -> None:
        """Finds the list of a status's holders, by its first page.

        Where the filter lists nobody for any status it was tried on, some profiles tell which statuses are held.
        """
        with self._counted(handle):
            found = await self._filter.holders(handle)
        if found is None and self._filter.is_open and not self._sampled and await self.find_scan():
            self._sampled = True
            self._filter.try_on(
                sorted({held for row in self._profiles() for held in row.statuses or ()} & self._defined)
            )
            with self._counted(handle):
                found = await self._filter.holders(handle)
        self.lists[handle] = found
        if found:
            self._first_pages.append(await found.first())

    async def find_scan(self) -> bool:
        """Finds the list of all profiles, by its first page; tells whether the tenant has one to give."""
        if self.scan is None and None not in self._found:
            scan = ProfileWay(self._reader, WayName.SCAN, {})
            with self._counted(None):
                try:
                    self._first_pages.append(await scan.first())
                    self.scan = scan
                except ListRefused as error:
                    self._found[None] = Found((), Completeness.FAILED, error.faults[0].what)
        return self.scan is not None

    def without_lists(self, handles: Iterable[str]) -> None:
        """Takes note that no list of holders is asked for: the scan is cheaper than their first pages."""
        self.lists = dict.fromkeys(handles)

    async def read(self, handle: str, by: WayName, *, needed: bool) -> None:
        """Reads the holders of a status the way that was chosen, and if they are needed, then the other way."""
        if by is WayName.SCAN:
            untried = needed and handle not in self._found
            read = await self._by_scan(handle) or (untried and await self._by_list(handle))
        else:
            read = await self._by_list(handle) or (needed and await self._by_scan(handle, await self._cost(handle)))
        if needed and not read:
            details = (found.detail for key in (handle, None) if (found := self._found.get(key)))
            what, where = "; ".join(dict.fromkeys(details)), f"holders of status {handle}"
            next_step = "run it again, best when less changes on the tenant"
            self._faults.append(Fault(FailureName.INCOMPLETE_READING, what, where, next_step))

    def check_complete(self) -> None:
        """Refuses to go on without a list that is needed.

        Raises:
            IncompleteReading: Names each status whose holders are not known, and why.
        """
        if self._faults:
            raise IncompleteReading(self._faults)

    def reads(self, reasons: Mapping[str, str]) -> Iterator[Read]:
        """Yields how each status was read.

        Args:
            reasons: Why each way was chosen, by status.
        """
        for handle in self.lists:
            way = self._ways.get(handle, WayName.HOLDERS if handle in self._found else WayName.LOOKUP)
            yield self._read(handle, way, self._found.get(handle), reasons[handle], complete=handle in self.known)
        if self._requests[None]:
            scanned = self._found.get(None)
            reason = "all profiles" if scanned else "only asked how many profiles there are"
            yield self._read(None, WayName.SCAN, scanned, reason, complete=bool(scanned and scanned.complete))

    def _read(
        self, handle: str | None, way: WayName, found: Found[Profile] | None, reason: str, *, complete: bool
    ) -> Read:
        short = found.completeness if found else Completeness.INCOMPLETE
        completeness = Completeness.COMPLETE if complete else short
        detail = found.detail if found else ""
        return Read(handle, way, complete, self._requests[handle], completeness, detail or reason)

    @property
    def told(self) -> bool:
        """Whether rows tell all that a decision needs, as far as was seen."""
        return all(is_told(profile) for profile in self._profiles())

    @property
    def page_size(self) -> int:
        """Rows that the tenant puts on a page, as far as was seen."""
        return min((page.per_page for page in self._first_pages if page.per_page), default=PAGE_SIZE)

    def an_email(self) -> str | None:
        """Returns an email, in normal form, that a profile has, if any was seen: a short one, to fit beside others."""
        emails = (normal_form(row.email) for row in self._profiles() if row.email and row.type != DELETED)
        return min((email for email in emails if "," not in email), key=lambda email: (len(email), email), default=None)

    def _profiles(self) -> Iterator[Profile]:
        """Yields the profiles of the first pages."""
        rows = (wire.profile(row) for page in self._first_pages for row in page.rows)
        return (profile for profile in rows if profile)

    async def _by_list(self, handle: str) -> bool:
        """Reads the status's own list; tells whether it came to its end."""
        list_ = self.lists[handle]
        if list_ is None:
            return False
        with self._counted(handle):
            found = self._found[handle] = await list_.read(self._progress)
        if found.complete:
            self.known[handle], self._ways[handle] = _by_id(found.rows), WayName.HOLDERS
            await self._notice_everybody(handle, found)
        else:
            self.seen += filter(is_told, found.rows)
        return found.complete

    async def _notice_everybody(self, handle: str, found: Found[Profile]) -> None:
        """Takes a list for the scan if it is one: later pages may show that its filter was ignored."""
        if None in self._found or all(row.statuses is None or holds(row, handle) for row in found.rows):
            return
        if await self.find_scan() and self.scan and (await self.scan.first()).total == len(found.rows):
            self._found[None], self.everybody = found, found.rows

    def listed(self) -> dict[str, Rows]:
        """Returns the rows of each status that come from its own list."""
        return {handle: rows for handle, rows in self.known.items() if self._ways[handle] is WayName.HOLDERS}

    async def again(self, handle: str, missing: frozenset[str], *, needed: bool) -> None:
        """Reads a list again that left out profiles which hold the status; what leaves them out again is not complete.

        Args:
            missing: Their ids.
        """
        list_ = self.lists[handle]
        assert list_
        self.lists[handle] = list_.again()
        await self._by_list(handle)
        left = missing - self.known.get(handle, {}).keys()
        if left and handle in self.known:
            self.seen += filter(is_told, self.known.pop(handle).values())
            detail = f"{len(left)} profiles hold the status that its list leaves out, also at a second look"
            self._found[handle] = Found((), Completeness.INCOMPLETE, detail)
        if needed and handle not in self.known:
            await self.read(handle, WayName.SCAN, needed=True)

    async def _by_scan(self, handle: str, instead_of: ListCost | None = None) -> bool:
        """Takes the holders from the scan, which is read once; tells whether it came to its end.

        Args:
            instead_of: A list that was not complete: the scan is worth only so much more.
        """
        if None not in self._found and await self.find_scan() and self.scan:
            if instead_of and not is_worth_reading_instead(instead_of, await self.scan.cost()):
                return False
            with self._counted(None):
                found = self._found[None] = await self.scan.read(self._progress)
            self.everybody = found.rows if found.complete else ()
            self.seen += () if found.complete else filter(is_told, found.rows)
        if not self._found[None].complete:
            return False
        self.known[handle] = _by_id(row for row in self.everybody if row.statuses is None or holds(row, handle))
        self._ways[handle] = WayName.SCAN
        return True

    async def _cost(self, handle: str) -> ListCost | None:
        list_ = self.lists[handle]
        return await list_.cost() if list_ else None

    @contextmanager
    def _counted(self, key: str | None) -> Iterator[None]:
        """Counts the requests sent meanwhile for a status, or for all with None."""
        before = self._reader.requests
        try:
            yield
        finally:
            self._requests[key] += self._reader.requests - before


def _by_id(rows: Iterable[Profile]) -> Rows:
    return {row.id: row for row in rows}
