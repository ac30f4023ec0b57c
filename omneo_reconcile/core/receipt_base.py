"""Whether a receipt may say from where on tracked statuses remember their members."""

from collections.abc import Collection

from omneo_reconcile.core.plan import FORGOTTEN
from omneo_reconcile.core.receipt import Receipt


def why_no_base(receipt: Receipt, statuses: Collection[str]) -> str | None:
    """Returns why the commit of a receipt is no base for these statuses, or None if it is one.

    A base that moves past people who were dropped and still hold the status would forget them.
    """
    if receipt.undoes is not None:
        return "it is of a way back"
    if receipt.failure_reason is not None:
        return f"its apply ended with {receipt.failure_reason}"
    if receipt.spec.commit is None or receipt.spec.commit.endswith("-dirty"):
        return "its spec was not as committed in git"
    return next((why for handle in sorted(statuses) if (why := _why_not(receipt, handle))), None)


def _why_not(receipt: Receipt, handle: str) -> str | None:
    if not any(row.status == handle and row.dropped is not None for row in receipt.counts):
        return f"its apply did not take it from all who were dropped from status {handle}"
    if any(row.status == handle for row in receipt.held):
        return f"its apply held back removals from status {handle}"
    if any(row.status == handle and row.reason in FORGOTTEN for row in receipt.unresolved):
        return f"its apply could not resolve everybody who was to lose status {handle}"
    return None
