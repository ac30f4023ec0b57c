"""A repository with a spec, its tenant, a forge on this machine, and the script as a job of that forge runs it."""

import json
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import chdir, closing, contextmanager
from pathlib import Path
from typing import ClassVar, NamedTuple, Self
from unittest import mock

import pytest

import omneo_reconcile
from forges import REPOSITORY, REPOSITORY_ID, Forge, zipped
from omneo_reconcile.pipeline.__main__ import run
from omneo_reconcile.pipeline.forge import Request
from omneo_reconcile.pipeline.github import GitHub
from omneo_reconcile.pipeline.gitlab import GitLab
from omneo_reconcile.sandbox import Dialect, Store

FORGE_TOKEN, TENANT_TOKEN = "forge-canary-5d1f7", "tenant-canary-9c2e4"
ROOT = Path(omneo_reconcile.__file__).parent.parent
BEFORE = """\
version: 1
statuses:
  staff: {mode: exclusive, members: [priya.patel@example.com, leo.wilson@example.com, hannah.king@example.com]}
"""
AFTER = BEFORE.replace("members: [", "members: [zoe.harris@example.com, ")
LIVE = BEFORE.replace("members: [", "members: [summer.temp@example.com, ")
FAILING = ("--allow-adds", "nonsense")  # ends the tool at once
AS_REVIEWED = {"priya.patel", "leo.wilson", "hannah.king", "zoe.harris"}
AS_IT_WAS = {"priya.patel", "leo.wilson", "hannah.king", "summer.temp"}


class Done(NamedTuple):
    """What a run of the script left behind."""

    code: int
    out: str
    err: str


class World(ABC):
    """One repository, its tenant and its forge. What differs between the forges is in the two below."""

    number = 12
    stranger: ClassVar = {"id": 666, "login": "mallory", "type": "User"}
    tokens: ClassVar[dict[str, str]]
    not_merged: ClassVar[dict]

    def __init__(self, folder: Path, forge: Forge) -> None:
        self.folder = folder
        self.forge = forge
        self.repository, self.state, self.kept = folder / "repository", folder / "state", folder / "kept"
        self.base = self.head = ""
        self.tool_options = ["--sandbox", "--state-dir", str(self.state)]
        self.capture: pytest.CaptureFixture[str] | None = None

    def create(self) -> None:
        """Makes the tenant, and a repository with a change that waits for its review."""
        self.state.mkdir()
        (self.repository / "specs").mkdir(parents=True)
        with self.tenant() as store:
            store.reset()
        self.git("init", "--quiet", "--template=", "--initial-branch=main")
        self.base = self.commit(BEFORE)
        self.git("checkout", "--quiet", "-b", "change")
        self.head = self.commit(AFTER)

    def copy(self, folder: Path) -> Self:
        """Returns another world that is as this one is now, on the same forge."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        for left in ("witness.jsonl", "outputs", "summary.md"):
            (folder / left).unlink(missing_ok=True)
        other = type(self)(folder, self.forge)
        other.base, other.head = self.base, self.head
        return other

    # The repository

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        command = ["git", "-C", str(self.repository), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, spec: str) -> str:
        (self.repository / "specs" / "spec.yaml").write_text(spec)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def merge(self) -> str:
        """Merges the request by squashing it, and returns the commit that this makes."""
        self.git("checkout", "--quiet", "main")
        commit = self.commit(self.git("show", "change:specs/spec.yaml"))
        elsewhere = self.merged_row(commit, number=97, target="release")
        later = self.merged_row("e" * 40, number=98)
        never = self.merged_row(commit, number=99) | self.not_merged
        self.forge.closed.add(self.number)
        self.forge.merged[commit] = [elsewhere, later, never, self.merged_row(commit)]
        return commit

    def move_main_on(self) -> str:
        """Commits to main what the request does not have, and returns the commit where it left main."""
        left = self.base
        self.git("checkout", "--quiet", "main")
        self.base = self.commit(LIVE)
        self.git("checkout", "--quiet", "change")
        return left

    # The tenant

    @contextmanager
    def tenant(self, queue_seconds: int = 0) -> Iterator[Store]:
        """Opens the simulated tenant, which carries out batches after that time."""
        dialect = Dialect.parse([f"queue_seconds={queue_seconds}"])
        with closing(Store.open(self.state / "sandbox.sqlite", dialect=dialect)) as store:
            yield store

    @property
    def staff(self) -> set[str]:
        """Who holds the status of the spec, by the local part of the email."""
        with self.tenant() as store:
            rows = store.memberships()
        return {str(email).partition("@")[0] for handle, _, email in rows if handle == "staff"}

    def join(self, email: str) -> None:
        """Gives a customer the status by another way than this tool."""
        with self.tenant() as store:
            store.add_profile(email=email, statuses=["staff"])

    # The script

    def run(self, command: str, *options: str, **changed: str | None) -> Done:
        """Runs the script in the repository, as a job with these variables changed."""
        assert self.capture is not None
        with mock.patch.dict(os.environ, self.environment(**changed), clear=True), chdir(self.repository):
            code = run(self.arguments(command, *options))
        return Done(code, *self.capture.readouterr())

    def start(self, command: str, *options: str, **changed: str | None) -> "subprocess.Popen[str]":
        """Starts the script as a process of its own, whose coverage counts."""
        return subprocess.Popen(
            [sys.executable, "-m", "omneo_reconcile.pipeline", *self.arguments(command, *options)],
            env=self.environment(**changed) | {name: value for name, value in os.environ.items() if "COV" in name},
            cwd=self.repository,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, command: str, **changed: str | None) -> Done:
        """Runs the script as a process of its own."""
        with self.start(command, **changed) as process:
            out, err = process.communicate()
        return Done(process.returncode, out, err)

    def arguments(self, command: str, *options: str) -> list[str]:
        return [command, *options, "--folder", str(self.kept), "--", *self.tool_options]

    def environment(self, **changed: str | None) -> dict[str, str]:
        given = {**self.machine(), **self.job(), "OMNEO_TOKEN": TENANT_TOKEN, **self.tokens, **changed}
        return {name: value for name, value in given.items() if value is not None}

    def machine(self) -> dict[str, str]:
        """What every process of a test needs."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "pipeline" / "witness")])
        return kept | {"PYTHONPATH": path, "CI": "true", "WITNESS": str(self.folder / "witness.jsonl")}

    @property
    def runs_of_the_tool(self) -> list[dict]:
        """The arguments and the environment of every process of the tool."""
        path = self.folder / "witness.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def review(self, *options: str, **changed: str | None) -> Done:
        self.git("checkout", "--quiet", "change")
        return self.run("review", *options, **{**self.as_review(), **changed})

    def apply(self, commit: str, *options: str, **changed: str | None) -> Done:
        return self.run("apply", *options, **{**self.as_push(commit), **changed})

    @property
    def plan_name(self) -> str:
        return f"omneo-plan-omneo-reconcile-{self.head}"

    @property
    def request(self) -> Request:
        return Request(self.number, self.head)

    def keep_plan(self, archive: bytes | None = None, head: str | None = None, **how: bool) -> None:
        """Keeps the plan file of the last review, or another archive, as the forge does for the recipe."""
        archive = zipped(("plan.json", (self.kept / "plan.json").read_bytes())) if archive is None else archive
        self.forge.keep(self.plan_name, archive, head or self.head, **how)

    @property
    def comments(self) -> list[str]:
        """What this pipeline's own account wrote."""
        return self.forge.bodies(self.number)

    @abstractmethod
    def client(self, **changed: str | None) -> GitHub | GitLab:
        """Returns what a review asks the forge with."""

    @abstractmethod
    def job(self) -> dict[str, str]: ...

    @abstractmethod
    def as_review(self, *, fork: bool = False) -> dict[str, str]: ...

    @abstractmethod
    def as_push(self, commit: str) -> dict[str, str]: ...

    @abstractmethod
    def merged_row(self, commit: str, *, number: int = number, target: str = "main") -> dict: ...


