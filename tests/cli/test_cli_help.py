"""The help of every command is the manual: what it does, examples that parse, exit codes, and each option explained."""

import re
import shlex

import click
import pytest

from omneo_reconcile.cli.commands import main
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.errors import FailureName

PROGRAM = "omneo-reconcile"
CODES = {name.exit_code for name in FailureName} | {0, 2}


def commands(group, *path):
    yield pytest.param(group, path, id=" ".join([PROGRAM, *path]))
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, *path, name)


EVERY = [*commands(main)]
each_command = pytest.mark.parametrize("command", [pytest.param(case.values[0], id=case.id) for case in EVERY])


def examples(command):
    """The lines of a help text that can be typed, as words, without what the shell would do with the result."""
    lines = (line.strip() for line in (command.help or "").splitlines())
    return [shlex.split(line)[1:] for line in (line.partition(" >")[0] for line in lines) if line.startswith(PROGRAM)]


def parsed(words):
    """Returns the path of the command that the words name, once click took all of them."""
    command, path = main, []
    while isinstance(command, click.Group):
        path.append(words.pop(0))
        command = command.commands[path[-1]]
    command.make_context(path[-1], words, obj=Edges())
    return tuple(path)


@pytest.mark.parametrize(("command", "path"), EVERY)
def test_each_example_is_a_command_that_parses_and_one_is_of_the_command_itself(command, path):
    named = [parsed(words) for words in examples(command)]
    assert any(name[: len(path)] == path for name in named)


@each_command
def test_exit_codes_are_named_and_are_those_that_there_are(command):
    told = (command.help or "").partition("Exit codes:")[2].partition("\n\n")[0]
    named = {int(code) for code in re.findall(r"(?:^|;|:)\s*(\d+)\b", told, re.MULTILINE)}
    assert FailureName.USAGE.exit_code in named
    assert named <= CODES


def test_the_program_itself_names_every_exit_code():
    assert all(re.search(rf"\b{code}\b", main.help.partition("Exit codes:")[2]) for code in CODES)


@each_command
def test_each_option_says_what_it_does(command):
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    assert [option.opts for option in options if not option.help] == []


@each_command
def test_what_is_read_from_the_environment_is_told(command):
    variables = {option.envvar for option in command.params if option.envvar}
    if any("--token-file" in option.opts for option in command.params):
        variables.add("OMNEO_TOKEN")
    assert all(variable in (command.help or "").partition("Environment:")[2] for variable in variables)
