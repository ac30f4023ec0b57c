"""When the next request may go: one object decides for all requests of a run, and learns the tenant's limit."""

import asyncio
import math
from collections import deque
from typing import NamedTuple, Protocol

from omneo_reconcile.tenant.period import Period
from omneo_reconcile.tenant.window import Window

_FIRST_IN_FLIGHT = 3
_DOUBLING_SECONDS = 0.1
_PROVEN_SHARE = 2  # one more in flight for so many passed: all in flight are refused when a limit is met
_LONGEST_PAUSE_SECONDS = 60.0
_FORGIVEN_SECONDS = 0.01  # lateness that is caught up: half the headroom of a window of a second
_CHOSEN_HEADROOM = 1.02  # a sliding window of a second at exactly this rate refuses on any jitter
_TELLING = 10  # requests; a first refusal after fewer may be a stray one
_RECOVERY_A_SECOND = 0.02  # others share the limit: what they leave may grow
_PROBING_A_SECOND = 0.05
_PROBING_A_REQUEST = 0.97
_QUIET_SECONDS = 15.0
_NARROWEST_SECONDS = 0.001  # of spacing: faster than any tenant


class Clock(Protocol):
    """Time, injected so that tests need not wait."""

    def now(self) -> float:
        """Returns monotonic seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class Pause(NamedTuple):
    """A gate that a refusal closed.

    Attributes:
        seconds: From the refusal until it opens.
        in_vain: How many times in a row it closed and nothing passed in between.
    """

    seconds: float
    in_vain: int


class Pace:
    """Decides how many requests are in flight, how far apart they start, and when all of them pause.

    Three bounds hold together. In flight: few at first, then more with time and with what passed, so that a small limit
    refuses few. Spacing: even, by the rate that was chosen or learned. Gate: a 429 closes it for all; when it opens,
    one request goes alone until something passes. What passed until the limit was exhausted, and in what time, is
    the pace from then on. Source: measured.md, Under a rate limit of R.
    """

    def __init__(self, clock: Clock, concurrency: int, requests_per_second: float | None) -> None:
        """Starts with the gate open; no rate means no spacing until one is learned."""
        self.ever_passed = self._learned = self._probing = False
        self._clock = clock
        self._concurrency = concurrency
        self._least_spacing = self._spacing = _CHOSEN_HEADROOM / requests_per_second if requests_per_second else 0.0
        self._window = Window(requests_per_second) if requests_per_second else None
        self._in_vain = self._passed = self._exhaustions = 0
        self._next_slot = self._opens_at = self._closed_at = self._refused_started = -math.inf
        self._began: float | None = None
        self._remaining: int | None = None
        self._recent: deque[float] = deque()
        self._period: Period | None = None
        self._period_began = self._exhausted_at = self._sped_up_at = self._opened_at = 0.0

        self.begin()

    def begin(self) -> None:
        """Begins in another event loop, with nothing in flight and all that was learned."""
        self._queue = asyncio.Lock()  # its head waits for room and time, the others for it, in order
        self._room = asyncio.Event()
        self._in_flight = 0

    @property
    def learned_requests_per_second(self) -> float | None:
        """The pace that the tenant's refusals taught, or None if there was nothing to learn."""
        return 1 / self._spacing if self._learned else None

    async def turn(self) -> float:
        """Returns when it is this request's turn, with the time; `left` must follow."""
        async with self._queue:
            while True:
                while self._in_flight >= self._allowed():
                    self._room.clear()
                    await self._room.wait()
                slot, now = max(self._next_slot, self._opens_at), self._clock.now()
                if self._window:
                    slot = max(slot, self._window.free_at(self._in_flight))
                if now >= slot:
                    break
                await self._clock.sleep(slot - now)
            self._next_slot = following_slot(slot, now, self._spacing)
            self._began = now if self._began is None else self._began
            self._in_flight += 1
            return now

    def unanswered(self) -> None:
        """Takes note that no answer came: whoever went alone found out nothing, and others need not wait for more."""
        self._probing = False

    def left(self) -> None:
        """Takes note that a request is no longer in flight."""
        self._in_flight -= 1
        self._room.set()

    def passed(self, started: float, remaining: int | None = None) -> None:
        """Takes note of an answer that did not ask for a pause.

        Args:
            started: What `turn` returned.
            remaining: Requests that the tenant says are left, or None if it does not say.
        """
        now = self._clock.now()
        self.ever_passed = True
        if self._window:
            self._window.answered(started, now)
        if started <= self._closed_at and self._period and self._exhaustions == 1:
            if started <= self._refused_started:  # overtaken by the refusal of a later one
                self._period.late()
                if self._learned:
                    self._learn(self._period)
            return
        self._passed += 1
        self._recent.append(now)
        while self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if started > self._closed_at:
            self._reopen(now)
        counted_down = remaining == 0 and bool(self._remaining)
        self._remaining = remaining or None  # a 0 that was not counted down to is nonsense
        if counted_down and not self._spacing:
            self._refused_started = started
            self._close(now, 0.0)

    def refused(self, started: float, retry_after: float) -> Pause:
        """Closes the gate for all, and learns.

        Args:
            started: What `turn` returned.
            retry_after: Seconds that the tenant asks to wait, or 0 if it does not say.
        """
        now = self._clock.now()
        if started > self._closed_at:
            self._refused_started = started
            self._close(now, retry_after)
        self._opens_at = max(self._opens_at, now + retry_after)  # others of one burst tell nothing else
        return Pause(self._opens_at - now, self._in_vain)

    def _allowed(self) -> int:
        if self._probing:
            return 1
        if self._spacing:
            return min(self._concurrency, self._window.size) if self._window else self._concurrency
        elapsed = 0.0 if self._began is None else self._clock.now() - self._began
        told = self._concurrency if self._remaining is None else max(1, self._remaining)
        return min(self._concurrency, told, grown_in_flight(elapsed, self._passed))

    def _reopen(self, now: float) -> None:
        if self._probing:
            self._probing, self._in_vain, self._opened_at, self._sped_up_at = False, 0, now, now
        if self._learned:
            self._spacing = max(self._least_spacing, _NARROWEST_SECONDS, self._spacing * self._speed_up(now))
            self._sped_up_at = now

    def _speed_up(self, now: float) -> float:
        """Returns what the spacing shrinks to: nothing at first, then a little, until the limit is met again.

        Others, or an earlier run, may have used most of the limit that taught it. To find out costs another pause, so
        that waits for a while; but a long pause that is told means a window whose requests may as well go early.
        """
        assert self._period
        is_long, is_first = self._period.pause > 1, self._exhaustions == 1
        if is_long and is_first and self._period.told:
            return _PROBING_A_REQUEST
        if now - self._opened_at <= (_LONGEST_PAUSE_SECONDS if is_long else _QUIET_SECONDS):
            return 1.0
        return math.exp((self._sped_up_at - now) * (_PROBING_A_SECOND if is_first else _RECOVERY_A_SECOND))

    def _close(self, now: float, told_seconds: float) -> None:
        pause = told_seconds or min(2.0**self._in_vain, _LONGEST_PAUSE_SECONDS)
        if self._passed:
            self._exhaust(now)
        if self._period:
            self._period.seconds = now - self._period_began
            self._period.pause, self._period.told = pause, told_seconds > 0
            if self._exhaustions > 1 or (self._period.passed >= _TELLING and not self._window):
                self._learn(self._period)
        self._in_vain += 1
        self._probing = True
        self._passed, self._began = 0, None
        self._closed_at, self._opens_at = now, now + pause

    def _exhaust(self, now: float) -> None:
        """Begins to learn from what passed since the gate opened."""
        assert self._began is not None
        self._exhaustions += 1
        since_last = now - self._exhausted_at if self._exhaustions > 2 else None
        self._period = Period(0.0, self._passed, len(self._recent), since_last, 0.0, told=False)
        self._period_began, self._exhausted_at = self._began, now
        self._recent.clear()

    def _learn(self, period: Period) -> None:
        self._spacing = max(self._least_spacing, period.spacing_seconds())
        self._learned = True


def following_slot(slot: float, now: float, spacing_seconds: float) -> float:
    """Returns when the next may go: a late wake-up does not slow the average, and never makes a burst."""
    due = slot if slot >= now - _FORGIVEN_SECONDS else now  # who was idle was not late
    return max(due + spacing_seconds, now + spacing_seconds / 2)


def grown_in_flight(elapsed_seconds: float, passed: int) -> int:
    """Returns how many may be in flight so long after the start, when so many have passed."""
    by_time = _FIRST_IN_FLIGHT << min(16, int(elapsed_seconds / _DOUBLING_SECONDS))
    return min(by_time, _FIRST_IN_FLIGHT + passed // _PROVEN_SHARE)
