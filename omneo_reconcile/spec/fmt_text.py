"""The one style of a spec file: the tree of it as YAML text."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from omneo_reconcile.spec.fmt_tree import BLANK, Branch, Item

_WIDEST = 120  # characters of a list on one line
_INDENT = 2
_TYPED = {
    "version",
    "max_adds",
    "max_removals",
    "min_members",
    "max_members",
    "allow_empty",
    "until",
}  # never text: quotes would be a fault
_PLAIN = re.compile(r"""[^\s?:,\[\]{}\#&*!|>'"%@`-](?:[^:\#]|:(?![\s,\[\]{}]|$)|(?<!\s)\#)*""")
_PLAIN_IN_BRACKETS = re.compile(r"\w[\w.+/%-]*")
# Source: YAML 1.2.2, 10.3.2. The resolver knows the numbers of YAML 1.1.
_NUMBER = re.compile(r"[-+]?(?:0o[0-7]+|0x[0-9a-fA-F]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)")
_LAST_OF_FOUR_DIGITS = 0xFFFF
_TEXT_TAG = "tag:yaml.org,2002:str"
_resolver: Any = Resolver()  # its methods have no types


def written(root: Branch) -> str:
    """Returns the text of a file whose tree is in order."""
    lines: list[str] = []
    for line in _lines(root, 0):
        if line != BLANK or (lines and lines[-1] != BLANK):
            lines.append(line)
    return "\n".join(lines).rstrip("\n") + "\n"


def scalar(text: str) -> str:
    """Returns text as a value in the one style: without quotes, unless it would then be taken for something else."""
    return _scalar(text, _PLAIN)


def _lines(branch: Branch, indent: int) -> Iterator[str]:
    for number, item in enumerate(branch.items):
        first = next((at for at, line in enumerate(item.above) if line != BLANK), len(item.above)) if not number else 0
        yield from _comments(item.above[first:], indent)
        yield from _item(item, indent)
    yield from _comments(branch.tail, indent)


def _comments(lines: Iterable[str], indent: int) -> Iterator[str]:
    return (" " * indent + line if line else line for line in lines)


def _item(item: Item, indent: int) -> Iterator[str]:
    margin = " " * indent
    begin = f"{margin}- " if item.key is None else f"{margin}{_scalar(item.key, _PLAIN)}: "
    behind = "".join(f" {comment}" for comment in item.behind)
    value = item.value if isinstance(item.value, Branch) else _value(item.key, item.value, _PLAIN)
    if isinstance(value, Branch):
        value = _on_one_line(value, _WIDEST - len(begin)) or value
    if isinstance(value, str):
        yield f"{begin}{value}{behind}"
    elif item.key is None:
        first, *others = _lines(value, indent + _INDENT)
        yield begin + first.lstrip()
        yield from others
    else:
        yield f"{begin.rstrip()}{behind}"
        yield from _lines(value, indent + _INDENT)


def _on_one_line(branch: Branch, room: int) -> str | None:
    """Returns what fits on one line, if it is to stand there and no comment needs a line of its own."""
    if branch.items and (not branch.is_short or any(branch.comments)):
        return None
    inside = ", ".join(
        ("" if item.key is None else f"{item.key}: ") + _value(item.key, str(item.value), _PLAIN_IN_BRACKETS)
        for item in branch.items
    )
    line = f"[{inside}]" if branch.is_list else f"{{{inside}}}"
    return line if len(line) <= room else None


def _value(key: str | None, text: str, plain: re.Pattern[str]) -> str:
    return text if key in _TYPED else _scalar(text, plain)


def _scalar(text: str, plain: re.Pattern[str]) -> str:
    """Returns text without quotes, unless any reader of YAML would then take it for something else."""
    is_text = not _NUMBER.fullmatch(text) and _resolver.resolve(ScalarNode, text, (True, False)) == _TEXT_TAG
    if is_text and text.isprintable() and plain.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else _escape(letter) for letter in quoted)


def _escape(letter: str) -> str:
    number = ord(letter)
    return f"\\u{number:04x}" if number <= _LAST_OF_FOUR_DIGITS else f"\\U{number:08x}"
