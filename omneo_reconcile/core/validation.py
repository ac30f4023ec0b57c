"""What a spec holds and what is odd about it, as `validate` found it without a tenant."""

from datetime import date

from msgspec import Struct

from omneo_reconcile.core.failure import Problem
from omneo_reconcile.core.model import Mode, Spec
from omneo_reconcile.errors import FailureName, Fault


class ValidStatus(Struct, frozen=True):
    """One status of a spec, in numbers."""

    handle: str
    mode: Mode
    members: int
    absent: int


class Validation(Struct, frozen=True, tag_field="kind", tag="validation"):
    """A spec that is valid. The field names are those of its JSON form.

    Attributes:
        warnings: What is odd but not wrong.
    """

    failure_reason: FailureName | None
    as_of: date
    files: tuple[str, ...]
    statuses: tuple[ValidStatus, ...]
    warnings: tuple[Problem, ...]


def validation_of(spec: Spec, as_of: date, warnings: tuple[Fault, ...]) -> Validation:
    """Returns what there is to say of a valid spec."""
    return Validation(
        failure_reason=None,
        as_of=as_of,
        files=spec.files,
        statuses=tuple(
            ValidStatus(status.handle, status.mode, len(status.members), len(status.absent))
            for status in spec.statuses.values()
        ),
        warnings=tuple(map(Problem.of, warnings)),
    )
