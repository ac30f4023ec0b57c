"""What several places say of one thing."""

from datetime import date
from decimal import Decimal

import pytest

from omneo_reconcile.core.model import Count, Limits, Mode, Share, UnresolvedPolicy


def test_a_status_gathers_all_that_is_said_of_it(folder):
    folder.write("a.yaml", "version: 1\nstatuses: {s: {mode: exclusive, owner: x, members: [A@x.org]}}")
    folder.write(
        "b.yaml", "version: 1\nstatuses: {s: {unresolved: error, absent: [c@x.org]}}\nprofiles: {b@x.org: [s, t]}"
    )
    spec = folder.load().spec
    status = spec.statuses["s"]
    assert (status.mode, status.owner, status.unresolved) == (Mode.EXCLUSIVE, "x", UnresolvedPolicy.ERROR)
    assert (list(status.members), list(status.absent)) == (["a@x.org", "b@x.org"], ["c@x.org"])
    assert (spec.statuses["t"].mode, list(spec.statuses["t"].members)) == (Mode.ADDITIVE, ["b@x.org"])


def test_an_exclusive_status_holds_for_unresolved_people_unless_told_otherwise(status):
    assert status("mode: exclusive\nmembers: [a@x.org]").load().spec.statuses["s"].unresolved is UnresolvedPolicy.HOLD
    assert status("members: [a@x.org]").load().spec.statuses["s"].unresolved is UnresolvedPolicy.SKIP


@pytest.mark.parametrize("kept", ["a@x.org", "{email: A@x.org, reason: b}", "{email: a@x.org, reason: a}"])
def test_of_two_entries_the_one_with_the_first_reason_is_kept(status, kept):
    candidates = ["a@x.org", "{email: A@x.org, reason: b}", "{email: a@x.org, reason: a}"]
    rest = [kept] + [other for other in candidates if other != kept]
    entry = status(f"members: [{', '.join(rest)}]").load().spec.statuses["s"].members["a@x.org"]
    assert (entry.email, entry.reason) == ("a@x.org", "a")


def test_a_member_with_two_last_days_is_a_fault_that_names_both_places(status, folder):
    status("members:\n  - a@x.org\n  - {email: 'A@X.org', until: 2026-12-31}")
    assert folder.faults() == ["a.yaml:6:18: a member listed twice with two last days (a.yaml:5:9)"]


def test_an_email_both_member_and_absent_is_a_fault_even_when_expired(status, folder):
    status("members_from: [l.txt]\nabsent: [b@x.org, 'A@x.org', \"c@x.\\u006frg\"]")
    folder.write("l.txt", "aa@x.org\n\n a@x.org # x\nc@x.org")
    what = "one email both member and absent of a status"
    assert folder.faults() == [f"l.txt:3:2: {what} (a.yaml:5:24)", f"l.txt:4:1: {what} (a.yaml:5:1)"]
    status("members: [{email: a@x.org, until: 2020-01-01}]\nabsent: [a@x.org]")
    assert folder.faults() == [f"a.yaml:5:14: {what} (a.yaml:4:23)"]


@pytest.mark.parametrize(
    ("key", "one", "two"),
    [
        ("mode", "exclusive", "additive"),
        ("owner", "a", "b"),
        ("unresolved", "skip", "hold"),
        ("allow_empty", "true", "false"),
        ("limits", "{max_adds: 1}", "{max_adds: 2}"),
        ("limits", "{max_removals: 1}", "{max_removals: 1%}"),
    ],
)
def test_a_setting_with_two_values_is_a_fault_and_twice_the_same_is_none(folder, key, one, two):
    text = "version: 1\nstatuses: {s: {members: [a@x.org], %s: %s}}"
    folder.write("a.yaml", text % (key, one)).write("b.yaml", text % (key, one)).load()
    (fault,) = folder.write("b.yaml", text % (key, two)).faults()
    assert fault.startswith("b.yaml:2:")
    assert "of `s` is given twice with two values (a.yaml:2:" in fault


@pytest.mark.parametrize(("key", "one", "two"), [("tenant", "a", "b"), ("timezone", "UTC", "Asia/Tokyo")])
def test_a_setting_of_the_whole_spec_has_one_value(folder, key, one, two):
    folder.write("a.yaml", f"version: 1\n{key}: {one}").write("b.yaml", f"version: 1\n{key}: {two}")
    column = len(key) + 3
    assert folder.faults() == [f"b.yaml:2:{column}: `{key}` is given twice with two values (a.yaml:2:{column})"]


def test_limits_of_a_status_win_over_those_of_its_files(folder):
    folder.write(
        "a.yaml", "version: 1\nlimits: {max_adds: 5, max_removals: 2.50%}\nstatuses: {s: {limits: {max_adds: 7}}}"
    )
    folder.write("b.yaml", "version: 1\nlimits: {max_adds: 6}\nprofiles: {a@x.org: [s, t]}")
    folder.write("c.yaml", "version: 1\nprofiles: {a@x.org: [u]}\nlimits: {max_removals: 0}")
    statuses = folder.load().spec.statuses
    assert statuses["s"].limits == Limits(Count(7), Share(Decimal("2.5")))
    assert statuses["t"].limits == Limits(Count(6), Limits().max_removals)
    assert statuses["u"].limits == Limits(Limits().max_adds, Count(0))


def test_two_files_with_two_limits_for_one_status_are_a_fault(folder):
    folder.write("a.yaml", "version: 1\nlimits: {max_adds: 5}\nstatuses: {s: {}}")
    folder.write("b.yaml", "version: 1\nlimits: {max_adds: 6}\nprofiles: {a@x.org: [s]}")
    assert folder.faults() == ["b.yaml:2:20: `max_adds` of `s` is given twice with two values (a.yaml:2:20)"]


def test_a_share_written_in_two_ways_has_one_digest(folder):
    text = "version: 1\nlimits: {max_adds: %s}\nstatuses: {s: {members: [a@x.org]}}"
    digests = {folder.write("a.yaml", text % share).load().spec.digest for share in ("100%", "100.0%", "100.00%")}
    assert len(digests) == 1


def test_an_exclusive_status_that_nobody_is_in_needs_a_word(status, folder):
    body = "mode: exclusive\nmembers: [{email: a@x.org, until: 2026-06-29}]"
    what = "`s` is exclusive and has no member on 2026-06-30: everybody would lose it"
    assert status(body).faults() == [f"a.yaml:4:11: {what}"]
    assert folder.load(as_of=date(2026, 6, 29)).spec.statuses["s"].members
    assert status(f"{body}\nallow_empty: true").load().spec.statuses["s"].members


@pytest.mark.parametrize(
    "rest",
    [
        "members: [a]",
        "membres: [a@x.org]",
        "members_from: [none.txt]",
        "members: [a@x.org, {email: A@x.org, until: 2020-01-01}]",
    ],
)
def test_an_exclusive_status_with_another_fault_is_not_called_empty(status, rest):
    assert not any("everybody" in fault for fault in status(f"mode: exclusive\n{rest}").faults())


def test_an_exclusive_status_is_not_called_empty_while_a_profile_or_file_is_faulty(status, folder):
    status("mode: exclusive")
    assert len(folder.write("b.yaml", "version: 1\nprofiles: {a: [s]}").faults()) == 1
    assert len(folder.write("b.yaml", "version: 1\n: : :").faults()) == 1
    assert len(folder.write("b.yaml", b"\xff").faults()) == 1


def test_a_tracked_list_may_be_empty_everybody_is_dropped(status):
    assert status("mode: tracked\nmembers: []").warnings() == []
