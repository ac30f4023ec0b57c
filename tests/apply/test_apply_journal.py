"""The journal: what was meant is on disk before it is sent, and what became of it after."""

import errno
import json
import os

import pytest

from omneo_reconcile.apply.journal import JOURNAL, Journal
from omneo_reconcile.core.batches import Action
from omneo_reconcile.core.journal import Entry, Intended, Sent, Settled
from omneo_reconcile.core.run import failures
from omneo_reconcile.errors import FailureName, StateFolderError
from omneo_reconcile.sandbox import Fault
from simulated import NOON

FULL = OSError(errno.ENOSPC, "No space left on device")


def break_disk(monkeypatch):
    def fail(_descriptor):
        raise FULL

    monkeypatch.setattr(os, "fsync", fail)


def test_every_request_that_writes_is_in_the_journal_before_it_arrives(scene):
    here = scene(vip="eve fay")
    sent = []

    def look(request):
        if request.method != "GET":
            intended, last = here.journal[-2:]
            wanted = [[row["profile_id"], row["statuses"]] for row in json.loads(request.content)["profiles"]]
            assert last["batch"] == intended["batch"]
            sent.append((intended["event"], intended["action"], intended["profiles"] == wanted, last["event"]))

    here.on_arrival = look
    here.apply({"vip": "ann bob"}, {"vip": "eve fay"}, batch_size=2)
    assert sent == [("intended", "add", True, "sent"), ("intended", "remove", True, "sent")]


def test_the_journal_tells_what_became_of_each_batch(scene):
    here = scene(faults=[Fault(method="POST", forget=True, profile_ids=("p-bob",), times=None)], vip="eve")
    here.apply({"vip": "ann bob"})
    events = here.journal
    assert [event["event"] for event in events if event.get("batch", 1) == 1] == [
        "started",
        "intended",
        "sent",
        "accepted",
        "settled",
        "confirmed",
        "finished",
    ]
    assert events[0]["changes"] == [["add", "vip", "p-ann", "declared"], ["add", "vip", "p-bob", "declared"]]
    (confirmed,) = [event for event in events if event["event"] == "confirmed"]
    assert confirmed["memberships"] == [["vip", "p-ann"]]
    assert events[-1]["outcomes"] == {"added": 1, "unconfirmed": 1}


def test_batches_have_numbers_of_their_own_in_one_run(scene):
    here = scene(vip="eve")
    here.apply({"vip": "ann bob cyd"}, {"vip": "eve"}, batch_size=1)
    assert sorted(e["batch"] for e in here.journal if e["event"] == "intended") == [1, 2, 3, 4]


def test_no_email_is_in_the_journal_even_if_the_tenant_quotes_one(scene):
    words = '{"message": "ann@example.com is not allowed", "errors": {"x": ["ann@example.com"]}}'
    here = scene(faults=[Fault(method="POST", status=422, body=words)], vip="eve")
    run = here.apply({"vip": "ann"}, {"vip": "eve"})
    here.apply({"vip": "ann bob"}, {"vip": "eve"})
    assert run.results[0].outcome.value == "failed"
    assert "@" not in here.journal_text


def test_a_lost_answer_is_in_the_journal_as_unknown(scene):
    here = scene(faults=[Fault(method="POST", status=500, after=True, times=None)])
    here.apply({"vip": "ann"})
    events = [e["event"] for e in here.journal]
    assert events == ["started", "intended", *["sent"] * 8, "unknown", "confirmed", "finished"]


def test_each_try_is_in_the_journal_before_it_arrives(scene):
    here = scene(faults=[Fault(method="POST", status=500, times=3)])
    before = []
    here.on_arrival = lambda r: before.append(here.journal_text.count('"sent"')) if r.method == "POST" else None
    here.apply({"vip": "ann"})
    assert before == [1, 2, 3, 4]


def test_a_journal_that_cannot_be_written_stops_before_anything_is_sent(scene, monkeypatch):
    here = scene()
    break_disk(monkeypatch)
    with pytest.raises(StateFolderError) as caught:
        here.apply({"vip": "ann"})
    assert caught.value.name is FailureName.STATE_FOLDER
    assert here.batches_sent == []


