"""The fingerprint and the checksum of a plan, and what two fingerprints tell of each other."""

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec.structs import replace

from omneo_reconcile.core.batches import action_of
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.fingerprint import digest_of
from omneo_reconcile.core.model import Mode
from omneo_reconcile.core.plan import Plan

_HINT = 8  # hex digits
_HINTS = {
    "place": "it is for another tenant",
    "spec": "it follows another spec",
    "limits": "it has other limits, overrides or statuses",
}


def seal(plan: Plan) -> Plan:
    """Returns the plan with its fingerprint and checksum computed."""
    plan = replace(plan, fingerprint=_fingerprint(plan))
    return replace(plan, checksum=_checksum(plan))


def _fingerprint(plan: Plan) -> str:
    """Returns a digest of all that a plan will do, behind a short one of each thing that it depends on.

    So two fingerprints tell what differs; whether a plan is the one expected, only all of it tells.
    """
    parts = {name: list(rows) for name, rows in _fingerprint_parts(plan).items()}
    hints = "".join(digest_of(parts[name])[:_HINT] for name in _HINTS)
    return hints + digest_of(row for rows in parts.values() for row in rows)[len(hints) :]


def how_fingerprints_differ(expected: str, plan: Plan) -> str:
    """Says what keeps a plan from being the one expected, and nothing that would help to forge one."""
    hints = zip(_HINTS.values(), _hints_in(expected), _hints_in(plan.fingerprint), strict=True)
    if others := [what for what, one, other in hints if one != other]:
        return ", ".join(others)
    base = ", or it was planned with another --base" if any(s.mode is Mode.TRACKED for s in plan.statuses) else ""
    return f"its changes are others: the people or statuses on the tenant changed since{base}"


def _hints_in(fingerprint: str) -> tuple[str, ...]:
    return tuple(fingerprint[start : start + _HINT] for start in range(0, _HINT * len(_HINTS), _HINT))


def _fingerprint_parts(plan: Plan) -> dict[str, Iterable[object]]:
    return {
        "place": [("plan", plan.tenant.name, plan.tenant.base_url)],
        "spec": [("spec", plan.spec.digest)],
        "limits": [("limit", check.status, check.limit, check.rule, check.override) for check in plan.limits],
        "changes": (
            (action_of(change), change.status, change.profile_id, _normal(change.email), change.reason)
            for change in plan.changes
        ),
    }


def _normal(email: str | None) -> str | None:
    return None if email is None else normal_form(email)


def _checksum(plan: Plan) -> str:
    timeless = replace(
        plan,
        created_at=datetime.fromtimestamp(0, UTC),
        reads=tuple(replace(read, requests=0) for read in plan.reads),
        summary=replace(plan.summary, requests=0),
        checksum="",
    )
    return digest_of([timeless])
