"""What `fmt` does to files, and what it leaves alone."""

import os
import resource
import shlex
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

HOOKS = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
UNSORTED = (
    "version: 1\nstatuses:\n  vip:\n    members_from:\n      - lists/vip.txt\n    members:\n      - jane@example.com\n"
)
SORTED = (
    "version: 1\nstatuses:\n  vip:\n    members:\n      - jane@example.com\n    members_from:\n      - lists/vip.txt\n"
)


@pytest.fixture
def folder(cli):
    lists = cli.folder / "specs" / "lists"
    lists.mkdir(parents=True)
    (cli.folder / "specs" / "a.yaml").write_text(UNSORTED, encoding="utf-8")
    (lists / "vip.txt").write_text("bo@example.com\n", encoding="utf-8")
    return cli.folder / "specs"


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run_hook(hook, folder):
    """Runs a hook as pre-commit does: its entry and arguments, at the top of the repository, without file names."""
    command = [*shlex.split(hook["entry"]), *hook["args"]]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True)


def test_check_names_the_files_that_would_change_and_writes_nothing(cli, folder):
    before = contents(folder)
    assert cli("fmt", "--check", "specs") == (
        1,
        "specs/a.yaml\n",
        "error[not_formatted]: not in the one order and style, file specs/a.yaml; "
        "run `omneo-reconcile fmt` on the spec\n",
    )
    assert contents(folder) == before


def test_files_that_change_are_named_and_the_others_counted(cli, folder):
    assert cli("fmt", "specs") == (0, "specs/a.yaml\n1 file changed, 1 as it should be.\n", "")
    assert (folder / "a.yaml").read_text(encoding="utf-8") == SORTED
    assert cli("fmt", "specs") == (0, "0 files changed, 2 as they should be.\n", "")
    assert cli("fmt", "--check", "specs") == (0, "", "")


def test_the_examples_are_as_they_should_be(cli, specs):
    assert cli("fmt", "--check", specs) == (0, "", "")


def test_an_invalid_spec_is_refused_with_all_its_faults_and_nothing_is_written(cli, folder):
    (folder / "b.yaml").write_text("version: 2\nstatuses: {vip: {members: [jane]}}\n", encoding="utf-8")
    before = contents(folder)
    ran = cli("fmt", "specs")
    assert ran.code == 64
    assert ran.err.count("error[invalid_spec]: ") == 2
    assert contents(folder) == before


def test_a_file_keeps_its_permissions_and_no_other_is_left_beside_it(cli, folder):
    (folder / "a.yaml").chmod(0o664)
    before = contents(folder).keys()
    cli("fmt", "specs")
    assert (folder / "a.yaml").stat().st_mode & 0o777 == 0o664
    assert contents(folder).keys() == before


def test_a_link_stays_a_link_and_its_file_is_written(cli, folder):
    (folder / "lists" / "vip.txt").rename(folder / "people.txt")
    (folder / "people.txt").write_text("bo@example.com\nada@example.com\n", encoding="utf-8")
    (folder / "lists" / "vip.txt").symlink_to("../people.txt")
    assert cli("fmt", "specs").out == "specs/a.yaml\nspecs/people.txt\n2 files changed, 0 as they should be.\n"
    assert (folder / "lists" / "vip.txt").is_symlink()
    assert (folder / "people.txt").read_text(encoding="utf-8") == "ada@example.com\nbo@example.com\n"


def test_what_a_killed_run_left_is_removed_by_the_next_but_nothing_younger_or_of_another_name(cli, folder):
    left = folder / ".omneo-reconcile-abcd_123.tmp"
    others = [
        folder / ".omneo-reconcile-abcd_124.tmp",
        folder / ".omneo-reconcile-notes.tmp",
        folder / "omneo-reconcile-abcd_123.tmp",
        folder.parent / ".omneo-reconcile-abcd_125.tmp",
    ]
    minutes = {left: 11, others[0]: 9}
    for path in (left, *others):
        path.write_text("bo@example.com\n", encoding="utf-8")
        then = (cli.clock.today() - timedelta(minutes=minutes.get(path, 60))).timestamp()
        os.utime(path, (then, then))
    cli("fmt", "--check", "specs")
    assert left.exists()
    cli("fmt", "specs")
    assert not left.exists()
    assert all(path.exists() for path in others)


def test_what_a_killed_run_leaves_has_the_name_that_the_next_one_removes(cli, folder, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", killed)
        patched.setattr(Path, "unlink", killed)
        cli("fmt", "specs")
    (left,) = folder.glob(".omneo*")
    cli.clock.waited += left.stat().st_mtime - cli.clock.unix() + 601
    cli("fmt", "specs")
    assert not left.exists()


@pytest.fixture
def full_disk(folder):  # noqa: ARG001 - written before the disk is full
    """No file of this process can grow."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.usefixtures("full_disk")
def test_a_file_that_cannot_be_written_keeps_what_it_holds(cli, folder):
    before = contents(folder)
    ran = cli("fmt", "specs")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error[not_written]: the file cannot be written (File too large), file specs/a.yaml; ")
    assert contents(folder) == before


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_each_hook_passes_a_spec_in_order_and_refuses_another_as_pre_commit_runs_it(hook, folder):
    (folder / "a.yaml").write_text(SORTED, encoding="utf-8")
    assert run_hook(hook, folder.parent).returncode == 0
    (folder / "a.yaml").write_text(UNSORTED.replace("jane@", ""), encoding="utf-8")
    assert run_hook(hook, folder.parent).returncode == 64


def test_the_hook_of_fmt_refuses_a_valid_spec_that_is_not_in_order(folder):
    hook = next(hook for hook in HOOKS if hook["id"] == "omneo-reconcile-fmt")
    ran = run_hook(hook, folder.parent)
    assert (ran.returncode, ran.stdout) == (1, "specs/a.yaml\n")


def test_the_hooks_run_once_whenever_a_file_of_specs_changes():
    assert [hook["id"] for hook in HOOKS] == ["omneo-reconcile-validate", "omneo-reconcile-fmt"]
    assert {hook["language"] for hook in HOOKS} == {"python"}
    assert {hook["files"] for hook in HOOKS} == {r"^specs/.*\.(?i:ya?ml|csv|txt)$"}
    assert not any(hook["pass_filenames"] for hook in HOOKS)
