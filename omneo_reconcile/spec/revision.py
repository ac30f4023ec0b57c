"""Tells which commit the files of a spec are, for plans and receipts."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

_TIMEOUT_SECONDS = 30


def commit_of(files: Iterable[str | Path]) -> str | None:
    """Returns the full hash of HEAD, ``HASH-dirty`` if a file is not exactly as committed, or None.

    None if there is no git, no commit yet, or the files are not all inside one repository. Nothing is written.
    """
    paths = [Path(os.path.realpath(file)) for file in files]
    tops = {_git(folder, "rev-parse", "--show-toplevel") for folder in {path.parent for path in paths}}
    if len(tops) != 1 or (top := tops.pop()) is None:
        return None
    folder = Path(top.removesuffix("\n"))
    head = _git(folder, "rev-parse", "--verify", "HEAD")
    if head is None:
        return None
    return head.strip() if _is_committed(folder, paths) else f"{head.strip()}-dirty"


def _is_committed(folder: Path, paths: list[Path]) -> bool:
    names = [path.relative_to(folder).as_posix() for path in paths]
    is_tracked = _git(folder, "ls-files", "--error-unmatch", "--", *names) is not None
    return is_tracked and _git(folder, "diff", "--no-ext-diff", "--quiet", "HEAD", "--", *names) is not None


def _git(folder: Path, *arguments: str) -> str | None:
    """Returns what git prints, or None if there is no git or it says no."""
    # Programs that a configuration names are run by git: a monitor, and in a bare repository that a pull request hid
    # among the files, filters too. Whatever git runs has no business with the token, and the GIT_ variables of a
    # hook would point at another repository than the one of the files.
    safe = ["-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit"]
    command = ["git", "-C", str(folder), "--literal-pathspecs", *safe, *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "OMNEO_"))}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and paths stand after --
            command, env=environment, capture_output=True, check=True, timeout=_TIMEOUT_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return os.fsdecode(done.stdout)
