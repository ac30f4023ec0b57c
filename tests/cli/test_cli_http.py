"""The whole way over HTTP: a served simulated tenant, a token, and the commands that a pipeline runs."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from omneo_reconcile.sandbox import Dialect, Store
from omneo_reconcile.sandbox.server import SandboxServer
from simulated import CommandLine, wait_until

PROGRAM = [sys.executable, "-m", "omneo_reconcile"]


@pytest.fixture
def served(cli: CommandLine) -> Iterator[str]:
    """The sample customers behind a real server; gives its base URL."""
    store = Store.open(cli.folder / "served.sqlite", dialect=Dialect.parse(["queue_seconds=0"]))
    store.reset()
    server = SandboxServer(store, port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.base_url
    finally:
        server.stop()
        thread.join()
        store.close()


def test_plan_and_apply_work_over_http(cli, specs, served):
    cli.environment["OMNEO_TOKEN"] = "sandbox"
    planned = cli("plan", specs, "--base-url", served, "--out", "plan.json", "--detailed-exitcode")
    assert planned.code == 2
    assert planned.last_line == "Plan: 8 to add, 4 to remove, 2 unresolved, 6 undeclared."
    applied = cli("apply", "plan.json", "--base-url", served, "--spec", specs)
    assert applied.code == 0
    assert applied.last_line == "Apply complete: 8 added, 4 removed, 0 failed, 0 unconfirmed."


def test_a_tenant_gives_the_same_plan_over_http_and_in_process(cli, specs, served):
    cli.environment["OMNEO_TOKEN"] = "sandbox"
    served_plan = json.loads(cli("plan", specs, "--base-url", served, "--format", "json").out)
    plan = json.loads(cli("plan", specs, "--sandbox", "--format", "json").out)
    assert served_plan["changes"] == plan["changes"]
    assert served_plan["fingerprint"] != plan["fingerprint"]


def test_a_token_from_a_file_works_as_one_from_the_environment(cli, specs, served):
    (cli.folder / "token").write_text("sandbox\n")
    assert cli("plan", specs, "--base-url", served, "--token-file", "token").code == 0


def test_a_token_that_the_tenant_refuses_is_an_error_of_access(cli, specs, served):
    cli.environment["OMNEO_TOKEN"] = "expired-long-ago"
    ran = cli("plan", specs, "--base-url", served)
    assert ran.code == 1
    assert "error[token_refused]" in ran.err
    assert "expired-long-ago" not in ran.err


def test_a_token_that_may_not_write_plans_and_cannot_apply(cli, specs, served):
    cli.environment["OMNEO_TOKEN"] = "sandbox-read"
    assert cli("plan", specs, "--base-url", served).code == 0
    ran = cli("apply", specs, "--base-url", served, "--auto-approve")
    assert ran.code == 1
    assert "error[missing_scope]" in ran.err
    assert "`update-profiles`" in ran.err


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMNEO_", "CI"))}
    return kept | more


def test_sandbox_serve_says_where_it_listens_and_ends_with_130(cli, specs):
    # A process started in the background inherits that SIGINT is ignored.
    minding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    start = f"{minding}; from omneo_reconcile.__main__ import main; main()"
    command = [sys.executable, "-c", start, "sandbox", "serve", "--port", "0", "--dialect", "email_in=ignored"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment()) as server:
        line = server.stderr.readline()
        base_url = line.split(" at ")[1].split()[0]
        cli.environment["OMNEO_TOKEN"] = "sandbox"
        assert cli("plan", specs, "--base-url", base_url).code == 0
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) == 130


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_apply_reports_what_it_sent_and_the_next_one_ends_in_the_plans_state(
    cli: CommandLine, specs: Path, number: signal.Signals, code: int
) -> None:
    state = cli.folder / ".omneo-reconcile"
    state.mkdir()
    store = Store.open(state / "sandbox.sqlite", dialect=Dialect.parse(["queue_seconds=3600"]))
    store.reset()
    store.close()
    command = [*PROGRAM, "apply", str(specs), "--sandbox", "--auto-approve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()) as run:
        journal = state / "journal.jsonl"
        wait_until(lambda: journal.exists() and '"accepted"' in journal.read_text(), run)
        run.send_signal(number)
        out, err = run.communicate(timeout=20)
    assert run.returncode == code
    assert "Apply complete: 0 added, 0 removed, 0 failed, 8 unconfirmed." in out
    assert "Traceback" not in err

    cli.clock.start = datetime.now(UTC)
    again = cli("apply", specs, "--sandbox", "--auto-approve")
    assert (again.code, again.last_line) == (6, "Apply complete: 0 added, 0 removed, 0 failed, 8 unconfirmed.")
    assert "a batch that an earlier apply sent is still under way" in again.err
    cli.clock.start += timedelta(hours=1)
    with cli.tenant() as store:
        store.dialect = Dialect()
    assert cli("apply", specs, "--sandbox", "--auto-approve").code == 0
    assert cli("plan", specs, "--sandbox").last_line == "No changes. 2 unresolved, 6 undeclared."


def test_a_second_apply_on_one_state_folder_is_refused_and_told_who_holds_it(cli, specs):
    state = cli.folder / ".omneo-reconcile"
    state.mkdir()
    store = Store.open(state / "sandbox.sqlite", dialect=Dialect.parse(["queue_seconds=3600"]))
    store.reset()
    store.close()
    command = [*PROGRAM, "apply", str(specs), "--sandbox", "--auto-approve"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()) as run:
        wait_until((state / "journal.jsonl").exists, run)
        ran = cli("apply", specs, "--sandbox", "--auto-approve")
        assert ran.code == 1
        assert f"error[locked]: another apply is using it (process {run.pid} on " in ran.err
        run.kill()
        run.wait()
    assert cli("apply", specs, "--sandbox", "--auto-approve", "--settle-seconds", "0").code == 6
