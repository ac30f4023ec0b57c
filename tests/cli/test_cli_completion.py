"""What a shell is told when somebody presses the tab key: asked as the scripts of bash, zsh and fish ask."""

import os
import subprocess
import sys

import pytest

from omneo_reconcile.cli.main import run

SHELLS = ["bash", "zsh", "fish"]


@pytest.fixture
def complete(monkeypatch, capfdbinary):
    """Returns what a shell is offered, as (type, value), for the last of the words."""

    def ask(shell, *words):
        monkeypatch.setenv("_OMNEO_RECONCILE_COMPLETE", f"{shell}_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(["omneo-reconcile", *words]))
        monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words)))
        with pytest.raises(SystemExit) as ended:
            run([])
        assert ended.value.code == 0
        out = capfdbinary.readouterr().out.decode().splitlines()
        if shell == "zsh":
            return list(zip(out[::3], out[1::3], strict=True))
        return [tuple(line.partition("\t")[0].split(",", 1)) for line in out]

    return ask


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["val"], {"validate"}),
        (["sandbox", "re"], {"reset"}),
        (["plan", "specs", "--detailed"], {"--detailed-exitcode"}),
        (["plan", "--format", "m"], {"markdown"}),
        (["apply", "--emails", "f"], {"full"}),
        (["completion", "b"], {"bash"}),
        (["plan", "--base", "x", "--ou"], {"--out"}),
    ],
)
def test_commands_options_and_choices_are_offered(complete, shell, words, offered):
    assert set(complete(shell, *words)) == {("plain", value) for value in offered}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "words",
    [["validate", "sp"], ["apply", "plan.j"], ["show", "x"], ["plan", "--out", "pl"], ["plan", "--token-file", "t"]],
)
def test_files_are_left_to_the_shell(complete, shell, words):
    assert complete(shell, *words) == [("file", words[-1])]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_a_script_that_asks_this_program(cli, shell):
    ran = cli("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert f"_OMNEO_RECONCILE_COMPLETE={shell}_complete" in ran.out


def test_another_shell_is_wrong_usage(cli):
    assert cli("completion", "tcsh").code == 64


def test_bash_itself_completes_with_the_script(cli):
    program = cli.folder / "omneo-reconcile"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m omneo_reconcile "$@"\n')
    program.chmod(0o755)
    (cli.folder / "script").write_text(cli("completion", "bash").out)
    code = """
        source ./script
        COMP_WORDS=(omneo-reconcile plan --format h); COMP_CWORD=3
        _omneo_reconcile_completion omneo-reconcile
        echo "${COMPREPLY[*]}"
        complete -p omneo-reconcile
    """
    environment = os.environ | {"PATH": f"{cli.folder}:{os.environ['PATH']}"}
    bash = ["bash", "--norc", "-euc", code]
    ran = subprocess.run(bash, cwd=cli.folder, env=environment, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == ["html", "complete -o nosort -F _omneo_reconcile_completion omneo-reconcile"]
