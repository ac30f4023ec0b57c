"""The commands of the script, as the action and the recipes call them."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from omneo_reconcile.errors import FailureName, InvalidUse
from omneo_reconcile.pipeline.forge import Forge
from omneo_reconcile.pipeline.github import GitHub
from omneo_reconcile.pipeline.gitlab import GitLab
from omneo_reconcile.pipeline.steps import Pipeline
from omneo_reconcile.pipeline.tool import Tool

Command = TypeVar("Command", bound=Callable[..., Any])


def _option(name: str, **settings: Any) -> Callable[[Command], Command]:  # noqa: ANN401 - as click takes them
    envvar = "OMNEO_PIPELINE_" + name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, envvar=envvar, **settings)


def _several(name: str, **settings: Any) -> Callable[[Command], Command]:  # noqa: ANN401
    return _option(name, multiple=True, **settings)


def _checked_key(_: click.Context, __: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
        raise click.BadParameter("write it with a-z, 0-9 and single hyphens")
    return value


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    _several("--spec", default=["specs"], show_default=True, help="The spec; may be given again."),
    _option("--base", metavar="REV", help="Take tracked statuses from whom the spec dropped since this git revision."),
    _several("--allow-adds", metavar="STATUS=N", help="Replace the limit of a status: exactly N adds."),
    _several("--allow-removals", metavar="STATUS=N", help="Replace the limit of a status: exactly N removals."),
    _option(
        "--comment-key",
        default="omneo-reconcile",
        show_default=True,
        callback=_checked_key,
        help="Tells several pipelines in one repository apart.",
    ),
    _option("--comment-author", metavar="LOGIN", help="Who GITHUB_TOKEN writes as.  [default: github-actions[bot]]"),
    _option(
        "--folder",
        type=click.Path(path_type=Path),
        default=Path(),
        help="Where plan.json and receipt.json are saved. Both hold emails in full.",
    ),
    click.argument("tool_options", nargs=-1, type=click.UNPROCESSED, metavar="[-- TOOL OPTIONS]"),
)


def _common(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
def main() -> None:
    """Run omneo-reconcile in a pipeline of GitHub or GitLab.

    Every option can stand in the environment too, as OMNEO_PIPELINE_ and its name; with spaces or line
    breaks between, if it may be given again. What follows -- goes to the tool as it is.
    """


@main.command()
@_common
def review(**chosen: Any) -> int:  # noqa: ANN401 - options as click passes them
    """Plan a pull request, and say so in one comment on it.

    Without the tenant's token, or from a fork, what the spec itself changes is shown in the job's summary.
    """
    return _pipeline(os.environ, **chosen).review()


@main.command()
@_option("--expect", metavar="FINGERPRINT", help="Apply the spec if that is its plan, reviewed here or not.")
@_common
def apply(expect: str | None, **chosen: Any) -> int:  # noqa: ANN401 - options as click passes them
    """Do what was reviewed in the pull request that this commit merged, and nothing else."""
    return _pipeline(os.environ, **chosen).apply(expect)


@main.command()
@_common
def drift(**chosen: Any) -> int:  # noqa: ANN401 - options as click passes them
    """Exit 2 if the tenant is not as the spec says."""
    return _pipeline(os.environ, **chosen).drift()


def _pipeline(
    environment: Mapping[str, str],
    *,
    spec: Sequence[str],
    base: str | None,
    comment_key: str,
    comment_author: str | None,
    folder: Path,
    **tool: tuple[str, ...],
) -> Pipeline:
    forge = _forge(environment, comment_author)
    allowed = [
        part
        for name in ("allow_adds", "allow_removals")
        for value in tool[name]
        for part in (f"--{name.replace('_', '-')}", value)
    ]
    runs = Tool(environment, forge.format, [*allowed, *tool["tool_options"]])
    return Pipeline(forge, runs, tuple(spec), base, comment_key, folder)


def _forge(environment: Mapping[str, str], account: str | None) -> Forge:
    if environment.get("GITHUB_ACTIONS") == "true":
        return GitHub(environment, account)
    if environment.get("GITLAB_CI") == "true":
        return GitLab(environment)
    what = "this is neither a job of GitHub nor of GitLab"
    raise InvalidUse.of(FailureName.USAGE, what, "", "run omneo-reconcile itself")