def test_a_journal_that_fails_later_sends_no_more_and_loses_no_report(scene, outcomes, monkeypatch):
    here = scene(vip="eve")

    def look(request):
        if request.method == "POST":
            break_disk(monkeypatch)

    here.on_arrival = look
    run = here.apply({"vip": "ann"}, {"vip": "eve"})
    assert here.batches_sent == ["POST"]
    assert outcomes(run) == {"vip ann": "unconfirmed", "vip eve": "held"}
    assert failures(run)[0].name is FailureName.STATE_FOLDER
    assert "journal" in failures(run)[0].what


def test_a_journal_that_fails_between_phases_holds_the_removals_and_says_why(scene, outcomes, monkeypatch):
    here = scene(vip="eve")
    real = Journal.append

    def append(journal, *events):
        if any(isinstance(event, Intended) and event.action is Action.REMOVE for event in events):
            raise StateFolderError.of(FailureName.STATE_FOLDER, "full", "here", "make room")
        real(journal, *events)

    monkeypatch.setattr(Journal, "append", append)
    run = here.apply({"vip": "ann"}, {"vip": "eve"})
    assert outcomes(run) == {"vip ann": "added", "vip eve": "held"}
    assert run.results[1].detail == "not sent: the journal cannot be written"
    assert here.holders("vip") == "ann eve"


def test_a_half_line_of_a_killed_process_spoils_only_itself(tmp_path):
    (tmp_path / JOURNAL).write_bytes(b'{"event": "started"}\n{"event": "int')
    with Journal(tmp_path, lambda: NOON) as journal:
        journal.append(Sent(1))
        journal.append(Settled(1))
        assert [entry.event for entry in journal.entries()] == [Sent(1), Settled(1)]
    lines = (tmp_path / JOURNAL).read_text().splitlines()
    assert lines[1] == '{"event": "int'
    assert [json.loads(line)["event"] for line in lines if line != lines[1]] == ["started", "sent", "settled"]


def test_a_time_without_a_zone_is_taken_for_utc_and_a_line_that_is_none_is_left_out(tmp_path):
    (tmp_path / JOURNAL).write_text(
        '{"at":"2026-06-15T12:00:00","event":"sent","batch":1}\n'
        '{"at":"noon","event":"sent","batch":2}\n'
        '{"at":"2026-06-15T12:00:00Z","event":"danced","batch":3}\n'
    )
    with Journal(tmp_path, lambda: NOON) as journal:
        assert list(journal.entries()) == [Entry(NOON, Sent(1))]


def test_a_line_that_a_full_disk_took_only_a_part_of_is_an_error(tmp_path, monkeypatch):
    with Journal(tmp_path, lambda: NOON) as journal:
        monkeypatch.setattr(Journal, "_write", _write_half(journal))
        with pytest.raises(StateFolderError):
            journal.append(Sent(1))
        monkeypatch.undo()
        journal.append(Settled(1))
    assert json.loads((tmp_path / JOURNAL).read_text().splitlines()[-1])["event"] == "settled"


def _write_half(journal):
    whole = Journal._write

    class Half:
        def write(self, data):
            return real.write(data[: len(data) // 2])

    real = journal._file

    def write(self, data):
        self._file = Half()
        try:
            whole(self, data)
        finally:
            self._file = real

    return write


def test_a_journal_goes_on_where_the_last_run_ended(scene):
    here = scene()
    here.apply({"vip": "ann"})
    before = here.journal
    here.apply({"vip": "bob"})
    assert here.journal[: len(before)] == before


def test_the_journal_is_readable_by_its_owner_only(scene):
    here = scene()
    here.apply({"vip": "ann"})
    assert (here.folder / JOURNAL).stat().st_mode & 0o077 == 0


def test_a_journal_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / JOURNAL).mkdir()
    with pytest.raises(StateFolderError) as caught:
        Journal(tmp_path, lambda: NOON)
    assert str(tmp_path / JOURNAL) in str(caught.value)
