"""GitHub: what it tells a job in its environment and in the file of the event, and its REST API, version 2022-11-28."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from omneo_reconcile.errors import FailureName, ForgeError, InvalidUse
from omneo_reconcile.pipeline.api import Api
from omneo_reconcile.pipeline.archive import read_plan
from omneo_reconcile.pipeline.forge import Comment, Proposal, Request

ACCOUNT = "github-actions[bot]"
"""Who a job's own token writes as."""

_DEPENDABOT = "dependabot[bot]"
_UNSAFE = {"pull_request_target", "workflow_run"}


class _Repository(Struct):
    id: int
    private: bool = False


class _End(Struct):
    sha: str
    ref: str
    repo: _Repository | None  # None when a fork was deleted


class _PullRequest(Struct):
    number: int
    head: _End
    base: _End
    merged_at: str | None = None
    merge_commit_sha: str | None = None


class _State(Struct):
    state: str


class _Event(Struct):
    repository: _Repository
    pull_request: _PullRequest | None = None


class _User(Struct):
    login: str
    type: str


class _Comment(Struct):
    id: int
    user: _User | None
    body: str | None = None


class _Run(Struct):
    head_sha: str | None = None
    repository_id: int | None = None
    head_repository_id: int | None = None


class _Artifact(Struct):
    id: int
    name: str
    expired: bool
    created_at: str
    workflow_run: _Run | None = None


class _Artifacts(Struct):
    artifacts: list[_Artifact]


class GitHub:
    """One run of a workflow."""

    format = "github"

    def __init__(self, environment: Mapping[str, str], account: str | None) -> None:
        """Sends nothing yet.

        Args:
            account: Whose comments are this pipeline's own: a login, such as `my-app[bot]`.
        """
        self._event = environment.get("GITHUB_EVENT_NAME", "")
        self._event_path = environment.get("GITHUB_EVENT_PATH", "")
        self._commit = environment.get("GITHUB_SHA", "")
        self._branch = environment.get("GITHUB_REF_NAME", "")
        self._outputs = environment.get("GITHUB_OUTPUT", "")
        self._actor = environment.get("GITHUB_ACTOR", "")
        self._account = account or ACCOUNT
        self.run = "-".join(environment.get(name, "0") for name in ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"))
        if self._event in _UNSAFE:
            what = f"the event {self._event} gives this repository's secrets to what strangers propose"
            raise InvalidUse.of(FailureName.USAGE, what, "", "use the event pull_request")
        repository = environment.get("GITHUB_REPOSITORY", "")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise ForgeError.of(FailureName.FORGE, "GITHUB_REPOSITORY is not set", "", "run it in a workflow")
        self._repository = f"/repos/{repository}"
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if token := environment.get("GITHUB_TOKEN"):
            headers["Authorization"] = f"Bearer {token}"
        self._api = Api(environment.get("GITHUB_API_URL", "https://api.github.com"), headers)

    def proposal(self) -> Proposal:
        """Returns the pull request of the event.

        Source: GitHub, Webhook events, pull_request; Dependabot on GitHub Actions: its are treated like a fork's.
        """
        self._check_event("review", {"pull_request"})
        pull = self._read_event().pull_request
        if pull is None:
            raise _no_event()
        is_fork = pull.head.repo is None or pull.base.repo is None or pull.head.repo.id != pull.base.repo.id
        return Proposal(Request(pull.number, pull.head.sha), pull.base.sha, is_fork or self._actor == _DEPENDABOT)

    def check_may_apply(self) -> None:
        """Makes sure that the event is one of a branch."""
        self._check_event("apply", {"push", "workflow_dispatch"})

    def merged(self) -> Request | None:
        """Returns the pull request whose merge commit this is, however it was merged.

        Source: GitHub, List pull requests associated with a commit; `merge_commit_sha` is the merge commit, the
        squashed commit, or the last of the rebased ones.
        """
        for pulls in self._api.pages(f"{self._repository}/commits/{self._commit}/pulls", list[_PullRequest]):
            for pull in pulls:
                if pull.merged_at and pull.merge_commit_sha == self._commit and pull.base.ref == self._branch:
                    return Request(pull.number, pull.head.sha)
        return None

    def is_open(self, request: Request) -> bool:
        """Returns whether the pull request is open. Source: GitHub, Get a pull request."""
        return self._api.get(f"{self._repository}/pulls/{request.number}", _State).state == "open"

    def own_comments(self, request: Request) -> list[Comment]:
        """Returns the comments of this pipeline's account."""
        pages = self._api.pages(f"{self._repository}/issues/{request.number}/comments", list[_Comment])
        return [Comment(row.id, row.body or "") for page in pages for row in page if self._is_own(row.user)]

    def create_comment(self, request: Request, body: str) -> None:
        """Writes a new comment, and makes sure that it is found again as this pipeline's own."""
        path = f"{self._repository}/issues/{request.number}/comments"
        if not self._is_own(self._api.write("POST", path, _Comment, body=body).user):
            what = f"GITHUB_TOKEN writes as another account than {self._account}"
            raise ForgeError.of(FailureName.FORGE, what, path, "name its account with --comment-author")

    def edit_comment(self, _: Request, comment: Comment, body: str) -> None:
        """Replaces the text of a comment."""
        self._api.write("PATCH", f"{self._repository}/issues/comments/{comment.id}", _Comment, body=body)

    def fetch_plan(self, request: Request, name: str) -> bytes | None:
        """Returns the newest plan file that a run of this repository, and of no fork, kept of that commit."""
        pages = self._api.pages(f"{self._repository}/actions/artifacts", _Artifacts, name=name)
        kept = [row for page in pages for row in page.artifacts if row.name == name and _is_of(row, request.head)]
        if not kept:
            return None
        newest = max(kept, key=lambda row: (row.created_at, row.id))
        archive = self._api.download(f"{self._repository}/actions/artifacts/{newest.id}/zip")
        return None if archive is None else read_plan(archive)

    def announce(self, artifact: str, path: Path) -> None:
        """Sets the outputs `artifact` and `file` of the step; not on a public repository: that file holds emails."""
        if self._outputs and self._read_event().repository.private:
            with Path(self._outputs).open("a", encoding="utf-8") as file:
                file.write(f"artifact={artifact}\nfile={path}\n")

    def _read_event(self) -> _Event:
        try:
            return msgspec.json.decode(Path(self._event_path).read_bytes(), type=_Event)
        except (OSError, msgspec.DecodeError):
            raise _no_event() from None

    def _is_own(self, user: _User | None) -> bool:
        is_bot = self._account.endswith("[bot]")
        return user is not None and user.login == self._account and (user.type == "Bot") == is_bot

    def _check_event(self, command: str, allowed: set[str]) -> None:
        if self._event not in allowed:
            what = f"`{command}` is for {' and '.join(sorted(allowed))}, not for {self._event or 'no event'}"
            raise InvalidUse.of(FailureName.USAGE, what, "", "use the recipe in docs/pipelines.md")


def _no_event() -> ForgeError:
    return ForgeError.of(FailureName.FORGE, "the event cannot be read", "GITHUB_EVENT_PATH", "run it in a workflow")


def _is_of(artifact: _Artifact, head: str) -> bool:
    run = artifact.workflow_run
    is_ours = run is not None and run.repository_id is not None and run.head_repository_id == run.repository_id
    return not artifact.expired and is_ours and run is not None and run.head_sha == head
