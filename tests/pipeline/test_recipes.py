"""The action and the recipes: what they may do, and that what they run is the script that the other tests run."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from omneo_reconcile.errors import FailureName
from pipelines import ROOT, OnGitHub, OnGitLab

RECIPES = ROOT / "omneo_reconcile" / "recipes"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
WORKFLOW = yaml.safe_load((RECIPES / "github.yml").read_text())
PIPELINE = yaml.safe_load((RECIPES / "gitlab-ci.yml").read_text())
GUIDE = (ROOT / "docs" / "pipelines.md").read_text()
ON = True  # what YAML 1.1 takes the word `on` for
STEPS = ACTION["runs"]["steps"] + [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
ALLOWED = {
    "review": {"contents": "read", "pull-requests": "write"},
    "apply": {"actions": "read", "contents": "read", "pull-requests": "write"},
    "drift": {"contents": "read"},
}


def test_every_action_is_pinned_by_a_full_commit_with_its_version_beside_it():
    for path in (ROOT / "action.yml", RECIPES / "github.yml", ROOT / "docs" / "pipelines.md"):
        uses = re.findall(r"^ *(?:- )?uses: (.*)$", path.read_text(), re.MULTILINE)
        assert uses
        assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # \S.*", use) for use in uses)


def test_the_guide_explains_failures_that_there_are_and_points_at_files_that_there_are():
    rows = [line.split("|")[1] for line in GUIDE.partition("## When a job is red")[2].splitlines() if line[:1] == "|"]
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert named - {"drift"} <= set(FailureName)
    assert all((ROOT / "docs" / link).exists() for link in re.findall(r"\]\(([\w./-]+)\)", GUIDE))


def test_nothing_that_somebody_may_have_written_becomes_part_of_a_shell_script():
    assert not any("${{" in step.get("run", "") for step in STEPS)


def test_a_job_has_the_permissions_that_it_needs_and_no_more():
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()} == ALLOWED


def test_no_job_runs_with_secrets_on_what_strangers_propose_or_leaves_a_token_in_the_checkout():
    assert WORKFLOW[ON].keys() == {"pull_request", "push", "schedule", "workflow_dispatch"}
    checkouts = [step for step in STEPS if "actions/checkout@" in step.get("uses", "")]
    assert len(checkouts) == len(WORKFLOW["jobs"])
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_token_that_can_write_is_for_applying_on_main_alone():
    writing = [name for name, job in WORKFLOW["jobs"].items() if "OMNEO_WRITE_TOKEN" in str(job)]
    assert writing == ["apply"]
    assert WORKFLOW["jobs"]["apply"]["environment"] == "production"
    assert "github.ref == 'refs/heads/main'" in WORKFLOW["jobs"]["apply"]["if"]
    writing = [name for name, job in PIPELINE.items() if "OMNEO_WRITE_TOKEN" in str(job)]
    assert writing == ["omneo-apply"]
    assert PIPELINE["omneo-apply"]["environment"] == {"name": "production"}
    assert all("$CI_DEFAULT_BRANCH" in rule["if"] for rule in PIPELINE["omneo-apply"]["rules"])


def test_one_apply_runs_after_the_other_and_none_is_cut_off():
    assert WORKFLOW["jobs"]["apply"]["concurrency"] == {"group": "omneo-reconcile-apply", "cancel-in-progress": False}
    assert PIPELINE["omneo-apply"]["resource_group"]
    assert PIPELINE["omneo-apply"]["interruptible"] is False


def test_what_holds_emails_in_full_is_kept_for_a_week_and_not_for_the_public():
    uploads = [step["with"] for step in STEPS if "actions/upload-artifact@" in step.get("uses", "")]
    assert [upload["retention-days"] for upload in uploads] == ["${{ inputs.artifact-retention-days }}"]
    assert ACTION["inputs"]["artifact-retention-days"]["default"] == "7"
    kept = [job["artifacts"] for job in PIPELINE.values() if "artifacts" in job]
    assert [(part["expire_in"], part["access"]) for part in kept] == [("7 days", "developer")] * 2


def test_a_receipt_is_kept_whatever_became_of_the_apply():
    [upload] = [step for step in STEPS if "actions/upload-artifact@" in step.get("uses", "")]
    assert upload["if"].startswith("always() && ")
    assert PIPELINE["omneo-apply"]["artifacts"]["when"] == "always"


def test_the_tag_of_what_was_applied_is_moved_by_a_job_of_its_own_once_nothing_is_pending():
    github, gitlab = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
    job = github["jobs"]["remember"]
    assert (job["permissions"], job["needs"]) == ({"contents": "write"}, "apply")
    checkout, drift, push = job["steps"]
    assert checkout["with"] | {"ref": ""} == {"ref": "", "fetch-depth": 0, "persist-credentials": False}
    assert drift["with"]["command"] == "drift"
    assert drift["with"].keys() <= ACTION["inputs"].keys()
    assert "WRITE_TOKEN" not in GUIDE.partition("```yaml")[2].rpartition("```")[0]
    *_, gate, move = gitlab["omneo-remember"]["script"]
    assert gate.startswith("omneo-reconcile-pipeline drift ")
    for script in (push["run"], move):
        assert script.endswith(f"HEAD:refs/tags/{drift['with']['base']}")
    assert "${{" not in push["run"]


def test_a_workflow_gives_the_action_no_input_that_it_does_not_have():
    ours = [step["with"] for step in STEPS if "omneo-reconcile@" in step.get("uses", "")]
    assert [inputs["command"] for inputs in ours] == list(WORKFLOW["jobs"])
    assert all(inputs.keys() <= ACTION["inputs"].keys() for inputs in ours)


def test_every_output_of_the_action_comes_from_its_run():
    for name, output in ACTION["outputs"].items():
        assert output["value"] == f"${{{{ steps.run.outputs.{name} }}}}"


def test_the_tool_is_installed_from_the_action_itself_and_what_it_needs_by_hash(tmp_path):
    [install] = [step for step in STEPS if step.get("name") == "Install omneo-reconcile"]
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\necho "$@" >> "$LOG"\n[ "$3" = venv ] || exit 0\nmkdir -p "$4/bin"; cp "$0" "$4/bin/python"\n'
    )
    python.chmod(0o755)
    given = {"PYTHON": str(python), "RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": "/the action", "LOG": "log"}
    subprocess.run(["bash", "-e", "-c", install["run"]], env=os.environ | given, cwd=tmp_path, check=True)
    made, locked, tool = (tmp_path / "log").read_text().splitlines()
    assert made == f"-P -m venv {tmp_path}/omneo-reconcile"
    assert locked.endswith(" --require-hashes --requirement /the action/.ci/requirements.txt")
    assert tool.endswith(" --no-deps --no-build-isolation /the action")
    assert "index" not in locked + tool


def test_what_the_action_installs_is_what_the_tool_asks_for():
    lock = (ROOT / ".ci/requirements.txt").read_text()
    locked = {name: Version(version) for name, version in re.findall(r"^([\w.-]+)==(\S+) ", lock, re.MULTILINE)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for wanted in map(Requirement, [*project["project"]["dependencies"], *project["build-system"]["requires"]]):
        assert wanted.specifier.contains(locked[wanted.name.lower()]), wanted


def installed(world: OnGitHub | OnGitLab, folder: Path) -> None:
    """Puts the script where a recipe installs it, with the simulated tenant behind it."""
    folder.mkdir(parents=True)
    script = folder / "omneo-reconcile-pipeline"
    tenant = shlex.join(["--", "--sandbox", "--state-dir", str(world.state)])
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m omneo_reconcile.pipeline "$@" {tenant}\n')
    script.chmod(0o755)


@pytest.fixture
def runner(github, tmp_path):
    """Runs the step of the action that runs the script, as GitHub's runner does: expressions first, then bash."""
    temp = tmp_path / "runner temp"
    installed(github, temp / "omneo-reconcile" / "bin")
    [step] = [step for step in STEPS if step.get("id") == "run"]

    def go(inputs: dict[str, str], event: dict[str, str]) -> subprocess.CompletedProcess[str]:
        known = {f"inputs.{name}": str(value.get("default", "")) for name, value in ACTION["inputs"].items()}
        known |= {"runner.temp": str(temp), "inputs.github-token": github.tokens["GITHUB_TOKEN"]}
        known |= {f"inputs.{name}": value for name, value in inputs.items()}
        given = {
            name: re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: known[match[1]], value)
            for name, value in step["env"].items()
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            env=github.environment(**event, OMNEO_TOKEN=None, GITHUB_TOKEN=None) | given | {"RUNNER_TEMP": str(temp)},
            cwd=github.repository,
            capture_output=True,
            text=True,
            check=False,
        )

    return go


