"""What the pipeline asks git of its checkout, where a stranger's commit may lie."""

import os
import subprocess
from collections.abc import Sequence

_TIMEOUT_SECONDS = 30
# Nothing that a repository names is run, and no network is used.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit")
_OFFLINE = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_TERMINAL_PROMPT": "0"}
_NEEDED = {"HOME", "PATH", "XDG_CONFIG_HOME"}  # by the first and the last, git knows whose checkouts are trusted


def merge_base(base: str) -> str:
    """Returns the commit where HEAD left the base, or the base itself where git does not know one."""
    return (_git("merge-base", "--", "HEAD", base) or "").strip() or base


def versions_since(base: str, specs: Sequence[str]) -> list[str]:
    """Returns the commits between a base and HEAD that have a spec of their own, the newest first.

    Of what was merged only the merge counts. Empty where git does not know the base: the tool says what is wrong.
    """
    commits = (_git("rev-list", "--first-parent", "--end-of-options", f"{base}..HEAD", "--", *specs) or "").split()
    return commits[1:]  # the newest has the spec that there is now


def _git(*arguments: str) -> str | None:
    environment = {name: value for name, value in os.environ.items() if name in _NEEDED}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no option that others wrote
            ["git", *_SAFE, *arguments],  # noqa: S607 - the git of the job
            env=environment | _OFFLINE,
            capture_output=True,
            check=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout
