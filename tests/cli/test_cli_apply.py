"""The command `apply`: who may say yes, which plans it takes, and what it leaves behind."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from omneo_reconcile.core.plan import SpecInfo
from omneo_reconcile.core.seal import seal
from omneo_reconcile.formats.as_json import from_json
from shown import as_json
from simulated import CommandLine

SPEC = """\
version: 1
statuses:
  vip:
    members: [jane@example.com]
    absent: [old@example.com]
"""


@pytest.fixture
def world(cli: CommandLine) -> CommandLine:
    """A spec that adds one person and removes another, and a tenant with both."""
    (cli.folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    with cli.tenant() as store:
        store.add_definition("vip", "VIP")
        store.add_profile("jane@example.com", profile_id="jane")
        store.add_profile("old@example.com", profile_id="old", statuses=["vip"])
    return cli


def holders(cli: CommandLine) -> set[str]:
    with cli.tenant() as store:
        return {profile_id for _, profile_id, _ in store.memberships()}


def saved_plan(cli: CommandLine) -> Path:
    assert cli("plan", "spec.yaml", "--sandbox", "--out", "plan.json").code == 0
    return cli.folder / "plan.json"


def test_without_a_terminal_it_needs_an_approval_in_the_call(world):
    ran = world("apply", "spec.yaml", "--sandbox")
    assert ran.code == 64
    assert "error[approval_needed]" in ran.err
    assert holders(world) == {"old"}


def test_on_a_terminal_it_asks_and_does_nothing_without_a_yes(world):
    ran = world("apply", "spec.yaml", "--sandbox", stdin="n\n", terminal=True)
    assert ran.code == 3
    assert "error[declined]" in ran.err
    assert holders(world) == {"old"}


def test_on_a_terminal_a_yes_carries_it_out(world):
    ran = world("apply", "spec.yaml", "--sandbox", stdin="y\n", terminal=True)
    assert ran.code == 0
    assert holders(world) == {"jane"}


def test_in_ci_nobody_is_asked(world):
    world.environment["CI"] = "true"
    assert world("apply", "spec.yaml", "--sandbox", stdin="y\n", terminal=True).code == 64


def test_the_expected_fingerprint_approves_that_plan_and_no_other(world):
    fingerprint = json.loads(saved_plan(world).read_text())["fingerprint"]
    refused = world("apply", "spec.yaml", "--sandbox", "--expect", "0" * 64)
    assert refused.code == 4
    assert "error[plan_unexpected]" in refused.err
    assert fingerprint not in refused.out + refused.err
    assert holders(world) == {"old"}
    assert world("apply", "spec.yaml", "--sandbox", "--expect", fingerprint).code == 0
    assert holders(world) == {"jane"}


def test_a_saved_plan_is_readable_by_its_owner_only(world):
    assert saved_plan(world).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"profile_id": "jane"', '"profile_id": "eve"'),
        ('"status": "vip"', '"status": "staff"'),
        ('"reason": "absent"', '"reason": "exclusive"'),
        ('"allowed": 1000', '"allowed": 9999'),
        ('"note": null', '"note": "trust me"'),
        ('"add": 1', '"add": 0'),
    ],
)
def test_a_plan_that_was_edited_is_refused(world, old, new):
    plan = saved_plan(world)
    edited = plan.read_text().replace(old, new)
    assert edited != plan.read_text()
    plan.write_text(edited)
    ran = world("apply", "plan.json", "--sandbox")
    assert ran.code == 4
    assert "error[plan_edited]" in ran.err
    assert holders(world) == {"old"}


def test_a_plan_with_masked_emails_cannot_be_applied(world):
    (world.folder / "masked.json").write_text(
        world("plan", "spec.yaml", "--sandbox", "--format", "json", "--emails", "masked").out
    )
    assert world("apply", "masked.json", "--sandbox").code == 4


def test_a_plan_that_is_too_old_is_refused(world):
    saved_plan(world)
    world.clock.start += timedelta(days=8)
    ran = world("apply", "plan.json", "--sandbox")
    assert ran.code == 4
    assert "error[plan_too_old]" in ran.err
    assert world("apply", "plan.json", "--sandbox", "--max-age", "9").code == 0


def test_a_plan_for_another_tenant_is_refused(world):
    saved_plan(world)
    ran = world("apply", "plan.json", "--sandbox", "--tenant", "acme")
    assert ran.code == 4
    assert "error[wrong_tenant]" in ran.err


def test_a_person_who_is_gone_or_another_now_stops_the_whole_plan_and_is_named(world):
    saved_plan(world)
    with world.tenant() as store:
        store.delete_profile("jane")
    ran = world("apply", "plan.json", "--sandbox")
    assert ran.code == 4
    assert "error[plan_stale]: the profile is gone, profile jane, status vip from spec.yaml:4" in ran.err
    assert holders(world) == {"old"}


def test_a_forged_plan_passes_nothing_beside_the_spec(world):
    saved_plan(world)
    (world.folder / "main.yaml").write_text("version: 1\nstatuses: {vip: {members: [jane@example.com]}}\n")
    ran = world("apply", "plan.json", "--sandbox", "--spec", "main.yaml")
    assert ran.code == 4
    assert "error[not_in_spec]" in ran.err
    assert "profile old" in ran.err
    assert holders(world) == {"old"}


def test_an_override_in_the_file_counts_for_nothing_beside_the_spec(world):
    (world.folder / "spec.yaml").write_text(SPEC.replace("  vip:\n", "  vip:\n    limits: {max_removals: 0}\n"))
    assert world("plan", "spec.yaml", "--sandbox", "--allow-removals", "vip=1", "--out", "plan.json").code == 0
    refused = world("apply", "plan.json", "--sandbox", "--spec", "spec.yaml")
    assert refused.code == 3
    assert "error[over_limit]" in refused.err
    assert holders(world) == {"old"}
    allowed = world("apply", "plan.json", "--sandbox", "--spec", "spec.yaml", "--allow-removals", "vip=1")
    assert allowed.code == 0


def test_a_limit_met_between_plan_and_apply_refuses(world):
    with world.tenant() as store:
        for number in range(8):
            store.add_profile(f"absent{number}@example.com", profile_id=f"p{number}", statuses=["vip"])
    absent = ", ".join(f"absent{number}@example.com" for number in range(2))
    (world.folder / "spec.yaml").write_text(f"version: 1\nstatuses: {{vip: {{absent: [{absent}]}}}}\n")
    saved_plan(world)
    with world.tenant() as store:
        for number in range(2, 8):
            store.detach(f"p{number}", ["vip"])
    ran = world("apply", "plan.json", "--sandbox")
    assert ran.code == 3
    assert "would remove 2 but may remove at most 1 (25%)" in ran.err
    assert {"p0", "p1"} <= holders(world)


def test_a_receipt_is_shown_again_as_it_was_and_is_no_plan(world):
    ran = world("apply", "spec.yaml", "--sandbox", "--auto-approve", "--receipt", "receipt.json", "--format", "json")
    assert ran.code == 0
    assert world("show", "receipt.json", "--format", "json").out == ran.out
    assert world("show", "receipt.json").last_line == "Apply complete: 1 added, 1 removed, 0 failed, 0 unconfirmed."
    assert (world.folder / "receipt.json").stat().st_mode & 0o777 == 0o600
    refused = world("apply", "receipt.json", "--sandbox")
    assert refused.code == 64
    assert "error[not_a_plan]" in refused.err


def test_a_saved_plan_is_shown_again_the_same_to_the_byte(world):
    planned = world("plan", "spec.yaml", "--sandbox", "--format", "json", "--out", "plan.json")
    assert world("show", "plan.json", "--format", "json").out == planned.out
    world.clock.waited = 0
    text = world("plan", "spec.yaml", "--sandbox", "--out", "plan.json")
    assert world("show", "plan.json").out == text.out


def test_the_state_folder_keeps_itself_out_of_git_and_holds_no_email(world):
    assert world("apply", "spec.yaml", "--sandbox", "--auto-approve").code == 0
    state = world.folder / ".omneo-reconcile"
    assert (state / ".gitignore").read_text() == "*\n"
    assert "@" not in (state / "journal.jsonl").read_text()


def forge(world: CommandLine, **forged: object) -> None:
    """Saves a plan whose fingerprint and checksum were computed anew after it was changed."""
    plan = from_json(saved_plan(world).read_bytes(), "plan.json")
    (world.folder / "plan.json").write_text(as_json(seal(replace(plan, **forged))))


def test_a_plan_that_shows_other_numbers_than_it_does_is_refused(world):
    plan = from_json(saved_plan(world).read_bytes(), "plan.json")
    quiet = replace(plan.summary, add=0, remove=0, undeclared=0)
    lax = tuple(replace(check, rule="0") for check in plan.limits)
    for forged in (
        {"summary": quiet},
        {"statuses": ()},
        {"limits": ()},
        {"limits": lax},
        {"changes": plan.changes * 2},
    ):
        forge(world, **forged)
        ran = world("apply", "plan.json", "--sandbox")
        assert (ran.code, ran.err.partition("]")[0]) == (4, "error[plan_edited"), forged
        assert world("show", "plan.json").code == 4
    assert holders(world) == {"old"}


def test_text_in_a_plan_file_cannot_break_out_of_its_line(world):
    plan = from_json(saved_plan(world).read_bytes(), "plan.json")
    forge(world, spec=replace(plan.spec, commit="\x1b[2J\nNo changes. Live membership matches the spec."))
    ran = world("show", "plan.json")
    assert "\x1b" not in ran.out
    assert not any(line.startswith("No changes") for line in ran.out.splitlines())


def test_a_plan_of_one_status_is_held_against_that_status_of_the_spec_alone(world):
    (world.folder / "spec.yaml").write_text(SPEC + "  staff: {unresolved: error, members: [nobody@example.com]}\n")
    with world.tenant() as store:
        store.add_definition("staff", "Staff")
    assert world("plan", "spec.yaml", "--sandbox", "--status", "vip", "--out", "plan.json").code == 0
    assert world("apply", "plan.json", "--sandbox", "--spec", "spec.yaml").code == 0
    assert holders(world) == {"jane"}


def test_the_counts_before_are_those_at_apply(world):
    saved_plan(world)
    with world.tenant() as store:
        for number in range(5):
            store.add_profile(f"new{number}@example.com", statuses=["vip"])
    ran = world("apply", "plan.json", "--sandbox")
    assert "  6 held it before, 6 after" in ran.out.splitlines()


def test_a_receipt_that_cannot_be_saved_is_an_error_after_the_report(world):
    ran = world("apply", "spec.yaml", "--sandbox", "--auto-approve", "--receipt", "/dev/full")
    assert ran.last_line == "Apply complete: 1 added, 1 removed, 0 failed, 0 unconfirmed."
    assert ran.code == 1
    assert "error[not_written]" in ran.err


def test_the_receipt_shows_what_the_plan_held_and_left_unresolved(world):
    (world.folder / "spec.yaml").write_text(
        "version: 1\nstatuses: {vip: {mode: exclusive, members: [jane@example.com, nobody@example.com]}}\n"
    )
    ran = world("apply", "spec.yaml", "--sandbox", "--auto-approve", "--format", "json")
    receipt = json.loads(ran.out)
    assert [row["profile_id"] for row in receipt["held"]] == ["old"]
    assert [row["why"] for row in receipt["unresolved"]] == ["not_found"]


def test_a_saved_plan_tells_by_its_exit_code_whether_changes_are_pending(world):
    saved_plan(world)
    assert world("show", "plan.json", "--detailed-exitcode").code == 2
    assert world("show", "plan.json").code == 0


def test_an_override_for_a_status_that_the_plan_does_not_change_is_wrong_usage(world):
    saved_plan(world)
    assert world("apply", "plan.json", "--sandbox", "--allow-removals", "vpi=2").code == 64


def test_the_receipt_names_the_trusted_spec_and_not_what_the_plan_file_says_of_one(world):
    forge(world, spec=SpecInfo("0" * 64, "invented", ("nowhere.yaml",)))
    ran = world("apply", "plan.json", "--sandbox", "--spec", "spec.yaml", "--format", "json")
    assert ran.code == 0
    assert json.loads(ran.out)["spec"]["files"] == ["spec.yaml"]
    assert "invented" not in ran.out


def test_with_a_trusted_spec_the_receipt_tells_what_was_left_undone_where_nothing_was_changed(world):
    (world.folder / "spec.yaml").write_text(
        "version: 1\nstatuses: {vip: {mode: exclusive, members: [nobody@example.com]}}\n"
    )
    saved_plan(world)
    ran = world("apply", "plan.json", "--sandbox", "--spec", "spec.yaml", "--format", "json")
    receipt = json.loads(ran.out)
    assert (ran.code, receipt["changes"]) == (0, [])
    assert [row["profile_id"] for row in receipt["held"]] == ["old"]
    assert [row["why"] for row in receipt["unresolved"]] == ["not_found"]
