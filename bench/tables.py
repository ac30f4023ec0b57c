"""Prints what was measured as plain text, each figure beside what it has to reach."""

import sys
from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One line of a table; `ok` says whether its figure is reached."""

    cells: tuple[str, ...]
    ok: bool


def show(title: str, columns: Sequence[str], rows: Sequence[Row]) -> bool:
    """Prints a table, the first column to the left and the others to the right, and returns whether all is reached."""
    lines = [(*columns, "ok"), *((*row.cells, "yes" if row.ok else "NO") for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print(f"\n{title}\n")
    for first, *others in lines:
        right = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        print("  ".join([first.ljust(widths[0]), *right]), flush=True)
    return all(row.ok for row in rows)


def tell(what: str) -> None:
    """Says on stderr what is being measured: a table comes only when all of it is known."""
    print(f"... {what}", file=sys.stderr, flush=True)
