"""The one normal form in which emails are compared, and what counts as an address in a spec."""

import re
import unicodedata
from collections.abc import Iterable

import idna

# Unquoted local parts take what RFC 5322 calls atext, letters beyond ASCII, and dots anywhere: real tenants hold
# addresses such as john..doe@. `a-zA-Z0-9` stands beside `\w` because a set finds ASCII in a table, and looks up the
# Unicode category of all else: half the time for a million addresses. Nothing is tried twice: `++` gives nothing back.
_LETTER = r"[a-zA-Z0-9\w]"
_LABEL = rf"{_LETTER}++ (?: -++ {_LETTER}++ )*+"
_ADDRESS = re.compile(
    rf"""(?: [a-zA-Z0-9\w.!#$%&'*+/=?^`{{|}}~-]++ | "(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])+" )
        @ {_LABEL} (?: \. {_LABEL} )++""",
    re.VERBOSE,
)
_UNSEEN = "CZ"  # how the Unicode categories of control, format (bidi marks) and separator characters begin
_LONGEST_ADDRESS = 254  # characters. Source: RFC 5321, 4.5.3.1.3, less the angle brackets


def normal_form(email: str) -> str:
    """Returns the form in which two emails are the same: trimmed, lower case, Unicode NFC, domain in ASCII.

    Total and idempotent: text that is no address comes back trimmed and in lower case.
    """
    email = email.strip()
    if email.isascii():
        form = email.lower()
        return email if form == email else form  # no second text where one is enough: of a million it takes 70 MB
    email = unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).lower())
    local, at, domain = email.rpartition("@")
    return local + at + _ascii_domain(domain) if at else email


def spellings(email: str, known: Iterable[str]) -> tuple[str, ...]:
    """Returns the forms in which a server that compares letter by letter may have stored an email, each once.

    Args:
        email: In normal form, which comes first.
        known: Forms in which it was seen.
    """
    local, at, domain = email.rpartition("@")
    forms = [email, *(form.strip() for form in known), local + at + _unicode_domain(domain)]
    decomposed = [unicodedata.normalize("NFD", form) for form in forms if not form.isascii()]
    return tuple(dict.fromkeys(forms + decomposed))


def is_address(email: str) -> bool:
    """Tells whether the text is one email address, with no name, no brackets and nothing around it."""
    if not email.isascii():
        email = unicodedata.normalize("NFC", email)
        if any(unicodedata.category(letter)[0] in _UNSEEN and letter != " " for letter in email):
            return False
    return len(email) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(email) is not None


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain


def _unicode_domain(domain: str) -> str:
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain
