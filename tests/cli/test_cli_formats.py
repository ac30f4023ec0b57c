"""A result is shown in the format asked for, the same to the byte when it is shown again, and on GitHub handed on."""

import json
from pathlib import Path

import pytest

from omneo_reconcile.formats import FORMATS
from simulated import CommandLine


@pytest.fixture
def world(cli: CommandLine, specs: Path) -> CommandLine:
    """A plan of the examples, and the receipt of an apply of it."""
    assert cli("plan", specs, "--sandbox", "--out", "plan.json").code == 0
    assert cli("apply", "plan.json", "--sandbox", "--receipt", "receipt.json").code == 0
    return cli


@pytest.mark.parametrize("emails", ["full", "masked"])
@pytest.mark.parametrize("format_name", FORMATS)
def test_a_saved_plan_is_shown_as_it_was_when_it_was_made(cli, specs, format_name, emails):
    options = ["--format", format_name, "--emails", emails]
    made = cli("plan", specs, "--sandbox", "--out", "plan.json", *options)
    assert cli("show", "plan.json", *options).out == made.out


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_saved_receipt_is_shown_as_it_was_when_it_was_made(cli, specs, format_name):
    options = ["--format", format_name, "--emails", "masked"]
    cli("plan", specs, "--sandbox", "--out", "plan.json")
    made = cli("apply", "plan.json", "--sandbox", "--receipt", "receipt.json", *options)
    assert cli("show", "receipt.json", *options).out == made.out


@pytest.mark.parametrize("format_name", ["markdown", "html", "json"])
def test_an_apply_prints_one_document(cli, specs, format_name):
    ran = cli("apply", specs, "--sandbox", "--auto-approve", "--format", format_name, "--receipt", "receipt.json")
    assert ran.out == cli("show", "receipt.json", "--format", format_name).out


@pytest.mark.parametrize(
    ("format_name", "begins"),
    [("markdown", "<!-- omneo-reconcile failure -->\n"), ("html", "<!DOCTYPE html>"), ("github", "::error file=")],
)
def test_a_failure_is_a_document_too(cli, format_name, begins):
    (cli.folder / "spec.yaml").write_text("version: 1\nstatuses:\n  vip: {member: []}\n")
    ran = cli("plan", "spec.yaml", "--sandbox", "--format", format_name)
    assert ran.code == 64
    assert ran.out.startswith(begins)
    assert "invalid_spec" in ran.out
    assert "spec.yaml:3" in ran.out or "line=3" in ran.out


def test_as_text_a_failure_stands_on_stderr_alone(cli):
    ran = cli("plan", "nowhere.yaml", "--sandbox")
    assert (ran.code, ran.out) == (64, "")


def test_what_is_cut_is_shown_by_verbose(cli):
    people = [f"p{number}@example.com" for number in range(150)]
    members = "".join(f"\n      - {email}" for email in people)
    (cli.folder / "spec.yaml").write_text(f"version: 1\nstatuses:\n  vip:\n    members:{members}\n")
    assert cli("plan", "spec.yaml", "--sandbox").out.count("nobody has this email") == 100
    assert "… and 50 more: -v shows all" in cli("plan", "spec.yaml", "--sandbox").out
    assert cli("plan", "spec.yaml", "--sandbox", "-v").out.count("nobody has this email") == 150


@pytest.fixture
def handed_on(world: CommandLine) -> tuple[Path, Path]:
    """Where GitHub takes a step's summary and outputs from; something stands there already."""
    summary, outputs = world.folder / "summary", world.folder / "outputs"
    for path, variable in ((summary, "GITHUB_STEP_SUMMARY"), (outputs, "GITHUB_OUTPUT")):
        path.write_text("before\n")
        world.environment[variable] = str(path)
    return summary, outputs


def test_on_github_the_summary_is_the_comment_and_the_outputs_are_the_numbers(world, handed_on):
    summary, outputs = handed_on
    world("show", "plan.json", "--format", "github")
    assert summary.read_text() == "before\n" + world("show", "plan.json", "--format", "markdown").out
    plan = json.loads((world.folder / "plan.json").read_text())
    assert outputs.read_text() == (
        f"before\nchanges=12\nto_add=8\nto_remove=4\nunresolved=2\nfingerprint={plan['fingerprint']}\nfailure-reason=\n"
    )


def test_a_failure_is_handed_on_too(world, handed_on):
    summary, outputs = handed_on
    world("show", "nowhere.json", "--format", "github")
    assert "<!-- omneo-reconcile failure -->" in summary.read_text()
    assert outputs.read_text().endswith("failure-reason=usage\n")


def test_no_other_format_is_handed_on(world, handed_on):
    for format_name in FORMATS.keys() - {"github"}:
        world("show", "plan.json", "--format", format_name)
    assert [path.read_text() for path in handed_on] == ["before\n", "before\n"]


def test_where_nothing_can_be_handed_on_the_result_and_its_exit_code_stand(world):
    world.environment |= {"GITHUB_STEP_SUMMARY": str(world.folder), "GITHUB_OUTPUT": "\0"}
    ran = world("show", "plan.json", "--format", "github")
    assert ran.code == 0
    assert ran.out
    assert "warning: the file that GITHUB_STEP_SUMMARY names cannot be written (Is a directory)" in ran.err
    assert "warning: the file that GITHUB_OUTPUT names cannot be written (not a path)" in ran.err


def test_on_github_what_is_over_a_limit_is_marked_where_the_status_is_declared(cli):
    (cli.folder / "spec.yaml").write_text(
        "version: 1\nstatuses:\n  vip:\n    limits: {max_adds: 0}\n    members: [zoe.harris@example.com]\n"
    )
    ran = cli("plan", "spec.yaml", "--sandbox", "--format", "github")
    assert ran.code == 3
    assert ran.out.startswith("::error file=spec.yaml,line=3,title=over_limit::vip: would add 1 ")
