"""Which commit the files of a spec are."""

import os

import pytest

from omneo_reconcile.spec.revision import commit_of


@pytest.fixture
def files(tmp_path):
    (tmp_path / "sub").mkdir()
    paths = [tmp_path / "a.yaml", tmp_path / "sub" / ":*-b.csv"]
    for path in paths:
        path.write_text("x")
    return paths


def test_files_as_committed_are_at_the_full_hash_of_head(git, files, monkeypatch):
    git("add", ".")
    git("commit", "-qm", "x")
    assert commit_of(files) == git("rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert len(commit_of(files)) == 40


@pytest.mark.parametrize("state", ["modified", "staged", "untracked", "ignored"])
def test_files_not_as_committed_are_dirty(git, files, tmp_path, state):
    git("add", ".")
    git("commit", "-qm", "x")
    path = tmp_path / ("new.yaml" if state in {"untracked", "ignored"} else "a.yaml")
    path.write_text("y")
    if state == "staged":
        git("add", ".")
    if state == "ignored":
        (tmp_path / ".gitignore").write_text("new.yaml")
    assert commit_of([*files, path]) == f"{git('rev-parse', 'HEAD')}-dirty"


def test_a_spec_file_that_was_committed_and_is_missing_makes_a_spec_dirty_and_others_do_not(git, files, tmp_path):
    for name in ("gone.yaml", ".hidden.yaml", "notes.md"):
        (tmp_path / name).write_text("x")
    git("add", ".")
    git("commit", "-qm", "x")
    for name in (".hidden.yaml", "notes.md"):
        (tmp_path / name).unlink()
    assert commit_of(files, [str(tmp_path)]) == git("rev-parse", "HEAD")
    (tmp_path / "gone.yaml").unlink()
    assert commit_of(files, [str(tmp_path)]) == f"{git('rev-parse', 'HEAD')}-dirty"
    assert commit_of(files, [str(files[0])]) == git("rev-parse", "HEAD")


@pytest.mark.usefixtures("git")
def test_files_without_a_commit_have_none(files):
    assert commit_of(files) is None


def test_files_outside_a_repository_have_none(tmp_path_factory, files, git):
    git("add", ".")
    git("commit", "-qm", "x")
    outside = tmp_path_factory.mktemp("outside") / "a.yaml"
    outside.write_text("x")
    assert commit_of([outside]) is None
    assert commit_of([*files, outside]) is None
    assert commit_of([]) is None


def test_without_git_there_is_no_commit(files, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert commit_of(files) is None


def test_no_filter_that_a_repository_asks_for_is_run(git, files, tmp_path):
    git("add", ".")
    git("commit", "-qm", "x")
    git("config", "filter.x.clean", f"touch {tmp_path / 'ran'}; cat")
    (tmp_path / ".gitattributes").write_text("* filter=x\n")
    os.utime(files[0], (0, 0))
    assert commit_of(files) == git("rev-parse", "HEAD")
    files[0].write_text("y")
    assert commit_of(files).endswith("-dirty")
    assert not (tmp_path / "ran").exists()
