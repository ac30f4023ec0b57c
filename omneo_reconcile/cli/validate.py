"""The command `validate`."""

from collections.abc import Sequence
from datetime import date

import msgspec

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import print_result
from omneo_reconcile.cli.planning import warn
from omneo_reconcile.core.model import Spec
from omneo_reconcile.errors import InvalidSpec
from omneo_reconcile.spec.load import Loaded, load_spec


def run(edges: Edges, *, spec: Sequence[str], as_of: date | None, strict: bool) -> int:
    """Checks a spec and says what it holds. Returns the exit code.

    Raises:
        InvalidSpec: If it is invalid, or odd with `strict`.
    """
    loaded = load_spec(spec, as_of=as_of, now=edges.clock.today())
    if strict and loaded.warnings:
        raise InvalidSpec(loaded.warnings)
    warn(loaded, edges)
    print_result(_as_json(loaded) if edges.format == "json" else _as_text(loaded.spec), edges)
    return 0


def _as_text(spec: Spec) -> str:
    members = sum(len(status.members) for status in spec.statuses.values())
    absent = sum(len(status.absent) for status in spec.statuses.values())
    numbers = f"{len(spec.files)} files, {len(spec.statuses)} statuses, {members} memberships listed, {absent} absent"
    return f"Valid: {numbers}.\n"


def _as_json(loaded: Loaded) -> str:
    document = {
        "failure_reason": None,
        "as_of": loaded.as_of,
        "digest": loaded.spec.digest,
        "files": loaded.spec.files,
        "statuses": [
            {"handle": status.handle, "mode": status.mode, "members": len(status.members), "absent": len(status.absent)}
            for status in loaded.spec.statuses.values()
        ],
        "warnings": [{"what": w.what, "where": w.where, "next_step": w.next_step} for w in loaded.warnings],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
