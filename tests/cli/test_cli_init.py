"""`init`: what a new repository begins with, what is found out for it, and what is never touched."""

import re
from pathlib import Path

import pytest
import yaml

from omneo_reconcile.cli.edges import SystemClock
from omneo_reconcile.cli.first_files import IGNORED
from omneo_reconcile.cli.repository import Branch, branch_of, forges_of
from omneo_reconcile.spec.load import load_spec
from pipelines import ROOT
from simulated import NOON

RECIPES = ROOT / "omneo_reconcile" / "recipes"


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if ".git/" not in str(path))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.is_file()}


@pytest.mark.parametrize("options", [[], ["--tenant", "acme"], ["--tenant", "0123", "--pipeline", "gitlab"]])
def test_the_first_spec_is_valid_as_fmt_writes_it_and_only_lacks_a_status(cli, options):
    assert cli("init", *options).code == 0
    ran = cli("validate", "specs")
    assert (ran.code, ran.err) == (0, "warning: the spec names no status, specs/spec.yaml:1:1; add `statuses:`\n")
    assert cli("fmt", "--check", "specs").code == 0


def test_the_example_in_the_first_spec_is_a_spec(cli):
    cli("init")
    lines = (cli.folder / "specs/spec.yaml").read_text().partition("# version: 1\n")[2].splitlines()
    (cli.folder / "vip.yaml").write_text("\n".join(["version: 1", *(line.removeprefix("# ") for line in lines), ""]))
    assert cli("validate", "--strict", "vip.yaml").code == 0


def test_editors_find_the_schema_that_the_first_line_of_the_spec_names(cli):
    cli("init")
    first = (cli.folder / "specs/spec.yaml").read_text().splitlines()[0]
    named = cli.folder / "specs" / first.removeprefix("# yaml-language-server: $schema=")
    assert named.read_text() == cli("schema").out


@pytest.mark.parametrize("handle", ["vip", "spec"])
def test_an_import_into_the_first_spec_makes_it_say_what_is_live(cli, handle):
    cli("init", "--tenant", "acme")
    with cli.tenant() as store:
        store.add_definition(handle, handle)
    assert cli("import", "--sandbox", "--tenant", "acme", "--status", handle, "--out", "specs").code == 0
    assert cli("validate", "--strict", "specs").code == 0
    assert cli("fmt", "--check", "specs").code == 0
    assert cli("plan", "specs", "--sandbox", "--tenant", "acme").last_line.startswith("No changes. ")


def test_the_spec_says_its_tenant_and_the_time_zone_of_this_machine(cli):
    cli("init", "--tenant", "0123")
    assert load_spec(["specs"], as_of=None, now=NOON).spec.tenant == "0123"
    assert "\ntimezone: Australia/Melbourne #" in (cli.folder / "specs/spec.yaml").read_text()


@pytest.mark.parametrize("tenant", ["acme-2", "acme-main", "0123", "1e3", "true"])
def test_the_pipelines_are_the_recipes_with_the_tenant_as_text_and_the_branch(cli, git, tenant):
    git("checkout", "-q", "-b", "release/1.x")
    for name, path in (("github", ".github/workflows/omneo.yml"), ("gitlab-ci", ".gitlab-ci.yml")):
        assert cli("init", "--tenant", tenant, "--pipeline", name.removesuffix("-ci")).code == 0
        recipe = (RECIPES / f"{name}.yml").read_text().partition("\n")[2]
        wanted = yaml.safe_load(recipe.replace("main", "release/1.x").replace("acme", f"'{tenant}'"))
        assert yaml.safe_load((cli.folder / path).read_text()) == wanted


@pytest.mark.parametrize("options", [["--tenant", "other"], []])
@pytest.mark.parametrize("pipeline", ["github", "gitlab"])
def test_every_line_that_is_left_to_fill_in_is_told(cli, pipeline, options):
    told = re.findall(r"^  (\S+):([\d,]+)  ", cli("init", "--pipeline", pipeline, *options).out, re.MULTILINE)
    [path] = {path for path, _ in told if not path.startswith("specs")}
    lines = (cli.folder / path).read_text().splitlines()
    blanks = 'acme|your-|0{40}|pin it|refs/heads/main|\\["main'
    blank = {number for number, line in enumerate(lines, 1) if re.search(blanks, line)}
    assert blank == {int(number) for file, numbers in told if file == path for number in numbers.split(",")}


@pytest.mark.parametrize(
    ("url", "forge"),
    [
        ("git@github.com:ours/repo.git", "github"),
        ("https://user:secret@github.example.com/ours/gitlab.git", "github"),
        ("ssh://git@gitlab.example.com:2222/ours/github.git", "gitlab"),
        ("https://git.example.com/github/gitlab.git", None),
        ("/srv/github/repo.git", None),
    ],
)
def test_the_host_of_a_remote_tells_the_forge(git, tmp_path, url, forge):
    git("remote", "add", "upstream", url)
    assert forges_of(tmp_path) == ([forge] if forge else [])


