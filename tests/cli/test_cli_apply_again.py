"""The command `apply` where something was there before: a fingerprint, another plan, an apply that did not end."""

import asyncio
import json
import sys
from io import StringIO
from pathlib import Path

import click
import pytest
from msgspec.structs import replace

from omneo_reconcile.apply.journal import Journal
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.interrupts import Interrupts
from omneo_reconcile.core.journal import Accepted
from omneo_reconcile.core.seal import seal
from omneo_reconcile.errors import FailureName, TenantError
from omneo_reconcile.formats.as_json import from_json
from omneo_reconcile.sandbox import Dialect
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader
from shown import as_json
from simulated import CommandLine

SPEC = """\
version: 1
statuses:
  vip:
    mode: exclusive
    limits: {max_removals: 5}
    members: [jane@example.com, kim@example.com]
"""


@pytest.fixture
def world(cli: CommandLine) -> CommandLine:
    """A spec that adds two people and removes a third, and a tenant with all of them."""
    (cli.folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    with cli.tenant() as store:
        store.add_definition("vip", "VIP")
        for name in ("jane", "kim", "lee"):
            store.add_profile(f"{name}@example.com", profile_id=name)
        store.add_profile("old@example.com", profile_id="old", statuses=["vip"])
    return cli


def holders(cli: CommandLine) -> set[str]:
    with cli.tenant() as store:
        return {profile_id for _, profile_id, _ in store.memberships()}


def planned(cli: CommandLine, *options: str) -> str:
    """The fingerprint of a plan, saved as plan.json."""
    assert cli("plan", "spec.yaml", "--sandbox", "--out", "plan.json", *options).code == 0
    return json.loads((cli.folder / "plan.json").read_text())["fingerprint"]


def expecting(cli: CommandLine, fingerprint: str, *options: str):
    return cli("apply", "spec.yaml", "--sandbox", "--expect", fingerprint, *options)


def refusal(ran) -> str:
    assert ran.code == 4
    (line,) = [line for line in ran.err.splitlines() if line.startswith("error[plan_unexpected]")]
    return line


def test_a_fingerprint_of_another_spec_says_so(world):
    expected = planned(world)
    (world.folder / "spec.yaml").write_text(SPEC.replace("kim", "lee"))
    assert "another plan than the one expected: it follows another spec, tenant" in refusal(expecting(world, expected))


def test_a_fingerprint_with_other_overrides_says_so(world):
    expected = planned(world, "--allow-removals", "vip=1")
    assert "it has other limits, overrides or statuses" in refusal(expecting(world, expected))
    assert expecting(world, expected, "--allow-removals", "vip=1").code == 0


def test_a_tenant_that_changed_since_says_so_and_what_would_be_accepted_is_never_told(world):
    expected = planned(world)
    with world.tenant() as store:
        store.add_profile("new@example.com", profile_id="new", statuses=["vip"])
    ran = expecting(world, expected)
    assert "its changes are others: the people or statuses on the tenant changed since" in refusal(ran)
    assert planned(world) not in ran.out + ran.err
    assert holders(world) == {"old", "new"}


def stopped_halfway(world: CommandLine, monkeypatch, *call: str):
    """Runs an apply that is asked to stop when the first of its batches is accepted."""
    asked: list[FailureName] = []
    real = Journal.append

    def append(journal, *events):
        real(journal, *events)
        asked.extend(FailureName.INTERRUPTED for event in events if isinstance(event, Accepted))

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", append)
        patch.setattr(Interrupts, "asked", lambda _: asked[0] if asked else None)
        return world("apply", *call, "--sandbox", "--batch-size", "1", "--concurrency", "1", "--receipt", "first.json")


@pytest.mark.parametrize(
    "call", [["spec.yaml", "--expect", "FINGERPRINT"], ["spec.yaml", "--auto-approve"], ["plan.json"]]
)
def test_an_apply_that_was_stopped_halfway_is_finished_by_the_same_call(world, monkeypatch, call):
    fingerprint = planned(world)
    call = [fingerprint if word == "FINGERPRINT" else word for word in call]
    first = stopped_halfway(world, monkeypatch, *call)
    assert first.code == 130
    assert "old" in holders(world)
    again = world("apply", *call, "--sandbox", "--receipt", "second.json")
    assert again.code == 0, again.err
    assert holders(world) == {"jane", "kim"}
    assert world("plan", "spec.yaml", "--sandbox").last_line == "No changes. Live membership matches the spec."


def test_the_rest_of_an_expected_plan_is_done_under_its_fingerprint_and_said_to_be_that(world, monkeypatch):
    fingerprint = planned(world)
    stopped_halfway(world, monkeypatch, "spec.yaml", "--expect", fingerprint)
    world.clock.waited += 1
    again = expecting(world, fingerprint, "--receipt", "second.json")
    assert "note: this plan was begun before; what is left of it is done now" in again.err
    receipt = json.loads((world.folder / "second.json").read_text())
    assert receipt["fingerprint"] == fingerprint
    assert {row["profile_id"]: row["outcome"] for row in receipt["changes"]} == {
        "jane": "added",
        "kim": "added",
        "old": "removed",
    }


def test_the_receipt_of_the_run_that_ends_a_plan_file_names_what_was_made_before_it_was_cut_off(world, monkeypatch):
    planned(world)
    assert stopped_halfway(world, monkeypatch, "plan.json").code == 130
    ended = world("apply", "plan.json", "--sandbox", "--receipt", "second.json")
    assert ended.last_line == "Apply complete: 2 added, 1 removed, 0 failed, 0 unconfirmed."
    assert "  confirmed by reading back (by an earlier apply of this plan; spec.yaml:6)" in ended.out
    world("plan", "--undo", "second.json", "--sandbox", "--out", "undo.json")
    assert world("apply", "undo.json", "--sandbox").code == 0
    assert holders(world) == {"old"}


def test_a_plan_that_was_done_before_is_already_so(world):
    planned(world)
    assert world("apply", "plan.json", "--sandbox").code == 0
    again = world("apply", "plan.json", "--sandbox")
    assert "Also: 3 already so." in again.out
    assert again.last_line == "Apply complete: 0 added, 0 removed, 0 failed, 0 unconfirmed."


@pytest.mark.parametrize("word", ["123", "latest", "g" * 64])
def test_what_is_no_fingerprint_is_wrong_usage(world, word):
    ran = expecting(world, word)
    assert (ran.code, "the 64 hex digits" in ran.err) == (64, True)


def test_a_fingerprint_in_capitals_is_the_same(world):
    assert expecting(world, planned(world).upper()).code == 0


def test_a_receipt_that_cannot_be_saved_is_kept_in_the_state_folder(world):
    ran = world("apply", "spec.yaml", "--sandbox", "--auto-approve", "--receipt", "/dev/full")
    assert ran.code == 1
    kept = ".omneo-reconcile/receipt-20260615T120000Z.json"
    assert f"file /dev/full; it was kept as {kept}" in ran.err
    assert world("show", kept).out == ran.out[ran.out.index("Applied to") :]


def test_people_whom_nobody_could_read_back_are_not_called_everybody(world, monkeypatch):
    async def profile(*_):
        raise TenantError.of(FailureName.NETWORK, "the tenant cannot be reached", "", "")

    monkeypatch.setattr(Reader, "profile", profile)
    ran = world("apply", "spec.yaml", "--sandbox", "--auto-approve")
    assert ran.code == 6
    assert "Read back: not everybody" in ran.out


def test_without_the_journal_the_rest_of_an_expected_plan_is_another_plan(world, monkeypatch):
    """A fingerprint cannot tell a part of its plan from another plan: it is refused, and nothing is sent."""
    fingerprint = planned(world)
    stopped_halfway(world, monkeypatch, "spec.yaml", "--expect", fingerprint)
    world.clock.waited += 1
    (world.folder / ".omneo-reconcile" / "journal.jsonl").unlink()
    before = holders(world)
    assert "its changes are others" in refusal(expecting(world, fingerprint))
    assert holders(world) == before


def test_somebody_who_came_since_is_not_in_the_rest_of_a_plan(world, monkeypatch):
    fingerprint = planned(world)
    stopped_halfway(world, monkeypatch, "spec.yaml", "--expect", fingerprint)
    world.clock.waited += 1
    with world.tenant() as store:
        store.add_profile("new@example.com", profile_id="new", statuses=["vip"])
    assert "its changes are others" in refusal(expecting(world, fingerprint))


def test_what_was_left_open_is_read_first_and_told(world, monkeypatch):
    with world.tenant() as store:
        store.dialect = Dialect.parse(["queue_seconds=20"])
    first = stopped_halfway(world, monkeypatch, "spec.yaml", "--auto-approve")
    assert first.code == 130
    again = world("apply", "spec.yaml", "--sandbox", "--auto-approve")
    assert "note: batches left open earlier: 1; their changes that are done: 1, still under way: 0; " in again.err
    assert again.code == 0
    assert holders(world) == {"jane", "kim"}


def test_an_apply_that_did_not_come_to_its_end_is_told_by_the_next(world):
    journal = world.folder / ".omneo-reconcile" / "journal.jsonl"
    assert world("apply", "spec.yaml", "--sandbox", "--auto-approve").code == 0
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:-1]))
    again = world("apply", "spec.yaml", "--sandbox", "--auto-approve")
    assert again.err.startswith("note: the apply that began at 2026-06-15 12:00:00 UTC did not come to its end")
    assert "what that apply did is not in this receipt" in again.err
    assert "note" not in world("apply", "spec.yaml", "--sandbox", "--auto-approve").err


