"""What a repository tells of itself: its forge, and the branch that others start from. Reaches for no network."""

import re
from pathlib import Path
from typing import NamedTuple

from omneo_reconcile.spec.git import git, top_of

FORGES = {"github": ".github", "gitlab": ".gitlab-ci.yml"}
"""The forges, each with what only a repository that lives there has."""

_HOSTS = re.compile(rb"^(\S+)\t(?:[\w+.-]+://)?(?:[^/\s]*@)?([^/:\s]+)[:/]", re.MULTILINE)
_PLAIN_BRANCH = re.compile(r"[A-Za-z0-9._/-]+")  # safe in YAML, in a pattern of branches and in an expression


class Branch(NamedTuple):
    """The branch that others start from.

    Attributes:
        name: None if nothing tells a plain one.
        is_sure: Whether `origin` tells it; else it is the only one here.
    """

    name: str | None
    is_sure: bool


def is_top(folder: Path) -> bool:
    """Tells whether a folder, which may be yet to make, is the top of its repository, or in none."""
    return top_of(_made(folder)) in {None, folder.resolve()}


def is_refused(folder: Path) -> bool:
    """Tells whether a folder, which may be yet to make, is in a repository that git does not read."""
    above = _made(folder)
    is_told = top_of(above) is not None or git(above, "version") is None
    return not is_told and any((path / ".git").exists() for path in (above, *above.parents))


def forges_of(folder: Path) -> list[str]:
    """Returns the forge that the host of `origin` tells, or else those of all remotes, or else the files.

    What tells exactly one comes first; where nothing does there are several, or none.
    """
    hosts = [(name, host.decode(errors="replace").lower()) for name, host in _HOSTS.findall(_remotes(folder))]
    by_origin = [forge for forge in FORGES if any(name == b"origin" and forge in host for name, host in hosts)]
    by_host = [forge for forge in FORGES if any(forge in host for _, host in hosts)]
    by_file = [forge for forge, name in FORGES.items() if (folder / name).exists()]
    return next((told for told in (by_origin, by_host, by_file) if len(told) == 1), by_host or by_file)


def branch_of(folder: Path) -> Branch:
    """Returns the default branch of `origin`, or else the only branch."""
    told = git(folder, "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    is_sure = told is not None
    if told is None and len((git(folder, "for-each-ref", "refs/heads") or b"").splitlines()) <= 1:
        told = git(folder, "symbolic-ref", "--quiet", "HEAD")
    name = (told or b"").decode(errors="replace").strip()
    name = name.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/")
    return Branch(name, is_sure) if _PLAIN_BRANCH.fullmatch(name) else Branch(None, is_sure=False)


def _made(folder: Path) -> Path:
    """Returns the nearest folder that is there, with all links resolved."""
    folder = folder.resolve()
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _remotes(folder: Path) -> bytes:
    return git(folder, "remote", "--verbose") or b""
