"""The command `sandbox serve`."""

from collections.abc import Sequence
from pathlib import Path

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import say
from omneo_reconcile.cli.simulated import open_sandbox
from omneo_reconcile.errors import FailureName, InvalidUse


def run(edges: Edges, *, state_dir: Path, port: int, dialect: Sequence[str], faults: Path | None) -> int:
    """Serves until interrupted. Returns the exit code."""
    with open_sandbox(state_dir, edges) as store:
        from omneo_reconcile.sandbox import Dialect, load_faults  # noqa: PLC0415 - an extra, found by now
        from omneo_reconcile.sandbox.server import SandboxServer, serve  # noqa: PLC0415

        def on_listening(server: SandboxServer) -> None:
            say(
                f"Serving the simulated tenant at {server.base_url} (token: sandbox, or sandbox-read to read only).",
                edges,
            )

        try:
            if dialect:
                store.dialect = Dialect.parse(dialect)
            script = load_faults(faults.read_text(encoding="utf-8")) if faults else ()
            serve(store, port=port, faults=script, on_listening=on_listening)
        except (ValueError, OSError) as error:
            raise InvalidUse.of(FailureName.USAGE, f"cannot serve: {error}", "", "see `sandbox serve --help`") from None
    return 0
