"""The one JSON Schema of the spec: editors use it, and the shape of every file is checked with it."""

import json
import re
from functools import cache
from importlib import resources
from typing import Any


def schema_text() -> str:
    """Returns the JSON Schema (draft 2020-12) of a spec file, as text for editors."""
    return resources.files(__package__).joinpath("spec.schema.json").read_text(encoding="utf-8")


@cache
def schema() -> dict[str, Any]:
    """Returns the same JSON Schema as a value. Callers do not change it."""
    parsed: dict[str, Any] = json.loads(schema_text())
    return parsed


def is_handle(text: str) -> bool:
    """Tells whether the text can be the handle of a status: not empty, no space, nothing invisible."""
    return _handle_pattern().fullmatch(text) is not None


@cache
def _handle_pattern() -> re.Pattern[str]:
    return re.compile(schema()["$defs"]["handle"]["pattern"])
