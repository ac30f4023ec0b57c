"""What `import` writes to a folder, what it says, and when it writes nothing."""

from pathlib import Path

import pytest

from omneo_reconcile.cli.importing import next_command
from omneo_reconcile.cli.wiring import Connection
from omneo_reconcile.sandbox import Dialect, Fault, NewProfile, create_app

VIP = """\
version: 1
tenant: sandbox
statuses:
  vip:
    mode: additive
    # no email: profile p3
    # email is no address: profile p4
    members:
      - Jane@example.com
      - sam@example.com
"""


@pytest.fixture
def world(cli):
    with cli.tenant() as store:
        for handle in ("vip", "media", "VIP"):
            store.add_definition(handle, handle)
        store.add_definition("trial", "Trial", period_days=1)
        store.add_profiles(
            [
                NewProfile("sam@example.com", "active", ["vip"], "p1"),
                NewProfile("Jane@example.com", "active", ["vip", "VIP", "trial"], "p2"),
                NewProfile(None, "active", ["vip"], "p3"),
                NewProfile("not an address", "active", ["vip"], "p4"),
                NewProfile("gone@example.com", "deleted", ["vip"], "p5"),
                NewProfile("sam@example.com", "pending", ["vip"], "p6"),
            ]
        )
    return cli


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix != ".sqlite" and path.is_file() and ".omneo-reconcile" not in path.parts
    }


def run(cli, *arguments):
    return cli("import", "--sandbox", "--out", "specs", *arguments)


def test_what_is_live_is_written_in_the_one_style_and_said_in_numbers(world):
    assert run(world, "--status", "vip", "--status", "VIP", "--status", "vip") == (
        0,
        "VIP: 1 profile holds it now, 1 person written (specs/vip~986e2890737d.yaml)\n"
        "vip: 5 profiles hold it now, 2 people written, 1 profile with the email of another,"
        " 2 profiles without an email address, in comments"
        " (specs/vip.yaml)\n"
        "Import complete: 2 statuses, 3 people written, 2 profiles without an email address.\n",
        "Next: omneo-reconcile plan specs --sandbox\n",
    )
    assert (world.folder / "specs/vip.yaml").read_text() == VIP
    assert world("fmt", "--check", "specs") == (0, "", "")
    assert world("plan", "specs", "--sandbox").last_line == "No changes. 0 unresolved, 2 undeclared."


@pytest.mark.parametrize("mode", ["additive", "tracked", "exclusive"])
def test_whatever_is_written_is_valid_without_a_warning_also_of_a_status_that_nobody_holds(world, mode):
    for handles in (["media"], ["media", "trial"]):
        arguments = [word for handle in handles for word in ("--status", handle)]
        assert run(world, *arguments, "--mode", mode).code == 0
        assert world("validate", "--strict", "specs").code == 0
        with world.tenant() as store:
            store.attach("p1", ["media"])


@pytest.mark.parametrize(
    ("told", "options"),
    [
        ({}, ""),
        ({"sandbox": True, "tenant": "acme"}, " --sandbox --tenant acme"),
        (
            {"base_url": "http://127.0.0.1:8/api/v3", "state_dir": Path("my state")},
            " --base-url http://127.0.0.1:8/api/v3 --state-dir 'my state'",
        ),
    ],
)
def test_the_next_command_is_for_the_same_tenant_and_names_no_token(told, options):
    usual = {"tenant": None, "base_url": None, "sandbox": False, "concurrency": 16, "rate": None}
    connection = Connection(**usual | {"state_dir": Path(".omneo-reconcile"), "token_file": "secret"} | told)
    assert next_command(Path("my specs"), connection) == f"omneo-reconcile plan 'my specs'{options}"


@pytest.mark.parametrize("out", ["", "a\0b"])
def test_a_folder_that_is_none_is_refused(world, out):
    ran = world("import", "--sandbox", "--status", "vip", "--out", out)
    assert (ran.code, ran.err.partition(";")[0]) == (
        64,
        "error[usage]: Invalid value for '--out': name a file or folder",
    )


