"""The one file that a pipeline reads of an archive, which anybody may have packed."""

import zipfile
import zlib
from io import BytesIO

import msgspec

from omneo_reconcile.errors import FailureName, ForgeError

PLAN = "plan.json"
_MOST_BYTES = 200 * 1024 * 1024


class _Plan(msgspec.Struct):
    fingerprint: str


def read_plan(archive: bytes) -> bytes:
    """Returns the plan file of an archive. Nothing of it is written to disk, and no other name in it is looked at.

    Raises:
        ForgeError: If it is not in there once, or larger than 200 MiB, whatever the archive says of its size.
    """
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            found = [member for member in opened.infolist() if member.filename == PLAN]
            if len(found) != 1:
                raise _fault(f"the archive holds {PLAN} {len(found)} times")
            with opened.open(found[0]) as member:
                data = member.read(_MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        # RuntimeError: it is encrypted, or packed in a way that is not known. Source: Python, zipfile.
        raise _fault(f"the archive cannot be read ({type(error).__name__})") from None
    if len(data) > _MOST_BYTES:
        raise _fault(f"{PLAN} is larger than {_MOST_BYTES // 1024**2} MiB")
    return data


def fingerprint_in(plan: bytes) -> str | None:
    """Returns the fingerprint that a plan file names, whether or not it is its own; None if it names none."""
    try:
        return msgspec.json.decode(plan, type=_Plan).fingerprint
    except (msgspec.DecodeError, RecursionError):
        return None


def _fault(what: str) -> ForgeError:
    return ForgeError.of(FailureName.FORGE, what, "the kept plan", "apply the spec with --expect FINGERPRINT")
