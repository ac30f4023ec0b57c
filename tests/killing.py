"""Death at a chosen place: between any two things that an apply does to a disk or to its tenant."""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from omneo_reconcile.apply.journal import Journal

Boundary = Callable[[], None]
"""Called at each place where a run may die: it looks at what is there, or ends the process."""

Row = tuple[str, str, str]
"""A change as it travels and as it is told of: add or remove, status, profile id."""

BATCH_PATH = "/api/v3/profile/status/batch.json"
_ACTIONS = {"POST": "add", "DELETE": "remove"}
_CHANGES_FILES = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "fcntl.flock"})
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Call(NamedTuple):
    """A request that could write and left for the tenant, and what the journal on disk said at that moment.

    Attributes:
        rows: What it asks for, or nothing if it is neither of the two batch calls.
        announced: The journal had announced a batch with these rows at least as often as it left by now.
        confirmed: Those of its rows that the journal had as read back already.
    """

    rows: list[Row]
    announced: bool
    confirmed: list[Row]


class Wire:
    """What left for the tenant since its journal began.

    Attributes:
        calls: In order; of a process that died, those that it sent.
    """

    def __init__(self, journal: Path, calls: Iterable[Call] = ()) -> None:
        self.calls = list(calls)
        self._journal = journal
        self._found = self._bytes()

    def note(self, request: httpx.Request) -> None:
        """Takes note of a request at the moment when it leaves."""
        if request.method == "GET":
            return
        rows: list[Row] = []
        if request.method in _ACTIONS and request.url.path == BATCH_PATH:
            profiles = json.loads(request.content)["profiles"]
            rows = [
                (_ACTIONS[request.method], handle, row["profile_id"]) for row in profiles for handle in row["statuses"]
            ]
        told = self._told()
        before = sum(call.rows == rows for call in self.calls)
        self.calls.append(Call(rows, told.sent[tuple(rows)] > before, sorted(told.confirmed & set(rows))))

    def check(self) -> None:
        """What holds at every death and after every run.

        Only batch calls wrote, each was in the journal before it left, none sent anew what was proven. The journal goes
        on in a line of its own, and holds no email.
        """
        assert all(call.rows for call in self.calls)
        assert all(call.announced for call in self.calls)
        assert not [row for call in self.calls for row in call.confirmed]
        written = self._bytes().removeprefix(self._found)
        assert written[:1] in {b"", b"\n"} or self._found[-1:] in {b"", b"\n"}
        assert "@" not in self._told().text

    def _bytes(self) -> bytes:
        return self._journal.read_bytes() if self._journal.exists() else b""

    def _told(self) -> "Told":
        return Told(self._bytes())


class Told:
    """What a journal says, which may be cut anywhere, read without the product's own reader.

    Attributes:
        sent: How often a batch with exactly these rows was announced, as about to leave.
        unanswered: Numbers of the batches that were sent, and of whose answer there is no whole line.
        confirmed: What was read back as a batch wanted it.
    """

    def __init__(self, journal: bytes) -> None:
        self.text = journal.decode("utf-8", errors="replace")
        self.sent: Counter[tuple[Row, ...]] = Counter()
        self.unanswered: set[int] = set()
        self.confirmed: set[Row] = set()
        intended: dict[int, tuple[Row, ...]] = {}
        for event in self._events():
            match event:
                case {"event": "intended", "batch": number, "action": action, "profiles": profiles}:
                    intended[number] = tuple((action, handle, id_) for id_, handles in profiles for handle in handles)
                case {"event": "sent", "batch": number}:
                    self.sent[intended[number]] += 1
                    self.unanswered.add(number)
                case {"event": "accepted" | "refused", "batch": number}:
                    self.unanswered.discard(number)
                case {"event": "confirmed", "batch": number, "memberships": memberships}:
                    action = intended[number][0][0]
                    self.confirmed |= {(action, status, id_) for status, id_ in memberships}

    def _events(self) -> Iterator[dict[str, object]]:
        for line in self.text.splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:  # the half line of a death
                continue


@contextmanager
def mortal(boundary: Boundary, wire: Wire, cut: Callable[[bytes], list[bytes]] | None = None) -> Iterator[None]:
    """Puts a boundary before and after each request, each flush, and each piece of a write to the journal.

    Pieces are lines, if `cut` does not make others. Nothing waits for the disk: what a dead process wrote stays.
    """
    cut = cut or _lines
    send, write = httpx.ASGITransport.handle_async_request, Journal._write

    async def mortal_send(transport: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
        boundary()
        wire.note(request)
        response = await send(transport, request)
        boundary()
        return response

    def mortal_write(journal: Journal, data: bytes) -> None:
        boundary()
        for piece in cut(data):
            write(journal, piece)
            boundary()

    def mortal_flush(_: int) -> None:
        boundary()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.ASGITransport, "handle_async_request", mortal_send)
        patch.setattr(Journal, "_write", mortal_write)
        patch.setattr(os, "fsync", mortal_flush)
        yield


def _lines(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n", data)


def halves(data: bytes) -> list[bytes]:
    """Cuts lines in pieces: half of each, the rest without its end, and the end."""
    pieces = ((line[: len(line) // 2], line[len(line) // 2 : -1], line[-1:]) for line in _lines(data))
    return [piece for three in pieces for piece in three if piece]


def mind_files(boundary: Callable[[Callable[[], object]], None], folder: Path) -> None:
    """Puts a boundary before everything that changes a file in the folder, but the tenant's, while this process lives.

    Another one comes where a file was made or emptied, and not written yet.

    Args:
        boundary: Told what to do if the process ends there: the step that is just about to happen, or nothing.
    """
    minding = True

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal minding
        if not minding or not (event in _CHANGES_FILES or (event == "open" and _writes_in(folder, *arguments))):
            return
        minding = False
        boundary(lambda: None)
        if event == "open":
            path, _, flags = arguments
            boundary(lambda: os.open(path, flags, 0o600))
        minding = True

    sys.addaudithook(audit)


def _writes_in(folder: Path, path: object, _mode: object, flags: int) -> bool:
    if not flags & _WRITES or not isinstance(path, str | bytes | os.PathLike):
        return False
    absolute = Path(os.fsdecode(path)).absolute()
    return absolute.is_relative_to(folder) and ".sqlite" not in absolute.name


def check_honest(code: int, told: dict[Row, str], live: set[tuple[str, str]]) -> None:
    """What a run says is so: done is true, what is not true is held or unconfirmed, and 0 is said of all of it."""
    true = {row for row in told if ((row[1], row[2]) in live) is (row[0] == "add")}
    done = {row for row, outcome in told.items() if outcome in {"added", "removed", "already"}}
    open_ = {row for row, outcome in told.items() if outcome in {"held", "unconfirmed"}}
    assert done <= true
    assert told.keys() - true <= open_
    assert code == 0 or open_
    assert code != 0 or true == told.keys()
