"""The only place that prints: results to stdout, all else to stderr, never an email or a token there."""

import contextlib
import sys

import msgspec

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.errors import FailureName, Fault, OutputError
from omneo_reconcile.formats.escape import visible, without_emails

_SHORTEST_SECRET = 8  # characters; hiding a shorter one would make the line unreadable and hide nothing


def print_result(text: str, edges: Edges) -> None:
    """Writes a result to stdout; in colour if it is text that fits the terminal.

    A reader who went away (`| head`) is no failure, and changes nothing of what the command does.

    Raises:
        OutputError: If it cannot be written otherwise.
    """
    if sys.stdout is None:
        return
    try:
        if not (edges.format == "text" and edges.on_terminal and _print_in_colour(text)):
            sys.stdout.write(text)
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
        _to_stderr(text, edges)


def print_failure(faults: tuple[Fault, ...], edges: Edges, *, in_result: bool) -> None:
    """Writes one line a fault to stderr, and an object to stdout where JSON was asked for and no result told it.

    Args:
        in_result: Whether a result with its ``failure_reason`` was printed already.
    """
    for fault in faults:
        _to_stderr(str(fault), edges)
    if edges.format == "json" and not in_result:
        errors = [
            {part: _safe(value, edges) for part, value in fault._asdict().items() if part != "name"}
            | {"name": fault.name}
            for fault in faults
        ]
        document = msgspec.json.encode({"failure_reason": faults[0].name, "errors": errors})
        print_result(msgspec.json.format(document, indent=2).decode() + "\n", edges)


def _to_stderr(text: str, edges: Edges) -> None:
    with contextlib.suppress(OSError, AttributeError):  # closed: there is nowhere left to say so
        sys.stderr.write(_safe(text, edges) + "\n")
        sys.stderr.flush()


def _safe(text: str, edges: Edges) -> str:
    for secret in edges.secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "<token>")
    return visible(without_emails(text))


def _print_in_colour(text: str) -> bool:
    """Prints with rich, unless it is longer than the screen: rich is for what fits. Source: measured.md, Output."""
    from rich.console import Console  # noqa: PLC0415 - heavy, and only for a terminal
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    lines = text.splitlines()
    if len(lines) > console.height:
        return False
    styles = {"-": "red", "+": "green", "?": "yellow", "~": "yellow", "!": "bold red"}
    for line in lines:
        style = "bold red" if line.startswith("Refused:") else styles.get(line.lstrip()[:1], "")
        console.print(Text(line, style=style), soft_wrap=True)
    return True
