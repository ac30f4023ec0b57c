"""The command `validate`."""

from collections.abc import Iterable, Sequence
from datetime import date

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.loading import warn
from omneo_reconcile.cli.showing import show
from omneo_reconcile.core.policies import faults_of
from omneo_reconcile.core.spec_violations import spec_violations
from omneo_reconcile.core.validation import validation_of
from omneo_reconcile.errors import Fault, InvalidSpec, Refused
from omneo_reconcile.spec.load import load_spec


def run(edges: Edges, *, spec: Sequence[str], as_of: date | None, strict: bool) -> int:
    """Checks a spec, and says what it holds and what is odd. Returns the exit code.

    Raises:
        InvalidSpec: If it is invalid, or odd with `strict`; what breaks a policy comes after.
        Refused: If it breaks a policy of its own, with what is odd before.
    """
    try:
        loaded = load_spec(spec, as_of=as_of, now=edges.clock.today())
    except InvalidSpec as error:
        raise _all_wrong(error.told) if strict else error from None
    against = faults_of(spec_violations(loaded.spec, loaded.as_of))
    if strict and loaded.warnings:
        raise _all_wrong([*loaded.warnings, *against])
    if against:
        raise Refused([*loaded.warnings, *against])
    warn(loaded, edges)
    show(validation_of(loaded.spec, loaded.as_of, loaded.warnings), edges)
    return 0


def _all_wrong(told: Iterable[Fault]) -> InvalidSpec:
    """Returns an error in which what is odd is wrong too."""
    return InvalidSpec(Fault(*thing) for thing in told)
