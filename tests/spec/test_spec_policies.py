"""Policies in files: how they are read and merged, what cannot be meant, and what `fmt` makes of them."""

import pytest

from omneo_reconcile.core.model import Policies
from omneo_reconcile.spec.fmt import format_file, format_spec
from spec.conftest import NOW

ALL = """\
exclusive_with: [staff, no]
requires: ['123']
min_members: 1
max_members: 500
members: [a@x.org]
protected:
  - Boss@x.org
  - {email: owner@x.org, reason: Owns it}"""


def policies(folder) -> Policies:
    return folder.load().spec.statuses["s"].policies


def test_each_policy_is_read_with_the_line_that_says_so_and_handles_stay_text(status):
    read = policies(status(ALL))
    lines = {handle: source.line for handle, source in {**read.exclusive_with, **read.requires}.items()}
    assert lines == {"staff": 4, "no": 4, "123": 5}
    assert (read.min_members.number, read.max_members.number) == (1, 500)
    assert (read.min_members.source.line, read.max_members.source.line) == (6, 7)
    people = {email: (entry.email, entry.reason, entry.line) for email, entry in read.protected.items()}
    assert people == {"boss@x.org": ("Boss@x.org", None, 10), "owner@x.org": ("owner@x.org", "Owns it", 11)}


def test_what_several_files_say_adds_up_and_a_number_has_one_value(folder):
    text = "version: 1\nstatuses: {s: {exclusive_with: [%s], max_members: %s, protected: [%s]}}"
    folder.write("a.yaml", text % ("t", 1, "a@x.org")).write("b.yaml", text % ("t, u", 1, "A@x.org, b@x.org"))
    read = policies(folder)
    assert {handle: source.file[-6:] for handle, source in read.exclusive_with.items()} == {
        "t": "a.yaml",
        "u": "b.yaml",
    }
    assert list(read.protected) == ["a@x.org", "b@x.org"]
    assert folder.write("b.yaml", text % ("t", 2, "a@x.org")).faults() == [
        "b.yaml:2:50: `max_members` of `s` is given twice with two values (a.yaml:2:50)"
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("min_members: 3\nmax_members: 2", "4:18: `min_members: 3` is more than `max_members: 2` (a.yaml:5:18)"),
        ("exclusive_with: [t, s]", "4:25: `exclusive_with` names the status itself"),
        ("requires: [s]", "4:16: `requires` names the status itself"),
        (
            "requires: [t]\nexclusive_with: [u, t]",
            "4:16: `s` requires a status that it excludes, so nobody could hold it (a.yaml:5:25)",
        ),
        ("exclusive_with: ['a b']", "4:22: not the handle of a status"),
        ("requires: [[t]]", "4:16: not the handle of a status"),
        ("exclusive_with: staff", "4:21: `exclusive_with` is not a list"),
        ("min_members: many", "4:18: `min_members` is not a count"),
        ("max_members: -1", "4:18: `max_members` is not a count"),
        ("max_members: '5'", "4:18: `max_members` is not a count"),
        ("max_members: 5%", "4:18: `max_members` is not a count"),
        ("protected: [nobody]", "4:17: not an email address"),
        ("protected: [{email: a@x.org, until: 2030-01-01}]", "4:34: unknown key `until`"),
        ("protect: [a@x.org]", "4:5: unknown key `protect`"),
    ],
)
def test_what_cannot_be_meant_is_a_fault_at_its_place(status, body, told):
    assert status(body).faults()[0] == f"a.yaml:{told}"


def test_a_status_that_excludes_itself_is_one_fault_and_no_policy_that_its_members_break(status):
    assert len(status("exclusive_with: [s]\nrequires: [s]\nmembers: [a@x.org]").faults()) == 2


def test_a_status_that_requires_what_excludes_it_elsewhere_is_a_fault_too(folder):
    folder.write("a.yaml", "version: 1\nstatuses: {s: {requires: [t]}}")
    folder.write("b.yaml", "version: 1\nstatuses: {t: {exclusive_with: [s], members: [a@x.org]}}")
    what = "`s` requires a status that it excludes, so nobody could hold it (b.yaml:2:33)"
    assert folder.faults() == [f"a.yaml:2:27: {what}"]


def test_a_spec_with_faults_says_what_breaks_a_policy_too_if_all_of_it_was_read(folder):
    head = "version: 1\nstatuses: {s: {min_members: 2, members: [a@x.org]}, "
    folder.write("a.yaml", head + "t: {members: [b@x.org],\n absent: [b@x.org]}}")
    assert folder.faults() == [
        "a.yaml:3:11: one email both member and absent of a status (a.yaml:2:67)",
        "a.yaml:2: status s lists 1 member and must have at least 2",
    ]
    assert folder.write("a.yaml", head + "t: {members: [b]}}").faults() == [
        "a.yaml:2:67: not an email address",
        "a.yaml:2: status s lists 1 member and must have at least 2",
    ]
    assert len(folder.write("a.yaml", "version: 1\nstatuses: {s: {min_members: 2, members: [b]}}").faults()) == 1
    assert len(folder.write("a.yaml", head + "t: {members: [").faults()) == 1


def test_a_status_with_nothing_but_policies_is_not_odd(status):
    assert not status("protected: [a@x.org]").warnings()
    assert status("owner: x").warnings()


def test_a_policy_changes_the_digest_and_a_spec_without_one_has_the_digest_it_had(status):
    plain = status("members: [a@x.org]").load().spec
    digests = {"695c5870eaa95863824669005bba9318ab25ced952ecfe6bdee356195e0e44b4"}
    assert digests == {plain.digest}
    for body in ("requires: [t]", "exclusive_with: [t]", "min_members: 1", "max_members: 1", "protected: [b@x.org]"):
        digests.add(status(f"members: [a@x.org]\n{body}").load().spec.digest)
    digests.add(status("members: [a@x.org]\nprotected: [{email: b@x.org, reason: x}]").load().spec.digest)
    assert len(digests) == 7


def test_fmt_puts_policies_in_order_and_keeps_their_meaning(status):
    folder = status("""\
protected: [{reason: Owns it, email: owner@x.org}, Boss@x.org, boss@x.org]
members: [a@x.org]
max_members: 500
min_members: 1
requires:
  - '123'
exclusive_with: [staff, "no", staff]
owner: x""")
    file = folder.path / "a.yaml"
    digest = folder.load().spec.digest
    (draft,) = format_spec([str(folder.path)], now=NOW).drafts.values()
    assert draft.decode().splitlines()[3:] == [
        "    owner: x",
        '    exclusive_with: ["no", staff]',
        '    requires: ["123"]',
        "    min_members: 1",
        "    max_members: 500",
        "    members:",
        "      - a@x.org",
        "    protected:",
        "      - Boss@x.org",
        "      - email: owner@x.org",
        "        reason: Owns it",
    ]
    file.write_bytes(draft)
    assert folder.load().spec.digest == digest
    assert format_file(".yaml", draft) == draft
