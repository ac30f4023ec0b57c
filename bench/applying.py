"""What carrying out a plan costs: requests, time, and the journal: python bench/applying.py [--quick].

Prints three tables and ends with 1 if a figure is missed or the tenant is not afterwards as it has to be. Everything is
measured against the simulated tenant, served by another process of this machine; the first two tables run the command
line tool as a user would. It takes about four minutes, with `--quick` and fewer cases less than one. `--table N`
prints only that one.
"""

import argparse
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Measures and prints, and returns the exit code."""
    # Not at the top: each process that serves a tenant imports this file again, half a second with all of it.
    from applying_journal import import_tool, journal_table  # noqa: PLC0415
    from applying_requests import requests_table  # noqa: PLC0415
    from applying_time import time_table  # noqa: PLC0415

    parser = argparse.ArgumentParser(description="Measures what carrying out a plan costs.")
    parser.add_argument("--quick", action="store_true", help="fewer cases, under a minute")
    parser.add_argument("--table", type=int, choices=(1, 2, 3), action="append", help="only this table")
    options = parser.parse_args()
    tables = {1: requests_table, 2: time_table, 3: journal_table}
    import_tool()
    with tempfile.TemporaryDirectory() as folder:
        reached = [tables[number](Path(folder), quick=options.quick) for number in sorted(set(options.table or tables))]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
