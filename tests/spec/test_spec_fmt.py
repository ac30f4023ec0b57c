"""What `fmt` makes of the files of a spec: one order, one style, comments kept, and the same meaning."""

import json
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from omneo_reconcile.errors import InvalidSpec
from omneo_reconcile.spec import fmt
from omneo_reconcile.spec.fmt import format_file, format_spec
from omneo_reconcile.spec.load import load_spec
from spec.conftest import NOW


def yaml(text):
    return format_file(".yaml", text.encode()).decode()


def text_list(text):
    return format_file(".txt", text.encode()).decode()


def table(text):
    return format_file(".csv", text.encode()).decode()


def members(body):
    """The formatted lines of one list of members, with their indent left out."""
    head = "version: 1\nstatuses:\n  s:\n    members:\n"
    lines = yaml(head + "".join(f"      {line}\n" for line in body.splitlines()))
    assert lines.startswith(head)
    return "".join(line.removeprefix("      ") for line in lines.removeprefix(head).splitlines(keepends=True))


def test_keys_stand_as_in_the_schema_statuses_by_handle_and_people_by_email():
    assert (
        yaml("""\
profiles: {kim@x.org: [vip, media], Ada@x.org: [media]}
statuses:
  vip: {absent: [old@x.org], members_from: [b.txt, a.csv], members: [sam@x.org, Jane@x.org], mode: exclusive}
  media: {members: [{reason: Press, email: z@x.org}], limits: {max_removals: 5, max_adds: 10%}}
limits:
  max_adds: 7
timezone: UTC
version: 1
tenant: acme
""")
        == """\
version: 1
tenant: acme
timezone: UTC
limits: {max_adds: 7}
statuses:
  media:
    limits: {max_adds: 10%, max_removals: 5}
    members:
      - email: z@x.org
        reason: Press
  vip:
    mode: exclusive
    members:
      - Jane@x.org
      - sam@x.org
    members_from:
      - a.csv
      - b.txt
    absent:
      - old@x.org
profiles:
  Ada@x.org: [media]
  kim@x.org: [media, vip]
"""
    )


def test_a_comment_above_an_entry_or_behind_it_travels_with_it():
    assert (
        members("""\
# for c
- c@x.org # is c
# for b, first line
# for b, second line
- email: b@x.org # is b
  # for the day
  until: 2026-12-31 # the day
- a@x.org
# at the end""")
        == """\
- a@x.org
# for b, first line
# for b, second line
- email: b@x.org # is b
  # for the day
  until: 2026-12-31 # the day
# for c
- c@x.org # is c
# at the end
"""
    )


def test_comments_inside_brackets_stay_with_what_they_follow():
    assert (
        yaml("""\
version: 1
statuses: {vip: {members: [b@x.org, # is b
   # for a
   a@x.org # is a
   # at the end
   ]} # is vip
  }
profiles:
  kim@x.org: [vip, # for ever
    media]
""")
        == """\
version: 1
statuses:
  vip: # is vip
    members:
      # for a
      - a@x.org # is a
      - b@x.org # is b
      # at the end
profiles:
  kim@x.org:
    - media
    - vip # for ever
"""
    )


def test_a_comment_at_the_end_belongs_to_what_it_is_indented_to():
    text = """\
version: 1
statuses:
  media:
    members:
      - a@x.org
      # at the end of the members
    # at the end of media
  # for vip
  vip:
    members: []
# at the end of the file
"""
    assert yaml(text) == text


def test_what_stands_at_the_top_with_an_empty_line_below_is_about_the_file():
    assert (
        yaml("""\
# about the file

# for the statuses
statuses: {}
# for the version
version: 1
""")
        == """\
# about the file

# for the version
version: 1
# for the statuses
statuses: {}
"""
    )


@pytest.mark.parametrize("rest", ["version: 1\n", "profiles: {a@x.org: [s]}\nversion: 1\n"])
def test_the_line_that_tells_editors_of_the_schema_stays_the_first(rest):
    modeline = "# yaml-language-server: $schema=../.omneo.schema.json\n"
    assert yaml(f"{modeline}# The first key.\n{rest}").startswith(modeline)
    assert yaml(yaml(modeline + rest)) == yaml(modeline + rest)


