"""The command `plan`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omneo_reconcile.cli.documents import check_can_save, save, show
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.interrupts import Interrupts
from omneo_reconcile.cli.output import print_failure
from omneo_reconcile.cli.planning import Planning, load, plan_spec
from omneo_reconcile.cli.wiring import Connection
from omneo_reconcile.core.plan import is_pending, refusals

PENDING = 2


def run(
    edges: Edges,
    *,
    spec: Sequence[str],
    out: Path | None,
    detailed_exitcode: bool,
    emails: str | None,
    **chosen: Any,  # noqa: ANN401 - options as click passes them
) -> int:
    """Makes a plan, shows it, and saves it where that was asked for. Returns the exit code."""
    connection, planning = Connection.of(chosen), Planning.of(chosen)
    if out is not None:
        check_can_save(out)
    loaded = load(spec, planning.as_of, edges)
    plan = Interrupts().run(plan_spec(loaded, connection, planning, edges))
    if out is not None:
        save(plan, out)
    show(plan, edges, emails)
    if refused := refusals(plan):
        print_failure(refused, edges, in_result=True)
        return refused[0].name.exit_code
    return PENDING if detailed_exitcode and is_pending(plan) else 0
