"""Files written so that they hold all of the new content or all of the old."""

import contextlib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

_PREFIX, _SUFFIX = ".omneo-reconcile-", ".tmp"
_NAME = re.compile(rf"{re.escape(_PREFIX)}[a-z0-9_]{{8}}{re.escape(_SUFFIX)}")  # as tempfile fills it in
_LEFT_OVER_SECONDS = 600  # a file is written in a fraction of it
_WAYS_OUT = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room for it and run it again"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "make its folder writable, or name another"),
    **dict.fromkeys((errno.EEXIST, errno.EISDIR, errno.ENOTDIR), "move away what is in its place, or name another"),
    errno.ENAMETOOLONG: "name a shorter one",
}


def replace_file(path: Path, pieces: Iterable[bytes], mode: int) -> None:
    """Puts the content in the place of a file, or of none, at once.

    Args:
        path: Where, with all links resolved.
        pieces: The new content.
        mode: The permissions it gets.

    Raises:
        OSError: It cannot be written. What was there is still there.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_PREFIX, suffix=_SUFFIX)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.writelines(pieces)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def way_out(error: OSError) -> str:
    """Returns what to do next about a file or folder that could not be written."""
    return _WAYS_OUT.get(error.errno or 0, "check the path and run it again")


def remove_left_over(folders: Iterable[Path], *, unix: float) -> None:
    """Removes what `replace_file` left in the folders when it was killed, but no file of one that may still run.

    Args:
        unix: The present, in seconds since 1970.
    """
    for path in (path for folder in folders for path in folder.glob(f"{_PREFIX}*{_SUFFIX}")):
        with contextlib.suppress(OSError):  # another one removes it too, or nobody may
            found = path.lstat()
            if (
                _NAME.fullmatch(path.name)
                and stat.S_ISREG(found.st_mode)
                and unix - found.st_mtime > _LEFT_OVER_SECONDS
            ):
                path.unlink()
