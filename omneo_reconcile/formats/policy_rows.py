"""What a reviewer is shown of policies that a plan does not keep: each policy once, and the people under it."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.policies import PolicyName, Violation
from omneo_reconcile.formats import words
from omneo_reconcile.formats.review import Group, Level, Mark, Phrase, Row, Tone, Value


def violation_groups(plan: Plan) -> dict[str, list[Group]]:
    """Returns the group of violations of each status of a plan that has some."""
    planned = {status.handle for status in plan.statuses}
    found: dict[str, list[Violation]] = {}
    for violation in plan.violations:
        found.setdefault(violation.seen_at(planned), []).append(violation)
    return {handle: [Group("Against a policy", "!", Tone.FAILURE, rows, _row)] for handle, rows in found.items()}


def broken_policies(violations: Iterable[Violation]) -> Iterator[tuple[Violation, Phrase]]:
    """Yields what is said of each policy that is not kept, with the first violation of it."""
    for _, group in groupby(violations, lambda one: one.rule_of):
        first, *others = group
        yield first, ("status ", Value(first.status), ": ", *_broken(first, len(others) + 1), f"; {first.way_out}")


def _broken(first: Violation, count: int) -> Phrase:
    if first.number is not None:
        return (Value(first.what),)
    if first.policy is PolicyName.PROTECTED:
        people = words.number_of(count, "protected person")
        return (f"{people} {'should' if first.in_spec else 'would'} lose it",)
    return f"{words.number_of(count, 'person')} {'breaks' if count == 1 else 'break'} ", Value(first.rule)


def policy_marks(violations: Iterable[Violation]) -> Iterator[Mark]:
    """Yields a mark at the line of each policy that is not kept."""
    for first, phrase in broken_policies(violations):
        yield Mark(Level.ERROR, "policy", phrase, first.sources[0] if first.sources else None)


def _row(violation: Violation) -> Row:
    ids = ", ".join(violation.profile_ids)
    who = words.who(violation.email, ids) if violation.email or ids else ("all members",)
    lines = violation.sources[1:] or violation.sources
    details: list[Phrase] = [(Value(violation.rule), *_at(violation))]
    details += [(Value(violation.note),)] if violation.note else []
    details += [("profiles ", Value(ids))] if violation.profile_ids[1:] else []
    details += [(Value(str(line)),) for line in lines[1:]]
    return Row(violation.status, who, (Value(violation.what),), tuple(details), lines[0] if lines else None)


def _at(violation: Violation) -> Phrase:
    return (" at ", Value(str(violation.sources[0]))) if violation.sources[1:] else ()
