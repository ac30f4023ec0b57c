"""No output of any command shows who a person is where they must be masked, and no log, error or journal ever does.

One address, the canary, stands wherever an address can stand, and every output is hunted for any part of it.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from omneo_reconcile.cli import commands, deferred
from omneo_reconcile.sandbox import Fault, create_app, read_customers
from simulated import CommandLine, Ran

LOCAL, DOMAIN = "qzcanary", "qznest"
CANARY = f"{LOCAL}@{DOMAIN}.example"
SPEC = f"""version: 1
statuses:
  vip:
    mode: exclusive
    unresolved: skip
    owner: ask {CANARY}
    limits: {{max_adds: 10, max_removals: 10}}
    members:
      - {{email: {CANARY}, reason: "asked by {CANARY} himself"}}
      - 2{CANARY}
      - 3{CANARY}
      - {{email: 4{CANARY}, until: 2026-01-01, reason: "{CANARY}"}}
    members_from: [lists/vip.csv]
    absent: [{{email: 5{CANARY}, reason: "{CANARY} left"}}]
  staff: {{members: [{CANARY}], unresolved: hold, mode: exclusive, members_from: [lists/staff.txt]}}
  media: {{mode: tracked, members: []}}
"""
BEFORE = (
    SPEC.replace("2qz", "9qz").replace(" left", "").replace("members: []", f"members: [8{CANARY}, 2{CANARY}]")
    + f"  {CANARY}: {{mode: tracked, members: [{CANARY}]}}\n"
)
PEOPLE = f"""email,profile_type,statuses
{CANARY},active,
2{CANARY},active,media
2{CANARY},active,
4{CANARY},active,vip
5{CANARY},active,vip
6{CANARY},system,
8{CANARY},active,vip staff media
"""
MASKED = ["text", "markdown", "github", "html"]
_WITHOUT_FORMATS = {"schema", "completion", "fmt", "init", "sandbox"}
SHOWING = [
    f"plan spec.yaml --sandbox --base {CANARY}",
    "show plan.json",
    "show receipt.json",
    "apply plan.json --sandbox",
    "diff spec.yaml --base HEAD",
    f"explain {CANARY} spec.yaml --sandbox",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tenant and a spec full of canaries, with a plan and a receipt of them, and what the spec was before."""
    folder = tmp_path_factory.mktemp("canary")
    cli = CommandLine(folder)
    (folder / "lists").mkdir()
    (folder / "lists/vip.csv").write_text(f"email,reason\n6{CANARY},of {CANARY}\n")
    (folder / "lists/staff.txt").write_text(f"# {CANARY}\n7{CANARY}\n")
    (folder / "spec.yaml").write_text(BEFORE)
    identity = ("-c", "user.name=x", "-c", "user.email=x")
    for command in (("init",), ("add", "."), (*identity, "commit", "--message", "before"), ("tag", CANARY)):
        subprocess.run(["git", "-C", folder, *command], check=True, capture_output=True)
    (folder / "spec.yaml").write_text(SPEC)
    with cli.tenant() as store:
        store.fill([person._replace(profile_id=f"p{number}") for number, person in enumerate(read_customers(PEOPLE))])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert cli("plan", "spec.yaml", "--sandbox", "--base", CANARY, "--out", "plan.json").code == 0
        assert cli("apply", "plan.json", "--sandbox", "--receipt", "receipt.json").code == 0
    with cli.tenant() as store:
        store.detach("p0", ["vip"])
        store.attach("p6", ["vip"])
    return folder


@pytest.fixture
def world(cli: CommandLine, made: Path) -> CommandLine:
    """A copy of it for one test."""
    shutil.copytree(made, cli.folder, dirs_exist_ok=True)
    for variable in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        cli.environment[variable] = str(cli.folder / variable)
    return cli


def hunt(text: str) -> list[str]:
    return re.findall(f"{LOCAL}|{DOMAIN}", text, re.IGNORECASE)


