"""What a million members take, beside the least that they can take: python bench/million.py [--quick | --growth].

Prints a table and ends with 1 if a figure is missed. Each work and each floor is a process of its own, one after the
other in several rounds, and the ratio is the median of those of the rounds: it hardly depends on the machine. It is of
CPU seconds past the start of the process, which is what the same command takes for one person. `--quick` takes small
sizes and a minute, and only what misses by a factor of two fails, so that a busy machine fails nothing. `--growth`
shows how everything grows with its size, and draws it; that takes three quarters of an hour and the extra `bench`.
`--row N` measures only that row.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from million_growth import growth_table
from million_help import help_row
from million_rows import CASES
from million_table import COLUMNS, FULL, QUICK, ROUNDS, Scale, row
from tables import Row, show, tell

*_OFFLINE, _OVER_HTTP = (partial(row, case) for case in CASES)
# The one over HTTP comes last: it makes this process large, and none seems smaller than the one that measures it.
_ROWS: Sequence[Callable[[Path, Scale], Row]] = (*_OFFLINE, help_row, _OVER_HTTP)


def main() -> int:
    """Measures and prints, and returns the exit code."""
    parser = argparse.ArgumentParser(description="Measures what a million members take.")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--quick", action="store_true", help="small sizes, a minute, twice each figure is allowed")
    kinds.add_argument("--growth", action="store_true", help="how all but --help grows with its size, and a picture")
    numbers = range(1, len(_ROWS) + 1)
    parser.add_argument("--row", type=int, choices=numbers, action="append", help="only this row of the table")
    options = parser.parse_args()
    if options.growth and options.row:
        parser.error("--growth measures every row")
    if options.growth and find_spec("matplotlib") is None:
        parser.error("--growth draws: it needs the extra `bench`")
    with tempfile.TemporaryDirectory() as folder:
        if options.growth:
            reached = growth_table(CASES, Path(folder))
        else:
            reached = _table(sorted(set(options.row or numbers)), Path(folder), QUICK if options.quick else FULL)
    return 0 if reached else 1


def _table(numbers: Sequence[int], folder: Path, scale: Scale) -> bool:
    title = f"CPU time and memory of each work beside its floor, medians of {ROUNDS} rounds"
    return show(title, COLUMNS, [_measured(number, folder, scale) for number in numbers])


def _measured(number: int, folder: Path, scale: Scale) -> Row:
    """Returns a row; with `--quick` what missed is measured again: noise hardly comes twice."""
    first = _ROWS[number - 1](folder / f"{number}", scale)
    if first.ok or not scale.is_quick:
        return first
    tell(f"missed, so once more: {' '.join(first.cells)}")
    return _ROWS[number - 1](folder / f"{number}_again", scale)


if __name__ == "__main__":
    sys.exit(main())
