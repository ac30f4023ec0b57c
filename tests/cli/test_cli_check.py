"""`check`: what a tenant answers and what a token may do, before anybody plans."""

import json

import pytest

from omneo_reconcile.sandbox import Dialect, Fault, create_app
from omneo_reconcile.tenant.lists import FORMS


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
    for line in (
        "Token: valid",
        "  + read-profiles  for plan: ",
        "  ? update-profiles  for apply: ",
        "Status definitions: ",
    ):
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
    assert (survey["rows_read"], survey["rows_tell"]) == (0, [])
    assert "no row was read" in command_line("check", "--sandbox").out


def test_a_tenant_that_cannot_be_named_is_a_wrong_call(sandbox):
    ran = sandbox()("check")
    assert (ran.code, "no tenant is named" in ran.err) == (64, True)


def answering(command_line, monkeypatch, *faults, change=None):
    """Makes the simulated tenant fail by a script, or tell less of each profile."""

    def create(store):
        app = create_app(store, faults=[Fault(times=None, **fault) for fault in faults])
        return telling(app, change) if change else app

    monkeypatch.setattr("omneo_reconcile.sandbox.create_app", create)
    return command_line


def telling(app, change):
    """The same tenant, whose every profile comes as `change` leaves it."""

    async def changed(scope, receive, send):
        async def send_changed(message):
            if message["type"] == "http.response.start":
                headers = [pair for pair in message["headers"] if pair[0] != b"content-length"]
                message = {**message, "headers": headers}
            elif "/profiles" in scope["path"]:
                body = json.loads(message["body"])
                data = body.get("data")
                for row in data if isinstance(data, list) else [data] if data else []:
                    change(row)
                message = {**message, "body": json.dumps(body).encode()}
            await send(message)

        await app(scope, receive, send_changed)

    return changed


ALL_PROFILES = r"/profiles\?include"
BY_STATUS = r"filter\[statuses"
BY_ID = r"/profiles/"


def drop(*keys):
    def change(row):
        for key in keys:
            row.pop(key, None)

    return change


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        (drop("statuses", "statuses_original"), ["statuses"]),
        (drop("profile_type"), ["type"]),
        (drop("statuses", "statuses_original", "profile_type"), ["statuses", "type"]),
        (lambda row: row.update(email=None), ["email"]),
        (drop("email"), ["email"]),
    ],
)
def test_what_no_answer_tells_of_a_profile_is_one_error_each_since_nothing_can_be_decided(
    sandbox, monkeypatch, change, lacking
):
    ran, survey = found(answering(sandbox(), monkeypatch, change=change))
    assert (ran.code, survey["failure_reason"]) == (1, "unexpected_answer")
    assert [error["what"].split(" of a profile")[0] for error in survey["errors"]] == [
        f"lists do not tell the {what}" for what in lacking
    ]
    for error in survey["errors"]:
        assert "reading it by id does not either" in error["what"]
        assert error["where"].startswith("profile ")
        assert error["next_step"]
    assert ways(survey)["filter[email]"] is False


def test_statuses_told_by_id_alone_where_reading_by_id_is_refused_are_a_missing_scope(sandbox, monkeypatch):
    ran, survey = found(answering(sandbox("list_statuses=never"), monkeypatch, {"path": BY_ID, "status": 403}))
    assert (ran.code, [error["name"] for error in survey["errors"]]) == (1, ["missing_scope"])
    assert "statuses" in survey["errors"][0]["what"]
    assert "read-profiles" in survey["errors"][0]["what"]


def test_a_token_that_may_not_read_by_id_is_enough_where_lists_tell_all(sandbox, monkeypatch):
    assert answering(sandbox(), monkeypatch, {"path": BY_ID, "status": 403})("check", "--sandbox").code == 0


@pytest.mark.parametrize(
    ("status", "name"), [(403, "missing_scope"), (422, "unexpected_answer"), (500, "unexpected_answer")]
)
def test_a_lookup_that_is_not_answered_is_an_error(sandbox, monkeypatch, status, name):
    ran, survey = found(answering(sandbox(), monkeypatch, {"path": r"filter\[email\]=", "status": status}))
    assert (ran.code, survey["failure_reason"]) == (1, name)
    assert ways(survey)["filter[email]"] is False
    assert str(status) in survey["errors"][0]["what"]


