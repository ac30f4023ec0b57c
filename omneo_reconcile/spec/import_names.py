"""Where the new files of an import are to stand."""

import os
from collections.abc import Iterable
from itertools import chain, count
from pathlib import Path, PurePosixPath

from omneo_reconcile.errors import FailureName, OutputError
from omneo_reconcile.spec.files import SpecFile


class Names:
    """The files of a spec in a folder, those that are there and those to come.

    Attributes:
        shown: The names to show of them, by resolved path.
    """

    def __init__(self, out: Path, files: Iterable[SpecFile]) -> None:
        """Starts with the files that are there.

        Args:
            out: The folder, as the user wrote it; there may be none yet.
            files: Those of the spec in it.
        """
        self.shown = {file.path: file.shown for file in files}
        self._out = out
        self.folder = Path(os.path.realpath(out))

    def vacant(self, folder: Path, name: str, draft: bytes | None = None) -> tuple[Path, str]:
        """Returns where a new file is to stand, and its name: with a number if a file of the spec has the first.

        Args:
            folder: The folder of the spec, or one below, with all links resolved.
            name: Its name from there, perhaps in a folder below.
            draft: What it is to hold: an import that could not write all leaves such a file.

        Raises:
            OutputError: If another one stands there: nobody knows what it means.
        """
        first = PurePosixPath(name)
        names = chain([name], (str(first.with_stem(f"{first.stem}-{number}")) for number in count(2)))
        name = next(name for name in names if Path(os.path.realpath(folder / name)) not in self.shown)
        path = Path(os.path.realpath(folder / name))
        shown = self._out / (folder / name).relative_to(self.folder)
        if os.path.lexists(folder / name) and not _holds(path, draft):
            what, next_step = "another file stands where a new one is to be written", "move or rename it"
            raise OutputError.of(FailureName.NOT_WRITTEN, what, f"file {shown.as_posix()}", next_step)
        self.shown[path] = shown.as_posix()
        return path, name


def _holds(path: Path, draft: bytes | None) -> bool:
    try:
        return path.is_file() and path.read_bytes() == draft
    except OSError:
        return False
