"""Runs the script: ``omneo-reconcile-pipeline`` and ``python -m omneo_reconcile.pipeline``."""

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from omneo_reconcile.errors import FailureName, Fault, ReconcileError
from omneo_reconcile.pipeline import commands


def main() -> None:
    """Ends the process with the exit code of the tool, or of what hindered the script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs a command and returns the exit code. Prints a failure of the script's own as one line."""
    faults: tuple[Fault, ...]
    try:
        code = commands.main.main(list(arguments), prog_name="omneo-reconcile-pipeline", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except ReconcileError as error:
        faults = error.faults
    except (click.Abort, KeyboardInterrupt):
        faults = (Fault(FailureName.INTERRUPTED, "stopped while the tool was not running", "", "run it again"),)
    except click.ClickException as error:
        message = error.format_message().rstrip(".").replace("\n", " ")
        faults = (Fault(FailureName.USAGE, message, "", "see `omneo-reconcile-pipeline --help`"),)
    except Exception as error:  # noqa: BLE001 - told in one line, without values, which may be secret
        faults = (_unforeseen(error),)
    else:
        return code or 0
    for fault in faults:
        click.echo(str(fault), err=True)
    return faults[0].name.exit_code


def _unforeseen(error: Exception) -> Fault:
    if isinstance(error, OSError):
        what = f"a file cannot be used ({error.strerror})"
        where = f"file {Path(str(error.filename)).name}" if error.filename else ""
        return Fault(FailureName.NOT_WRITTEN, what, where, "check the path and the room on the disk")
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
    return Fault(FailureName.INTERNAL_ERROR, what, "", "this is a bug: please report this line")


if __name__ == "__main__":
    main()
