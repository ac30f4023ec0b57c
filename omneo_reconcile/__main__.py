"""Runs the command line: ``omneo-reconcile`` and ``python -m omneo_reconcile``."""

import gc
import io
import sys

from omneo_reconcile.cli.main import end_on_terminate, run


def main() -> None:
    """Ends the process with the exit code of the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # whatever the encoding, a result can be printed
    end_on_terminate()
    code = run(sys.argv[1:])
    gc.freeze()  # all goes with the process: the interpreter need not search it for cycles before it ends
    sys.exit(code)


if __name__ == "__main__":
    main()
