"""The command `plan`."""

from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from omneo_reconcile.cli.documents import check_can_save, save
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.interrupts import Interrupts
from omneo_reconcile.cli.planning import Planning, plan_spec
from omneo_reconcile.cli.showing import PENDING, print_failure, show
from omneo_reconcile.cli.tracking import load_tracked
from omneo_reconcile.cli.undoing import load_undone, plan_undo
from omneo_reconcile.cli.wiring import Connection
from omneo_reconcile.core.plan import Plan, is_pending, refusals
from omneo_reconcile.errors import FailureName, InvalidUse


def run(
    edges: Edges,
    *,
    out: Path | None,
    detailed_exitcode: bool,
    emails: str | None,
    **chosen: Any,  # noqa: ANN401 - options as click passes them
) -> int:
    """Makes a plan, shows it, and saves it where that was asked for. Returns the exit code."""
    if out is not None:
        check_can_save(out)
    plan = Interrupts().run(_planned(edges, Connection.of(chosen), Planning.of(chosen), **chosen))
    if out is not None:
        save(plan, out)
    show(plan, edges, emails)
    if refused := refusals(plan):
        print_failure(refused, edges, in_result=True)
        return refused[0].name.exit_code
    return PENDING if detailed_exitcode and is_pending(plan) else 0


def _planned(
    edges: Edges, connection: Connection, planning: Planning, spec: Sequence[str], undo: Path | None
) -> Coroutine[object, object, Plan]:
    """Loads what the plan follows, and returns the work of making it."""
    if undo is None:
        if not spec:
            raise InvalidUse.of(FailureName.USAGE, "there is nothing to plan", "", "pass SPEC, or --undo RECEIPT")
        return plan_spec(load_tracked(spec, connection, planning, edges), connection, planning, edges)
    if spec:
        what = "a way back follows the receipt alone"
        raise InvalidUse.of(FailureName.USAGE, what, "option --undo", "pass SPEC or --undo RECEIPT, not both")
    return plan_undo(load_undone(undo, planning), connection, planning, edges)
