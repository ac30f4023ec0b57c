"""The commands that need no tenant, as the user meets them."""

from typing import Any

import click

from omneo_reconcile.cli import options
from omneo_reconcile.cli.deferred import run
from omneo_reconcile.cli.edges import Edges


@click.command()
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
      1   the result cannot be written
      3   valid, but against its own policies
      64  invalid; with --strict also odd, whatever policies say
    """
    return run("validate", edges, chosen)


@click.command()
@click.argument("file", type=options.PathValue())
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
      1   the result cannot be written
      2   changes or held removals are pending, with --detailed-exitcode
      4   the file was edited since it was saved
      64  not a saved plan or receipt
    """
    return run("show", edges, chosen)


@click.command(short_help="Show what the spec itself changed, offline.")
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
      1   the result cannot be written
      2   the spec changed, with --detailed-exitcode
      64  wrong usage, no such revision, or a spec that is invalid now or was
    """
    return run("diff", edges, chosen)


@click.command(short_help="Write a spec in one order and style.")
@options.spec_argument
@click.option("--check", is_flag=True, help="Write nothing: name the files that would change, and exit 1 if any would.")
@options.verbosity_options
@click.pass_obj
def fmt(edges: Edges, /, **chosen: Any) -> int:  # noqa: ANN401
    """Write a spec, and the lists it names, in one order and style.

    Statuses stand by handle and people by email, nobody twice in a list, but for lines with two reasons. A comment
    moves with the line below it, and one at the top of a file stays there. What the spec means does not change, and
    what is invalid is left as it is.

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


@click.command(short_help="Begin a repository: a spec, a pipeline, a .gitignore.")
@click.argument("folder", metavar="[DIR]", default=".", type=options.NamedPath())
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
    needs no token and no network, and writes over no file: what is there stays as it is. The spec names no status yet:
    `import` adds those of the tenant. Says which lines are left to fill in, and what to run next.

    \b
    Examples:
      omneo-reconcile init
      omneo-reconcile init --tenant acme --pipeline github

    \b
    Environment: OMNEO_TENANT.

    \b
    Exit codes:
      0   written, or nothing to do
      1   a file cannot be written
      64  wrong usage, or something else is in the place of a file; nothing is written
    """
    return run("init", edges, chosen)


@click.command()
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
      1   the result cannot be written
      64  wrong usage
    """
    return run("schema", edges, chosen)


@click.command(short_help="Print what completes commands in a shell.")
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
      1   the result cannot be written
      64  wrong usage
    """
    return run("completion", edges, chosen)
