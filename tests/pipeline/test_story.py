"""From a pull request to the tenant, on either forge: what was reviewed is done, and nothing else."""

import json

from pipelines import AS_REVIEWED, FORGE_TOKEN, TENANT_TOKEN


def test_the_review_says_in_one_comment_what_would_change(story):
    assert story.review.code == 0, story.review.err
    [comment] = story.comments_then
    assert "1 to add, 1 to remove" in comment


def test_what_was_reviewed_is_done_and_a_stranger_who_came_since_is_left(story):
    assert story.apply.code == 0, story.apply.err
    assert story.world.staff == AS_REVIEWED | {"newcomer"}


def test_the_same_comment_then_says_that_it_is_applied(story):
    [comment] = story.comments_now
    assert "Apply complete: 1 added, 1 removed" in comment
    reviewed, mark = story.comments_then[0].splitlines()[-2:]
    assert comment.splitlines()[-2:] == [reviewed.replace(" -->", " applied -->"), mark]


def test_the_plan_file_is_applied_with_mains_own_spec_beside_it_and_what_was_shown(story):
    plan, apply = (run["arguments"] for run in story.runs_of_the_tool)
    assert plan[plan.index("plan") + 1] == "specs"
    assert apply[apply.index("apply") + 1].endswith("plan.json")
    assert apply[apply.index("--spec") + 1] == "specs"
    assert apply[apply.index("--expect") + 1] == json.loads((story.world.kept / "plan.json").read_text())["fingerprint"]


def test_the_receipt_is_left_to_be_kept(story):
    receipt = json.loads((story.world.kept / "receipt.json").read_text())
    assert receipt["summary"]["added"] == 1


def test_the_tenants_token_never_goes_to_the_forge_and_the_forges_to_nobody_else(story):
    for method, url, headers, body in story.received:
        request = f"{method} {url} {headers} {body!r}"
        assert TENANT_TOKEN not in request
        assert (FORGE_TOKEN in request) == ("/storage/" not in url)
    for run in story.runs_of_the_tool:
        assert run["environment"]["OMNEO_TOKEN"] == TENANT_TOKEN
        assert FORGE_TOKEN not in json.dumps(run)


def test_no_token_and_no_email_stands_in_what_people_can_read(story):
    shown = [*story.review, *story.apply, *story.comments_then, *story.comments_now]
    for secret in (FORGE_TOKEN, TENANT_TOKEN, "@example.com"):
        assert not any(secret in str(text) for text in shown)
