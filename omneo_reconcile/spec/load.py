"""Loads a spec: finds its files, reads and checks each, and merges them into one value."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from omneo_reconcile.core.dropped import BaseInfo
from omneo_reconcile.core.model import Spec
from omneo_reconcile.core.policies import faults_of
from omneo_reconcile.core.spec_violations import spec_violations
from omneo_reconcile.errors import Fault, InvalidSpec
from omneo_reconcile.spec.document import read_document
from omneo_reconcile.spec.files import SpecFile, find, folders_among
from omneo_reconcile.spec.findings import placed
from omneo_reconcile.spec.lists import Lists
from omneo_reconcile.spec.merge import Merge
from omneo_reconcile.spec.oddities import without_status
from omneo_reconcile.spec.parts import Document
from omneo_reconcile.spec.problems import Problem
from omneo_reconcile.spec.trees import WORK_TREE, FileTree
from omneo_reconcile.spec.unnamed import unnamed_lists


class Loaded(NamedTuple):
    """A spec that was read.

    Attributes:
        spec: The merged meaning.
        as_of: The day for which `until` is read.
        warnings: What is odd but not wrong, in the order of files and lines. Only their text is for showing.
        files: Every file that was read, by the name shown.
        given: The files and folders that the user named.
        documents: What each YAML file says, with the lists it names, before they are merged.
        base: What the dropped members of its tracked statuses were computed from, or None if they were not.
    """

    spec: Spec
    as_of: date
    warnings: tuple[Fault, ...]
    files: tuple[SpecFile, ...]
    given: tuple[str, ...]
    documents: tuple[Document, ...]
    base: BaseInfo | None = None


def load_spec(paths: Sequence[str], *, as_of: date | None, now: datetime, tree: FileTree = WORK_TREE) -> Loaded:
    """Returns the spec that the files and folders make together.

    The order of paths, files and rows does not change it, line numbers aside. No file outside the folders given, or
    outside the folder of a file given, is read.

    Args:
        paths: Files (.yaml, .yml) and folders, as the user wrote them.
        as_of: The day for which `until` is read; None for the day of `now` in the spec's time zone.
        now: The present, with its offset.
        tree: Where the files are read from: the disk, or a revision.

    Raises:
        InvalidSpec: With every fault of every file, and what is odd, in the order of files, lines and columns; then
            what in all of it breaks a policy.
        InvalidUse: A path does not exist, is no spec file, or holds none.
    """
    with no_garbage_collection():
        return _load(paths, as_of, now, tree)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Keeps it off: rows pile up by the million, and looking for garbage among them costs more than reading them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _load(paths: Sequence[str], as_of: date | None, now: datetime, tree: FileTree) -> Loaded:
    problems: list[Problem] = []
    documents, files = _read(find(paths, problems, tree), problems)
    merge = Merge(documents)
    tenant, timezone = merge.tenant(), merge.timezone()
    as_of = as_of or now.astimezone(ZoneInfo(timezone)).date()
    statuses = merge.statuses(as_of)
    spec = Spec(tenant, timezone, statuses, tuple(sorted(files)))
    problems.extend(placed(merge.faults, files))
    if not problems:  # else it may be a fault that hides a status, or who names a list
        merge.warnings.add("specs without a status", without_status(documents, statuses))
        merge.warnings.add("lists that no file names", unnamed_lists([*files.values()], folders_among(paths, tree)))
    odd = merge.warnings.problems(files)
    told = (*(problem.fault() for problem in sorted({*problems, *odd})), *merge.warnings.more)
    if problems:
        sound = {handle: status for handle, status in statuses.items() if handle not in merge.faulty}
        violations = spec_violations(replace(spec, statuses=sound), as_of) if merge.is_whole else ()
        raise InvalidSpec([*told, *faults_of(violations)])
    return Loaded(spec, as_of, told, tuple(files[name] for name in spec.files), tuple(paths), tuple(documents))


def _read(found: Sequence[SpecFile], problems: list[Problem]) -> tuple[list[Document], dict[str, SpecFile]]:
    documents = [read_document(file, problems) for file in found]
    lists = Lists(problems)
    for document in documents:
        for handle, part in document.statuses.items():
            for path in part.lists:
                entries = lists.entries(document.file, path.value, path.place)
                if entries is None:
                    document.faulty.add(handle)
                else:
                    part.members.append(entries)
    return documents, {file.shown: file for file in (*found, *lists.files)}
