"""Makes text from specs and tenants safe to show, and keeps emails out of where they must not stand."""

import re
from collections.abc import Callable

# Wider than any address that a spec may hold: to hide too much in free text costs nothing.
_EMAIL_LIKE = re.compile(
    r"""(?:"[^"\n@]*"|(?<![^\s@<>()\[\]{}"'`,;:=/\\])[^\s@<>()\[\]",;:\\]*)"""
    r"""(?:@(?:\[[^\]\s]*\]|[^\s@<>()\[\]{}"'`,;:=/\\]+))+"""
)
_LONGEST = 300  # characters of one value
# A pipeline's runner obeys `::name::` at the start of a printed line, and `##[name]` and `##vso[name]` anywhere in it.
# Source: actions/runner, ActionCommand.cs, and Azure Pipelines, logging commands; read 2026-11-22.
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#(?:\[|vso\[))")


def plain(text: str) -> str:
    """Returns a value as `visible` text, cut if it is very long as shown."""
    shown = visible(text[: _LONGEST + 1])
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"


def visible(text: str) -> str:
    """Returns the text on one line, with nothing in it that a terminal or a pipeline's runner would obey.

    Control and format characters (escapes, line breaks, right-to-left marks) become visible escapes, and so does the
    first character of a workflow command.
    """
    if not text.isprintable():
        text = "".join([letter if letter.isprintable() else _escape(letter) for letter in text])
    return _COMMAND.sub(_break, text) if "::" in text or "##" in text else text


def replace_emails(text: str, replacement: Callable[[str], str]) -> str:
    """Returns the text with everything in it that looks like an email replaced."""
    return _EMAIL_LIKE.sub(lambda match: replacement(match[0]), text) if "@" in text else text


def without_emails(text: str) -> str:
    """Returns the text for a log or an error, where no email may stand."""
    return replace_emails(text, lambda _: "<email>")


def _break(command: re.Match[str]) -> str:
    return "\\x23" if command[0] == "#" else f"{command[1]}\\x3a"


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
