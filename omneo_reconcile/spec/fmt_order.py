"""The one order of a spec file: keys as in the schema, statuses by handle, people by email, and nobody twice."""

import re
from collections.abc import Iterable
from typing import Any

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.spec.fmt_rows import Row, each_once
from omneo_reconcile.spec.fmt_tree import BLANK, Branch, Item
from omneo_reconcile.spec.schema import schema

_MODELINE = re.compile(r"#\s*yaml-language-server\s*:")  # names the schema of the file


def arrange(root: Branch) -> None:
    """Puts all of a sound file into the one order. Comments move with what they belong to."""
    head = _take_head(root.items[0])
    _by_schema(root, schema()["properties"])
    root.items[0].above[:0] = head
    for item, branch in root.branches:
        assert item.key
        _SECTIONS[item.key](branch)


def _take_head(first: Item) -> list[str]:
    """Takes what is about the file: all that an empty line divides from the first key, and what tells editors of it."""
    ends = (number for number, line in enumerate(first.above, 1) if line == BLANK or _MODELINE.match(line))
    length = max(ends, default=0)
    head, first.above = first.above[:length], first.above[length:]
    return head


def _arrange_statuses(statuses: Branch) -> None:
    statuses.items.sort(key=lambda item: item.key or "")
    for _, status in statuses.branches:
        _by_schema(status, schema()["$defs"]["status"]["properties"])
        for item, branch in status.branches:
            assert item.key
            _PARTS[item.key](branch)
    if any(item.above[:1] == [BLANK] for item in statuses.items):  # whichever came first had none, and need not now
        for item in statuses.items:
            item.above.insert(0, BLANK)


def _arrange_limits(limits: Branch) -> None:
    _by_schema(limits, schema()["$defs"]["limits"]["properties"])
    limits.is_short = True


def _arrange_profiles(profiles: Branch) -> None:
    profiles.items.sort(key=lambda item: normal_form(item.key or ""))
    _close_ranks(profiles)
    for _, handles in profiles.branches:
        _arrange_handles(handles)


def _arrange_handles(handles: Branch) -> None:
    _keep_once(handles, map(_word, handles.items))
    handles.is_short = True


def _arrange_people(people: Branch) -> None:
    for item, entry in people.branches:
        _by_schema(entry, schema()["$defs"]["member"]["properties"])
        _begin_on_first_line(item, entry)
    _keep_once(people, map(_person, people.items))


def _begin_on_first_line(item: Item, entry: Branch) -> None:
    """Moves comments to where they stand once the first key shares the line of the dash."""
    first = entry.items[0]
    item.above += first.above
    first.above = []
    if len(entry.items) == 1:
        item.above += entry.tail
        item.behind += first.behind
        item.value = first.value
    else:
        first.behind = item.behind + first.behind
        item.behind = []


def _arrange_paths(paths: Branch) -> None:
    _keep_once(paths, map(_word, paths.items))


def _person(item: Item) -> Row[Item]:
    if isinstance(item.value, str):
        return Row(normal_form(item.value), (), item.value, item)
    said = {inner.key: str(inner.value) for inner in item.value.items}
    reason = said.get("reason")
    return Row(normal_form(said["email"]), (reason,) if reason else (), said["email"], item)


def _word(item: Item) -> Row[Item]:
    return Row(str(item.value), (), "", item)


def _keep_once(branch: Branch, rows: Iterable[Row[Item]]) -> None:
    """Sorts a list and merges items that say no more than others; their comments stay."""
    items = []
    for item, dropped in each_once(rows):
        item.above[:0] = [comment for other in dropped for comment in other.comments]
        items.append(item)
    branch.items = items
    _close_ranks(branch)


def _close_ranks(branch: Branch) -> None:
    """Drops empty lines, which divide what sorting mixes."""
    for item in branch.items:
        item.above = [line for line in item.above if line != BLANK]
    branch.tail = [line for line in branch.tail if line != BLANK]


def _by_schema(branch: Branch, properties: dict[str, Any]) -> None:
    order = {key: number for number, key in enumerate(properties)}
    branch.items.sort(key=lambda item: order[item.key or ""])


_SECTIONS = {"limits": _arrange_limits, "statuses": _arrange_statuses, "profiles": _arrange_profiles}
_PARTS = {
    "limits": _arrange_limits,
    "exclusive_with": _arrange_handles,
    "requires": _arrange_handles,
    "members": _arrange_people,
    "members_from": _arrange_paths,
    "absent": _arrange_people,
    "protected": _arrange_people,
}
