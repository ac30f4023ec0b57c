"""What a reviewer is told of the base of a plan: who could be dropped, and where nobody knows."""

from collections.abc import Iterator

from omneo_reconcile.core.dropped import BaseInfo
from omneo_reconcile.core.model import Mode
from omneo_reconcile.core.plan import StatusPlan
from omneo_reconcile.formats import words
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
        yield (f"Dropped members: {status.dropped} would lose it, compared with the spec at ", *name_of(base))


def unknown(status: StatusPlan) -> str:
    """Returns what stands beside the number of those who lose a status, where it may not be all of them."""
    if status.dropped is not None:
        return ""
    return " (dropped not computed)" if status.remove else "dropped not computed"


def left_alone(base: BaseInfo | None) -> Iterator[Phrase]:
    """Yields the statuses that nobody tracks any more."""
    for row in base.unnamed if base else ():
        members = words.number_of(row.members, "member")
        kept = f": tracked at the base, with {members}, and named by the spec no more: nobody loses it"
        yield (Value(row.status), kept, "; to take it from them, keep it with `members: []`")
