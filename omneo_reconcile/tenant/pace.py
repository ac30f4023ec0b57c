"""When the next request may go: an even pace, and one gate that a 429 closes for all."""

from typing import Protocol

_SPEED_UP = 0.98  # of the spacing, with each answer: a limit shared with others may have room again
_WIDEST_SPACING_SECONDS = 2.0  # slower limits are kept by the gate alone


class Clock(Protocol):
    """Time, injected so that tests need not wait."""

    def now(self) -> float:
        """Returns monotonic seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class Pace:
    """Spaces requests evenly and holds all of them back while the tenant asks for a pause.

    The retry libraries wait for each request by itself: none stops the others on a 429. Source: measured.md, Under a
    rate limit of R. If all went at once when the gate opens, most would be refused again until their tries are used
    up; so from the second refusal on, requests are spaced by what passed since the gate opened.
    """

    def __init__(self, clock: Clock, requests_per_second: float | None) -> None:
        """Starts with the gate open; no rate means no spacing."""
        self._clock = clock
        self._least_spacing = self._spacing = 1 / requests_per_second if requests_per_second else 0.0
        self._next_slot = 0.0
        self._opens_at: float | None = None
        self._passed = 0

    async def turn(self) -> None:
        """Returns when it is this request's turn."""
        while True:
            slot = max(self._clock.now(), self._next_slot, self._opens_at or 0.0)
            self._next_slot = slot + self._spacing
            while (wait_seconds := slot - self._clock.now()) > 0:
                await self._clock.sleep(wait_seconds)
            if slot >= (self._opens_at or 0.0):  # else the gate closed meanwhile
                return

    def passed(self) -> None:
        """Takes note of an answer that did not ask for a pause."""
        self._passed += 1
        self._spacing = max(self._least_spacing, self._spacing * _SPEED_UP)

    def close_for(self, seconds: float) -> None:
        """Holds every request back for that long from now."""
        now = self._clock.now()
        if self._opens_at is None or now >= self._opens_at:  # other refusals of the same burst tell nothing new
            if self._opens_at is not None:
                spacing = (now + seconds - self._opens_at) / max(1, self._passed)
                self._spacing = max(self._least_spacing, min(spacing, _WIDEST_SPACING_SECONDS))
            self._passed = 0
        self._opens_at = max(self._opens_at or 0.0, now + seconds)
