"""Every format as one string, as tests read it."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec

from omneo_reconcile import formats
from omneo_reconcile.formats.as_github import as_github as _github
from omneo_reconcile.formats.as_html import as_html as _html
from omneo_reconcile.formats.as_json import as_json as _json
from omneo_reconcile.formats.as_markdown import as_markdown as _markdown
from omneo_reconcile.formats.as_text import as_text as _text

_Asked = ParamSpec("_Asked")


def _whole(pieces: Callable[_Asked, Iterator[str]]) -> Callable[_Asked, str]:
    @wraps(pieces)
    def whole(*asked: _Asked.args, **named: _Asked.kwargs) -> str:
        return "".join(pieces(*asked, **named))

    return whole


as_github, as_html, as_json, as_markdown, as_text = map(_whole, (_github, _html, _json, _markdown, _text))
FORMATS = {name: _whole(pieces) for name, pieces in formats.FORMATS.items()}
