"""What goes wrong at a forge, and what is refused there."""

import pytest

from omneo_reconcile.errors import ForgeError
from omneo_reconcile.pipeline.api import OF_DOCUMENTS, Api, patiently
from omneo_reconcile.pipeline.gitlab import inert
from pipelines import FAILING, OnGitHub, OnGitLab


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


def test_a_comment_on_an_apply_that_cannot_be_written_is_a_warning_and_no_more(github):
    github.forge.faults = {("PATCH", ""): [403]}
    applied = github.apply(github.merge(), *FAILING)
    assert applied.code == 64
    assert "warning: the comment was not written: the forge answered 403" in applied.err


@pytest.mark.parametrize(("options", "code"), [((), 1), (FAILING, 64)])
def test_a_review_without_its_comment_fails_and_keeps_no_plan(github, options, code):
    github.forge.comments.clear()
    github.forge.faults = {("POST", ""): [403]}
    reviewed = github.review(*options)
    assert reviewed.code == code
    assert "error[forge]: the comment was not written: the forge answered 403" in reviewed.err
    assert not (github.kept / "plan.json").exists()
    assert "artifact" not in github.outputs


def test_a_comment_that_would_not_be_found_again_as_its_own_is_an_error(github):
    github.forge.comments.clear()
    github.forge.writer = github.stranger
    reviewed = github.review(*FAILING)
    assert "error[forge]: the comment was not written: GITHUB_TOKEN writes as another account" in reviewed.err
    assert "--comment-author" in reviewed.err


@pytest.mark.parametrize(
    ("status", "headers", "waited"),
    [
        (403, {"Retry-After": "7"}, 7),
        (403, {"x-ratelimit-remaining": "0"}, 0.5),
        (429, {"Retry-After": "3600"}, 60),
        (429, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0.5),
    ],
)
def test_a_forge_that_asks_to_wait_is_left_alone_for_up_to_a_minute(github, waits, status, headers, waited):
    github.forge.faults, github.forge.fault_headers = {("GET", ""): [status]}, headers
    assert patiently(lambda: github.client().is_open(github.request))
    assert waits == [waited]


@pytest.mark.parametrize(("path", "kind"), [("endless", "TimeoutError"), ("huge", "larger than 20 MiB")])
def test_no_answer_is_read_without_end(server, path, kind):
    bounds = OF_DOCUMENTS._replace(seconds=0.1) if path == "endless" else OF_DOCUMENTS
    with pytest.raises(ForgeError, match=kind):
        Api(server.base_url, {}, bounds).get(f"/{path}", list)


def test_whoever_stops_the_script_gets_one_line(github, monkeypatch):
    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tenacity.nap.time.sleep", stop)
    github.forge.faults = {("GET", ""): [503]}
    stopped = github.apply(github.merge())
    assert stopped.code == 130
    [line] = stopped.err.split()[:1]
    assert line == "error[interrupted]:"


def test_a_fault_that_nobody_thought_of_is_one_line_too(github):
    refused = github.review(GITHUB_API_URL="https://[")
    assert (refused.code, refused.err.startswith("error[internal_error]: ValueError in ")) == (1, True)


def test_a_forge_that_stumbles_is_asked_again_and_one_comment_is_written(github, waits):
    github.forge.comments.clear()
    github.forge.faults = {("POST", ""): [502, 429]}
    assert "the comment was not written" not in github.review(*FAILING).err
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
def test_a_forge_that_cannot_be_reached_ends_a_review_with_the_exit_code_of_the_tool(github):
    reviewed = github.review(*FAILING, GITHUB_API_URL="http://127.0.0.1:9")
    assert reviewed.code == 64
    assert "error[forge]: the comment was not written: the forge did not answer (ConnectError)" in reviewed.err


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
    with pytest.raises(ForgeError, match="more than 100 pages"):
        github.client().own_comments(github.request)


def test_what_is_no_answer_of_a_forge_is_an_error(world):
    world.forge.merged["a" * 40] = [{"not": "a request"}]
    refused = world.apply("a" * 40)
    assert (refused.code, "error[forge]: the forge's answer is not understood" in refused.err) == (1, True)


def test_what_was_merged_is_not_open(world):
    assert world.client().is_open(world.request)
    world.merge()
    assert not world.client().is_open(world.request)


def test_no_line_of_a_comment_is_a_command_to_gitlab():
    assert inert("a\n/merge\n  /close\na/b") == "a\n\\/merge\n  \\/close\na/b"
