"""`check`: what a tenant answers and what a token may do, before anybody plans."""

import json

import pytest

from omneo_reconcile.sandbox import Dialect


@pytest.fixture
def sandbox(cli):
    """The command line, with its simulated tenant answering by a dialect."""

    def answering(*dialect):
        with cli.tenant() as store:
            store.reset()
            store.dialect = Dialect.parse(dialect)
        return cli

    return answering


def found(command_line, *arguments):
    ran = command_line("check", "--sandbox", "--format", "json", *arguments)
    return ran, json.loads(ran.out)


def ways(survey):
    return {way["asked"]: way["works"] for way in survey["ways"]}


def test_a_tenant_where_planning_works_says_so_and_what_it_answers(sandbox):
    ran, survey = found(sandbox())
    assert (ran.code, ran.err, survey["failure_reason"], survey["errors"]) == (0, "", None, [])
    assert survey["kind"] == "check"
    assert survey["token_valid"] is True
    assert {scope["scope"]: scope["granted"] for scope in survey["scopes"]} == {
        "read-statuses": True,
        "read-profiles": True,
        "update-profiles": None,
        "read-batches": True,
    }
    assert ways(survey) == {
        "no filter": True,
        "filter[email]": True,
        "filter[email][in]": True,
        "filter[statuses][handle]": True,
        "filter[statuses.handle]": True,
    }
    assert {"vip", "staff"} <= set(survey["statuses"])
    assert survey["page_size"] == 100
    assert survey["rows_tell"] == ["statuses", "profile_type", "email"]
    assert survey["requests"] < 15


@pytest.mark.parametrize(
    ("dialect", "asked", "works"),
    [
        ("email_in=ignored", "filter[email][in]", False),
        ("email_in=rejected", "filter[email][in]", False),
        ("email_in=literal", "filter[email][in]", False),
        ("status_filter=dotted", "filter[statuses][handle]", False),
        ("status_filter=brackets", "filter[statuses.handle]", False),
        ("list_statuses=never", "filter[statuses.handle]", True),
    ],
)
def test_a_way_that_this_tenant_does_not_answer_is_told_and_planning_works_all_the_same(sandbox, dialect, asked, works):
    ran, survey = found(sandbox(dialect))
    assert (ran.code, ways(survey)[asked]) == (0, works)


def test_a_page_size_that_is_cut_a_limit_and_rows_that_tell_less_are_told(sandbox):
    _, survey = found(sandbox("page_size_max=20", "list_emails=missing", "rate_limit=90", "rate_headers=told"))
    assert (survey["page_size"], survey["rows_tell"]) == (20, ["statuses", "profile_type"])
    assert survey["pace"]["limit_told"] == 90


def test_text_ends_with_the_verdict_and_names_no_person(sandbox):
    ran = sandbox()("check", "--sandbox", terminal=True)
    assert ran.code == 0
    assert ran.last_line.startswith("Planning works. ")
    assert "nothing written" in ran.last_line
    assert "@" not in ran.out
    for line in ("Token: valid", "  + read-profiles (plan): ", "  ? update-profiles (apply): ", "Status definitions: "):
        assert line in ran.out


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [(("read-statuses",), "read-profiles"), (("read-profiles",), "read-statuses"), ((), "read-statuses")],
)
def test_a_scope_that_planning_needs_and_lacks_ends_with_1_and_its_name(sandbox, scopes, missing):
    command_line = sandbox()
    with command_line.tenant() as store:
        store.database.execute("DELETE FROM tokens")
        store.add_tokens({"sandbox": scopes})
    ran, survey = found(command_line)
    assert (ran.code, survey["failure_reason"]) == (1, "missing_scope")
    assert [scope["granted"] for scope in survey["scopes"] if scope["scope"] == missing] == [False]
    assert f"lack the scope `{missing}`" in ran.err
    ran = command_line("check", "--sandbox")
    assert (ran.code, ran.last_line) == (1, "Planning would not work.")
    assert "Not working: " in ran.out


def test_a_token_that_is_refused_ends_with_1_and_asks_nothing_else(sandbox):
    command_line = sandbox()
    with command_line.tenant() as store:
        store.database.execute("CREATE TRIGGER none AFTER INSERT ON tokens BEGIN DELETE FROM tokens; END")
        store.database.execute("DELETE FROM tokens")
    ran, survey = found(command_line)
    assert (ran.code, survey["failure_reason"]) == (1, "token_refused")
    assert (survey["token_valid"], survey["ways"], survey["requests"]) == (False, [], 1)


def test_a_tenant_without_anybody_tells_what_could_not_be_tried(sandbox):
    command_line = sandbox()
    with command_line.tenant() as store:
        store.database.execute("DELETE FROM memberships")
        store.database.execute("DELETE FROM profiles")
    ran, survey = found(command_line)
    assert ran.code == 0
    assert ways(survey)["filter[email]"] is None
    assert ways(survey)["filter[statuses][handle]"] is None


def test_a_tenant_that_cannot_be_named_is_a_wrong_call(sandbox):
    ran = sandbox()("check")
    assert (ran.code, "no tenant is named" in ran.err) == (64, True)
