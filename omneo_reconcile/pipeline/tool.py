"""The tool as a process of its own: with the tenant's token or with none, and never with one of the forge."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from omneo_reconcile.pipeline import child

_OF_THE_FORGE = ("ACTIONS_", "CI_", "GH_", "GITHUB_", "GITLAB_", "INPUT_", "RUNNER_")
_KEPT = {"RUNNER_TRACKING_ID"}  # by it, GitHub finds what a cancelled job left running
_TOKENS = ("GITHUB_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN")


class Ran(NamedTuple):
    """What the tool left behind.

    Attributes:
        markdown: What it has to say to reviewers, emails masked. Empty if it came to nothing.
    """

    code: int
    markdown: str


class Tool:
    """The command line of the tool, on this machine."""

    def __init__(self, environment: Mapping[str, str], form: str, options: Sequence[str]) -> None:
        """Runs nothing yet.

        Args:
            form: In which format it prints: ``github`` or ``markdown``.
            options: Go with every command that asks the tenant.
        """
        self._environment = environment
        self._form = form
        self._options = options

    @property
    def has_token(self) -> bool:
        """Whether the tenant can be asked."""
        return bool(self._environment.get("OMNEO_TOKEN"))

    def online(self, command: str, *arguments: str) -> Ran:
        """Runs a command that asks the tenant.

        Its state folder is one of its own, unless the options name another: a journal that somebody committed is not
        believed.
        """
        with tempfile.TemporaryDirectory() as folder:  # for nobody else to read
            is_named = any(option.partition("=")[0] == "--state-dir" for option in self._options)
            state = () if is_named else ("--state-dir", folder)
            return self._run([command, *arguments, *state, *self._options], _without_forge(self._environment))

    def offline(self, command: str, *arguments: str) -> Ran:
        """Runs a command that asks nobody, without any token."""
        environment = _without_forge(self._environment)
        for name in [name for name in environment if name.startswith("OMNEO_")]:
            del environment[name]
        return self._run([command, *arguments], environment)

    def _run(self, arguments: Sequence[str], environment: dict[str, str]) -> Ran:
        # -P: what a pull request puts into the working directory is never imported.
        command = [sys.executable, "-P", "-m", "omneo_reconcile", *arguments, "--format", self._form]
        environment["PYTHONUTF8"] = "1"  # what it prints is read here
        with tempfile.TemporaryDirectory() as folder:
            summary, outputs = Path(folder, "summary.md"), Path(folder, "outputs")
            if self._form == "github":
                summary.touch()
                outputs.touch()
                told = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(outputs)}
                code = child.run(command, environment | told)
                self._hand_on("GITHUB_OUTPUT", outputs)
                self._hand_on("GITHUB_STEP_SUMMARY", summary)
            else:
                with summary.open("wb") as stdout:
                    code = child.run(command, environment, stdout)
                click.echo(summary.read_bytes(), nl=False)
            return Ran(code, summary.read_text(encoding="utf-8"))

    def _hand_on(self, name: str, written: Path) -> None:
        """Puts what was taken on its way where it was to go; what the tool did stands, whether or not that works."""
        try:
            if path := self._environment.get(name):
                with Path(path).open("ab") as file:
                    file.write(written.read_bytes())
        except OSError as error:
            click.echo(f"warning: {name} cannot be written ({error.strerror}); see the comment instead", err=True)


def _without_forge(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment without what is the forge's, and without its tokens wherever they stand."""
    tokens = [value for name in _TOKENS if (value := environment.get(name))]
    return {
        name: value
        for name, value in environment.items()
        if name in _KEPT or not (name.startswith(_OF_THE_FORGE) or any(token in value for token in tokens))
    }
