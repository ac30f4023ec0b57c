"""Tells which commit the files of a spec are, for plans and receipts."""

import os
from collections.abc import Iterable
from pathlib import Path

from omneo_reconcile.spec.files import SPEC_ENDINGS
from omneo_reconcile.spec.git import git, top_of


def commit_of(files: Iterable[str | Path], given: Iterable[str] = ()) -> str | None:
    """Returns the full hash of HEAD, ``HASH-dirty`` if the spec is not to the byte as committed, or None.

    None if there is no git, no commit yet, or the files are not all inside one repository. Nothing is written, and no
    filter that the repository asks for is run: a file that git rewrites when it is checked out counts as dirty.

    Args:
        files: Every file of the spec.
        given: The files and folders that the user named: what was committed there and is missing now counts too.
    """
    paths = [Path(os.path.realpath(file)) for file in files]
    tops = {top_of(folder) for folder in {path.parent for path in paths}}
    if len(tops) != 1 or (top := tops.pop()) is None:
        return None
    head = git(top, "rev-parse", "--verify", "HEAD")
    if head is None:
        return None
    commit = head.decode().strip()
    return commit if _is_committed(top, paths) and _is_whole(top, given) else f"{commit}-dirty"


def _is_committed(top: Path, paths: list[Path]) -> bool:
    names = [path.relative_to(top).as_posix() for path in paths]
    listed = git(top, "ls-tree", "-z", "--full-tree", "HEAD", "--", *names) or b""
    committed = {}
    for row in os.fsdecode(listed).split("\0")[:-1]:
        about, _, name = row.partition("\t")
        committed[name] = about.rpartition(" ")[2]
    ids = git(top, "hash-object", "--no-filters", "--", *names)
    return ids is not None and [committed.get(name) for name in names] == ids.decode().split()


def _is_whole(top: Path, given: Iterable[str]) -> bool:
    """Tells whether every spec file that was committed is there, but for hidden ones."""
    folders = [Path(os.path.realpath(path)) for path in given]
    names = [os.path.relpath(folder, top) for folder in folders if folder.is_dir()]
    listed = git(top, "ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD", "--", *names) if names else b""
    committed = map(Path, os.fsdecode(listed or b"").split("\0")[:-1])
    specs = (path for path in committed if path.suffix.lower() in SPEC_ENDINGS)
    return all(os.path.lexists(top / path) for path in specs if not any(part.startswith(".") for part in path.parts))
