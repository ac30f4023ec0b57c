"""Makes the plan of the way back: load the receipt, read whom it changed, decide."""

from pathlib import Path

from omneo_reconcile.cli.documents import load_receipt
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.loading import check_named
from omneo_reconcile.cli.planning import Planning, header_of, tell_reads
from omneo_reconcile.cli.wiring import Connection, find_tenant, open_client
from omneo_reconcile.core import undo
from omneo_reconcile.core.limits import Overrides
from omneo_reconcile.core.place import check_place
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.reading import Completeness, Read, WayName
from omneo_reconcile.core.receipt import Receipt
from omneo_reconcile.errors import FailureName, InvalidUse
from omneo_reconcile.tenant.read import check_defined, count_holders
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader


def load_undone(path: Path, planning: Planning) -> Receipt:
    """Returns the receipt of a file, with the statuses that are asked for.

    Raises:
        InvalidUse: If the file is no receipt, or an option does not fit it.
        PlanRejected: If it was edited.
    """
    if planning.as_of is not None:
        what = "--as-of is for a spec, not for a way back"
        raise InvalidUse.of(FailureName.USAGE, what, "", "leave it out: a receipt has no `until`")
    if planning.base is not None:
        what = "--base is for a spec, not for a way back"
        raise InvalidUse.of(FailureName.USAGE, what, "", "leave it out: a way back follows the receipt alone")
    receipt = load_receipt(path)
    changed = {row.status for row in receipt.changes}
    check_named({*planning.status, *planning.allow_adds, *planning.allow_removals}, changed, "receipt")
    return undo.of_statuses(receipt, planning.status) if planning.status else receipt


async def plan_undo(receipt: Receipt, connection: Connection, planning: Planning, edges: Edges) -> Plan:
    """Returns the plan of the way back for the tenant as it is now. Holds nothing that can write."""
    tenant = find_tenant(connection)
    check_place("receipt", receipt.tenant, tenant)
    async with open_client(connection, tenant, edges) as client:
        now = await _read(Reader(client), receipt, planning.overrides)
    tell_reads(now.reads, edges)
    header = header_of(tenant, edges.clock.today().date(), None, edges)
    return undo.make_undo(receipt, now, header, planning.overrides)


async def _read(reader: Reader, receipt: Receipt, overrides: Overrides) -> undo.ReadAgain:
    """Reads definitions, whom the apply changed, and the holders: each row of them where a limit takes their number."""
    definitions = await check_defined(reader, receipt)
    back = ReadBack(reader, {})
    people = await back.people(undo.people_to_read(receipt))
    reader.check_answered()
    live, counted = await _count(reader, undo.to_count(receipt, people, overrides))
    live |= await back.count({row.status for row in receipt.changes} - live.keys())
    return undo.ReadAgain(people, live, (definitions, *back.reads, *counted), reader.requests)


async def _count(reader: Reader, handles: tuple[str, ...]) -> tuple[dict[str, int], tuple[Read, ...]]:
    """Returns how many hold each status, each row checked, and how that was read."""
    if not handles:
        return {}, ()
    before, reason = reader.requests, "a limit is a share of the holders"
    live = await count_holders(reader, handles)
    requests, told = reader.requests - before, Completeness.COMPLETE
    return live, (Read(None, WayName.HOLDERS, complete=True, requests=requests, completeness=told, reason=reason),)
