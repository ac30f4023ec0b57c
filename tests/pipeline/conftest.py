import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from forges import Forge, served
from pipelines import Done, OnGitHub, OnGitLab, World

Make = Callable[[type[World]], World]


@pytest.fixture(scope="session")
def server() -> Iterator[Forge]:
    with served(Forge()) as forge:
        yield forge


class Reviewed(NamedTuple):
    """A world whose change was reviewed by a process of its own, and what its forge was sent and kept of that."""

    world: World
    done: Done
    received: list[tuple]
    comments: dict[int, list[dict]]


@pytest.fixture(scope="session")
def reviewed(server: Forge, tmp_path_factory: pytest.TempPathFactory) -> Callable[[type[World]], Reviewed]:
    """Gives a reviewed world on a forge; the review runs once."""
    made: dict[type[World], Reviewed] = {}

    def get(kind: type[World]) -> Reviewed:
        if kind not in made:
            server.reset()
            world = kind(tmp_path_factory.mktemp("reviewed"), server)
            world.create()
            done = world.wait_for("review", **world.as_review())
            made[kind] = Reviewed(world, done, server.received, copy.deepcopy(server.comments))
        return made[kind]

    return get


@pytest.fixture
def make(
    reviewed: Callable[[type[World]], Reviewed], server: Forge, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Make:
    """Makes a world of its own for one test, whose change was reviewed."""

    def of(kind: type[World]) -> World:
        template = reviewed(kind)
        server.reset()
        server.comments = copy.deepcopy(template.comments)
        world = template.world.copy(tmp_path)
        world.capture = capfd
        return world

    return of


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that a script in this process waits; nobody does."""
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    return waited


@pytest.fixture
def github(make: Make) -> World:
    return make(OnGitHub)


@pytest.fixture(params=[OnGitHub, OnGitLab], ids=["github", "gitlab"])
def world(request: pytest.FixtureRequest, make: Make) -> World:
    """The same on either forge."""
    return make(request.param)


class Story(NamedTuple):
    """A change from its review to the tenant, each step a process of its own."""

    world: World
    review: Done
    comments_then: list[str]
    apply: Done
    comments_now: list[str]
    received: list[tuple]
    runs_of_the_tool: list[dict]


@pytest.fixture(scope="session", params=[OnGitHub, OnGitLab], ids=["github", "gitlab"])
def story(
    request: pytest.FixtureRequest,
    reviewed: Callable[[type[World]], Reviewed],
    server: Forge,
    tmp_path_factory: pytest.TempPathFactory,
) -> Story:
    before = reviewed(request.param)
    server.reset()
    server.comments = copy.deepcopy(before.comments)
    world = before.world.copy(tmp_path_factory.mktemp("story"))
    comments_then = list(world.comments)
    world.keep_plan()
    world.join("newcomer@example.com")
    apply = world.wait_for("apply", **world.as_push(world.merge()))
    received = before.received + server.received
    runs = before.world.runs_of_the_tool + world.runs_of_the_tool
    return Story(world, before.done, comments_then, apply, list(world.comments), received, runs)
