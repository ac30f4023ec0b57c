"""What a review leaves on a request, and what drift tells."""

from pathlib import Path

import pytest

from omneo_reconcile.pipeline.comment import Reviewed, put, why_it_stays
from pipelines import AFTER, BEFORE, FAILING, LIVE, OnGitHub

KEY = "omneo-reconcile"


def test_a_second_review_edits_the_comment_in_place(github):
    for text in ("Nice work!", "And now?", "Merge it."):
        github.forge.comment(github.number, text, github.stranger)
    github.head = github.commit(BEFORE)
    github.review()
    [comment] = github.comments
    assert "0 to add, 1 to remove" in comment
    assert github.head in comment


def test_a_comment_after_many_others_is_found(github):
    mine = github.forge.comments.pop(github.number)
    for number in range(5):
        github.forge.comment(github.number, f"{number}", github.stranger)
    github.forge.comments[github.number] += mine
    put(github.client(), github.request, KEY, "new", None)
    assert [comment.splitlines()[0] for comment in github.comments] == ["new"]


def test_of_two_comments_the_first_is_edited(github):
    [first] = github.comments
    github.forge.comment(github.number, first)
    put(github.client(), github.request, KEY, "new", None)
    assert [comment == first for comment in github.comments] == [False, True]


def test_a_plan_that_fails_replaces_the_plan_that_the_comment_shows(github):
    [before] = github.comments
    github.head = github.commit("version: 1\nstatuses: {staff: {members: [not an email]}}\n")
    assert github.review().code == 64
    [comment] = github.comments
    assert "1 to add" not in comment
    assert "fingerprint=none" in comment
    assert comment.splitlines()[-1] == before.splitlines()[-1]
    assert not (github.kept / "plan.json").exists()


def test_one_commit_has_one_plan(github):
    """A later review of a commit that was reviewed leaves the plan that people saw, whatever came of it."""
    shown = github.comments
    github.join("newcomer@example.com")
    again = github.review()
    assert again.code == 3
    assert "warning: the tenant changed since this commit was reviewed; what was shown stays the plan" in again.err
    assert github.review(*FAILING).code == 64
    assert github.comments == shown
    assert "artifact" not in github.outputs


@pytest.mark.parametrize(
    ("shown", "stays"),
    [
        (Reviewed("head", "same"), False),
        (Reviewed("head", None), False),
        (Reviewed("earlier", "other", is_applied=True), False),
        (Reviewed("head", "other"), True),
        (Reviewed("head", "same", is_applied=True), True),
    ],
)
def test_a_comment_is_replaced_by_the_same_plan_or_by_that_of_another_commit_but_a_receipt_is_not(shown, stays):
    assert bool(why_it_stays(shown, Reviewed("head", "same"))) is stays


def test_a_commit_whose_review_came_to_no_plan_is_reviewed_again(github):
    github.forge.comments.clear()
    assert github.review(*FAILING).code == 64
    assert github.review().code == 0
    [comment] = github.comments
    assert "1 to add, 1 to remove" in comment
    assert github.outputs["artifact"].endswith(github.head)


def test_a_review_that_comes_after_the_merge_writes_nothing_and_keeps_nothing(github):
    github.forge.comments.clear()
    github.forge.closed.add(github.number)
    late = github.review()
    assert late.code == 0
    assert "request 12: it is not open any more" in late.err
    assert "1 to add, 1 to remove" in github.summary
    assert github.comments == []
    assert not (github.kept / "plan.json").exists()


def test_a_summary_and_outputs_that_cannot_be_written_are_warnings(github):
    github.private = False
    github.forge.comments.clear()
    nowhere = str(github.folder)
    reviewed = github.review(*FAILING, GITHUB_STEP_SUMMARY=nowhere, GITHUB_OUTPUT=nowhere)
    assert reviewed.code == 64
    assert "warning: GITHUB_STEP_SUMMARY cannot be written" in reviewed.err
    assert "warning: GITHUB_OUTPUT cannot be written" in reviewed.err
    assert len(github.comments) == 1


def test_a_state_folder_that_a_request_commits_is_not_believed(github):
    github.tool_options = []
    github.run("drift", *FAILING)
    [run] = github.runs_of_the_tool
    folder = Path(run["arguments"][run["arguments"].index("--state-dir") + 1])
    assert folder.is_absolute()
    assert not folder.is_relative_to(github.repository)


def test_two_pipelines_in_one_repository_have_a_comment_each(github):
    put(github.client(), github.request, "stores", "new", None)
    assert len(github.comments) == 2


def test_the_steps_after_it_are_told_what_to_keep_and_the_summary_says_what_the_comment_says(reviewed):
    world = reviewed(OnGitHub).world
    assert world.outputs["artifact"] == f"omneo-plan-omneo-reconcile-{world.head}"
    assert Path(world.outputs["file"]).name == "plan.json"
    assert (world.outputs["to_add"], world.outputs["to_remove"]) == ("1", "1")
    assert reviewed(OnGitHub).comments[world.number][0]["body"].startswith(world.summary.rstrip())


def test_on_a_public_repository_nothing_with_emails_is_kept(github):
    github.private = False
    github.review(*FAILING)
    assert "artifact" not in github.outputs


def test_code_that_a_request_puts_beside_the_spec_is_not_run(github):
    for name in ("click.py", "omneo_reconcile.py", "sitecustomize.py", "json.py"):
        (github.repository / name).write_text("import os; os._exit(99)")
    assert github.review(*FAILING).code == 64
    assert len(github.runs_of_the_tool) == 1


def test_limits_allowed_by_hand_reach_the_tool(github):
    allowed = {"OMNEO_PIPELINE_ALLOW_REMOVALS": "staff=1\nvip=2", "OMNEO_PIPELINE_ALLOW_ADDS": "staff=nonsense"}
    assert github.review(**allowed).code == 64
    [run] = github.runs_of_the_tool
    given = list(zip(run["arguments"], run["arguments"][1:], strict=False))
    assert {("--allow-removals", "staff=1"), ("--allow-removals", "vip=2")} <= set(given)
    assert ("--allow-adds", "staff=nonsense") in given


@pytest.mark.parametrize(("spec", "code"), [(AFTER, 2), (LIVE, 0)])
def test_drift_is_exit_code_2_and_asks_nothing_of_the_forge(github, spec, code):
    github.commit(spec)
    ran = github.run("drift", GITHUB_EVENT_NAME="schedule")
    assert ran.code == code
    assert ("drift: " in ran.err) == (code == 2)
    assert github.forge.received == []
