"""What goes wrong at a forge, and what is refused there."""

import pytest

from omneo_reconcile.pipeline.gitlab import inert
from pipelines import FAILING, OnGitHub, OnGitLab


@pytest.fixture
def waits(monkeypatch):
    """The seconds that a script in this process waits; nobody does."""
    waited = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    return waited


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run"])
@pytest.mark.parametrize("command", ["review", "apply", "drift"])
def test_an_event_that_would_give_secrets_to_strangers_is_refused(github, command, event):
    refused = github.run(command, **{**github.as_review(), "GITHUB_EVENT_NAME": event})
    assert refused.code == 64
    assert refused.err.startswith(f"error[usage]: the event {event} gives this repository's secrets to ")
    assert github.runs_of_the_tool == []


def test_a_review_and_an_apply_run_on_their_own_events_alone(world):
    assert world.run("apply", **world.as_review()).code == 64
    assert world.run("review", **world.as_push(world.base)).code == 64
    assert world.runs_of_the_tool == []


def test_outside_of_a_forge_the_script_says_so(github):
    refused = github.run("drift", GITHUB_ACTIONS=None)
    assert (refused.code, "error[usage]" in refused.err) == (64, True)


def test_a_wrong_option_is_told_in_one_line(github):
    refused = github.run("review", "--comment-key", "a --> b")
    assert refused.code == 64
    assert refused.err.startswith("error[usage]: ")
    assert github.run("review", "--help").code == 0


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        (OnGitHub, {"GITHUB_REPOSITORY": "nonsense"}),
        (OnGitHub, {"GITHUB_EVENT_PATH": "nowhere"}),
        (OnGitLab, {"CI_PROJECT_ID": "acme/crm"}),
        (OnGitLab, {"CI_MERGE_REQUEST_DIFF_BASE_SHA": None}),
    ],
)
def test_a_job_that_is_not_told_where_it_is_says_so(make, kind, changed):
    world = make(kind)
    refused = world.run("review", **{**world.as_review(), **changed})
    assert (refused.code, "error[forge]" in refused.err) == (1, True)


def test_an_event_without_its_pull_request_is_none(github):
    refused = github.run("review", **{**github.as_review(), **github.event()})
    assert (refused.code, "error[forge]" in refused.err) == (1, True)


def test_a_folder_that_cannot_be_made_is_told_in_one_line(github):
    github.kept = github.folder / "event.json"
    refused = github.review()
    assert refused.code == 1
    assert refused.err.startswith("error[not_written]: ")


@pytest.mark.parametrize("status", [403, 404])
def test_a_comment_that_cannot_be_written_is_a_warning_and_no_more(github, status):
    github.forge.faults = {("PATCH", ""): [status]}
    reviewed = github.review(*FAILING)
    assert reviewed.code == 64
    assert f"warning: the comment was not written: the forge answered {status}" in reviewed.err


def test_a_forge_that_stumbles_is_asked_again_and_one_comment_is_written(github, waits):
    github.forge.comments.clear()
    github.forge.faults = {("POST", ""): [502, 429]}
    assert "warning" not in github.review(*FAILING).err
    assert len(github.comments) == 1
    assert waits == [0.5, 1]


def test_a_forge_that_is_down_at_an_apply_ends_it_before_anything_is_sent(world, waits):
    world.keep_plan()
    commit = world.merge()
    world.forge.faults = {("GET", ""): [503] * 9}
    refused = world.apply(commit)
    assert (refused.code, "error[forge]: the forge answered 503" in refused.err) == (1, True)
    assert world.runs_of_the_tool == []
    assert sum(waits) < 10


@pytest.mark.usefixtures("waits")
def test_a_forge_that_cannot_be_reached_changes_nothing_of_a_review(github):
    reviewed = github.review(GITHUB_API_URL="http://127.0.0.1:9")
    assert reviewed.code == 0
    assert "warning: the comment was not written: the forge did not answer (ConnectError)" in reviewed.err
    assert (github.kept / "plan.json").exists()


@pytest.mark.parametrize("url", ["http://forge.example.com", "ftp://127.0.0.1"])
def test_no_token_goes_over_an_open_line(github, url):
    refused = github.review(GITHUB_API_URL=url)
    assert (refused.code, "error[forge]: the forge's address is not https" in refused.err) == (1, True)


@pytest.mark.parametrize("url", ["http://storage.example.com", "{forge}/moved"])
def test_a_plan_is_not_fetched_over_an_open_line_nor_through_many_places(github, url):
    github.keep_plan()
    github.forge.storage_url = url.format(forge=github.forge.base_url)
    refused = github.apply(github.merge())
    assert (refused.code, "error[forge]" in refused.err) == (1, True)
    assert github.runs_of_the_tool == []


def test_a_list_without_end_is_not_read_for_ever(github):
    github.forge.rows_a_page = 1
    github.forge.comments[github.number] *= 101
    assert "more than 100 pages" in github.review(*FAILING).err


def test_what_is_no_answer_of_a_forge_is_an_error(world):
    world.forge.merged["a" * 40] = [{"not": "a request"}]
    refused = world.apply("a" * 40)
    assert (refused.code, "error[forge]: the forge's answer is not understood" in refused.err) == (1, True)


def test_no_line_of_a_comment_is_a_command_to_gitlab():
    assert inert("a\n/merge\n  /close\na/b") == "a\n\\/merge\n  \\/close\na/b"
