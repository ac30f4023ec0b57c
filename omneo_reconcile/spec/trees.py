"""Where the files of a spec are read from: the one seam between the loader and what lies below it."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol


class FileTree(Protocol):
    """Folders, files and links, on disk or as they were committed.

    All methods but `locate` take paths that `locate` gave, or that were made of such.
    """

    def locate(self, given: Path) -> Path:
        """Returns where in this tree the path lies that the user wrote."""
        ...

    def real(self, path: Path) -> Path:
        """Returns the path with all links resolved, absolute, whether or not anything is there."""
        ...

    def mode(self, path: Path) -> int:
        """Returns the type and permissions, as `stat` tells them, of what the path leads to.

        Raises:
            OSError: If that is nothing.
        """
        ...

    def walk(
        self, folder: Path, refuse: Callable[[OSError], None]
    ) -> Iterator[tuple[str | Path, list[str], list[str]]]:
        """Yields each folder from this one down, with its folders and its other names, as `os.walk` does.

        Links to folders are named and not followed. What the caller takes out of the list of folders is left out.

        Args:
            refuse: Takes each folder that cannot be listed, as the `filename` of an error.
        """
        ...

    def read(self, path: Path) -> bytes:
        """Returns the content of a regular file, of which the path has no links.

        Raises:
            OSError: If it cannot be read.
        """
        ...


class WorkTree:
    """The files on disk."""

    def locate(self, given: Path) -> Path:
        """Returns the path itself."""
        return given

    def real(self, path: Path) -> Path:
        """Returns the path with all links resolved."""
        return Path(os.path.realpath(path))

    def mode(self, path: Path) -> int:
        """Returns the type and permissions of what the path leads to."""
        return path.stat().st_mode

    def walk(self, folder: Path, refuse: Callable[[OSError], None]) -> Iterator[tuple[str, list[str], list[str]]]:
        """Yields each folder from this one down."""
        return os.walk(folder, onerror=refuse)

    def read(self, path: Path) -> bytes:
        """Returns the content of a file."""
        return path.read_bytes()


class DraftTree(WorkTree):
    """The files on disk, but some of them as they are to be, be they there yet or not."""

    def __init__(self, drafts: Mapping[Path, bytes]) -> None:
        """Takes the drafts by resolved path."""
        self._drafts = drafts

    def mode(self, path: Path) -> int:
        """Returns the type and permissions of what the path leads to; a draft is a file."""
        return stat.S_IFREG if self.real(path) in self._drafts else super().mode(path)

    def read(self, path: Path) -> bytes:
        """Returns the draft of a file, or its content if there is none."""
        return self._drafts[path] if path in self._drafts else super().read(path)


WORK_TREE = WorkTree()