def test_the_action_runs_the_script_with_its_inputs(github, runner):
    inputs = {
        "command": "review",
        "omneo-token": "tenant",
        "allow-adds": "staff=1",
        "comment-key": "acme",
        "base": "main",
    }
    ran = runner(inputs, github.as_review())
    assert ran.returncode == 0, ran.stderr
    comment = github.comments[-1]
    assert "1 to add, 1 to remove" in comment
    assert comment.endswith("<!-- omneo-reconcile-comment acme -->")
    [run] = github.runs_of_the_tool
    for option, value in (("--allow-adds", "staff=1"), ("--base", "main")):
        assert run["arguments"][run["arguments"].index(option) + 1] == value
    assert run["environment"]["OMNEO_TOKEN"] == "tenant"
    assert Path(github.outputs["file"]).exists()


@pytest.mark.parametrize("names", [["command"], ["spec", "tenant", "comment-author", "omneo-token", "base"]])
def test_an_input_is_never_run_as_a_command(github, runner, names):
    trap = '$(touch "$RUNNER_TEMP/trapped"); touch "$RUNNER_TEMP/trapped"'
    ran = runner({"command": "review", **dict.fromkeys(names, trap)}, github.as_review())
    assert ran.returncode == 64
    assert not list(github.folder.rglob("trapped"))


def test_the_gitlab_recipe_runs_the_script(make, tmp_path):
    gitlab = make(OnGitLab)
    installed(gitlab, tmp_path / "bin")
    given = gitlab.environment(OMNEO_TOKEN=None, OMNEO_READ_TOKEN="tenant", **gitlab.as_review())
    gitlab.forge.comments.clear()
    script = "\n".join(PIPELINE["omneo-review"]["script"])
    given["PATH"] = f"{tmp_path / 'bin'}:{given['PATH']}"
    ran = subprocess.run(
        ["bash", "-e", "-c", script], env=given, cwd=gitlab.repository, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "1 to add, 1 to remove" in gitlab.comments[0]
    assert [path.name for path in gitlab.repository.glob("*.json")] == PIPELINE["omneo-review"]["artifacts"]["paths"]
    name = PIPELINE["omneo-review"]["artifacts"]["name"]
    assert name.replace("$CI_COMMIT_SHA", gitlab.head) == f"omneo-plan-omneo-reconcile-{gitlab.head}"
