"""What the pipeline asks git of its checkout, where a stranger's commit may lie."""

import os
import subprocess

_TIMEOUT_SECONDS = 30
# Nothing that a repository names is run, and no network is used.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit")
_OFFLINE = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_TERMINAL_PROMPT": "0"}
_NEEDED = {"HOME", "PATH", "XDG_CONFIG_HOME"}  # by the first and the last, git knows whose checkouts are trusted


def merge_base(base: str) -> str:
    """Returns the commit where HEAD left the base, or the base itself where git does not know one."""
    environment = {name: value for name, value in os.environ.items() if name in _NEEDED}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no option after --
            ["git", *_SAFE, "merge-base", "--", "HEAD", base],  # noqa: S607 - the git of the job
            env=environment | _OFFLINE,
            capture_output=True,
            check=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return base
    return done.stdout.strip() or base