def test_a_folder_whose_name_is_too_long_is_told(world):
    ran = world("import", "--sandbox", "--status", "vip", "--out", "n" * 300)
    assert (ran.code, ran.err.partition(", file")[0]) == (
        1,
        "error[not_written]: the file cannot be written (File name too long)",
    )


def test_a_second_import_changes_nothing(world):
    run(world, "--status", "vip")
    before = contents(world.folder)
    assert run(world, "--status", "vip", "-q") == (
        0,
        "vip: 5 profiles hold it now, 2 people listed already, 1 profile with the email of another,"
        " 2 profiles without an email address, in comments"
        " (no file changed)\n"
        "Import complete: 1 status, 0 people written, 2 profiles without an email address.\n",
        "",
    )
    assert contents(world.folder) == before


def test_a_plan_after_an_exclusive_import_would_remove_those_in_comments_alone(world):
    run(world, "--status", "vip", "--mode", "exclusive")
    ran = world("plan", "specs", "--sandbox", "--allow-removals", "vip=2", "--format", "json", "--emails", "masked")
    assert ran.code == 0
    assert ran.out.count('"profile_id"') == 2
    assert all(f'"profile_id": "{name}"' in ran.out for name in ("p3", "p4"))
    assert world("plan", "specs", "--sandbox").code == 3


def test_a_status_that_ran_out_is_not_held(world):
    with world.tenant() as store:
        store.dialect = Dialect.parse(["expired_statuses=everywhere"])
    world.clock.waited += 3 * 86_400
    assert run(world, "--status", "trial").out.startswith("trial: 0 profiles hold it now (specs/trial.yaml)\n")


def test_people_are_added_to_a_spec_and_whom_it_names_otherwise_is_left(world):
    (world.folder / "specs").mkdir()
    spec = world.folder / "specs/all.yaml"
    spec.write_text("version: 1\nstatuses:\n  vip:\n    absent: [Sam@Example.com]  # left in May\n")
    assert run(world, "--status", "vip").out.startswith(
        "vip: 5 profiles hold it now, 1 person written, 1 person left as they are: the spec says that they should not"
        " hold it, 1 profile with the email of another,"
        " 2 profiles without an email address, in comments (specs/all.yaml)\n"
    )
    assert spec.read_text().endswith("    absent: # left in May\n      - Sam@Example.com\n")
    assert "- Jane@example.com\n" in spec.read_text()


def test_new_files_have_the_usual_permissions_and_others_keep_theirs(world):
    run(world, "--status", "media")
    media = world.folder / "specs/media.yaml"
    probe = world.folder / "probe"
    probe.touch()
    assert media.stat().st_mode == probe.stat().st_mode
    media.chmod(0o640)
    with world.tenant() as store:
        store.attach("p1", ["media"])
    assert run(world, "--status", "media").code == 0
    assert media.stat().st_mode & 0o777 == 0o640


SPEC = "version: 1\nstatuses: {vip: {members: [a@example.com]}}\n"


