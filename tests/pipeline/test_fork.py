"""What a stranger proposes from a fork: compared offline, without any token."""

import json

import pytest

from omneo_reconcile.cli.commands import main
from pipelines import FORGE_TOKEN, TENANT_TOKEN


@pytest.fixture(params=["a fork", "no token"])
def stranger(request, world):
    """A review of a fork, which has no secrets, or of a request that is given none."""
    is_fork = request.param == "a fork"
    world.git("checkout", "--quiet", "change")
    ran = world.run("review", **world.as_review(fork=is_fork), **({} if is_fork else {"OMNEO_TOKEN": None}))
    return world, ran


def test_nothing_is_asked_of_the_tenant_or_the_forge_and_no_token_is_there(stranger):
    world, _ = stranger
    [run] = world.runs_of_the_tool
    start = run["arguments"].index("diff")
    assert run["arguments"][start : start + 4] == ["diff", "specs", "--base", world.base]
    assert world.forge.received == []
    assert not any(name.startswith("OMNEO_") for name in run["environment"])
    assert not any(token in json.dumps(run) for token in (FORGE_TOKEN, TENANT_TOKEN))


@pytest.mark.skipif("diff" not in main.commands, reason="the command is not there yet")
def test_the_job_shows_what_the_spec_itself_changes(stranger):
    world, ran = stranger
    assert ran.code == 0, ran.err
    shown = world.summary if hasattr(world, "summary") else ran.out
    assert shown.startswith("<!-- omneo-reconcile diff")
    assert "@example.com" not in shown
