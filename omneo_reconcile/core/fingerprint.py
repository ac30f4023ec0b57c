"""Digests: of what a spec means, and of what a plan will do."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:  # a spec knows its digest
    from omneo_reconcile.core.model import Entry, Policies, StatusSpec

_canonical = msgspec.json.Encoder(order="deterministic")


def digest_of(parts: Iterable[object]) -> str:
    """Returns the hex SHA-256 over the parts in order, each as one line of canonical JSON."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(_canonical.encode(part))
        digest.update(b"\n")
    return digest.hexdigest()


def spec_digest(tenant: str | None, timezone: str, statuses: "Mapping[str, StatusSpec]") -> str:
    """Returns the digest of the merged meaning of a spec.

    The same for any order of files, statuses and members, any style of writing, and any line numbers.
    """
    return digest_of(_spec_parts(tenant, timezone, statuses))


def _spec_parts(tenant: str | None, timezone: str, statuses: "Mapping[str, StatusSpec]") -> Iterable[object]:
    yield "spec", tenant, timezone
    for handle, status in sorted(statuses.items()):
        limits = str(status.limits.max_adds), str(status.limits.max_removals)
        yield "status", handle, status.mode, status.owner, status.unresolved, limits
        yield "people", _people(status.members), _people(status.absent)
        if status.policies.is_any:
            yield _policies(status.policies)


def _policies(policies: "Policies") -> object:
    bounds = [bound and bound.number for bound in (policies.min_members, policies.max_members)]
    return "policies", sorted(policies.exclusive_with), sorted(policies.requires), *bounds, _people(policies.protected)


def _people(entries: "Mapping[str, Entry]") -> str:
    """Returns the digest of a list, whatever its order.

    It is encoded in the order in which it lies in memory, and then sorted: to visit a million entries in another order
    takes longer than all else here. Whoever is listed without more is a text, not a row, which takes a third less.
    """
    rows = [
        (email, entry.until, entry.reason) if entry.until or entry.reason else email for email, entry in entries.items()
    ]
    lines = sorted(_canonical.encode_lines(rows).split(b"\n"))
    return hashlib.sha256(b"\n".join(lines)).hexdigest()
