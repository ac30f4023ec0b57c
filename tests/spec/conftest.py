from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from omneo_reconcile.errors import InvalidSpec
from omneo_reconcile.spec.load import Loaded, load_spec

NOW = datetime(2026, 6, 30, 20, 0, tzinfo=UTC)


class Folder:
    """A folder of spec files, as a user has it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, content: str | bytes) -> "Folder":
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def load(self, *names: str, as_of: date | None = None) -> Loaded:
        return load_spec([str(self.path / name) for name in names or ("",)], as_of=as_of, now=NOW)

    def faults(self, *names: str) -> list[str]:
        """The faults as `where: what`, with the folder left out."""
        with pytest.raises(InvalidSpec) as caught:
            self.load(*names)
        return [self.line(fault) for fault in caught.value.faults]

    def warnings(self, *names: str) -> list[str]:
        return [self.line(fault) for fault in self.load(*names).warnings]

    def told(self, *names: str) -> list[str]:
        """The faults of an invalid spec and what is odd in it, as they are printed."""
        with pytest.raises(InvalidSpec) as caught:
            self.load(*names)
        return str(caught.value).replace(f"{self.path.as_posix()}/", "").splitlines()

    def line(self, fault) -> str:
        assert fault.next_step
        return f"{fault.where}: {fault.what}".replace(f"{self.path.as_posix()}/", "")


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path / "specs")


@pytest.fixture
def status(folder):
    """Writes one file with one status `s`, from the lines of its body, which begin on line 4."""

    def write(body: str, name: str = "a.yaml") -> Folder:
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        return folder.write(name, f"version: 1\nstatuses:\n  s:\n{lines}")

    return write
