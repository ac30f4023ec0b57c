"""What reading a tenant costs: requests, time under a limit, time without one: python bench/reading.py [--quick].

Prints three tables and ends with 1 if a figure is missed or a plan is not the one expected. Everything is measured
against the simulated tenant, served by another process of this machine; the first two tables run the command line
tool as a user would. `--quick` takes smaller numbers and less than a minute. `--table N` prints only that one.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from reading_limited import limits_table
from reading_requests import FULL, QUICK, requests_table
from reading_unlimited import pace_table


def main() -> int:
    """Measures and prints, and returns the exit code."""
    parser = argparse.ArgumentParser(description="Measures what reading a tenant costs.")
    parser.add_argument("--quick", action="store_true", help="smaller numbers, under a minute")
    parser.add_argument("--table", type=int, choices=(1, 2, 3), action="append", help="only this table")
    options = parser.parse_args()
    tables = {
        1: lambda folder: requests_table(folder, QUICK if options.quick else FULL),
        2: lambda folder: limits_table(folder, quick=options.quick),
        3: lambda folder: pace_table(folder, quick=options.quick),
    }
    with tempfile.TemporaryDirectory() as folder:
        reached = [tables[number](Path(folder)) for number in sorted(set(options.table or tables))]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
