"""Adds people to a status of a spec file, and to a list beside it."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator

from omneo_reconcile.core.model import Mode
from omneo_reconcile.spec.fmt import format_file
from omneo_reconcile.spec.fmt_tree import Branch, Item
from omneo_reconcile.spec.tables import Table


def new_tree(tenant: str | None, handle: str, mode: Mode, *, allow_empty: bool) -> Branch:
    """Returns a spec file that declares one status, with nobody listed yet."""
    status = Branch(is_list=False, items=[Item("mode", [], mode)])
    if allow_empty:
        status.items.append(Item("allow_empty", [], "true"))
    statuses = Branch(is_list=False, items=[Item(handle, [], status)])
    own = [Item("tenant", [], tenant)] if tenant else []
    return Branch(is_list=False, items=[Item("version", [], "1"), *own, Item("statuses", [], statuses)])


def statuses_of(tree: Branch) -> dict[str, Branch]:
    """Returns the statuses that a file declares, by handle."""
    return {
        item.key or "": status
        for section, statuses in tree.branches
        if section.key == "statuses"
        for item, status in statuses.branches
    }


def lists_of(status: Branch) -> list[str]:
    """Returns the paths under `members_from`, as written."""
    return [str(path.value) for item, paths in status.branches if item.key == "members_from" for path in paths.items]


def has_key(status: Branch, *keys: str) -> bool:
    """Tells whether any of the keys stands there."""
    return any(item.key in keys for item in status.items)


def append(status: Branch, key: str, values: Iterable[str]) -> None:
    """Appends to a list of a status, which is made if it is not there."""
    item = next((item for item in status.items if item.key == key), None)
    if item is None:
        item = Item(key, [], Branch(is_list=True))
        status.items.append(item)
    assert isinstance(item.value, Branch)
    item.value.items += [Item(None, [], value) for value in values]


def status_items(tree: Branch, handle: str) -> list[Item]:
    """Returns the places where a file declares a status: one, or none."""
    sections = (statuses for section, statuses in tree.branches if section.key == "statuses")
    return [item for statuses in sections for item in statuses.items if item.key == handle]


def remove(tree: Branch, handle: str, key: str) -> bool:
    """Takes a key out of a status, and puts the comments on it above the status; tells whether it was there."""
    removed = False
    for status in status_items(tree, handle):
        assert isinstance(status.value, Branch)
        gone = [item for item in status.value.items if item.key == key]
        status.value.items = [item for item in status.value.items if item.key != key]
        status.above += [line for item in gone for line in item.comments]
        removed |= bool(gone)
    return removed


def with_emails(content: bytes, emails: Iterable[str]) -> bytes:
    """Returns a sound .csv list with people added, in order; what was there is the same to the byte."""
    data = content.removeprefix(codecs.BOM_UTF8)
    table = Table("", data, [])
    end = "\r\n" if data.partition(b"\n")[0].endswith(b"\r") else "\n"
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=table.delimiter, lineterminator=end)
    rows.writerows(_rows(emails, table.header.index("email"), len(table.header)))
    between = b"" if data.endswith((b"\r", b"\n")) else end.encode()
    return format_file(".csv", content + between + text.getvalue().encode())


def _rows(emails: Iterable[str], column: int, columns: int) -> Iterator[list[str]]:
    before, after = [""] * column, [""] * (columns - column - 1)
    return ([*before, email, *after] for email in emails)
