"""How a reviewer sees that a plan would break a policy: which one, at which line, and whom it is about."""

import pytest
from msgspec.structs import replace

from omneo_reconcile.core.model import Bound, Policies, Profile, Source
from omneo_reconcile.core.policies import PolicyName, Violation
from omneo_reconcile.formats import FORMATS
from omneo_reconcile.formats.as_github import as_github
from omneo_reconcile.formats.as_markdown import as_markdown
from omneo_reconcile.formats.as_text import as_text
from omneo_reconcile.formats.mask import mask
from worlds import plan_for, spec_of, status_of

PEOPLE = ("ann@example.com", "bob@example.com")


def refused_plan():
    """A plan that would give two people a status beside one that it excludes, and have too many holders."""
    policies = Policies(exclusive_with={"staff": Source("a.yaml", 4)}, max_members=Bound(1, Source("a.yaml", 5)))
    world = [Profile(f"p{number}", email, "active", frozenset({"staff"})) for number, email in enumerate(PEOPLE)]
    return plan_for(spec_of(status_of("vip", *PEOPLE, policies=policies)), tuple(world))


def test_a_comment_says_each_policy_once_and_lists_the_people_unfolded_and_masked():
    comment = as_markdown(mask(refused_plan()))
    assert "> **This plan is refused. Nobody would lose a status, 2 people would gain one.**" in comment
    told = "> - Refused: status `vip`: 2 people break `exclusive_with: staff`; leave the person in one of the two"
    assert comment.count(told) == 1
    assert "<details open><summary>Against a policy: 3</summary>" in comment
    row = "| `vip` | `a… #1` | `would hold vip and staff, which exclude each other` |"
    assert f"{row} `exclusive_with: staff` at `a.yaml:4` | `spec.yaml:1` |" in comment
    assert (
        "| `vip` | all members | `lists 2 members and may have at most 1` | `max_members: 1` | `a.yaml:5` |" in comment
    )


def test_a_pipeline_marks_the_line_of_each_policy_once():
    marks = [line for line in as_github(refused_plan()).splitlines() if line.startswith("::error")]
    assert [mark.partition("::")[2].partition(",title=policy::")[0] for mark in marks] == [
        "error file=a.yaml,line=4",
        "error file=a.yaml,line=5",
    ]


@pytest.mark.parametrize("format_name", sorted(FORMATS))
def test_a_violation_of_a_plan_file_that_names_no_line_and_no_status_of_it_is_shown_too(format_name):
    plan = refused_plan()
    stray = Violation("else", PolicyName.PROTECTED, None, None, ("p9",), None, (), "would lose it")
    assert "else" in FORMATS[format_name](replace(plan, violations=(stray,)))
    assert "(no email) profile p9" in as_text(replace(plan, violations=(replace(stray, status="vip"),)))
    assert stray.fault.where == "status else"
