"""A command that came to no result, as a document like a plan or a receipt."""

from typing import Self

from msgspec import Struct

from omneo_reconcile.errors import FailureName, Fault


class Problem(Struct, frozen=True):
    """One thing that is wrong, in the parts that every error line has."""

    name: FailureName
    what: str
    where: str
    next_step: str

    @classmethod
    def of(cls, fault: Fault) -> Self:
        """Returns the fault as a part of a document."""
        return cls(*fault)


class Failure(Struct, frozen=True, tag_field="kind", tag="failure"):
    """Why there is no result. The field names are those of its JSON form.

    Attributes:
        failure_reason: The name of the first error.
        errors: At least one.
        warnings: What is odd but not wrong.
    """

    failure_reason: FailureName
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
