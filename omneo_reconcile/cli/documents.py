"""Plans and receipts on their way to files and back."""

import tempfile
from pathlib import Path

from omneo_reconcile.cli.replacing import replace_file
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.receipt import Receipt
from omneo_reconcile.errors import FailureName, InvalidUse, OutputError
from omneo_reconcile.formats.as_json import as_json, from_json


def save(document: Plan | Receipt, path: Path) -> None:
    """Writes a document, with emails in full, to a file that only its owner can read; all of it or nothing.

    What is there and is no file (a device, a pipe) is written to, and a link is followed.

    Raises:
        OutputError: If it cannot be written.
    """
    path = path.resolve()
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8") as file:
                file.writelines(as_json(document))
        else:
            replace_file(path, map(str.encode, as_json(document)), 0o600)
    except OSError as error:
        what = f"the file cannot be written ({error.strerror})"
        raise OutputError.of(FailureName.NOT_WRITTEN, what, f"file {path.name}", "run it again with another") from None


def check_can_save(path: Path) -> None:
    """Makes sure that a file can be written later, when it would be too late to refuse.

    Raises:
        InvalidUse: If it cannot.
    """
    path = path.resolve()
    try:
        if not path.exists() or path.is_file():
            with tempfile.TemporaryFile(dir=path.parent):
                pass
    except OSError as error:
        raise _unusable(path, f"the file cannot be written ({error.strerror})") from None
    if path.is_dir():
        raise _unusable(path, "the file cannot be written (it is a folder)")


def load_document(path: Path) -> Plan | Receipt:
    """Returns a saved plan or receipt.

    Raises:
        InvalidUse: If the file cannot be read or is neither.
        PlanRejected: If it was edited.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unusable(path, f"the file cannot be read ({error.strerror})") from None
    return from_json(data, str(path))


def load_receipt(path: Path) -> Receipt:
    """Returns a saved receipt.

    Raises:
        InvalidUse: If the file cannot be read or is none.
        PlanRejected: If it was edited.
    """
    receipt = load_document(path)
    if not isinstance(receipt, Receipt):
        what, next_step = "this is a plan, not a receipt", "pass the file that `apply --receipt FILE` saved"
        raise InvalidUse.of(FailureName.NOT_A_PLAN, what, f"file {path}", next_step)
    return receipt


def _unusable(path: Path, what: str) -> InvalidUse:
    return InvalidUse.of(FailureName.USAGE, what, f"file {path}", "check the path")
