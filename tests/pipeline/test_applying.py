"""What is applied after a merge, and what is refused."""

import json
import re

import pytest

from forges import zipped
from pipelines import AFTER, AS_IT_WAS, AS_REVIEWED, BEFORE, FAILING, LIVE
from simulated import wait_until


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


def test_what_main_took_back_since_is_not_applied(github):
    github.keep_plan()
    commit = github.merge()
    github.commit(BEFORE)
    refused = github.apply(commit)
    assert (refused.code, "error[not_in_spec]" in refused.err) == (4, True)
    assert github.staff == AS_IT_WAS


def test_a_plan_file_alone_is_no_review(world):
    world.keep_plan()
    world.forge.comments.clear()
    refused = world.apply(world.merge())
    assert (refused.code, "error[approval_needed]" in refused.err) == (64, True)
    assert world.runs_of_the_tool == []


def test_a_plan_file_that_is_not_the_one_in_the_comment_is_left_aside(github):
    path = github.kept / "plan.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"fingerprint": "0" * 64}))
    github.keep_plan()
    applied = github.apply(github.merge())
    assert applied.code == 0
    assert "the kept plan is not the one that was reviewed: it is left aside" in applied.err
    assert github.staff == AS_REVIEWED


def test_without_a_kept_plan_the_fingerprint_in_the_comment_decides(github):
    applied = github.apply(github.merge())
    assert applied.code == 0, applied.err
    assert github.staff == AS_REVIEWED


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


def test_a_commit_whose_review_came_to_no_plan_is_not_applied(github):
    github.keep_plan()
    github.forge.comments.clear()
    assert github.review(*FAILING).code == 64
    refused = github.apply(github.merge())
    assert refused.code == 64
    assert "came to no plan" in refused.err
    assert github.staff == AS_IT_WAS


def test_a_push_without_a_request_does_nothing(world, waits):
    world.keep_plan()
    commit = world.merge()
    world.forge.merged.clear()
    refused = world.apply(commit)
    assert (refused.code, "error[approval_needed]" in refused.err) == (64, True)
    assert world.runs_of_the_tool == []
    assert 5 < sum(waits) < 10


def test_a_forge_that_does_not_know_yet_what_was_merged_is_asked_again(github, waits):
    commit = github.merge()
    github.forge.late = 2
    github.forge.comments.clear()
    assert "the last commit of request 12" in github.apply(commit).err
    assert waits == [0.5, 1]


def test_a_push_without_a_request_is_applied_by_a_fingerprint_given_by_hand(github):
    fingerprint = json.loads((github.kept / "plan.json").read_text())["fingerprint"]
    commit = github.merge()
    github.forge.merged.clear()
    assert github.apply(commit, GITHUB_EVENT_NAME="workflow_dispatch", OMNEO_PIPELINE_EXPECT=fingerprint).code == 0
    assert github.staff == AS_REVIEWED


def test_what_a_person_names_is_no_business_of_a_request_that_showed_another_plan(github):
    before = github.comments
    assert github.apply(github.merge(), "--expect", "0" * 64, *FAILING).code == 64
    assert github.comments == before
    assert "invalid value" in github.summary.lower()


def test_an_apply_that_failed_can_be_run_again_and_one_that_succeeded_keeps_its_proof(github):
    commit = github.merge()
    assert github.apply(commit, "--spec", "nowhere").code == 64
    assert github.apply(commit).code == 0
    assert github.staff == AS_REVIEWED
    proof = github.comments
    assert "Apply complete: 1 added, 1 removed" in proof[0]
    assert github.apply(commit, GITHUB_RUN_ATTEMPT="2").code == 0
    assert github.apply(commit, *FAILING).code == 64
    github.keep_plan(b"no archive")
    assert github.apply(commit).code == 1
    assert github.comments == proof


def test_no_receipt_takes_the_place_of_an_earlier_one(github):
    github.apply(github.merge(), *FAILING, GITHUB_RUN_ID="123", GITHUB_RUN_ATTEMPT="2")
    assert github.outputs["artifact"] == "omneo-receipt-omneo-reconcile-123-2"


@pytest.mark.parametrize("how", [{"fork": True}, {"expired": True}, {"head": "a" * 40}])
def test_a_plan_of_a_fork_or_of_another_commit_or_an_expired_one_is_not_fetched(world, how):
    if "expired" in how:
        world.keep_plan()
        world.forge.lose()
    else:
        world.keep_plan(**how)
    assert world.client().fetch_plan(world.request, world.plan_name) is None
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
        wait_until(lambda: journal.exists() and '"accepted"' in journal.read_text(), script)
        script.terminate()
        _, err = script.communicate()
    assert script.returncode == 143
    assert "error[terminated]" in err
    assert "1 to add" not in github.comments[0]


def test_a_tracked_status_is_taken_from_whom_the_spec_dropped_since_the_base_and_then_nobody_is_left(github):
    base = {"OMNEO_PIPELINE_BASE": "omneo-applied"}
    github.git("checkout", "--quiet", "main")
    github.commit(LIVE.replace("exclusive", "tracked"))
    github.git("tag", "omneo-applied")
    github.git("checkout", "--quiet", "-B", "change")
    github.head = github.commit(AFTER.replace("exclusive", "tracked"))
    assert github.review(**base).code == 0
    github.keep_plan()
    commit = github.merge()
    assert github.apply(commit, **base).code == 0
    assert github.staff == AS_REVIEWED
    assert github.run("drift", **base).code == 0
    github.git("checkout", "--quiet", "main")
    github.commit(LIVE.replace("exclusive", "tracked"))
    ran = github.run("drift", **base)
    assert ran.code == 2
    since_tag, since_merge = re.findall(r"^(?:Plan: \d+ to add, (\d+) to remove|No changes)", ran.out, re.MULTILINE)
    assert (since_tag, since_merge) == ("0", "1")  # whoever was listed only after the tag
