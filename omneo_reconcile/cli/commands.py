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

    A spec says which emails should hold which statuses. plan shows what would change, and why; apply does exactly that
    and proves it. Whatever is uncertain is reported and left alone, and nothing is touched that the spec does not name.

    \b
    Examples:
      omneo-reconcile validate specs
      omneo-reconcile plan specs --tenant acme --out plan.json
      omneo-reconcile apply plan.json --tenant acme

    \b
    Environment:
      OMNEO_TENANT    the tenant, where --tenant is not given
      OMNEO_TOKEN     its token, which is never the value of an option
      OMNEO_BASE_URL  its API, if not at the usual address
      CI              set: nobody is asked, and text shows emails masked
      NO_COLOR        set: no colours

    \b
    Exit codes:
      0    done, or nothing to do
      1    an error: access, the network, a file, a bug; or files that fmt would change
      2    changes are pending, where --detailed-exitcode asked for that
      3    refused by a limit or a policy; nothing was sent
      4    a plan that may not be applied here and now; nothing was sent
      5    partly done: run it again
      6    sent, but not all of it confirmed
      7    the tenant was not read to the end: nothing can be concluded
      64   wrong usage, or an invalid spec
      130  interrupted; 143 if the system did it
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

    SPEC is a YAML file or a folder; several make one spec. One run tells all that is wrong, and as warnings all that is
    odd, such as a mistyped mail domain, a list that nobody is on, or a member whose last day has passed. Each with
    file, line and column, and never with an email.

    \b
    Examples:
      omneo-reconcile validate specs
      omneo-reconcile validate specs --strict --format github
      omneo-reconcile validate specs --as-of 2026-12-31

    \b
    Exit codes:
      0   valid
      64  invalid; with --strict also odd
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

    SPEC is a YAML file or a folder; several make one spec. Whoever is not tied to exactly one profile is reported and
    left alone. A plan over a limit is shown all the same, with the way out, and cannot be applied. --undo plans the way
    back from an apply instead, for those who are still as it left them.

    \b
    Examples:
      omneo-reconcile plan specs --tenant acme --out plan.json
      omneo-reconcile plan specs --sandbox --status vip --allow-removals vip=12
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


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.showing_options
@options.detailed_exitcode_option
@options.verbosity_options
@click.pass_obj
def show(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Print a saved plan or receipt again.

    It reads FILE and nothing else. In the same format it prints the same, to the byte.

    \b
    Examples:
      omneo-reconcile show plan.json
      omneo-reconcile show receipt.json --format markdown --emails masked

    \b
    Exit codes:
      0   shown
      2   changes or held removals are pending, with --detailed-exitcode
      4   the file was edited since it was saved
      64  not a saved plan or receipt
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
    from people whom nobody meant come first. Nothing is checked out, and no program of a configuration runs.

    \b
    Examples:
      omneo-reconcile diff specs --base origin/main
      omneo-reconcile diff specs --base HEAD~1 --format markdown

    \b
    Exit codes:
      0   compared
      2   the spec changed, with --detailed-exitcode
      64  wrong usage, no such revision, or a spec that is invalid now or was
    """
    return run("diff", edges, chosen)


@main.command()
@options.spec_argument
@click.option("--check", is_flag=True, help="Write nothing: name the files that would change, and exit 1 if any would.")
@options.verbosity_options
@click.pass_obj
def fmt(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Write a spec, and the lists it names, in one order and style.

    Statuses stand by handle and people by email, nobody twice in a list. A comment moves with the line below it, and
    one at the top of a file stays there. What the spec means does not change, and what is invalid is left as it is.

    \b
    Examples:
      omneo-reconcile fmt specs
      omneo-reconcile fmt --check specs

    \b
    Exit codes:
      0   written, or nothing to write
      1   with --check: a file would change; else: a file cannot be written
      64  wrong usage, or an invalid spec
    """
    return run("fmt", edges, chosen)


@main.command()
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


@main.command()
@click.option("--plan", "document", flag_value="plan", help="That of a saved plan.")
@click.option("--receipt", "document", flag_value="receipt", help="That of a receipt.")
@click.pass_obj
def schema(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Print the JSON Schema of the spec, for editors.

    With it an editor completes keys, says what each one means, and marks what is wrong while it is typed. Save it, and
    name it in the first line of each spec file, where fmt leaves it:

    \b
      # yaml-language-server: $schema=../.omneo.schema.json

    \b
    Examples:
      omneo-reconcile schema > .omneo.schema.json
      omneo-reconcile schema --plan > plan.schema.json

    \b
    Exit codes:
      0   printed
      64  wrong usage
    """
    return run("schema", edges, chosen)


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_obj
def completion(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Print the script that completes commands, options and files in a shell.

    It takes effect in shells that are opened afterwards. bash has to be 4.4 or newer; for zsh, the folder has to be in
    fpath before compinit runs.

    \b
    Examples:
      omneo-reconcile completion bash > ~/.local/share/bash-completion/completions/omneo-reconcile
      omneo-reconcile completion zsh > ~/.zfunc/_omneo-reconcile
      omneo-reconcile completion fish > ~/.config/fish/completions/omneo-reconcile.fish

    \b
    Exit codes:
      0   printed
      64  wrong usage
    """
    return run("completion", edges, chosen)


main.add_command(sandbox)
