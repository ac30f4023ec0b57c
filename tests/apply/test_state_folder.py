"""The state folder: closed to others, used by one apply at a time."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from omneo_reconcile.apply.journal import Journal
from omneo_reconcile.apply.state_folder import locked, make_state_folder
from omneo_reconcile.core.journal import Refused, Sent, Settled
from omneo_reconcile.errors import FailureName, StateFolderError
from simulated import NOON


def test_a_new_folder_is_closed_to_others_and_keeps_itself_out_of_git(tmp_path):
    folder = make_state_folder(tmp_path / "new" / "state")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"


def test_a_gitignore_that_is_there_is_left_as_it_is(tmp_path):
    (tmp_path / ".gitignore").write_text("mine\n")
    make_state_folder(make_state_folder(tmp_path))
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "state").write_text("")
    with pytest.raises(StateFolderError) as caught:
        make_state_folder(tmp_path / "state")
    assert caught.value.name is FailureName.STATE_FOLDER
    assert "--state-dir" in str(caught.value)


def test_a_gitignore_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / ".gitignore").symlink_to(tmp_path / "nowhere" / "file")
    with pytest.raises(StateFolderError):
        make_state_folder(tmp_path)


def test_a_folder_that_may_not_be_written_is_told():
    with pytest.raises(StateFolderError):
        make_state_folder(Path("/proc/self"))  # where not even root may write


def test_a_second_apply_is_refused_and_told_which_process_is_at_work(tmp_path):
    with locked(tmp_path, 0), pytest.raises(StateFolderError) as caught, locked(tmp_path, 0):
        pass
    assert caught.value.name is FailureName.LOCKED
    assert f"process {os.getpid()}" in str(caught.value)


def test_a_second_apply_waits_for_the_first_if_told_to(tmp_path):
    first, done = locked(tmp_path, 0), []
    first.__enter__()
    timer = threading.Timer(0.2, lambda: (done.append("first"), first.__exit__(None, None, None)))
    timer.start()
    with locked(tmp_path, 10):
        done.append("second")
    timer.join()
    assert done == ["first", "second"]


def test_a_folder_is_free_again_after_a_failure(tmp_path):
    with pytest.raises(RuntimeError), locked(tmp_path, 0):
        raise RuntimeError
    with locked(tmp_path, 0):
        pass


def test_a_process_that_was_killed_holds_nothing(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from omneo_reconcile.apply.state_folder import locked\n"
        "with locked(Path(sys.argv[1]), 0): os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code, tmp_path], cwd=root, check=False).returncode == -9
    with locked(tmp_path, 0):
        pass


def test_a_holder_that_has_not_written_its_name_yet_is_unknown(tmp_path):
    with locked(tmp_path, 0):
        (tmp_path / "lock-holder").unlink()
        with pytest.raises(StateFolderError, match="its process is unknown"), locked(tmp_path, 0):
            pass


@pytest.mark.parametrize("name", ["lock", "lock-holder"])
def test_a_lock_that_cannot_be_written_is_told_and_not_held(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(StateFolderError) as caught, locked(tmp_path, 0):
        pass
    assert caught.value.name is FailureName.STATE_FOLDER
    (tmp_path / name).rmdir()
    with locked(tmp_path, 0):
        pass


def test_each_event_is_one_line_that_says_when(tmp_path):
    with Journal(tmp_path, lambda: NOON) as journal:
        journal.append(Sent(1), Settled(1))
        journal.append(Refused(2, 422))
    assert (tmp_path / "journal.jsonl").read_text().splitlines() == [
        '{"at":"2026-06-15T12:00:00Z","event":"sent","batch":1}',
        '{"at":"2026-06-15T12:00:00Z","event":"settled","batch":1}',
        '{"at":"2026-06-15T12:00:00Z","event":"refused","batch":2,"status":422}',
    ]
