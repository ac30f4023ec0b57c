"""The command `explain`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.interrupts import Interrupts
from omneo_reconcile.cli.loading import check_named, only
from omneo_reconcile.cli.planning import Planning, header_of, plan_spec
from omneo_reconcile.cli.showing import show
from omneo_reconcile.cli.tracking import compare
from omneo_reconcile.cli.wiring import Connection, check_tenant, find_tenant, open_client
from omneo_reconcile.core.emails import is_address, normal_form
from omneo_reconcile.core.explaining import Person, concerned, explain
from omneo_reconcile.core.explanation import Explanation
from omneo_reconcile.core.policies import neighbours
from omneo_reconcile.errors import FailureName, InvalidUse
from omneo_reconcile.spec.load import Loaded, load_spec
from omneo_reconcile.spec.mentions import mentions
from omneo_reconcile.spec.revision import commit_of
from omneo_reconcile.tenant.reader import Reader


def run(
    edges: Edges,
    *,
    email: str,
    spec: Sequence[str],
    emails: str | None,
    **chosen: Any,  # noqa: ANN401 - options as click passes them
) -> int:
    """Explains one person and shows it. Returns the exit code."""
    if not is_address(email.strip()):
        what, next_step = "EMAIL is not an email address", "write one address and nothing else, then SPEC"
        raise InvalidUse.of(FailureName.USAGE, what, "", next_step)
    connection, planning = Connection.of(chosen), Planning.of(chosen)
    loaded = load_spec(spec, as_of=planning.as_of, now=edges.clock.today())  # what is odd about others is for `plan`
    compared = compare(loaded, spec, connection, planning, edges)
    show(Interrupts().run(_explained(email.strip(), compared, connection, planning, edges)), edges, emails)
    return 0


async def _explained(
    written: str, loaded: Loaded, connection: Connection, planning: Planning, edges: Edges
) -> Explanation:
    """Looks the person up, and plans the statuses of the spec that concern them as `plan` would."""
    tenant, spec = find_tenant(connection), loaded.spec
    check_tenant(spec, tenant)
    check_named({*planning.status, *planning.allow_adds, *planning.allow_removals}, spec.statuses, "spec")
    email = normal_form(written)
    chosen = only(spec, planning.status) if planning.status else spec
    named = tuple(mention for mention in mentions(loaded.documents, email) if mention.status in chosen.statuses)
    async with open_client(connection, tenant, edges) as client:
        reader = Reader(client)
        lookup = await reader.lookup(email, [written, *(mention.email for mention in named)])
        person = Person(email, named, lookup)
        handles = concerned(person, chosen)
        if not handles:  # no plan follows that would tell whether the tenant answers at all
            reader.check_answered()
    planned = replace(planning, status=neighbours(chosen, handles))
    plan = await plan_spec(loaded, connection, planned, edges) if handles else None
    header = header_of(tenant, loaded.as_of, commit_of(spec.files, loaded.given), edges)
    return explain(person, spec, plan, header, handles)
