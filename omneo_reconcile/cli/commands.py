"""Every command as the user meets it: its name, arguments, options and help. What it does is in the module of its name.

Nothing heavy is imported here, so that help answers at once; a command's module is imported when it runs.
"""

from pathlib import Path
from typing import Any

import click

from omneo_reconcile import __version__
from omneo_reconcile.cli import options
from omneo_reconcile.cli.deferred import run
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.sandbox_commands import sandbox

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 120}


@click.group(context_settings=_SETTINGS)
@click.version_option(__version__, message="%(version)s")
def main() -> None:
    """Keep Omneo status membership under version control.

    \b
    omneo-reconcile validate specs
    omneo-reconcile plan specs --tenant acme --out plan.json
    omneo-reconcile apply plan.json --tenant acme
    """


@main.command()
@options.spec_argument
@options.as_of_option
@click.option("--strict", is_flag=True, help="Take odd things as errors too.")
@options.format_option
@options.verbosity_options
@click.pass_obj
def validate(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401 - options as click passes them; so below
    """Check a spec, offline.

    SPEC is a YAML file or a folder; several make one spec. Every fault of every file is told in one run.

    \b
    omneo-reconcile validate specs --as-of 2026-12-31
    """
    return run("validate", edges, chosen)


@main.command()
@options.spec_or_undo
@options.planning_options
@options.showing_options
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan for its owner only.")
@options.detailed_exitcode_option
@options.tenant_options
@click.pass_obj
def plan(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Show what would change, and why; write nothing to the tenant.

    SPEC is a YAML file or a folder; several make one spec. With --base, those whom the spec listed there and lists no
    more lose its tracked statuses. --undo plans the way back from an apply instead, for those who are still as it left
    them.

    \b
    omneo-reconcile plan specs --tenant acme --out plan.json
    omneo-reconcile plan specs --tenant acme --base omneo-applied
    omneo-reconcile plan --undo receipt.json --tenant acme --out undo.json
    """
    return run("plan", edges, chosen)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.showing_options
@options.detailed_exitcode_option
@options.verbosity_options
@click.pass_obj
def show(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Print a saved plan or receipt again.

    \b
    omneo-reconcile show plan.json --format text
    """
    return run("show", edges, chosen)


@main.command()
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

    A saved plan never asks. SPEC asks on a terminal, and elsewhere needs --auto-approve or --expect.

    \b
    omneo-reconcile apply plan.json --spec specs --tenant acme --receipt receipt.json
    omneo-reconcile apply specs --sandbox --auto-approve
    """
    return run("apply", edges, chosen)


@main.command()
@options.spec_argument
@options.base_option
@options.as_of_option
@options.status_option
@options.showing_options
@options.detailed_exitcode_option
@options.verbosity_options
@click.pass_obj
def diff(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Show what the spec itself changed since a git revision, offline.

    It needs no token and looks at no tenant, so it serves pull requests from forks too. Changes that may take a status
    from people whom nobody meant come first. Nothing is checked out.

    \b
    omneo-reconcile diff specs --base origin/main
    """
    return run("diff", edges, chosen)


@main.command()
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
    would be refused. Writes nothing to the tenant, and exits 0 even then.

    \b
    omneo-reconcile explain jane@example.com specs --tenant acme
    """
    return run("explain", edges, chosen)


@main.command()
@options.spec_argument
@click.option("--check", is_flag=True, help="Write nothing: name the files that would change, and exit 1 if any would.")
@options.verbosity_options
@click.pass_obj
def fmt(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Write a spec, and the lists it names, in one order and style.

    Statuses stand by handle and people by email, nobody twice in a list. A comment moves with the line below it, and
    what the spec means does not change.

    \b
    omneo-reconcile fmt specs
    omneo-reconcile fmt --check specs
    """
    return run("fmt", edges, chosen)


@main.command("import")
@options.import_options
@options.tenant_options
@click.pass_obj
def import_(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Write a spec of what is live, to adopt a running tenant; write nothing to the tenant.

    A new status gets a file of its own in DIR, and more than 100 people a list beside it. Statuses that a spec in DIR
    has already keep all that is there and get those who hold them and are not listed. Whoever has no email that a spec
    can hold stands as a comment, by profile id. A plan of it has no changes; with --mode exclusive, only the removals
    of those in comments.

    \b
    omneo-reconcile import --status vip --status media --out specs --tenant acme
    """
    return run("importing", edges, chosen)


@main.command()
@options.format_option
@options.tenant_options
@click.pass_obj
def check(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Find out what the tenant answers and what the token may do; write nothing.

    Tells whether the token is valid, which scopes it seems to have, which ways of reading the tenant answers, its
    statuses, and how fast it is. Exits 1 if planning would not work.

    \b
    omneo-reconcile check --tenant acme
    """
    return run("check", edges, chosen)


@main.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--tenant", envvar="OMNEO_TENANT", metavar="NAME", help="The tenant. [env: OMNEO_TENANT]")
@click.option(
    "--pipeline",
    type=click.Choice(["github", "gitlab", "none"]),
    help="Whose pipeline to write.  [default: as the remotes of git tell, or the files]",
)
@options.verbosity_options
@click.pass_obj
def init(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Write a first spec, a pipeline and a .gitignore for a new repository.

    DIR is the top folder of the repository, by default the current one; it is made if it is not there. Asks nothing,
    needs no token and no network, and writes over no file: what is there stays as it is. Says which lines are left to
    fill in, and what to run next.

    \b
    Examples:
      omneo-reconcile init
      omneo-reconcile init --tenant acme --pipeline github

    \b
    Exit codes:
      0   written, or nothing to do
      1   a file cannot be written
      64  wrong usage, or something else is in the place of a file; nothing is written
    """
    return run("init", edges, chosen)


@main.command()
@click.option("--plan", "document", flag_value="plan", help="That of a saved plan.")
@click.option("--receipt", "document", flag_value="receipt", help="That of a receipt.")
@click.pass_obj
def schema(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Print the JSON Schema of the spec, for editors.

    \b
    omneo-reconcile schema > spec.schema.json
    """
    return run("schema", edges, chosen)


main.add_command(sandbox)
