"""The command `plan --undo`: from a receipt to a plan of the way back, which is reviewed and applied as any other."""

import json

import pytest

from simulated import CommandLine, Ran

SPEC = """\
version: 1
statuses:
  staff:
    members: [jane@example.com]
  vip:
    limits: {max_removals: 50%}
    members: [jane@example.com, sam@example.com]
    absent: [old@example.com]
"""
BEFORE = {("staff", "kim"), ("vip", "kim"), ("vip", "lee"), ("vip", "old")}
AFTER = BEFORE - {("vip", "old")} | {("staff", "jane"), ("vip", "jane"), ("vip", "sam")}


@pytest.fixture
def world(cli: CommandLine) -> CommandLine:
    """A tenant where a spec gave three statuses and took one, and the receipt of that."""
    (cli.folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    with cli.tenant() as store:
        for handle in ("staff", "vip"):
            store.add_definition(handle, handle)
        for name in ("jane", "sam", "old", "kim", "lee"):
            store.add_profile(f"{name}@example.com", profile_id=name)
        for handle, profile_id in BEFORE:
            store.attach(profile_id, [handle])
    ran = cli("apply", "spec.yaml", "--sandbox", "--auto-approve", "--receipt", "receipt.json")
    assert (ran.code, memberships(cli)) == (0, AFTER)
    return cli


def memberships(cli: CommandLine) -> set[tuple[str, str]]:
    with cli.tenant() as store:
        return {(handle, profile_id) for handle, profile_id, _ in store.memberships()}


def undo(cli: CommandLine, *arguments: str) -> Ran:
    return cli("plan", "--undo", "receipt.json", "--sandbox", *arguments)


def test_the_plan_of_the_way_back_writes_nothing_and_applied_it_brings_back_what_was(world):
    assert undo(world, "--out", "undo.json").code == 0
    assert memberships(world) == AFTER
    applied = world("apply", "undo.json", "--sandbox")
    assert applied.last_line == "Apply complete: 1 added, 3 removed, 0 failed, 0 unconfirmed."
    assert memberships(world) == BEFORE
    again = undo(world, "--detailed-exitcode")
    assert (again.code, again.last_line) == (0, "No changes. 0 unresolved, undeclared unknown.")


def test_the_way_back_has_a_receipt_and_so_a_way_back_of_its_own(world):
    undo(world, "--out", "undo.json")
    world("apply", "undo.json", "--sandbox", "--receipt", "receipt.json")
    assert undo(world, "--out", "redo.json").code == 0
    assert world("apply", "redo.json", "--sandbox").code == 0
    assert memberships(world) == AFTER


def test_it_says_first_that_it_is_a_way_back_and_of_which_plan(world):
    fingerprint = json.loads((world.folder / "receipt.json").read_text())["fingerprint"]
    first, *rest = undo(world, "--emails", "full").out.splitlines()
    assert first.startswith(f"Way back from plan {fingerprint} for tenant sandbox ")
    assert "    + old@example.com  as it was before (spec.yaml:8)" in rest


def test_who_was_changed_by_others_meanwhile_is_left_alone_and_shown(world):
    with world.tenant() as store:
        store.detach("sam", ["vip"])
        store.delete_profile("jane")
    ran = undo(world, "--emails", "full", "--out", "undo.json")
    assert "    ~ jane@example.com  left as it is: the profile is gone" in ran.out
    assert "1 change taken back already" in ran.out
    assert ran.last_line == "Plan: 1 to add, 0 to remove, 0 unresolved, undeclared unknown, 2 held."
    assert world("apply", "undo.json", "--sandbox").code == 0
    assert memberships(world) == {("staff", "kim"), ("vip", "kim"), ("vip", "lee"), ("vip", "old")}


def test_a_change_by_others_between_the_plan_and_its_apply_is_already_so(world):
    undo(world, "--out", "undo.json")
    with world.tenant() as store:
        store.detach("sam", ["vip"])
    ran = world("apply", "undo.json", "--sandbox")
    assert "Also: 1 already so." in ran.out
    assert memberships(world) == BEFORE


def test_the_limits_of_the_status_refuse_and_an_override_of_the_call_allows(world):
    with world.tenant() as store:
        store.detach("kim", ["vip"])
        store.detach("lee", ["vip"])
    refused = undo(world, "--out", "undo.json")
    assert refused.code == 3
    assert "error[over_limit]: would remove 2 but may remove at most 1 (50%), status vip" in refused.err
    assert world("apply", "undo.json", "--sandbox").code == 3
    assert undo(world, "--allow-removals", "vip=2", "--out", "undo.json").code == 0
    assert world("apply", "undo.json", "--sandbox").code == 0


def test_it_can_be_for_some_statuses_alone(world):
    undo(world, "--status", "staff", "--out", "undo.json")
    assert world("apply", "undo.json", "--sandbox").code == 0
    assert memberships(world) == AFTER - {("staff", "jane")}


def test_in_json_it_is_a_plan_as_any_other_and_shown_again_the_same(world):
    ran = undo(world, "--format", "json", "--out", "undo.json")
    plan = json.loads(ran.out)
    assert plan["kind"] == "plan"
    assert {change["reason"] for change in plan["changes"]} == {"undo"}
    assert plan["spec"] == json.loads((world.folder / "receipt.json").read_text())["spec"]
    assert [status["live"] for status in plan["statuses"]] == [2, 4]
    assert {read["way"]: read["complete"] for read in plan["reads"]} == {
        "definitions": True,
        "holders": True,
        "profile": True,
    }
    assert sum(read["requests"] for read in plan["reads"]) == plan["summary"]["requests"]
    assert world("show", "undo.json", "--format", "json").out == ran.out


def test_pending_changes_and_held_ones_have_an_exit_code_of_their_own(world):
    assert undo(world, "--detailed-exitcode").code == 2


def test_a_plan_of_the_way_back_follows_no_spec(world):
    undo(world, "--out", "undo.json")
    ran = world("apply", "undo.json", "--sandbox", "--spec", "spec.yaml")
    assert ran.code == 4
    assert "error[not_in_spec]" in ran.err
    assert memberships(world) == AFTER


def refused(ran: Ran, name: str, code: int) -> bool:
    return ran.code == code and ran.err.startswith(f"error[{name}]: ") and ran.err.count("\n") == 1 and not ran.out


def test_a_receipt_that_was_edited_is_refused(world):
    receipt = world.folder / "receipt.json"
    receipt.write_text(receipt.read_text().replace('"profile_id": "jane"', '"profile_id": "kim"'))
    assert refused(undo(world), "plan_edited", 4)


def test_a_receipt_of_another_tenant_is_refused(world):
    assert refused(undo(world, "--tenant", "acme"), "wrong_tenant", 4)


def test_a_status_that_has_no_definition_any_more_is_refused(world):
    with world.tenant() as store:
        store.delete_definition(store.definitions("staff")[0]["id"])
    ran = undo(world)
    assert refused(ran, "unknown_status", 64)
    assert "status staff at spec.yaml:4" in ran.err


@pytest.mark.parametrize(
    ("arguments", "name", "words"),
    [
        (["plan"], "usage", "pass SPEC, or --undo RECEIPT"),
        (["plan", "spec.yaml", "--undo", "receipt.json"], "usage", "not both"),
        (["plan", "--undo", "receipt.json", "--as-of", "2026-06-01"], "usage", "--as-of is for a spec"),
        (["plan", "--undo", "receipt.json", "--status", "vpi"], "usage", "status vpi"),
        (["plan", "--undo", "receipt.json", "--allow-adds", "vpi=1"], "usage", "status vpi"),
        (["plan", "--undo", "nowhere.json"], "usage", "nowhere.json"),
        (["plan", "--undo", "spec.yaml"], "not_a_plan", "spec.yaml"),
        (["plan", "--undo", "plan.json"], "not_a_plan", "this is a plan, not a receipt"),
        (["apply", "--undo", "receipt.json", "spec.yaml"], "usage", "--undo"),
    ],
)
def test_a_wrong_call_says_in_one_line_what_is_right(world, arguments, name, words):
    assert world("plan", "spec.yaml", "--sandbox", "--out", "plan.json").code == 0
    ran = world(*arguments, "--sandbox")
    assert refused(ran, name, 64)
    assert words in ran.err
