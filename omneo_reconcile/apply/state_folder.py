"""The folder that an apply keeps its journal in, used by one apply at a time."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from omneo_reconcile.errors import FailureName, StateFolderError


def make_state_folder(path: Path) -> Path:
    """Makes the folder, closed to others, with a .gitignore of its own, if it is not there; returns it.

    Raises:
        StateFolderError: If it cannot be made or written.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        rule = path / ".gitignore"
        ignored = rule.exists() and rule.stat().st_size > 0  # an empty one was cut short
    except OSError as error:
        raise cannot_write(path, error) from error
    if not ignored:
        _write(rule, "*\n")
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
            f"another apply is using it ({_told_by(holder)})",
            f"state folder {folder}",
            "wait for it to end, or pass --lock-seconds to wait here",
        ) from None
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        _write(holder, f"process {os.getpid()} on {socket.gethostname()}\n")
        yield
    finally:
        with suppress(OSError):  # a name left behind only tells the next one too much
            holder.unlink()
        lock.release()


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise cannot_write(path, error) from error


def _told_by(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8", errors="replace").strip() or "its process is unknown"
    except OSError:  # it has the lock and did not get to write its name
        return "its process is unknown"


def cannot_write(path: Path, error: OSError) -> StateFolderError:
    """Returns the failure of a file or folder that the system does not let be written."""
    return StateFolderError.of(
        FailureName.STATE_FOLDER,
        f"the state folder cannot be written ({error.strerror})",
        str(path),
        "make it writable, or name another with --state-dir",
    )
