"""The command `sandbox reset`."""

from pathlib import Path

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import say
from omneo_reconcile.cli.simulated import open_sandbox


def run(edges: Edges, *, state_dir: Path) -> int:
    """Leaves the sample customers and the usual dialect. Returns the exit code."""
    with open_sandbox(state_dir, edges) as store:
        store.reset()
        store.dialect = type(store.dialect)()
    say("The simulated tenant holds the sample customers again.", edges)
    return 0
