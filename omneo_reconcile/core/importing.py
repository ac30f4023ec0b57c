"""What a spec is to say so that it means what is live: whom to list, and whom no list can name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from omneo_reconcile.core.emails import is_address, normal_form
from omneo_reconcile.core.fingerprint import spec_digest
from omneo_reconcile.core.model import Entry, Listed, Mode, Profile, Spec, StatusSpec, UnresolvedPolicy
from omneo_reconcile.core.reading import DELETED, holds
from omneo_reconcile.errors import FailureName, Fault, IncompleteReading, InvalidUse


class Unlisted(Struct, frozen=True, order=True):
    """A holder whom no list of emails can name.

    Attributes:
        has_email: Whether an email is stored, which is none that a spec can hold.
    """

    profile_id: str
    has_email: bool


class Imported(Struct, frozen=True):
    """What one status needs so that the spec says who holds it now.

    Attributes:
        mode: As it is to be written where the spec does not declare the status.
        live: Profiles that hold it.
        add: The emails to list, as stored, one for each person, in the order of a list.
        listed: People who hold it and are listed already.
        left: People who hold it though the spec says that they should not: it means that.
        unlisted: Those whom no list can name, by profile id.
        is_new: The spec says nothing of it yet.
    """

    handle: str
    mode: Mode
    live: int
    add: tuple[str, ...]
    listed: int
    left: int
    unlisted: tuple[Unlisted, ...]
    is_new: bool

    @property
    def sharing(self) -> int:
        """How many of the profiles have the email of another one that counts as the person."""
        return self.live - len(self.add) - self.listed - self.left - len(self.unlisted)


def question(handles: Iterable[str]) -> Spec:
    """Returns the spec whose plan needs the whole lists of these statuses' holders, and to look up nobody."""
    return Spec(None, "UTC", {handle: StatusSpec(handle, mode=Mode.EXCLUSIVE) for handle in handles}, ())


def check_modes(handles: Iterable[str], before: Spec | None, mode: Mode | None) -> None:
    """Refuses another mode than the spec has: who wrote that means it.

    Args:
        before: The spec as it is, or None if there is none.
        mode: The mode asked for, or None if none was.

    Raises:
        InvalidUse: Names each status.
    """
    known = [before.statuses[handle] for handle in handles if before and handle in before.statuses]
    faults = [_another_mode(status, mode) for status in known if mode not in {None, status.mode}]
    if faults:
        raise InvalidUse(faults)


def import_statuses(
    holders: Mapping[str, Iterable[Profile]], before: Spec | None, mode: Mode | None, as_of: date
) -> tuple[Imported, ...]:
    """Returns what to write of each status, in the order of handles. Pure; the order of rows does not matter.

    Args:
        holders: The complete list of each status's holders; rows of others in it do no harm.
        before: The spec as it is, or None if there is none.
        mode: The mode of what the spec does not declare; None for additive.
        as_of: The day for which `until` is read.

    Raises:
        IncompleteReading: If rows did not tell their statuses.
        InvalidUse: If an exclusive list could name none of those who hold the status.
    """
    living = {handle: [row for row in rows if row.type != DELETED] for handle, rows in sorted(holders.items())}
    if untold := [fault for handle, rows in living.items() for fault in _untold(handle, rows)]:
        raise IncompleteReading(untold)
    known = before.statuses if before else {}
    imported = tuple(_imported(handle, rows, known.get(handle), mode, as_of) for handle, rows in living.items())
    if faults := [_nobody_to_list(status) for status in imported if _would_strip_all(status)]:
        raise InvalidUse(faults)
    return imported


def digest_after(before: Spec | None, tenant: str, imported: Iterable[Imported]) -> str:
    """Returns the digest of the spec once all is written: what it meant, and the people who are added.

    Args:
        before: The spec as it is, or None if there is none.
        tenant: What a spec that was not there names.
    """
    before = before or Spec(tenant, "UTC", {}, ())
    statuses = dict(before.statuses)
    for status in imported:
        policy = UnresolvedPolicy.HOLD if status.mode is Mode.EXCLUSIVE else UnresolvedPolicy.SKIP
        known = statuses.get(status.handle, StatusSpec(status.handle, mode=status.mode, unresolved=policy))
        new = {normal_form(email): Entry(email, None, None, "", 0) for email in status.add}
        statuses[status.handle] = replace(known, members={**known.members, **new})
    return spec_digest(before.tenant, before.timezone, statuses)


def _imported(
    handle: str, rows: Iterable[Profile], before: StatusSpec | None, mode: Mode | None, as_of: date
) -> Imported:
    live = {row.id: row.email for row in rows if holds(row, handle)}
    people: defaultdict[str, list[str]] = defaultdict(list)
    for email in live.values():
        if email is not None:
            people[normal_form(email)].append(email)
    listed = before.listed(as_of) if before else Listed({}, {}, {}, {})
    declared, leaving = listed.declared, listed.leaving.keys()
    new = {
        person: min(forms)
        for person, spelled in people.items()
        if person not in declared and person not in leaving and (forms := list(filter(is_address, spelled)))
    }
    named = declared.keys() | leaving | new.keys()
    return Imported(
        handle=handle,
        mode=mode or Mode.ADDITIVE,
        live=len(live),
        add=tuple(new[person] for person in sorted(new)),
        listed=len(people.keys() & declared.keys()),
        left=len(people.keys() & leaving),
        unlisted=_unlisted(live, named),
        is_new=before is None,
    )


def _unlisted(live: Mapping[str, str | None], named: Collection[str]) -> tuple[Unlisted, ...]:
    return tuple(
        sorted(
            Unlisted(profile_id, email is not None)
            for profile_id, email in live.items()
            if email is None or normal_form(email) not in named
        )
    )


def _untold(handle: str, rows: Iterable[Profile]) -> list[Fault]:
    ids = sorted(row.id for row in rows if row.statuses is None)
    if not ids:
        return []
    what = f"{len(ids)} of the profiles read did not tell their statuses, such as profile {ids[0]}"
    return [Fault(FailureName.INCOMPLETE_READING, what, f"holders of status {handle}", "run it again")]


def _another_mode(status: StatusSpec, mode: Mode | None) -> Fault:
    where = f"status {status.handle}" + (f" at {status.source}" if status.source else "")
    what = f"the spec says {status.mode}, not {mode}"
    return Fault(FailureName.USAGE, what, where, "leave --mode out, or change the spec first")


def _would_strip_all(status: Imported) -> bool:
    """Tells whether the list would be one of nobody that takes the status from all: never to be written unasked."""
    return status.is_new and status.mode is Mode.EXCLUSIVE and bool(status.unlisted) and not status.add


def _nobody_to_list(status: Imported) -> Fault:
    what = f"an exclusive list would be empty: of {status.live} who hold it none has an email address"
    next_step = "import it with --mode additive, or give them emails first"
    return Fault(FailureName.USAGE, what, f"status {status.handle}", next_step)
