"""The command `sandbox load`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from omneo_reconcile.cli.customers import read_customers
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import print_result
from omneo_reconcile.cli.simulated import open_sandbox
from omneo_reconcile.errors import FailureName, InvalidUse
from omneo_reconcile.formats.escape import plain
from omneo_reconcile.formats.words import number_of
from omneo_reconcile.spec.schema import is_handle


def run(edges: Edges, *, state_dir: Path, file: Path, status: Sequence[str]) -> int:
    """Puts the customers of a file in the place of those of the simulated tenant. Returns the exit code.

    Raises:
        InvalidUse: If the file, one of its rows or a status cannot be used. Nothing changes.
    """
    if not all(map(is_handle, status)):
        what, next_step = "not the handle of a status", "write it without spaces or invisible characters, such as vip"
        raise InvalidUse.of(FailureName.USAGE, what, "--status", next_step)
    with open_sandbox(state_dir, edges) as store:
        from omneo_reconcile.sandbox import NewProfile  # noqa: PLC0415 - an extra, found by now
        from omneo_reconcile.sandbox.samples import PROFILE_TYPES  # noqa: PLC0415

        customers = read_customers(file, PROFILE_TYPES)
        store.reset([NewProfile(*customer[:4]) for customer in customers], status)
        held = Counter(handle for handle, _, _ in store.memberships())
        defined = sorted(row["handle"] for row in store.definitions())
    people, memberships = number_of(len(customers), "customer"), number_of(held.total(), "membership")
    lines = [f"The simulated tenant holds {people} and {memberships} of {number_of(len(defined), 'status')}:"]
    lines += [f"  {held[handle]:>7}  {plain(handle)}" for handle in defined]
    print_result(f"{line}\n" for line in lines)
    return 0