def test_empty_lines_divide_keys_and_statuses_but_not_people():
    assert (
        yaml("""\

version: 1


statuses:

  vip:
    members:

      - b@x.org

      - a@x.org

  media: {members: []}
""")
        == """\
version: 1

statuses:
  media:
    members: []

  vip:
    members:
      - a@x.org
      - b@x.org
"""
    )


def test_nobody_stands_twice_in_a_list_unless_for_two_reasons():
    assert (
        members("""\
- b@x.org # again
- {email: A@x.org, reason: Silver}
- {email: a@x.org, reason: Gold}
- a@x.org
# for B
- B@x.org
- email: b@x.org
- {email: a@X.org, reason: Gold} # doubled""")
        == """\
- email: a@X.org # doubled
  reason: Gold
- email: A@x.org
  reason: Silver
# again
# for B
- B@x.org
"""
    )


@pytest.mark.parametrize(
    ("written", "formatted"),
    [
        ("'Gold tier, CRM-123'", "Gold tier, CRM-123"),
        ('"Gold: tier"', '"Gold: tier"'),
        ("'say \"no\" #1'", '"say \\"no\\" #1"'),
        ("no", '"no"'),
        ("'123'", '"123"'),
        ("2026-12-31", '"2026-12-31"'),
        *(
            (number, f'"{number}"')
            for number in ("0o17", "1e3", ".5", "+1", "-1", "0x1F", "1.", "1_000", "+.5E-3", "017")
        ),
        *((text, text) for text in ("1e", "0o8", "0xg", "1.2.3", "e3", "5%")),
        (">\n    two\n    lines", "two lines"),
        ("|\n    two\n    lines", '"two\\nlines"'),
        ('"\\u202e\\U0001F600"', '"\\u202e\N{GRINNING FACE}"'),
        ('"\\U000E0001"', '"\\U000e0001"'),
        ("''", '""'),
    ],
)
def test_text_is_quoted_only_where_it_would_be_read_as_something_else(written, formatted):
    assert members(f"- email: a@x.org\n  reason: {written}") == f"- email: a@x.org\n  reason: {formatted}\n"


def test_handles_that_look_like_something_else_stay_text_in_quotes():
    assert yaml("version: 1\nstatuses: {on: {members: []}, 123: {members: []}, ~: {members: []}}") == (
        "version: 1\nstatuses:\n"
        '  "123":\n    members: []\n'
        '  "on":\n    members: []\n'
        '  "~":\n    members: []\n'
    )  # fmt: skip


def test_a_comment_behind_the_mark_of_a_block_of_text_stays_behind_it():
    assert members("- email: a@x.org\n  reason: > # folded\n    Gold\n    tier\n- b@x.org") == (
        "- email: a@x.org\n  reason: Gold tier # folded\n- b@x.org\n"
    )


def test_comments_stay_wherever_yaml_takes_them():
    assert (
        yaml("""\
%YAML 1.1
# among the directives
--- # behind the beginning
version: 1
? statuses # behind a key
# above a value
: {} # behind a value
... # behind the end
# below it
""")
        == """\
# among the directives
# behind the beginning
version: 1
# above a value
statuses: {} # behind a key # behind a value
# behind the end
# below it
"""
    )


def test_the_mark_and_line_ends_of_windows_do_not_stay_in_yaml_and_text():
    assert yaml("\ufeffversion: 1\r\n# none yet\r\nstatuses: {}\r\n") == "version: 1\n# none yet\nstatuses: {}\n"
    assert text_list("\ufeffb@x.org\r\na@x.org\r\n") == "a@x.org\nb@x.org\n"


def test_statuses_of_a_person_take_more_lines_only_if_they_do_not_fit_one():
    handles = [f"a-rather-long-handle-{number}" for number in range(6)]
    assert yaml(f"version: 1\nprofiles: {{kim@x.org: [{', '.join(handles)}]}}") == (
        "version: 1\nprofiles:\n  kim@x.org:\n" + "".join(f"    - {handle}\n" for handle in handles)
    )


def test_a_text_list_is_sorted_with_each_comment_above_or_behind_its_line():
    assert (
        text_list("""\
# about the list

# for c
 C@x.org   # is c

b@x.org
b@x.org # again
# for a
a@x.org
# at the end
""")
        == """\
# about the list

# for a
a@x.org
# again
b@x.org
# for c
C@x.org # is c
# at the end
"""
    )


