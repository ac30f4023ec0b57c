"""What a repository tells of itself: its forge, and the branch that others start from. Reaches for no network."""

import re
from pathlib import Path

from omneo_reconcile.spec.git import git, top_of

FORGES = {"github": ".github", "gitlab": ".gitlab-ci.yml"}
"""The forges, each with what only a repository that lives there has."""

_HOSTS = re.compile(rb"^\S+\t(?:[\w+.-]+://)?(?:[^/\s]*@)?([^/:\s]+)[:/]", re.MULTILINE)
_PLAIN_BRANCH = re.compile(r"[A-Za-z0-9._/-]+")  # safe in YAML, in a pattern of branches and in an expression


def is_top(folder: Path) -> bool:
    """Tells whether a folder, which may be yet to make, is the top of its repository, or in none."""
    folder = folder.resolve()
    above = next(path for path in (folder, *folder.parents) if path.is_dir())
    return top_of(above) in {None, folder}


def forge_of(folder: Path) -> str | None:
    """Returns the forge that the hosts of the remotes tell, or else the files; None if that is not exactly one."""
    hosts = b" ".join(_HOSTS.findall(git(folder, "remote", "--verbose") or b"")).decode(errors="replace").lower()
    by_host = [forge for forge in FORGES if forge in hosts]
    by_file = [forge for forge, name in FORGES.items() if (folder / name).exists()]
    return next((told[0] for told in (by_host, by_file) if len(told) == 1), None)


def branch_of(folder: Path) -> str | None:
    """Returns the default branch of `origin`, or else the only branch; None if neither tells a plain name."""
    told = git(folder, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    if told is None and len((git(folder, "for-each-ref", "refs/heads") or b"").splitlines()) <= 1:
        told = git(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
    branch = (told or b"").decode(errors="replace").strip().removeprefix("origin/")
    return branch if _PLAIN_BRANCH.fullmatch(branch) else None
