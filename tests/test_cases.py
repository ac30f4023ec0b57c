"""Golden cases: each folder of `cases` is a spec, people, and a session at the command line with its outcome.

A `session.txt` begins with the rule in a sentence; then come commands and what they print. `pytest --update-cases`
writes the sessions anew: read the difference before you keep it.
"""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from omneo_reconcile.sandbox import read_customers
from omneo_reconcile.sandbox.samples import DEFINITIONS
from simulated import CommandLine

CASES = Path(__file__).parent / "cases"
_PROMPT = "$ omneo-reconcile "
_CAT = "$ cat "


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
    played = rule + "\n" + "".join(_play(line, cli) for line in rest if line.startswith((_PROMPT, _CAT)))
    if request.config.getoption("--update-cases"):
        session.write_text(played, encoding="utf-8")
    assert played == written


def _play(line: str, cli: CommandLine) -> str:
    if line.startswith(_CAT):
        return f"\n{line}\n{(cli.folder / line.removeprefix(_CAT)).read_text(encoding='utf-8')}"
    ran = cli(*shlex.split(line.removeprefix(_PROMPT)))
    out = re.sub(r"\b[0-9a-f]{64}\b", "<fingerprint>", ran.out)
    return f"\n{line}\n{out}{ran.err}[exit {ran.code}]\n"
