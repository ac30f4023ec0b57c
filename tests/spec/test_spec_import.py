"""The files that an import writes: their names, their style, and what stays of a spec that is there."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omneo_reconcile.core.importing import Imported, Unlisted
from omneo_reconcile.core.model import Mode
from omneo_reconcile.errors import InvalidSpec, OutputError
from omneo_reconcile.spec.file_names import file_stem
from omneo_reconcile.spec.fmt import format_file
from omneo_reconcile.spec.import_files import MOST_INLINE, draft_import
from omneo_reconcile.spec.load import load_spec
from omneo_reconcile.spec.schema import is_handle
from spec.conftest import NOW

MANY = tuple(f"u{number:03}@x.org" for number in range(MOST_INLINE + 1))
ODD_HANDLES = ["..", "/", "a/b", "../vip", "VIP", "Vip", "vip.", "con", "COM1", "on", "123", "лучший", "~", "-x", "#"]
handles = st.text(min_size=1, max_size=30).filter(is_handle)


def status(handle, *emails, mode=Mode.ADDITIVE, unlisted=(), is_new=True):
    return Imported(handle, mode, len(emails), emails, 0, 0, tuple(unlisted), is_new)


class Out:
    """A folder that people are imported to, as the command does it."""

    def __init__(self, path):
        self.path = path

    def draft(self, *statuses, has_spec=None):
        has_spec = any(self.path.rglob("*.y*ml")) if has_spec is None else has_spec
        before = load_spec([str(self.path)], as_of=None, now=NOW) if has_spec else None
        known = before.spec.statuses if before else {}
        statuses = [
            Imported(s.handle, s.mode, *[s.live, s.add, 0, 0, s.unlisted, s.handle not in known]) for s in statuses
        ]
        return draft_import(self.path, before, "acme", statuses, now=NOW)

    def write(self, *statuses):
        """Writes the drafts, and returns their names."""
        drafted = self.draft(*statuses)
        for path, draft in drafted.drafts.items():
            assert format_file(path.suffix, draft) == draft
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(draft)
        return sorted(path.relative_to(self.path).as_posix() for path in drafted.drafts)

    def text(self, name):
        return (self.path / name).read_text(encoding="utf-8")

    def members(self, handle):
        return {
            entry.email
            for entry in load_spec([str(self.path)], as_of=None, now=NOW).spec.statuses[handle].members.values()
        }


@pytest.fixture
def out(folder):
    return Out(folder.path)


def test_a_new_status_gets_a_file_in_the_one_style(out):
    assert out.write(
        status("vip", "Ada@x.org", "bo@x.org", unlisted=[Unlisted("p 1", False), Unlisted("p2\n", True)])
    ) == ["vip.yaml"]
    assert (
        out.text("vip.yaml")
        == """\
version: 1
tenant: acme
statuses:
  vip:
    mode: additive
    # no email: profile "p 1"
    # email is no address: profile "p2\\n"
    members:
      - Ada@x.org
      - bo@x.org
