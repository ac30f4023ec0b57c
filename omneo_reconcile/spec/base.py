"""Loads a spec as it was at a git revision, with the loader that reads it from disk."""

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from omneo_reconcile.core.model import Spec
from omneo_reconcile.errors import InvalidSpec, InvalidUse
from omneo_reconcile.spec.files import SpecFile, leads_somewhere, printable
from omneo_reconcile.spec.git import git, superproject_of, top_of
from omneo_reconcile.spec.load import load_spec
from omneo_reconcile.spec.revision_tree import RevisionTree, unreadable


class LoadedBase(NamedTuple):
    """A spec as it was.

    Attributes:
        commit: The full hash of the revision.
        spec: The merged meaning, or None if nothing of it was there.
        missing: Those of the paths at which nothing was.
        is_past: Whether it is HEAD, or in the history of it; None where a shallow clone cannot tell.
        top: The top folder of the repository.
        names: How git writes each file of the spec, such as ``1a2b3c4d5e6f:specs/vip.yaml``, by the name shown.
    """

    commit: str
    spec: Spec | None
    missing: tuple[str, ...]
    is_past: bool | None
    top: Path
    names: Mapping[str, str]


def load_base(paths: Sequence[str], revision: str, *, now: datetime) -> LoadedBase:
    """Returns the spec that the same files and folders made together at a revision.

    It is read from git's objects: nothing is checked out, fetched or written, and no program of a configuration runs.

    Args:
        paths: Files and folders, as the user wrote them, which are there on disk.
        revision: Anything that git takes for one commit.
        now: The present, with its offset.

    Raises:
        InvalidSpec: With every fault that it had, each as ``REV:file:line:column``.
        InvalidUse: There is no such revision, it cannot be read, or the spec is not in the repository where it stands.
    """
    top = _top(paths)
    commit = _commit(top, revision)
    _check_whole(top, paths)
    is_past = _is_past(top, commit)
    tree = RevisionTree(top, commit)
    missing = tuple(path for path in paths if not leads_somewhere(path, tree))
    there = [path for path in paths if path not in missing]
    if not there:
        return LoadedBase(commit, None, missing, is_past, top, {})
    try:
        # A list that had members on the day of its commit is sound, though all of them may have expired since.
        loaded = load_spec(there, as_of=date.min, now=now, tree=tree)
    except (InvalidSpec, InvalidUse) as error:
        raise type(error)(fault._replace(where=f"{revision}:{fault.where}") for fault in error.faults) from None
    names = {file.shown: f"{commit[:12]}:{printable(file.path.relative_to(top))}" for file in loaded.files}
    return LoadedBase(commit, loaded.spec, missing, is_past, top, names)


def check_in_repository(files: Iterable[SpecFile], base: LoadedBase) -> None:
    """Refuses files of today's spec that no commit of the base's repository can hold.

    Raises:
        InvalidUse: If one is in another repository inside of it.
    """
    for folder, file in {file.path.parent: file for file in files}.items():
        if top_of(folder) != base.top:
            next_step = "keep all of the spec in one repository, or plan without --base"
            raise unreadable("this file of the spec is in another git repository", file.shown, next_step)


def _check_whole(top: Path, paths: Sequence[str]) -> None:
    """Refuses a sparse checkout: whoever stands in a file that was not checked out would look dropped."""
    names = [os.path.relpath(os.path.realpath(path), top) for path in paths]
    rows = os.fsdecode(git(top, "ls-files", "-t", "-z", "--", *names) or b"").split("\0")
    if any(row.startswith("S ") for row in rows):
        next_step = "check out all files of the spec: `git sparse-checkout disable`"
        raise unreadable("this checkout is sparse, so files of the spec may be missing", "", next_step)


def _top(paths: Sequence[str]) -> Path:
    if shutil.which("git") is None:
        raise unreadable("there is no git", "", "install git: the base is read from its objects")
    tops = {path: _top_of(path) for path in paths}
    for path, top in tops.items():
        if top != tops[paths[0]]:
            raise unreadable("the spec is in two git repositories", path, "name the specs of one at a time")
    return tops[paths[0]]


def _top_of(path: str) -> Path:
    """Returns the top folder of the repository in which the path stands as it is written.

    What a commit may hold, a link or a submodule, leads to no other one: its author would choose what the base is.
    """
    top = None
    for folder in _folders(Path(path).absolute()):
        if top is not None and folder.is_symlink():
            break
        top = top_of(folder)
    if top is None:
        raise unreadable("the spec is in no git repository", path, "see what `git status` says in its folder")
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(top) or top_of(_folders(real)[-1]) != top:
        raise unreadable("the spec is a link out of its git repository", path, "put the files themselves there")
    if superproject_of(top) is not None:
        raise unreadable("the spec is in a submodule", path, "run it in a clone of that repository by itself")
    return top


def _folders(path: Path) -> list[Path]:
    """Returns the folders that lead to the path, and the path itself if it is one, from the top down."""
    return [*reversed(path.parents), *([path] if path.is_dir() else [])]


def _commit(top: Path, revision: str) -> str:
    # What begins with a dash never reaches git, whatever versions of it make of --end-of-options.
    named = None if revision.startswith("-") else _parse(top, revision)
    commit = named and _parse(top, f"{named}^{{commit}}")
    if commit is not None:
        return commit
    if _is_shallow(top):
        next_step = "fetch the whole history, for example with `fetch-depth: 0` or `git fetch --unshallow`"
        raise unreadable("the revision is not in this shallow clone", revision, next_step)
    raise unreadable("no such revision", revision, "check its name, or get it with `git fetch`")


def _is_past(top: Path, commit: str) -> bool | None:
    if git(top, "merge-base", "--is-ancestor", commit, "HEAD") is not None:
        return True
    return None if _is_shallow(top) else False


def _is_shallow(top: Path) -> bool:
    return git(top, "rev-parse", "--is-shallow-repository") == b"true\n"


def _parse(top: Path, revision: str) -> str | None:
    """Returns the full hash of the one object that git takes the revision for."""
    parsed = git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", revision)
    text = parsed.decode(errors="replace").strip() if parsed is not None else ""
    return text if re.fullmatch("[0-9a-f]{40,64}", text) else None
