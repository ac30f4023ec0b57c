"""A spec as it was at a git revision: the same loader, the same rules, and nothing that a repository names is run."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from omneo_reconcile.errors import FailureName, InvalidSpec, InvalidUse
from omneo_reconcile.spec.base import load_base
from omneo_reconcile.spec.load import load_spec

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MEMBER = "version: 1\nstatuses: {s: {members: [%s]}}\n"
LISTED = "version: 1\nstatuses: {t: {members_from: [%s]}}\n"


@pytest.fixture
def written(folder):
    """A folder with all that a spec may be made of."""
    folder.write("a.yaml", MEMBER % "a@x.org").write("sub/b.yml", LISTED % "../lists/l.csv, l.txt")
    folder.write("lists/l.csv", "email,until\nb@x.org,2027-01-01\n").write("sub/l.txt", "c@x.org\n")
    folder.write(".hidden.yaml", "x").write("sub/.hidden/c.yaml", "x").write("notes.md", "x")
    folder.write("real/deep/d.yaml", "version: 1\nprofiles: {d@x.org: [s]}\n")
    (folder.path / "linked.yaml").symlink_to("real/deep/d.yaml")
    (folder.path / "linked").symlink_to("real")
    return folder


def base(*paths, revision="HEAD"):
    return load_base([str(path) for path in paths], revision, now=NOW)


def on_disk(*paths):
    return load_spec([str(path) for path in paths], as_of=None, now=NOW).spec


def refused(*paths, revision="HEAD"):
    with pytest.raises(InvalidUse) as caught:
        base(*paths, revision=revision)
    assert caught.value.name is FailureName.USAGE
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].next_step
    return caught.value.faults[0].what


@pytest.mark.parametrize(
    ("cwd", "given"),
    [
        ("", "{top}/specs"),
        ("", "specs"),
        ("", "./specs/../specs"),
        ("specs/sub", ".."),
        ("specs/sub", "../../specs"),
        ("specs", "."),
        ("specs", "linked/../a.yaml"),
        ("", "specs/linked"),
        ("", "specs/linked/deep/d.yaml"),
        ("", "specs/sub/b.yml specs/a.yaml specs"),
        ("new", "../specs"),
        ("", "{top}/new/../specs"),
        ("", "{elsewhere}/repository/specs"),
        ("", "{elsewhere}/specs/a.yaml"),
    ],
)
def test_what_was_committed_is_read_as_from_disk_wherever_it_is_named_from(
    written, commit, tmp_path_factory, monkeypatch, cwd, given
):
    tmp_path = written.path.parent
    hash_ = commit()
    (tmp_path / "new").mkdir()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "repository").symlink_to(tmp_path)
    (elsewhere / "specs").symlink_to(written.path)
    monkeypatch.chdir(tmp_path / cwd)
    paths = given.format(top=tmp_path, elsewhere=elsewhere).split()
    spec = on_disk(*paths)
    assert spec.statuses
    assert base(*paths)[:3] == (hash_, spec, ())


@pytest.mark.parametrize("given", ["..", "../linked"])
def test_each_file_is_named_as_git_shows_it(written, commit, git, monkeypatch, given):
    commit()
    monkeypatch.chdir(written.path / "sub")
    names = base(given).names
    assert names
    for file, name in names.items():
        assert git("show", name) == Path(file).read_text(encoding="utf-8").strip()


def test_a_revision_is_what_it_was_and_not_what_is_on_disk(written, commit, git):
    commit()
    git("tag", "--annotate", "--message", "x", "v1")
    before = on_disk(written.path)
    (written.path / "linked").unlink()
    (written.path / "linked").symlink_to("sub")
    shutil.rmtree(written.path / "real")
    written.write("a.yaml", MEMBER % "z@x.org").write("real/deep", "no folder any more")
    (written.path / "linked.yaml").unlink()
    commit()
    for revision in ("HEAD~1", "v1", "HEAD^{/x}~1"):
        assert base(written.path, revision=revision).spec == before
    assert base(written.path / "linked", revision="v1").spec.statuses.keys() == {"s"}


def test_reading_a_revision_writes_nothing(written, commit, tmp_path):
    commit()

    def state():
        return {str(path): path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}

    before = state()
    base(written.path)
    assert state() == before


def test_no_program_of_a_repository_runs(written, commit, git, tmp_path):
    commit()
    ran = f"touch {tmp_path / 'ran'}; cat"
    for name in ("core.fsmonitor", "filter.x.smudge", "filter.x.clean", "diff.x.textconv", "core.sshCommand"):
        git("config", name, ran)
    (tmp_path / ".gitattributes").write_text("* filter=x diff=x\n")
    base(written.path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "links",
    [
        {"b.yaml": "../outside.yaml"},
        {"b.yaml": "/etc/hosts"},
        {"b.yaml": "../../../../../../../etc/hosts"},
        {"b.yaml": "b.yaml"},
        {"b.yaml": "c.yaml", "c.yaml": "b.yaml"},
        {"b.yaml": "nothing.yaml"},
        {"b.yaml": "real"},
        {"d": "../lists"},
        {"a.yaml": "real/l.yaml"},
        {"l.txt": "../outside.yaml"},
        {"l.txt": "real"},
        {"l.txt": "real/none.txt"},
    ],
    ids=str,
)
def test_the_rules_of_confinement_hold_in_a_commit_as_they_do_on_disk(folder, commit, links):
    folder.write("a.yaml", LISTED % "l.txt").write("l.txt", "a@x.org").write("../outside.yaml", "version: 1")
    folder.write("real/l.yaml", LISTED % "../../lists/l.txt").write("../lists/l.txt", "b@x.org")
    for name, target in links.items():
        (folder.path / name).unlink(missing_ok=True)
        (folder.path / name).symlink_to(target)
    commit()
    found = folder.faults()
    with pytest.raises(InvalidSpec) as caught:
        base(folder.path)
    assert [folder.line(fault) for fault in caught.value.faults] == [f"HEAD:{line}" for line in found]


def test_a_link_back_into_the_repository_by_its_absolute_path_is_followed(folder, commit):
    folder.write("a.yaml", LISTED % "l.txt").write("real.txt", "a@x.org")
    (folder.path / "l.txt").symlink_to(folder.path / "real.txt")
    commit()
    assert base(folder.path).spec == on_disk(folder.path)


def test_a_submodule_is_not_followed_and_does_not_look_like_nothing(written, commit, git):
    hash_ = commit()
    git("update-index", "--add", "--cacheinfo", f"160000,{hash_},specs/module")
    git("commit", "-q", "--message", "x")
    with pytest.raises(InvalidSpec) as caught:
        base(written.path)
    assert [written.line(fault) for fault in caught.value.faults] == ["HEAD:module:1:1: this folder cannot be listed"]


def test_faults_of_the_base_are_told_at_its_places(folder, commit):
    folder.write("a.yaml", "version: 1\nstatuses: {s: {members: [a]}}").write("b.yaml", "version: 2")
    commit()
    folder.write("a.yaml", MEMBER % "a@x.org").write("b.yaml", "version: 1")
    with pytest.raises(InvalidSpec) as caught:
        base(folder.path)
    assert [folder.line(fault) for fault in caught.value.faults] == [
        "HEAD:a.yaml:2:26: not an email address",
        "HEAD:b.yaml:1:10: this version of the format is not known",
    ]


def test_a_list_all_of_whose_members_have_expired_since_is_a_sound_base(folder, commit):
    member = "{email: a@x.org, until: 2020-01-01}"
    folder.write("a.yaml", f"version: 1\nstatuses: {{s: {{mode: exclusive, members: [{member}]}}}}")
    commit()
    assert base(folder.path).spec.statuses["s"].members


def test_a_path_at_which_nothing_was_is_told_and_the_others_are_read(folder, commit):
    folder.write("old/a.yaml", MEMBER % "a@x.org").write("readme/notes.md", "x")
    hash_ = commit()
    folder.write("new/b.yaml", MEMBER % "b@x.org").write("readme/c.yaml", "version: 1").write("d.yaml", "version: 1")
    old, new, readme, file = (str(folder.path / name) for name in ("old", "new", "readme", "d.yaml"))
    assert base(new, readme, file)[:3] == (hash_, None, (new, readme, file))
    assert base(new, old)[:3] == (hash_, on_disk(old), (new,))


def test_what_was_no_spec_then_is_a_fault_and_not_nothing(folder, commit, git, tmp_path):
    folder.write("a.yaml", MEMBER % "a@x.org").write("../sub", "a file")
    hash_ = commit()
    git("update-index", "--add", "--cacheinfo", f"160000,{hash_},module/sub")
    git("commit", "-q", "--message", "x")
    (tmp_path / "sub").unlink()
    folder.write("../sub/a.yaml", MEMBER % "a@x.org").write("../module/sub/a.yaml", MEMBER % "a@x.org")
    for path, what in {"sub": "not a spec file", "module/sub": "this folder cannot be listed"}.items():
        with pytest.raises(InvalidUse) as caught:
            base(tmp_path / Path(path).parts[0])
        assert folder.line(caught.value.faults[0]).endswith(f"/{path}: {what}")
        assert caught.value.faults[0].where.startswith("HEAD:")


@pytest.mark.parametrize("revision", ["none", "", "-h", "--all", "HEAD:specs", "HEAD..HEAD", "a\0b", "HEAD~9"])
def test_a_revision_that_is_none_is_told(written, commit, revision):
    commit()
    assert refused(written.path, revision=revision) == "no such revision"


def test_a_shallow_clone_says_how_to_get_the_revision(written, commit, git, tmp_path):
    first = commit()
    written.write("a.yaml", MEMBER % "z@x.org")
    commit()
    git("clone", "-q", "--depth", "1", f"file://{tmp_path}", str(tmp_path / "clone"))
    specs = tmp_path / "clone" / "specs"
    for revision in (first, "HEAD~1", "origin/main"):
        assert refused(specs, revision=revision) == "the revision is not in this shallow clone"
    assert base(specs).spec == on_disk(specs)


def test_a_partial_clone_fetches_nothing_and_says_so(written, commit, git, tmp_path):
    commit()
    written.write("a.yaml", MEMBER % "z@x.org")
    commit()
    git("config", "uploadpack.allowFilter", "true")
    for kind in ("blob:none", "tree:0"):
        clone = tmp_path / f"clone-{kind[:4]}"
        git("clone", "-q", f"--filter={kind}", f"file://{tmp_path}", str(clone))
        held = git("count-objects", "-v", below=clone.name)
        assert refused(clone / "specs", revision="HEAD~1") == "git does not have all files of the revision"
        assert git("count-objects", "-v", below=clone.name) == held


def test_a_spec_outside_of_a_repository_or_in_two_has_no_base(written, commit, tmp_path_factory, tmp_path):
    commit()
    outside = tmp_path_factory.mktemp("outside")
    shutil.copytree(written.path, outside / "specs")
    assert refused(outside / "specs") == "the spec is in no git repository"
    assert refused(written.path, outside / "specs") == "the spec is in no git repository"
    shutil.copytree(tmp_path, outside / "other", symlinks=True)
    assert refused(written.path, outside / "other" / "specs") == "the spec is in two git repositories"


def test_a_spec_that_was_a_link_out_of_the_repository_has_no_base(folder, commit, tmp_path):
    (tmp_path / "specs").symlink_to("/elsewhere")
    commit()
    (tmp_path / "specs").unlink()
    folder.write("a.yaml", MEMBER % "a@x.org")
    assert refused(folder.path) == "the spec is outside of the repository"


def test_without_git_there_is_no_base(written, commit, monkeypatch):
    commit()
    monkeypatch.setenv("PATH", "")
    assert refused(written.path) == "there is no git"


def test_the_repository_is_that_of_the_files_whatever_a_hook_says(written, commit, monkeypatch):
    commit()
    monkeypatch.setenv("GIT_DIR", os.devnull)
    assert base(written.path).spec == on_disk(written.path)


def test_a_submodule_or_a_link_in_place_of_the_spec_does_not_choose_the_repository(written, commit, git, tmp_path):
    """Whoever may edit a repository must not name the one that its base is read in."""
    commit()
    other = tmp_path / "other"
    shutil.copytree(written.path, other / "specs", symlinks=True)
    git("init", "-q", below="other")
    git("add", "--all", below="other")
    git("commit", "-qm", "x", below="other")
    shutil.rmtree(written.path)
    written.path.symlink_to("other/specs")
    assert refused(written.path) == "the spec is a link out of its git repository"
    assert refused(written.path / "a.yaml") == "the spec is a link out of its git repository"
    assert refused(written.path / "sub" / ".." / "a.yaml") == "the spec is a link out of its git repository"
    assert base(other / "specs").spec == on_disk(other / "specs")
    written.path.unlink()
    git("rm", "-qr", "--cached", "specs")
    git("submodule", "add", "-q", str(other), "specs")
    for path in (written.path, written.path / "specs", written.path / "specs" / "a.yaml"):
        assert refused(path) == "the spec is in a submodule"


def test_a_link_to_a_spec_beside_the_repository_is_refused(written, commit, tmp_path_factory):
    commit()
    beside = tmp_path_factory.mktemp("beside")
    for place in (beside, written.path.parent):
        shutil.copytree(written.path, place / "copied", symlinks=True)
    shutil.rmtree(written.path)
    written.path.symlink_to(beside / "copied")
    assert refused(written.path) == "the spec is a link out of its git repository"
    (written.path.parent / "link").symlink_to(beside)
    assert refused(written.path.parent / "link" / "copied") == "the spec is a link out of its git repository"


def test_a_spec_that_is_a_link_now_is_held_against_what_its_own_path_was(written, commit, tmp_path):
    commit()
    before = on_disk(written.path)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a.yaml").write_text(MEMBER % "z@x.org")
    shutil.rmtree(written.path)
    written.path.symlink_to("new")
    assert base(written.path).spec == before
    assert base(written.path / "a.yaml").spec.statuses["s"].members.keys() == {"a@x.org"}
    assert base(tmp_path / "new").missing == (str(tmp_path / "new"),)
    assert base(written.path / "sub" / ".." / "a.yaml").spec.statuses["s"].members.keys() == {"a@x.org"}


def test_what_is_named_behind_a_link_of_now_is_what_its_own_path_was(written, commit, tmp_path):
    """`x/../specs` was beside `x`, though `x` leads elsewhere now."""
    written.write("../new/specs/a.yaml", MEMBER % "z@x.org").write("../x/notes.md", "x").write("../new/x/notes.md", "x")
    commit()
    before = on_disk(written.path)
    shutil.rmtree(tmp_path / "x")
    (tmp_path / "x").symlink_to("new/x")
    path = tmp_path / "x" / ".." / "specs"
    assert on_disk(path).statuses["s"].members.keys() == {"z@x.org"}
    assert base(path).spec.digest == before.digest


@pytest.mark.usefixtures("written")
def test_a_path_that_led_out_of_the_repository_has_no_base_wherever_it_leads_now(commit, tmp_path):
    (tmp_path / "link").symlink_to("/elsewhere")
    commit()
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("specs")
    assert refused(tmp_path / "link") == "the spec is outside of the repository"


def test_a_commit_is_what_it_is_whatever_replaces_it(written, commit, git, tmp_path):
    """Neither a replaced object nor another parent makes a base of what was not committed there."""
    first = commit()
    before = on_disk(written.path)
    written.write("a.yaml", MEMBER % "z@x.org")
    second = commit()
    git("replace", first, second)
    assert base(written.path, revision=first).spec == before
    git("replace", "--delete", first)
    git("replace", "HEAD:specs/a.yaml", f"{first}:specs/a.yaml")
    assert base(written.path).spec == on_disk(written.path) != before
    (tmp_path / ".git" / "info" / "grafts").write_text(f"{second}\n")
    assert base(written.path, revision="HEAD~1").spec == before
