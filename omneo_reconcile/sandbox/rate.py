"""How many requests there is room for: the kinds of limit a tenant may have. No clock: the time is told.

Source: "429 is likely Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, infer; numbers open".
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from omneo_reconcile.sandbox.dialect import Dialect

_BUCKET_SECONDS = 5
_MINUTE_SECONDS = 60


class Limiter(Protocol):
    """One limit and the requests counted against it.

    Attributes:
        limit: how many requests find room at once, at most; told as ``X-RateLimit-Limit``.
    """

    limit: int

    @property
    def left(self) -> int:
        """How many more found room at the time last told; as ``X-RateLimit-Remaining``."""

    def take(self, now: float) -> float:
        """Counts a request that finds room and returns 0; else returns the seconds until one would, more than 0.

        Args:
            now: in seconds; a clock that was set back only makes the wait longer.
        """


class Sliding:
    """At most so many requests in the last second."""

    def __init__(self, per_second: int) -> None:
        """Begins with all the room there is."""
        self.limit = per_second
        self._recent: deque[float] = deque()

    @property
    def left(self) -> int:
        """How many more the second has room for."""
        return self.limit - len(self._recent)

    def take(self, now: float) -> float:
        """Counts a request; there is room again when the oldest of the last second is a second old."""
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if not self.left:
            return self._recent[0] + 1 - now
        self._recent.append(now)
        return 0


class Bucket:
    """A bucket of tokens, one a request: it holds the tokens of five seconds, and is refilled all the time."""

    def __init__(self, per_second: int) -> None:
        """Begins full."""
        self.limit = per_second * _BUCKET_SECONDS
        self._per_second = per_second
        self._tokens = float(self.limit)
        self._told = 0.0

    @property
    def left(self) -> int:
        """How many whole tokens there are."""
        return int(self._tokens)

    def take(self, now: float) -> float:
        """Counts a request; there is room again when the bucket holds one token."""
        self._tokens = min(self.limit, self._tokens + max(0, now - self._told) * self._per_second)
        self._told = now
        if self._tokens < 1:
            return (1 - self._tokens) / self._per_second
        self._tokens -= 1
        return 0


class Minute:
    """Windows of a minute, each with room for a minute's requests; one begins with the first request after the last.

    Source: "the backend behaves like Laravel", whose throttle counts so.
    """

    def __init__(self, per_second: int) -> None:
        """Begins with no window open."""
        self.limit = per_second * _MINUTE_SECONDS
        self.left = self.limit
        self._ends = 0.0

    def take(self, now: float) -> float:
        """Counts a request; there is room again when the window ends."""
        if now >= self._ends:
            self.left, self._ends = self.limit, now + _MINUTE_SECONDS
        if not self.left:
            return self._ends - now
        self.left -= 1
        return 0


_KINDS: Mapping[str, Callable[[int], Limiter]] = {"sliding": Sliding, "bucket": Bucket, "minute": Minute}


def limiter_of(dialect: Dialect) -> Limiter | None:
    """Returns the limit a tenant has, with nothing counted yet; None for no limit."""
    return _KINDS[dialect.rate_kind](dialect.rate_limit) if dialect.rate_limit else None
