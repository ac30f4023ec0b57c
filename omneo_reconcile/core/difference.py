"""How two values differ, in words: field by field, without showing what may be personal."""

from collections.abc import Mapping

from deepdiff import DeepDiff
from deepdiff.model import DiffLevel

_SHOWN = frozenset({"action", "reason", "until"})


def how_it_differs(planned: Mapping[str, object], now: Mapping[str, object]) -> str:
    """Returns each field that is another one now, such as ``reason: absent in the plan, expired now``.

    Values are shown only where they cannot be personal.

    Args:
        planned: By name of the field, as the plan has it.
        now: The same, as it is.
    """
    return ", ".join(f"{field}: {_change(field, level)}" for field, level in _differing(planned, now).items())


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, DiffLevel]:
    """Returns how each field differs that does, by its name, in the order of names."""
    if before == after:  # nearly always, and a hundred times faster
        return {}
    found: dict[str, list[DiffLevel]] = DeepDiff(before, after, view="tree")
    return dict(sorted((_field(level), level) for levels in found.values() for level in levels))


def _field(level: DiffLevel) -> str:
    path: list[str] = level.path(output_format="list")
    return str(path[0])


def _change(field: str, level: DiffLevel) -> str:
    if field not in _SHOWN:
        return "another than in the plan"
    return f"{_shown(level.t1)} in the plan, {_shown(level.t2)} now"


def _shown(value: object) -> str:
    return "none" if value is None else str(value)
