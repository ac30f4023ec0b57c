"""The receipt: what became of each change, the proof at the end of an apply."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from omneo_reconcile.core.batches import Action, action_of
from omneo_reconcile.core.changes import Held, Reason, Unresolved
from omneo_reconcile.core.fingerprint import digest_of
from omneo_reconcile.core.limits import LimitCheck
from omneo_reconcile.core.model import Source
from omneo_reconcile.core.plan import Plan, SpecInfo, Tenant
from omneo_reconcile.core.reading import Read
from omneo_reconcile.core.run import BatchRow, Outcome, Result, Run, failures
from omneo_reconcile.errors import FailureName


class ResultRow(Struct, frozen=True):
    """A result as it stands in a receipt, flat like a change of a plan, with the rule that asked for it."""

    action: Action
    status: str
    profile_id: str
    email: str | None
    outcome: Outcome
    detail: str | None
    source: Source | None
    reason: Reason | None = None


Live = Mapping[str, int | None]
"""How many profiles hold each status, or None where they were not counted."""


class CountRow(Struct, frozen=True):
    """Holders of one status: as read before the first write, and read again at the end.

    Each is None if they were not counted. What others change meanwhile is in them.

    Attributes:
        source: The line that declares the status, or None if only people name it.
        dropped: How many changes of the plan were of people whom the spec dropped, or None if nobody computed all of
            them: then a base must not be moved on to this commit.
    """

    status: str
    before: int | None
    after: int | None
    source: Source | None = None
    dropped: int | None = None


class ApplySummary(Struct, frozen=True):
    """How many changes had each outcome."""

    added: int
    removed: int
    already: int
    failed: int
    unconfirmed: int
    held: int


class Receipt(Struct, frozen=True, tag_field="kind", tag="receipt"):
    """What an apply did, as it is shown and saved. The field names are those of its JSON form.

    Attributes:
        fingerprint: That of the plan.
        limits: Those that the changes were held against, as the plan names them.
        reads: How the people who were changed were read back, and the holders counted.
        failure_reason: The worst thing that happened, or None.
        checksum: Hex SHA-256 of all other fields.
        undoes: Fingerprint of the plan whose apply this one took back, or None if it followed a spec.
    """

    format_version: Literal["1.0"]
    tool_version: str
    started_at: datetime
    finished_at: datetime
    tenant: Tenant
    spec: SpecInfo
    fingerprint: str
    batches: tuple[BatchRow, ...]
    changes: tuple[ResultRow, ...]
    held: tuple[Held, ...]
    unresolved: tuple[Unresolved, ...]
    limits: tuple[LimitCheck, ...]
    counts: tuple[CountRow, ...]
    reads: tuple[Read, ...]
    summary: ApplySummary
    failure_reason: FailureName | None
    checksum: str
    undoes: str | None = None


class Counts(Struct, frozen=True):
    """Holders of each status, before the first write and after the last."""

    before: Live = {}
    after: Live = {}


def make_receipt(
    plan: Plan, run: Run, counts: Counts, tool_version: str, started_at: datetime, finished_at: datetime
) -> Receipt:
    """Returns the receipt of a run of this plan."""
    faults = failures(run)
    receipt = Receipt(
        format_version="1.0",
        tool_version=tool_version,
        started_at=started_at,
        finished_at=finished_at,
        tenant=plan.tenant,
        spec=plan.spec,
        fingerprint=plan.fingerprint,
        batches=run.batches,
        changes=tuple(map(_row, run.results)),
        held=plan.held,
        unresolved=plan.unresolved,
        limits=plan.limits,
        counts=_counts(plan, counts),
        reads=run.reads,
        summary=_summary(run.results),
        failure_reason=faults[0].name if faults else None,
        checksum="",
        undoes=plan.undoes,
    )
    return replace(receipt, checksum=_checksum(receipt))


def _counts(plan: Plan, counts: Counts) -> tuple[CountRow, ...]:
    dropped = Counter(change.status for change in plan.changes if change.reason is Reason.DROPPED)
    return tuple(
        CountRow(
            status.handle,
            counts.before.get(status.handle),
            counts.after.get(status.handle),
            status.source,
            None if status.dropped is None else dropped[status.handle],
        )
        for status in plan.statuses
    )


def is_intact(receipt: Receipt) -> bool:
    """Tells whether the checksum is that of the receipt's content."""
    return receipt.checksum == _checksum(receipt)


def _row(result: Result) -> ResultRow:
    change = result.change
    who = action_of(change), change.status, change.profile_id, change.email
    return ResultRow(*who, result.outcome, result.detail, change.source, change.reason)


def _summary(results: Iterable[Result]) -> ApplySummary:
    counts = Counter(result.outcome for result in results)
    return ApplySummary(**{outcome.value: counts[outcome] for outcome in Outcome})


def _checksum(receipt: Receipt) -> str:
    return digest_of([replace(receipt, checksum="")])
