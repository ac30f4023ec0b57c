"""What bad input gets: one line a fault that says what, where and what to do, and the exit code for it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from omneo_reconcile.cli.documents import save
from omneo_reconcile.cli.edges import SystemClock
from omneo_reconcile.errors import FailureName, OutputError
from simulated import CommandLine, Ran
from worlds import plan_for, spec_of, status_of

VIP = "version: 1\nstatuses:\n  vip: {members: [jane@example.com]}\n"
_LINE = re.compile(r"error\[[a-z_]+\]: .+; .+")


@pytest.fixture
def spec(cli: CommandLine) -> Path:
    path = cli.folder / "spec.yaml"
    path.write_text(VIP, encoding="utf-8")
    return path


@contextmanager
def server(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server on this machine that answers every GET as told; gives its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}/api/v3"
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def html(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    handler.wfile.write(b"<h1>Welcome</h1>")


def redirect(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "https://elsewhere.example/")
    handler.end_headers()


def failed(ran: Ran, name: str, code: int) -> bool:
    """Whether it ended with this failure alone: well-formed lines on stderr and nothing on stdout."""
    lines = ran.err.splitlines()
    return (
        ran.code == code
        and ran.out == ""
        and all(_LINE.fullmatch(line) for line in lines)
        and {line.partition("]")[0] for line in lines} == {f"error[{name}"}
    )


def test_a_missing_token_names_the_variable_to_set(cli, spec):
    ran = cli("plan", spec, "--tenant", "acme")
    assert failed(ran, "missing_token", 1)
    assert "OMNEO_TOKEN" in ran.err


def test_a_token_file_that_cannot_be_read_is_named(cli, spec):
    ran = cli("plan", spec, "--tenant", "acme", "--token-file", "nowhere.txt")
    assert failed(ran, "missing_token", 1)
    assert "nowhere.txt" in ran.err


def test_something_that_cannot_be_a_token_is_refused_and_not_shown(cli, spec):
    cli.environment["OMNEO_TOKEN"] = "two words"
    ran = cli("plan", spec, "--tenant", "acme")
    assert failed(ran, "missing_token", 1)
    assert "two words" not in ran.err


@pytest.mark.parametrize("name", ["Acme", "ac.me", "a/b", "acme@evil", ""])
def test_a_name_that_is_no_tenant_is_wrong_usage(cli, spec, name):
    cli.environment["OMNEO_TOKEN"] = "t"
    assert failed(cli("plan", spec, "--tenant", name), "usage", 64)


def test_a_tenant_must_be_named(cli, spec):
    ran = cli("plan", spec)
    assert failed(ran, "usage", 64)
    assert "OMNEO_TENANT" in ran.err


def test_a_server_that_cannot_be_reached_is_an_error_of_the_network(cli, spec):
    cli.environment["OMNEO_TOKEN"] = "t"
    assert failed(cli("plan", spec, "--base-url", "http://127.0.0.1:9/api/v3"), "network", 1)
    assert cli.clock.waited < 10


@pytest.mark.parametrize("url", ["http://api.acme.getomneo.com/api/v3", "http://localhost.evil.example/api/v3"])
def test_plain_http_is_for_this_machine_alone(cli, spec, url):
    cli.environment["OMNEO_TOKEN"] = "t"
    assert failed(cli("plan", spec, "--base-url", url), "usage", 64)


@pytest.mark.parametrize(("answer", "name"), [(html, "unexpected_answer"), (redirect, "redirected")])
def test_a_server_that_is_no_tenant_is_told_from_one(cli, spec, answer, name):
    cli.environment["OMNEO_TOKEN"] = "secret-token"
    with server(answer) as base_url:
        ran = cli("plan", spec, "--base-url", base_url)
    assert failed(ran, name, 1)
    assert "secret-token" not in ran.err


def test_a_base_url_and_a_tenant_that_disagree_are_refused(cli, spec):
    cli.environment["OMNEO_TOKEN"] = "t"
    base_url = "https://api.other.getomneo.com/api/v3"
    assert failed(cli("plan", spec, "--tenant", "acme", "--base-url", base_url), "usage", 64)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["plann"], "plann"),
        (["plan"], "SPEC"),
        (["plan", "spec.yaml", "--as-of", "yesterday"], "--as-of"),
        (["plan", "spec.yaml", "--allow-adds", "vip"], "--allow-adds"),
        (["plan", "spec.yaml", "--allow-adds", "vip=1", "--allow-adds", "vip=2"], "--allow-adds"),
        (["apply", "spec.yaml", "--batch-size", "501"], "--batch-size"),
        (["plan", "spec.yaml", "--sandbox", "--status", "staff"], "staff"),
        (["apply", "spec.yaml", "--sandbox", "--spec", "spec.yaml", "--auto-approve"], "--spec"),
        (["apply", "plan.json", "--sandbox", "--status", "vip"], "--status"),
        (["apply", "plan.json", "--sandbox", "--as-of", "2026-01-01"], "--as-of"),
        (["apply", "spec.yaml", "--settle-seconds", "nan"], "--settle-seconds"),
    ],
)
@pytest.mark.usefixtures("spec")
def test_a_wrong_call_names_what_is_wrong_with_it(cli, arguments, word):
    ran = cli(*arguments)
    assert failed(ran, "usage", 64)
    assert word in ran.err


def test_a_folder_without_a_spec_is_not_an_empty_spec(cli):
    (cli.folder / "specs").mkdir()
    assert failed(cli("plan", "specs", "--sandbox"), "no_spec", 64)
    assert failed(cli("plan", "nowhere", "--sandbox"), "no_spec", 64)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"kind": "plan"}', b"version: 1"])
def test_a_file_that_is_no_plan_is_told_from_one(cli, content):
    (cli.folder / "plan.json").write_bytes(content)
    assert failed(cli("apply", "plan.json", "--sandbox"), "not_a_plan", 64)
    assert failed(cli("show", "plan.json"), "not_a_plan", 64)


def test_a_plan_file_that_is_not_there_is_wrong_usage(cli):
    assert failed(cli("apply", "plan.json", "--sandbox"), "usage", 64)


def test_a_state_folder_that_cannot_be_made_is_an_error(cli, spec):
    (cli.folder / "state").write_text("a file")
    assert failed(cli("apply", spec, "--sandbox", "--auto-approve", "--state-dir", "state"), "state_folder", 1)


def test_a_sandbox_file_that_is_none_is_an_error(cli, spec):
    (cli.folder / ".omneo-reconcile").mkdir()
    (cli.folder / ".omneo-reconcile" / "sandbox.sqlite").write_text("not a database, but long enough to look at" * 50)
    assert failed(cli("plan", spec, "--sandbox"), "state_folder", 1)


@pytest.mark.parametrize("option", ["--out", "--receipt"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_sent(cli, spec, option):
    command = ["plan", spec] if option == "--out" else ["apply", spec, "--auto-approve"]
    assert failed(cli(*command, "--sandbox", option, "no/such/folder/file.json"), "usage", 64)
    assert failed(cli(*command, "--sandbox", option, "."), "usage", 64)


def test_a_failure_is_told_in_json_too_where_json_was_asked_for(cli):
    (cli.folder / "bad.yaml").write_text("version: 2\nstatuses: {vip: {members: [jane@]}}\n")
    ran = cli("plan", "bad.yaml", "--sandbox", "--format", "json")
    told = json.loads(ran.out)
    assert ran.code == 64
    assert told["failure_reason"] == "invalid_spec"
    assert [error["where"] for error in told["errors"]] == ["bad.yaml:1:10", "bad.yaml:2:28"]


def test_a_bug_is_one_line_without_a_traceback_or_an_email(cli, spec):
    class Broken(SystemClock):
        def today(self):
            raise RuntimeError("jane@example.com")

    cli.clock = Broken()
    ran = cli("validate", spec)
    assert failed(ran, "internal_error", 1)
    assert "@" not in ran.err


def test_the_sandbox_says_how_to_install_it_when_it_is_not(cli, spec, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "omneo_reconcile.sandbox", None)
    ran = cli("plan", spec, "--sandbox")
    assert failed(ran, "usage", 64)
    assert "pip install 'omneo-reconcile[sandbox]'" in ran.err


@pytest.mark.parametrize("path", ["/dev/full", "/proc/self/plan.json"])
def test_a_document_that_cannot_be_written_after_all_is_an_error_of_the_output(path):
    plan = plan_for(spec_of(status_of("vip")), ())
    with pytest.raises(OutputError) as failed_with:
        save(plan, Path(path))
    assert failed_with.value.name is FailureName.NOT_WRITTEN


def test_a_device_or_a_link_stays_what_it_is(cli, spec):
    (cli.folder / "kept.json").write_text("")
    (cli.folder / "link.json").symlink_to("kept.json")
    os.mkfifo(cli.folder / "pipe")
    reader = subprocess.Popen(["cat", "pipe"], cwd=cli.folder, stdout=subprocess.PIPE, text=True)
    assert cli("plan", spec, "--sandbox", "--out", "link.json").code == 0
    assert cli("plan", spec, "--sandbox", "--out", "pipe").code == 0
    assert json.loads(reader.communicate(timeout=20)[0])["kind"] == "plan"
    assert (cli.folder / "link.json").is_symlink()
    assert json.loads((cli.folder / "kept.json").read_text())["kind"] == "plan"
    assert [path.name for path in cli.folder.glob(".omneo-reconcile-*")] == []


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">/dev/full"])
def test_a_closed_or_full_stream_is_never_a_bug(specs, tmp_path, closed):
    command = f"{sys.executable} -m omneo_reconcile plan {specs} --sandbox {closed}"
    ran = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == (1 if "full" in closed else 0)
    assert "internal_error" not in ran.stderr
    assert ("error[not_written]" in ran.stderr) is ("full" in closed)


def test_a_failure_that_cannot_be_written_as_a_document_is_still_two_lines(tmp_path):
    (tmp_path / "a.yaml").write_text("version: 2")
    command = f"{sys.executable} -m omneo_reconcile validate a.yaml --format json >/dev/full"
    ran = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 64
    assert [line.partition("]")[0] for line in ran.stderr.splitlines()] == ["error[invalid_spec", "error[not_written"]


def test_an_apply_whose_reader_goes_away_is_carried_out_all_the_same(specs, tmp_path):
    command = (
        f"{sys.executable} -m omneo_reconcile apply {specs} --sandbox --auto-approve | true; exit ${{PIPESTATUS[0]}}"
    )
    ran = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert "error" not in ran.stderr


def test_any_encoding_of_the_terminal_will_do(specs, tmp_path):
    command = [sys.executable, "-m", "omneo_reconcile", "plan", str(specs), "--sandbox"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0
    assert "z\\u2026 #11" in ran.stdout


def test_the_end_of_a_long_line_which_says_what_to_do_is_never_cut(cli):
    ran = cli("sandbox", "serve", "--dialect", "nonsense=1")
    assert ran.err.endswith("see `sandbox serve --help`\n")
    assert "status_filter" in ran.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--dialect", "nonsense=1"], "nonsense"),
        (["--faults", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--faults", "faults.jsonl"], "fault 1"),
    ],
)
def test_a_sandbox_that_cannot_be_served_as_asked_says_why(cli, arguments, word):
    (cli.folder / "faults.jsonl").write_text('{"nth": "third"}\n')
    ran = cli("sandbox", "serve", "--port", "0", *arguments)
    assert failed(ran, "usage", 64)
    assert word in ran.err


def test_a_reader_that_goes_away_is_no_error(specs, tmp_path):
    command = f"{sys.executable} -m omneo_reconcile plan {specs} --sandbox | head -c 1"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in ran.stderr
    assert "error" not in ran.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_plan_that_is_interrupted_while_it_reads_ends_at_once(spec, number, code):
    asked = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        asked.set()
        handler.rfile.read(1)  # until the client goes away

    with server(hang) as base_url:
        command = [sys.executable, "-m", "omneo_reconcile", "plan", str(spec), "--base-url", base_url]
        environment = os.environ | {"OMNEO_TOKEN": "t"}
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as run:
            assert asked.wait(20)
            run.send_signal(number)
            _, err = run.communicate(timeout=20)
    assert run.returncode == code
    assert err.startswith("error[")
    assert "Traceback" not in err


def test_a_sandbox_of_another_version_is_told_in_one_line(cli, specs):
    with cli.tenant() as store:
        store.database.execute("INSERT OR REPLACE INTO settings VALUES ('dialect', '{\"colour\": \"red\"}')")
    ran = cli("plan", specs, "--sandbox", "-q")
    assert ran.code == 1
    assert ran.err.startswith(
        "error[state_folder]: the simulated tenant cannot be opened (the file is of another version"
    )
    assert ran.err.count("\n") == 1
