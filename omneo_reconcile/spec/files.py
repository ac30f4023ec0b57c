"""Finds the files of a spec, and lets none be read that lies outside its folder."""

import codecs
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath, PureWindowsPath
from types import MappingProxyType
from typing import NamedTuple

from omneo_reconcile.errors import FailureName, Fault, InvalidUse
from omneo_reconcile.spec.problems import Place, Problem, place_at

SPEC_ENDINGS = (".yaml", ".yml")


class SpecFile(NamedTuple):
    """A file that may be read.

    Attributes:
        shown: The path as the user gave it, with forward slashes.
        path: Where it is, with all links resolved.
        folder: The spec's folder, resolved: no list outside of it is read.
        shown_folder: The spec's folder as the user gave it.
        drafts: What is read instead of the file that has the path, which may be another of the same spec.
    """

    shown: str
    path: Path
    folder: Path
    shown_folder: str
    drafts: Mapping[Path, bytes] = MappingProxyType({})

    def beside(self, path: Path) -> "SpecFile":
        """Returns the resolved path, which lies in the same spec's folder, as a file to read."""
        shown = _shown(PurePath(self.shown_folder, path.relative_to(self.folder)))
        return self._replace(shown=shown, path=path)


def find(given: Sequence[str], problems: list[Problem]) -> list[SpecFile]:
    """Returns the YAML files that the paths stand for, each once, by the name shown.

    Args:
        given: Files and folders, as the user wrote them.
        problems: Takes files below the folders that cannot be used.

    Raises:
        InvalidUse: A path does not exist, is no spec file, or holds none.
    """
    if not given:
        raise InvalidUse.of(FailureName.NO_SPEC, "no spec given", "", "name a spec file or a folder")
    faults = [fault for path in given if (fault := _misuse(path))]
    if faults:
        raise InvalidUse(faults)
    chosen: dict[Path, SpecFile] = {}
    for path in map(Path, given):
        for file in _usable_files(path, problems):
            other = chosen.setdefault(file.path, file)
            chosen[file.path] = min(file, other, key=_breadth)
    return sorted(chosen.values())


def confined(folder: Path, path: Path) -> Path | str:
    """Returns the regular file, all links resolved, that the path leads to inside the folder, or why there is none."""
    try:
        real = Path(os.path.realpath(path, strict=True))
        is_regular = stat.S_ISREG(real.stat().st_mode)
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
        data = file.drafts[file.path] if file.path in file.drafts else file.path.read_bytes()
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


def _misuse(given: str) -> Fault | None:
    path = Path(given)
    shown = _shown(path)
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        is_folder = False
        given = ""
    if not given:
        return Fault(FailureName.NO_SPEC, "no such file or folder", shown, "check the path")
    if is_folder:
        if any(_below(path, [])):
            return None
        return Fault(FailureName.NO_SPEC, "no spec file in this folder", shown, "put a .yaml or .yml file there")
    if path.suffix.lower() not in SPEC_ENDINGS:
        return Fault(FailureName.NO_SPEC, "not a spec file", shown, "name a .yaml or .yml file, or a folder")
    return None


def _usable_files(path: Path, problems: list[Problem]) -> Iterator[SpecFile]:
    is_folder = path.is_dir()
    folder = path if is_folder else path.parent
    real_folder = folder.resolve()
    for candidate in _below(path, problems) if is_folder else [path]:
        real = confined(real_folder, candidate)
        if isinstance(real, Path):
            yield SpecFile(_shown(candidate), real, real_folder, folder.as_posix())
        else:
            place = Place(_shown(candidate), 1, 1)
            problems.append(Problem(place, f"this spec file {real}", "put the file itself into the folder"))


def _below(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    # A folder that cannot be listed must not look like one without files: its members would look like strangers.
    def refuse(error: OSError) -> None:
        place = Place(_shown(PurePath(error.filename)), 1, 1)
        problems.append(Problem(place, "this folder cannot be listed", "check its permissions"))

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = _visible(folders)
        for linked in (Path(parent, name) for name in folders if Path(parent, name).is_symlink()):
            if not linked.resolve().is_relative_to(folder.resolve()):  # else its files are found where they are
                place = Place(_shown(linked), 1, 1)
                problems.append(Problem(place, "this folder leads out of the spec's folder", "name it as a SPEC too"))
        for name in _visible(names):
            if PurePath(name).suffix.lower() in SPEC_ENDINGS:
                yield Path(parent, name)


def _visible(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if not name.startswith("."))


def _breadth(file: SpecFile) -> tuple[int, str]:
    return len(file.folder.parts), file.shown


def _shown(path: PurePath) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in path.as_posix())
