"""The outside world as the command line sees it, in one value that tests replace."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from omneo_reconcile.tenant.pace import Pace


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Returns monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        import asyncio  # noqa: PLC0415 - a third of the time that `--help` takes

        await asyncio.sleep(seconds)

    def today(self) -> datetime:
        """Returns the date and time, aware, in UTC."""
        return datetime.now(UTC)

    def unix(self) -> float:
        """Returns seconds since 1970, for the simulated tenant."""
        return time.time()

    def timezone(self) -> str | None:
        """Returns the machine's time zone by its IANA name, or None if that is not told, or is UTC."""
        from zoneinfo import ZoneInfo  # noqa: PLC0415 - no other command asks

        name = os.environ.get("TZ") or os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
        try:
            return ZoneInfo(name).key if "/" in name and name != "Etc/UTC" else None
        except (LookupError, OSError, ValueError):  # no name of a zone: TZ may hold rules, or a path
            return None


@dataclass
class Edges:
    """What a command takes from outside, and what it says of itself while it runs.

    Attributes:
        format: Set by ``--format``, so that a failure is told in it too.
        verbosity: 1 with ``-v``, -1 with ``-q``.
        secrets: Texts that must never be printed.
        pace: What the first conversation of this command learned of the tenant's limit, for those after it.
    """

    clock: SystemClock = field(default_factory=SystemClock)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    format: str = "text"
    verbosity: int = 0
    secrets: list[str] = field(default_factory=list)
    pace: "Pace | None" = None

    @property
    def on_terminal(self) -> bool:
        """Whether results go to somebody's screen."""
        return _is_terminal(sys.stdout) and not self.in_ci

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask, who has seen the plan as text."""
        return _is_terminal(sys.stdin) and self.on_terminal and self.format == "text"

    @property
    def shows_progress(self) -> bool:
        """Whether somebody watches stderr."""
        return _is_terminal(sys.stderr) and not self.in_ci and self.verbosity >= 0

    @property
    def in_ci(self) -> bool:
        """Whether the environment says that nobody is at the keyboard."""
        return self.environment.get("CI", "").lower() not in {"", "0", "false"}


def _is_terminal(stream: TextIO | None) -> bool:
    """Tells whether a stream, which is None if it was closed before the start, is a terminal."""
    return stream is not None and stream.isatty()