def test_the_rows_of_a_table_move_as_they_are_written():
    header, gold, ada = '\ufeffName;"Email";Reason\r\n', 'Bo;b@x.org;"Gold; tier"\r\n', '"A\r\nda";A@x.org;\r\n'
    bare, unquoted = ";B@x.org;\r\n", "Bo; b@x.org;Gold; tier\r\n"
    assert table(header + gold + ";;\r\n" + ada + bare + unquoted.rstrip()) == header + ada + unquoted + gold


def test_a_table_without_rows_stays_as_it_is():
    assert table("email,until") == "email,until\n"


def test_only_files_that_would_change_get_drafts(folder):
    folder.write("a.yaml", "version: 1\nstatuses:\n  s:\n    members_from:\n      - l.csv\n      - l.txt\n")
    folder.write("l.csv", "email\na@x.org\nb@x.org\n").write("l.txt", "d@x.org\nc@x.org\n")
    files, drafts = format_spec([str(folder.path)], now=NOW)
    assert [file.path.name for file in files] == ["a.yaml", "l.csv", "l.txt"]
    assert drafts == {folder.path / "l.txt": b"c@x.org\nd@x.org\n"}


def test_two_last_days_are_a_fault_of_the_spec(status):
    folder = status("members: [{email: a@x.org, until: 2030-01-01}, a@x.org]")
    with pytest.raises(InvalidSpec):
        format_spec([str(folder.path)], now=NOW)


@pytest.mark.parametrize("wrong", [b"version: 1\nstatuses: {s: {members: []}}\n", b"statuses: {}\n"])
def test_a_draft_that_would_mean_something_else_is_refused(status, monkeypatch, wrong):
    """The guard is tested against a formatter that loses a member, or the sense of the file."""
    folder = status("members: [a@x.org]")
    monkeypatch.setattr(fmt, "written", lambda _: wrong.decode())
    with pytest.raises(RuntimeError, match="something else"):
        format_spec([str(folder.path)], now=NOW)


HANDLES = [
    "vip",
    "on",
    "no",
    "123",
    "~",
    "null",
    "1e3",
    "a:b",
    "x#y",
    "é",
    "{x}",
    "<<",
    "-a",
    "?b",
    "2026-01-01",
    "Vip",
]
EMAILS = [
    "a@x.org",
    "A@x.org",
    "b@x.org",
    "c@bücher.de",
    "c@xn--bcher-kva.de",
    "o'neil@x.org",
    '"a b"@x.org',
    "-x@x.org",
]
LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from(" \n\t:#-,")
REASONS = st.none() | st.text(LETTERS, max_size=12).filter(str.strip)
PEOPLE = st.lists(st.tuples(st.sampled_from(EMAILS), REASONS), max_size=5)
STATUSES = st.fixed_dictionaries(
    {"members": PEOPLE},
    optional={
        "mode": st.sampled_from(["additive", "exclusive"]),
        "owner": st.sampled_from(["loyalty", "yes", "a: b", ""]),
        "limits": st.dictionaries(st.sampled_from(["max_adds", "max_removals"]), st.sampled_from(["5", "2.5%"])),
        "allow_empty": st.just("true"),
        "requires": st.lists(st.sampled_from(["partner", "no"]), max_size=3),
        "max_members": st.just("9"),
        "protected": PEOPLE,
    },
)
PROFILES = st.dictionaries(st.sampled_from(EMAILS[3:]), st.lists(st.sampled_from(HANDLES), max_size=3))
SPECS = st.fixed_dictionaries(
    {"version": st.just("1"), "statuses": st.dictionaries(st.sampled_from(HANDLES), STATUSES, max_size=3)},
    optional={"profiles": PROFILES, "tenant": st.sampled_from(["acme", "123"])},
)


