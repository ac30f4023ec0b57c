"""Policies at the command line: what refuses, when, and that nothing gets round it."""

import json

import click
import pytest
from msgspec.structs import replace

from omneo_reconcile.core.seal import seal
from omneo_reconcile.formats.as_json import from_json
from shown import as_json
from simulated import CommandLine

SPEC = """\
version: 1
statuses:
  vip:
    exclusive_with: [staff]
    members: [jane@example.com]
"""


@pytest.fixture
def world(cli: CommandLine) -> CommandLine:
    """A spec that gives one person a status, who holds none, and a tenant with both statuses."""
    (cli.folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    with cli.tenant() as store:
        store.add_definition("vip", "VIP")
        store.add_definition("staff", "Staff")
        store.add_profile("jane@example.com", profile_id="jane")
    return cli


def holders(cli: CommandLine) -> set[str]:
    with cli.tenant() as store:
        return {f"{handle} {profile_id}" for handle, profile_id, _ in store.memberships()}


def refused(ran) -> bool:
    return ran.code == 3 and "error[policy]: " in ran.err and "@" not in ran.err


def attach(cli: CommandLine, handle: str) -> None:
    with cli.tenant() as store:
        store.attach("jane", [handle])


def test_a_status_that_a_policy_names_must_be_defined(world):
    (world.folder / "spec.yaml").write_text(SPEC.replace("staff", "staf"))
    ran = world("plan", "spec.yaml", "--sandbox")
    assert ran.code == 64
    told = "error[unknown_status]: the tenant has no such status, status staf at spec.yaml:4; did you mean `staff`?"
    assert told in ran.err


def test_a_kept_policy_lets_a_plan_be_applied_and_the_json_says_that_nothing_breaks_one(world):
    planned = world("plan", "spec.yaml", "--sandbox", "--out", "plan.json", "--format", "json")
    assert json.loads(planned.out)["violations"] == []
    assert world("apply", "plan.json", "--sandbox", "--spec", "spec.yaml").code == 0
    assert holders(world) == {"vip jane"}


def test_a_broken_policy_is_told_in_the_plan_and_refuses_every_way_of_applying_it(world):
    attach(world, "staff")
    planned = world("plan", "spec.yaml", "--sandbox", "--out", "plan.json", "--format", "json", "--detailed-exitcode")
    plan = json.loads(planned.out)
    assert refused(planned)
    assert (plan["failure_reason"], plan["summary"]["add"]) == ("policy", 1)
    assert plan["violations"] == [
        {
            "status": "vip",
            "policy": "exclusive_with",
            "other": "staff",
            "number": None,
            "profile_ids": ["jane"],
            "email": "jane@example.com",
            "sources": [{"file": "spec.yaml", "line": 4}, {"file": "spec.yaml", "line": 5}],
            "what": "would hold vip and staff, which exclude each other",
            "note": None,
            "in_spec": False,
        }
    ]
    ways = (
        ("plan.json",),
        ("plan.json", "--spec", "spec.yaml", "--allow-adds", "vip=1"),
        ("spec.yaml", "--auto-approve", "--allow-adds", "vip=1"),
        ("spec.yaml", "--expect", plan["fingerprint"]),
    )
    for way in ways:
        assert refused(world("apply", "--sandbox", *way)), way
    assert holders(world) == {"staff jane"}


def test_a_forged_plan_that_hides_what_it_breaks_is_refused_beside_the_spec(world):
    attach(world, "staff")
    world("plan", "spec.yaml", "--sandbox", "--out", "plan.json")
    plan = from_json((world.folder / "plan.json").read_bytes(), "plan.json")
    (world.folder / "plan.json").write_text(as_json(seal(replace(plan, violations=(), failure_reason=None))))
    assert world("show", "plan.json").code == 0
    assert refused(world("apply", "plan.json", "--sandbox", "--spec", "spec.yaml"))
    assert holders(world) == {"staff jane"}


def test_a_plan_that_breaks_no_policy_any_more_was_refused_when_it_was_reviewed(world):
    attach(world, "staff")
    world("plan", "spec.yaml", "--sandbox", "--out", "plan.json")
    with world.tenant() as store:
        store.detach("jane", ["staff"])
    assert refused(world("apply", "plan.json", "--sandbox", "--spec", "spec.yaml"))


def test_a_plan_is_held_against_policies_by_its_own_changes_and_not_by_those_that_came_due_since(world):
    """A plan made now would take the one status away; the saved one would leave both."""
    (world.folder / "spec.yaml").write_text(SPEC + "  staff: {absent: [jane@example.com]}\n")
    assert world("plan", "spec.yaml", "--sandbox", "--out", "plan.json").code == 0
    attach(world, "staff")
    assert world("plan", "spec.yaml", "--sandbox").code == 0
    assert refused(world("apply", "plan.json", "--sandbox", "--spec", "spec.yaml"))
    assert holders(world) == {"staff jane"}


def test_validate_tells_what_breaks_a_policy_beside_what_is_odd_or_wrong(world):
    body = "  staff: {members: [jane@example.com, jane@example.com]}\n  odd: {owner: x}\n"
    (world.folder / "spec.yaml").write_text(SPEC + body)
    ran = world("validate", "spec.yaml")
    assert refused(ran)
    assert ran.err.count("warning: ") == 2
    shown = json.loads(world("validate", "spec.yaml", "--format", "json").out)
    assert (shown["failure_reason"], len(shown["warnings"])) == ("policy", 2)
    strict = world("validate", "spec.yaml", "--strict", "--format", "json")
    assert strict.code == 64
    assert [error["name"] for error in json.loads(strict.out)["errors"]] == [*["invalid_spec"] * 2, "policy"]
    (world.folder / "spec.yaml").write_text(SPEC + "  staff: {members: [jane@example.com], requires: [vip]}\n")
    wrong = world("validate", "spec.yaml")
    assert wrong.code == 64
    assert [line.partition("]")[0] for line in wrong.err.splitlines()] == ["error[invalid_spec", "error[policy"]


def test_a_way_back_follows_its_receipt_and_no_policy(world):
    assert world("apply", "spec.yaml", "--sandbox", "--auto-approve", "--receipt", "receipt.json").code == 0
    (world.folder / "spec.yaml").write_text(SPEC + "    protected: [jane@example.com]\n")
    assert world("plan", "--undo", "receipt.json", "--sandbox").code == 0


@pytest.mark.parametrize(("meanwhile", "code"), [("vip", 0), ("staff", 3)])
def test_policies_are_held_against_what_is_live_once_somebody_said_yes(world, monkeypatch, meanwhile, code):
    def confirm(*_, **__):
        attach(world, meanwhile)
        return True

    monkeypatch.setattr(click, "confirm", confirm)
    ran = world("apply", "spec.yaml", "--sandbox", terminal=True)
    assert ran.code == code
    assert refused(ran) == (code == 3)
    assert holders(world) == {f"{meanwhile} jane"}


def test_explain_says_that_a_plan_is_refused_where_a_plan_is_and_not_where_another_change_heals_it(world):
    (world.folder / "spec.yaml").write_text(f"{SPEC}  staff:\n    absent: [jane@example.com]\n")
    attach(world, "staff")
    assert world("plan", "spec.yaml", "--sandbox").code == 0
    assert "refused" not in world("explain", "jane@example.com", "spec.yaml", "--sandbox").out
    (world.folder / "spec.yaml").write_text(SPEC)
    assert "A plan would be refused" in world("explain", "jane@example.com", "spec.yaml", "--sandbox").out


def test_a_receipt_has_the_limits_that_the_changes_were_held_against(world, monkeypatch):
    (world.folder / "spec.yaml").write_text(SPEC.replace("members", "limits: {max_adds: 0}\n    members"))
    monkeypatch.setattr(click, "confirm", lambda *_, **__: True)
    allowed = ("--allow-adds", "vip=1", "--receipt", "receipt.json")
    assert world("apply", "spec.yaml", "--sandbox", *allowed, terminal=True).code == 0
    limit = json.loads((world.folder / "receipt.json").read_text())["limits"][0]
    assert (limit["allowed"], limit["actual"], limit["ok"], limit["override"]) == (1, 1, True, 1)


def test_a_policy_is_told_beside_a_fault_of_another_status(world):
    spec = f"{SPEC}  staff: {{members: [jane@example.com]}}\n  media: {{members: [bad]}}\n"
    (world.folder / "spec.yaml").write_text(spec)
    ran = world("validate", "spec.yaml")
    assert ran.code == 64
    assert "error[invalid_spec]: not an email address" in ran.err
    assert "error[policy]: a person is listed in vip and in staff" in ran.err
