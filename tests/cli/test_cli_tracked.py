"""A tracked status at the command line: where the base comes from, and everything that is no base."""

import json
import os
from collections.abc import Callable

import pytest

from simulated import CommandLine, Ran

SPEC = "version: 1\nstatuses:\n  vip:\n    mode: tracked\n    members:%s\n"
MEMBERS = "".join(f"\n      - {name}@example.com" for name in ("jane", "sam", "kim"))
LEFT = MEMBERS.replace("\n      - sam@example.com", "")
RECEIPT = ("--receipt", "receipt.json")


@pytest.fixture
def world(cli: CommandLine, commit: Callable[[], str]) -> CommandLine:
    """Three members who were adopted, one of them dropped since; and a stranger who holds the status too."""
    with cli.tenant() as store:
        for handle in ("vip", "staff"):
            store.add_definition(handle, handle)
        for name in ("jane", "sam", "kim", "stranger"):
            store.add_profile(f"{name}@example.com", profile_id=name, statuses=["vip"])
    (cli.folder / ".gitignore").write_text("*.json\n")
    write(cli, SPEC % MEMBERS)
    commit()
    write(cli, SPEC % LEFT)
    commit()
    return cli


def write(cli: CommandLine, spec: str) -> None:
    (cli.folder / "spec.yaml").write_text(spec)


def holders(cli: CommandLine) -> set[str]:
    with cli.tenant() as store:
        return {profile_id for handle, profile_id, _ in store.memberships() if handle == "vip"}


def plan(cli: CommandLine, *arguments: str) -> Ran:
    return cli("plan", "spec.yaml", "--sandbox", *arguments)


def apply(cli: CommandLine, *arguments: str) -> Ran:
    return cli("apply", "spec.yaml", "--sandbox", "--auto-approve", *arguments)


def removed(ran: Ran) -> list[tuple[str, str]]:
    return [(change["profile_id"], change["reason"]) for change in json.loads(ran.out)["changes"]]


