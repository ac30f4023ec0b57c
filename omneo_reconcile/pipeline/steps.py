"""What a pipeline does: review a request, apply what was reviewed, look for drift."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec

from omneo_reconcile.errors import AccessError, FailureName, ForgeError, InvalidUse, ReconcileError
from omneo_reconcile.pipeline import comment
from omneo_reconcile.pipeline.api import patiently
from omneo_reconcile.pipeline.archive import PLAN, fingerprint_in
from omneo_reconcile.pipeline.checkout import merge_base, versions_since
from omneo_reconcile.pipeline.comment import Reviewed
from omneo_reconcile.pipeline.forge import Forge, Request
from omneo_reconcile.pipeline.tool import Ran, Tool

RECEIPT = "receipt.json"
_PENDING = 2
_REFUSED = {3, 4, 64}  # nothing was sent
_STAYS = "what was shown stays the plan that will be applied; push a new commit to have the new one reviewed"


class _Summary(msgspec.Struct):
    added: int
    removed: int


class _Receipt(msgspec.Struct):
    summary: _Summary


@dataclass(frozen=True)
class Pipeline:
    """One run of a pipeline.

    Attributes:
        base: The revision since which tracked statuses are taken from whom the spec dropped, or None.
        key: Which of several pipelines of this tool in one repository it is.
        folder: Where the plan or the receipt is saved.
    """

    forge: Forge
    tool: Tool
    specs: tuple[str, ...]
    base: str | None
    key: str
    folder: Path

    def review(self) -> int:
        """Plans what a request would change and says so in its comment. Returns the exit code of the tool.

        A request from a fork is compared offline, and nothing is written to it. The comment is the review: without it
        this fails, and no plan is kept.

        Raises:
            AccessError: If the request is no fork's, and the job has no token of the tenant.
        """
        request, base, is_fork = self.forge.proposal()
        if is_fork or not self.tool.has_token:
            code = self.tool.offline("diff", *self.specs, "--base", merge_base(base)).code
            if is_fork:
                return code
            what, next_step = "nothing is planned: OMNEO_TOKEN is not set", "give the job the token that can only read"
            raise AccessError.of(FailureName.MISSING_TOKEN, what, "", next_step)
        path = self._path_of(PLAN)
        ran = self.tool.online("plan", *self.specs, *_since(self.base), "--out", str(path))
        is_shown = False
        try:
            is_shown = patiently(lambda: self._write_review(request, ran))
        except ForgeError as error:
            click.echo(_not_commented("error[forge]", error), err=True)
            return ran.code or error.name.exit_code
        finally:
            if not is_shown:
                path.unlink(missing_ok=True)
        if is_shown:
            self.forge.announce(f"omneo-plan-{self.key}-{request.head}", path)
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
        # Right after a push, a forge may not know yet which request made the commit.
        request = patiently(self.forge.merged, again_if=lambda found: found is None and expect is None)
        reviewed = patiently(lambda: self._find_reviewed(request)) if request else None
        if expect and (reviewed is None or reviewed.fingerprint != expect.lower()):
            return self._carry_out(*self.specs, "--expect", expect).code  # no business of that request
        if request is None:
            raise _not_reviewed("this commit was not made by merging a request")
        with tempfile.TemporaryDirectory() as folder:
            try:
                by_hand = (*self.specs, "--expect", expect) if expect else None
                arguments = by_hand or self._what_to_apply(request, reviewed, Path(folder, PLAN))
            except ReconcileError as error:
                if not (reviewed and reviewed.is_applied):
                    self._comment(request, comment.failure("Nothing was applied", error.faults[0].sentence), reviewed)
                raise
            ran = self._carry_out(*arguments)
        if not (reviewed and reviewed.is_applied and self._did_nothing(ran)):
            self._comment(request, _said(ran), reviewed and reviewed._replace(is_applied=ran.code == 0))
        return ran.code

    def drift(self) -> int:
        """Tells whether the tenant is as the spec says. Returns the tool's exit code: 2 if it is not.

        Where a base stayed behind, whoever was listed only after it counts too.
        """
        bases = [self.base, *(versions_since(self.base, self.specs) if self.base else ())]
        codes = [self.tool.online("plan", *self.specs, *_since(base), "--detailed-exitcode").code for base in bases]
        code = next(filter(None, codes), 0)
        if code == _PENDING:
            click.echo(
                "drift: the tenant is not as the spec says; change the spec in a pull request, or apply this plan by "
                "its fingerprint (--expect)",
                err=True,
            )
        return code

    def _write_review(self, request: Request, ran: Ran) -> bool:
        """Returns whether the comment shows this plan now. One commit has one plan, and what was merged none more."""
        if not self.forge.is_open(request):
            what = "it is not open any more: nothing is written to it, and no plan is kept"
            click.echo(f"request {request.number}: {what}", err=True)
            return False
        new = Reviewed(request.head, comment.fingerprint_of(ran.markdown))
        shown = self._find_reviewed(request)
        if why := shown and comment.why_it_stays(shown, new):
            click.echo(f"warning: {why}; {_STAYS}", err=True)
            return False
        comment.put(self.forge, request, self.key, _said(ran), new)
        return True

    def _find_reviewed(self, request: Request) -> Reviewed | None:
        return comment.reviewed_in(comment.find(self.forge, request, self.key))

    def _what_to_apply(self, request: Request, reviewed: Reviewed | None, path: Path) -> tuple[str, ...]:
        """Returns the arguments of `apply`: the plan file that was reviewed, or the fingerprint of it."""
        if reviewed is None or reviewed.head != request.head:
            raise _not_reviewed(
                f"no comment of this pipeline shows a plan of the last commit of request {request.number}"
            )
        if reviewed.fingerprint is None:
            raise _not_reviewed(f"the last review of request {request.number} came to no plan")
        seen = ("--expect", reviewed.fingerprint)
        plan = patiently(lambda: self.forge.fetch_plan(request, f"omneo-plan-{self.key}-{request.head}"))
        if plan is None:
            return (*self.specs, *seen)
        if fingerprint_in(plan) != reviewed.fingerprint:
            click.echo("the kept plan is not the one that was reviewed: it is left aside", err=True)
            return (*self.specs, *seen)
        path.write_bytes(plan)
        return (str(path), *(part for spec in self.specs for part in ("--spec", spec)), *seen)

    def _carry_out(self, *arguments: str) -> Ran:
        path = self._path_of(RECEIPT)
        self.forge.announce(f"omneo-receipt-{self.key}-{self.forge.run}", path)
        return self.tool.online("apply", *arguments, *_since(self.base), "--receipt", str(path))

    def _did_nothing(self, ran: Ran) -> bool:
        """Returns whether a run of `apply` sent nothing: it was refused, or all was so already."""
        if ran.code:
            return ran.code in _REFUSED
        try:
            summary = msgspec.json.decode((self.folder / RECEIPT).read_bytes(), type=_Receipt).summary
        except (OSError, msgspec.DecodeError):
            return False
        return summary.added + summary.removed == 0

    def _comment(self, request: Request, markdown: str, reviewed: Reviewed | None) -> None:
        """Writes the comment; what the tool did stands, whether or not that works."""
        try:
            patiently(lambda: comment.put(self.forge, request, self.key, markdown, reviewed))
        except ForgeError as error:
            click.echo(_not_commented("warning", error), err=True)

    def _path_of(self, file: str) -> Path:
        """Returns where a file is to be saved, and makes sure that it is nobody else's that is kept then."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / file
        path.unlink(missing_ok=True)
        return path


def _since(base: str | None) -> tuple[str, ...]:
    return () if base is None else ("--base", base)


def _said(ran: Ran) -> str:
    return ran.markdown or comment.failure("No result", f"It ended with exit code {ran.code}; see the log of the job")


def _not_commented(word: str, error: ForgeError) -> str:
    return f"{word}: the comment was not written: {error.faults[0].sentence}"


def _not_reviewed(what: str) -> InvalidUse:
    next_step = "let a pull request be planned and merge it, or pass --expect with the fingerprint of a plan you read"
    return InvalidUse.of(FailureName.APPROVAL_NEEDED, f"no reviewed plan: {what}", "", next_step)
