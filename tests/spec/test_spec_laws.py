"""What holds for every spec."""

import tempfile
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from omneo_reconcile.errors import InvalidSpec, InvalidUse
from omneo_reconcile.spec.load import load_spec

NOW = datetime(2026, 6, 30, tzinfo=UTC)
EMAILS = st.sampled_from(["a@x.org", "A@x.org", "b@x.org", "B@X.org", "c@bücher.de", "c@xn--bcher-kva.de"])
ROWS = st.tuples(EMAILS, st.sampled_from(["", "Gold", "Silver"]))
FILES = st.lists(st.lists(ROWS, max_size=4), min_size=1, max_size=3)
PIECES = [
    "version: 1\n",
    "statuses:",
    "profiles:",
    " s:",
    "  members:",
    "   - ",
    "[",
    "]",
    "{",
    "}",
    "a@x.org",
    ": ",
    "\n",
]
PIECES += [
    "&a ",
    "*a",
    "!x ",
    "'",
    '"',
    "# ",
    "?",
    "- ",
    "|",
    "\t",
    "\x00",
    "é",
    "\r",
    "members_from: [l.csv]",
    "mode: exclusive",
]
TEXTS = st.binary(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=25).map(
    lambda pieces: "".join(pieces).encode()
)


def load(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files:
            Path(folder, name).write_bytes(content)
        yaml = [str(Path(folder, name)) for name, _ in files if name.endswith(".yaml")]
        return load_spec(yaml, as_of=None, now=NOW).spec


def as_yaml(rows):
    members = "".join(f"  - {{email: {email}, reason: '{reason}'}}\n" for email, reason in rows)
    return f"version: 1\nstatuses:\n s:\n  members:\n{members or '   []'}".encode()


def meaning(spec):
    people = {
        handle: {key: (entry.email, entry.until, entry.reason) for key, entry in status.members.items()}
        for handle, status in spec.statuses.items()
    }
    return spec.digest, people


@given(files=FILES, data=st.data())
def test_the_order_of_files_and_rows_means_nothing(files, data):
    shuffled = [data.draw(st.permutations(rows)) for rows in data.draw(st.permutations(files))]
    one = load([(f"{number}.yaml", as_yaml(rows)) for number, rows in enumerate(files)])
    other = load([(f"{number}.yaml", as_yaml(rows)) for number, rows in enumerate(shuffled)])
    assert meaning(one) == meaning(other)


@given(rows=st.lists(ROWS, max_size=6))
def test_yaml_csv_and_text_say_the_same(rows):
    listed = b"version: 1\nstatuses: {s: {members_from: [%s]}}"
    table = "Email;Reason\n" + "".join(f"{email};{reason}\n" for email, reason in rows)
    from_yaml = load([("a.yaml", as_yaml(rows))])
    assert meaning(from_yaml) == meaning(load([("a.yaml", listed % b"l.csv"), ("l.csv", table.encode())]))
    lines = "".join(f"{email}\n" for email, _ in rows)
    from_text = load([("a.yaml", listed % b"l.txt"), ("l.txt", lines.encode())])
    assert from_yaml.statuses["s"].members.keys() == from_text.statuses["s"].members.keys()


@given(text=TEXTS, table=TEXTS)
def test_no_bytes_raise_anything_but_a_fault(text, table):
    with suppress(InvalidSpec, InvalidUse):
        load([("a.yaml", text), ("l.csv", table)])
    with suppress(InvalidSpec, InvalidUse):
        load(
            [
                ("a.yaml", b"version: 1\nstatuses: {s: {members_from: [l.csv, l.txt]}}"),
                ("l.csv", table),
                ("l.txt", text),
            ]
        )


@given(day=st.dates(min_value=date(1, 1, 1)))
def test_a_last_day_is_read_as_written(day):
    spec = load([("a.yaml", f"version: 1\nstatuses: {{s: {{members: [{{email: a@x.org, until: {day}}}]}}}}".encode())])
    assert spec.statuses["s"].members["a@x.org"].until == day
