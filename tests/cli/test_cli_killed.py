"""An `apply` whose process dies between any two things that it does: the same call again ends in the plan's state."""

import gc
import itertools
import json
import os
import shutil
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from killing import Call, Wire, check_honest, halves, mind_files, mortal
from simulated import CommandLine, FakeClock

pytestmark = pytest.mark.untraced

SPEC = """\
version: 1
statuses:
  vip:
    mode: exclusive
    limits: {max_removals: 1}
    members: [ann@example.com, dan@example.com]
  media:
    members: [cyd@example.com]
"""
HELD = {("media", "fay"), ("staff", "ann"), ("staff", "cyd"), ("vip", "cyd"), ("vip", "dan")}
WANTED = {("media", "cyd"), ("media", "fay"), ("staff", "ann"), ("staff", "cyd"), ("vip", "ann"), ("vip", "dan")}
CALL = ("--sandbox", "--batch-size", "1", "--format", "json")
FORMS = {
    "a plan file": ("plan.json",),
    "a plan file with its spec": ("plan.json", "--spec", "spec.yaml"),
    "a spec": ("spec.yaml", "--auto-approve"),
    "a spec with what is expected": ("spec.yaml", "--expect"),
}
STATE = Path(".omneo-reconcile")
JOURNAL = STATE / "journal.jsonl"
SETTLE_SECONDS = 60.0
DEAD, BROKEN = 9, 70

Files = dict[Path, bytes]


class Left(NamedTuple):
    """What a dead process left behind: its files, the time, and what it had sent."""

    files: Files
    waited: float
    calls: tuple[Call, ...]

    def compared(self, *, journal: bool) -> tuple[object, ...]:
        """Returns all that the next run can tell from another end."""
        named = {path: content for path, content in self.files.items() if path.parent == STATE}
        named[STATE / "lock-holder"] = b""  # the number of the process
        if not journal:
            named.pop(JOURNAL, None)
        return journal, self.waited, tuple(sorted(named.items()))


class World:
    """A folder with spec, plan file and tenant, in which an apply may die and others follow."""

    def __init__(self, cli: CommandLine, form: str) -> None:
        self.cli = cli
        self.wire = Wire(JOURNAL)
        (cli.folder / "spec.yaml").write_text(SPEC)
        with cli.tenant() as store:
            for handle in ("media", "staff", "vip"):
                store.add_definition(handle, handle.title())
            for name in ("ann", "cyd", "dan", "fay"):
                held = [handle for handle, holder in sorted(HELD) if holder == name]
                store.add_profile(f"{name}@example.com", profile_id=name, statuses=held)
        assert cli("plan", "spec.yaml", "--sandbox", "--out", "plan.json").code == 0
        self._fingerprint = json.loads(Path("plan.json").read_text())["fingerprint"]
        self.expects = form == "a spec with what is expected"
        self.call = ("apply", *FORMS[form], *([self._fingerprint] if self.expects else []), *CALL)
        self.in_detail = form == "a spec"  # with all that has nothing to do with the form
        if self.in_detail:
            self.call += ("--receipt", "receipt.json")
        for name in (".gitignore", "lock", "lock-holder"):
            (STATE / name).unlink(missing_ok=True)
        self.fresh = Left(self.files, 0.0, ())
        assert self.again()[0] == 0  # with it, all modules are loaded: a child need not

    @property
    def files(self) -> Files:
        return {path: path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}

    def go_to(self, left: Left, *, journal: bool = True) -> None:
        """Makes the folder as it was left; without the journal it is as on a fresh machine."""
        for path in Path().iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path, content in left.files.items():
            if journal or path != JOURNAL:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
        self.cli.clock = FakeClock()
        self.cli.clock.waited = left.waited
        self.wire = Wire(JOURNAL, left.calls if journal else ())

    def dies(self, at: int) -> Left | None:
        """Returns what a process leaves that dies at this boundary, or None if it came to its end before."""
        self.go_to(self.fresh)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                self._live_and_die(at, writing)
            finally:
                os._exit(BROKEN)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            last_words = pipe.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in {0, DEAD}, last_words.decode()
        waited, calls = json.loads(last_words)
        calls = tuple(Call([tuple(row) for row in rows], announced, again) for rows, announced, again in calls)
        return Left(self.files, waited, calls) if code == DEAD else None

    def _live_and_die(self, at: int, writing: int) -> None:
        passed = 0

        def end(code: int) -> None:
            os.write(writing, json.dumps([self.cli.clock.waited, self.wire.calls]).encode())
            os._exit(code)

        def boundary(last: Callable[[], object] = lambda: None) -> None:
            nonlocal passed
            passed += 1
            if passed == at:
                with suppress(OSError):  # what fails makes nothing
                    last()
                end(DEAD)

        try:
            if self.in_detail:
                mind_files(boundary, self.cli.folder)
            with mortal(boundary, self.wire, halves if self.in_detail else None):
                code = self.cli(*self.call).code
            end(code)
        except BaseException:  # noqa: BLE001 - nothing of this process may go on with the tests
            os.write(writing, traceback.format_exc().encode())

    def again(self) -> tuple[int, str]:
        """Runs the same call, checks that what it says is so, and returns its exit code and what it printed."""
        with mortal(lambda: None, self.wire):
            ran = self.cli(*self.call)
        self.wire.check()
        if ran.code in {0, 6}:
            rows = json.loads(ran.out)["changes"]
            told = {(row["action"], row["status"], row["profile_id"]): row["outcome"] for row in rows}
            check_honest(ran.code, told, self.live)
        return ran.code, ran.out + ran.err

    @property
    def live(self) -> set[tuple[str, str]]:
        with self.cli.tenant() as store:
            return {(handle, profile_id) for handle, profile_id, _ in store.memberships()}

    def check_left(self, left: Left) -> None:
        """Checks what a dead process left in the folder, and makes it now."""
        self.cli.clock = FakeClock()
        self.cli.clock.waited = left.waited
        self.wire = Wire(JOURNAL, left.calls)
        self.wire.check()
        assert json.loads(left.files.get(Path("receipt.json"), b"{}")) is not None  # whole, or not there

    def check_ends_in_the_plans_state(self) -> None:
        code, said = self.again()
        assert code == 0, said
        self.cli.clock.waited += 24 * 3600  # nothing that is still queued comes to undo it
        assert self.live == WANTED

    def check_refused(self) -> None:
        before = self.live
        code, said = self.again()
        assert (code, "plan_unexpected" in said) == (4, True), said
        assert self.wire.calls == []
        assert self.live == before


@pytest.fixture(autouse=True)
def _cheap_children():
    """Keeps the collector from what was there before: a child copies all pages that it touches."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("form", FORMS)
def test_after_a_death_anywhere_the_same_call_ends_in_the_plans_state(cli, form):
    """With the journal, and on a fresh machine without it; there a fingerprint proves nothing of what is done.

    In one form also after each step with the folder, the lock and the receipt, and with lines of the journal cut.
    """
    world = World(cli, form)
    seen: set[object] = set()
    for survived in itertools.count():
        left = world.dies(survived + 1)
        if left is None:
            break
        world.check_left(left)
        for journal in (True, False):  # the first right there, where the dead process held the lock
            if (same := left.compared(journal=journal)) in seen:
                continue  # what follows is the same too
            seen.add(same)
            if not journal:
                world.go_to(left, journal=False)
            if world.expects and not journal and world.live != HELD:
                world.check_refused()
            else:
                world.check_ends_in_the_plans_state()
    assert survived >= (120 if world.in_detail else 70)
