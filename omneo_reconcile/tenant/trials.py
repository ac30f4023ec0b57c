"""Tries out each way of reading profiles, with people who are there."""

from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import DELETED, Gone, Unreadable, WayName
from omneo_reconcile.errors import FailureName, Fault, ReconcileError
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.emails import ManyEmails
from omneo_reconcile.tenant.listing import PROFILES_SCOPE
from omneo_reconcile.tenant.lists import FORMS, ProfileWay, Proof, proof
from omneo_reconcile.tenant.notes import Notes
from omneo_reconcile.tenant.reader import Reader, is_told
from omneo_reconcile.tenant.ways import unseen

_PEOPLE_TRIED = 3
_STATUSES_TRIED = 3
_LOOKUP = "GET /profiles by filter[email]"
_NOBODY = "there is nobody with an email to ask for"
_ASK = "ask Omneo about it"
_WORKS = {Proof.PROVED: True, Proof.DISPROVED: False, Proof.OPEN: None}
_SAID = {
    Proof.PROVED: "its rows hold the status asked for",
    Proof.DISPROVED: "ignored: it does not list holders",
    Proof.OPEN: "no row tells whether it works",
}

_Filter = tuple[str, str] | None  # a form and a status, or None for everybody


class Tried(NamedTuple):
    """What the trials tell of lists.

    Attributes:
        profiles: How many there are, or None if that is not told.
        page: The page that the people were taken from, or None if none was answered.
    """

    profiles: int | None
    page: wire.Page | None


