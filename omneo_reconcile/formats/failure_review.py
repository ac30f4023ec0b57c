"""What a reader is shown where there is no result."""

from collections.abc import Sequence

from omneo_reconcile.core.failure import Failure, Problem
from omneo_reconcile.formats import words
from omneo_reconcile.formats.places import source_of
from omneo_reconcile.formats.review import Group, Level, Mark, Review, Row, Section, Tone, Value


def failure_review(failure: Failure) -> Review:
    """Returns what is shown of a failure."""
    errors: Sequence[Problem] = failure.errors
    is_refusal = failure.failure_reason.exit_code in {3, 4, 64}
    return Review(
        kind="failure",
        title=("Refused" if is_refusal else "No result",),
        verdict=f"It failed with {words.number_of(len(errors), 'error')}: {failure.failure_reason}.",
        tone=Tone.FAILURE,
        total="Nothing was changed." if is_refusal else "Nothing can be concluded from it.",
        sections=(Section(("Errors",), groups=(Group("Error", "!", Tone.FAILURE, errors, _row),)),),
        marks=tuple(
            Mark(Level.ERROR, str(error.name), (Value(f"{error.what}; {error.next_step}"),), source_of(error.where))
            for error in errors
        ),
        failure_reason=failure.failure_reason,
    )


def _row(error: Problem) -> Row:
    details = ((Value(error.where),),) if error.where else ()
    return Row("", (str(error.name),), (Value(f"{error.what}; {error.next_step}"),), details)
