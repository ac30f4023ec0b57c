"""A comment says what matters, fits, and nothing in it breaks out of its place."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from documents import FORGE, plan_of_many, receipt_of, shape
from hostile import HOSTILE, hostile_plan
from omneo_reconcile.core.changes import Reason, Remove
from omneo_reconcile.core.failure import Failure, Problem
from omneo_reconcile.core.model import Source
from omneo_reconcile.core.plan import Expiring, Plan
from omneo_reconcile.errors import FailureName
from omneo_reconcile.formats.as_markdown import MOST_BYTES, code_span
from omneo_reconcile.formats.mask import mask
from shown import as_markdown
from worlds import AS_OF, plan_for, profiles, specs


def cells(markdown: str) -> list[int]:
    """How many cells each row of each table has."""
    widths: list[int] = []
    for token in FORGE.parse(markdown):
        if token.type == "tr_open":
            widths.append(0)
        elif token.type in {"td_open", "th_open"}:
            widths[-1] += 1
    return widths


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_changes_nothing_but_its_own_text(text):
    assert shape(as_markdown(hostile_plan(text))) == shape(as_markdown(hostile_plan("harmless")))
    assert cells(as_markdown(hostile_plan(text))) == cells(as_markdown(hostile_plan("harmless")))


@given(st.text(min_size=1, max_size=60) | st.text("`|\\<>[]()!*_~#@:/&- \n", min_size=1, max_size=40))
def test_no_text_whatever_changes_more_than_itself(text):
    assert shape(as_markdown(hostile_plan(text))) == shape(as_markdown(hostile_plan("harmless")))


@given(st.text(min_size=1, max_size=200))
def test_a_value_is_one_code_span_and_says_the_same(text):
    (block,) = [token for token in FORGE.parse(f"x {code_span(text)} y") if token.type == "inline"]
    assert [child.type for child in block.children or ()] == ["text", "code_inline", "text"]


@given(specs(), profiles())
def test_the_first_line_is_hidden_and_carries_the_fingerprint(spec, world):
    plan = plan_for(spec, world)
    first = as_markdown(plan).splitlines()[0]
    assert first == f"<!-- omneo-reconcile plan tenant=acme fingerprint={plan.fingerprint} -->"


def test_a_tenant_that_is_no_name_stays_out_of_the_hidden_line():
    plan = hostile_plan("-->")
    hostile = replace(plan, tenant=replace(plan.tenant, name="--> <b>"))
    assert as_markdown(hostile).splitlines()[0] == f"<!-- omneo-reconcile plan fingerprint={plan.fingerprint} -->"


def with_long_handles(*, statuses: int, letter: str) -> Plan:
    """A refused plan that takes statuses from people, all of them with the longest of handles, and ending soon."""
    plan = plan_of_many(changes=statuses, removals=statuses, statuses=statuses)
    longer = {status.handle: status.handle + letter * 296 for status in plan.statuses}
    status = {"statuses": tuple(replace(row, handle=longer[row.handle]) for row in plan.statuses)}
    rows = {
        name: tuple(replace(row, status=longer[row.status]) for row in getattr(plan, name))
        for name in ("changes", "limits")
    }
    refused = tuple(replace(check, ok=False, override=7) for check in rows["limits"])
    soon = tuple(Expiring(handle, AS_OF, 1, Source(letter * 300, 1)) for handle in longer.values())
    return replace(plan, **status, changes=rows["changes"], limits=refused, expiring=soon)


@pytest.mark.parametrize(
    "plan",
    [
        plan_of_many(changes=30_000),
        plan_of_many(changes=3_000, text="\U0001f600" * 400),
        plan_of_many(changes=2_000, statuses=2_000),
        plan_of_many(changes=2_000, statuses=2_000, text="|`" * 200),
        with_long_handles(statuses=400, letter="\U0001f600"),
        with_long_handles(statuses=400, letter="\U000e0041"),
    ],
    ids=["many changes", "long texts", "many statuses", "many hostile statuses", "long handles", "invisible handles"],
)
def test_a_comment_fits_whatever_the_plan_and_still_says_the_totals_and_the_fingerprint(plan):
    comment = as_markdown(plan)
    assert len(comment.encode()) <= MOST_BYTES
    assert f"**Plan: {plan.summary.add} to add, {plan.summary.remove} to remove, " in comment
    assert comment.count(plan.fingerprint) == 2
    assert " more: too many for a comment" in comment or " more statuses" in comment
    assert comment.count("<details>") == comment.count("</details>")


def test_where_there_is_no_room_for_all_those_who_lose_something_are_shown_first():
    comment = as_markdown(plan_of_many(changes=30_000, removals=400))
    rows = [line for line in comment.splitlines() if line.startswith("| `s0` | `r")]
    assert len(rows) == 400


def test_a_comment_uses_the_room_that_it_has():
    assert len(as_markdown(plan_of_many(changes=30_000)).encode()) > 0.9 * MOST_BYTES


def verdict_of(plan: Plan) -> str:
    return next(line for line in as_markdown(plan).splitlines() if line.startswith("> **"))


def test_the_verdict_warns_if_anybody_loses_a_status_and_names_the_status():
    comment = as_markdown(plan_of_many(changes=3, removals=2))
    assert (
        "> [!WARNING]\n> **2 people would LOSE a status, 1 person would gain one.**\n> - 2 people would lose `s0`"
        in comment
    )
    assert "[!WARNING]" not in as_markdown(plan_of_many(changes=3))
    assert verdict_of(plan_of_many(changes=0)) == "> **Nobody would gain or lose a status.**"


def test_who_loses_two_statuses_is_one_person():
    plan = plan_of_many(changes=2, removals=2, statuses=2, people=1)
    assert verdict_of(plan) == "> **1 person would LOSE a status, nobody would gain one.**"


def test_a_refused_plan_says_so_first_and_by_how_much():
    comment = as_markdown(plan_of_many(changes=1_001))
    assert "> [!CAUTION]\n> **This plan is refused. " in comment
    assert "> - Refused: `status s0`: `would add 1001 but may add at most 1000`; " in comment


def test_a_receipt_says_that_it_was_proven():
    comment = as_markdown(receipt_of(plan_of_many(changes=3, removals=1)))
    assert comment.startswith("<!-- omneo-reconcile receipt tenant=acme fingerprint=")
    assert "> **Applied and confirmed: 2 added, 1 removed.**" in comment


def test_a_failure_is_a_comment_too_so_that_no_older_one_stays():
    problems = (
        Problem(FailureName.INVALID_SPEC, "bad", "a.yaml:3:1", "mend it"),
        Problem(FailureName.USAGE, "x", "", "y"),
    )
    comment = as_markdown(Failure(FailureName.INVALID_SPEC, problems))
    assert comment.startswith("<!-- omneo-reconcile failure -->\n### Refused\n")
    assert "| `a.yaml:3:1` |" in comment


@given(specs(), profiles())
def test_no_part_of_an_address_stays_in_a_masked_comment(spec, world):
    comment = as_markdown(mask(plan_for(spec, world)))
    assert not re.search(r"@|example\.com", comment)


def test_a_limit_that_was_raised_by_hand_is_said():
    plan = plan_of_many(changes=3)
    limits = tuple(replace(check, override=500, allowed=500) for check in plan.limits[:1])
    comment = as_markdown(replace(plan, limits=(*limits, *plan.limits[1:])))
    assert "- Limit of `s0`: add 3, at most 500 (allowed by hand, the spec says 1000)." in comment


def test_two_profiles_of_one_person_are_one_person_and_told_apart():
    plan = plan_of_many(changes=2, removals=2)
    twins = tuple(replace(change, email="twin@example.com") for change in plan.changes)
    comment = as_markdown(replace(plan, changes=twins))
    assert "> **1 person would LOSE a status, nobody would gain one.**\n> - 1 person would lose `s0`" in comment
    assert "profile `r0`" in comment
    assert "profile `r1`" in comment


def test_statuses_that_lose_somebody_stand_first_in_the_table():
    plan = plan_of_many(changes=2_000, statuses=2_000)
    last = Remove("s1999", "x", None, Reason.ABSENT, None, None, None)
    comment = as_markdown(replace(plan, changes=(*plan.changes, last)))
    first = next(line for line in comment.splitlines() if line.startswith("| `s"))
    assert first.startswith("| `s1999` |")


def test_what_is_odd_about_a_valid_spec_is_said(cli):
    (cli.folder / "spec.yaml").write_text(
        "version: 1\nstatuses:\n  vip: {members: [{email: a@example.com, until: 2020-01-01}]}\n"
    )
    comment = cli("validate", "spec.yaml", "--format", "markdown").out
    assert "has passed" in comment
    assert "`spec.yaml:3`" in comment
