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
    """A world whose change was reviewed, and what its forge kept of that."""

    world: World
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
            assert world.wait_for("review", **world.as_review()).code == 0
            made[kind] = Reviewed(world, copy.deepcopy(server.comments))
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
    after_review: list[str]
    apply: Done
    after_apply: list[str]


@pytest.fixture(scope="session", params=[OnGitHub, OnGitLab], ids=["github", "gitlab"])
def story(request: pytest.FixtureRequest, server: Forge, tmp_path_factory: pytest.TempPathFactory) -> Story:
    server.reset()
    world = request.param(tmp_path_factory.mktemp("story"), server)
    world.create()
    review = world.wait_for("review", **world.as_review())
    after_review = list(world.comments)
    world.keep_plan()
    world.join("newcomer@example.com")
    apply = world.wait_for("apply", **world.as_push(world.merge()))
    world.requests = list(server.received)
    return Story(world, review, after_review, apply, list(world.comments))
