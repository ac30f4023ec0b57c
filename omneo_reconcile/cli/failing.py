"""The one place where a failure becomes lines and an exit code."""

import traceback
from pathlib import Path

import click

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import complain
from omneo_reconcile.cli.showing import print_failure
from omneo_reconcile.errors import FailureName, Fault, Oddity, OutputError, ReconcileError


def tell(error: BaseException, edges: Edges) -> int:
    """Prints what ended a command, as one line a fault and never as a traceback. Returns the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
    told = _told(error)
    try:
        print_failure(told, edges, in_result=False)
    except OutputError as lost:
        for fault in lost.told:
            complain(str(fault), edges)
    return next(fault.name.exit_code for fault in told if not isinstance(fault, Oddity))


def _told(error: BaseException) -> tuple[Fault, ...]:
    match error:
        case ReconcileError():
            return error.told
        case click.exceptions.NoArgsIsHelpError():
            return (Fault(FailureName.USAGE, "no command is named", "", "name one of those above"),)
        case click.ClickException():
            return (_usage(error),)
        case click.Abort() | KeyboardInterrupt():
            return (Fault(FailureName.INTERRUPTED, "interrupted, nothing was sent", "", "run it again"),)
        case _:  # a bug: told in one line, without values, which may hold emails
            return (_bug(error),)


def _usage(error: click.ClickException) -> Fault:
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "omneo-reconcile"
    message = " ".join(error.format_message().rstrip(".").split())
    return Fault(FailureName.USAGE, message, "", f"see `{command} --help`")


def _bug(error: BaseException) -> Fault:
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
    return Fault(FailureName.INTERNAL_ERROR, what, "", "this is a bug: please report this line and the command")
