"""What a million members take, beside the least that they can take: python bench/million.py [--quick] [--growth].

Prints a table and ends with 1 if a figure is missed. Each work and each floor is a process of its own, one after the
other in several rounds; a ratio is the median of those of the rounds, so that it does not depend on the machine.
`--quick` takes small sizes and half a minute; there the ratio past the start of the process counts, and it fails only
where something takes twice its figure. `--row N` measures only that one. `--growth` shows instead how each row grows
with its size, and draws that.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from million_table import Scale
    from tables import Row


def main() -> int:
    """Measures and prints, and returns the exit code."""
    # Not at the top: each process that serves a tenant imports this file again.
    from million_growth import PICTURE, growth_table  # noqa: PLC0415
    from million_help import help_row  # noqa: PLC0415
    from million_rows import CASES  # noqa: PLC0415
    from million_table import COLUMNS, FULL, QUICK, row  # noqa: PLC0415
    from tables import show  # noqa: PLC0415

    measured = [*(partial(row, case) for case in CASES), help_row]
    numbers = range(1, len(measured) + 1)
    parser = argparse.ArgumentParser(description="Measures what a million members take.")
    parser.add_argument("--quick", action="store_true", help="small sizes, half a minute, twice each figure is allowed")
    parser.add_argument("--growth", action="store_true", help="how each row grows, and a picture of it")
    parser.add_argument("--row", type=int, choices=numbers, action="append", help="only this row")
    options = parser.parse_args()
    if options.growth and find_spec("matplotlib") is None:
        parser.error("--growth draws: it needs the extra `bench`")
    chosen = sorted(set(options.row or numbers))
    scale = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.growth:
            return (
                0
                if growth_table([CASES[number - 1] for number in chosen if number <= len(CASES)], folder, PICTURE)
                else 1
            )
        rows = [_to_be_sure(measured[number - 1], folder / f"{number}", scale) for number in chosen]
    title = f"CPU time and memory of each work beside its floor, medians of {scale.rounds} rounds"
    return 0 if show(title, COLUMNS, rows) else 1


def _to_be_sure(measured: Callable[[Path, "Scale"], "Row"], folder: Path, scale: "Scale") -> "Row":
    """Returns a row; with `--quick` one that missed is measured again, because noise hardly comes twice."""
    row = measured(folder, scale)
    return row if row.ok or not scale.is_quick else measured(folder.with_name(f"{folder.name} again"), scale)


if __name__ == "__main__":
    sys.exit(main())
