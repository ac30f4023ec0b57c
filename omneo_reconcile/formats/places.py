"""Lines of the spec, as errors name them."""

import re

from omneo_reconcile.core.model import Source

_OF = r"(?:(?:profile [^,]+, )?status .+ (?:at|from) )?"
_PLACE = re.compile(rf"{_OF}(?P<file>[^:]+):(?P<line>[1-9]\d{{0,8}})(?::\d+)?", re.ASCII)


def source_of(where: str) -> Source | None:
    """Returns the line that ``file:line:column`` stands for, also behind a profile and a status, or None if none does.

    ``revision:file:line:column`` is one: no such file is there now.
    """
    place = _PLACE.fullmatch(where)
    return Source(place["file"], int(place["line"])) if place else None
