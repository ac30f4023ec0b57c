"""The command `check`."""

from typing import Any

from omneo_reconcile import __version__
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.interrupts import Interrupts
from omneo_reconcile.cli.showing import print_failure, show
from omneo_reconcile.cli.wiring import Connection, find_tenant, open_client
from omneo_reconcile.core.failure import Problem
from omneo_reconcile.core.plan import FORMAT_VERSION
from omneo_reconcile.core.survey import PaceSeen, Survey
from omneo_reconcile.errors import Fault
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.tenant.survey import look_over

NOT_WORKING = 1


def run(edges: Edges, **chosen: Any) -> int:  # noqa: ANN401 - options as click passes them
    """Looks the tenant over and shows what was found. Returns the exit code."""
    survey, faults = Interrupts().run(_survey(Connection.of(chosen), edges))
    show(survey, edges)
    if faults:
        print_failure(faults, edges, in_result=True)
        return NOT_WORKING
    return 0


async def _survey(connection: Connection, edges: Edges) -> tuple[Survey, tuple[Fault, ...]]:
    tenant = find_tenant(connection)
    async with open_client(connection, tenant, edges) as client:
        found = await look_over(Reader(client))
        pace = PaceSeen(client.latency_ms, client.limit_told, client.refused, client.requests_a_second)
        survey = Survey(
            format_version=FORMAT_VERSION,
            tool_version=__version__,
            tenant=tenant,
            token_valid=found.token_valid,
            scopes=found.scopes,
            ways=found.ways,
            profiles=found.profiles,
            page_size=found.page_size,
            rows_read=found.rows_read,
            rows_tell=found.rows_tell,
            statuses=found.statuses,
            pace=pace,
            requests=client.requests,
            errors=tuple(map(Problem.of, found.faults)),
            failure_reason=found.faults[0].name if found.faults else None,
        )
    return survey, found.faults
