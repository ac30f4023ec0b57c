"""Tells which commit the files of a spec are, for plans and receipts."""

import os
from collections.abc import Iterable
from pathlib import Path

from omneo_reconcile.spec.git import git, top_of


def commit_of(files: Iterable[str | Path]) -> str | None:
    """Returns the full hash of HEAD, ``HASH-dirty`` if a file is not to the byte as committed, or None.

    None if there is no git, no commit yet, or the files are not all inside one repository. Nothing is written, and no
    filter that the repository asks for is run: a file that git rewrites when it is checked out counts as dirty.
    """
    paths = [Path(os.path.realpath(file)) for file in files]
    tops = {top_of(folder) for folder in {path.parent for path in paths}}
    if len(tops) != 1 or (top := tops.pop()) is None:
        return None
    head = git(top, "rev-parse", "--verify", "HEAD")
    if head is None:
        return None
    commit = head.decode().strip()
    return commit if _is_committed(top, paths) else f"{commit}-dirty"


def _is_committed(top: Path, paths: list[Path]) -> bool:
    names = [path.relative_to(top).as_posix() for path in paths]
    listed = git(top, "ls-tree", "-z", "--full-tree", "HEAD", "--", *names) or b""
    committed = {}
    for row in os.fsdecode(listed).split("\0")[:-1]:
        about, _, name = row.partition("\t")
        committed[name] = about.rpartition(" ")[2]
    ids = git(top, "hash-object", "--no-filters", "--", *names)
    return ids is not None and [committed.get(name) for name in names] == ids.decode().split()
