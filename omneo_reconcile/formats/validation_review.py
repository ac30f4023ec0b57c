"""What a reader is shown of a spec that is valid."""

from omneo_reconcile.core.validation import Validation
from omneo_reconcile.formats import words
from omneo_reconcile.formats.places import source_of
from omneo_reconcile.formats.review import Level, Mark, Review, Section, Tone, Value

_COLUMNS = ("Status", "Mode", "Listed", "Absent")


def validation_review(validation: Validation) -> Review:
    """Returns what is shown of a validation."""
    statuses = validation.statuses
    listed, absent = sum(status.members for status in statuses), sum(status.absent for status in statuses)
    files = words.number_of(len(validation.files), "file")
    numbers = f"{files}, {words.number_of(len(statuses), 'status')}, {words.number_of(listed, 'membership')} listed"
    return Review(
        kind="validation",
        title=(f"Spec as of {validation.as_of}",),
        verdict=f"Valid: {numbers}, {absent} absent.",
        tone=Tone.GAIN,
        columns=_COLUMNS,
        sections=tuple(
            Section(
                (Value(status.handle),),
                cells=((Value(status.handle),), (str(status.mode),), (str(status.members),), (str(status.absent),)),
            )
            for status in statuses
        ),
        marks=tuple(
            Mark(Level.WARNING, "odd", (Value(f"{odd.what}; {odd.next_step}"),), source_of(odd.where))
            for odd in validation.warnings
        ),
    )
