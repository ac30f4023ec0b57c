"""The one place where a failure becomes lines and an exit code."""

import signal
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from omneo_reconcile.cli.commands import main
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.errors import FailureName, Fault, Interrupted, Oddity, ReconcileError


def run(arguments: Sequence[str], edges: Edges | None = None) -> int:
    """Runs a command and returns its exit code. Prints every failure as one line a fault; never a traceback."""
    edges = edges or Edges()
    told: tuple[Fault, ...]
    try:
        code = main.main(list(arguments), prog_name="omneo-reconcile", standalone_mode=False, obj=edges)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        told = (Fault(FailureName.USAGE, "no command is named", "", "name one of those above"),)
    except ReconcileError as error:
        told = error.told
    except click.ClickException as error:
        told = (_usage(error),)
    except (click.Abort, KeyboardInterrupt):
        told = (Fault(FailureName.INTERRUPTED, "interrupted, nothing was sent", "", "run it again"),)
    except Exception as error:  # noqa: BLE001 - a bug: told in one line, without values, which may hold emails
        told = (_bug(error),)
    else:
        return code or 0
    from omneo_reconcile.cli.showing import print_failure  # noqa: PLC0415 - not needed to print help

    print_failure(told, edges, in_result=False)
    return next(fault.name.exit_code for fault in told if not isinstance(fault, Oddity))


def end_on_terminate() -> None:
    """Makes SIGTERM a failure with a name, wherever the process is; an event loop takes it over while it runs."""

    def terminate(*_: object) -> None:
        raise Interrupted.of(FailureName.TERMINATED, "interrupted, nothing was sent", "", "run it again")

    signal.signal(signal.SIGTERM, terminate)


def _usage(error: click.ClickException) -> Fault:
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "omneo-reconcile"
    message = " ".join(error.format_message().rstrip(".").split())
    return Fault(FailureName.USAGE, message, "", f"see `{command} --help`")


def _bug(error: Exception) -> Fault:
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
    return Fault(FailureName.INTERNAL_ERROR, what, "", "this is a bug: please report this line and the command")
