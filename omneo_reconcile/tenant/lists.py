"""Two ways of reading that bring many at once: the list of a status's holders, and the scan of all profiles."""

from collections.abc import Iterable
from enum import Enum, auto

from omneo_reconcile.core.choice import ListCost
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import WayName, holds
from omneo_reconcile.errors import AccessError, TenantError
from omneo_reconcile.tenant import wire
from omneo_reconcile.tenant.listing import EVERYBODYS, profile_list
from omneo_reconcile.tenant.reader import Reader, is_told
from omneo_reconcile.tenant.ways import Found, Progress

FORMS = ("filter[statuses][handle]", "filter[statuses.handle]")
"""The SDK's form of the filter and the one that the docs use for tags: which one works is open.

Source: omneo-api.md, Reading profiles.
"""

_OTHERS_TRIED = 3  # statuses
_ROWS_TRIED = 3
_SHARE_THAT_PROVES = 0.9  # of the rows: some may have run out since; each row is checked by itself


class Proof(Enum):
    """What a first page says of the way that brought it."""

    PROVED = auto()
    OPEN = auto()
    DISPROVED = auto()


class ProfileWay:
    """A list of profiles as a way of reading: rows that do not tell statuses or type are read again by id."""

    def __init__(self, reader: Reader, name: WayName, filters: dict[str, str]) -> None:
        """Sends nothing yet."""
        self.name = name
        self._filters = filters
        self._reader = reader
        self._listing = profile_list(reader.client, filters, reader.paging)

    def again(self) -> "ProfileWay":
        """Returns the same way, with nothing read yet."""
        return ProfileWay(self._reader, self.name, self._filters)

    async def first(self) -> wire.Page:
        """Returns the first page, asked for once.

        Raises:
            ListRefused: If the tenant does not answer it.
        """
        page = await self._listing.first()
        self._reader.answered()
        return page

    async def cost(self) -> ListCost:
        """Returns what the first page tells of the rest: its other pages, and rows that must be read again."""
        first = await self.first()
        told = all(profile is None or is_told(profile) for profile in map(wire.profile, first.rows))
        pages = first.pages(first.size) if first.told or first.rows else 1
        again = 0 if told else first.rows_in_all
        return ListCost(first.rows_in_all, None if pages is None else pages - 1 + again)

    async def some_by_id(self, rows: Iterable[wire.Row]) -> list[Profile]:
        """Returns the profiles of some rows, read by id; those that are not to be had are left out."""
        ids = [profile.id for row in rows if (profile := wire.profile(row))]
        return [profile for profile in [await self._reader.profile(id_) for id_ in ids] if isinstance(profile, Profile)]

    async def read(self, progress: Progress) -> Found[Profile]:
        """Returns all profiles of the list, told in full where that can be had."""
        found = await self._listing.read(progress)
        return found._replace(rows=await self._reader.told(found.rows)) if found.complete else found


class StatusFilter:
    """Finds the list that names the holders of a status, by a form of the filter that proves itself.

    A form that does not work may be rejected, or ignored, which lists every profile. So it is used only if the rows
    of a first page tell that they have the status; one that fails is not asked again. An empty page proves nothing,
    but is believed where the form proves itself on another status.
    """

    def __init__(self, reader: Reader, others: Iterable[str]) -> None:
        """Sends nothing yet.

        Args:
            others: Statuses that somebody may hold, to prove a form on if nobody holds the one asked for.
        """
        self._reader = reader
        self._others = tuple(others)
        self._held: tuple[str, ...] = ()
        self._forms = list(FORMS)
        self._proved: str | None = None
        self._ways: dict[tuple[str, str], ProfileWay] = {}

    @property
    def is_open(self) -> bool:
        """Whether the tenant answers a form of the filter that nothing proved."""
        return bool(self._forms) and self._proved is None

    def try_on(self, handles: Iterable[str]) -> None:
        """Takes note of statuses that somebody holds: a form that lists nobody for them does not work."""
        self._held = tuple(handles)

    async def holders(self, handle: str) -> ProfileWay | None:
        """Returns the list of holders, or None if no form of the filter works, or none is known to.

        Rows that tell nothing, even by id, prove nothing either; whoever uses them checks each.
        """
        unproved: list[ProfileWay] = []
        for form in list(self._forms):
            way, seen = await self._ask(form, handle)
            if seen is Proof.OPEN and self._proved is None:
                seen = await self._on_others(form, handle)
            if seen is Proof.DISPROVED:
                self._drop(form)
                continue
            if seen is Proof.PROVED:
                self._forms, self._proved = [form, *(other for other in self._forms if other != form)], form
            if form == self._proved:
                return way
            unproved.append(way)
        sized = [((await way.first()).rows_in_all, number, way) for number, way in enumerate(unproved)]
        return min((each for each in sized if each[0]), default=(0, 0, None))[2]

    async def _ask(self, form: str, handle: str) -> tuple[ProfileWay, Proof]:
        way = self._ways.setdefault((form, handle), ProfileWay(self._reader, WayName.HOLDERS, {form: handle}))
        return way, await proof(way, handle)

    async def _on_others(self, form: str, handle: str) -> Proof:
        """Tries to prove a form on statuses that somebody holds, or may hold, if nobody holds the one asked for."""
        if (await self._ways[form, handle].cost()).rows:
            return Proof.OPEN
        for held in self._held[:1]:
            way, seen = await self._ask(form, held)
            return seen if (await way.cost()).rows else Proof.DISPROVED
        for other in [other for other in self._others if other != handle][:_OTHERS_TRIED]:
            _, seen = await self._ask(form, other)
            if seen is not Proof.OPEN:
                return seen
        return Proof.OPEN

    def _drop(self, form: str) -> None:
        self._forms.remove(form)
        self._proved = None if form == self._proved else self._proved


async def proof(way: ProfileWay, handle: str) -> Proof:
    """Returns what the first page of a list says of its filter: whether its rows have the status asked for.

    Of rows that tell no statuses a few are read by id.
    """
    try:
        rows = (await way.first()).rows
    except (AccessError, TenantError) as error:
        if error.name in EVERYBODYS:
            raise
        return Proof.DISPROVED
    told = [mentions for row in rows if (mentions := wire.mentions(row, handle)) is not None]
    has = told or [holds(profile, handle) for profile in await way.some_by_id(rows[:_ROWS_TRIED])]
    if not has:
        return Proof.OPEN
    return Proof.PROVED if sum(has) >= _SHARE_THAT_PROVES * len(has) else Proof.DISPROVED
