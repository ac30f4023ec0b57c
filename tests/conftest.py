import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import is_hypothesis_test, settings

from simulated import CommandLine, Tenant

# The time of one example says nothing on a shared machine. LAWS_EXAMPLES lets the laws hunt for longer.
settings.register_profile("any machine", deadline=None, max_examples=int(os.environ.get("LAWS_EXAMPLES", "60")))
settings.load_profile("any machine")

# At each request in process httpx looks for a package that is not there: a tenth of the time of such tests.
sys.modules.setdefault("sniffio", None)

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


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs git in a new repository in the test's folder, or in a folder below."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def run(*arguments: str, below: str = "") -> str:
        identity = ["-c", "user.name=x", "-c", "user.email=x@x.org", "-c", "protocol.file.allow=always"]
        command = ["git", "-C", str(tmp_path / below), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    run("init", "-q")
    return run


@pytest.fixture
def commit(git: Callable[..., str]) -> Callable[[], str]:
    """Commits all that is in the test's folder, and returns the hash."""

    def add_all() -> str:
        git("add", "--all")
        git("commit", "-q", "--message", "x")
        return git("rev-parse", "HEAD")

    return add_all


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets coverage count examples only: a branch that nothing but a law reaches may be missed the next time."""
    for item in items:
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
            item.add_marker(pytest.mark.untraced)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Stops what counts coverage; the marker that pytest-cov has for this does nothing in a worker of pytest-xdist."""
    if not item.get_closest_marker("untraced") or Coverage.current() is None:
        return (yield)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-cases", action="store_true", help="write the golden sessions anew")
