"""What a stranger proposes from a fork: compared offline, without any token."""

import json

import pytest

from omneo_reconcile.pipeline.checkout import merge_base
from pipelines import FORGE_TOKEN, TENANT_TOKEN, OnGitHub, OnGitLab


@pytest.mark.parametrize(
    ("kind", "fork", "token"),
    [(OnGitHub, True, TENANT_TOKEN), (OnGitLab, True, TENANT_TOKEN), (OnGitHub, False, "")],
    ids=["a fork on github", "a fork on gitlab", "no token"],
)
def test_a_fork_or_a_job_without_a_token_tells_what_the_spec_changes_and_asks_nobody(make, kind, fork, token):
    world = make(kind)
    left = world.move_main_on()
    ran = world.run("review", **world.as_review(fork=fork), OMNEO_TOKEN=token)
    assert (ran.code, "error[missing_token]" in ran.err) == ((0, False) if fork else (1, True)), ran.err
    shown = world.summary if kind is OnGitHub else ran.out
    assert shown.startswith("<!-- omneo-reconcile diff")
    assert "@example.com" not in shown
    assert world.forge.received == []
    [run] = world.runs_of_the_tool
    start = run["arguments"].index("diff")
    assert run["arguments"][start : start + 4] == ["diff", "specs", "--base", left]
    assert not any(name.startswith("OMNEO_") for name in run["environment"])
    assert not any(secret in json.dumps(run) for secret in (FORGE_TOKEN, TENANT_TOKEN))


def test_dependabot_gets_no_secrets_and_is_treated_like_a_fork(github):
    assert github.client(GITHUB_ACTOR="dependabot[bot]").proposal().is_fork


def test_where_git_knows_no_common_commit_the_base_itself_is_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert merge_base("a" * 40) == "a" * 40
