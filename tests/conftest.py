from pathlib import Path

import pytest
from hypothesis import settings

from simulated import CommandLine, Tenant

# The time of one example says nothing on a shared machine.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

SPECS = Path(__file__).parent.parent / "specs"


@pytest.fixture
def tenant() -> Tenant:
    """An empty simulated tenant in memory."""
    return Tenant()


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("OMNEO_TENANT", "OMNEO_TOKEN", "OMNEO_BASE_URL", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(tmp_path)


@pytest.fixture
def specs() -> Path:
    """The worked examples of this repository."""
    return SPECS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-cases", action="store_true", help="write the golden sessions anew")
