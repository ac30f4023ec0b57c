"""Every option, defined once, in the stacks that commands share."""

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click

from omneo_reconcile.cli.edges import Edges

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]

STATE_DIR = ".omneo-reconcile"


class PathValue(click.Path):
    """A path as a value; help, which has none, does not wait for `pathlib`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Returns the path."""
        from pathlib import Path  # noqa: PLC0415 - a tenth of the time that `--help` takes

        path: Any = super().convert(value, param, ctx)
        return Path(path)


class NamedPath(PathValue):
    """A path that leads somewhere: empty text would mean the working folder, and a zero character nothing at all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Returns the path."""
        if value in {"", b""} or "\0" in str(value):
            self.fail("name a file or folder", param, ctx)
        return super().convert(value, param, ctx)


spec_argument = click.argument("spec", nargs=-1, required=True, type=click.Path())


def stack(*decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Returns one decorator that applies all of them, the first one listed first in the help."""

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def _keep_format(context: click.Context, _: click.Parameter, value: str) -> str:
    context.ensure_object(Edges).format = value
    return value


def _keep_verbosity(context: click.Context, parameter: click.Parameter, value: int) -> int:
    context.ensure_object(Edges).verbosity += value if parameter.name == "verbose" else -value
    return value


def _to_date(_: click.Context, __: click.Parameter, value: datetime | None) -> date | None:
    return None if value is None else value.date()


def _to_finite(_: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("write a number", param=parameter)
    return value


def _to_counts(_: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        handle, equals, number = value.rpartition("=")
        if not (handle and equals and number.isascii() and number.isdigit()):
            raise click.BadParameter("write it as STATUS=N, such as vip=12", param=parameter)
        if counts.setdefault(handle, int(number)) != int(number):
            raise click.BadParameter(f"{handle} is given twice with two numbers", param=parameter)
    return counts


spec_or_undo = stack(
    click.argument("spec", nargs=-1, type=click.Path()),
    click.option("--undo", type=PathValue(), metavar="RECEIPT", help="Plan the way back, without SPEC."),
)


def _to_fingerprint(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[0-9a-f]{64}", value.lower()):
        raise click.BadParameter("write the 64 hex digits that the plan shows", param=parameter)
    return value and value.lower()


expect_option = click.option(
    "--expect",
    metavar="FINGERPRINT",
    callback=_to_fingerprint,
    help="Go on only if it is that plan; do not ask.",
)

verbosity_options = stack(
    click.option("-v", "--verbose", count=True, expose_value=False, callback=_keep_verbosity, help="Tell more."),
    click.option("-q", "--quiet", count=True, expose_value=False, callback=_keep_verbosity, help="Tell less."),
)

state_dir_option = click.option(
    "--state-dir",
    type=PathValue(),
    default=STATE_DIR,
    show_default=True,
    help="Folder for the journal, the lock and the sandbox.",
)

tenant_options = stack(
    click.option("--tenant", envvar="OMNEO_TENANT", metavar="NAME", help="The tenant. [env: OMNEO_TENANT]"),
    click.option(
        "--base-url",
        envvar="OMNEO_BASE_URL",
        metavar="URL",
        help="Its API, if not the usual address. [env: OMNEO_BASE_URL]",
    ),
    click.option("--sandbox", is_flag=True, help="Use the simulated tenant in the state folder, without a network."),
    click.option(
        "--token-file", type=click.Path(), metavar="FILE", help="Read the token from a file, not from OMNEO_TOKEN."
    ),
    click.option(
        "--concurrency", type=click.IntRange(1, 256), default=16, show_default=True, help="Most requests in flight."
    ),
    click.option(
        "--rate",
        type=click.FloatRange(0, min_open=True),
        callback=_to_finite,
        metavar="N",
        help="Most requests a second.  [default: no limit]",
    ),
    state_dir_option,
    verbosity_options,
)

as_of_option = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_to_date,
    metavar="DATE",
    help="The day for which `until` is read.  [default: today]",
)

limit_options = stack(
    click.option(
        "--allow-adds",
        multiple=True,
        callback=_to_counts,
        metavar="STATUS=N",
        help="Replace the limit of a status: exactly N adds; may be given again.",
    ),
    click.option(
        "--allow-removals",
        multiple=True,
        callback=_to_counts,
        metavar="STATUS=N",
        help="Replace the limit of a status: exactly N removals; may be given again.",
    ),
)

status_option = click.option("--status", multiple=True, metavar="HANDLE", help="Only this status; may be given again.")

base_option = click.option("--base", required=True, metavar="REV", help="The git revision to compare with.")

import_options = stack(
    click.option(
        "--status", multiple=True, required=True, metavar="HANDLE", help="A status to import; may be given again."
    ),
    click.option(
        "--out",
        required=True,
        type=NamedPath(file_okay=False),
        metavar="DIR",
        help="The folder of the spec, new or there already.",
    ),
    click.option(
        "--mode",
        type=click.Choice(["additive", "tracked", "exclusive"]),
        help="What the lists are to mean.  [default: additive, or what the spec says]",
    ),
)

tracked_base_option = click.option(
    "--base",
    metavar="REV|RECEIPT",
    help="Take tracked statuses from whom the spec dropped since: a git revision, or a receipt, which ends in .json.",
)

planning_options = stack(
    as_of_option,
    status_option,
    tracked_base_option,
    limit_options,
)

format_option = click.option(
    "--format",
    type=click.Choice(["text", "json", "markdown", "github", "html"]),
    default="text",
    show_default=True,
    is_eager=True,
    expose_value=False,
    callback=_keep_format,
    help="How to show the result.",
)

emails_option = click.option(
    "--emails",
    type=click.Choice(["full", "masked"]),
    help="Show emails in full or masked.  [default: full in JSON and in text on a terminal, else masked]",
)

showing_options = stack(format_option, emails_option)

detailed_exitcode_option = click.option(
    "--detailed-exitcode", is_flag=True, help="Exit 2 if changes or held removals are pending."
)

applying_options = stack(
    click.option("--receipt", type=PathValue(), metavar="FILE", help="Save the receipt."),
    click.option(
        "--batch-size", type=click.IntRange(1, 500), default=250, show_default=True, help="Most profiles a batch."
    ),
    click.option(
        "--settle-seconds",
        type=click.FloatRange(0),
        callback=_to_finite,
        default=60,
        show_default=True,
        help="How long to wait for a batch to become true.",
    ),
    click.option(
        "--max-age",
        type=click.IntRange(0, 36_500),
        default=7,
        show_default=True,
        metavar="DAYS",
        help="Oldest plan to apply.",
    ),
    click.option(
        "--lock-seconds",
        type=click.FloatRange(0),
        callback=_to_finite,
        default=0,
        show_default=True,
        help="How long to wait for another apply on the same state folder.",
    ),
)
