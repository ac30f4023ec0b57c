"""GitLab: what it tells a job in its environment, and its REST API, version 4."""

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from omneo_reconcile.errors import FailureName, ForgeError, InvalidUse
from omneo_reconcile.pipeline.api import Api
from omneo_reconcile.pipeline.archive import read_plan
from omneo_reconcile.pipeline.forge import Comment, Proposal, Request


class _MergeRequest(Struct):
    iid: int
    state: str
    target_branch: str
    sha: str | None = None
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None


class _State(Struct):
    state: str


class _User(Struct):
    id: int


class _Note(Struct):
    id: int
    body: str
    author: _User


class _Pipeline(Struct):
    id: int
    sha: str
    project_id: int


class _File(Struct):
    filename: str


class _Job(Struct):
    id: int
    artifacts_file: _File | None = None


class GitLab:
    """One job of a pipeline."""

    format = "markdown"

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Sends nothing yet."""
        self._environment = environment
        self._project_id = self._number("CI_PROJECT_ID")
        self.run = environment.get("CI_JOB_ID", "0")
        self._project = f"/projects/{self._project_id}"
        headers = {"PRIVATE-TOKEN": token} if (token := environment.get("GITLAB_TOKEN")) else {}
        self._api = Api(environment.get("CI_API_V4_URL", "https://gitlab.com/api/v4"), headers)

    def proposal(self) -> Proposal:
        """Returns the merge request of the pipeline. Source: GitLab, Predefined CI/CD variables."""
        source = self._environment.get("CI_PIPELINE_SOURCE", "")
        if source != "merge_request_event":
            what = f"`review` is for pipelines of merge requests, not for {source or 'no source'}"
            raise InvalidUse.of(FailureName.USAGE, what, "", "use the recipe in docs/pipelines.md")
        of_merged_results = self._environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")
        request = Request(self._number("CI_MERGE_REQUEST_IID"), of_merged_results or self._told("CI_COMMIT_SHA"))
        is_fork = self._told("CI_MERGE_REQUEST_SOURCE_PROJECT_ID") != self._told("CI_MERGE_REQUEST_PROJECT_ID")
        return Proposal(request, self._told("CI_MERGE_REQUEST_DIFF_BASE_SHA"), is_fork)

    def check_may_apply(self) -> None:
        """Makes sure that the pipeline is one of a branch."""
        if not self._environment.get("CI_COMMIT_BRANCH"):  # not set for merge requests and tags
            what = "`apply` is for pipelines of branches alone"
            raise InvalidUse.of(FailureName.USAGE, what, "", "use the recipe in docs/pipelines.md")

    def merged(self) -> Request | None:
        """Returns the merge request that made this commit, by a merge, a squash or a fast-forward.

        Source: GitLab, List merge requests associated with a commit.
        """
        commit, branch = self._told("CI_COMMIT_SHA"), self._told("CI_COMMIT_BRANCH")
        path = f"{self._project}/repository/commits/{commit}/merge_requests"
        for page in self._api.pages(path, list[_MergeRequest], state="merged"):
            for row in page:
                made = {row.merge_commit_sha, row.squash_commit_sha, row.sha}
                if row.state == "merged" and row.target_branch == branch and row.sha and commit in made:
                    return Request(row.iid, row.sha)
        return None

    def is_open(self, request: Request) -> bool:
        """Returns whether the merge request is open. Source: GitLab, Get single merge request."""
        return self._api.get(f"{self._project}/merge_requests/{request.number}", _State).state == "opened"

    def own_comments(self, request: Request) -> list[Comment]:
        """Returns the notes written with this pipeline's token."""
        me = self._api.get("/user", _User)
        pages = self._api.pages(self._notes(request), list[_Note], order_by="created_at", sort="asc")
        return [Comment(row.id, row.body) for page in pages for row in page if row.author == me]

    def create_comment(self, request: Request, body: str) -> None:
        """Writes a new note."""
        self._api.write("POST", self._notes(request), _Note, body=inert(body))

    def edit_comment(self, request: Request, comment: Comment, body: str) -> None:
        """Replaces the text of a note."""
        self._api.write("PUT", f"{self._notes(request)}/{comment.id}", _Note, body=inert(body))

    def fetch_plan(self, request: Request, name: str) -> bytes | None:
        """Returns the newest plan file that a pipeline of this project, and of no fork, kept of that commit."""
        path = f"{self._project}/merge_requests/{request.number}/pipelines"
        for page in self._api.pages(path, list[_Pipeline]):
            for pipeline in page:
                if pipeline.sha == request.head and pipeline.project_id == self._project_id:
                    for job in self._jobs_with(pipeline, f"{name}.zip"):
                        archive = self._api.download(f"{self._project}/jobs/{job.id}/artifacts")
                        if archive is not None:
                            return read_plan(archive)
        return None

    def announce(self, artifact: str, path: Path) -> None:
        """Does nothing: the recipe names the file itself."""

    def _told(self, name: str) -> str:
        if value := self._environment.get(name):
            return value
        raise ForgeError.of(FailureName.FORGE, "the pipeline does not say what it is of", name, "run it in a pipeline")

    def _number(self, name: str) -> int:
        value = self._told(name)
        if value.isascii() and value.isdigit():
            return int(value)
        raise ForgeError.of(FailureName.FORGE, "the pipeline does not say a number", name, "run it in a pipeline")

    def _jobs_with(self, pipeline: _Pipeline, filename: str) -> list[_Job]:
        pages = self._api.pages(f"{self._project}/pipelines/{pipeline.id}/jobs", list[_Job])
        jobs = [job for page in pages for job in page if job.artifacts_file and job.artifacts_file.filename == filename]
        return sorted(jobs, key=lambda job: job.id, reverse=True)

    def _notes(self, request: Request) -> str:
        return f"{self._project}/merge_requests/{request.number}/notes"


def inert(body: str) -> str:
    """Returns the text with no line that GitLab would obey.

    Source: GitLab, Quick actions: a line that begins with `/`.
    """
    return re.sub(r"(?m)^(\s*)/", r"\1\\/", body)
