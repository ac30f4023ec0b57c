"""What a reader is shown where there is no result."""

from collections.abc import Sequence

from omneo_reconcile.core.failure import Failure, Problem
from omneo_reconcile.formats import words
from omneo_reconcile.formats.places import source_of
from omneo_reconcile.formats.review import Group, Level, Mark, Review, Row, Section, Tone, Value


def failure_review(failure: Failure) -> Review:
    """Returns what is shown of a failure."""
    errors: Sequence[Problem] = failure.errors
    odd = failure.warnings
    groups = (Group("Error", "!", Tone.FAILURE, errors, _row), Group("Warning", "?", Tone.WARNING, odd, _odd_row))
    is_refusal = failure.failure_reason.exit_code in {3, 4, 64}
    return Review(
        kind="failure",
        title=("Refused" if is_refusal else "No result",),
        verdict=f"It failed with {words.number_of(len(errors), 'error')}: {failure.failure_reason}.",
        tone=Tone.FAILURE,
        total="Nothing was changed." if is_refusal else "Nothing can be concluded from it.",
        sections=(Section(("Errors",), groups=tuple(group for group in groups if group.count)),),
        marks=(
            *(_mark(Level.ERROR, str(error.name), error) for error in errors),
            *(_mark(Level.WARNING, "odd", warning) for warning in odd),
        ),
        failure_reason=failure.failure_reason,
    )


def _mark(level: Level, title: str, problem: Problem) -> Mark:
    return Mark(level, title, (Value(f"{problem.what}; {problem.next_step}"),), source_of(problem.where))


def _row(error: Problem, name: str | None = None) -> Row:
    details = ((Value(error.where),),) if error.where else ()
    return Row("", (name or str(error.name),), (Value(f"{error.what}; {error.next_step}"),), details)


def _odd_row(warning: Problem) -> Row:
    return _row(warning, "odd")
