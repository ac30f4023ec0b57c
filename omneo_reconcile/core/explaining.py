"""Explains one person: which statuses concern them, and what a plan would do about each."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from omneo_reconcile.core.changes import Add, Change, Held, Reason, Unresolved
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.explanation import Explained, Explanation, LiveProfile, Mention, Outcome
from omneo_reconcile.core.failure import Problem
from omneo_reconcile.core.model import Entry, Mode, Profile, Spec, StatusSpec
from omneo_reconcile.core.plan import FORMAT_VERSION, Header, Plan, StatusPlan, refusals, refused_statuses
from omneo_reconcile.core.reading import DELETED, Lookup, Unreadable, holds

_Row = TypeVar("_Row", Change, Held, Unresolved)


class Person(NamedTuple):
    """One person, as the spec and the tenant know them.

    Attributes:
        email: In normal form.
        mentions: Every line of the spec that names the person.
        lookup: What looking up the email gave.
    """

    email: str
    mentions: tuple[Mention, ...]
    lookup: Lookup

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """All profiles found, also those that are deleted."""
        return () if isinstance(self.lookup, Unreadable) else self.lookup

    def holds(self, handle: str) -> bool | None:
        """Tells whether any profile of the person holds the status now, or None if that was not told."""
        if any(holds(profile, handle) for profile in self.profiles):
            return True
        return False if self.is_told else None

    @property
    def is_told(self) -> bool:
        """Whether the tenant told all that the person holds."""
        living = [profile for profile in self.profiles if profile.type != DELETED]
        return not isinstance(self.lookup, Unreadable) and all(profile.statuses is not None for profile in living)


def concerned(person: Person, spec: Spec) -> tuple[str, ...]:
    """Returns the statuses of the spec of which a plan may have something to say of the person, by handle.

    They name the person, or the person holds them. Where it was not told what the person holds, every status counts
    that may be taken from people whom it does not name.
    """
    named = {mention.status for mention in person.mentions}

    def concerns(status: StatusSpec) -> bool:
        held = person.holds(status.handle)
        return status.handle in named or held is True or (held is None and status.mode is not Mode.ADDITIVE)

    return tuple(handle for handle, status in sorted(spec.statuses.items()) if concerns(status))


def explain(person: Person, spec: Spec, plan: Plan | None, header: Header, handles: Collection[str]) -> Explanation:
    """Returns what there is to say of a person. Pure.

    What would happen is taken from the plan, so that the two never disagree.

    Args:
        person: The person.
        spec: The whole spec.
        plan: A plan of the statuses that concern the person, and of those that policies tie to them; or None if none
            does.
        header: When and where it was asked.
        handles: The statuses that concern the person.
    """
    return Explanation(
        format_version=FORMAT_VERSION,
        tool_version=header.tool_version,
        created_at=header.created_at,
        as_of=header.as_of,
        tenant=header.tenant,
        commit=header.commit,
        email=person.email,
        profiles=tuple(sorted(map(_live, person.profiles), key=lambda profile: profile.profile_id)),
        unreadable=person.lookup.detail if isinstance(person.lookup, Unreadable) else None,
        is_told=person.is_told,
        statuses=tuple(_statuses(person, spec, plan, handles)) if plan else (),
        not_in_spec=tuple(sorted(_held(person) - spec.statuses.keys())),
        refused=tuple(map(Problem.of, refusals(_about(plan, handles, person)))) if plan else (),
    )


def _live(profile: Profile) -> LiveProfile:
    statuses = None if profile.statuses is None else tuple(sorted(profile.statuses))
    return LiveProfile(profile.id, profile.email, profile.type, statuses)


def _held(person: Person) -> set[str]:
    told = (profile.statuses or () for profile in person.profiles if profile.type != DELETED)
    return {handle for handles in told for handle in handles}


def _about(plan: Plan, handles: Collection[str], person: Person) -> Plan:
    """Returns the plan with what refuses it because of these statuses alone, that of the person first."""
    return replace(
        plan,
        statuses=tuple(status for status in plan.statuses if status.handle in handles),
        limits=tuple(check for check in plan.limits if check.status in handles),
        violations=tuple(
            sorted(
                (one for one in plan.violations if one.status in handles or one.other in handles),
                key=lambda one: normal_form(one.email or "") != person.email,
            )
        ),
    )


def _statuses(person: Person, spec: Spec, plan: Plan, handles: Collection[str]) -> Iterator[Explained]:
    plan = _about(plan, handles, person)
    refused = refused_statuses(plan)
    for status in plan.statuses:
        reason, entry = _listed(spec.statuses[status.handle], person.email, plan.as_of)
        changes = _rows(plan.changes, status, person)
        held = _rows(plan.held, status, person)
        unresolved = _rows(plan.unresolved, status, person)
        outcome = _done(changes, held, unresolved) or _left(status.mode, reason, holds=person.holds(status.handle))
        mentions = tuple(mention for mention in person.mentions if mention.status == status.handle)
        outcome = outcome or (Outcome.SATISFIED if mentions else None)  # protected, and nothing else
        if outcome is not None:
            yield Explained(
                handle=status.handle,
                outcome=outcome,
                holds=person.holds(status.handle),
                reason=reason,
                source=entry.source if entry else None,
                until=entry.until if entry else None,
                mentions=mentions,
                changes=changes,
                held=held,
                unresolved=unresolved,
                plan=status,
                is_refused=status.handle in refused,
            )


def _listed(status: StatusSpec, email: str, as_of: date) -> tuple[Reason | None, Entry | None]:
    """Returns what the spec says of the person on the day, and the entry that says so."""
    lists = zip((Reason.DECLARED, Reason.EXPIRED, Reason.ABSENT, Reason.DROPPED), status.listed(as_of), strict=True)
    return next(((reason, entries[email]) for reason, entries in lists if email in entries), (None, None))


def _rows(rows: Iterable[_Row], status: StatusPlan, person: Person) -> tuple[_Row, ...]:
    """Returns the rows of a plan that are about the person in one status."""
    return tuple(row for row in rows if row.status == status.handle and normal_form(row.email or "") == person.email)


def _done(changes: tuple[Change, ...], held: tuple[Held, ...], unresolved: tuple[Unresolved, ...]) -> Outcome | None:
    """Returns what the plan says in so many words, if it says anything."""
    if changes:
        return Outcome.ADD if isinstance(changes[0], Add) else Outcome.REMOVE
    if held:
        return Outcome.HELD
    return Outcome.UNRESOLVED if unresolved else None


def _left(mode: Mode, reason: Reason | None, *, holds: bool | None) -> Outcome | None:
    """Returns what it means that the plan does not name the person; None if there is nothing to say."""
    if reason is not None:
        return Outcome.UNCHANGED if reason is Reason.DECLARED else Outcome.SATISFIED
    if not holds:
        return None
    return Outcome.UNSEEN if mode is Mode.EXCLUSIVE else Outcome.UNDECLARED