def error(ran: Ran, name: str, code: int) -> str:
    assert ran.code == code
    assert ran.out == ""
    lines = [line for line in ran.err.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1
    assert lines[0].startswith(f"error[{name}]: ")
    return lines[0].partition(": ")[2]


def test_only_whom_the_spec_dropped_since_the_base_lose_the_status(world, git):
    ran = plan(world, "--base", "HEAD~1", "--format", "json", "--out", "plan.json", "--detailed-exitcode")
    told = json.loads(ran.out)
    assert (ran.code, removed(ran)) == (2, [("sam", "dropped")])
    before = git("rev-parse", "HEAD~1")
    assert told["base"] | {"digest": ""} == {
        "given": "HEAD~1", "commit": before, "digest": "", "new": [], "untracked": [], "is_past": True
    }  # fmt: skip
    assert told["changes"][0]["source"] == {"file": f"{before[:12]}:spec.yaml", "line": 7}
    assert (told["statuses"][0]["dropped"], told["summary"]["dropped"]) == (1, 1)
    assert world("apply", "plan.json", "--sandbox").code == 0
    assert holders(world) == {"jane", "kim", "stranger"}


def test_without_a_base_nobody_is_dropped_and_it_never_looks_like_none(world):
    told = json.loads(plan(world, "--format", "json").out)
    assert (told["changes"], told["base"]) == ([], None)
    assert (told["statuses"][0]["dropped"], told["summary"]["dropped"]) == (None, None)
    for form in ("text", "markdown", "github", "html"):
        assert "dropped not computed" in plan(world, "--format", form).out
    assert "Dropped members: not computed (pass --base REV" in plan(world).out


def test_applying_a_spec_takes_the_base_too_and_leaves_a_receipt_that_is_one(world, git):
    assert apply(world, "--base", "HEAD~1", *RECEIPT).code == 0
    assert holders(world) == {"jane", "kim", "stranger"}
    write(world, SPEC % " []")
    ran = plan(world, "--base", "receipt.json", "--format", "json", "--allow-removals", "vip=2")
    assert removed(ran) == [("jane", "dropped"), ("kim", "dropped")]
    assert json.loads(ran.out)["base"]["commit"] == git("rev-parse", "HEAD")
    assert ran.err == ""


def test_an_interrupted_apply_goes_on_with_its_fingerprint_and_its_base(world):
    told = json.loads(plan(world, "--base", "HEAD~1", "--format", "json").out)
    expected = ("--base", "HEAD~1", "--expect", told["fingerprint"])
    assert world("apply", "spec.yaml", "--sandbox", *expected).code == 0
    assert "begun before" in world("apply", "spec.yaml", "--sandbox", *expected).err
    assert holders(world) == {"jane", "kim", "stranger"}


def test_a_plan_file_is_bound_to_a_spec_with_the_base_it_was_planned_with(world):
    plan(world, "--base", "HEAD~1", "--out", "plan.json")
    bound = ("apply", "plan.json", "--sandbox", "--spec", "spec.yaml")
    assert "pass the --base that it was planned with" in error(world(*bound), "not_in_spec", 4)
    assert holders(world) == {"jane", "kim", "stranger", "sam"}
    assert world(*bound, "--base", "HEAD~1").code == 0
    assert holders(world) == {"jane", "kim", "stranger"}


def test_a_status_that_was_tracked_and_is_named_no_more_keeps_its_members_and_says_the_way_out(world):
    write(world, "version: 1\nstatuses: {staff: {mode: additive, absent: [jane@example.com]}}\n")
    ran = plan(world, "--base", "HEAD~1")
    way_out = "to take it from them, keep it tracked, with `members: []` if nobody is left, until that is applied"
    assert ran.err == (
        "warning: tracked at the base and named by the spec no more: dropped members: 3, and nobody loses it, "
        f"status vip; {way_out}\n"
    )
    assert "vip: tracked at the base and named by the spec no more: dropped members: 3, and nobody loses it" in ran.out
    assert ran.last_line == "No changes. Live membership matches the spec."


def test_a_base_that_is_none_of_the_past_is_said_to_be_none(world, git):
    git("checkout", "--quiet", "-b", "old", "HEAD~1")
    ran = plan(world, "--base", "HEAD@{1}")
    assert "warning: the base is not in the history of what is checked out" in ran.err
    assert ": the base is not in the history of what is checked out: whoever was added there looks dropped" in ran.out


def test_in_a_shallow_clone_it_is_said_that_nobody_can_tell_whether_a_base_is_of_the_past(world, git):
    before = git("rev-parse", "HEAD~1")
    git("clone", "--quiet", "--depth", "1", f"file://{world.folder}", "shallow")
    git("fetch", "--quiet", "--depth", "1", "origin", before, below="shallow")
    ran = world("plan", "shallow/spec.yaml", "--sandbox", "--base", before, "--format", "json")
    assert json.loads(ran.out)["base"]["is_past"] is None
    assert "in this shallow clone nobody can tell whether the base is in the history" in ran.err


def test_who_is_in_a_file_that_was_not_checked_out_is_not_dropped(world, git):
    (world.folder / "more").mkdir()
    write(world, SPEC % LEFT)
    (world.folder / "more/spec.yaml").write_text(SPEC % MEMBERS)
    git("add", ".")
    git("commit", "--quiet", "--message", "more")
    git("sparse-checkout", "set", "--no-cone", "/*", "!more/spec.yaml")
    assert "this checkout is sparse" in error(world("plan", ".", "--sandbox", "--base", "HEAD"), "usage", 64)


def test_a_spec_with_a_file_missing_is_not_as_committed_and_its_receipt_no_base(world, git):
    (world.folder / "more.yaml").write_text(SPEC % MEMBERS)
    git("add", ".")
    git("commit", "--quiet", "--message", "more")
    (world.folder / "more.yaml").unlink()
    world("apply", ".", "--sandbox", "--auto-approve", "--base", "HEAD", "--allow-removals", "vip=9", *RECEIPT)
    refused = error(world("plan", ".", "--sandbox", "--base", "receipt.json"), "usage", 64)
    assert "its spec was not as committed in git" in refused


def test_a_receipt_of_other_files_is_no_base(world, git):
    (world.folder / "more.yaml").write_text(SPEC % MEMBERS)
    git("add", ".")
    git("commit", "--quiet", "--message", "more")
    apply(world, "--base", "HEAD~1", *RECEIPT)
    refused = error(world("plan", ".", "--sandbox", "--base", "receipt.json"), "usage", 64)
    assert "it is of another spec than these paths have at its commit" in refused


def test_a_repository_inside_of_that_of_the_base_is_none_of_it(world, git):
    inner = world.folder / "inner"
    inner.mkdir()
    (inner / "spec.yaml").write_text(SPEC % MEMBERS)
    git("-C", str(inner), "init", "--quiet")
    (world.folder / ".gitignore").write_text("inner\n")
    assert "in another git repository" in error(world("plan", ".", "--sandbox", "--base", "HEAD"), "usage", 64)


def test_an_absent_person_who_is_not_resolved_is_pending_and_moves_no_base(world, commit):
    with world.tenant() as store:
        store.add_profile("sam@example.com", profile_id="twin")
    write(world, f"{SPEC % LEFT}    absent: [sam@example.com]\n")
    commit()
    assert plan(world, "--base", "HEAD~1", "--detailed-exitcode").code == 2
    apply(world, "--base", "HEAD~1", *RECEIPT)
    assert "could not resolve" in error(plan(world, "--base", "receipt.json"), "usage", 64)


def test_a_receipt_is_not_written_over_the_base(world):
    apply(world, "--base", "HEAD~1", *RECEIPT)
    error(apply(world, "--base", "receipt.json", *RECEIPT), "usage", 64)


@pytest.mark.parametrize("base", [":/second", "HEAD^{/second}"])
def test_a_base_is_anything_that_git_takes_for_one_commit(world, git, base):
    git("commit", "--quiet", "--allow-empty", "--message", "second")
    assert plan(world, "--base", base).code == 0
    assert "no such revision" in error(plan(world, "--base", "^HEAD"), "usage", 64)


def test_a_file_of_the_base_whose_name_is_no_text_drops_its_members_too(world, commit):
    name = world.folder / os.fsdecode(b"\xff.yaml")
    name.write_text(SPEC % MEMBERS)
    commit()
    name.unlink()
    commit()
    assert removed(world("plan", ".", "--sandbox", "--base", "HEAD~1", "--format", "json")) == [("sam", "dropped")]


def test_the_base_is_the_spec_of_the_same_tenant(world, commit):
    write(world, f"tenant: other\n{SPEC % LEFT}")
    commit()
    write(world, SPEC % LEFT)
    assert error(plan(world, "--base", "HEAD"), "wrong_tenant", 4) == (
        "the base is for tenant other, not for sandbox; pass the right --tenant, or the right base"
    )


def test_a_spec_that_stood_elsewhere_or_nowhere_at_the_base_is_no_base(world, git):
    commit_of_base = git("rev-parse", "HEAD")[:12]
    (world.folder / "new.yaml").write_text("version: 1\nstatuses: {staff: {mode: tracked, members: []}}\n")
    for paths in (["new.yaml"], ["spec.yaml", "new.yaml"]):
        assert error(world("plan", *paths, "--sandbox", "--base", "HEAD"), "no_spec", 64) == (
            f"at the base there is no spec at this path, so nobody can tell who was dropped, new.yaml at "
            f"{commit_of_base}; name a base at which it stood there, or plan without --base"
        )


@pytest.mark.parametrize("command", [plan, apply])
def test_a_revision_that_there_is_not_or_a_spec_that_was_invalid_there_drops_nobody(world, commit, command):
    assert error(command(world, "--base", "none"), "usage", 64).startswith("no such revision, none; ")
    write(world, "version: 1\nstatuses: {vip: {mode: none}}\n")
    commit()
    write(world, SPEC % LEFT)
    assert ", HEAD:spec.yaml:2:24; " in error(command(world, "--base", "HEAD"), "invalid_spec", 64)
    assert holders(world) == {"jane", "sam", "kim", "stranger"}


def test_without_git_there_is_no_base(world, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert error(plan(world, "--base", "HEAD"), "usage", 64).startswith("there is no git")


def test_a_base_is_for_a_spec_and_for_nothing_else(world):
    plan(world, "--base", "HEAD~1", "--out", "plan.json")
    assert error(world("apply", "plan.json", "--sandbox", "--base", "HEAD~1"), "usage", 64).startswith(
        "--base is for a spec, not for a plan file"
    )
    apply(world, "--base", "HEAD~1", *RECEIPT)
    assert error(world("plan", "--undo", "receipt.json", "--sandbox", "--base", "HEAD"), "usage", 64).startswith(
        "--base is for a spec, not for a way back"
    )


# Receipts that are no base


def test_a_plan_an_edited_receipt_and_a_file_that_is_not_there_are_no_base(world):
    plan(world, "--out", "plan.json")
    assert "this is a plan, not a receipt" in error(plan(world, "--base", "plan.json"), "not_a_plan", 64)
    apply(world, "--base", "HEAD~1", *RECEIPT)
    receipt = world.folder / "receipt.json"
    receipt.write_text(receipt.read_text().replace('"outcome": "removed"', '"outcome": "already"'))
    assert "edited" in error(plan(world, "--base", "receipt.json"), "plan_edited", 4)
    assert "cannot be read" in error(plan(world, "--base", "gone.json"), "usage", 64)


def test_a_receipt_of_another_tenant_is_no_base(world):
    apply(world, "--base", "HEAD~1", *RECEIPT)
    elsewhere = ("--tenant", "acme", "--base", "receipt.json")
    assert "the receipt is for tenant sandbox" in error(world("plan", "spec.yaml", *elsewhere), "wrong_tenant", 4)


def test_a_receipt_of_what_was_not_committed_is_no_base(world):
    write(world, SPEC % " []")
    apply(world, "--base", "HEAD~1", "--allow-removals", "vip=9", *RECEIPT)
    assert error(plan(world, "--base", "receipt.json"), "usage", 64) == (
        "this receipt is no base: its spec was not as committed in git, file receipt.json; "
        "pass the receipt of an apply that left nothing of that, or a git revision"
    )


def test_a_receipt_of_an_apply_without_a_base_or_of_other_statuses_is_no_base(world, commit):
    apply(world, *RECEIPT)
    refused = "its apply did not take it from all who were dropped from status vip"
    assert refused in error(plan(world, "--base", "receipt.json"), "usage", 64)
    write(world, f"{SPEC % LEFT}  staff: {{members: [jane@example.com]}}\n")
    commit()
    apply(world, "--base", "HEAD~2", "--status", "staff", *RECEIPT)
    assert refused in error(plan(world, "--base", "receipt.json"), "usage", 64)
    assert plan(world, "--base", "receipt.json", "--status", "staff").code == 0


def test_a_receipt_of_a_way_back_is_no_base(world):
    apply(world, "--base", "HEAD~1", *RECEIPT)
    world("plan", "--undo", "receipt.json", "--sandbox", "--out", "undo.json")
    world("apply", "undo.json", "--sandbox", *RECEIPT)
    assert "it is of a way back" in error(plan(world, "--base", "receipt.json"), "usage", 64)


def test_a_status_that_became_tracked_since_needs_no_receipt_of_its_own(world):
    apply(world, "--base", "HEAD~1", *RECEIPT)
    write(world, f"{SPEC % LEFT}  staff: {{mode: tracked, members: []}}\n")
    ran = plan(world, "--base", "receipt.json", "--status", "staff")
    assert "Dropped members: none to be known, this status is not in the spec at receipt.json" in ran.out


def test_a_plan_file_without_its_base_is_told_so_whatever_policy_that_would_break(world, commit):
    write(world, (SPEC % LEFT).replace("members:", "max_members: 3\n    members:") + "      - new@example.com\n")
    with world.tenant() as store:
        store.add_profile("new@example.com", profile_id="new")
        store.detach("stranger", ["vip"])
    commit()
    assert plan(world, "--base", "HEAD~2", "--out", "plan.json").code == 0
    ran = world("apply", "plan.json", "--sandbox", "--spec", "spec.yaml")
    assert "pass the --base that it was planned with" in error(ran, "not_in_spec", 4)
