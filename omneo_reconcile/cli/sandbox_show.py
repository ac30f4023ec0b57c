"""The command `sandbox show`."""

from pathlib import Path

import msgspec

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import print_result
from omneo_reconcile.cli.showing import in_full
from omneo_reconcile.cli.simulated import open_sandbox
from omneo_reconcile.formats.escape import plain
from omneo_reconcile.formats.mask import Masks


def run(edges: Edges, *, state_dir: Path, emails: str | None) -> int:
    """Prints every membership, by status and email. Returns the exit code."""
    with open_sandbox(state_dir, edges) as store:
        rows = store.memberships()
    full = in_full(edges, emails)
    masks = Masks(email for _, _, email in rows)
    shown = [
        (handle, profile_id, email if full or email is None else masks.of(email)) for handle, profile_id, email in rows
    ]
    if edges.format == "json":
        document = [{"status": handle, "profile_id": profile_id, "email": email} for handle, profile_id, email in shown]
        print_result([msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"])
    else:
        print_result(
            f"{plain(handle)}  {profile_id}  {plain(email or '(no email)')}\n" for handle, profile_id, email in shown
        )
    return 0
