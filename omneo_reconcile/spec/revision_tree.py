"""The files of a git revision, read from its objects: nothing is checked out, fetched or written."""

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from omneo_reconcile.errors import FailureName, InvalidUse
from omneo_reconcile.spec.git import git

_MOST_LINKS = 40  # followed on one path, as Linux does


class _Node(NamedTuple):
    """A file, folder, link or submodule. The modes of git are those of `stat`."""

    mode: int
    object: str


class RevisionTree:
    """One commit, as if it were checked out at the top of its repository. Paths are absolute."""

    def __init__(self, top: Path, commit: str) -> None:
        """Lists the commit.

        Args:
            top: The top folder of the repository, all links resolved.
            commit: The full hash.

        Raises:
            InvalidUse: If git cannot, as in a partial clone.
        """
        self._top = top
        self._commit = commit
        self._nodes = {top: _Node(stat.S_IFDIR, "")}
        self._names: defaultdict[Path, list[str]] = defaultdict(list)
        self._targets: dict[Path, Path] = {}
        listing = self._git("ls-tree", "-r", "-t", "-z", "--full-tree", commit)
        for row in os.fsdecode(listing).split("\0")[:-1]:
            about, _, name = row.partition("\t")
            mode, _, node = about.split(" ")
            path = top / name
            self._nodes[path] = _Node(int(mode, 8), node)
            self._names[path.parent].append(path.name)

    def locate(self, given: Path) -> Path:
        """Returns where the path lies in the repository: links on the way to it are those on disk, inside it git's.

        What leads there today, a link or a folder, says nothing of what stood there then.

        Raises:
            InvalidUse: If it is outside of it.
        """
        parts = _absolute(given).parts
        for number in range(1, len(parts) + 1):
            start = Path(os.path.realpath(Path(*parts[:number])))
            if start.is_relative_to(self._top):
                path = start.joinpath(*parts[number:])
                if self.real(path).is_relative_to(self._top):
                    return path
                break
        what, next_step = "the spec is outside of the repository", "name a spec inside of it"
        raise unreadable(what, f"{given} at {self._commit[:12]}", next_step)

    def real(self, path: Path) -> Path:
        """Returns the path with all links resolved; outside of the repository nothing is looked up."""
        real, todo, links = Path(path.anchor), list(reversed(path.parts)), 0
        while todo:
            part = todo.pop()
            step = real.parent if part == ".." else real / part
            target = self._target(step)
            if target is None:
                real = step
            elif links == _MOST_LINKS:
                return path
            else:
                links += 1
                todo.extend(reversed(target.parts))
        return real

    def mode(self, path: Path) -> int:
        """Returns the type and permissions of what the path leads to; 0 outside of the repository."""
        real = self.real(path)
        if not real.is_relative_to(self._top):
            return 0
        node = self._nodes.get(real)
        if node is None or stat.S_ISLNK(node.mode):
            raise FileNotFoundError(path)
        return node.mode

    def walk(self, folder: Path, refuse: Callable[[OSError], None]) -> Iterator[tuple[Path, list[str], list[str]]]:
        """Yields each folder from this one down; a submodule is a folder that cannot be listed."""
        real = self.real(folder)
        names = self._names[real]
        folders = [name for name in names if self._is_folder(real / name)]
        yield folder, folders, [name for name in names if not self._is_folder(real / name)]
        for name in folders:
            mode = self._nodes[real / name].mode
            if _is_submodule(mode):
                refuse(OSError(None, "is a submodule", str(folder / name)))
            elif stat.S_ISDIR(mode):
                yield from self.walk(folder / name, refuse)

    def read(self, path: Path) -> bytes:
        """Returns the content of a file."""
        return self._content(self._nodes[path])

    def _target(self, path: Path) -> Path | None:
        """Returns what the link says, or None if it is none."""
        node = self._nodes.get(path)
        if node is None or not stat.S_ISLNK(node.mode):
            return None
        if path not in self._targets:
            self._targets[path] = Path(os.fsdecode(self._content(node)))
        return self._targets[path]

    def _is_folder(self, path: Path) -> bool:
        node = self._nodes.get(self.real(path))
        return node is not None and (stat.S_ISDIR(node.mode) or _is_submodule(node.mode))

    def _content(self, node: _Node) -> bytes:
        return self._git("cat-file", "blob", node.object)

    def _git(self, *arguments: str) -> bytes:
        printed = git(self._top, *arguments)
        if printed is None:
            what, next_step = "git does not have all files of the revision", "clone it anew, without `--filter`"
            raise unreadable(what, self._commit[:12], next_step)
        return printed


def unreadable(what: str, where: str, next_step: str) -> InvalidUse:
    """Returns the error of a base that git cannot give."""
    return InvalidUse.of(FailureName.USAGE, what, where, next_step)


def _absolute(given: Path) -> Path:
    """Returns the path from the root; the working folder has no links, so the `..` that leave it are its parents."""
    ups = len(list(takewhile("..".__eq__, given.parts)))
    return Path(os.path.normpath(Path.cwd().joinpath(*given.parts[:ups])), *given.parts[ups:])


def _is_submodule(mode: int) -> bool:
    return stat.S_IFMT(mode) == 0o160000
