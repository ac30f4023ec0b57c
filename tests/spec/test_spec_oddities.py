"""What is legal but odd: a warning with its place and what to do, told together with what is wrong."""

import pytest

from omneo_reconcile.errors import InvalidSpec

DOUBLE = "a person listed more than once in a status"


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        ("members: [{email: a@x.org, until: 2026-06-29}]", "4:23: a member whose `until` has passed"),
        ("members: [{email: a@x.org, until: 2206-06-29}]", "4:23: an `until` more than 100 years away"),
        ("members: []", "3:3: `s` lists nobody"),
        ("members: [a@x.org]\nabsent: []", "5:13: `absent` is empty"),
        ("members: [a@x.org]\nmembers_from: []", "5:19: `members_from` is empty"),
        ("members: [a@x.org]\nmembers_from: [l.csv]", "5:20: this list names nobody"),
        ("members: [a@x.org]\nallow_empty: true", "5:18: `allow_empty` on a status that lists people"),
        ("members: [a@Gmial.com]", "4:15: an email whose domain looks mistyped"),
        ("protected: [a@x.con]", "4:17: an email whose domain looks mistyped"),
        ("absent: [a@x.con]", "4:14: an email whose domain looks mistyped"),
    ],
)
def test_what_is_odd_is_a_warning(status, body, warning):
    assert status(body).write("l.csv", "email\n\n").warnings("a.yaml") == [f"a.yaml:{warning}"]


def test_a_mistyped_domain_is_told_by_the_one_that_is_meant_and_nothing_of_the_email(status):
    (warning,) = status("members: [jane@gmial.com]").load().warnings
    assert warning.next_step == "did you mean gmail.com?"
    assert "gmial" not in str(warning)


@pytest.mark.parametrize("body", ["members: [a@x.org]", "members: [{email: a@x.org, until: 2126-12-31}]"])
def test_what_is_usual_is_no_warning(status, body):
    assert status(f"{body}\nmembers_from: [l.txt]\nallow_empty: false").write("l.txt", "b@x.org").warnings() == []


@pytest.mark.parametrize("mode", ["additive", "tracked", "exclusive"])
def test_a_status_that_says_so_may_list_nobody_in_every_mode(status, mode):
    assert status(f"mode: {mode}\nallow_empty: true").warnings() == []
    assert status(f"mode: {mode}\nmembers: []\nallow_empty: true").warnings() == []


def test_an_exclusive_list_that_is_not_empty_may_say_that_it_can_be(status):
    assert status("mode: exclusive\nmembers: [a@x.org]\nallow_empty: true").warnings() == []


def test_a_person_without_a_status_is_a_warning(folder):
    folder.write("a.yaml", "version: 1\nprofiles: {a@x.org: [], b@x.org: [s]}")
    assert folder.warnings() == ["a.yaml:2:12: the list of a person's statuses is empty"]


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        ("members:\n- a@x.org\n- A@x.org", f"a.yaml:6:7: {DOUBLE} (a.yaml:5:7)"),
        ("members: [a@x.org, a@x.org]", f"a.yaml:4:15: {DOUBLE}"),
        ("members: [a@x.org]\nmembers_from: [l.txt]", f"l.txt:1:1: {DOUBLE} (a.yaml:4:15)"),
        ("members_from: [l.txt, l.csv]", f"l.txt:1:1: {DOUBLE} (l.csv:2:1)"),
        ("members: [b@x.org]", f"b.yaml:2:12: {DOUBLE} (a.yaml:4:15)"),
        ("absent:\n- a@x.org\n- a@x.org", f"a.yaml:6:7: {DOUBLE} (a.yaml:5:7)"),
        ("members_from: [l.txt, ./l.txt]", "a.yaml:4:27: a list named twice for a status (a.yaml:4:20)"),
    ],
)
def test_whoever_is_listed_twice_is_told_with_both_places(status, body, warning):
    folder = status(body).write("l.txt", "a@x.org").write("l.csv", "email\na@x.org")
    folder.write("b.yaml", "version: 1\nprofiles: {b@x.org: [s]}")
    assert folder.warnings("a.yaml", "b.yaml") == [warning]


