"""Lines of the spec, as errors name them."""

import re

from omneo_reconcile.core.model import Source

_PLACE = re.compile(r"(?P<file>[^:]+):(?P<line>[1-9]\d{0,8})(?::\d+)?", re.ASCII)


def source_of(where: str) -> Source | None:
    """Returns the line that ``file:line:column`` stands for, or None if it is another thing.

    ``revision:file:line:column`` is one: no such file is there now.
    """
    place = _PLACE.fullmatch(where)
    return Source(place["file"], int(place["line"])) if place else None
