"""The command `diff`."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from omneo_reconcile import __version__
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.loading import check_named, load, only
from omneo_reconcile.cli.showing import PENDING, show
from omneo_reconcile.core.spec_diff import Base, DiffHeader, SpecDiff, diff, is_empty
from omneo_reconcile.formats.escape import visible
from omneo_reconcile.spec.base import load_base
from omneo_reconcile.spec.revision import commit_of


def run(
    edges: Edges,
    *,
    emails: str | None,
    detailed_exitcode: bool,
    **chosen: Any,  # noqa: ANN401 - options as click passes them
) -> int:
    """Shows what the spec changed since a revision. Returns the exit code."""
    found = _diff(edges, **chosen)
    show(found, edges, emails)
    return PENDING if detailed_exitcode and not is_empty(found) else 0


def _diff(edges: Edges, spec: Sequence[str], base: str, as_of: date | None, status: Sequence[str]) -> SpecDiff:
    """Returns what differs.

    Raises:
        InvalidSpec: If the spec is invalid, now or at the revision.
        InvalidUse: If there is no such revision, or no such status on either side.
    """
    loaded = load(spec, as_of, edges)
    loaded_base = load_base(spec, base, now=edges.clock.today())
    before, after = loaded_base.spec, loaded.spec
    if status:
        check_named(status, after.statuses.keys() | (before.statuses.keys() if before else ()), "spec")
        before, after = before and only(before, status), only(after, status)
    header = DiffHeader(
        tool_version=__version__,
        as_of=loaded.as_of,
        base=Base(visible(base), loaded_base.commit),
        commit=commit_of(after.files, loaded.given),
        missing=tuple(map(visible, loaded_base.missing)),
    )
    return diff(before, after, header)
