"""What a limit taught: how far apart requests should start, from what passed until it was exhausted."""

from dataclasses import dataclass

_HEADROOM = 1.03
_USUAL_WINDOWS_SECONDS = (1.0, 60.0)  # limits are by the second or by the minute
_WIDEST_SPACING_SECONDS = 60.0


@dataclass
class Period:
    """What passed from the opening of the gate until the limit was exhausted.

    Attributes:
        seconds: From its first request to the last refusal of its limit.
        passed: Requests.
        last_second: How many of them passed in its last second.
        since_last: Seconds from the exhaustion before to this one, if there were two or more before.
        pause: Seconds until the gate opens.
        told: Whether the tenant asked for that pause, in whole seconds rounded up.
    """

    seconds: float
    passed: int
    last_second: int
    since_last: float | None
    pause: float
    told: bool

    def late(self) -> None:
        """Adds a request of this period whose answer was overtaken by the refusal."""
        self.passed += 1
        self.last_second += 1

    def spacing_seconds(self) -> float:
        """Returns the even spacing that keeps the limit.

        A pause of a second or less means a limit by the second or a bucket that refills. Taken for the former at
        first; who meets it again and again meets a bucket, and from one exhaustion to the next passes what it refills.
        """
        if self.pause > 1:
            each = self._window() / self.passed
        elif self.since_last is None:
            each = 1.0 / max(1, self.last_second)
        else:
            each = self.since_last / self.passed
        return min(each * _HEADROOM, _WIDEST_SPACING_SECONDS)

    def _window(self) -> float:
        """Returns a usual length that lies where the window must have ended, or else the shortest it can be."""
        low = self.seconds + (self.pause - 1 if self.told else 0.0)
        usual = (seconds for seconds in _USUAL_WINDOWS_SECONDS if low <= seconds <= self.seconds + self.pause)
        return next(usual, low)