"""
    )


def test_a_status_that_nobody_holds_is_written_as_such(out):
    out.write(status("none"), status("nobody", mode=Mode.EXCLUSIVE))
    assert out.text("none.yaml").endswith("  none:\n    mode: additive\n    members: []\n    allow_empty: true\n")
    assert out.text("nobody.yaml").endswith("  nobody:\n    mode: exclusive\n    members: []\n    allow_empty: true\n")


def test_a_new_file_names_the_tenant_only_if_the_spec_there_does(out, folder):
    folder.write("a.yaml", "version: 1\nstatuses: {media: {members: [b@x.org]}}\n")
    out.write(status("vip", "a@x.org"))
    assert "tenant" not in out.text("vip.yaml")
    folder.write("a.yaml", "version: 1\ntenant: acme\nstatuses: {media: {members: [b@x.org]}}\n")
    out.write(status("staff", "a@x.org"))
    assert "tenant: acme\n" in out.text("staff.yaml")


def test_more_people_than_fit_go_to_a_list_beside_the_file_and_comments_stay_in_it(out):
    assert out.write(status("vip", *MANY, unlisted=[Unlisted("p1", False)])) == ["lists/vip.csv", "vip.yaml"]
    assert out.text("lists/vip.csv") == "email\n" + "".join(f"{email}\n" for email in MANY)
    assert out.text("vip.yaml").endswith("    # no email: profile p1\n    members_from:\n      - lists/vip.csv\n")


def test_odd_addresses_are_read_back_as_they_are(out):
    odd = ['"a b, c; #1"@x.org', "=1+1@x.org", "'@x.org", "null@x.org", "\u00fc@\u00e4.org"]
    out.write(status("inline", *odd), status("list", *odd, *MANY))
    assert out.members("inline") == set(odd)
    assert out.members("list") == {*odd, *MANY}


@given(st.sets(handles, min_size=2, max_size=8))
@example({"VIP", "vip", "Vip", "v/p", "v:p", "..", "con", "CON", "\u0130"})
def test_no_two_handles_share_a_file_on_any_system_and_none_leaves_the_folder(several):
    stems = {file_stem(handle) for handle in several}
    assert len(stems) == len(several)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]*(~[0-9a-f]{12})?", stem) for stem in stems)
    assert not stems & {"con", "nul", "com1"}


def test_any_handle_is_written_and_read_back_without_a_warning(out, folder):
    written = out.write(*(status(handle, "a@x.org") for handle in ODD_HANDLES), status("vip", *MANY))
    assert len(written) == len(ODD_HANDLES) + 2
    assert {handle: out.members(handle) for handle in ODD_HANDLES} == {handle: {"a@x.org"} for handle in ODD_HANDLES}
    assert out.write(*(status(handle) for handle in ODD_HANDLES)) == []
    assert folder.warnings() == []


def test_people_are_added_where_a_status_is_declared_and_all_that_is_there_stays(out, folder):
    folder.write(
        "team/a.yml",
        """\
# The team's statuses.

version: 1
statuses:
  vip:  # the best
    mode: exclusive
    owner: loyalty
    members:
      # since 2020
      - Zoe@x.org
      - {email: bo@x.org, until: 2027-01-01, reason: CRM}  # Bo
    absent: [old@x.org]
    # the end
  media: {members: [m@x.org]}
""",
    )
    folder.write("b.yaml", "version: 1\nstatuses: {vip: {members: [b@x.org]}}")
    assert out.write(status("vip", "Ada@x.org", unlisted=[Unlisted("p1", False)])) == ["b.yaml"]
    assert out.text("b.yaml").endswith(
        "  vip:\n    # no email: profile p1\n    members:\n      - Ada@x.org\n      - b@x.org\n"
    )
    (out.path / "b.yaml").unlink()
    assert out.write(status("vip", "Ada@x.org", unlisted=[Unlisted("p1", False)])) == ["team/a.yml"]
    assert (
        out.text("team/a.yml")
        == """\
# The team's statuses.

version: 1
statuses:
  media:
    members:
      - m@x.org
  vip: # the best
    mode: exclusive
    owner: loyalty
    # no email: profile p1
    members:
      - Ada@x.org
      - email: bo@x.org # Bo
        until: 2027-01-01
        reason: CRM
      # since 2020
      - Zoe@x.org
    absent:
      - old@x.org
    # the end
