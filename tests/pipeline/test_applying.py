"""What is applied after a merge, and what is refused."""

import json

import pytest

from forges import zipped
from pipelines import AS_IT_WAS, AS_REVIEWED, BEFORE, FAILING, LIVE


def test_a_comment_that_somebody_else_forged_is_neither_believed_nor_edited(world):
    [forged] = world.comments
    world.forge.comments.clear()
    world.forge.comment(world.number, forged, world.stranger)
    refused = world.apply(world.merge())
    assert (refused.code, "error[approval_needed]" in refused.err) == (64, True)
    assert world.forge.bodies(world.number, world.stranger) == [forged]
    assert world.staff == AS_IT_WAS


def test_a_plan_file_that_was_edited_passes_nothing(github):
    path = github.kept / "plan.json"
    plan = json.loads(path.read_text())
    path.write_text(json.dumps(plan | {"changes": plan["changes"][:1]}))
    github.keep_plan()
    refused = github.apply(github.merge())
    assert (refused.code, "error[plan_edited]" in refused.err) == (4, True)
    assert github.staff == AS_IT_WAS
    assert "1 to add" not in github.comments[0]


def test_a_plan_file_made_of_another_spec_passes_nothing_even_without_a_comment(github):
    github.git("checkout", "--quiet", "main")
    github.commit(
        BEFORE.replace("priya.patel@example.com, ", "").replace("staff: {", "staff: {limits: {max_removals: 2}, ")
    )
    assert github.run("review", **github.as_review()).code == 0
    github.forge.comments.clear()
    github.keep_plan()
    refused = github.apply(github.merge())
    assert (refused.code, "error[not_in_spec]" in refused.err) == (4, True)
    assert github.staff == AS_IT_WAS


def test_without_a_kept_plan_the_fingerprint_in_the_comment_decides(world):
    applied = world.apply(world.merge())
    assert applied.code == 0, applied.err
    assert world.staff == AS_REVIEWED


def test_without_a_kept_plan_another_plan_than_the_one_in_the_comment_is_refused(github):
    github.join("newcomer@example.com")
    refused = github.apply(github.merge())
    assert (refused.code, "error[plan_unexpected]" in refused.err) == (4, True)
    assert github.staff == AS_IT_WAS | {"newcomer"}


def test_without_a_kept_plan_and_without_a_comment_nothing_is_done(world):
    world.forge.comments.clear()
    refused = world.apply(world.merge())
    assert refused.code == 64
    [line] = refused.err.splitlines()
    assert line.startswith("error[approval_needed]: no reviewed plan: ")
    assert world.runs_of_the_tool == []
    assert "Nothing was applied" in world.comments[0]


def test_a_comment_on_an_earlier_commit_says_nothing_of_the_last_one(github):
    github.head = github.commit(BEFORE)
    assert github.apply(github.merge()).code == 64
    assert github.runs_of_the_tool == []


def test_what_its_last_review_could_not_plan_is_not_applied_from_an_earlier_plan(github):
    github.keep_plan()
    assert github.review(*FAILING).code == 64
    refused = github.apply(github.merge())
    assert refused.code == 64
    assert "came to no plan" in refused.err
    assert github.staff == AS_IT_WAS


def test_a_push_without_a_request_does_nothing(world):
    world.keep_plan()
    commit = world.merge()
    world.forge.merged.clear()
    refused = world.apply(commit)
    assert (refused.code, "error[approval_needed]" in refused.err) == (64, True)
    assert world.runs_of_the_tool == []


def test_a_push_without_a_request_is_applied_by_a_fingerprint_given_by_hand(github):
    fingerprint = json.loads((github.kept / "plan.json").read_text())["fingerprint"]
    commit = github.merge()
    github.forge.merged.clear()
    assert github.apply(commit, GITHUB_EVENT_NAME="workflow_dispatch", OMNEO_PIPELINE_EXPECT=fingerprint).code == 0
    assert github.staff == AS_REVIEWED


def test_an_apply_that_failed_can_be_run_again(github):
    commit = github.merge()
    assert github.apply(commit, "--spec", "nowhere").code == 64
    assert github.apply(commit).code == 0
    assert github.staff == AS_REVIEWED


def test_a_plan_without_changes_is_applied_like_any_other(github):
    github.head = github.commit(LIVE)
    github.review()
    github.keep_plan()
    assert github.apply(github.merge()).code == 0
    assert github.staff == AS_IT_WAS


@pytest.mark.parametrize("how", [{"fork": True}, {"expired": True}, {"head": "a" * 40}])
def test_a_plan_of_a_fork_or_of_another_commit_or_an_expired_one_is_not_fetched(world, how):
    if "expired" in how:
        world.keep_plan()
        world.forge.lose()
    else:
        world.keep_plan(**how)
    world.forge.comments.clear()
    assert world.apply(world.merge()).code == 64
    assert not any("/storage/" in url for _, url, _, _ in world.forge.received)


@pytest.mark.parametrize(
    "archive",
    [
        b"no archive",
        zipped(("other.json", b"{}")),
        zipped(("../plan.json", b"{}")),
        zipped(("/plan.json", b"{}")),
        zipped(("plan.json", b"\0" * (201 * 1024 * 1024))),
    ],
    ids=["none", "another file", "a parent folder", "an absolute path", "a bomb"],
)
def test_an_archive_that_is_not_just_the_plan_is_refused(github, archive):
    github.keep_plan(archive)
    refused = github.apply(github.merge())
    assert (refused.code, "error[forge]" in refused.err) == (1, True)
    assert github.runs_of_the_tool == []
    assert "Nothing was applied" in github.comments[0]


def test_a_job_that_is_stopped_stops_the_tool_gently_and_the_comment_says_so(github):
    with github.tenant(queue_seconds=3600):
        pass
    commit = github.merge()
    journal = github.state / "journal.jsonl"
    with github.start("apply", **github.as_push(commit)) as script:
        while not (journal.exists() and '"accepted"' in journal.read_text()):
            assert script.poll() is None
        script.terminate()
        _, err = script.communicate()
    assert script.returncode == 143
    assert "error[terminated]" in err
    assert "1 to add" not in github.comments[0]
