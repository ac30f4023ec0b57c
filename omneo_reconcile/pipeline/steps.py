"""What a pipeline does: review a request, apply what was reviewed, look for drift."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from omneo_reconcile.errors import FailureName, ForgeError, InvalidUse, ReconcileError
from omneo_reconcile.pipeline import comment
from omneo_reconcile.pipeline.api import patiently
from omneo_reconcile.pipeline.archive import PLAN
from omneo_reconcile.pipeline.comment import Reviewed
from omneo_reconcile.pipeline.forge import Forge, Request
from omneo_reconcile.pipeline.tool import Ran, Tool

RECEIPT = "receipt.json"
_PENDING = 2


@dataclass(frozen=True)
class Pipeline:
    """One run of a pipeline.

    Attributes:
        key: Which of several pipelines of this tool in one repository it is.
        folder: Where the plan or the receipt is saved.
    """

    forge: Forge
    tool: Tool
    specs: tuple[str, ...]
    key: str
    folder: Path

    def review(self) -> int:
        """Plans what a request would change and says so in its comment. Returns the exit code of the tool.

        A request from a fork, or without the tenant's token, is compared offline, and nothing is written to it.
        """
        request, base, is_fork = self.forge.proposal()
        if not is_fork and not self.tool.has_token:
            click.echo(
                "warning: OMNEO_TOKEN is not set: nothing is planned, only what the spec changes is told", err=True
            )
        if is_fork or not self.tool.has_token:
            return self.tool.offline("diff", *self.specs, "--base", base).code
        path = self._path_of(PLAN, self._plan_name(request))
        ran = self.tool.online("plan", *self.specs, "--out", str(path))
        self._comment(request, _said(ran), Reviewed(request.head, comment.fingerprint_of(ran.markdown)))
        return ran.code

    def apply(self, expect: str | None) -> int:
        """Does what was reviewed in the request that was merged, and says so in its comment. Returns the tool's code.

        Args:
            expect: The fingerprint of the plan to do instead, named by a person.

        Raises:
            InvalidUse: If nothing was reviewed.
            ForgeError: If that cannot be found out.
        """
        self.forge.check_may_apply()
        request = patiently(self.forge.merged)
        if request is None:
            return self._apply_unreviewed(expect)
        reviewed = patiently(lambda: comment.reviewed_in(comment.find(self.forge, request, self.key)))
        with tempfile.TemporaryDirectory() as folder:
            try:
                arguments = self._what_to_apply(request, reviewed, expect, Path(folder, PLAN))
            except ReconcileError as error:
                self._comment(request, comment.failure("Nothing was applied", error.faults[0].sentence), reviewed)
                raise
            ran = self._carry_out(*arguments)
        self._comment(request, _said(ran), reviewed)
        return ran.code

    def drift(self) -> int:
        """Tells whether the tenant is as the spec says. Returns the tool's exit code: 2 if it is not."""
        code = self.tool.online("plan", *self.specs, "--detailed-exitcode").code
        if code == _PENDING:
            click.echo(
                "drift: the tenant is not as the spec says; change the spec in a pull request, or apply this plan by "
                "its fingerprint (--expect)",
                err=True,
            )
        return code

    def _what_to_apply(
        self, request: Request, reviewed: Reviewed | None, expect: str | None, path: Path
    ) -> tuple[str, ...]:
        """Returns the arguments of `apply`: the plan file that was reviewed, or the fingerprint of it."""
        if expect:
            return (*self.specs, "--expect", expect)
        if reviewed and reviewed.head != request.head:
            reviewed = None  # the comment is of an earlier commit
        if reviewed and reviewed.fingerprint is None:
            raise _not_reviewed(f"the last review of request {request.number} came to no plan")
        seen = ("--expect", reviewed.fingerprint) if reviewed and reviewed.fingerprint else ()
        plan = patiently(lambda: self.forge.fetch_plan(request, self._plan_name(request)))
        if plan is not None:
            path.write_bytes(plan)
            return (str(path), *(part for spec in self.specs for part in ("--spec", spec)), *seen)
        if not seen:
            raise _not_reviewed(f"no plan is kept of request {request.number}, and its comment names none")
        return (*self.specs, *seen)

    def _apply_unreviewed(self, expect: str | None) -> int:
        if not expect:
            raise _not_reviewed("this commit was not made by merging a request")
        return self._carry_out(*self.specs, "--expect", expect).code

    def _carry_out(self, *arguments: str) -> Ran:
        path = self._path_of(RECEIPT, f"omneo-receipt-{self.key}")
        return self.tool.online("apply", *arguments, "--receipt", str(path))

    def _comment(self, request: Request, markdown: str, reviewed: Reviewed | None) -> None:
        """Writes the comment; what the tool did stands, whether or not that works."""
        try:
            patiently(lambda: comment.put(self.forge, request, self.key, markdown, reviewed))
        except ForgeError as error:
            click.echo(f"warning: the comment was not written: {error.faults[0].sentence}", err=True)

    def _path_of(self, file: str, artifact: str) -> Path:
        """Returns where a file is to be saved, and makes sure that it is nobody else's that is kept then."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / file
        path.unlink(missing_ok=True)
        self.forge.announce(artifact, path)
        return path

    def _plan_name(self, request: Request) -> str:
        return f"omneo-plan-{self.key}-{request.head}"


def _said(ran: Ran) -> str:
    return ran.markdown or comment.failure("No result", f"It ended with exit code {ran.code}; see the log of the job")


def _not_reviewed(what: str) -> InvalidUse:
    next_step = "let a pull request be planned and merge it, or pass --expect with the fingerprint of a plan you read"
    return InvalidUse.of(FailureName.APPROVAL_NEEDED, f"no reviewed plan: {what}", "", next_step)
