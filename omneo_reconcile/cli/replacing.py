"""Files written so that they hold all of the new content or all of the old."""

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, data: bytes, mode: int) -> None:
    """Puts the content in the place of a file, or of none, at once.

    Args:
        path: Where, with all links resolved.
        data: The new content.
        mode: The permissions it gets.

    Raises:
        OSError: It cannot be written. What was there is still there.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".omneo-reconcile-") as folder:
        new = Path(folder, path.name)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
