"""What a plan would make untrue that the spec says must stay true."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from datetime import date

from omneo_reconcile.core.changes import Add, Remove, change_order
from omneo_reconcile.core.decide import Decision
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.limits import LimitName
from omneo_reconcile.core.model import Profile, Source, Spec, StatusSpec
from omneo_reconcile.core.plan import count_changes
from omneo_reconcile.core.policies import (
    PolicyName,
    Relation,
    Violation,
    has_policies,
    in_order,
    of_number,
    relations,
)
from omneo_reconcile.core.reading import Reading
from omneo_reconcile.core.resolve import People
from omneo_reconcile.core.spec_violations import spec_violations


def plan_violations(
    spec: Spec, as_of: date, reading: Reading, people: People, decisions: Mapping[str, Decision]
) -> tuple[Violation, ...]:
    """Returns every policy that the spec breaks, or that its plan would. Pure; in a fixed order.

    Nobody counts whom the spec does not name and the plan does not change. What cannot be told is a violation, but for
    people who are not resolved.

    Args:
        spec: Also the statuses beside those that are planned.
        as_of: The day for which `until` is read.
        reading: All that was read.
        people: Everyone in it.
        decisions: By handle, with the changes that would be made.
    """
    if not has_policies(spec):
        return ()
    found = [*spec_violations(spec, as_of)]  # before those of the plan: they name each line that is to be mended
    after = _After(reading, people, decisions)
    for relation in relations(spec):
        found += _of_people(relation, spec, after)
    for handle, status in spec.statuses.items():
        found += _of_numbers(status, decisions[handle])
        found += _of_protected(status, decisions[handle])
    return in_order(found)


class _After:
    """Who holds what once the changes are made, as far as it was told.

    A person is an email in normal form, or the id of a profile without one.
    """

    def __init__(self, reading: Reading, people: People, decisions: Mapping[str, Decision]) -> None:
        changes = [change for decision in decisions.values() for change in decision.changes]
        unresolved = [person for decision in decisions.values() for person in decision.unresolved]
        self._listed = reading.holders.keys()
        self._people = people
        self._made = {(change.status, change.profile_id): change for change in changes}
        self._nameless = {change.profile_id for change in changes if not change.email}
        self._unresolved = {(person.status, normal_form(person.email)) for person in unresolved}
        self._changed: defaultdict[str, set[str]] = defaultdict(set)
        for change in changes:
            self._changed[change.status].add(normal_form(change.email) if change.email else change.profile_id)

    def changed(self, handle: str) -> Set[str]:
        """Returns everybody whom the plan changes in the status."""
        return self._changed[handle]

    def may_hold(self, handle: str) -> Set[str]:
        """Returns at least everybody who was seen holding the status, or whom the plan changes in it."""
        return self._people.holding(handle) | self._changed[handle] | self._nameless

    def keeping(self, handle: str) -> Set[str]:
        """Returns everybody who was seen holding the status and whom the plan does not change in it."""
        return self._people.holding(handle) - self._changed[handle]

    def may_hold_unseen(self, handle: str, people: Set[str]) -> Set[str]:
        """Returns at least those of the people who may hold the status unseen."""
        return self._people.untold if handle in self._listed else people

    def holder(self, person: str, handle: str) -> Profile | None:
        """Returns a profile of the person that holds the status then, or None if none was seen that does."""
        holders = (profile for profile in self._people.profiles(person) if self._holds(profile, handle))
        return min(holders, key=lambda profile: profile.id, default=None)

    def is_open(self, person: str, handle: str) -> bool:
        """Tells whether somebody who is tied to a profile may hold the status unseen."""
        if (handle, person) in self._unresolved:
            return False
        if person in self._people.untold:
            return True
        return not (person in self._nameless or handle in self._listed or self._people.was_read(person))

    def _holds(self, profile: Profile, handle: str) -> bool:
        change = self._made.get((handle, profile.id))
        return isinstance(change, Add) if change else handle in (profile.statuses or ())


def _of_people(relation: Relation, spec: Spec, after: _After) -> Iterator[Violation]:
    one, other = relation.status, relation.other
    statuses = [spec.statuses[handle] for handle in (one, other) if handle in spec.statuses]
    excludes = relation.policy is PolicyName.EXCLUSIVE_WITH
    bound = [status for status in statuses if excludes or status.handle == one]
    named = (people for status in bound for people in (status.members, status.absent))
    concerned = set().union(after.changed(one), after.changed(other), *named)
    suspects = _maybe_both(one, other, concerned, after) if excludes else after.may_hold(one) - after.keeping(other)
    judge = _held_beside if excludes else _held_without
    for person in suspects & concerned:
        if broken := judge(person, one, other, after):
            what, profile = broken
            lines = (line for status in statuses for line in _lines(status, person, after))
            yield relation.broken(what, profile.id, profile.email, lines)


def _maybe_both(one: str, other: str, people: Set[str], after: _After) -> Set[str]:
    """Returns at least those of the people who may hold both statuses: of a million members only a few."""
    first, second = after.may_hold(one), after.may_hold(other)
    return (
        (first & second)
        | (first & after.may_hold_unseen(other, people))
        | (second & after.may_hold_unseen(one, people))
    )


def _held_beside(person: str, one: str, other: str, after: _After) -> tuple[str, Profile] | None:
    """Returns what is wrong about two statuses that exclude each other, and a profile that shows it."""
    first, second = after.holder(person, one), after.holder(person, other)
    if first and second:
        return f"would hold {one} and {other}, which exclude each other", first
    if first and after.is_open(person, other):
        return f"would hold {one}, which excludes {other}, and nobody can tell whether {other} too", first
    if second and after.is_open(person, one):
        return f"would hold {other}, which excludes {one}, and nobody can tell whether {one} too", second
    return None


def _held_without(person: str, one: str, other: str, after: _After) -> tuple[str, Profile] | None:
    """Returns what is wrong about a status that requires another one, and the profile that holds it."""
    holder = after.holder(person, one)
    if holder is None or after.holder(person, other):
        return None
    if after.is_open(person, other):
        return f"would hold {one}, which requires {other}, and nobody can tell whether {other} too", holder
    return f"would hold {one} without {other}, which {one} requires", holder


def _lines(status: StatusSpec, person: str, after: _After) -> Iterator[Source]:
    """Yields the line that names the person, or the one by which whoever it does not name loses the status."""
    lists = status.members, status.absent, status.dropped or {}
    if entry := next((people[person] for people in lists if person in people), None):
        yield entry.source
    elif status.source and person in after.changed(status.handle):
        yield status.source


def _of_numbers(status: StatusSpec, decision: Decision) -> Iterator[Violation]:
    fewest, most = status.policies.min_members, status.policies.max_members
    counts = count_changes(decision.changes)
    adds, removals = counts[LimitName.MAX_ADDS], counts[LimitName.MAX_REMOVALS]
    after = None if decision.live is None else decision.live + adds - removals
    told = f"would have {'an unknown number of' if after is None else after} holders"
    if most and adds and (after is None or after > most.number):
        what = f"{told} and may have at most {most.number}"
        yield of_number(status.handle, PolicyName.MAX_MEMBERS, most, what)
    if fewest and removals and (after is None or after < fewest.number):
        what = f"{told} and must have at least {fewest.number}"
        yield of_number(status.handle, PolicyName.MIN_MEMBERS, fewest, what)


def _of_protected(status: StatusSpec, decision: Decision) -> Iterator[Violation]:
    """Yields a violation for each protected person who would lose the status, with all profiles of that person."""
    lost: defaultdict[str, list[Remove]] = defaultdict(list)
    for change in decision.changes:
        person = normal_form(change.email or "")
        if isinstance(change, Remove) and person in status.policies.protected:
            lost[person].append(change)
    what = f"would lose {status.handle} but is protected"
    for person, changes in lost.items():
        entry, first = status.policies.protected[person], min(changes, key=change_order)
        line = first.source or status.source
        sources = (entry.source, line) if line else (entry.source,)
        ids = tuple(sorted(change.profile_id for change in changes))
        yield Violation(status.handle, PolicyName.PROTECTED, None, None, ids, first.email, sources, what, entry.reason)