class Scribe:
    """Writes a spec in any order and style, with comments and empty lines wherever YAML takes them."""

    TYPED = ("version", "max_adds", "max_removals", "max_members", "allow_empty")

    def __init__(self, random, *, may_comment=True):
        self.random = random
        self.may_comment = may_comment
        self.comments = []

    def write(self, spec):
        text = self.above(0)
        if self.chance():
            return text + self.block(spec, 0)
        return text + self.flow(spec, 2) + self.behind() + "\n"

    def chance(self):
        return self.random.random() < 0.5

    def any_order(self, things):
        things = list(things)
        self.random.shuffle(things)
        return things

    def behind(self):
        if not self.may_comment or not self.chance():
            return ""
        self.comments.append(f"# {len(self.comments)}")
        return f" {self.comments[-1]}"

    def above(self, indent):
        lines = ""
        while self.may_comment and self.random.random() < 0.25:
            column = self.random.randrange(indent + 4)
            lines += f"{' ' * column}{self.behind().lstrip()}".rstrip() + "\n"
        return lines

    def nodes(self, value):
        """A mapping or list as pairs, in any order; those of a list have no key."""
        if isinstance(value, dict):
            return self.any_order((self.scalar(key), key, item) for key, item in value.items())
        return self.any_order((None, None, self.person(item)) for item in value)

    def person(self, item):
        if isinstance(item, str):
            return item
        email, reason = item
        return {"email": email} | ({} if reason is None else {"reason": reason}) if reason or self.chance() else email

    def scalar(self, text):
        return json.dumps(text, ensure_ascii=False)

    def leaf(self, key, text):
        return text if key in self.TYPED else self.scalar(text)

    def block(self, value, indent):
        lines = ""
        for written, key, item in self.nodes(value):
            lines += self.above(indent) + " " * indent + ("-" if written is None else f"{written}:")
            if isinstance(item, str):
                gap = f"{self.behind()}\n{self.above(indent)}{' ' * (indent + 1)}" if self.chance() else " "
                lines += f"{gap}{self.leaf(key, item)}{self.behind()}\n"
            elif not item or self.chance():
                lines += f" {self.flow(item, indent + 1)}{self.behind()}\n"
            else:
                lines += f"{self.behind()}\n{self.block(item, indent + 2)}"
        return lines + self.above(indent)

    def flow(self, value, indent):
        begin, end = "{}" if isinstance(value, dict) else "[]"
        parts = []
        for written, key, item in self.nodes(value):
            text = self.leaf(key, item) if isinstance(item, str) else self.flow(item, indent + 1)
            parts.append(self.gap(indent) + ("" if written is None else f"{written}: ") + text + self.gap(indent))
        return begin + ",".join(parts) + self.gap(indent) + end

    def gap(self, indent):
        return f"{self.behind()}\n{self.above(indent)}{' ' * indent}" if self.chance() else ""


def digest(text):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.yaml")
        file.write_text(text, encoding="utf-8", newline="")
        return load_spec([str(file)], as_of=None, now=NOW).spec.digest


@given(spec=SPECS, seed=st.integers(0, 2**32))
def test_formatting_twice_is_formatting_once_and_keeps_the_meaning_and_every_comment(spec, seed):
    scribe = Scribe(Random(seed))
    text = scribe.write(spec)
    try:
        before = digest(text)
    except InvalidSpec:
        reject()
    formatted = yaml(text)
    assert digest(formatted) == before
    assert yaml(formatted) == formatted
    assert Counter(formatted.split())["#"] >= len(scribe.comments)
    assert all(comment in formatted for comment in scribe.comments)


@given(spec=SPECS, seed=st.integers(0, 2**32))
def test_whatever_the_order_and_style_the_result_is_the_same(spec, seed):
    texts = [Scribe(Random(number), may_comment=False).write(spec) for number in (seed, seed + 1)]
    try:
        digest(texts[0])
    except InvalidSpec:
        reject()
    one, other = ([line for line in yaml(text).splitlines() if line] for text in texts)
    assert one == other


@given(lines=st.lists(st.sampled_from(["a@x.org", "A@x.org # is a", "b@x.org", "# one", "# two", "", " "])))
def test_a_text_list_formatted_twice_is_formatted_once_and_keeps_its_comments(lines):
    formatted = text_list("\n".join(lines))
    assert text_list(formatted) == formatted
    assert formatted.count("#") == sum(line.count("#") for line in lines)


@given(
    rows=st.lists(st.sampled_from(["a@x.org,", "A@x.org,Gold", "a@x.org,Silver", ",", '"b@x.org","x\ny"', "b@x.org"]))
)
def test_a_table_formatted_twice_is_formatted_once(rows):
    formatted = table("\n".join(["email,reason", *rows]))
    assert table(formatted) == formatted
