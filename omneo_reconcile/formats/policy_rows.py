"""What a reviewer is shown of policies that a plan does not keep: each policy once, and the people under it."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.policies import Violation
from omneo_reconcile.formats import words
from omneo_reconcile.formats.review import Group, Level, Mark, Phrase, Row, Tone, Value


def violation_groups(plan: Plan) -> dict[str, list[Group]]:
    """Returns the group of violations of each status of a plan that has some."""
    planned = {status.handle for status in plan.statuses}
    found: dict[str, list[Violation]] = {}
    for violation in plan.violations:
        shown_at = violation.status if violation.status in planned else violation.other or violation.status
        found.setdefault(shown_at, []).append(violation)
    return {handle: [Group("Against a policy", "!", Tone.FAILURE, rows, _row)] for handle, rows in found.items()}


def broken_policies(violations: Iterable[Violation]) -> Iterator[tuple[Violation, Phrase]]:
    """Yields what is said of each policy that is not kept, with the first violation of it."""
    for _, group in groupby(violations, lambda one: (one.status, one.policy, one.other)):
        first, *others = group
        if first.number is None:
            people = words.number_of(len(others) + 1, "person")
            what: Phrase = (f"{people} against ", Value(first.rule))
        else:
            what = (Value(first.what),)
        yield first, ("status ", Value(first.status), ": ", *what, f"; {first.way_out}")


def policy_marks(violations: Iterable[Violation]) -> Iterator[Mark]:
    """Yields a mark at the line of each policy that is not kept."""
    for first, phrase in broken_policies(violations):
        yield Mark(Level.ERROR, "policy", phrase, first.sources[0] if first.sources else None)


def _row(violation: Violation) -> Row:
    is_person = violation.email or violation.profile_id
    who = words.who(violation.email, violation.profile_id or "") if is_person else ("all members",)
    lines = violation.sources[1:] or violation.sources
    details: list[Phrase] = [(Value(violation.rule), *_at(violation))]
    details += [(Value(str(line)),) for line in lines[1:]]
    return Row(violation.status, who, (Value(violation.what),), tuple(details), lines[0] if lines else None)


def _at(violation: Violation) -> Phrase:
    return (" at ", Value(str(violation.sources[0]))) if violation.sources[1:] else ()
