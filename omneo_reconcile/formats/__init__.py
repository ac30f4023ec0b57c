"""A document in, text out, piece by piece: each format a pure function, listed in one dict."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omneo_reconcile.formats.documents import Document


def _format(name: str) -> "Callable[[Document], Iterator[str]]":
    """Returns the function `as_NAME`, whose module of that name is imported when something is to be shown in it."""

    def render(document: "Document") -> Iterator[str]:
        pieces: Iterator[str] = getattr(import_module(f"{__name__}.as_{name}"), f"as_{name}")(document)
        return pieces

    return render


FORMATS: "Mapping[str, Callable[[Document], Iterator[str]]]" = {
    name: _format(name) for name in ("text", "json", "markdown", "github", "html")
}
"""Every format by the name that `--format` takes. Each ends in a newline; a document may be too long for one string."""