def test_without_a_telling_remote_the_files_tell_the_forge_unless_they_tell_two(git, tmp_path):
    git("remote", "add", "one", "git@github.com:ours/repo.git")
    git("remote", "add", "two", "git@gitlab.com:ours/repo.git")
    assert forges_of(tmp_path) == ["github", "gitlab"]
    (tmp_path / ".gitlab-ci.yml").touch()
    assert forges_of(tmp_path) == ["gitlab"]
    (tmp_path / ".github").mkdir()
    assert forges_of(tmp_path) == ["github", "gitlab"]


def test_of_two_forges_that_of_origin_is_meant_and_else_it_says_that_there_are_two(cli, git):
    git("remote", "add", "backup", "git@gitlab.com:ours/repo.git")
    git("remote", "add", "mirror", "git@github.com:ours/repo.git")
    assert "No pipeline: the remotes or files are of both GitHub and GitLab; pass --pipeline" in cli("init").out
    git("remote", "rename", "mirror", "origin")
    assert "Wrote .github/workflows/omneo.yml\n" in cli("init").out


def test_where_nothing_tells_the_forge_no_pipeline_is_written_and_it_says_so(cli):
    assert "No pipeline: neither a remote nor a file tells which; pass --pipeline github or gitlab." in cli("init").out
    assert contents(cli.folder).keys() == {".gitignore", ".omneo.schema.json", "specs/spec.yaml"}
    assert "No pipeline" not in cli("init", "--pipeline", "none").out


def test_the_default_branch_is_that_of_origin_or_else_the_only_one(git, commit, tmp_path):
    git("checkout", "-q", "-b", "trunk")
    assert branch_of(tmp_path) == Branch("trunk", is_sure=False)  # not yet born
    (tmp_path / "file").touch()
    head = commit()
    git("tag", "trunk")  # a name for two things
    assert branch_of(tmp_path) == Branch("trunk", is_sure=False)
    git("checkout", "-q", "-b", "feature")
    assert branch_of(tmp_path) == Branch(None, is_sure=False)
    git("update-ref", "refs/remotes/origin/live", head)
    git("update-ref", "refs/heads/origin/live", head)
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/live")
    assert branch_of(tmp_path) == Branch("live", is_sure=True)


def test_the_lines_that_name_a_branch_are_left_to_check_unless_origin_told_it(cli, git, commit):
    git("checkout", "-q", "-b", "trunk")
    told = "  .github/workflows/omneo.yml:7,44  the default branch, if it is not trunk\n"
    assert told in cli("init", "--pipeline", "github").out
    git("update-ref", "refs/remotes/origin/trunk", commit())
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    (cli.folder / ".github/workflows/omneo.yml").unlink()
    assert "the default branch" not in cli("init", "--pipeline", "github").out


@pytest.mark.parametrize("name", ["it's", 'a"b', "a]", "a,b", "${{x}}", "ünder"])
def test_a_branch_whose_name_could_mean_more_in_a_workflow_is_left_to_fill_in(cli, git, name):
    git("symbolic-ref", "HEAD", f"refs/heads/{name}")
    assert "the default branch" in cli("init", "--pipeline", "github").out
    assert 'branches: ["main"]' in (cli.folder / ".github/workflows/omneo.yml").read_text()


def test_a_second_time_there_is_nothing_to_do(cli):
    cli("init", "--pipeline", "github")
    before = contents(cli.folder)
    kept = ["specs", ".omneo.schema.json", ".github/workflows/omneo.yml"]
    told = "".join(["Nothing to do.\n", *(f"Left as it is: {path}\n" for path in kept)])
    assert cli("init", "--pipeline", "github", "--tenant", "other") == (0, told, "")
    assert contents(cli.folder) == before


def test_what_is_there_stays_and_the_rest_is_still_done(cli):
    ours = ["specs/team/ours.yml", ".omneo.schema.json", ".gitlab-ci.yml"]
    (cli.folder / "specs/team").mkdir(parents=True)
    for path in ours:
        (cli.folder / path).write_text("ours")
    ran = cli("init")
    wrote, *left = ran.out.splitlines()[:4]
    assert wrote == "Wrote .gitignore"
    kept = ["specs", ".omneo.schema.json", ".gitlab-ci.yml; the jobs to add to it are in docs/pipelines.md of the tool"]
    assert left == [f"Left as it is: {path}" for path in kept]
    added = {".gitignore": (cli.folder / ".gitignore").read_bytes()}
    assert contents(cli.folder) == dict.fromkeys(ours, b"ours") | added


