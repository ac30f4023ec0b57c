"""The documented ways of reading a tenant. Holds no power to write."""

from urllib.parse import quote

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import DELETED, Gone, Lookup, Unreadable, holds
from omneo_reconcile.core.waiting import BatchState
from omneo_reconcile.errors import AccessError, FailureName, IncompleteReading, TenantError
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.client import Client
from omneo_reconcile.tenant.listing import PAGE_SIZE, PROFILES_SCOPE, SMALLEST_PAGE, Listing, ListRefused
from omneo_reconcile.workers import each

_UNANSWERED_IN_A_ROW = 5  # lookups; then it is the tenant that fails, not one person's row
_LONGEST_ID = 255  # characters
_FORMS = ("filter[statuses][handle]", "filter[statuses.handle]", None)
"""Ways to ask for the holders of a status, the SDK's first; without a filter every profile comes. Source: omneo-api.md,
Reading profiles."""


class Reader:
    """Reads definitions, people, holders and batches through one client."""

    def __init__(self, client: Client) -> None:
        """Sends nothing yet."""
        self._client = client
        self._unanswered = 0
        self._may_read = False

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included."""
        return self._client.requests

    @property
    def concurrency(self) -> int:
        """Most requests in flight."""
        return self._client.concurrency

    async def handles(self) -> frozenset[str]:
        """Returns the handles of all status definitions.

        Raises:
            TenantError: If the list cannot be understood.
            IncompleteReading: If it cannot be read to its end.
        """
        page = await self._definitions(1)
        rows, new, number = list(page.rows), page.rows, 1
        while number < page.pages if page.pages else new and len(page.rows) >= SMALLEST_PAGE:
            number += 1
            page = await self._definitions(number)
            new = tuple(row for row in page.rows if row not in rows)
            rows += new
        if page.total is not None and len(rows) < page.total:
            raise IncompleteReading.of(
                FailureName.INCOMPLETE_READING,
                f"read {len(rows)} status definitions of the {page.total} that the tenant counts",
                "GET /statuses",
                "run it again",
            )
        return frozenset(handle for row in rows if isinstance(handle := row.get("handle"), str))

    async def _definitions(self, number: int) -> wire.Page:
        params = {"page[number]": str(number)} if number > 1 else {}
        answer = await self._client.get("/statuses", params, scope="read-statuses")
        page = wire.page(answer.body) if answer.ok else None
        if page is None:
            raise TenantError.of(
                FailureName.UNEXPECTED_ANSWER,
                f"the tenant answered {answer.status} without a list of statuses",
                "GET /statuses",
                "check the base URL: it ends in /api/v3",
            )
        return page

    async def profile(self, profile_id: str) -> Profile | Gone | Unreadable:
        """Returns one profile with its statuses, by id."""
        if (segment := _segment(profile_id)) is None:
            return Unreadable("its id cannot stand in an address")
        try:
            answer = await self._client.get(f"/profiles/{segment}", {"include": "statuses"}, scope=PROFILES_SCOPE)
        except (AccessError, TenantError) as error:
            return self._unreadable(error)
        self._answered()
        if answer.status == 404 and answer.body is not None:  # one without JSON is not the tenant's own word
            return Gone()
        row = wire.item(answer.body) if answer.ok else None
        profile = None if row is None else wire.profile(row)
        if profile is None or profile.id != profile_id:
            return Unreadable(f"the tenant answered {answer.status} without the profile asked for")
        return Gone() if profile.type == DELETED else profile

    async def lookup(self, email: str, spelling: str) -> Lookup:
        """Returns every profile with this email by the documented filter, each row checked.

        Asks in normal form and as the spec spells it: where the filter minds case, each may find another profile.

        Args:
            email: In normal form.
            spelling: As the spec has it.
        """
        try:
            rows: dict[str, Profile] = {}
            for spelled in dict.fromkeys((email, spelling)):
                listing = Listing(self._client, {"filter[email]": spelled}, page_size=None)
                rows |= {row.id: row for row in await listing.rows()}
            self._answered()
            found = [row for row in rows.values() if _may_have(row, email)]
            people = [row for row in await each(self._told, found, 1) if _may_have(row, email)]
        except (ListRefused, IncompleteReading) as error:
            return Unreadable(error.faults[0].what)
        except (AccessError, TenantError) as error:
            return self._unreadable(error)
        if any(row.email is None and row.type != DELETED for row in people):
            return Unreadable("the tenant did not tell whose profile it is")
        return tuple(people)

    async def holders(self, handle: str) -> Listing:
        """Returns the list that names the holders of a status in the fewest pages; its rows still need checking.

        A form of the filter that does not work may be rejected, or ignored, which lists every profile. One is taken
        at once only if its rows tell that they hold the status; an empty list proves nothing while another form finds
        holders.

        Raises:
            TenantError: If the tenant lists no profiles at all.
        """
        accepted: list[tuple[int, Listing]] = []
        any_holder = False
        for form in _FORMS:
            if form is None and accepted:
                break
            listing = Listing(self._client, {} if form is None else {form: handle}, page_size=PAGE_SIZE)
            try:
                first = await listing.first()
            except ListRefused:
                if form is None:
                    raise
                continue
            self._answered()
            profiles = [wire.profile(row) for row in first.rows]
            holding = [row is not None and holds(row, handle) for row in profiles]
            if holding and all(holding):
                return listing
            any_holder = any_holder or any(holding)
            accepted.append((first.rows_in_all, listing))
        return min((pair for pair in accepted if pair[0] or not any_holder), key=lambda pair: pair[0])[1]

    async def told(self, rows: tuple[Profile, ...]) -> tuple[Profile, ...]:
        """Returns the rows with statuses and type told: those that lack them are read by id, one by one."""
        return tuple(await each(self._told, rows, self._client.concurrency))

    async def _told(self, row: Profile) -> Profile:
        if is_told(row):
            return row
        profile = await self.profile(row.id)
        match profile:
            case Gone():
                return row._replace(type="deleted")
            case Unreadable():
                return row
            case _:
                return profile

    async def batch(self, batch_id: str) -> BatchState | None:
        """Returns how far a batch is, or None if that cannot be read now.

        A 404 just after the 202 means "not yet", and a token that may write may be refused here. Source: omneo-api.md,
        Batches.
        """
        if (segment := _segment(batch_id)) is None:
            return None
        try:
            answer = await self._client.get(f"/batches/{segment}", scope="read-batches")
        except (AccessError, TenantError):
            return None
        return wire.batch_state(answer.body) if answer.ok else None

    def _answered(self) -> None:
        self._unanswered, self._may_read = 0, True

    def _unreadable(self, error: AccessError | TenantError) -> Unreadable:
        """Takes a failed answer as one person's, unless it is about everybody.

        It is, if the network broke, the token is refused or was never let in, or several in a row got no answer.
        """
        self._unanswered += 1
        everybody = error.name in {FailureName.NETWORK, FailureName.REDIRECTED, FailureName.TOKEN_REFUSED}
        never_let_in = isinstance(error, AccessError) and not self._may_read
        if everybody or never_let_in or self._unanswered >= _UNANSWERED_IN_A_ROW:
            raise error
        return Unreadable(error.faults[0].what)


def is_told(row: Profile) -> bool:
    """Tells whether a row says all that a decision needs."""
    return row.statuses is not None and row.type is not None


def _may_have(row: Profile, email: str) -> bool:
    """Tells whether a row is of this email, or does not say whose it is."""
    return row.statuses is None if row.email is None else normal_form(row.email) == email


def _segment(text: str) -> str | None:
    """Returns an id as one part of a path, or None if it cannot be: it comes from a plan file or from the tenant."""
    if not text.strip(".") or set(text) & set("/\\") or len(text) > _LONGEST_ID:
        return None
    return quote(text, safe="")
