"""What a process costs, as the system counts it: every process by itself, from its first moment to its last."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

_MIB_OF_MAXRSS = 1 / 1024 if sys.platform != "darwin" else 1 / (1 << 20)
_NOT_PASSED_ON = ("OMNEO_", "PYTHONDONTWRITEBYTECODE")
_PACKAGE = Path(__file__).resolve().parents[1]

Command = tuple[str, ...]
"""The arguments of an interpreter."""


class FailedError(Exception):
    """What was to be measured did not end well: its figures would mean nothing."""


class Cost(NamedTuple):
    """What a process took.

    Attributes:
        cpu_seconds: User and system, with the start of the interpreter and all imports.
        seconds: By the clock on the wall.
        peak_mib: The most memory it held, but never less than this process holds, which is why this one stays small.
        said: What it printed.
    """

    cpu_seconds: float
    seconds: float
    peak_mib: float
    said: str

    @property
    def told(self) -> float:
        """The number that it printed, for what measures a part of itself."""
        return float(self.said)


def cost(command: Command, folder: Path, says: str = "") -> Cost:
    """Runs Python with these arguments in a folder and returns what it took.

    As for somebody who has the tool installed: modules are compiled once, and no variable of the tool is set.

    Args:
        command: The arguments.
        folder: Where it runs.
        says: What it prints if all of the work was done.

    Raises:
        FailedError: It did not end well, or does not say so.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(_PACKAGE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read().strip()
        _, status, usage = os.wait4(process.pid, 0)  # of this one child: getrusage would tell of all of them
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode != 0:
        raise FailedError(f"exit {process.returncode} of {' '.join(command)}: {said[-500:] or 'nothing said'}")
    if says not in said:
        raise FailedError(f"{' '.join(command)} does not say {says!r}: {said[-500:]}")
    return Cost(usage.ru_utime + usage.ru_stime, seconds, usage.ru_maxrss * _MIB_OF_MAXRSS, said)
