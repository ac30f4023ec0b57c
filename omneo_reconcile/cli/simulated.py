"""Opens the simulated tenant of a state folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from omneo_reconcile.apply.state_folder import make_state_folder
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.errors import FailureName, InvalidUse, StateFolderError

if TYPE_CHECKING:
    from omneo_reconcile.sandbox import Store


@contextmanager
def open_sandbox(state_dir: Path, edges: Edges) -> Iterator["Store"]:
    """Opens the simulated tenant of a state folder, filled with sample customers if it is new.

    Raises:
        InvalidUse: If the extra is not installed.
        StateFolderError: If its file cannot be used.
    """
    try:
        from omneo_reconcile.sandbox import Store  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise InvalidUse.of(
            FailureName.USAGE,
            "the simulated tenant is not installed",
            "",
            "install it with: pip install 'omneo-reconcile[sandbox]'",
        ) from None
    import sqlite3  # noqa: PLC0415 - only for the simulated tenant

    path = make_state_folder(state_dir) / "sandbox.sqlite"
    try:
        store = Store.open(path, now=edges.clock.unix)
        if store.is_empty:
            store.reset()
    except (sqlite3.Error, ValueError) as error:
        why = type(error).__name__ if isinstance(error, sqlite3.Error) else error
        raise StateFolderError.of(
            FailureName.STATE_FOLDER,
            f"the simulated tenant cannot be opened ({why})",
            str(path),
            "make it writable, or start afresh: delete the file",
        ) from None
    try:
        yield store
    finally:
        store.close()
