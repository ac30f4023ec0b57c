"""Ctrl-C and SIGTERM: while an apply sends, the first one asks it to stop; any other ends the command."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar

from omneo_reconcile.errors import FailureName, Interrupted

Result = TypeVar("Result")

_SIGNALS = {signal.SIGINT: FailureName.INTERRUPTED, signal.SIGTERM: FailureName.TERMINATED}


class Interrupts:
    """Runs a coroutine with the process's signals turned into a request or an error.

    Attributes:
        graceful: Set while the first signal should only ask to stop.
    """

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.graceful = False
        self._asked: FailureName | None = None

    def asked(self) -> FailureName | None:
        """Returns what asked the run to stop, if anything did."""
        return self._asked

    def run(self, work: Coroutine[object, object, Result]) -> Result:
        """Runs the work in a new event loop.

        Raises:
            Interrupted: If a signal ended it.
        """
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        try:
            return asyncio.run(self._run(work))
        finally:  # the loop leaves the system's defaults behind
            with contextlib.suppress(ValueError):  # not the main thread
                for number, handler in before.items():
                    signal.signal(number, handler)

    async def _run(self, work: Coroutine[object, object, Result]) -> Result:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):  # Windows, or not the main thread
            for number, name in _SIGNALS.items():
                loop.add_signal_handler(number, self._on_signal, name, task)
        try:
            return await task
        except asyncio.CancelledError:
            name = self._asked or FailureName.INTERRUPTED
            if self.graceful:
                what, next_step = "stopped at once, with batches under way", "run the same apply again: it reads first"
                raise Interrupted.of(name, what, "", next_step) from None
            raise Interrupted.of(name, "interrupted, nothing was sent", "", "run it again") from None

    def _on_signal(self, name: FailureName, task: "asyncio.Future[Result]") -> None:
        if self._asked is not None or not self.graceful:
            task.cancel()
        self._asked = self._asked or name


@contextmanager
def undisturbed() -> Iterator[None]:
    """Lets no signal come between what was done and the receipt of it."""
    before = {}
    with contextlib.suppress(ValueError):  # not the main thread
        before = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
