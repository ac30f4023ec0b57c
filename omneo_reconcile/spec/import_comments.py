"""The comments on holders whom no list of emails can name: one for each, true as of the last import."""

import json
import re
from collections.abc import Iterable, Iterator

from omneo_reconcile.core.importing import Unlisted
from omneo_reconcile.spec.fmt_tree import Branch, Item
from omneo_reconcile.spec.import_people import append, has_key, status_items, statuses_of

_COMMENT = re.compile(r'# (?:no email|email is no address): profile ("(?:[^"\\]|\\.)+"|[^\s"]\S*)(.*)')
_NOT_PLAIN = re.compile(r'^"|\s')  # would look like another id, or like an id with words behind it
_ENDS = ",;:."  # what people write right behind an id


def drop_outdated(tree: Branch, handle: str, unlisted: Iterable[Unlisted]) -> bool:
    """Drops what former imports said of a status that is not true any more; tells whether there was any.

    A comment stays if a person added words to it.
    """
    true = set(map(_comment, unlisted))
    before = list(tree.comments)
    for block in _blocks(status_items(tree, handle)):
        block[:] = [line for line in block if line in true or not _is_own(line)]
    return len(before) > len(list(tree.comments))


def said_in(tree: Branch, handle: str) -> set[str]:
    """Returns the ids, as comments show them, that a file has for a status: all but those inside other statuses."""
    others = {id(branch) for name, branch in statuses_of(tree).items() if name != handle}
    found = (match for line in _lines_without(tree, others) if (match := _COMMENT.match(line)))
    return {shown for match in found for shown in ({match[1], match[1].rstrip(_ENDS)} if match[2] else {match[1]})}


def add_comments(status: Branch, unlisted: Iterable[Unlisted], said: set[str]) -> bool:
    """Says above its list of people who else holds a status; tells whether anything was left to say.

    Args:
        status: The status in the file that declares it first.
        unlisted: Those who hold it.
        said: The ids of those of whom a comment says so already.
    """
    lines = [_comment(holder) for holder in unlisted if _shown(holder) not in said]
    if lines:
        if not has_key(status, "members", "members_from"):
            append(status, "members", ())
        by_key = {item.key: item for item in status.items}
        (by_key.get("members") or by_key["members_from"]).above += lines
    return bool(lines)


def _comment(holder: Unlisted) -> str:
    return f"# {'email is no address' if holder.has_email else 'no email'}: profile {_shown(holder)}"


def _shown(holder: Unlisted) -> str:
    """Returns an id, which is opaque text, so that it is one word on one line, and no other id looks like it."""
    is_plain = holder.profile_id.isprintable() and not _NOT_PLAIN.search(holder.profile_id)
    return holder.profile_id if is_plain else json.dumps(holder.profile_id)


def _is_own(line: str) -> bool:
    match = _COMMENT.fullmatch(line)
    return match is not None and not match[2]


def _blocks(items: Iterable[Item]) -> Iterator[list[str]]:
    for item in items:
        yield item.above
        if isinstance(item.value, Branch):
            yield from _blocks(item.value.items)
            yield item.value.tail


def _lines_without(branch: Branch, others: set[int]) -> Iterator[str]:
    for item in branch.items:
        yield from (*item.above, *item.behind)
        if isinstance(item.value, Branch) and id(item.value) not in others:
            yield from _lines_without(item.value, others)
    yield from branch.tail
