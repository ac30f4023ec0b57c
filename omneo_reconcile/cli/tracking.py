"""What a plan's spec is compared with: the spec at a git revision, or at the commit of a receipt."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from omneo_reconcile.cli.documents import load_receipt
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.loading import load
from omneo_reconcile.cli.output import say
from omneo_reconcile.cli.planning import Planning
from omneo_reconcile.cli.wiring import Connection, check_tenant, find_tenant
from omneo_reconcile.core.dropped import BaseInfo, base_info, with_dropped
from omneo_reconcile.core.model import Spec
from omneo_reconcile.core.place import check_place
from omneo_reconcile.core.plan import Tenant
from omneo_reconcile.core.receipt import Receipt
from omneo_reconcile.core.receipt_base import why_no_base
from omneo_reconcile.errors import FailureName, Fault, InvalidUse
from omneo_reconcile.formats.escape import visible
from omneo_reconcile.spec.base import check_in_repository, load_base
from omneo_reconcile.spec.load import Loaded

_RECEIPT_ENDING = ".json"


def load_tracked(paths: Sequence[str], connection: Connection, planning: Planning, edges: Edges) -> Loaded:
    """Returns the spec, with whom its tracked statuses drop if there is a base, and warns.

    Raises:
        InvalidSpec: If the spec is invalid, now or at the base.
        InvalidUse: If there is no such base, or it cannot tell who was dropped.
        PlanRejected: If the base is of another tenant, or a receipt that was edited.
    """
    compared = compare(load(paths, planning.as_of, edges), paths, connection, planning, edges)
    if compared.base is not None:
        _warn(compared.base, edges)
    return compared


def compare(loaded: Loaded, paths: Sequence[str], connection: Connection, planning: Planning, edges: Edges) -> Loaded:
    """Returns the spec with whom its tracked statuses drop, if there is a base. Raises as `load_tracked` does."""
    if planning.base is None:
        return loaded
    tenant = find_tenant(connection)
    receipt = _receipt(planning.base, tenant)
    revision = receipt.spec.commit if receipt and receipt.spec.commit else planning.base
    then = load_base(paths, revision, now=edges.clock.today())
    if then.missing or then.spec is None:
        raise InvalidUse(_missing(path, then.commit) for path in then.missing)
    check_tenant(then.spec, tenant, "base")
    if receipt:
        _check(receipt, _tracked(loaded.spec, planning) & then.spec.statuses.keys(), planning.base)
        if receipt.spec.digest != then.spec.digest:
            raise _no_base("it is of another spec than these paths have at its commit", planning.base)
    check_in_repository(loaded.files, then)
    base = base_info(visible(planning.base), then.commit, loaded.spec, then.spec)
    base = replace(base, is_past=then.is_past)
    return loaded._replace(spec=with_dropped(loaded.spec, then.spec, then.names), base=base)


def _receipt(given: str, tenant: Tenant) -> Receipt | None:
    """Returns the receipt that the user named as the base, if it is one at all, or None for a revision."""
    if Path(given).suffix.lower() != _RECEIPT_ENDING:
        return None
    receipt = load_receipt(Path(given))
    check_place("receipt", receipt.tenant, tenant)
    _check(receipt, frozenset(), given)
    return receipt


def _check(receipt: Receipt, statuses: frozenset[str], given: str) -> None:
    if why := why_no_base(receipt, statuses):
        raise _no_base(why, given)


def _no_base(why: str, given: str) -> InvalidUse:
    next_step = "pass the receipt of an apply that left nothing of that, or a git revision"
    return InvalidUse.of(FailureName.USAGE, f"this receipt is no base: {why}", f"file {visible(given)}", next_step)


def _tracked(spec: Spec, planning: Planning) -> frozenset[str]:
    """Returns the tracked statuses that are planned."""
    return spec.tracked.intersection(planning.status) if planning.status else spec.tracked


def _missing(path: str, commit: str) -> Fault:
    what = "at the base there is no spec at this path, so nobody can tell who was dropped"
    next_step = "name a base at which it stood there, or plan without --base"
    return Fault(FailureName.NO_SPEC, what, f"{path} at {commit[:12]}", next_step)


def _warn(base: BaseInfo, edges: Edges) -> None:
    """Says on stderr which statuses nobody tracks any more, and whether the base is none of the past."""
    if base.doubt:
        next_step = "fetch the whole history, pull or rebase first, or name a base of this history"
        say(f"warning: {base.doubt}, {base.given} ({base.commit[:12]}); {next_step}", edges)
    for row in base.untracked:
        next_step = "to take it from them, keep it tracked, with `members: []` if nobody is left, until that is applied"
        say(f"warning: {row.what}, status {row.status}; {next_step}", edges)
