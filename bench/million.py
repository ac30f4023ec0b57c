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
from pathlib import Path


def main() -> int:
    """Measures and prints, and returns the exit code."""
    # Not at the top: each process that serves a tenant imports this file again.
    from million_help import help_row  # noqa: PLC0415
    from million_rows import CASES  # noqa: PLC0415
    from million_table import COLUMNS, FULL, QUICK, measured  # noqa: PLC0415
    from tables import show  # noqa: PLC0415

    numbers = range(1, len(CASES) + 2)
    parser = argparse.ArgumentParser(description="Measures what a million members take.")
    parser.add_argument("--quick", action="store_true", help="small sizes, half a minute, twice each figure is allowed")
    parser.add_argument("--row", type=int, choices=numbers, action="append", help="only this row")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [
            measured(CASES[number - 1], folder / f"{number}", scale)
            if number <= len(CASES)
            else help_row(folder, scale)
            for number in sorted(set(options.row or numbers))
        ]
    title = f"CPU time and memory of each work beside its floor, medians of {scale.rounds} rounds"
    return 0 if show(title, COLUMNS, rows) else 1


if __name__ == "__main__":
    sys.exit(main())
