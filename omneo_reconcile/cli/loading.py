"""The spec that a command works on: loaded, with what is odd about it told, and of it what the options name."""

from collections.abc import Collection, Sequence
from datetime import date

from msgspec.structs import replace

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import say
from omneo_reconcile.core.model import Spec
from omneo_reconcile.errors import FailureName, InvalidUse
from omneo_reconcile.spec.load import Loaded, load_spec


def load(spec: Sequence[str], as_of: date | None, edges: Edges) -> Loaded:
    """Returns the spec, and warns."""
    loaded = load_spec(spec, as_of=as_of, now=edges.clock.today())
    warn(loaded, edges)
    return loaded


def warn(loaded: Loaded, edges: Edges) -> None:
    """Says on stderr what is odd about a spec."""
    for warning in loaded.warnings:
        say(str(warning), edges)


def only(spec: Spec, handles: Collection[str]) -> Spec:
    """Returns the spec with those of its statuses that are named, the others beside them, and the digest of all."""
    statuses = {handle: status for handle, status in spec.statuses.items() if handle in handles}
    beside = {handle: status for handle, status in spec.statuses.items() if handle not in handles}
    return replace(spec, statuses=statuses, beside=beside)


def check_named(named: Collection[str], known: Collection[str], place: str) -> None:
    """Refuses options that name a status which is not there.

    Args:
        place: What should have it: the spec, the plan, or the receipt.

    Raises:
        InvalidUse: Names those that are not.
    """
    if unknown := sorted(set(named) - set(known)):
        where = ", ".join(f"status {handle}" for handle in unknown)
        raise InvalidUse.of(FailureName.USAGE, f"the {place} has no such status", where, "check the options")
