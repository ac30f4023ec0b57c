"""Which files make a spec, and which are never read."""

import os
from datetime import UTC, date, datetime

import pytest

from omneo_reconcile.errors import FailureName, InvalidUse
from omneo_reconcile.spec.load import load_spec

MEMBER = "version: 1\nstatuses: {s: {members: [%s]}}\n"
LISTED = "version: 1\nstatuses: {s: {members_from: [%s]}}\n"


def names(folder, loaded):
    return [name.replace(f"{folder.path.as_posix()}/", "") for name in loaded.spec.files]


def test_a_folder_stands_for_all_spec_files_below_but_hidden_ones(folder):
    folder.write("b.yml", MEMBER % "b@x.org").write("sub/a.YAML", MEMBER % "a@x.org").write("notes.txt", "x")
    folder.write(".hidden.yaml", "x").write(".git/c.yaml", "x")
    loaded = folder.load()
    assert names(folder, loaded) == ["b.yml", "sub/a.YAML"]
    assert sorted(loaded.spec.statuses["s"].members) == ["a@x.org", "b@x.org"]


def test_a_file_reached_twice_counts_once(folder):
    folder.write("a.yaml", MEMBER % "a@x.org").write("sub/b.yaml", LISTED % "../l.txt").write("l.txt", "b@x.org")
    loaded = folder.load("sub", "", "a.yaml", "a.yaml")
    assert loaded._replace(given=()) == folder.load("a.yaml", "", "sub")._replace(given=())
    assert names(folder, loaded) == ["a.yaml", "l.txt", "sub/b.yaml"]
    assert [fault.what.split(" (")[0] for fault in loaded.warnings] == ["`s` is declared in two files"]


def test_files_are_shown_as_the_user_named_them(folder, monkeypatch):
    folder.write("a.yaml", LISTED % "./lists/../l.txt").write("l.txt", "a@x.org").write("lists/x", "")
    monkeypatch.chdir(folder.path)
    assert folder.load(".").spec.files
    monkeypatch.chdir(folder.path.parent)
    folder.path = folder.path.relative_to(folder.path.parent)
    assert folder.load().spec.files == ("specs/a.yaml", "specs/l.txt")


@pytest.mark.parametrize("given", [[], [""], ["nothing.yaml"], ["\0.yaml"], ["{}"], ["{}/empty"], ["{}/notes.txt"]])
def test_a_path_that_names_no_spec_is_wrong_usage(folder, given):
    folder.write("empty/.hidden.yaml", "").write("notes.txt", "")
    paths = [path.format(folder.path / "empty") if path == "{}" else path.format(folder.path) for path in given]
    with pytest.raises(InvalidUse) as caught:
        load_spec(paths, as_of=None, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert caught.value.name is FailureName.NO_SPEC


def test_every_path_that_names_no_spec_is_told_at_once(folder):
    folder.write("a.yaml", "x: 1")
    with pytest.raises(InvalidUse) as caught:
        folder.load("none", "a.yaml", "none.yaml")
    assert len(caught.value.faults) == 2


def test_a_link_out_of_the_folder_is_not_read(folder):
    folder.write("a.yaml", "version: 1").write("../outside.yaml", "secret").write("../lists/l.txt", "a@x.org")
    (folder.path / "b.yaml").symlink_to("../outside.yaml")
    (folder.path / "c.yaml").symlink_to("c.yaml")
    (folder.path / "d").symlink_to("../lists")
    os.mkfifo(folder.path / "e.yaml")
    assert folder.faults() == [
        "b.yaml:1:1: this spec file is outside the spec's folder",
        "c.yaml:1:1: this spec file does not exist or cannot be reached",
        "d:1:1: this folder leads out of the spec's folder",
        "e.yaml:1:1: this spec file is not a regular file",
    ]


def test_a_folder_with_nothing_else_says_what_of_it_cannot_be_used(folder):
    folder.write("../lists/a.yaml", "version: 1")
    with pytest.raises(InvalidUse, match=r"no spec file in this folder, \S+/specs; put a .yaml or .yml file there"):
        folder.load()
    (folder.path / "d").symlink_to("../lists")
    with pytest.raises(InvalidUse, match=r"this folder leads out of the spec's folder, \S+/specs/d; name it as a SPEC"):
        folder.load()


def test_a_link_inside_the_folder_is_followed(folder):
    folder.write("real/a.yaml", MEMBER % "a@x.org")
    (folder.path / "b.yaml").symlink_to("real/a.yaml")
    (folder.path / "c").symlink_to("real")
    assert len(folder.load().spec.files) == 1


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/etc/hosts.txt", "has an absolute path"),
        ("'C:\\l.txt'", "has an absolute path"),
        ("../outside.txt", "is outside the spec's folder"),
        ("link.txt", "is outside the spec's folder"),
        ("fifo.csv", "is not a regular file"),
        ("folder.txt", "is not a regular file"),
        ("none.txt", "does not exist or cannot be reached"),
        ('"a\\0.txt"', "does not exist or cannot be reached"),
        ("l.xlsx", "is neither .csv nor .txt"),
    ],
)
def test_a_list_that_is_no_file_of_the_spec_is_not_read(folder, path, why):
    folder.write("a.yaml", LISTED % path).write("../outside.txt", "a@x.org").write("folder.txt/x", "").write(
        "l.xlsx", ""
    )
    (folder.path / "link.txt").symlink_to("../outside.txt")
    os.mkfifo(folder.path / "fifo.csv")
    assert folder.faults() == [f"a.yaml:2:31: this list {why}"]


def test_a_file_given_by_name_is_confined_to_the_folder_that_holds_it(folder):
    folder.write("sub/a.yaml", LISTED % "../l.txt").write("l.txt", "a@x.org")
    assert folder.load().spec.statuses["s"].members
    assert folder.faults("sub/a.yaml") == ["sub/a.yaml:2:31: this list is outside the spec's folder"]


def test_a_file_or_folder_that_cannot_be_read_is_a_fault_and_not_an_empty_one(folder, monkeypatch):
    folder.write("a.yaml", "version: 1").write("sub/b.yaml", "version: 1")

    def refuse(*_):
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.read_bytes", refuse)
        assert folder.faults("a.yaml") == ["a.yaml:1:1: the file cannot be read"]
    listing = os.scandir

    def scandir(path):
        if str(path).endswith("sub"):
            raise PermissionError(13, "denied", path)
        return listing(path)

    monkeypatch.setattr("os.scandir", scandir)
    assert folder.faults() == ["sub:1:1: this folder cannot be listed"]


def test_a_file_name_that_cannot_be_shown_is_shown_with_a_mark(folder):
    folder.write("a\n\x1b[31m.yaml", "version: 1")
    assert names(folder, folder.load()) == ["a\ufffd\ufffd[31m.yaml"]


def test_the_day_is_that_of_the_time_zone_of_the_spec(folder):
    assert folder.write("a.yaml", "version: 1").load().as_of == date(2026, 6, 30)
    assert folder.write("a.yaml", "version: 1\ntimezone: Australia/Melbourne").load().as_of == date(2026, 7, 1)
    assert folder.load(as_of=date(2020, 1, 1)).as_of == date(2020, 1, 1)