def test_an_apply_that_is_gone_on_with_is_not_told_as_planned_anew(world):
    expected = planned(world)
    journal = world.folder / ".omneo-reconcile" / "journal.jsonl"
    assert expecting(world, expected).code == 0
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:-1]))
    again = expecting(world, expected)
    assert again.code == 0
    assert "did not come to its end" in again.err
    assert "planned anew" not in again.err


def test_a_plan_file_with_a_status_that_is_no_longer_defined_sends_nothing(world):
    planned(world)
    plan = from_json((world.folder / "plan.json").read_bytes(), "plan.json")
    forged = replace(
        plan,
        statuses=tuple(replace(status, handle="vpi") for status in plan.statuses),
        changes=tuple(replace(change, status="vpi") for change in plan.changes),
        limits=tuple(replace(check, status="vpi") for check in plan.limits),
    )
    (world.folder / "plan.json").write_text(as_json(seal(forged)))
    ran = world("apply", "plan.json", "--sandbox")
    assert ran.code == 64
    assert "error[unknown_status]" in ran.err
    assert "did you mean `vip`?" in ran.err


def test_a_plan_file_that_its_spec_refuses_for_an_unresolved_person_is_refused(world):
    (world.folder / "spec.yaml").write_text(
        SPEC.replace("mode: exclusive", "unresolved: error").replace("kim@", "nobody@")
    )
    assert world("plan", "spec.yaml", "--sandbox", "--out", "plan.json").code == 3
    ran = world("apply", "plan.json", "--sandbox")
    assert ran.code == 3
    assert "error[unresolved]" in ran.err
    assert holders(world) == {"old"}