@pytest.mark.parametrize(
    ("arguments", "spec", "code", "error"),
    [
        (
            "--status vpi",
            None,
            64,
            "error[unknown_status]: the tenant has no such status, status vpi; did you mean `vip`?",
        ),
        (
            "--status vpi",
            SPEC,
            64,
            "error[unknown_status]: the tenant has no such status, status vpi; did you mean `vip`?",
        ),
        (
            "--status vip\u200b",
            None,
            64,
            "error[usage]: not a handle that a spec can hold, status vip\\u200b; "
            "write the handle without spaces or invisible characters, such as vip",
        ),
        (
            "--status vip --mode exclusive",
            SPEC,
            64,
            "error[usage]: the spec says additive, not exclusive, status vip at specs/a.yaml:2; "
            "leave --mode out, or change the spec first",
        ),
        (
            "--status vip",
            f"tenant: acme\n{SPEC}",
            4,
            "error[wrong_tenant]: the spec is for tenant acme, not for sandbox; "
            "pass the right --tenant, or the right spec",
        ),
        (
            "--status vip",
            "version: 1\nstatuses: {vip: {member: []}}\n",
            64,
            "error[invalid_spec]: unknown key `member`, specs/a.yaml:2:18; did you mean `members`?",
        ),
        (
            "--status media --mode exclusive",
            None,
            64,
            "error[usage]: an exclusive list would be empty: of 1 who hold it none has an email address, "
            "status media; import it with --mode additive, or give them emails first",
        ),
    ],
)
def test_what_cannot_be_imported_is_refused_in_one_line_and_nothing_is_written(world, arguments, spec, code, error):
    with world.tenant() as store:
        store.attach("p3", ["media"])
    if spec:
        (world.folder / "specs").mkdir()
        (world.folder / "specs/a.yaml").write_text(spec)
    before = contents(world.folder)
    assert run(world, *arguments.split()) == (code, "", f"{error}\n")
    assert contents(world.folder) == before


def test_a_list_that_was_not_read_to_its_end_writes_nothing(world, monkeypatch):
    with world.tenant() as store:
        store.dialect = Dialect.parse(["page_size_max=1"])
    fault = Fault(path=r"page\[number\]=3", status=500, times=None)
    monkeypatch.setattr("omneo_reconcile.sandbox.create_app", lambda store: create_app(store, faults=[fault]))
    ran = run(world, "--status", "vip")
    assert (ran.code, ran.out, ran.err.partition(":")[0]) == (7, "", "error[incomplete_reading]")
    assert not (world.folder / "specs").exists()


def test_rows_that_do_not_tell_their_statuses_are_read_by_id_and_else_write_nothing(world, monkeypatch):
    with world.tenant() as store:
        store.dialect = Dialect.parse(["list_statuses=never"])
    fault = Fault(path=r"/profiles/p6\b", status=500, times=None)
    with monkeypatch.context() as patched:
        patched.setattr("omneo_reconcile.sandbox.create_app", lambda store: create_app(store, faults=[fault]))
        ran = run(world, "--status", "vip")
    assert (ran.code, ran.out) == (7, "")
    assert "1 of the profiles read did not tell their statuses, such as profile p6" in ran.err
    assert not (world.folder / "specs").exists()
    assert run(world, "--status", "vip").code == 0
    assert (world.folder / "specs/vip.yaml").read_text() == VIP


def test_a_spec_that_cannot_be_written_is_told(world):
    (world.folder / "taken").write_text("")
    ran = world("import", "--sandbox", "--status", "vip", "--out", "taken/specs")
    assert ran == (
        1,
        "",
        "error[not_written]: the file cannot be written (Not a directory), file taken/specs/vip.yaml; "
        "move away what is in its place, or name another\n",
    )
    ran = world("import", "--sandbox", "--status", "vip", "--out", "taken")
    assert (ran.code, ran.err.partition(":")[0]) == (64, "error[usage]")


def test_a_tenant_without_a_name_that_a_spec_can_hold_must_be_named(world):
    ran = world("import", "--base-url", "http://127.0.0.1:1/api/v3", "--status", "vip", "--out", "specs")
    assert (ran.code, ran.err.partition(",")[0]) == (64, "error[usage]: not a tenant name")


def test_people_who_are_live_and_break_a_policy_of_the_spec_are_written_and_it_is_said(world):
    spec = world.folder / "specs/vip.yaml"
    spec.parent.mkdir()
    spec.write_text("version: 1\nstatuses: {vip: {max_members: 1, members: [sam@example.com]}}\n")
    ran = run(world, "--status", "vip")
    assert (ran.code, "Jane@example.com" in spec.read_text()) == (0, True)
    assert "warning: who is live breaks policies of the spec (times: 1), folder specs; see" in ran.err
    assert world("validate", "specs").code == 3
