"""What in a change of a spec deserves a second look, the worst first."""

from collections.abc import Iterable
from enum import StrEnum


class Danger(StrEnum):
    """Why a change of a spec may take a status from people whom nobody meant, in the order in which it is shown.

    Attributes:
        TENANT_CHANGED: The spec may be run against another tenant, or against any.
        MADE_EXCLUSIVE: Everybody who is not listed loses the status.
        LIST_EMPTIED: People were listed, and nobody is any more.
        EMPTY_ALLOWED: An exclusive list may lose its last member unnoticed.
        LIMIT_RAISED: One plan may change more, or it cannot be told whether it may.
        UNRESOLVED_LOOSENED: People who are not found refuse or hold back less.
        POLICY_LOOSENED: A policy of the status allows what it refused.
        UNPROTECTED: The person may lose the status now.
        DROPPED: The person is listed no more and would lose the status.
        ABSENT: The person is listed as absent now and would lose the status.
        EXPIRED: The last day of the person has passed, and the status would be lost.
        STATUS_GONE: The status is not managed any more: who holds it keeps it.
    """

    TENANT_CHANGED = "tenant_changed"
    MADE_EXCLUSIVE = "made_exclusive"
    LIST_EMPTIED = "list_emptied"
    EMPTY_ALLOWED = "empty_allowed"
    LIMIT_RAISED = "limit_raised"
    UNRESOLVED_LOOSENED = "unresolved_loosened"
    POLICY_LOOSENED = "policy_loosened"
    UNPROTECTED = "unprotected"
    DROPPED = "dropped"
    ABSENT = "absent"
    EXPIRED = "expired"
    STATUS_GONE = "status_gone"


_ORDER = {danger: number for number, danger in enumerate(Danger)}


def rank(dangers: Iterable[Danger | None]) -> int:
    """Returns how early something with these dangers is shown: the worst of them decides, and none comes last."""
    return min((_ORDER[danger] for danger in dangers if danger is not None), default=len(_ORDER))
