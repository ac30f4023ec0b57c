"""The commands that look after the simulated tenant, as the user meets them."""

from typing import Any

import click

from omneo_reconcile.cli import options
from omneo_reconcile.cli.deferred import run
from omneo_reconcile.cli.edges import Edges


@click.group(short_help="Look after the simulated tenant.")
def sandbox() -> None:
    """Look after the simulated tenant: a whole tenant in one file of the state folder.

    It is the way to try, to rehearse and to test: the same conversation as with Omneo, without a network. It begins
    with sample customers.

    \b
    Examples:
      omneo-reconcile apply specs --sandbox --auto-approve
      omneo-reconcile sandbox show

    \b
    Exit codes:
      0   done
      1   the state folder cannot be used
      64  wrong usage
    """


@sandbox.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8484, show_default=True, help="0 takes a free one.")
@click.option("--dialect", multiple=True, metavar="KEY=VALUE", help="Answer this way where the API is not known.")
@click.option("--faults", type=options.PathValue(), metavar="FILE", help="A script of faults, as JSON lines.")
@options.state_dir_option
@options.verbosity_options
@click.pass_obj
def serve(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Serve the simulated tenant over HTTP, on this machine only.

    It serves until it is interrupted, and keeps what it was sent in the state folder.

    \b
    Examples:
      omneo-reconcile sandbox serve --port 8484 --dialect status_filter=dotted
      omneo-reconcile sandbox serve --faults faults.jsonl

    \b
    Exit codes:
      1    the state folder cannot be used
      64   wrong usage, or a port that is taken
      130  interrupted, which is how it ends; 143 if the system did it
    """
    return run("sandbox_serve", edges, chosen)


@sandbox.command()
@options.state_dir_option
@options.verbosity_options
@click.pass_obj
def reset(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Start afresh, with the sample customers.

    What the simulated tenant held is gone; receipts and journals of the state folder stay.

    \b
    Examples:
      omneo-reconcile sandbox reset

    \b
    Exit codes:
      0   done
      1   the state folder cannot be used
      64  wrong usage
    """
    return run("sandbox_reset", edges, chosen)


@sandbox.command(short_help="Fill it with the customers of a CSV.")
@click.argument("file", type=options.NamedPath())
@click.option("--status", multiple=True, metavar="HANDLE", help="Define this status too; may be given again.")
@options.state_dir_option
@options.verbosity_options
@click.pass_obj
def load(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Replace the customers by those of a CSV, to rehearse a change with your own numbers.

    The first line names the columns, in any case and order. `email` is needed; an empty one is a profile without an
    email. `statuses` has the handles, with spaces, `|`, `;` or `,` between them. `profile_type` is active unless given,
    and `profile_id` is chosen. Other columns are ignored, but one that looks like a slip of these four is refused.
    Fields are divided by `,` or `;`.

    Rows with the same `profile_id`, or else the same email, are one person who has the statuses of all of them. Two
    profiles with one email need a `profile_id` each: where a row has one, all rows of its email do.

    Every status that the file names is defined, beside those of the sample customers and each --status. Where a row
    cannot be used, all such are told and the simulated tenant stays as it was.

    \b
    Examples:
      omneo-reconcile sandbox load customers.csv --status gold
      omneo-reconcile plan specs --sandbox

    \b
    Exit codes:
      0   loaded
      1   the state folder cannot be used
      64  wrong usage, or a row that cannot be used; nothing changes
    """
    return run("sandbox_load", edges, chosen)


@sandbox.command("show")
@options.showing_options
@options.state_dir_option
@options.verbosity_options
@click.pass_obj
def show_sandbox(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Print who holds which status in the simulated tenant.

    \b
    Examples:
      omneo-reconcile sandbox show
      omneo-reconcile sandbox show --format json --emails masked

    \b
    Exit codes:
      0   shown
      1   the state folder cannot be used
      64  wrong usage
    """
    return run("sandbox_show", edges, chosen)
