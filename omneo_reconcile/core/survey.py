"""What a tenant answers and what a token may do, as `check` found it, and whether a plan would work with that."""

from typing import Literal

from msgspec import Struct

from omneo_reconcile.core.failure import Problem
from omneo_reconcile.core.plan import Tenant
from omneo_reconcile.core.reading import WayName
from omneo_reconcile.errors import FailureName


class ScopeSeen(Struct, frozen=True):
    """Whether the token seems to carry a scope.

    Attributes:
        granted: None where nothing but a write could tell, or where the question was never answered.
        needed_for: The command that needs it.
    """

    scope: str
    granted: bool | None
    needed_for: str
    detail: str


class WaySeen(Struct, frozen=True):
    """Whether the tenant answers one way of reading.

    Attributes:
        asked: The filter that was sent.
        works: None where the tenant has nobody to try it with.
    """

    way: WayName
    asked: str
    works: bool | None
    detail: str


class PaceSeen(Struct, frozen=True):
    """How fast the tenant answered.

    Attributes:
        latency_ms: Median of the answers, in milliseconds, or None without any.
        limit_told: What the tenant says its limit is (``X-RateLimit-Limit``), or None.
        refused: Answers that asked to slow down (429).
        requests_a_second: The pace learned from those, or None.
    """

    latency_ms: float | None
    limit_told: int | None
    refused: int
    requests_a_second: float | None


class Survey(Struct, frozen=True, tag_field="kind", tag="check"):
    """All that one `check` found. The field names are those of its JSON form.

    Attributes:
        token_valid: None where the tenant does not say.
        profiles: How many there are, or None if that is not told.
        page_size: Rows on a page when 100 are asked for, or None if that is not told.
        rows_read: Rows of the page that was looked at; 0 if nobody is there, or no list was answered.
        rows_tell: Which of statuses, type and email the rows of a list tell; what is missing is read one by one. Empty
            without rows.
        statuses: Handles of all status definitions, sorted; None if they could not be read.
        requests: Requests sent, retries included.
        errors: What keeps a plan from working.
        failure_reason: The name of the first of them, or None.
    """

    format_version: Literal["1.0"]
    tool_version: str
    tenant: Tenant
    token_valid: bool | None
    scopes: tuple[ScopeSeen, ...]
    ways: tuple[WaySeen, ...]
    profiles: int | None
    page_size: int | None
    rows_read: int
    rows_tell: tuple[str, ...]
    statuses: tuple[str, ...] | None
    pace: PaceSeen
    requests: int
    errors: tuple[Problem, ...]
    failure_reason: FailureName | None
