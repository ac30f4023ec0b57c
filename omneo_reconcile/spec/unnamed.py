"""Finds the lists that lie in a spec's folder, but that none of its files names: their people are on no list."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path, PurePath

from omneo_reconcile.core.emails import is_address
from omneo_reconcile.spec.files import SpecFile, confined, lines_of, read_utf8
from omneo_reconcile.spec.findings import Finding
from omneo_reconcile.spec.lists import COMMENT, LIST_ENDINGS
from omneo_reconcile.spec.problems import Place
from omneo_reconcile.spec.tables import Table


def unnamed_lists(files: Sequence[SpecFile], folders: Collection[Path]) -> Iterator[Finding]:
    """Yields the lists that lie beside a file of the spec, in a folder that is a spec as a whole.

    Args:
        files: Every file of the spec, the lists that it names included.
        folders: The folders that the user named, resolved.
    """
    known = {file.path for file in files}
    beside = {file.path.parent: file for file in files if file.folder in folders}
    for folder, neighbour in beside.items():
        for path in _lists_in(folder, neighbour):
            file = neighbour.beside(path)
            if path not in known and _holds_emails(file):
                next_step = "name it under `members_from`, or keep it elsewhere"
                yield Finding(Place(file.shown, 1, 1), "a list that no file of the spec names", next_step)


def _lists_in(folder: Path, neighbour: SpecFile) -> Iterator[Path]:
    names = next((names for _, _, names in neighbour.tree.walk(folder, lambda _: None)), [])
    for name in sorted(names):
        if PurePath(name).suffix.lower() in LIST_ENDINGS and not name.startswith("."):
            real = confined(neighbour.folder, folder / name, neighbour.tree)
            if isinstance(real, Path):  # else it leads out of the folder, and is nobody's list
                yield real


def _holds_emails(file: SpecFile) -> bool:
    data = read_utf8(file)
    if not isinstance(data, bytes):
        return False
    if file.path.suffix.lower() == ".csv":
        return "email" in Table(file.shown, data, []).header
    lines = (COMMENT.sub("", line).strip() for line in lines_of(data))
    return is_address(next(filter(None, lines), ""))
