"""How a reviewer sees that a plan would break a policy: which one, at which line, and whom it is about."""

import pytest
from msgspec.structs import replace

from documents import shape
from omneo_reconcile.core.model import Bound, Entry, Mode, Policies, Profile, Source
from omneo_reconcile.core.policies import PolicyName, Violation
from omneo_reconcile.formats.mask import mask
from shown import FORMATS, as_github, as_markdown, as_text
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


LINK = "[a](http://e.com)"


def test_a_handle_in_a_policy_becomes_no_link_in_a_comment():
    policies = Policies(requires={LINK: Source("a.yaml", 4)})
    world = (Profile("p0", PEOPLE[0], "active", frozenset()),)
    comment = as_markdown(plan_for(spec_of(status_of("vip", PEOPLE[0], policies=policies)), world))
    assert LINK in comment
    assert "link_open" not in {kind for kind, _ in shape(comment)}


def test_a_protected_person_is_shown_with_the_reason_and_every_profile():
    entry = Entry(PEOPLE[0], None, "Owns it", "a.yaml", 9)
    vip = status_of("vip", mode=Mode.EXCLUSIVE, policies=Policies(protected={PEOPLE[0]: entry}))
    world = tuple(Profile(name, PEOPLE[0], "active", frozenset({"vip"})) for name in ("p1", "p2"))
    shown = as_text(plan_for(spec_of(vip), world))
    assert "! ann@example.com  would lose vip but is protected (protected; Owns it; profiles p1, p2; a.yaml:9)" in shown
    assert "Refused: status vip: 1 protected person would lose it; keep the person as a member" in shown
