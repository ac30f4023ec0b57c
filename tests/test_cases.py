"""Golden cases: each folder of `cases` is a spec, people, and a session at the command line with its outcome.

A `session.txt` begins with the rule in a sentence; then come commands and what they print; `git` and `cp` prepare,
`cat` shows a file.
`pytest --update-cases` writes the sessions anew: read the difference before you keep it.
"""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from omneo_reconcile.sandbox import read_customers
from omneo_reconcile.sandbox.samples import DEFINITIONS
from simulated import CommandLine

CASES = Path(__file__).parent / "cases"
_PROMPT = "$ "
_IDENTITY = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
_PLAIN_GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_a_session_goes_as_its_folder_says(case: Path, cli: CommandLine, request: pytest.FixtureRequest) -> None:
    shutil.copytree(case, cli.folder, dirs_exist_ok=True)
    with cli.tenant() as store:
        people = read_customers((case / "people.csv").read_text(encoding="utf-8"))
        store.fill([person._replace(profile_id=f"p{number}") for number, person in enumerate(people, 1)])
        known = {handle for person in people for handle in person.statuses}
        for handle in sorted(DEFINITIONS.keys() - known):
            store.add_definition(handle, handle)

    session = case / "session.txt"
    written = session.read_text(encoding="utf-8")
    rule, *rest = written.splitlines()
    played = rule + "\n" + "".join(_play(line, cli) for line in rest if line.startswith(_PROMPT))
    if request.config.getoption("--update-cases"):
        session.write_text(played, encoding="utf-8")
    assert played == written


def _play(line: str, cli: CommandLine) -> str:
    command, *arguments = shlex.split(line.removeprefix(_PROMPT))
    if command == "cat":
        return f"\n{line}\n{(cli.folder / arguments[0]).read_text(encoding='utf-8')}"
    if command in {"git", "cp"}:
        environment = os.environ | _IDENTITY | _PLAIN_GIT
        subprocess.run([command, *arguments], cwd=cli.folder, env=environment, check=True, capture_output=True)
        return f"\n{line}\n"
    ran = cli(*arguments)
    printed = re.sub(r"\b[0-9a-f]{64}\b", "<fingerprint>", ran.out + ran.err)
    printed = re.sub(r"\b(?:[0-9a-f]{40}|[0-9a-f]{12})\b", "<commit>", printed)
    return f"\n{line}\n{printed}[exit {ran.code}]\n"
