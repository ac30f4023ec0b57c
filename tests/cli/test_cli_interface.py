"""What the command line promises beside its results: help, streams, colour, schemas, and how fast it starts."""

import json
import subprocess
import sys

import jsonschema
import pytest

from omneo_reconcile import __version__

HEAVY = ["asyncio", "filelock", "httpx", "jsonschema", "msgspec", "rich", "starlette", "tenacity", "uvicorn", "yaml"]
NOT_OFFLINE = ["aiohttp", "asyncio", "deepdiff", "filelock", "httpx", "jinja2", "rich.console", "starlette", "tenacity"]
COMMANDS = [
    ["validate"],
    ["plan"],
    ["show"],
    ["apply"],
    ["fmt"],
    ["diff"],
    ["explain"],
    ["import"],
    ["check"],
    ["init"],
    ["schema"],
    ["completion"],
    ["sandbox", "serve"],
    ["sandbox", "reset"],
    ["sandbox", "load"],
]


def run_with_imports(command, names):
    """Runs a command in a process of its own; returns how it ended, with those of the modules that it imported."""
    code = f"""
import sys
from omneo_reconcile.cli.main import run
code = run({command!r})
print(*(name for name in {names!r} if name in sys.modules), file=sys.stderr)
sys.exit(code)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return ran, ran.stderr.split()


@pytest.mark.parametrize("command", [[], *COMMANDS, ["sandbox"], ["sandbox", "show"]], ids=" ".join)
def test_help_names_an_example_and_imports_nothing_heavy(command):
    ran, imported = run_with_imports([*command, "--help"], HEAVY)
    assert " ".join(["omneo-reconcile", *command]) in ran.stdout.partition("Usage:")[2].partition("\n")[2]
    assert imported == []


@pytest.mark.parametrize(
    "command", [["validate"], ["fmt", "--check"], ["diff", "--base", "HEAD"], ["init"], ["schema"]], ids=" ".join
)
def test_what_asks_no_tenant_imports_nothing_for_http_pages_or_progress(cli, commit, command):
    spec = cli.folder / "spec.yaml"
    spec.write_text("version: 1\nstatuses:\n  vip:\n    members:\n      - jane@example.com\n")
    commit()
    arguments = [str(spec)] if command[0] in {"validate", "fmt", "diff"} else []
    _, imported = run_with_imports([*command, *arguments], NOT_OFFLINE)
    assert imported == []


@pytest.mark.parametrize("command", [[], ["sandbox"]])
def test_without_a_command_the_help_is_shown_as_wrong_usage(cli, command):
    ran = cli(*command)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith(" ".join(["Usage: omneo-reconcile", *command]))
    assert "\nCommands:\n" in ran.err
    assert ran.err.endswith("error[usage]: no command is named; name one of those above\n")


def test_it_runs_as_a_module_too():
    ran = subprocess.run(
        [sys.executable, "-m", "omneo_reconcile", "--version"], capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"{__version__}\n"


def test_validate_says_what_a_spec_holds(cli, specs):
    ran = cli("validate", specs, "--as-of", "2026-01-01")
    assert ran == (0, "Spec as of 2026-01-01\nValid: 5 files, 4 statuses, 21 memberships listed, 2 absent.\n", "")


def test_strict_takes_odd_things_as_errors(cli, specs):
    ran = cli("validate", specs, "--as-of", "2026-06-01", "--strict")
    assert ran.code == 64
    assert "staff.yaml:12" in ran.err


def test_validate_speaks_json(cli, specs):
    told = json.loads(cli("validate", specs, "--as-of", "2026-06-01", "--format", "json").out)
    assert told["failure_reason"] is None
    assert [status["handle"] for status in told["statuses"]] == ["influencer", "media", "staff", "vip"]
    assert len(told["warnings"]) == 1


def test_a_saved_plan_and_a_receipt_fit_their_schemas(cli, specs):
    ran = cli("plan", specs, "--sandbox", "--format", "json")
    jsonschema.validate(json.loads(ran.out), json.loads(cli("schema", "--plan").out))
    ran = cli("apply", specs, "--sandbox", "--auto-approve", "--format", "json")
    jsonschema.validate(json.loads(ran.out), json.loads(cli("schema", "--receipt").out))


def test_the_schema_of_the_spec_is_the_one_that_checks_it(cli):
    schema = json.loads(cli("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert {"version", "statuses", "profiles"} <= schema["properties"].keys()


def test_json_goes_to_stdout_alone_even_when_a_limit_refuses(cli):
    (cli.folder / "spec.yaml").write_text(
        "version: 1\nlimits: {max_adds: 0}\nstatuses: {vip: {members: [zoe.harris@example.com]}}\n"
    )
    for command in (["plan"], ["apply", "--auto-approve"]):
        ran = cli(*command, "spec.yaml", "--sandbox", "--format", "json")
        assert ran.code == 3
        assert json.loads(ran.out)["failure_reason"] == "over_limit"
        assert ran.err.startswith("error[over_limit]: ")


def test_emails_are_full_on_a_terminal_and_in_json_and_masked_in_a_pipe_and_under_ci(cli, specs):
    command = ["plan", specs, "--sandbox"]
    assert "zoe.harris@example.com" in cli(*command, terminal=True).out
    assert "zoe.harris@example.com" in cli(*command, "--format", "json").out
    assert "@example.com" not in cli(*command).out
    assert "zoe.harris@example.com" in cli(*command, "--emails", "full").out
    assert "@example.com" not in cli(*command, "--format", "json", "--emails", "masked").out
    cli.environment["CI"] = "true"
    assert "@example.com" not in cli(*command, terminal=True).out


def test_colour_is_for_a_terminal_and_no_color_is_heeded(cli, specs):
    assert "\x1b[" in cli("plan", specs, "--sandbox", terminal=True).out
    assert "\x1b[" not in cli("plan", specs, "--sandbox").out
    cli.environment["NO_COLOR"] = "1"
    assert "\x1b[" not in cli("plan", specs, "--sandbox", terminal=True).out


def test_lines_are_as_wide_as_the_terminal_and_elsewhere_as_long_as_they_are(cli, specs, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    cli.environment["NO_COLOR"] = "1"
    wide = [line for line in cli("plan", specs, "--sandbox", terminal=True).out.splitlines() if len(line) > 70]
    assert all(" " not in line.strip() for line in wide)  # only what cannot be broken, such as a fingerprint
    assert any(len(line) > 120 for line in cli("plan", specs, "--sandbox").out.splitlines())


def test_verbose_tells_how_each_thing_was_read_and_quiet_drops_the_warnings(cli, specs):
    loud = cli("plan", specs, "--sandbox", "-v", "--as-of", "2026-06-01")
    assert "vip: holders complete, 1 requests: the plan needs the whole list" in loud.err
    assert "all statuses: emails complete" in loud.err
    assert "warning: " in loud.err
    assert cli("plan", specs, "--sandbox", "-q", "--as-of", "2026-06-01").err == ""


def test_the_sandbox_shows_its_memberships_and_starts_afresh(cli, specs):
    before = cli("sandbox", "show").out
    assert cli("apply", specs, "--sandbox", "--auto-approve").code == 0
    after = json.loads(cli("sandbox", "show", "--format", "json").out)
    assert {"status": "vip", "email": "zoe.harris@example.com"}.items() <= {
        key: value for row in after if row["email"] == "zoe.harris@example.com" for key, value in row.items()
    }.items()
    assert cli("sandbox", "reset").code == 0
    assert cli("sandbox", "show").out == before


def test_a_rate_spaces_the_requests(cli, specs):
    assert cli("plan", specs, "--sandbox", "--rate", "2").code == 0
    requests = json.loads(cli("plan", specs, "--sandbox", "--format", "json").out)["summary"]["requests"]
    assert cli.clock.waited >= (requests - 1) / 2
