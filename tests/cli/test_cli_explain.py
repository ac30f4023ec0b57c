"""`explain` answers with what `plan` would do, writes nothing, and repeats no email where none may stand."""

import json

import pytest

from omneo_reconcile.formats import FORMATS
from omneo_reconcile.sandbox import Fault, create_app

JANE = "jane@example.com"
SPEC = """version: 1
statuses:
  vip: {mode: exclusive, members: [zoe.harris@example.com], limits: {max_removals: 0}}
  media: {members: [henry.white@example.com]}
"""


@pytest.fixture
def spec(cli) -> str:
    (cli.folder / "spec.yaml").write_text(SPEC)
    return "spec.yaml"


def told(cli, *arguments: str) -> dict:
    ran = cli("explain", *arguments, "--sandbox", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


def test_what_it_tells_is_what_a_plan_shows_and_a_refused_plan_is_no_failure_of_it(cli, spec):
    planned = json.loads(cli("plan", spec, "--sandbox", "--format", "json").out)
    one = told(cli, " Henry.White@Example.com ", spec)
    assert [status["outcome"] for status in one["statuses"]] == ["add", "remove"]
    rows = [row for row in planned["changes"] if row["email"] == "henry.white@example.com"]
    assert [row for status in one["statuses"] for row in status["changes"]] == rows
    assert [fault["name"] for fault in one["refused"]] == [planned["failure_reason"]] == ["over_limit"]


def test_only_the_statuses_asked_for_are_planned_and_no_other_is_said_to_be_outside_the_spec(cli, spec):
    one = told(cli, "henry.white@example.com", spec, "--status", "media")
    assert [status["handle"] for status in one["statuses"]] == ["media"]
    assert one["not_in_spec"] == []


def test_limits_are_replaced_as_for_a_plan(cli, spec):
    removals = str(told(cli, "henry.white@example.com", spec)["statuses"][1]["plan"]["remove"])
    assert told(cli, "henry.white@example.com", spec, "--allow-removals", f"vip={removals}")["refused"] == []


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_is_no_address_is_refused_and_not_repeated(cli, spec, format_name):
    for written in (f"Jane Secret <{JANE}>", "secret"):
        ran = cli("explain", written, spec, "--sandbox", "--format", format_name)
        assert ran.code == 64
        assert ran.err.startswith("error[usage]: EMAIL is not an email address")
        assert "secret" not in (ran.out + ran.err).lower()


def test_a_spec_for_another_tenant_or_without_the_status_named_is_refused_before_anybody_is_looked_up(cli, spec):
    assert cli("explain", JANE, spec, "--sandbox", "--status", "staff").code == 64
    (cli.folder / spec).write_text(f"tenant: acme\n{SPEC}")
    ran = cli("explain", JANE, spec, "--sandbox")
    assert (ran.code, ran.out) == (4, "")
    assert "error[wrong_tenant]" in ran.err


def test_a_tenant_that_answers_nothing_explains_nobody(cli, spec, monkeypatch):
    fault = Fault(path="/profiles", status=500, times=None)
    monkeypatch.setattr("omneo_reconcile.sandbox.create_app", lambda store: create_app(store, faults=[fault]))
    (cli.folder / spec).write_text("version: 1\nstatuses: {media: {members: [zoe.harris@example.com]}}\n")
    ran = cli("explain", JANE, spec, "--sandbox")
    assert (ran.code, ran.out) == (1, "")
    assert "error[server_error]" in ran.err
