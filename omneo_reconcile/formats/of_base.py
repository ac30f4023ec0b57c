"""What a reviewer is told of the base of a plan: who could be dropped, and where nobody knows."""

from collections.abc import Iterator

from omneo_reconcile.core.dropped import BaseInfo
from omneo_reconcile.core.model import Mode
from omneo_reconcile.core.plan import StatusPlan
from omneo_reconcile.formats.review import Phrase, Value


def name_of(base: BaseInfo) -> Phrase:
    """Returns what the user named, and the commit, short."""
    return Value(base.given), " (", Value(base.commit[:12]), ")"


def dropped(status: StatusPlan, base: BaseInfo | None) -> Iterator[Phrase]:
    """Yields what there is to know of the dropped members of a status, if it is tracked."""
    if status.dropped is None:
        yield ("Dropped members: not computed (pass --base REV to compare with the spec at a git revision)",)
    elif base is not None and status.handle in base.new:
        yield ("Dropped members: none to be known, this status is not in the spec at ", *name_of(base))
    elif base is not None and status.mode is Mode.TRACKED:
        open_ = " beside those held back or unresolved" if status.held or status.unresolved else ""
        yield (f"Dropped members: {status.dropped} would lose it{open_}, compared with the spec at ", *name_of(base))


def unknown(status: StatusPlan) -> str:
    """Returns what stands beside the number of those who lose a status, where it may not be all of them."""
    if status.dropped is not None:
        return ""
    return " (dropped not computed)" if status.remove else "dropped not computed"


def left_alone(base: BaseInfo | None) -> Iterator[Phrase]:
    """Yields what else there is to know: statuses that nobody tracks any more, and a base that is none of the past."""
    if base is None:
        return
    if base.doubt:
        yield ("Base ", *name_of(base), f": {base.doubt}")
    for row in base.untracked:
        yield (Value(row.status), f": {row.what}")