class Trials:
    """Tries each way once. What fails is noted, never raised."""

    def __init__(self, reader: Reader, notes: Notes, defined: frozenset[str]) -> None:
        """Sends nothing yet.

        Args:
            notes: Where what is found is written.
            defined: Handles of statuses to ask for.
        """
        self._reader = reader
        self._notes = notes
        self._defined = sorted(defined)
        self._lists: dict[_Filter, ProfileWay] = {}
        self._pages: dict[_Filter, wire.Page | ReconcileError] = {}
        self._without_email: Fault | None = None  # of people who are there

    async def run(self) -> Tried:
        """Tries all ways."""
        everybody = await self._everybody()
        people, page = await self._people()
        if page is None and isinstance(everybody, ReconcileError):
            self._notes.keep(everybody.faults)
        await self._lookup(people)
        await self._many_emails(people)
        await self._holders(page.rows if page else ())
        return Tried(everybody.total if isinstance(everybody, wire.Page) else None, page)

    async def _everybody(self) -> wire.Page | ReconcileError:
        page = await self._page(None)
        if isinstance(page, ReconcileError):  # other lists may do
            self._notes.way(WayName.SCAN, "no filter", page.faults[0].what, works=False)
        else:
            self._notes.way(WayName.SCAN, "no filter", "lists every profile", works=True)
        return page

    async def _people(self) -> tuple[list[Profile], wire.Page | None]:
        """Returns people with an email from the first page that has any, and that page, or any that was answered."""
        answered = None
        failed: set[str] = set()
        for asked in (None, *product(FORMS, self._defined[:_STATUSES_TRIED])):
            if asked and asked[0] in failed:
                continue
            page = await self._page(asked)
            if isinstance(page, ReconcileError):
                failed |= {asked[0]} if asked else set()
                continue
            if people := await self._with_email(page):
                return people, page
            answered = answered if answered and answered.rows else page
            if asked is None and not page.rows:
                break  # there is nobody
        return [], answered

    async def _page(self, asked: _Filter) -> wire.Page | ReconcileError:
        """Returns the first page of a list, asked for once."""
        if asked not in self._pages:
            try:
                self._pages[asked] = await self._list(asked).first()
                self._notes.answered(PROFILES_SCOPE)
            except ReconcileError as error:
                self._pages[asked] = error
                self._notes.failed(PROFILES_SCOPE, error)
        return self._pages[asked]

    def _list(self, asked: _Filter) -> ProfileWay:
        if asked not in self._lists:
            name, filters = (WayName.HOLDERS, dict([asked])) if asked else (WayName.SCAN, {})
            self._lists[asked] = ProfileWay(self._reader, name, filters)
        return self._lists[asked]

    async def _with_email(self, page: wire.Page) -> list[Profile]:
        """Returns the living of a page who have an email; if the page tells none, a few are read by id."""
        living = [row for told in page.rows if (row := wire.profile(told)) and row.type != DELETED]
        if not living or any(row.email for row in living):
            return [row for row in living if row.email]
        if self._without_email:  # by id on one page is enough
            return []
        read = [await self._by_id(row.id) for row in living[:_PEOPLE_TRIED]]
        self._without_email = _lack("email", living[0].id, read[0])
        return [row for row in read if isinstance(row, Profile) and row.email]

    async def _by_id(self, profile_id: str) -> Profile | Fault:
        try:
            found = await self._unsure_reader().profile(profile_id)
        except ReconcileError as error:
            return error.faults[0]
        match found:
            case Gone():
                return _not_usable("the profile is gone", f"profile {profile_id}")
            case Unreadable(detail=detail):
                return _not_usable(detail, f"profile {profile_id}")
            case _:
                return found

    def _unsure_reader(self) -> Reader:
        """Returns a reader that was never answered: it raises a 403, which another takes as one person's."""
        reader = Reader(self._reader.client)
        reader.paging = self._reader.paging
        return reader

    async def _lookup(self, people: list[Profile]) -> None:
        """Tries the documented lookup, which must bring somebody told in full: who is on no list is read by it."""
        faults: tuple[Fault, ...] = ()
        for row in people[:_PEOPLE_TRIED]:
            faults = await self._faults_of_lookup(row, row.email or "")
            if not faults:
                return self._notes.way(WayName.LOOKUP, "filter[email]", "finds the person asked for", works=True)
        if not people and self._without_email:
            faults = (self._without_email,)
        works, detail = (False, faults[0].what) if faults else (None, _NOBODY)
        self._notes.way(WayName.LOOKUP, "filter[email]", detail, works=works)
        return self._notes.keep(faults)

    async def _faults_of_lookup(self, row: Profile, email: str) -> tuple[Fault, ...]:
        try:
            found = await self._unsure_reader().lookup(normal_form(email), [email])
        except ReconcileError as error:
            return error.faults
        if isinstance(found, Unreadable):
            return (_not_usable(found.detail, _LOOKUP),)
        profile = next((profile for profile in found if profile.id == row.id and profile.type != DELETED), None)
        if profile is None:
            return (_not_usable("the tenant does not find a person who is there, by email", _LOOKUP),)
        if is_told(profile):
            return ()
        by_id = await self._by_id(row.id)  # the lookup has done so too, but does not say what came of it
        latest = by_id if isinstance(by_id, Profile) else profile
        told = {"statuses": latest.statuses, "type": latest.type}
        return tuple(_lack(what, row.id, by_id) for what, value in told.items() if value is None)

    async def _many_emails(self, people: list[Profile]) -> None:
        some = {normal_form(row.email): row for row in people[:_PEOPLE_TRIED] if row.email}
        name, asked = WayName.EMAILS, "filter[email][in]"
        if not some:
            return self._notes.way(name, asked, _NOBODY, works=None)
        try:
            found = await ManyEmails(self._reader, dict.fromkeys(some, ())).read(unseen)
        except ReconcileError as error:
            return self._notes.way_failed(name, asked, error)
        works = found.complete and {row.id for row in some.values()} <= {row.id for row in found.rows}
        detail = "brings everybody asked for" if works else found.detail or "does not bring everybody asked for"
        return self._notes.way(name, asked, detail, works=works)

    async def _holders(self, rows: Iterable[wire.Row]) -> None:
        """Tries both forms of the filter, with a status that somebody holds if one was seen."""
        seen = [profile.statuses or () for row in rows if (profile := wire.profile(row)) and profile.type != DELETED]
        held = sorted({handle for handles in seen for handle in handles} & set(self._defined))
        handle = next(iter([*held, *self._defined]), None)
        for form in FORMS:
            if handle is None:
                self._notes.way(WayName.HOLDERS, form, "there is no status to ask for", works=None)
            else:
                await self._form(form, handle)

    async def _form(self, form: str, handle: str) -> None:
        try:
            if isinstance(page := await self._page((form, handle)), ReconcileError):
                raise page
            seen = await proof(self._list((form, handle)), handle)
        except ReconcileError as error:
            self._notes.way_failed(WayName.HOLDERS, form, error)
        else:
            self._notes.way(WayName.HOLDERS, form, _SAID[seen], works=_WORKS[seen])


def _not_usable(what: str, where: str) -> Fault:
    return Fault(FailureName.UNEXPECTED_ANSWER, what, where, _ASK)


def _lack(what: str, profile_id: str, by_id: Profile | Fault) -> Fault:
    """Returns the fault of a profile whose statuses, type or email no list tells, by what reading it by id brought."""
    lists = f"lists do not tell the {what} of a profile, which every plan needs"
    if isinstance(by_id, Fault):
        return by_id._replace(what=f"{lists}, and it cannot be read by id: {by_id.what}")
    return _not_usable(f"{lists}, and reading it by id does not either", f"profile {profile_id}")
