"""On GitHub a step marks lines of the spec, and nothing that it prints is obeyed but that."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from documents import obeyed, plan_of_many, receipt_of
from hostile import HOSTILE, hostile_plan
from omneo_reconcile.core.changes import Unresolved
from omneo_reconcile.core.failure import Failure, Problem
from omneo_reconcile.core.model import Source, UnresolvedPolicy
from omneo_reconcile.core.plan import Expiring, Plan
from omneo_reconcile.core.resolve import Why
from omneo_reconcile.core.run import Outcome
from omneo_reconcile.core.seal import seal
from omneo_reconcile.errors import FailureName
from omneo_reconcile.formats.as_github import step_outputs
from shown import FORMATS, as_github
from worlds import AS_OF

OUTPUTS = ["changes", "to_add", "to_remove", "unresolved", "fingerprint", "failure-reason"]


def names(commands: list[str]) -> list[str]:
    return [re.match(r"::(\w+)( (file=[^:]*,)?(line=\d+,)?title=[^:,]*)?::", command)[1] for command in commands]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("format_name", ["text", "github", "json"])
def test_no_format_that_is_printed_in_a_pipeline_makes_it_obey_a_value(format_name, text):
    render = FORMATS[format_name]
    expected = len(obeyed(render(hostile_plan("harmless"))))
    assert len(obeyed(render(hostile_plan(text)))) == expected


@given(st.text(max_size=50) | st.text(":# \n\r%,[]verso", max_size=30))
def test_no_text_whatever_adds_a_command_or_changes_its_kind(text):
    assert names(obeyed(as_github(hostile_plan(text)))) == names(obeyed(as_github(hostile_plan("harmless"))))


def marks(document: Plan) -> list[str]:
    return obeyed(as_github(document))


def with_unresolved(count: int, policy: UnresolvedPolicy = UnresolvedPolicy.SKIP) -> Plan:
    plan = plan_of_many(changes=1)
    people = tuple(
        Unresolved("s0", f"u{number}@example.com", Why.NOT_FOUND, (), Source("specs/a.yaml", number + 1))
        for number in range(count)
    )
    status = replace(plan.statuses[0], unresolved=count, unresolved_policy=policy)
    return seal(replace(plan, unresolved=people, statuses=(status,)))


def test_an_unresolved_person_is_a_warning_at_the_line_that_names_them():
    assert marks(with_unresolved(1)) == [
        "::warning file=specs/a.yaml,line=1,title=unresolved::u0@example.com in s0: nobody has this email; left alone"
    ]


def test_where_the_spec_says_that_the_unresolved_refuse_they_are_errors():
    first, *_ = marks(with_unresolved(1, UnresolvedPolicy.ERROR))
    assert first.startswith("::error ")


def test_what_is_over_a_limit_is_an_error_at_the_line_that_declares_the_status():
    plan = plan_of_many(changes=1_001)
    status = replace(plan.statuses[0], source=Source("specs/a.yaml", 7))
    (command,) = marks(seal(replace(plan, statuses=(status,))))
    assert command.startswith("::error file=specs/a.yaml,line=7,title=over_limit::s0: would add 1001 ")


def test_what_ends_soon_is_a_notice_at_its_line():
    plan = plan_of_many(changes=0)
    ending = Expiring("vip", AS_OF, 3, Source("specs/a.yaml", 5))
    assert marks(seal(replace(plan, expiring=(ending,)))) == [
        "::notice file=specs/a.yaml,line=5,title=ends soon::3 memberships of vip end with 2026-06-15"
    ]


def test_a_step_marks_as_many_lines_as_are_shown_and_counts_the_rest():
    commands = marks(with_unresolved(25))
    assert len(commands) == 10
    assert commands[-1] == "::warning::16 more like these: see the summary of this step"


def test_a_change_that_failed_is_an_error_at_its_line():
    receipt = receipt_of(plan_of_many(changes=2), {1: Outcome.FAILED})
    assert obeyed(as_github(receipt)) == [
        "::error file=specs/people.yaml,line=2,title=failed::add of s0 for profile a1"
    ]


def test_a_fault_of_the_spec_is_an_error_at_its_line():
    problem = Problem(FailureName.INVALID_SPEC, "an unknown key", "specs/a.yaml:3:5", "check the spelling")
    assert obeyed(as_github(Failure(FailureName.INVALID_SPEC, (problem,)))) == [
        "::error file=specs/a.yaml,line=3,title=invalid_spec::an unknown key; check the spelling"
    ]


def outputs(lines: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines.splitlines())


def test_later_steps_are_told_the_numbers_the_fingerprint_and_why_it_is_refused():
    plan = plan_of_many(changes=1_005, removals=2)
    told = outputs(step_outputs(plan))
    assert list(told) == OUTPUTS
    assert list(told.values()) == ["1005", "1003", "2", "0", plan.fingerprint, "over_limit"]


def test_later_steps_are_told_a_failure_too_and_no_number_that_nobody_counted():
    failure = Failure(FailureName.NETWORK, (Problem(FailureName.NETWORK, "x", "", "y"),))
    assert outputs(step_outputs(failure)) == dict.fromkeys(OUTPUTS, "") | {"failure-reason": "network"}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_value_adds_a_step_output(text):
    assert list(outputs(step_outputs(hostile_plan(text)))) == OUTPUTS
