"""A document in, text out, piece by piece: each format a pure function, listed in one dict."""

from collections.abc import Callable, Iterator, Mapping

from omneo_reconcile.formats.as_github import as_github
from omneo_reconcile.formats.as_html import as_html
from omneo_reconcile.formats.as_json import as_json
from omneo_reconcile.formats.as_markdown import as_markdown
from omneo_reconcile.formats.as_text import as_text
from omneo_reconcile.formats.documents import Document

FORMATS: Mapping[str, Callable[[Document], Iterator[str]]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
    "github": as_github,
    "html": as_html,
}
"""Every format by the name that `--format` takes. Each ends in a newline; a document may be too long for one string."""
