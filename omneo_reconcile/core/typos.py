"""Tells which common mail domain a mistyped one was meant to be.

The wrong spellings are a closed set, made by rule from the names of the large providers. What anybody may own and
mean, such as ymail.com or mail.com, is not in it: a false alarm would teach people not to read the true ones.
"""

from collections.abc import Iterable, Iterator

_COMMON = (
    *("gmail.com", "googlemail.com", "yahoo.com", "yahoo.com.au", "yahoo.co.uk", "yahoo.co.nz"),
    *("hotmail.com", "hotmail.com.au", "hotmail.co.uk", "outlook.com", "outlook.com.au", "icloud.com"),
    *("bigpond.com", "bigpond.net.au", "optusnet.com.au", "protonmail.com"),
)
_SHORT = ("live.com", "aol.com", "msn.com", "me.com")  # in names this short, a letter more or less makes another name
_OWNED = {"gail.com", "bigpod.com", "opusnet.com.au", "protomail.com"}  # words of their own
_OFTEN = {  # made by no rule below
    "gmail.com.au": "gmail.com",
    "ggmail.com": "gmail.com",
    "gmall.com": "gmail.com",
    "icould.com": "icloud.com",
    "iclould.com": "icloud.com",
}
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")  # of a keyboard
# No such top-level domains exist. Source: IANA, list of top-level domains, version 2026011900.
_NO_ENDINGS = ("con", "cmo", "ocm", "cpm", "vom", "xom", "cim", "clm", "coom", "ccom", "comm", "coim", "conm")
_NO_ENDINGS_IN_AU = ("con.au", "comau")  # nobody registers under con.au, and comau is no top-level domain
_OTHER_ENDINGS = ("co", "cm", "om")  # these exist, but no large provider has mail there


def likely_domains(domains: Iterable[str]) -> dict[str, str]:
    """Returns those of the domains that look mistyped, each with what it was likely meant to be.

    Pure, and cheap for very many: what is not in a table is not compared with anything.

    Args:
        domains: In normal form.

    Returns:
        A common domain such as ``gmail.com``, or ``.com`` or ``.com.au`` where only the ending cannot be right.
    """
    endings = tuple(f".{ending}" for ending in _NO_ENDINGS)
    endings_in_au = tuple(f".{ending}" for ending in _NO_ENDINGS_IN_AU)
    odd = (domain for domain in domains if domain in _MISSPELT or domain.endswith(endings + endings_in_au))
    return {domain: _MISSPELT.get(domain, ".com.au" if domain.endswith(endings_in_au) else ".com") for domain in odd}


def _table() -> dict[str, str]:
    table = _OFTEN | {wrong: domain for domain in (*_COMMON, *_SHORT) for wrong in _with_another_ending(domain)}
    for domain in _COMMON:
        name, _, rest = domain.partition(".")
        table |= {f"{wrong}.{rest}": domain for wrong in _slips(name)}
    return {wrong: domain for wrong, domain in table.items() if wrong not in _OWNED.union(_COMMON, _SHORT)}


def _with_another_ending(domain: str) -> Iterator[str]:
    name, _, ending = domain.partition(".")
    if ending == "com.au":
        yield from (f"{name}.{wrong}" for wrong in _NO_ENDINGS_IN_AU)
    if ending == "com":
        endings = _NO_ENDINGS if domain in _SHORT else _NO_ENDINGS + _OTHER_ENDINGS
        yield from (f"{name}.{wrong}" for wrong in endings)


def _slips(name: str) -> Iterator[str]:
    """Yields the name with one slip of a finger; the first letter is hardly ever the wrong one."""
    for at in range(1, len(name)):
        before, letter, after = name[:at], name[at], name[at + 1 :]
        yield before + after
        yield before + letter + letter + after
        yield from (before + beside + after for beside in _beside(letter))
        if after:
            yield before + after[0] + letter + after[1:]


def _beside(letter: str) -> str:
    row = next(row for row in _ROWS if letter in row)
    at = row.index(letter)
    return row[max(at - 1, 0) : at] + row[at + 1 : at + 2]


_MISSPELT = _table()
