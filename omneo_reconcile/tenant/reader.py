"""What is documented to read, one by one: definitions, a profile, a person by email, a batch."""

from collections.abc import Iterable
from urllib.parse import quote

from msgspec.structs import replace

from omneo_reconcile.core.emails import normal_form, spellings
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import DELETED, Gone, Lookup, Unreadable
from omneo_reconcile.core.waiting import BatchState
from omneo_reconcile.errors import AccessError, FailureName, IncompleteReading, TenantError
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.any_json import ANY, decoded
from omneo_reconcile.tenant.batches import batch_state
from omneo_reconcile.tenant.listing import (
    EVERYBODYS,
    PROFILES_SCOPE,
    ListRefused,
    Paging,
    definition_list,
    people_list,
)
from omneo_reconcile.tenant.ways import Gets
from omneo_reconcile.workers import each

_UNANSWERED_IN_A_ROW = 5  # lookups; then it is the tenant that fails, not one person's row
_LONGEST_ID = 255  # characters


class Reader:
    """Reads definitions, people and batches through one client, which has no power to write.

    Attributes:
        client: For ways of reading that are not one by one.
        paging: How the tenant pages its lists.
    """

    def __init__(self, client: Gets) -> None:
        """Sends nothing yet."""
        self.client = client
        self.paging = Paging()
        self._unanswered = 0
        self._may_read = False
        self._failure: AccessError | TenantError | None = None
        self._ignores_case = False

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included."""
        return self.client.requests

    async def handles(self) -> frozenset[str]:
        """Returns the handles of all status definitions.

        Raises:
            TenantError: If the list cannot be understood.
            IncompleteReading: If it cannot be read to its end.
        """
        found = await definition_list(self.client).read()
        if not found.complete:
            raise IncompleteReading.of(
                FailureName.INCOMPLETE_READING, found.detail, "list of status definitions", "run it again"
            )
        return frozenset(found.rows) - {""}

    async def profile(self, profile_id: str) -> Profile | Gone | Unreadable:
        """Returns one profile with its statuses, by id."""
        if (segment := _segment(profile_id)) is None:
            return Unreadable("its id cannot stand in an address")
        try:
            answer = await self.client.get(f"/profiles/{segment}", {"include": "statuses"}, scope=PROFILES_SCOPE)
        except (AccessError, TenantError) as error:
            return self._unreadable(error)
        self.answered()
        if answer.status == 404 and decoded(answer.body, ANY) is not None:  # else it is not the tenant's own word
            return Gone()
        profile = wire.single(answer.body) if answer.ok else None
        if profile is None or profile.id != profile_id:
            return Unreadable(f"the tenant answered {answer.status} without the profile asked for")
        return Gone() if profile.type == DELETED else profile

    async def lookup(self, email: str, known: Iterable[str] = ()) -> Lookup:
        """Returns every profile with this email by the documented filter, each row checked.

        Asks in each spelling that may be stored: where the filter minds case, each may find another profile.

        Args:
            email: In normal form.
            known: Forms in which the spec and lists spell it.
        """
        try:
            rows: dict[str, Profile] = {}
            for spelled in spellings(email, known):
                if not (self._ignores_case and spelled != email and spelled.lower() == email):
                    rows |= {row.id: row for row in await self._by_email(spelled)}
            found = [row for row in rows.values() if _may_have(row, email)]
            people = [row for row in await each(self._told, found, 1) if _may_have(row, email)]
        except (ListRefused, IncompleteReading) as error:
            return Unreadable(error.faults[0].what)
        except (AccessError, TenantError) as error:
            return self._unreadable(error)
        if any(row.email is None and row.type != DELETED for row in people):
            return Unreadable("the tenant did not tell whose profile it is")
        return tuple(people)

    async def _by_email(self, spelled: str) -> tuple[Profile, ...]:
        """Asks in one spelling, and learns whether the filter minds case: it does not if another case comes back."""
        found = await people_list(self.client, spelled, self.paging).read()
        if not found.complete:
            raise IncompleteReading.of(FailureName.INCOMPLETE_READING, found.detail, "", "")
        self.answered()
        for row in found.rows:
            if row.email is not None and row.email != spelled and row.email.lower() == spelled.lower():
                self._ignores_case = True
        return found.rows

    async def told(self, rows: tuple[Profile, ...]) -> tuple[Profile, ...]:
        """Returns the rows with statuses and type told: those that lack them are read by id, one by one."""
        untold = [row for row in rows if not is_told(row)]
        latest = {row.id: row for row in await each(self._told, untold, self.client.concurrency)}
        return tuple(latest.get(row.id, row) for row in rows)

    async def _told(self, row: Profile) -> Profile:
        if is_told(row):
            return row
        profile = await self.profile(row.id)
        match profile:
            case Gone():
                return replace(row, type=DELETED)
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
            answer = await self.client.get(f"/batches/{segment}", scope="read-batches")
        except (AccessError, TenantError):
            return None
        return batch_state(answer.body) if answer.ok else None

    def answered(self) -> None:
        """Takes note that the tenant lets this token read profiles."""
        self._unanswered, self._may_read = 0, True

    def check_answered(self) -> None:
        """Refuses to go on if no question about people was ever answered: then it is not these people's failure.

        Raises:
            AccessError, TenantError: The last failure.
        """
        if self._failure and not self._may_read:
            raise self._failure

    def _unreadable(self, error: AccessError | TenantError) -> Unreadable:
        """Takes a failed answer as one person's, unless it is about everybody.

        It is, if the network broke, the token is refused or was never let in, or several in a row got no answer.
        """
        self._unanswered, self._failure = self._unanswered + 1, error
        never_let_in = isinstance(error, AccessError) and not self._may_read
        if error.name in EVERYBODYS or never_let_in or self._unanswered >= _UNANSWERED_IN_A_ROW:
            raise error
        return Unreadable(error.faults[0].what)


def is_told(row: Profile) -> bool:
    """Tells whether a row says all that a decision needs."""
    return row.statuses is not None and row.type is not None


def _may_have(row: Profile, email: str) -> bool:
    """Tells whether a row is of this email, or does not say whose it is."""
    return row.email is None or normal_form(row.email) == email


def _segment(text: str) -> str | None:
    """Returns an id as one part of a path, or None if it cannot be: it comes from a plan file or from the tenant."""
    if not text.strip(".") or set(text) & set("/\\") or len(text) > _LONGEST_ID:
        return None
    return quote(text, safe="")
