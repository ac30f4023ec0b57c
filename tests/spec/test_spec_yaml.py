"""How one YAML file is read: as data, as text, and with a place for all that is wrong."""

import pytest


@pytest.mark.parametrize("handle", ["on", "no", "123", "1.0", "null", "~", "0o17", "2026-01-01", "true", "<<"])
def test_a_handle_that_looks_like_something_else_stays_text(folder, handle):
    folder.write(
        "a.yaml", f"version: 1\nstatuses:\n  {handle}: {{members: [a@x.org]}}\nprofiles: {{b@x.org: [{handle}]}}"
    )
    status = folder.load().spec.statuses[handle]
    assert list(status.members) == ["a@x.org", "b@x.org"]


def test_owners_and_reasons_that_look_like_something_else_stay_text(status):
    spec = status("owner: 007\nmembers: [{email: a@x.org, reason: no}]").load().spec
    assert (spec.statuses["s"].owner, spec.statuses["s"].members["a@x.org"].reason) == ("007", "no")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "a.yaml:1:1: the file is empty"),
        ("# only a comment\n", "a.yaml:2:1: the file is empty"),
        ("---\n", "a.yaml:2:1: the file is empty"),
        ("[]", "a.yaml:1:1: the file is not a mapping"),
        ("{}", "a.yaml:1:1: no `version` in this file"),
        ("version: 2", "a.yaml:1:10: this version of the format is not known"),
        ("version: '1'", "a.yaml:1:10: this version of the format is not known"),
        ("version: 1\n---\nversion: 1", "a.yaml:2:1: a second YAML document in one file"),
        ("version: 1\ntenant: !!python/name:os.system x", "a.yaml:2:9: YAML tags (`!name`) are not read"),
        ("version: 1\ntenant: !x y", "a.yaml:2:9: YAML tags (`!name`) are not read"),
        ("version: 1\nstatuses: !!map {}", "a.yaml:2:11: YAML tags (`!name`) are not read"),
        ("version: 1\ntenant: *x", "a.yaml:2:9: YAML aliases (`*name`) are not read"),
        ("version: 1\n*x : y", "a.yaml:2:1: YAML aliases (`*name`) are not read"),
        ("*x", "a.yaml:1:1: YAML aliases (`*name`) are not read"),
        ("version: 1\nstatuses: {s: {<<: *x}}", "a.yaml:2:20: YAML aliases (`*name`) are not read"),
        ("version: 1\nstatuses: {s: {members: [*x]}}", "a.yaml:2:26: YAML aliases (`*name`) are not read"),
        ("version: 1\n? [a]\n: b", "a.yaml:2:3: a key that is not plain text"),
        ("version: 1\ntenant:", "a.yaml:2:1: `tenant` has no value"),
        ("version: 1\nstatuses:\n  s:\n    members:", "a.yaml:4:5: `members` has no value"),
        ("version: 1\nversion: 1", "a.yaml:2:1: `version` stands here twice, first in line 1"),
        ("version: 1\nstatuses: {s: {}, s: {}}", "a.yaml:2:19: `s` stands here twice, first in line 2"),
        ("version: 1\nstatusses: {}", "a.yaml:2:1: unknown key `statusses`"),
        ("version: 1\na@x.org: {}", "a.yaml:2:1: unknown key"),
        ("version: 1\nstatuses: {s: {modus: x}}", "a.yaml:2:16: unknown key `modus`"),
        ("version: 1\nstatuses: {s: {mode: exclusiv}}", "a.yaml:2:22: `mode` is none of the words known here"),
        ("version: 1\nstatuses: {s: {mode: [a]}}", "a.yaml:2:22: `mode` is none of the words known here"),
        ("version: 1\nstatuses: {s: {members: a@x.org}}", "a.yaml:2:25: `members` is not a list"),
        ("version: 1\nstatuses: {s: {owner: [a]}}", "a.yaml:2:23: `owner` is not plain text"),
        ("version: 1\nstatuses: {s: {allow_empty: yes}}", "a.yaml:2:29: `allow_empty` is neither true nor false"),
        ("version: 1\nstatuses: {s: x}", "a.yaml:2:15: `s` is not a mapping"),
        ("version: 1\nstatuses: {'a b': {}}", "a.yaml:2:12: not the handle of a status"),
        ('version: 1\nstatuses: {"a\\n": {}}', "a.yaml:2:12: not the handle of a status"),
        ("version: 1\ntenant: Acme", "a.yaml:2:9: `tenant` is not written as it should be"),
        ("version: 1\ntimezone: Mars/Olympus", "a.yaml:2:11: this time zone is not known"),
        ("version: 1\ntimezone: ../../etc/passwd", "a.yaml:2:11: this time zone is not known"),
        ("version: 1\ntimezone: Europe", "a.yaml:2:11: this time zone is not known"),
        ("version: 1\nlimits: {max_adds: -1}", "a.yaml:2:20: `max_adds` is not written as it should be"),
        ("version: 1\nlimits: {max_adds: 101%}", "a.yaml:2:20: `max_adds` is not written as it should be"),
        (f"version: 1\nlimits: {{max_adds: {'9' * 5000}}}", "a.yaml:2:20: `max_adds` is not written as it should be"),
        ("version: 1\nlimits: {max_adds: []}", "a.yaml:2:20: `max_adds` is neither a count nor a share"),
        ("version: 1\nprofiles: {a@x.org: vip}", "a.yaml:2:21: not a list of statuses"),
        ("version: 1\nprofiles: {a@x.org: [[vip]]}", "a.yaml:2:22: not the handle of a status"),
        ("version: 1\nprofiles: {a: [vip]}", "a.yaml:2:12: not an email address"),
        (
            "version: 1\nprofiles: {a@x.org: [s], A@X.ORG: [s]}",
            "a.yaml:2:26: this key stands here twice, first in line 2",
        ),
        ("version: 1\na: b: c", "a.yaml:2:5: not valid YAML (mapping values are not allowed in this context)"),
        ("version: 1\nh\u00e9: \x07", "a.yaml:2:5: a control character that YAML does not allow"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(folder, text, fault):
    assert folder.write("a.yaml", text).faults() == [fault]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("version: 1".encode("utf-16"), "1:1"),
        (b"version: 1\r\ntenant: \xe9", "2:9"),
        (b"\xef\xbb\xbf# \xc3\xa9\xff", "1:4"),
    ],
)
def test_a_file_that_is_not_utf8_is_a_fault_at_the_first_bad_byte(folder, data, place):
    assert folder.write("a.yaml", data).faults() == [f"a.yaml:{place}: not UTF-8 text"]


