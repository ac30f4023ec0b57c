"""What a spec changed is shown in every format, the dangerous first, and says that no tenant was looked at."""

import pytest
from msgspec.structs import replace

from documents import obeyed, shape
from hostile import HOSTILE
from omneo_reconcile.core.model import Count, Entry, Limits, Mode, Spec
from omneo_reconcile.core.spec_diff import Base, DiffHeader, SpecDiff, diff
from omneo_reconcile.formats import FORMATS
from omneo_reconcile.formats.as_github import as_github
from omneo_reconcile.formats.as_markdown import as_markdown
from omneo_reconcile.formats.as_text import as_text
from omneo_reconcile.formats.mask import mask
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
