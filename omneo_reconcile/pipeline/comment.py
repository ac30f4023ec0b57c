"""The one comment on a request: what it says of the plan that was reviewed, hidden in its last lines."""

import re
from typing import NamedTuple

from omneo_reconcile.pipeline.forge import Comment, Forge, Request

_SAID = re.compile(r"<!-- omneo-reconcile (?P<kind>\w+)\b[^>]*? fingerprint=(?P<fingerprint>[0-9a-f]{64}) -->")
_REVIEWED = re.compile(
    r"<!-- omneo-reconcile-reviewed head=(?P<head>[0-9a-f]+) fingerprint=(?P<fingerprint>[0-9a-f]{64}|none)"
    r"(?P<applied> applied)? -->"
)


class Reviewed(NamedTuple):
    """What a reviewer was shown.

    Attributes:
        head: The commit that was planned.
        fingerprint: That of its plan, or None if there was none.
        is_applied: Whether the comment is the proof that all of it was done.
    """

    head: str
    fingerprint: str | None
    is_applied: bool = False


def why_it_stays(shown: Reviewed, new: Reviewed) -> str | None:
    """Returns why the comment must not show the new plan, or None if it may: one commit has one plan."""
    if shown.head != new.head or shown.fingerprint is None:
        return None
    if shown.is_applied:
        return "the plan of this commit was applied"
    if new.fingerprint is None:
        return "no plan came of this commit any more"
    if shown.fingerprint != new.fingerprint:
        return "the tenant changed since this commit was reviewed"
    return None


def fingerprint_of(markdown: str) -> str | None:
    """Returns the fingerprint of the plan that the tool shows, from the hidden first line."""
    said = _SAID.match(markdown)
    return said["fingerprint"] if said and said["kind"] == "plan" else None


def failure(title: str, what: str) -> str:
    """Returns what a comment says where the tool itself said nothing.

    Args:
        title: Our own words, as the next: they are not escaped.
        what: What happened, and what to do next.
    """
    return f"<!-- omneo-reconcile failure -->\n### {title}\n\n> [!CAUTION]\n> **{what}**\n"


def find(forge: Forge, request: Request, key: str) -> Comment | None:
    """Returns this pipeline's comment, the first if there are several."""
    mark = _mark(key)
    return next((comment for comment in forge.own_comments(request) if _last_line(comment.body) == mark), None)


def reviewed_in(comment: Comment | None) -> Reviewed | None:
    """Returns what the comment says was reviewed, if it says so."""
    lines = comment.body.rstrip().splitlines() if comment else []
    said = _REVIEWED.fullmatch(lines[-2].strip()) if len(lines) > 1 else None
    if said is None:
        return None
    fingerprint = None if said["fingerprint"] == "none" else said["fingerprint"]
    return Reviewed(said["head"], fingerprint, is_applied=said["applied"] is not None)


def put(forge: Forge, request: Request, key: str, markdown: str, reviewed: Reviewed | None) -> None:
    """Edits this pipeline's comment in place, or writes it."""
    lines = [markdown.rstrip(), ""]
    if reviewed:
        said = f"head={reviewed.head} fingerprint={reviewed.fingerprint or 'none'}"
        lines.append(f"<!-- omneo-reconcile-reviewed {said}{' applied' if reviewed.is_applied else ''} -->")
    body = "\n".join([*lines, _mark(key)])
    earlier = find(forge, request, key)
    if earlier is None:
        forge.create_comment(request, body)
    else:
        forge.edit_comment(request, earlier, body)


def _mark(key: str) -> str:
    return f"<!-- omneo-reconcile-comment {key} -->"


def _last_line(body: str) -> str:
    return body.rstrip().rpartition("\n")[2].strip()
