"""Settles what a setting is that several places may give."""

from collections.abc import Iterable

from omneo_reconcile.spec.findings import Finding
from omneo_reconcile.spec.parts import Setting, Value


def one_value(name: str, settings: Iterable[Setting[Value] | None], faults: list[Finding]) -> Value | None:
    """Returns the value that all places give that give one, or None if none does.

    Args:
        name: What the faults call the setting.
        settings: In the order of the places; None where a place does not give it.
        faults: Takes each place that gives another value than the first does.
    """
    first: Setting[Value] | None = None
    for setting in settings:
        if setting is None:
            continue
        first = first or setting
        if setting.value != first.value:
            next_step = "write the same at both, or keep one of them"
            faults.append(Finding(setting.place, f"{name} is given twice with two values", next_step, first.place))
    return first.value if first else None
