"""The one comment on a request: what it says of the plan that was reviewed, hidden in its last lines."""

import re
from typing import NamedTuple

from omneo_reconcile.pipeline.forge import Comment, Forge, Request

_SAID = re.compile(r"<!-- omneo-reconcile (?P<kind>\w+)\b[^>]*? fingerprint=(?P<fingerprint>[0-9a-f]{64}) -->")
_REVIEWED = re.compile(
    r"<!-- omneo-reconcile-reviewed head=(?P<head>[0-9a-f]+) fingerprint=(?P<fingerprint>[0-9a-f]{64}|none) -->"
)


class Reviewed(NamedTuple):
    """What a reviewer was shown.

    Attributes:
        head: The commit that was planned.
        fingerprint: That of its plan, or None if there was none.
    """

    head: str
    fingerprint: str | None


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
    return Reviewed(said["head"], None if said["fingerprint"] == "none" else said["fingerprint"])


def put(forge: Forge, request: Request, key: str, markdown: str, reviewed: Reviewed | None) -> None:
    """Edits this pipeline's comment in place, or writes it."""
    lines = [markdown.rstrip(), ""]
    if reviewed:
        lines.append(
            f"<!-- omneo-reconcile-reviewed head={reviewed.head} fingerprint={reviewed.fingerprint or 'none'} -->"
        )
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
