"""A document in, a string out: each format a pure function, listed in one dict."""

from collections.abc import Callable, Mapping

from omneo_reconcile.formats.as_json import as_json
from omneo_reconcile.formats.as_text import Document, as_text

FORMATS: Mapping[str, Callable[[Document], str]] = {"text": as_text, "json": as_json}
"""Every format by the name that `--format` takes. Each ends in a newline."""