def test_a_status_declared_in_two_files_is_a_warning(folder):
    text = "version: 1\nstatuses: {s: {members: [%s]}}"
    folder.write("a.yaml", text % "a@x.org").write("b.yaml", text % "b@x.org")
    assert folder.warnings() == ["b.yaml:2:12: `s` is declared in two files (a.yaml:2:12)"]


def test_a_spec_without_a_status_is_a_warning(folder):
    assert folder.write("a.yaml", "version: 1").warnings() == ["a.yaml:1:1: the spec names no status"]


def test_no_status_is_missed_beside_a_fault_that_is_about_one(folder):
    folder.write("a.yaml", "version: 1\nstatuses: {'a b': {members: [a@x.org]}}")
    with pytest.raises(InvalidSpec) as refused:
        folder.load()
    assert refused.value.told == refused.value.faults


def test_a_list_beside_the_spec_that_no_file_names_is_a_warning(status, folder):
    status("members_from: [lists/l.txt]").write("lists/l.txt", "a@x.org")
    for name in ("forgotten.csv", "lists/forgotten.txt", "elsewhere/far.txt", ".hidden.txt"):
        folder.write(name, "# old\nb@x.org" if name.endswith("txt") else "Email;n\n")
    folder.write("notes.txt", "Ask Jane\n").write("prices.csv", "a,b\n").write("empty.txt", "").write("x.txt", b"\xff")
    (folder.path / "out.txt").symlink_to("/dev/null")
    what = "a list that no file of the spec names"
    assert folder.warnings() == [f"forgotten.csv:1:1: {what}", f"lists/forgotten.txt:1:1: {what}"]
    assert folder.warnings("a.yaml") == []


def test_a_list_for_two_statuses_is_odd_once(folder):
    folder.write("a.yaml", "version: 1\nstatuses: {s: {members_from: [l.csv]}, t: {members_from: [l.csv]}}")
    assert folder.write("l.csv", "email,until\na@x.org,2020-01-01").warnings() == [
        "l.csv:2:1: a member whose `until` has passed"
    ]


def test_warnings_of_one_kind_are_counted_after_the_first_twenty(status, folder):
    status("members_from: [l.csv]\nallow_empty: true")
    rows = "".join(f"{number}@x.org,2020-01-01\n" for number in range(50))
    warnings = folder.write("l.csv", f"email,until\n{rows}").warnings()
    assert len(warnings) == 22
    assert warnings[1] == "l.csv:2:1: a member whose `until` has passed"
    assert warnings[-1] == ": 30 more members whose `until` has passed"


def test_what_is_wrong_and_what_is_odd_are_told_in_one_run_in_the_order_of_the_files(status):
    folder = status("members:\n  - {email: a@gmail.con, until: 2020-01-01}\n  - jane\nabsent: []\nowner: [x]")
    folder.write("b.yaml", "version: 1\nprofiles: {b@x.org: []}\ntenant: A")
    assert [line.partition(";")[0] for line in folder.told()] == [
        "warning: a member whose `until` has passed, a.yaml:5:17",
        "warning: an email whose domain looks mistyped, a.yaml:5:17",
        "error[invalid_spec]: not an email address, a.yaml:6:9",
        "warning: `absent` is empty, a.yaml:7:13",
        "error[invalid_spec]: `owner` is not plain text, a.yaml:8:12",
        "warning: the list of a person's statuses is empty, b.yaml:2:12",
        "error[invalid_spec]: `tenant` is not written as it should be, b.yaml:3:9",
    ]


@pytest.mark.parametrize(
    "body",
    ["members: [a]", "members_from: [none.txt]", "absent: [a]", "membres: [a@x.org]", "members_from: [[]]"],
)
def test_what_a_fault_may_hide_is_not_called_empty(status, body):
    (line,) = status(body).write("l.txt", "a@x.org").told()
    assert line.startswith("error[")


def test_a_folder_of_nothing_but_a_link_out_of_it_is_a_fault(folder):
    folder.write("../out.yaml", "version: 1")
    folder.path.mkdir(exist_ok=True)
    (folder.path / "a.yaml").symlink_to(folder.path.parent / "out.yaml")
    assert folder.faults() == ["a.yaml:1:1: this spec file is outside the spec's folder"]
