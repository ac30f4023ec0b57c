"""Names of files for statuses, safe on every system: a handle may hold a slash, be `..`, or differ in case alone."""

import re
from hashlib import sha256

_SAFE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
# Source: Microsoft, "Naming Files, Paths, and Namespaces": devices, whatever ending follows; read 2026-11-22.
_DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
_LONGEST_HINT = 40  # characters
_DIGITS = 12


def file_stem(handle: str) -> str:
    """Returns the name, without an ending, of the files of a status: its handle, if that is a name everywhere.

    Else a hint of it, a tilde, which no plain name has, and a digest. No two handles share a name, nor do two that a
    file system takes for one.
    """
    if _SAFE.fullmatch(handle) and not _DEVICE.fullmatch(handle):
        return handle
    hint = re.sub(r"[^a-z0-9]+", "-", handle.lower())[:_LONGEST_HINT].strip("-")
    return f"{hint or 'status'}~{sha256(handle.encode()).hexdigest()[:_DIGITS]}"
