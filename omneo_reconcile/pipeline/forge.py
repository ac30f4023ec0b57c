"""What a pipeline needs of the place where the spec is reviewed, whichever it is."""

from pathlib import Path
from typing import NamedTuple, Protocol


class Request(NamedTuple):
    """A pull request, or a merge request.

    Attributes:
        head: The full hash of its last commit.
    """

    number: int
    head: str


class Proposal(NamedTuple):
    """A request that is under review now.

    Attributes:
        base: The full hash of the commit that it would change.
        is_fork: Whether it comes from another repository, whose people are not trusted here, or is treated so.
    """

    request: Request
    base: str
    is_fork: bool


class Comment(NamedTuple):
    """A comment on a request."""

    id: int
    body: str


class Forge(Protocol):
    """GitHub or GitLab, for one run of a pipeline.

    Every method that asks it raises ForgeError if it does not answer as it should.

    Attributes:
        format: In which format the tool prints for it.
        run: Tells this run and this try of it apart from all others.
    """

    format: str
    run: str

    def proposal(self) -> Proposal:
        """Returns the request that this run reviews.

        Raises:
            InvalidUse: If this run is not the review of one.
        """
        ...

    def check_may_apply(self) -> None:
        """Makes sure that this run is of a branch, not of a request.

        Raises:
            InvalidUse: If it is not.
        """
        ...

    def merged(self) -> Request | None:
        """Returns the request whose merge made the commit of this run, or None if it was pushed without one."""
        ...

    def is_open(self, request: Request) -> bool:
        """Returns whether the request is neither merged nor closed by now."""
        ...

    def own_comments(self, request: Request) -> list[Comment]:
        """Returns the comments written by this pipeline's own account, oldest first; nobody else's count."""
        ...

    def create_comment(self, request: Request, body: str) -> None:
        """Writes a new comment, which must be one of this pipeline's own account then."""
        ...

    def edit_comment(self, request: Request, comment: Comment, body: str) -> None:
        """Replaces the text of a comment."""
        ...

    def fetch_plan(self, request: Request, name: str) -> bytes | None:
        """Returns the plan file that the review of the request's last commit kept, or None if there is none any more.

        Args:
            name: The name of the artifact that holds it.
        """
        ...

    def announce(self, artifact: str, path: Path) -> None:
        """Tells the steps after this one which file to keep, and under which name."""
        ...
