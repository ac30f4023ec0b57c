"""A process of its own that is asked to stop when this one is, and never killed in the middle of its work."""

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import IO

_PASSED_ON = (signal.SIGINT, signal.SIGTERM)


def run(command: Sequence[str], environment: Mapping[str, str], stdout: IO[bytes] | None = None) -> int:
    """Runs a command to its end and returns its exit code, as a shell tells it.

    Args:
        stdout: Where its output goes; None for where that of this process goes.
    """
    # A session of its own: a Ctrl-C comes once, from here, since a second one would stop the tool at once.
    process = subprocess.Popen(  # noqa: S603 - no shell
        command, env=environment, stdout=stdout, start_new_session=True
    )
    with _signals_to(process), process:
        code = process.wait()
    return code if code >= 0 else 128 - code


@contextmanager
def _signals_to(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def pass_on(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