def test_what_changed_while_somebody_was_asked_stops_the_plan(world, monkeypatch):
    def confirm(*_, **__):
        with world.tenant() as store:
            store.delete_profile("jane")
        return True

    monkeypatch.setattr(click, "confirm", confirm)
    ran = world("apply", "spec.yaml", "--sandbox", terminal=True)
    assert ran.code == 4
    assert "error[plan_stale]: the profile is gone, profile jane" in ran.err
    assert holders(world) == {"old"}


def test_nobody_is_asked_about_a_plan_that_goes_to_a_file(monkeypatch):
    class Screen(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Screen())
    monkeypatch.setattr(sys, "stdout", Screen())
    assert Edges(environment={}).can_ask
    monkeypatch.setattr(sys, "stdout", StringIO())
    assert not Edges(environment={}).can_ask


def test_the_receipt_counts_holders_again_and_says_how_they_were_read(world):
    ran = world("apply", "spec.yaml", "--sandbox", "--auto-approve", "--format", "json")
    receipt = json.loads(ran.out)
    (count,) = receipt["counts"]
    assert (count["status"], count["before"], count["after"]) == ("vip", 1, 2)
    assert {row["way"] for row in receipt["reads"]} == {"profile", "holders"}
    assert all(row["complete"] and row["requests"] for row in receipt["reads"])
    assert [(row["action"], row["answer"], row["settled"]) for row in receipt["batches"]] == [
        ("add", "accepted", True),
        ("remove", "accepted", True),
    ]


def test_a_link_in_the_place_of_the_journal_is_not_followed(world, tmp_path_factory):
    elsewhere: Path = tmp_path_factory.mktemp("elsewhere") / "precious"
    elsewhere.write_text("mine\n")
    (world.folder / ".omneo-reconcile" / "journal.jsonl").symlink_to(elsewhere)
    ran = world("apply", "spec.yaml", "--sandbox", "--auto-approve")
    assert (ran.code, "error[state_folder]" in ran.err) == (1, True)
    assert elsewhere.read_text() == "mine\n"
    assert holders(world) == {"old"}


def test_a_second_interrupt_while_holders_are_counted_loses_no_receipt(world, monkeypatch):
    async def count(*_):
        raise asyncio.CancelledError

    monkeypatch.setattr(ReadBack, "count", count)
    ran = world("apply", "spec.yaml", "--sandbox", "--auto-approve", "--receipt", "receipt.json")
    assert (ran.code, ran.last_line) == (0, "Apply complete: 2 added, 1 removed, 0 failed, 0 unconfirmed.")
    receipt = json.loads((world.folder / "receipt.json").read_text())
    (count,) = receipt["counts"]
    assert (count["before"], count["after"]) == (1, None)


def test_a_second_interrupt_while_batches_are_under_way_says_so_and_keeps_the_journal(world, monkeypatch):
    async def memberships(*_, **__):
        raise asyncio.CancelledError

    monkeypatch.setattr(ReadBack, "memberships", memberships)
    ran = world("apply", "spec.yaml", "--sandbox", "--auto-approve")
    assert ran.code == 130
    assert "stopped at once, with batches under way; run the same apply again: it reads first" in ran.err
    monkeypatch.undo()
    monkeypatch.chdir(world.folder)
    assert world("apply", "spec.yaml", "--sandbox", "--auto-approve").code == 0
    assert holders(world) == {"jane", "kim"}


def test_holders_that_cannot_be_counted_in_the_end_change_nothing_of_what_was_done(world, monkeypatch):
    async def count(*_):
        raise TenantError.of(FailureName.SERVER_ERROR, "the tenant answered 500", "", "")

    monkeypatch.setattr(ReadBack, "count", count)
    ran = world("apply", "spec.yaml", "--sandbox", "--auto-approve")
    assert (ran.code, ran.last_line) == (0, "Apply complete: 2 added, 1 removed, 0 failed, 0 unconfirmed.")
