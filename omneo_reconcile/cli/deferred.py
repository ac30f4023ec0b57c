"""Runs a command by the name of its module, which is imported only then: help has not to wait for it."""

import importlib
from typing import Any

from omneo_reconcile.cli.edges import Edges


def run(module: str, edges: Edges, chosen: dict[str, Any]) -> int:
    """Imports the module of a command and runs it; returns the exit code."""
    code: int = importlib.import_module(f"omneo_reconcile.cli.{module}").run(edges, **chosen)
    return code
