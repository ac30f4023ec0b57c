"""Lists as Excel and text editors save them."""

from datetime import date

import pytest
from msgspec.structs import replace

from omneo_reconcile.core.model import Entry


@pytest.fixture
def listed(folder):
    def write(name, content):
        folder.write("a.yaml", f"version: 1\nstatuses: {{s: {{members_from: [{name}]}}}}")
        return folder.write(name, content)

    return write


def members(folder):
    return [replace(entry, file="") for entry in folder.load().spec.statuses["s"].members.values()]


@pytest.mark.parametrize(
    "content",
    [
        "email,until,reason\na@x.org,2026-12-31,Gold\nB@x.org,,\n",
        "\ufeffName;EMAIL;Until;Reason\r\nJane;a@x.org;2026-12-31;Gold\r\n;B@x.org\r\n",
        '"Until, last","email","reason","until"\n"x","a@x.org","Gold","2026-12-31"\n,B@x.org,,\n',
        "email;until;reason\r a@x.org ; 2026-12-31 ; Gold \rB@x.org;;\r",
    ],
)
def test_a_csv_is_read_as_excel_writes_it(listed, content):
    folder = listed("l.CSV", content)
    assert members(folder) == [
        Entry("a@x.org", date(2026, 12, 31), "Gold", "", 2),
        Entry("B@x.org", None, None, "", 3),
    ]


def test_empty_lines_of_a_csv_are_ignored_and_rows_of_several_lines_are_one(listed):
    folder = listed("l.csv", '\n;;\nemail;reason;x\n\na@x.org;"Gold\ntier";\n;;\nb@x.org;;\n')
    assert members(folder) == [Entry("a@x.org", None, "Gold\ntier", "", 5), Entry("b@x.org", None, None, "", 8)]


def test_a_text_file_has_one_email_a_line_and_comments(listed):
    folder = listed("l.txt", "\ufeff# staff\r\n\r\n  a@x.org\r\n#b@x.org\r\nB@x.org # Gold\r\nc#d@x.org\t# x # y")
    assert members(folder) == [
        Entry("a@x.org", None, None, "", 3),
        Entry("B@x.org", None, None, "", 5),
        Entry("c#d@x.org", None, None, "", 6),
    ]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("l.csv", "", "1:1: no column `email`"),
        ("l.csv", "a@x.org\n", "1:1: no column `email`"),
        ("l.csv", 'email"x\n"a', "1:1: no column `email`"),
        ("l.csv", '"email', "1:1: no column `email`"),
        ("l.csv", "email,Email\n", "1:1: two columns `email`"),
        ("l.csv", "email,until,UNTIL\n", "1:1: two columns `until`"),
        ("l.csv", "n,email\n\nx,a@x\n", "3:3: not an email address"),
        ("l.csv", 'n,email\n"x, ""y""\nz",a\n', "3:4: not an email address"),
        ("l.csv", "n,email\nx,\n", "2:3: not an email address"),
        ("l.csv", "n,email\nx\n", "2:2: not an email address"),
        ("l.csv", "email;until\na@x.org;31.12.2026\n", "2:9: not a date"),
        (
            "l.csv",
            'email\na@x.org\n"b@x.org\nc@x.org\n',
            "3:1: not valid CSV: a quote that does not end, or text around one",
        ),
        (
            "l.csv",
            "email\n" + "a" * 200_000,
            "2:1: a field of more than 131072 characters, or a quote that does not end",
        ),
        ("l.csv", b"email,reason\na@x.org,caf\xe9", "2:12: not UTF-8 text"),
        ("l.txt", "a@x.org\n  b c\n", "2:3: not an email address"),
        ("l.txt", "Jane <a@x.org>", "1:1: not an email address"),
    ],
)
def test_what_is_wrong_in_a_list_is_told_with_its_place(listed, name, content, fault):
    assert listed(name, content).faults() == [f"{name}:{fault}"]


def test_a_list_that_is_not_utf8_says_how_to_save_it(listed):
    folder = listed("l.csv", b"email\na\xe9@x.org")
    with pytest.raises(Exception, match="save it as CSV UTF-8"):
        folder.load()


def test_a_list_may_serve_several_statuses_and_its_faults_come_once(folder):
    folder.write("a.yaml", "version: 1\nstatuses: {s: {members_from: [l.txt]}, t: {members_from: [./l.txt]}}")
    loaded = folder.write("l.txt", "a@x.org").load()
    assert loaded.spec.statuses["s"].members == loaded.spec.statuses["t"].members
    assert loaded.warnings == ()
    assert len(folder.write("l.txt", "a").faults()) == 1