"""
    )


def test_who_is_only_named_under_profiles_gets_a_file_with_the_others(out, folder):
    folder.write("people.yaml", "version: 1\nprofiles: {kim@x.org: [media]}\n")
    assert out.write(status("media", "a@x.org")) == ["media.yaml"]
    assert out.text("media.yaml") == (
        "version: 1\nstatuses:\n  media:\n    mode: additive\n    members:\n      - a@x.org\n"
    )
    assert out.members("media") == {"kim@x.org", "a@x.org"}


def test_who_is_only_named_under_profiles_needs_no_file_if_there_are_no_others(out, folder):
    folder.write("people.yaml", "version: 1\nprofiles: {kim@x.org: [media]}\n")
    assert out.write(status("media")) == []


def test_a_comment_is_written_once_and_makes_no_other_change(out, folder):
    folder.write("a.yaml", "version: 1\nstatuses: {vip: {absent: [a@x.org]}}\n")
    nobody = status("vip", unlisted=[Unlisted("p1", has_email=False)])
    assert out.write(nobody) == ["a.yaml"]
    assert "    # no email: profile p1\n    members: []\n" in out.text("a.yaml")
    assert out.write(nobody) == []


def test_a_comment_that_is_not_true_any_more_goes_unless_a_person_added_words(out):
    out.write(status("vip", "a@x.org", unlisted=[Unlisted("p1", False), Unlisted("p2", False), Unlisted("p3", True)]))
    text = out.text("vip.yaml").replace("profile p2", "profile p2, Bob of the press")
    (out.path / "vip.yaml").write_text(text.replace("    members:", "    # ours\n    members:"))
    assert out.write(status("vip", unlisted=[Unlisted("p3", False)])) == ["vip.yaml"]
    assert out.text("vip.yaml").endswith(
        "    # no email: profile p2, Bob of the press\n    # ours\n    # no email: profile p3\n"
        "    members:\n      - a@x.org\n"
    )
    assert out.write(status("vip", unlisted=[Unlisted("p2", False), Unlisted("p3", False)])) == []


def test_whoever_a_comment_names_anywhere_in_the_files_that_declare_a_status_is_not_named_again(out, folder):
    folder.write(
        "a.yaml",
        "version: 1\nstatuses:\n  vip:\n    members: [a@x.org]\n"
        "  zoo:\n    members: [z@x.org]\n    # no email: profile p4\n",
    )
    folder.write(
        "b.yaml", "# no email: profile p2 (Bob)\n\nversion: 1\nstatuses:\n  # no email: profile p3\n  vip: {owner: x}\n"
    )
    holders = [Unlisted(name, False) for name in ("p1", "p2", "p3", "p4", "p")]
    assert out.write(status("vip", unlisted=holders)) == ["a.yaml"]
    assert re.findall("# .*", out.text("a.yaml")) == [f"# no email: profile {name}" for name in ("p1", "p4", "p", "p4")]
    assert out.write(status("vip", unlisted=holders)) == []


def test_no_two_ids_make_the_same_comment(out):
    ids = ["p1", '"p1"', "p 1", "p\n1", '"p\\n1"', "p1,", "p1 x", "p"]
    out.write(status("vip", "a@x.org", unlisted=[Unlisted(name, False) for name in ids]))
    assert len(set(re.findall("# .*", out.text("vip.yaml")))) == len(ids)
    assert out.write(status("vip", unlisted=[Unlisted(name, False) for name in ids])) == []


@pytest.mark.parametrize(("mode", "stays"), [(Mode.ADDITIVE, False), (Mode.TRACKED, False), (Mode.EXCLUSIVE, True)])
def test_a_list_that_gets_people_needs_no_leave_to_be_empty_unless_it_is_exclusive(out, folder, mode, stays):
    out.write(status("vip", mode=mode))
    (out.path / "vip.yaml").write_text(out.text("vip.yaml").replace("    allow", "    # ours\n    allow"))
    out.write(status("vip", "a@x.org"))
    assert ("allow_empty: true" in out.text("vip.yaml")) is stays
    assert "# ours" in out.text("vip.yaml")
    assert folder.warnings() == []


def test_the_comments_on_a_leave_that_goes_stay(out, folder):
    folder.write("a.yaml", "version: 1\nstatuses: {vip: {mode: additive}}\n")
    folder.write("b.yaml", "version: 1\nstatuses:\n  vip:\n    # none yet\n    allow_empty: true  # ours\n")
    assert out.write(status("vip", "a@x.org")) == ["a.yaml", "b.yaml"]
    assert out.text("b.yaml") == "version: 1\nstatuses:\n  # none yet\n  # ours\n  vip: {}\n"


LIST = "version: 1\nstatuses:\n  vip: {members_from: [vip.csv]}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("email", "email\nada@x.org\nbo@x.org\n"),
        (
            "\ufeffName;E-Mail;Email\r\nZoe;1;zoe@x.org",
            "\ufeffName;E-Mail;Email\r\n;;ada@x.org\r\n;;bo@x.org\r\nZoe;1;zoe@x.org\r\n",
        ),
        ('Email,until\n"b@x.org",2027-01-01\n', 'Email,until\nada@x.org,\n"b@x.org",2027-01-01\nbo@x.org,\n'),
    ],
)
def test_people_are_added_to_the_list_of_a_status_that_has_no_other(out, folder, before, after):
    folder.write("a.yaml", LIST).write("vip.csv", before)
    assert out.write(status("vip", "ada@x.org", "bo@x.org")) == ["vip.csv"]
    assert (out.path / "vip.csv").read_bytes().decode() == after
    assert out.text("a.yaml") == LIST
    assert out.write(status("vip")) == []


@pytest.mark.parametrize(
    "spec",
    [
        "{vip: {members_from: [x.csv]}, media: {members_from: [./x.csv]}}",
        "{vip: {members_from: [x.txt]}}",
        "{vip: {members: [b@x.org], members_from: [x.csv]}}",
    ],
    ids=["shared", "text", "beside others"],
)
def test_people_are_added_inline_where_a_list_is_not_the_statuss_own_or_others_are_inline_too(out, folder, spec):
    folder.write("a.yaml", f"version: 1\nstatuses: {spec}\n").write("x.csv", "email\n").write("x.txt", "")
    assert out.write(status("vip", "ada@x.org")) == ["a.yaml"]
    assert "ada@x.org" in out.members("vip")
    assert "      - ada@x.org\n" in out.text("a.yaml")


def test_many_people_go_to_the_statuss_own_list_or_to_a_new_one_beside_the_file_that_declares_it(out, folder):
    folder.write("team/a.yaml", "version: 1\nstatuses: {vip: {members: [b@x.org]}}\n")
    assert out.write(status("vip", *MANY)) == ["team/a.yaml", "team/lists/vip.csv"]
    more = tuple(f"v{email}" for email in MANY)
    assert out.write(status("vip", *more)) == ["team/lists/vip.csv"]
    assert out.members("vip") == {"b@x.org", *MANY, *more}


@pytest.mark.parametrize(
    ("name", "emails"), [("vip.yaml/notes", ["a@x.org"]), ("lists/vip.csv", MANY)], ids=["folder", "list"]
)
def test_what_stands_where_a_new_file_is_to_be_is_never_overwritten(out, folder, name, emails):
    folder.write(name, "ours")
    with pytest.raises(OutputError) as caught:
        out.draft(status("vip", *emails), has_spec=False)
    assert caught.value.faults[0].where.endswith(f"specs/{name.removesuffix('/notes')}")


def test_a_link_that_leads_nowhere_is_never_written_through(out):
    (out.path / "lists").mkdir(parents=True)
    (out.path / "lists/vip.csv").symlink_to("n" * 300)
    with pytest.raises(OutputError):
        out.draft(status("vip", *MANY), has_spec=False)


def test_a_new_file_gets_another_name_if_a_file_of_the_spec_has_the_usual_one(out, folder):
    folder.write(
        "vip.yaml",
        "version: 1\nstatuses: {media: {members_from: [lists/vip.csv]}, a: {members_from: [lists/vip-2.csv]}}\n",
    )
    folder.write("lists/vip.csv", "email\nb@x.org\n").write("lists/vip-2.csv", "email\nb@x.org\n")
    assert out.write(status("vip", *MANY)) == ["lists/vip-3.csv", "vip-2.yaml"]
    assert out.members("vip") == set(MANY)
    assert out.members("media") == {"b@x.org"}


def test_a_list_that_an_import_left_which_could_not_write_all_is_no_obstacle(out):
    out.write(status("vip", *MANY))
    (out.path / "vip.yaml").unlink()
    assert out.write(status("vip", *MANY)) == ["lists/vip.csv", "vip.yaml"]


def test_a_list_that_would_lie_outside_the_folder_is_refused(out, tmp_path):
    out.path.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (out.path / "lists").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidSpec, match="is outside the spec's folder"):
        out.draft(status("vip", *MANY))


def test_drafts_that_would_mean_something_else_are_a_bug_and_never_returned(out, folder):
    folder.write("a.yaml", "version: 1\nstatuses: {vip: {members: [b@x.org]}}\n")
    before = load_spec([str(out.path)], as_of=None, now=NOW)
    folder.write("a.yaml", "version: 1\nstatuses: {vip: {members: [c@x.org]}}\n")
    with pytest.raises(RuntimeError):
        draft_import(out.path, before, "acme", [status("vip", "a@x.org", is_new=False)], now=NOW)
