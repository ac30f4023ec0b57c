"""The command `show`."""

from pathlib import Path

from omneo_reconcile.cli import documents
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.showing import PENDING, show
from omneo_reconcile.core.plan import Plan, is_pending


def run(edges: Edges, *, file: Path, emails: str | None, detailed_exitcode: bool) -> int:
    """Prints a saved plan or receipt. Returns the exit code."""
    document = documents.load_document(file)
    show(document, edges, emails)
    return PENDING if detailed_exitcode and isinstance(document, Plan) and is_pending(document) else 0
