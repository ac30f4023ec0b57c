"""Finds the files of a spec, and lets none be read that lies outside its folder."""

import codecs
import io
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath, PureWindowsPath
from typing import NamedTuple

from omneo_reconcile.errors import FailureName, Fault, InvalidUse
from omneo_reconcile.spec.problems import Place, Problem, place_at
from omneo_reconcile.spec.trees import FileTree

SPEC_ENDINGS = (".yaml", ".yml")


class SpecFile(NamedTuple):
    """A file that may be read.

    Attributes:
        shown: The path as the user gave it, with forward slashes.
        path: Where it is, with all links resolved.
        folder: The spec's folder, resolved: no list outside of it is read.
        shown_folder: The spec's folder as the user gave it.
        tree: What it is read from.
    """

    shown: str
    path: Path
    folder: Path
    shown_folder: str
    tree: FileTree

    def beside(self, path: Path) -> "SpecFile":
        """Returns the resolved path, which lies in the same spec's folder, as a file to read."""
        shown = printable(PurePath(self.shown_folder, path.relative_to(self.folder)))
        return self._replace(shown=shown, path=path)


class _Given(NamedTuple):
    """A path that the user wrote, and where in the tree it lies."""

    written: Path
    path: Path
    tree: FileTree

    def shown(self, path: Path) -> str:
        """Returns the name to show of a path below."""
        return printable(self.written / path.relative_to(self.path))

    @property
    def is_folder(self) -> bool:
        """Tells whether it leads to a folder.

        Raises:
            OSError, ValueError: If it leads nowhere.
        """
        return stat.S_ISDIR(self.tree.mode(self.path))


def find(given: Sequence[str], problems: list[Problem], tree: FileTree) -> list[SpecFile]:
    """Returns the YAML files that the paths stand for, each once, by the name shown.

    Args:
        given: Files and folders, as the user wrote them.
        problems: Takes files below the folders that cannot be used.
        tree: Where they are looked for.

    Raises:
        InvalidUse: A path does not exist, is no spec file, or holds none.
    """
    if not given:
        raise InvalidUse.of(FailureName.NO_SPEC, "no spec given", "", "name a spec file or a folder")
    faults = [fault for path in given if (fault := _misuse(path, tree))]
    if faults:
        raise InvalidUse(faults)
    chosen: dict[Path, SpecFile] = {}
    for path in given:
        for file in _usable_files(_given(path, tree), problems):
            other = chosen.setdefault(file.path, file)
            chosen[file.path] = min(file, other, key=_breadth)
    return sorted(chosen.values())


def folders_among(given: Sequence[str], tree: FileTree) -> set[Path]:
    """Returns the folders among the paths that the user wrote, with all links resolved."""
    return {tree.real(path.path) for path in (_given(written, tree) for written in given) if path.is_folder}


def leads_somewhere(given: str, tree: FileTree) -> bool:
    """Tells whether there is anything at a path that the user wrote; for a folder, any spec file below."""
    path = _given(given, tree)
    problems: list[Problem] = []
    try:
        return not path.is_folder or any(_below(path, problems)) or bool(problems)
    except (OSError, ValueError):
        return False


def confined(folder: Path, path: Path, tree: FileTree) -> Path | str:
    """Returns the regular file, all links resolved, that the path leads to inside the folder, or why there is none."""
    try:
        real = tree.real(path)
        is_regular = stat.S_ISREG(tree.mode(real))
    except (OSError, ValueError):
        return "does not exist or cannot be reached"
    if not real.is_relative_to(folder):
        return "is outside the spec's folder"
    return real if is_regular else "is not a regular file"


def is_absolute(text: str) -> bool:
    """Tells whether the text is an absolute path on any system."""
    return PurePath(text).is_absolute() or bool(PureWindowsPath(text).anchor)


def read_utf8(file: SpecFile) -> bytes | Problem:
    """Returns the content as sound UTF-8 without a byte order mark, or what is wrong with it."""
    try:
        data = file.tree.read(file.path)
    except OSError:
        return Problem(Place(file.shown, 1, 1), "the file cannot be read", "check its permissions")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        kind = "CSV UTF-8" if file.path.suffix.lower() == ".csv" else "UTF-8"
        return Problem(place_at(file.shown, data, error.start), "not UTF-8 text", f"save it as {kind}")
    return data


def lines_of(data: bytes) -> Iterator[str]:
    """Yields the lines of sound UTF-8, each ended by a line feed, without ever holding all of them."""
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")


def _given(written: str, tree: FileTree) -> _Given:
    path = Path(written)
    return _Given(path, tree.locate(path), tree)


def _misuse(written: str, tree: FileTree) -> Fault | None:
    given = _given(written, tree)
    shown = printable(given.written)
    try:
        is_folder = given.is_folder
    except (OSError, ValueError):
        is_folder = False
        written = ""
    if not written:
        return Fault(FailureName.NO_SPEC, "no such file or folder", shown, "check the path")
    if is_folder:
        problems: list[Problem] = []
        if any(_below(given, problems)):
            return None
        for problem in problems:
            return Fault(FailureName.NO_SPEC, problem.what, problem.place.file, problem.next_step)
        return Fault(FailureName.NO_SPEC, "no spec file in this folder", shown, "put a .yaml or .yml file there")
    if given.written.suffix.lower() not in SPEC_ENDINGS:
        return Fault(FailureName.NO_SPEC, "not a spec file", shown, "name a .yaml or .yml file, or a folder")
    return None


def _usable_files(given: _Given, problems: list[Problem]) -> Iterator[SpecFile]:
    tree = given.tree
    is_folder = given.is_folder
    folder, shown_folder = (given.path, given.written) if is_folder else (given.path.parent, given.written.parent)
    real_folder = tree.real(folder)
    for candidate in _below(given, problems) if is_folder else [given.path]:
        real = confined(real_folder, candidate, tree)
        if isinstance(real, Path):
            yield SpecFile(given.shown(candidate), real, real_folder, shown_folder.as_posix(), tree)
        else:
            place = Place(given.shown(candidate), 1, 1)
            problems.append(Problem(place, f"this spec file {real}", "put the file itself into the folder"))


def _below(given: _Given, problems: list[Problem]) -> Iterator[Path]:
    # A folder that cannot be listed must not look like one without files: its members would look like strangers.
    def refuse(error: OSError) -> None:
        place = Place(given.shown(Path(error.filename)), 1, 1)
        next_step = "check its permissions, and that it is no submodule"
        problems.append(Problem(place, "this folder cannot be listed", next_step))

    tree = given.tree
    real_folder = tree.real(given.path)
    for parent, folders, names in tree.walk(given.path, refuse):
        folders[:] = _visible(folders)
        for path in (Path(parent, name) for name in folders):
            if not tree.real(path).is_relative_to(real_folder):  # else its files are found where they are
                place = Place(given.shown(path), 1, 1)
                problems.append(Problem(place, "this folder leads out of the spec's folder", "name it as a SPEC too"))
        for name in _visible(names):
            if PurePath(name).suffix.lower() in SPEC_ENDINGS:
                yield Path(parent, name)


def _visible(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if not name.startswith("."))


def _breadth(file: SpecFile) -> tuple[int, str]:
    return len(file.folder.parts), file.shown


def printable(path: PurePath) -> str:
    """Returns a path with forward slashes, and a mark in place of what cannot be shown."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in path.as_posix())
