"""Makes a plan of a spec: read the tenant, decide. Shared by `plan`, `apply` and `explain`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from msgspec.structs import replace

from omneo_reconcile import __version__
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.loading import check_named, only
from omneo_reconcile.cli.output import say
from omneo_reconcile.cli.progress import progress
from omneo_reconcile.cli.wiring import Connection, check_tenant, find_tenant, open_client
from omneo_reconcile.core.limits import LimitName, Overrides
from omneo_reconcile.core.model import Membership
from omneo_reconcile.core.plan import Header, Plan, Tenant
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.reading import Read
from omneo_reconcile.spec.load import Loaded, no_garbage_collection
from omneo_reconcile.spec.revision import commit_of
from omneo_reconcile.tenant.read import read
from omneo_reconcile.tenant.reader import Reader


@dataclass(frozen=True)
class Planning:
    """What the user said about the plan, as the options of a command."""

    as_of: date | None
    base: str | None
    status: tuple[str, ...]
    allow_adds: Mapping[str, int]
    allow_removals: Mapping[str, int]

    @classmethod
    def of(cls, options: dict[str, Any]) -> Self:
        """Takes its own out of the options of a command."""
        return cls(**{field.name: options.pop(field.name) for field in fields(cls)})

    @property
    def overrides(self) -> Overrides:
        """The limits that were replaced by a count."""
        adds = {(handle, LimitName.MAX_ADDS): number for handle, number in self.allow_adds.items()}
        return adds | {(handle, LimitName.MAX_REMOVALS): number for handle, number in self.allow_removals.items()}


async def plan_spec(
    loaded: Loaded,
    connection: Connection,
    planning: Planning,
    edges: Edges,
    made: Collection[Membership] | None = None,
) -> Plan:
    """Returns the plan of a spec for the tenant as it is now. Holds nothing that can write.

    Args:
        loaded: The spec.
        connection: How the tenant is reached.
        planning: What the user said about the plan.
        edges: The world outside.
        made: Which changes of it will be made, for policies to be held against; None for all.
    """
    tenant = find_tenant(connection)
    check_tenant(loaded.spec, tenant)
    check_named({*planning.status, *planning.allow_adds, *planning.allow_removals}, loaded.spec.statuses, "spec")
    spec = only(loaded.spec, planning.status) if planning.status else loaded.spec
    async with open_client(connection, tenant, edges) as client:
        with progress(edges) as report:
            reading = await read(Reader(client), spec, loaded.as_of, planning.overrides, report)
    tell_reads(reading.reads, edges)
    header = header_of(tenant, loaded.as_of, commit_of(spec.files, loaded.given), edges)
    with no_garbage_collection():
        return make_plan(spec, reading, replace(header, base=loaded.base), planning.overrides, made)


def tell_reads(reads: Iterable[Read], edges: Edges) -> None:
    """Says on stderr how each thing was read, if more is to be told."""
    for row in reads:
        done = f"{row.completeness}, {row.requests} requests"
        say(f"{row.status or 'all statuses'}: {row.way} {done}: {row.reason}", edges, verbosity=1)


def header_of(tenant: Tenant, as_of: date, commit: str | None, edges: Edges) -> Header:
    """Returns the header of a plan made now."""
    return Header(__version__, edges.clock.today().replace(microsecond=0), as_of, tenant, commit)
