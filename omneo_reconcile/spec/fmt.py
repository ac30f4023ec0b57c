"""Writes the files of a spec in one order and one style, so that a change of it shows as the lines that changed."""

import codecs
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from omneo_reconcile.errors import InvalidSpec
from omneo_reconcile.spec.files import SPEC_ENDINGS, SpecFile
from omneo_reconcile.spec.fmt_lists import format_table, format_text_list
from omneo_reconcile.spec.fmt_order import arrange
from omneo_reconcile.spec.fmt_text import written
from omneo_reconcile.spec.fmt_tree import read_tree
from omneo_reconcile.spec.load import load_spec, no_garbage_collection
from omneo_reconcile.spec.trees import DraftTree


class Formatted(NamedTuple):
    """A spec in the one style.

    Attributes:
        files: Every file of it.
        drafts: What those are to hold that are not in that style yet, by resolved path.
    """

    files: tuple[SpecFile, ...]
    drafts: Mapping[Path, bytes]


def format_spec(paths: Sequence[str], *, now: datetime) -> Formatted:
    """Returns what the files of a spec, and its lists, should hold. Writes nothing.

    What the spec means does not change: the drafts were read again, and have the same digest.

    Args:
        paths: Files (.yaml, .yml) and folders, as the user wrote them.
        now: The present, with its offset.

    Raises:
        InvalidSpec: With every fault: what cannot be read cannot be put in order.
        InvalidUse: A path does not exist, is no spec file, or holds none.
        RuntimeError: The drafts would mean something else, which is a bug.
    """
    before = load_spec(paths, as_of=None, now=now)
    files, digest = before.files, before.spec.digest
    del before  # a million entries
    drafts = {}
    with no_garbage_collection():
        for file in files:
            content = file.path.read_bytes()
            draft = format_file(file.path.suffix.lower(), content)
            if draft != content:
                drafts[file.path] = draft
    if drafts and _digest(paths, now, drafts) != digest:
        raise RuntimeError("the drafts would mean something else")
    return Formatted(files, drafts)


def format_file(ending: str, content: bytes) -> bytes:
    """Returns a file of a valid spec as it should be. What it returns it leaves as it is.

    Args:
        ending: The ending of its name, in lower case, with the dot.
        content: What it holds.
    """
    data = content.removeprefix(codecs.BOM_UTF8)
    if ending in SPEC_ENDINGS:
        tree = read_tree(data.decode())
        arrange(tree)
        return written(tree).encode()
    if ending == ".txt":
        return format_text_list(data)
    # Excel needs the mark to see that the letters are UTF-8.
    return content[: len(content) - len(data)] + format_table(data)


def _digest(paths: Sequence[str], now: datetime, drafts: Mapping[Path, bytes]) -> str | None:
    try:
        return load_spec(paths, as_of=None, now=now, tree=DraftTree(drafts)).spec.digest
    except InvalidSpec:
        return None
