"""The journal: what an apply means to do and what became of it, on disk before and after each request."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from omneo_reconcile.apply.state_folder import cannot_write
from omneo_reconcile.core.journal import AnyEvent, Entry

JOURNAL = "journal.jsonl"


class Journal:
    """Append-only JSON lines, flushed to disk before `append` returns. Holds profile ids, never emails."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        """Opens the journal of the folder.

        Args:
            now: Gives the time that is written beside each event.

        Raises:
            StateFolderError: If it cannot be written.
        """
        self._now = now
        self._path = folder / JOURNAL
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            self._file = os.fdopen(descriptor, "a+b", buffering=0)
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes the file."""
        self._file.close()

    def entries(self) -> Iterator[Entry]:
        """Yields what was written so far, in order. A line that a killed process left half written is left out.

        What such a line announced was not sent; what it would have told is not known.

        Raises:
            StateFolderError: If it cannot be read.
        """
        try:
            with self._path.open("rb") as lines:
                for line in lines:
                    with suppress(msgspec.MsgspecError, UnicodeDecodeError):
                        at = msgspec.json.decode(line, type=_Line).at
                        at = at if at.tzinfo else at.replace(tzinfo=UTC)
                        yield Entry(at, msgspec.json.decode(line, type=AnyEvent))
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def append(self, *events: AnyEvent) -> None:
        """Writes events down, a line each, and returns when they are on disk.

        Raises:
            StateFolderError: If they cannot be written. What would have followed must not happen then.
        """
        if not events:
            return
        at = {"at": self._now()}
        lines = b"".join(msgspec.json.encode(at | msgspec.to_builtins(event)) + b"\n" for event in events)
        try:
            self._write(self._end_of_cut_line() + lines)
            os.fsync(self._file.fileno())
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def _write(self, data: bytes) -> None:
        if self._file.write(data) < len(data):  # a disk that gets full takes a part of it, without an error
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _end_of_cut_line(self) -> bytes:
        """Returns what ends a line that a killed process left half written, so that the next one stands by itself."""
        if self._file.seek(0, os.SEEK_END) == 0:
            return b""
        self._file.seek(-1, os.SEEK_END)
        return b"" if self._file.read(1) == b"\n" else b"\n"


class _Line(msgspec.Struct):
    """What every line of a journal has."""

    at: datetime
