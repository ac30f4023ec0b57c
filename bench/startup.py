"""How long commands take beside a bare start of the interpreter: python bench/startup.py.

Every round runs all of them, so that what slows the machine down slows each of them down. Modules are read compiled,
as an installation has them.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import chdir
from pathlib import Path

ROUNDS = 15
COMMANDS = [
    "--help",
    "plan --help",
    "apply --help",
    "validate spec.yaml",
    "diff spec.yaml --base HEAD",
    "fmt spec.yaml --check",
]
SPEC = "version: 1\nstatuses:\n  vip:\n    members:\n      - jane@example.com\n"
PACKAGE = Path(__file__).resolve().parents[1]
ENVIRONMENT = os.environ | {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": str(PACKAGE)}


def make_repository() -> None:
    """Puts one small spec under version control in the current folder."""
    Path("spec.yaml").write_text(SPEC, encoding="utf-8")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "a spec"]):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        subprocess.run(["git", *identity, *command], check=True)


def milliseconds(*arguments: str) -> float:
    """Returns the wall time of running Python with these arguments."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    """Prints the medians of all rounds but the first, which fills the caches."""
    starts: list[float] = []
    taken: dict[str, list[float]] = {command: [] for command in COMMANDS}
    for _ in range(ROUNDS + 1):
        starts.append(milliseconds("-c", "pass"))
        for command, times in taken.items():
            times.append(milliseconds("-m", "omneo_reconcile", *command.split()))
    for command, times in taken.items():
        over = statistics.median(took - start for took, start in zip(times[1:], starts[1:], strict=True))
        print(f"{command:26} {statistics.median(times[1:]):4.0f} ms, a bare start + {over:3.0f} ms")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        make_repository()
        main()
