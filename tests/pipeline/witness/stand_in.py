# ruff: noqa
"""Stands in for the formats `markdown` and `github` until they are there; to be removed with the day they are."""

import os
import sys


def _install():
    import click

    from omneo_reconcile.cli.commands import main
    from omneo_reconcile.core.plan import Plan
    from omneo_reconcile.core.receipt import Receipt
    from omneo_reconcile.formats import FORMATS, as_text

    def markdown(document):
        kind = {Plan: "plan", Receipt: "receipt"}.get(type(document), "survey")
        return (
            f"<!-- omneo-reconcile {kind} tenant={document.tenant.name} fingerprint={document.fingerprint} -->\n"
            f"{as_text(document)}"
        )

    def github(document):
        with open(os.environ["GITHUB_STEP_SUMMARY"], "a") as file:
            file.write(markdown(document))
        with open(os.environ["GITHUB_OUTPUT"], "a") as file:
            file.write(f"fingerprint={document.fingerprint}\n")
        return "::notice::planned\n"

    FORMATS.update(markdown=markdown, github=github)
    for command in main.commands.values():
        for parameter in getattr(command, "params", ()):
            if parameter.name == "format":
                parameter.type = click.Choice(["text", "json", "markdown", "github"])


if "omneo_reconcile" in sys.orig_argv:
    _install()