def test_a_lookup_that_does_not_find_who_is_there_is_an_error(sandbox, monkeypatch):
    nobody = {"path": r"filter\[email\]=", "status": 200, "body": '{"data": []}'}
    ran, survey = found(answering(sandbox(), monkeypatch, nobody))
    assert (ran.code, survey["failure_reason"]) == (1, "unexpected_answer")
    assert "does not find a person" in survey["errors"][0]["what"]


@pytest.mark.parametrize("status", [403, 422, 500])
def test_where_the_list_of_everybody_is_refused_people_come_from_a_list_of_holders(sandbox, monkeypatch, status):
    ran, survey = found(answering(sandbox(), monkeypatch, {"path": ALL_PROFILES, "status": status}))
    assert (ran.code, survey["errors"]) == (0, [])
    assert {asked for asked, works in ways(survey).items() if not works} == {"no filter"}
    assert [scope["granted"] for scope in survey["scopes"] if scope["scope"] == "read-profiles"] == [True]
    assert (survey["profiles"], survey["page_size"]) == (None, 100)
    assert str(status) in survey["ways"][0]["detail"]


def test_people_come_from_the_other_form_of_the_filter_if_one_is_refused_too(sandbox, monkeypatch):
    refused = {"path": r"filter\[statuses\]", "status": 422}
    ran, survey = found(answering(sandbox(), monkeypatch, {"path": ALL_PROFILES, "status": 403}, refused))
    assert ran.code == 0
    assert {asked for asked, works in ways(survey).items() if not works} == {"no filter", "filter[statuses][handle]"}


@pytest.mark.parametrize(("status", "name"), [(403, "missing_scope"), (422, "unexpected_answer")])
def test_where_no_list_of_profiles_is_answered_planning_would_not_work(sandbox, monkeypatch, status, name):
    ran, survey = found(answering(sandbox(), monkeypatch, {"path": "/profiles", "status": status}))
    assert (ran.code, [error["name"] for error in survey["errors"]]) == (1, [name])
    assert (survey["rows_read"], survey["rows_tell"]) == (0, [])


@pytest.mark.parametrize("status", [403, 422, 500])
@pytest.mark.parametrize("asked", ["filter[statuses][handle]", "filter[statuses.handle]", "filter[email][in]"])
def test_one_way_that_fails_is_a_way_that_does_not_work_and_says_why(sandbox, monkeypatch, asked, status):
    ran, survey = found(answering(sandbox(), monkeypatch, {"path": asked, "status": status}))
    assert ran.code == 0
    assert {other for other, works in ways(survey).items() if not works} == {asked}
    assert [str(status) in way["detail"] for way in survey["ways"] if way["asked"] == asked] == [True]


def test_rows_that_tell_nothing_while_reading_by_id_fails_end_in_an_answer_all_the_same(sandbox, monkeypatch):
    ran, survey = found(answering(sandbox("list_statuses=never"), monkeypatch, {"path": BY_ID, "status": 500}))
    assert (ran.code, survey["failure_reason"]) == (1, "unexpected_answer")
    assert set(ways(survey)) == {"no filter", "filter[email]", "filter[email][in]", *FORMS}


def test_a_way_that_is_answered_by_a_redirect_keeps_plans_from_working(sandbox, monkeypatch):
    elsewhere = {"path": BY_STATUS, "status": 302, "headers": {"location": "/login"}}
    ran, survey = found(answering(sandbox(), monkeypatch, elsewhere))
    assert (ran.code, survey["failure_reason"]) == (1, "redirected")
    assert ways(survey)[FORMS[0]] is False


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_tenant_that_does_not_say_whether_a_token_is_valid_is_looked_over_all_the_same(sandbox, monkeypatch, status):
    ran, survey = found(answering(sandbox(), monkeypatch, {"path": "/auth/verify", "status": status}))
    assert (ran.code, survey["token_valid"]) == (0, None)
