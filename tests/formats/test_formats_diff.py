"""What a spec changed is shown in every format, the dangerous first, and says that no tenant was looked at."""

from datetime import date

import pytest
from msgspec.structs import replace

from documents import obeyed, shape
from hostile import HOSTILE
from omneo_reconcile.core.model import Count, Entry, Limits, Mode, Spec
from omneo_reconcile.core.spec_diff import Base, DiffHeader, SpecDiff, diff
from omneo_reconcile.formats.diff_review import diff_review
from omneo_reconcile.formats.mask import mask
from omneo_reconcile.formats.review import Tone
from shown import FORMATS, as_github, as_markdown, as_text
from worlds import AS_OF, spec_of, status_of

BEFORE = spec_of(
    status_of("staff", "sam@example.com", "kim@example.com"),
    status_of("vip", "jane@example.com", "lee@example.com", mode=Mode.EXCLUSIVE),
)
AFTER = spec_of(
    status_of("staff", "sam@example.com", mode=Mode.EXCLUSIVE),
    status_of("vip", "lee@example.com", "max@example.com", mode=Mode.EXCLUSIVE, limits=Limits(max_adds=Count(5000))),
)


def diff_of(before: Spec | None = BEFORE, after: Spec = AFTER, revision: str = "main") -> SpecDiff:
    return diff(before, after, DiffHeader("0", AS_OF, Base(revision, "0" * 40), None))


def test_the_verdict_names_who_would_lose_it_and_that_others_would_too():
    assert as_text(diff_of()).splitlines()[1] == (
        "The spec would take a status from 2 named people and everybody not listed in 1 status"
        " and give one to 1 person; look at 2 settings."
    )


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_says_that_the_tenant_was_not_looked_at(format_name):
    assert "The tenant was not looked at" in FORMATS[format_name](diff_of())


def test_the_dangerous_stands_first():
    comment = as_markdown(diff_of())
    assert "> - `staff`: mode was `additive` and is `exclusive`: everybody who is not listed loses it\n" in comment
    assert "> - `vip`: limits.max_adds was `1000` and is `5000`: one plan may change more\n" in comment
    assert comment.index("Would lose it") < comment.index("<details>") < comment.index("Would gain it, if")


def test_dangers_are_marked_at_their_lines():
    commands = obeyed(as_github(diff_of()))
    assert len(commands) == 4
    assert all(command.startswith("::warning ") for command in commands)


def test_nothing_changed_says_so_in_one_line():
    assert as_text(diff_of(AFTER)).splitlines()[1] == "The spec says what it said."


def test_a_person_who_is_named_no_more_is_shown_with_the_line_that_named_them():
    assert "    - jane@example.com  no longer listed (stood at spec.yaml:1)" in as_text(diff_of())


@pytest.mark.parametrize("format_name", ["text", "markdown", "github", "html"])
def test_every_format_shows_each_setting_in_its_table_and_text_shows_it_once(format_name):
    shown = FORMATS[format_name](diff_of(after=replace(AFTER, timezone="Asia/Tokyo")))
    assert "Settings to look at" in shown
    assert "Other settings changed" in shown
    if format_name == "text":
        assert shown.count("limits.max_adds") == shown.count("timezone") == 1
        assert "    ! limits.max_adds  was 1000 and is 5000: one plan may change more" in shown.splitlines()
    if format_name == "markdown":
        assert "| The whole spec |  |  |  |  | 1 |  |  |\n" in shown
        assert "| timezone | was `UTC` and is `Asia/Tokyo` |" in shown


def test_a_whole_spec_for_another_tenant_is_marked():
    after = replace(AFTER, tenant="b")
    commands = obeyed(as_github(diff_of(replace(BEFORE, tenant="a"), after)))
    assert (
        "::warning title=tenant_changed::tenant was a and is b: the spec may be run against another tenant" in commands
    )


@pytest.mark.parametrize(
    ("until", "shown"),
    [(None, "no longer listed (stood"), (date(2027, 1, 1), "no longer listed (was until 2027-01-01) (stood")],
)
def test_a_person_who_is_dropped_has_no_last_day_but_the_one_that_was(until, shown):
    entry = Entry("a@example.com", until, None, "a.yaml", 1)
    text = as_text(diff_of(spec_of(replace(status_of("vip"), members={entry.email: entry})), spec_of(status_of("vip"))))
    assert shown in text
    assert "further notice" not in text


def test_who_would_lose_it_is_a_warning_though_they_would_have_before():
    gone = Entry("b@example.com", date(2026, 1, 1), None, "a.yaml", 1)
    before = replace(status_of("vip", "z@example.com", mode=Mode.EXCLUSIVE), members={gone.email: gone})
    review = diff_review(diff_of(spec_of(before), spec_of(status_of("vip", "z@example.com", mode=Mode.EXCLUSIVE))))
    assert "take a status from 1 named person" in review.verdict
    assert review.tone is Tone.LOSS


def test_a_person_in_two_spellings_is_one():
    def side(*spellings):
        statuses = (
            status_of(handle, email, mode=Mode.EXCLUSIVE) for handle, email in zip("ab", spellings, strict=True)
        )
        return spec_of(*statuses)

    found = diff_of(side("Jane@Example.com", "jane@example.com"), side("max@example.com", "MAX@example.com"))
    assert (
        as_text(found).splitlines()[1] == "The spec would take a status from 1 named person and give one to 1 person."
    )


def test_another_reason_alone_takes_nothing_and_is_shown_with_the_one_that_was():
    def side(reason):
        entry = Entry("a@example.com", None, reason, "a.yaml", 1)
        return spec_of(replace(status_of("vip"), absent={entry.email: entry}))

    review = diff_review(diff_of(side("asked for"), side("left")))
    assert (review.tone, review.losses) == (Tone.GAIN, ())
    text = as_text(diff_of(side("asked for"), side("left")))
    assert "    = a@example.com  another reason (left; was asked for; a.yaml:1)" in text.splitlines()


def test_a_status_that_is_gone_says_only_that_it_is_kept_by_whoever_holds_it():
    text = as_text(diff_of(spec_of(status_of("vip", mode=Mode.EXCLUSIVE, owner="loyalty")), spec_of()))
    assert "vip (no longer in the spec, and not managed any more: whoever holds it keeps it; owner loyalty)" in text
    assert text.count("whoever holds it keeps it") == 1
    assert "loses it" not in text


def test_members_are_masked_by_number():
    assert "@" not in as_markdown(mask(diff_of()))


def hostile(text: str) -> SpecDiff:
    entries = {email: Entry(email, None, text, text, 1) for email in ("a@example.com", text)}
    status = replace(status_of("vip"), handle=text, owner=text, members=entries, mode=Mode.EXCLUSIVE)
    before = spec_of(
        replace(status, mode=Mode.ADDITIVE, owner="x", members={"b@example.com": entries["a@example.com"]})
    )
    return diff_of(before, spec_of(status), text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_changes_nothing_but_its_own_text(text):
    assert shape(as_markdown(hostile(text))) == shape(as_markdown(hostile("harmless")))
    assert len(obeyed(as_github(hostile(text)))) == len(obeyed(as_github(hostile("harmless"))))
    assert len(as_text(hostile(text)).splitlines()) == len(as_text(hostile("harmless")).splitlines())