def left_behind(world: CommandLine) -> str:
    """All that commands left in the state folder, but for the tenant itself, and for later steps of a pipeline."""
    files = [path for path in (world.folder / ".omneo-reconcile").rglob("*") if "sandbox" not in path.name]
    files += [world.folder / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")]
    return "".join(path.read_text() for path in files if path.is_file())


def check(ran: Ran, world: CommandLine) -> None:
    assert not hunt(ran.out)
    assert not hunt(ran.err)
    assert not hunt(left_behind(world))


@pytest.mark.parametrize("format_name", MASKED)
@pytest.mark.parametrize("command", SHOWING)
@pytest.mark.parametrize("flags", ["", "-v"])
def test_what_is_posted_mailed_or_logged_is_masked(world, command, format_name, flags):
    ran = world(*command.split(), "--format", format_name, *flags.split())
    assert ran.code in {0, 4}
    check(ran, world)


@pytest.mark.parametrize("format_name", ["markdown", "github", "html"])
@pytest.mark.parametrize("command", SHOWING)
def test_what_is_posted_is_masked_on_a_terminal_too(world, command, format_name):
    check(world(*command.split(), "--format", format_name, terminal=True), world)


@pytest.mark.parametrize("command", SHOWING)
def test_under_ci_text_is_masked_even_on_a_terminal(world, command):
    world.environment["CI"] = "true"
    check(world(*command.split(), terminal=True), world)


def test_the_hunt_finds_the_canary_where_it_is_shown_in_full(world):
    assert hunt(world("show", "plan.json", "--format", "json").out)
    assert hunt(world("show", "plan.json", terminal=True).out)
    assert hunt(world("show", "receipt.json", "--format", "markdown", "--emails", "full").out)


@pytest.mark.parametrize(
    "command",
    [
        *(
            f"{command} --format {format_name}"
            for command in (
                "validate spec.yaml",
                "validate spec.yaml --strict",
                "check --sandbox",
                "plan bad.yaml --sandbox",
                "show bad",
            )
            for format_name in (*MASKED, "json")
        ),
        "schema",
        "completion bash",
        "fmt --check spec.yaml",
        "fmt spec.yaml",
        "fmt bad.yaml",
        "init",
        "sandbox load bad.csv",
    ],
)
def test_what_names_nobody_names_nobody_in_json_either(world, command):
    bad = f"version: 1\nstatuses:\n  vip: {{members: [{CANARY}, {CANARY}@], absent: [{CANARY}], {CANARY}: 1}}\n"
    (world.folder / "bad.yaml").write_text(bad)
    (world.folder / "bad").write_text(json.dumps({"kind": "plan", "tenant": CANARY}))
    (world.folder / "bad.csv").write_text(f"email,profile_type\n{CANARY},{CANARY}\n{CANARY}@,\n")
    check(world(*command.split(), "-v"), world)


@pytest.mark.parametrize("format_name", MASKED)
def test_people_whom_a_policy_is_about_are_masked_as_others_are(world, format_name):
    spec = SPEC.replace("  vip:\n", f"  vip:\n    exclusive_with: [staff]\n    protected: [5{CANARY}, 8{CANARY}]\n")
    (world.folder / "spec.yaml").write_text(spec)
    for command in ("plan spec.yaml --sandbox --out refused.json", "validate spec.yaml", "show refused.json"):
        ran = world(*command.split(), "--format", format_name, "-v")
        assert ran.code == (3 if command.split()[0] != "show" else 0)
        check(ran, world)
    assert "would lose vip but is protected" in (world.folder / "refused.json").read_text()
    check(world("diff", "spec.yaml", "--base", "HEAD", "--format", format_name), world)


def test_an_import_writes_people_to_the_spec_and_says_nobody(world):
    for folder, code in ((".", 0), ("imported", 0), ("imported --mode exclusive", 64), (".", 64)):
        ran = world("import", "--status", "vip", "--status", "staff", "--sandbox", "-v", "--out", *folder.split())
        assert ran.code == code
        check(ran, world)
    assert hunt((world.folder / "imported" / "vip.yaml").read_text())


@pytest.mark.parametrize(
    ("status", "format_name"),
    [*((422, name) for name in (*MASKED, "json")), *((status, "text") for status in (400, 401, 403, 404, 500))],
)
@pytest.mark.parametrize("path", ["/profiles", "/statuses", "/profile/status/batch"])
def test_a_tenant_that_repeats_an_address_in_its_errors_gets_it_shown_nowhere(
    world, monkeypatch, path, status, format_name
):
    fault = Fault(
        path=path, status=status, times=None, body={"message": f"no <{CANARY}> here", "errors": {CANARY: [CANARY]}}
    )
    monkeypatch.setattr("omneo_reconcile.sandbox.create_app", lambda store: create_app(store, faults=[fault]))
    for command in ("plan spec.yaml --sandbox", "check --sandbox", "apply plan.json --sandbox --settle-seconds 0"):
        ran = world(*command.split(), "-v", "--format", format_name)
        assert not hunt(ran.err)
        assert not hunt(left_behind(world))
        if format_name != "json":
            assert not hunt(ran.out)


@pytest.mark.parametrize("format_name", [*MASKED, "json"])
def test_a_crash_shows_nobody(world, monkeypatch, format_name):
    def crash(*_: object, **__: object) -> Callable[[], None]:
        raise RuntimeError(CANARY, Path(CANARY))

    monkeypatch.setattr(deferred, "importlib", SimpleNamespace(import_module=crash))
    for command in (*SHOWING, "check --sandbox", "validate spec.yaml"):
        ran = world(*command.split(), "--format", format_name, "-v")
        assert ran.code == 1
        assert "error[internal_error]: RuntimeError in " in ran.err
        check(ran, world)


def test_every_command_is_hunted():
    named = {command.split()[0] for command in SHOWING} | {"validate", "check", "import", *_WITHOUT_FORMATS}
    assert named == set(commands.main.commands)
