"""Finds out what a tenant answers and what a token may do, with a dozen reading requests."""

from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple, TypeVar

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import DELETED, Lookup, WayName
from omneo_reconcile.core.survey import ScopeSeen, WaySeen
from omneo_reconcile.errors import AccessError, FailureName, Fault, ReconcileError, TenantError
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.emails import ManyEmails
from omneo_reconcile.tenant.listing import PROFILES_SCOPE
from omneo_reconcile.tenant.lists import FORMS, ProfileWay, Proof, proof
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.ways import unseen

Result = TypeVar("Result")

_NO_BATCH = "00000000-0000-0000-0000-000000000000"
_PEOPLE_TRIED = 3
_WORKS = {Proof.PROVED: True, Proof.DISPROVED: False, Proof.OPEN: None}
_SAID = {
    Proof.PROVED: "its rows hold the status asked for",
    Proof.DISPROVED: "rejected, or ignored: it does not list holders",
    Proof.OPEN: "no row tells whether it works",
}


class Findings(NamedTuple):
    """What `look_over` found; see `core.survey.Survey` for what each says."""

    token_valid: bool | None
    scopes: tuple[ScopeSeen, ...]
    ways: tuple[WaySeen, ...]
    profiles: int | None
    page_size: int | None
    rows_tell: tuple[str, ...]
    statuses: tuple[str, ...] | None
    faults: tuple[Fault, ...]


async def look_over(reader: Reader) -> Findings:
    """Returns what the tenant answers and what the token may do. Writes nothing.

    Raises:
        TenantError: If the tenant cannot be reached at all.
    """
    return await _Survey(reader).run()


class _Survey:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._faults: list[Fault] = []
        self._granted: dict[str, bool] = {}
        self._ways: list[WaySeen] = []

    async def run(self) -> Findings:
        valid = await self._token()
        statuses = page = None
        if valid is not False:
            statuses = await self._try("read-statuses", self._reader.handles)
            page = await self._try(PROFILES_SCOPE, self._everybody().first)
        rows = page.rows if page else ()
        people = [profile for row in rows if (profile := wire.profile(row)) and profile.type != DELETED]
        if page:
            await self._by_email([row for row in people if row.email])
            await self._by_status(people, statuses or frozenset())
            await self._batches()
        return Findings(
            token_valid=valid,
            scopes=tuple(self._scopes()),
            ways=tuple(self._ways),
            profiles=page.total if page else None,
            page_size=page.per_page if page else None,
            rows_tell=tuple(told for told in ("statuses", "profile_type", "email") if all(told in row for row in rows)),
            statuses=None if statuses is None else tuple(sorted(statuses)),
            faults=tuple(self._faults),
        )

    async def _token(self) -> bool | None:
        """Asks whether the token is valid. Source: omneo-api.md, Access, errors, limits."""
        try:
            answer = await self._reader.client.get("/auth/verify", scope="any")
        except AccessError as error:
            if error.name is FailureName.TOKEN_REFUSED:
                self._faults += error.faults
                return False
            return None
        except TenantError as error:
            if error.name is FailureName.NETWORK:
                raise
            return None
        return True if answer.ok else None

    async def _try(self, scope: str, ask: Callable[[], Awaitable[Result]]) -> Result | None:
        """Returns what the tenant answers, or None with the fault kept: without it no plan works."""
        try:
            result = await ask()
        except ReconcileError as error:
            self._faults += error.faults
            if error.name is FailureName.MISSING_SCOPE:
                self._granted[scope] = False
            return None
        self._granted[scope] = True
        return result

    def _everybody(self) -> ProfileWay:
        return ProfileWay(self._reader, WayName.SCAN, {})

    async def _by_email(self, people: list[Profile]) -> None:
        """Tries both ways of asking for people who are known to be there."""
        self._ways.append(WaySeen(WayName.SCAN, "no filter", works=True, detail="lists every profile"))
        some = {normal_form(row.email): row for row in people[:_PEOPLE_TRIED] if row.email}
        if not some:
            nobody = "there is nobody with an email to ask for"
            self._ways.append(WaySeen(WayName.LOOKUP, "filter[email]", None, nobody))
            self._ways.append(WaySeen(WayName.EMAILS, "filter[email][in]", None, nobody))
            return
        email, row = next(iter(some.items()))
        await self._single(await self._reader.lookup(email, [row.email or email]), row)
        found = await ManyEmails(self._reader, dict.fromkeys(some, ())).read(unseen)
        works = found.complete and {row.id for row in some.values()} <= {row.id for row in found.rows}
        detail = "brings everybody asked for" if works else found.detail or "does not bring everybody asked for"
        self._ways.append(WaySeen(WayName.EMAILS, "filter[email][in]", works, detail))

    async def _single(self, found: Lookup, row: Profile) -> None:
        works = isinstance(found, tuple) and row.id in {profile.id for profile in found}
        detail = "finds the person asked for" if works else "does not find a person who is there"
        self._ways.append(WaySeen(WayName.LOOKUP, "filter[email]", works, detail))
        if not works:
            what = "the tenant does not find people by email, which every plan needs"
            next_step = "ask Omneo about this filter"
            self._faults.append(Fault(FailureName.UNEXPECTED_ANSWER, what, "GET /profiles by filter[email]", next_step))

    async def _by_status(self, people: list[Profile], defined: frozenset[str]) -> None:
        """Tries both forms of the filter, with a status that somebody holds if one was seen."""
        held = sorted({handle for row in people for handle in row.statuses or ()} & defined)
        handle = next(iter([*held, *sorted(defined)]), None)
        for form in FORMS:
            if handle is None:
                self._ways.append(WaySeen(WayName.HOLDERS, form, None, "there is no status to ask for"))
                continue
            seen = await proof(ProfileWay(self._reader, WayName.HOLDERS, {form: handle}), handle)
            self._ways.append(WaySeen(WayName.HOLDERS, form, _WORKS[seen], _SAID[seen]))

    async def _batches(self) -> None:
        """Asks for a batch that is not there: a 404 tells that the token may ask. Which scope it takes is open."""
        try:
            answer = await self._reader.client.get(f"/batches/{_NO_BATCH}", scope="read-batches")
        except (AccessError, TenantError) as error:
            if error.name is FailureName.MISSING_SCOPE:
                self._granted["read-batches"] = False
            return
        if answer.ok or answer.status == 404:
            self._granted["read-batches"] = True

    def _scopes(self) -> Iterator[ScopeSeen]:
        said = {True: "the tenant answered", False: "the tenant answered 403", None: "not known"}
        for scope, command in (("read-statuses", "plan"), (PROFILES_SCOPE, "plan")):
            granted = self._granted.get(scope)
            yield ScopeSeen(scope, granted, command, said[granted])
        yield ScopeSeen("update-profiles", None, "apply", "only a write could tell, and this sends none")
        granted = self._granted.get("read-batches")
        without = "; without it apply confirms by reading profiles alone" if granted is False else ""
        yield ScopeSeen("read-batches", granted, "apply", f"for the state of batches: {said[granted]}{without}")
