"""Documents on their way to people: in the format asked for, masked where that is due, and failures likewise."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import complain, print_result, redacted, say
from omneo_reconcile.core.failure import Failure, Problem
from omneo_reconcile.errors import Fault, Oddity
from omneo_reconcile.formats import FORMATS
from omneo_reconcile.formats.as_github import as_github, step_outputs
from omneo_reconcile.formats.as_text import Look, as_text
from omneo_reconcile.formats.documents import Document
from omneo_reconcile.formats.mask import mask

PENDING = 2
"""The exit code of a command that is to tell that what it shows is not done yet."""


def show(document: Document, edges: Edges, emails: str | None = None) -> None:
    """Prints a document in the format asked for; on GitHub also for its summary and the steps that follow.

    Args:
        emails: ``full``, ``masked``, or None for what suits the place.
    """
    shown = document if in_full(edges, emails) else mask(document)
    print_result(_render(edges)(shown))
    if edges.format == "github":
        _append("GITHUB_STEP_SUMMARY", FORMATS["markdown"](shown), edges)
        _append("GITHUB_OUTPUT", [step_outputs(shown)], edges)


def print_failure(told: tuple[Fault, ...], edges: Edges, *, in_result: bool) -> None:
    """Writes one line a fault to stderr, and a document to stdout where no result told it and the format has one.

    Args:
        told: At least one fault, and what is odd.
        in_result: Whether a result with its ``failure_reason`` was printed already.
    """
    for fault in told:
        if isinstance(fault, Oddity):
            say(str(fault), edges)
        else:
            complain(str(fault), edges)
    if edges.format != "text" and not in_result:
        errors = [_safe(fault, edges) for fault in told if not isinstance(fault, Oddity)]
        warnings = [_safe(fault, edges) for fault in told if isinstance(fault, Oddity)]
        show(Failure(errors[0].name, tuple(errors), tuple(warnings)), edges)


def in_full(edges: Edges, emails: str | None) -> bool:
    """Tells whether emails are shown in full.

    Args:
        emails: ``full``, ``masked``, or None for what suits the place: full in JSON and in text on a terminal, masked
            in all that is posted, mailed or logged. Source: contract, Commands.
    """
    if emails is None:
        return edges.format == "json" or (edges.format == "text" and edges.on_terminal)
    return emails == "full"


def _safe(fault: Fault, edges: Edges) -> Problem:
    return Problem(fault.name, *(redacted(part, edges) for part in fault[1:]))


def _render(edges: Edges) -> Callable[[Document], Iterator[str]]:
    """Returns the format asked for; those of lines show all where more is to be told."""
    match edges.format:
        case "text":
            return partial(as_text, look=_look(edges))
        case "github":
            return partial(as_github, look=Look(most_rows=_look(edges).most_rows))
        case name:
            return FORMATS[name]


def _look(edges: Edges) -> Look:
    most_rows = None if edges.verbosity > 0 else Look().most_rows
    if not edges.on_terminal:
        return Look(most_rows=most_rows)
    in_colour = not edges.environment.get("NO_COLOR") and edges.environment.get("TERM") != "dumb"
    return Look(shutil.get_terminal_size().columns, in_colour, most_rows)


def _append(variable: str, pieces: Iterable[str], edges: Edges) -> None:
    """Appends to the file that a variable names. Where it cannot be written, the command goes on as it would have."""
    name = edges.environment.get(variable)
    if not name:
        return
    text = "".join(pieces)  # short, and whatever is wrong with it must not look like a file that cannot be written
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(text)
    except (OSError, ValueError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "not a path"
        say(f"warning: the file that {variable} names cannot be written ({why}); later steps do not see it", edges)
