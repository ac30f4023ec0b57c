"""The only place that prints: results to stdout, all else to stderr, never an email or a token there."""

import contextlib
import sys
from collections.abc import Iterable

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.errors import FailureName, OutputError
from omneo_reconcile.formats.escape import visible, without_emails

_SHORTEST_SECRET = 8  # characters; hiding a shorter one would make the line unreadable and hide nothing


def print_result(pieces: Iterable[str]) -> None:
    """Writes a result to stdout, each piece of it as it comes.

    A reader who went away (`| head`) is no failure, and changes nothing of what the command does.

    Raises:
        OutputError: If it cannot be written otherwise.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.writelines(pieces)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None
    except OSError as error:
        sys.stdout = None
        what = f"the result cannot be written ({error.strerror})"
        raise OutputError.of(FailureName.NOT_WRITTEN, what, "stdout", "run it again with room for it") from None


def say(text: str, edges: Edges, *, verbosity: int = 0) -> None:
    """Writes a line to stderr, if the user wants to know that much."""
    if edges.verbosity >= verbosity:
        complain(text, edges)


def complain(text: str, edges: Edges) -> None:
    """Writes a line to stderr, however little the user wants to know."""
    with contextlib.suppress(OSError, AttributeError):  # closed: there is nowhere left to say so
        sys.stderr.write(redacted(text, edges) + "\n")
        sys.stderr.flush()


def redacted(text: str, edges: Edges) -> str:
    """Returns the text on one line, without tokens and emails."""
    for secret in edges.secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "<token>")
    return visible(without_emails(text))
