"""Asks git, in a way that runs nothing which a repository names and reaches for no network."""

import os
import subprocess
from pathlib import Path

_TIMEOUT_SECONDS = 30
# Programs that a configuration names are run by git: a monitor, and in a bare repository that a pull request hid among
# the files, filters too.
_SAFE = ("--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit")
# A partial clone would fetch what it lacks: no transport is allowed (older git knows no other way), and nobody
# is asked for a password.
_OFFLINE = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_TERMINAL_PROMPT": "0"}
# A commit is what its hash says, whatever a repository puts in the place of its objects or of its parents.
_LITERAL = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}


def git(folder: Path, *arguments: str) -> bytes | None:
    """Returns what git prints when asked in that folder, or None if there is no git or it says no.

    Args:
        folder: Any folder of the repository.
        arguments: A command that only reads.
    """
    # Whatever git runs has no business with the token, and the GIT_ variables of a hook would point at another
    # repository than the one of the files.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "OMNEO_"))}
    command = ["git", "-C", str(folder), *_SAFE, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - no shell; what users wrote stands after -- or --end-of-options
            command,
            env=environment | _OFFLINE | _LITERAL,
            capture_output=True,
            check=True,
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout


def top_of(folder: Path) -> Path | None:
    """Returns the top folder of the repository that holds the folder, or None."""
    return _path(git(folder, "rev-parse", "--show-toplevel"))


def superproject_of(folder: Path) -> Path | None:
    """Returns the top folder of the repository of which the one that holds the folder is a submodule, or None."""
    return _path(git(folder, "rev-parse", "--show-superproject-working-tree"))


def _path(printed: bytes | None) -> Path | None:
    return Path(os.fsdecode(printed).removesuffix("\n")) if printed else None
