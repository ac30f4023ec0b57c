"""JSON of any shape, taken for what it tells: what cannot be understood comes back as None, or as nothing."""

import re
from collections.abc import Mapping
from typing import TypeVar

from msgspec import MsgspecError
from msgspec.json import Decoder

ANY = Decoder()
"""Takes JSON as it is."""

_LARGEST_NUMBER = 10**18  # beyond that it counts nothing
_Kind = TypeVar("_Kind")


def text(value: object) -> str | None:
    """Returns a string or a whole number as text; None for anything else, and for nothing but white space."""
    if isinstance(value, str):
        return value.strip() or None
    whole = number(value)
    return None if whole is None else str(whole)


def number(value: object) -> int | None:
    """Returns a whole number given as number or text, else None."""
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,18}\s*", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST_NUMBER:
        return None
    return value


def count(value: object) -> int | None:
    """Returns a whole number that counts something, or None: a negative one counts nothing."""
    whole = number(value)
    return None if whole is None or whole < 0 else whole


def decoded(told: bytes, decoder: Decoder[_Kind]) -> _Kind | None:
    """Returns JSON as values of the decoder's type, or None if it is of another or none."""
    try:
        return decoder.decode(told)
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def mapping(value: object) -> Mapping[str, object]:
    """Returns an object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[Mapping[str, object]]:
    """Returns the objects of a list, or none if it is no list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