class OnGitHub(World):
    not_merged: ClassVar = {"merged_at": None}
    tokens: ClassVar = {"GITHUB_TOKEN": FORGE_TOKEN, "ACTIONS_RUNTIME_TOKEN": FORGE_TOKEN}

    def job(self):
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": f"{self.forge.base_url}/hub",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "77",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_OUTPUT": str(self.folder / "outputs"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
        }

    def client(self, **changed):
        return GitHub(self.environment(**{**self.as_review(), **changed}), None)

    private = True

    def as_review(self, *, fork=False):
        event = self.event(pull_request=self.pull(fork=fork))
        return {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": "f" * 40} | event

    def as_push(self, commit):
        return {"GITHUB_EVENT_NAME": "push", "GITHUB_SHA": commit, "GITHUB_REF_NAME": "main"} | self.event()

    def event(self, **more):
        path = self.folder / "event.json"
        path.write_text(json.dumps({"repository": {"id": REPOSITORY_ID, "private": self.private}, **more}))
        return {"GITHUB_EVENT_PATH": str(path)}

    def pull(self, *, fork=False, number=World.number, target="main"):
        repository = {"id": REPOSITORY_ID}
        return {
            "number": number,
            "head": {"sha": self.head, "ref": "change", "repo": {"id": 99} if fork else repository},
            "base": {"sha": self.base, "ref": target, "repo": repository},
        }

    def merged_row(self, commit, *, number=World.number, target="main"):
        pull = self.pull(number=number, target=target)
        return pull | {"merged_at": "2026-06-15T00:00:00Z", "merge_commit_sha": commit}

    @property
    def outputs(self):
        """The outputs of the step."""
        return dict(line.split("=", 1) for line in (self.folder / "outputs").read_text().splitlines())

    @property
    def summary(self):
        return (self.folder / "summary.md").read_text()


class OnGitLab(World):
    not_merged: ClassVar = {"state": "opened"}
    tokens: ClassVar = {
        "GITLAB_TOKEN": FORGE_TOKEN,
        "CI_JOB_TOKEN": FORGE_TOKEN,
        "CI_REPOSITORY_URL": f"https://gitlab-ci-token:{FORGE_TOKEN}@gitlab.example.com/acme/crm.git",
        "GIT_REMOTE": f"https://job:{FORGE_TOKEN}@gitlab.example.com/acme/crm.git",
    }

    def client(self, **changed):
        return GitLab(self.environment(**{**self.as_review(), **changed}))

    def job(self):
        return {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{self.forge.base_url}/lab",
            "CI_PROJECT_ID": str(REPOSITORY_ID),
            "CI_JOB_ID": "77",
        }

    def as_review(self, *, fork=False):
        return {
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_MERGE_REQUEST_IID": str(self.number),
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "99" if fork else str(REPOSITORY_ID),
            "CI_MERGE_REQUEST_PROJECT_ID": str(REPOSITORY_ID),
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": self.base,
            "CI_COMMIT_SHA": self.head,
        }

    def as_push(self, commit):
        return {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": commit}

    def merged_row(self, commit, *, number=World.number, target="main"):
        return {
            "iid": number,
            "state": "merged",
            "target_branch": target,
            "sha": self.head,
            "merge_commit_sha": None,
            "squash_commit_sha": commit,
        }
