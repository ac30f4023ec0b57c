"""Nothing shown can break out, nobody is shown who should be masked, and saved documents are trusted only whole."""

import json
import sys
import unicodedata
from typing import get_args

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from documents import plan_of_many
from hostile import HOSTILE, hostile_plan
from omneo_reconcile.errors import InvalidUse, PlanRejected
from omneo_reconcile.formats.as_json import from_json
from omneo_reconcile.formats.escape import plain, replace_emails, visible, without_emails
from omneo_reconcile.formats.mask import Masks, Person, mask
from shown import FORMATS, as_json, as_markdown
from worlds import plan_for, profiles, spec_of, specs, status_of

CANARY = "canary@example.com"
PEOPLE = ("changes", "held", "unresolved", "violations")


@given(st.text(max_size=400))
def test_plain_text_is_one_line_that_no_terminal_obeys(text):
    shown = plain(text)
    assert not {unicodedata.category(letter) for letter in shown} & {"Cc", "Cf", "Zl", "Zp", "Cs"}
    assert len(shown.splitlines()) <= 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_on_its_line_in_a_plan(text):
    lines = FORMATS["text"](hostile_plan(text)).splitlines()
    assert len(lines) == len(FORMATS["text"](hostile_plan("x")).splitlines())
    assert all(visible(line) == line for line in lines)


def test_very_long_text_is_cut():
    assert len(plain("x" * 10_000)) < 400


@pytest.mark.parametrize("text", [CANARY, f"<{CANARY}>", f"to {CANARY}, ", f"mailto:{CANARY}", '"c a"@example.com'])
def test_no_email_stays_in_text_for_an_error(text):
    assert "@example" not in without_emails(text)


@given(st.lists(st.emails(), min_size=1), st.text(alphabet=" ,;:()<>'\"\n=/{}`", min_size=1, max_size=3))
@example(["ann@example.com", "bob@example.com"], "'")
@example(["ann@example.com", "bob@example.com"], "=")
def test_every_email_in_a_text_is_found(emails, between):
    assert "@" not in replace_emails(between.join(emails), lambda _: "")


def test_a_person_has_one_mask_everywhere_and_two_have_two():
    masks = Masks(["jane@example.com", None, "john@example.com", "Jane@Example.com"])
    assert masks.of("JANE@example.com") == masks.of("jane@example.com") == "j… #1"
    assert masks.of("john@example.com") == "j… #2"
    assert masks.of("unknown@example.com") == "u… #3"


@given(specs(), profiles())
def test_a_masked_plan_holds_no_email_and_says_the_same_otherwise(spec, world):
    plan = plan_for(spec, world)
    masked = mask(plan)
    assert "@" not in as_json(masked).replace("@example.com/api", "")
    assert masked.summary == plan.summary
    assert [change.profile_id for change in masked.changes] == [change.profile_id for change in plan.changes]


def test_an_email_in_a_note_or_an_owner_is_masked_too():
    masked = mask(hostile_plan(f"asked by {CANARY}"))
    assert masked.changes[0].note == masked.statuses[0].owner == "asked by c… #2"


def test_whoever_stands_only_in_notes_has_the_same_number_wherever_the_reading_begins():
    plan = plan_of_many(changes=4)
    noted = tuple(replace(change, note=f"for n{place}@example.com") for place, change in enumerate(plan.changes))
    masked = mask(replace(plan, changes=noted))
    assert masked.changes[3].note == "for n… #8"
    assert [change.note for change in masked.changes] == [f"for n… #{number}" for number in (5, 6, 7, 8)]
    assert masked.changes[-1] == masked.changes[3]


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_the_tenant_stores_as_an_email_is_masked_even_if_it_looks_like_none(format_name):
    plan = hostile_plan("vip")
    rows = {part: tuple(replace(row, email="qzjane") for row in getattr(plan, part)) for part in PEOPLE}
    assert "qzjane" in FORMATS[format_name](replace(plan, **rows))
    assert "qzjane" not in FORMATS[format_name](mask(replace(plan, **rows)))


def test_rows_that_are_masked_one_by_one_hold_no_email_of_anybody_but_in_one_field():
    for row in get_args(Person):
        inner = [field.type for field in msgspec.inspect.type_info(row).fields]
        types = [one for kind in inner for one in getattr(kind, "types", [kind])]
        structs = [one for one in types if isinstance(one, msgspec.inspect.StructType)]
        assert {field.name for one in structs for field in one.fields} <= {"file", "line"}


@given(specs(), profiles())
def test_json_written_row_by_row_is_what_is_written_at_once(spec, world):
    plan = plan_for(spec, world)
    assert as_json(plan) == msgspec.json.format(msgspec.json.encode(plan), indent=2).decode() + "\n"


@given(specs(), profiles())
def test_a_saved_plan_is_read_back_as_it_was(spec, world):
    plan = plan_for(spec, world)
    assert from_json(as_json(plan).encode(), "plan.json") == plan


@given(specs(), profiles(), st.data())
def test_a_saved_plan_with_any_byte_changed_is_refused_or_means_the_same(spec, world, data):
    saved = bytearray(as_json(plan_for(spec, world)).encode())
    saved[data.draw(st.integers(0, len(saved) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = from_json(bytes(saved), "plan.json")
    except (InvalidUse, PlanRejected):
        return
    plan = plan_for(spec, world)
    timeless = {"created_at": plan.created_at, "reads": plan.reads, "summary": plan.summary}
    assert replace(read, **timeless) == replace(plan, **timeless)


def test_an_error_about_a_saved_plan_quotes_no_value_of_it():
    saved = as_json(plan_for(spec_of(status_of("vip")), ())).replace('"1.0"', f'"{CANARY}"')
    with pytest.raises(InvalidUse) as refused:
        from_json(saved.encode(), "plan.json")
    assert "@" not in str(refused.value)


def test_two_statuses_or_profiles_whose_names_look_like_emails_stay_two():
    plan = plan_of_many(changes=4, removals=2, statuses=2)
    at = {"s0": "vip@syd", "s1": "vip@mel"}
    plan = replace(
        plan,
        statuses=tuple(replace(status, handle=at[status.handle]) for status in plan.statuses),
        changes=tuple(
            replace(change, status=at[change.status], profile_id=f"{change.profile_id}@x", email=None)
            for change in plan.changes
        ),
        limits=tuple(replace(check, status=at[check.status]) for check in plan.limits),
    )
    full, masked = as_markdown(plan), as_markdown(mask(plan))
    assert "syd" not in masked
    assert [line.count("|") for line in masked.splitlines()] == [line.count("|") for line in full.splitlines()]
    assert "> **2 people would LOSE a status, 2 people would gain one.**" in masked


def test_every_letter_that_a_terminal_obeys_is_escaped_in_json():
    letters = map(chr, range(0x20, sys.maxunicode + 1))
    obeyed = "".join(letter for letter in letters if unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"})
    saved = as_json(hostile_plan(obeyed))
    assert saved.replace("\n", "").isprintable()
    assert json.loads(saved)["tenant"]["base_url"] == obeyed


@given(st.text(max_size=100))
def test_json_holds_nothing_that_a_terminal_obeys_and_says_the_same(text):
    saved = as_json(hostile_plan(text))
    assert not {unicodedata.category(letter) for letter in saved.replace("\n", "")} & {"Cc", "Cf", "Zl", "Zp"}
    assert json.loads(saved)["tenant"]["base_url"] == text
