"""A chosen rate as the tenant sees it: no more in any window than it allows, even if the tenant stalls meanwhile."""

import math
from collections import deque


class Window:
    """So many requests in so many seconds, by when the tenant is likely to have counted each.

    Requests that leave evenly still arrive in a crowd after a stall. An answer that took longer than others tells
    that its request was counted later too, and one without an answer may be counted yet.

    Attributes:
        size: Requests in a window.
        seconds: Its length.
    """

    def __init__(self, requests_per_second: float) -> None:
        """Takes the shortest window that holds a whole number of requests, at least a second's worth."""
        self.size = max(1, math.ceil(requests_per_second))
        self.seconds = self.size / requests_per_second
        self._answered: deque[tuple[float, float]] = deque(maxlen=self.size)
        self._least_latency = math.inf

    def answered(self, started: float, now: float) -> None:
        """Takes note of an answer, to a request that started then."""
        self._answered.append((started, now))
        self._least_latency = min(self._least_latency, now - started)

    def free_at(self, in_flight: int) -> float:
        """Returns from when on another may go, with so many that are not answered yet."""
        over = len(self._answered) + in_flight - self.size
        if over < 0 or not self._answered:
            return -math.inf
        started, answered = self._answered[min(over, len(self._answered) - 1)]
        return max(started, answered - self._least_latency) + self.seconds
