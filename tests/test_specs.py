"""The worked examples of `specs/` do what they say on the sample customers."""

import re

import pytest


@pytest.mark.parametrize(
    ("example", "line"),
    [
        ("media.yaml", "Plan: 2 to add, 1 to remove, 1 unresolved, 3 undeclared."),
        ("vip.yaml", "Plan: 3 to add, 2 to remove, 0 unresolved, 0 undeclared."),
        ("staff.yaml", "Plan: 1 to add, 1 to remove, 0 unresolved, 2 undeclared."),
        ("people.yaml", "Plan: 2 to add, 0 to remove, 1 unresolved, 6 undeclared."),
        (".", "Plan: 8 to add, 4 to remove, 2 unresolved, 6 undeclared."),
    ],
)
def test_each_example_alone_and_all_together_plan_what_the_readme_says(cli, specs, example, line):
    ran = cli("plan", specs / example, "--sandbox", "--as-of", "2026-06-15")
    assert ran.code == 0
    assert ran.last_line == line


def test_time_limited_members_keep_the_status_until_their_last_day(cli, specs):
    ran = cli("plan", specs / "staff.yaml", "--sandbox", "--as-of", "2026-02-28")
    assert ran.last_line == "Plan: 1 to add, 0 to remove, 0 unresolved, 2 undeclared."


def test_applying_all_examples_leaves_a_tenant_that_matches_them(cli, specs):
    ran = cli("apply", specs, "--sandbox", "--auto-approve")
    assert ran.code == 0
    assert ran.last_line == "Apply complete: 8 added, 4 removed, 0 failed, 0 unconfirmed."
    assert cli("plan", specs, "--sandbox").last_line == "No changes. 2 unresolved, 6 undeclared."
    wholesale = [line for line in cli("sandbox", "show").out.splitlines() if line.startswith("wholesale")]
    assert len(wholesale) == 2


def test_the_readme_shows_what_is_printed(cli, specs, monkeypatch):
    readme = (specs.parent / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"```\n(vip \(exclusive.*?)```", readme, re.DOTALL)
    monkeypatch.chdir(specs.parent)
    ran = cli("apply", "specs", "--sandbox", "--auto-approve", "--state-dir", cli.folder / "state")
    printed = iter(ran.out.splitlines())
    assert [line for line in shown[1].splitlines() if line != "…" and line not in printed] == []