def test_a_byte_order_mark_is_no_part_of_the_text(folder):
    assert folder.write("a.yaml", b"\xef\xbb\xbfversion: 1\ntenant: acme").load().spec.tenant == "acme"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("members: [a]", "4:15: not an email address"),
        ("members:\n-", "5:6: not an email address"),
        ("members: [[a@x.org]]", "4:15: not an email address"),
        ("members: [{email: a}]", "4:23: not an email address"),
        ("members: [{email: a@x.org, until: 20261231}]", "4:39: not a date"),
        ("members: [{email: a@x.org, until: 2026-02-30}]", "4:39: not a date"),
        ("members: [{email: a@x.org, until: 2026-W01-1}]", "4:39: not a date"),
        ("members: [{email: a@x.org, untill: x}]", "4:32: unknown key `untill`"),
        ("members: [{email: a@x.org, zzz: [x]}]", "4:32: unknown key `zzz`"),
        ("members: [{email: [a@x.org]}]", "4:23: `email` is not plain text"),
        ("members: [{reason: x}]", "4:15: an entry without `email`"),
        ("absent: [{email: a@x.org, until: 2026-01-01}]", "4:31: unknown key `until`"),
        ("members_from: [[a.csv]]", "4:20: not the path of a list"),
        ("members_from: a.csv", "4:19: `members_from` is not a list"),
    ],
)
def test_what_is_wrong_in_a_status_is_told_with_its_place(status, body, fault):
    assert status(body).faults() == [f"a.yaml:{fault}"]


@pytest.mark.parametrize("text", ["[" * 100_000, "version: " + "[" * 900 + "]" * 900, "a: {" * 500 + "}" * 500])
def test_deep_nesting_is_a_fault_and_not_a_crash(folder, text):
    assert folder.write("a.yaml", text).faults()


def test_a_billion_laughs_are_refused_before_they_grow(folder):
    lines = ["version: 1", "a: &a [x, x]"] + [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    faults = folder.write("a.yaml", "\n".join(lines)).faults()
    assert sum("aliases" in fault for fault in faults) == 72


def test_all_faults_of_all_files_come_in_one_run_in_the_order_of_lines(folder):
    folder.write("b.yaml", "version: 1\nstatuses: {s: {members: [b, {email: a@x.org}], mode: x}}")
    folder.write("a.yml", "nothing: 1").write(
        "c.yaml", "version: 1\nprofiles: {a@x.org: [s]}\nstatuses: {s: {absent: [a@x.org]}}"
    )
    assert [fault.split(": ")[0] for fault in folder.faults()] == [
        "a.yml:1:1",
        "a.yml:1:1",
        "b.yaml:2:26",
        "b.yaml:2:54",
        "c.yaml:3:25",
    ]


def test_no_fault_repeats_what_stands_in_a_list(status):
    members = "[secret, secret@x@org, {email: secret@x.org, until: secret}, {secret@x.org: secret}]"
    body = f"members: {members}\nabsent: [secret]"
    assert "secret" not in "".join(status(body).faults())