@pytest.mark.parametrize(
    ("present", "added"),
    [
        (b"", ".omneo-reconcile/ plan.json receipt.json undo.json"),
        (b"dist/\r\n/plan.json\r\n.omneo-reconcile  ", "receipt.json undo.json"),
        (b"\xff\n!receipt.json\n", ".omneo-reconcile/ plan.json receipt.json undo.json"),
        (b"plan.json/\n undo.json\nreceipt.json\n!/receipt.json", ".omneo-reconcile/ plan.json receipt.json undo.json"),
    ],
)
def test_an_ignore_file_keeps_its_bytes_and_permissions_and_gets_the_rules_that_it_lacks(cli, present, added):
    path = cli.folder / ".gitignore"
    path.write_bytes(present)
    path.chmod(0o640)
    cli("init")
    written = path.read_bytes()
    assert written.startswith(present)
    assert written.removeprefix(present).decode().split("\n# Files of")[-1].split("\n", 1)[-1].split() == added.split()
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "present", ["", "/plan.json\r\nundo.json \n", "plan.json/\n undo.json\n", "plan.json\n!plan.json\n"]
)
def test_git_ignores_by_the_rules_whatever_was_there(cli, git, present):
    (cli.folder / ".gitignore").write_bytes(present.encode())
    cli("init")
    assert git("check-ignore", *IGNORED).split() == list(IGNORED)


def test_what_holds_emails_in_full_is_ignored_by_git(cli, git):
    cli("init")
    cli("plan", "specs", "--sandbox", "--out", "plan.json")
    cli("apply", "plan.json", "--sandbox", "--receipt", "receipt.json")
    cli("plan", "--undo", "receipt.json", "--sandbox", "--out", "undo.json")
    assert len(list(cli.folder.glob("[!.]*.json"))) == 3
    assert git("status", "--porcelain", "--untracked-files=all").split() == [
        *("??", ".gitignore", "??", ".omneo.schema.json", "??", "specs/spec.yaml")
    ]


def test_a_workflow_that_names_the_tool_already_stays_the_only_one(cli):
    workflows = cli.folder / ".github/workflows"
    workflows.mkdir(parents=True)
    (workflows / "build.yml").write_text("ours")
    (workflows / "statuses.yaml").write_text("uses: ours/omneo-reconcile@main")
    said = "Left as it is: .github/workflows/statuses.yaml; it names omneo-reconcile, so no other workflow is written\n"
    assert said in cli("init").out
    assert sorted(path.name for path in workflows.iterdir()) == ["build.yml", "statuses.yaml"]


@pytest.mark.parametrize("place", [".gitignore", "specs", ".github", ".github/workflows/omneo.yml"])
@pytest.mark.parametrize("is_link", [True, False])
def test_a_link_or_whatever_else_is_in_the_way_is_refused_and_nothing_is_written(cli, tmp_path, place, is_link):
    path = cli.folder / "repo" / place
    path.parent.mkdir(parents=True)
    if is_link:
        path.symlink_to(tmp_path / "nowhere")
    elif path.suffix or path.name == ".gitignore":
        path.mkdir()
    else:
        path.touch()
    before = contents(cli.folder)
    ran = cli("init", "repo", "--pipeline", "github")
    assert ran.code == 64
    assert ran.err.startswith("error[usage]: something else is in the place of a ")
    assert f"repo/{place}; move it away" in ran.err
    assert contents(cli.folder) == before


def test_a_folder_is_made_and_the_next_commands_run_in_it(cli):
    ran = cli("init", "new/repo", "--tenant", "acme", "--pipeline", "gitlab")
    assert "Wrote new/repo/specs/spec.yaml\n" in ran.out
    assert "Next in new/repo, " in ran.out
    assert (cli.folder / "new/repo/.gitlab-ci.yml").is_file()


@pytest.mark.usefixtures("git")
def test_a_folder_inside_a_repository_is_refused(cli):
    ran = cli("init", "yet/to/make")
    assert ran.code == 64
    assert ran.err.startswith("error[usage]: this folder is inside a repository, folder yet/to/make; ")
    assert contents(cli.folder) == {}


def test_a_repository_that_git_refuses_is_told_as_such(cli):
    (cli.folder / ".git").write_text("gitdir: nowhere\n")
    ran = cli("init")
    assert (ran.code, ran.err) == (
        64,
        "error[usage]: git refuses the repository of this folder, folder .; run `git status` in it: it says why\n",
    )


@pytest.mark.parametrize("folder", ["", "a\0b"])
def test_a_name_that_leads_nowhere_is_refused(cli, folder):
    assert cli("init", folder).err.startswith("error[usage]: Invalid value for '[DIR]': name a file or folder; ")
    assert contents(cli.folder) == {}


def test_a_name_that_no_tenant_has_is_refused(cli):
    assert cli("init", "--tenant", "Acme!").code == 64
    assert contents(cli.folder) == {}


def test_what_cannot_be_written_is_told(cli):
    ran = cli("init", "n" * 300)
    assert ran.code == 1
    assert ran.err.startswith("error[not_written]: the first files cannot be written (File name too long), folder n")
    assert ran.err.endswith("; name a shorter one\n")


@pytest.mark.parametrize(
    ("told", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("UTC", None),
        ("Etc/UTC", None),
        ("CET-1CEST,M3.5.0,M10.5.0/3", None),
        ("No/Where", None),
        ("/etc/localtime", None),
    ],
)
def test_the_time_zone_of_the_machine_is_known_by_name_or_not_at_all(monkeypatch, told, zone):
    monkeypatch.setenv("TZ", told)
    assert SystemClock().timezone() == zone
