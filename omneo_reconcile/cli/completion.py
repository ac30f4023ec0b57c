"""The command `completion`."""

from click.shell_completion import get_completion_class

from omneo_reconcile.cli.commands import main
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import print_result

_PROGRAM = "omneo-reconcile"
# click answers the script's questions, and looks for them in the variable of this name.
_VARIABLE = "_OMNEO_RECONCILE_COMPLETE"


def run(_: Edges, *, shell: str) -> int:
    """Prints the script that completes commands in a shell. Returns the exit code."""
    completion = get_completion_class(shell)
    assert completion is not None, "the option takes no other shell"
    print_result([completion(main, {}, _PROGRAM, _VARIABLE).source()])
    return 0
