"""The folder that an apply keeps its journal in, used by one apply at a time."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from filelock import FileLock, Timeout

from omneo_reconcile.errors import FailureName, StateFolderError

JOURNAL = "journal.jsonl"


def make_state_folder(path: Path) -> Path:
    """Makes the folder, closed to others, with a .gitignore of its own, if it is not there; returns it.

    Raises:
        StateFolderError: If it cannot be made or written.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignored = (path / ".gitignore").exists()
    except OSError as error:
        raise _cannot_write(path, error) from error
    if not ignored:
        _write(path / ".gitignore", "*\n")
    return path


@contextmanager
def locked(folder: Path, wait_seconds: float) -> Iterator[None]:
    """Holds the folder for this process; the system lets it go if the process dies.

    Raises:
        StateFolderError: If another apply holds it longer than `wait_seconds`; says which.
    """
    lock, holder = FileLock(folder / "lock"), folder / "lock-holder"
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise StateFolderError.of(
            FailureName.LOCKED,
            f"another apply is using it (process {_process_in(holder)})",
            f"state folder {folder}",
            "wait for it to end, or pass --lock-seconds to wait here",
        ) from None
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        _write(holder, f"{os.getpid()}\n")
        yield
    finally:
        with suppress(OSError):  # a name left behind only tells the next one too much
            holder.unlink()
        lock.release()


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _cannot_write(path, error) from error


def _process_in(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8", errors="replace").strip() or "unknown"
    except OSError:  # it has the lock and did not get to write its name
        return "unknown"


class Journal:
    """Append-only JSON lines, each flushed to disk before `append` returns. Holds profile ids, never emails."""

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
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            self._file = os.fdopen(descriptor, "a+b", buffering=0)
        except OSError as error:
            raise _cannot_write(self._path, error) from error

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes the file."""
        self._file.close()

    def append(self, event: str, **details: object) -> None:
        """Writes one event down and returns when it is on disk.

        Raises:
            StateFolderError: If it cannot be written. What would have followed must not happen then.
        """
        line = msgspec.json.encode({"at": self._now(), "event": event, **details}) + b"\n"
        try:
            self._write(self._end_of_cut_line() + line)
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _cannot_write(self._path, error) from error

    def _write(self, data: bytes) -> None:
        if self._file.write(data) < len(data):  # a disk that gets full takes a part of it, without an error
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _end_of_cut_line(self) -> bytes:
        """Returns what ends a line that a killed process left half written, so that the next one stands by itself."""
        if self._file.seek(0, os.SEEK_END) == 0:
            return b""
        self._file.seek(-1, os.SEEK_END)
        return b"" if self._file.read(1) == b"\n" else b"\n"


def _cannot_write(path: Path, error: OSError) -> StateFolderError:
    return StateFolderError.of(
        FailureName.STATE_FOLDER,
        f"the state folder cannot be written ({error.strerror})",
        str(path),
        "make it writable, or name another with --state-dir",
    )
