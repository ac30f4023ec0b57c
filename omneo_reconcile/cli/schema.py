"""The command `schema`."""

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import print_result
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.receipt import Receipt
from omneo_reconcile.formats.as_json import json_schema
from omneo_reconcile.spec.schema import schema_text


def run(edges: Edges, *, document: str | None) -> int:
    """Prints a schema. Returns the exit code."""
    types: dict[str, type[Plan] | type[Receipt]] = {"plan": Plan, "receipt": Receipt}
    edges.format = "json"
    print_result([schema_text() if document is None else json_schema(types[document])])
    return 0
