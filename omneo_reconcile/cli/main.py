"""Runs the command that the arguments name, and ends well whatever becomes of it."""

import signal
from collections.abc import Sequence

from omneo_reconcile.cli.commands import main
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.errors import FailureName, Interrupted


def run(arguments: Sequence[str], edges: Edges | None = None) -> int:
    """Runs a command and returns its exit code. Prints every failure as one line a fault; never a traceback."""
    edges = edges or Edges()
    try:
        code: int | None = main.main(list(arguments), prog_name="omneo-reconcile", standalone_mode=False, obj=edges)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - each is told as what it means
        from omneo_reconcile.cli.failing import tell  # noqa: PLC0415 - not needed to print help

        return tell(error, edges)
    return code or 0


def end_on_terminate() -> None:
    """Makes SIGTERM a failure with a name, wherever the process is; an event loop takes it over while it runs."""

    def terminate(*_: object) -> None:
        raise Interrupted.of(FailureName.TERMINATED, "interrupted, nothing was sent", "", "run it again")

    signal.signal(signal.SIGTERM, terminate)
