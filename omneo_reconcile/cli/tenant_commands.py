"""The commands that ask a tenant, as the user meets them."""

from typing import Any

import click

from omneo_reconcile.cli import options
from omneo_reconcile.cli.deferred import run
from omneo_reconcile.cli.edges import Edges


@click.command(short_help="Show what would change, and why; write nothing.")
@options.spec_or_undo
@options.planning_options
@options.showing_options
@click.option("--out", type=options.PathValue(), metavar="FILE", help="Save the plan for its owner only.")
@options.detailed_exitcode_option
@options.tenant_options
@click.pass_obj
def plan(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401 - options as click passes them; so below
    """Show what would change, and why; write nothing to the tenant.

    SPEC is a YAML file or a folder; several make one spec. Whoever is not tied to exactly one profile is reported and
    left alone. A plan over a limit is shown all the same, with the way out, and cannot be applied. With --base, those
    whom the spec listed there and lists no more lose its tracked statuses. --undo plans the way back from an apply
    instead, for those who are still as it left them.

    \b
    Examples:
      omneo-reconcile plan specs --tenant acme --out plan.json
      omneo-reconcile plan specs --sandbox --status vip --allow-removals vip=12
      omneo-reconcile plan specs --tenant acme --base omneo-applied
      omneo-reconcile plan --undo receipt.json --tenant acme --out undo.json

    \b
    Environment: OMNEO_TENANT, OMNEO_TOKEN, OMNEO_BASE_URL.

    \b
    Exit codes:
      0   planned, with changes or without
      1   no access, or a network that fails
      2   changes or held removals are pending, with --detailed-exitcode
      3   refused by a limit or a policy of the spec
      4   the spec or the receipt is of another tenant, or the receipt was edited
      7   the tenant was not read to the end
      64  wrong usage, an invalid spec, or a status that does not exist
    """
    return run("plan", edges, chosen)


@click.command(short_help="Carry out a saved plan, or plan a spec and carry it out.")
@click.argument("paths", metavar="PLANFILE | SPEC...", nargs=-1, required=True, type=click.Path())
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@options.expect_option
@click.option(
    "--spec",
    "trusted",
    multiple=True,
    type=click.Path(),
    help="With PLANFILE: every change must follow from this spec; may be given again.",
)
@options.planning_options
@options.showing_options
@options.applying_options
@options.tenant_options
@click.pass_obj
def apply(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Carry out a saved plan; or plan a spec, show it, ask, and carry it out.

    A saved plan never asks. SPEC asks on a terminal, and elsewhere needs --auto-approve or --expect. The limits are
    looked at again before the first request. Adds go first; where one fails, the removals of that status are held.
    All that was sent is read back. Interrupted at any moment, the same command ends what it began.

    \b
    Examples:
      omneo-reconcile apply plan.json --spec specs --tenant acme --receipt receipt.json
      omneo-reconcile apply specs --sandbox --auto-approve

    \b
    Environment: OMNEO_TENANT, OMNEO_TOKEN, OMNEO_BASE_URL.

    \b
    Exit codes:
      0    done, or nothing to do
      1    no access, a network that fails, or another apply at work
      3    refused by a limit, a policy of the spec, or the person asked; nothing was sent
      4    the plan was edited, is stale, too old, not the one expected, or for another tenant or spec; nothing was sent
      5    partly done: something failed; run it again
      6    sent and nothing failed, but not all confirmed by reading back
      7    the tenant was not read to the end; nothing was sent
      64   wrong usage, an invalid spec, a status that does not exist, or no approval
      130  interrupted; 143 if the system did it
    """
    return run("apply", edges, chosen)


@click.command(short_help="Tell all about one person, and why.")
@click.argument("email")
@options.spec_argument
@options.planning_options
@options.showing_options
@options.tenant_options
@click.pass_obj
def explain(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Tell all about one person: what the spec says and where, what is live, what a plan would do and why.

    EMAIL is compared as a plan compares it: case does not matter. Shows every line of SPEC that names the person, every
    status that the person holds, and what a plan of those statuses made now would do, by which rule, and whether it
    would be refused. Writes nothing to the tenant.

    \b
    Examples:
      omneo-reconcile explain jane@example.com specs --tenant acme
      omneo-reconcile explain jane@example.com specs --sandbox --format json

    \b
    Environment: OMNEO_TENANT, OMNEO_TOKEN, OMNEO_BASE_URL.

    \b
    Exit codes:
      0   explained, also where a plan would be refused or the person cannot be told
      1   no access, or a network that fails
      4   the spec or the base is of another tenant
      7   the tenant was not read to the end
      64  wrong usage, an invalid spec, or a status that does not exist
    """
    return run("explain", edges, chosen)


@click.command("import", short_help="Write a spec of what is live.")
@options.import_options
@options.tenant_options
@click.pass_obj
def import_(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Write a spec of what is live, to adopt a running tenant; write nothing to the tenant.

    A new status gets a file of its own in DIR, and more than 100 people a list beside it. Statuses that a spec in DIR
    has already keep all that is there and get those who hold them and are not listed. Whoever has no email that a spec
    can hold stands as a comment, by profile id, until that is not true any more. A plan of it has no changes; with
    --mode exclusive, only the removals of those in comments.

    \b
    Examples:
      omneo-reconcile import --status vip --status media --out specs --tenant acme
      omneo-reconcile import --status staff --mode exclusive --out specs --tenant acme

    \b
    Environment: OMNEO_TENANT, OMNEO_TOKEN, OMNEO_BASE_URL.

    \b
    Exit codes:
      0   written, or nothing to write
      1   no access, a network that fails, or a file that cannot be written
      4   the spec in DIR is of another tenant
      7   the tenant was not read to the end; nothing is written
      64  wrong usage, an invalid spec in DIR, or a status that does not exist
    """
    return run("importing", edges, chosen)


@click.command(short_help="Find out what the tenant answers and the token may do.")
@options.format_option
@options.tenant_options
@click.pass_obj
def check(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Find out what the tenant answers and what the token may do; write nothing.

    Tells whether the token is valid, which scopes it seems to have, which ways of reading the tenant answers, its
    statuses, and how fast it is.

    \b
    Examples:
      omneo-reconcile check --tenant acme
      omneo-reconcile check --tenant acme --format json

    \b
    Environment: OMNEO_TENANT, OMNEO_TOKEN, OMNEO_BASE_URL.

    \b
    Exit codes:
      0   planning would work
      1   it would not
      64  wrong usage
    """
    return run("check", edges, chosen)
