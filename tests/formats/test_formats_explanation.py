"""One person is explained in every format, in the words of plans, and masked like everybody."""

import pytest
from msgspec.structs import replace

from documents import obeyed, shape
from hostile import HOSTILE, hostile_plan
from omneo_reconcile.core.changes import Held, HeldWhy, Reason
from omneo_reconcile.core.explanation import Explained, Explanation, LiveProfile, Mention, MentionKind, Outcome
from omneo_reconcile.core.failure import Problem
from omneo_reconcile.core.model import Source
from omneo_reconcile.core.plan import FORMAT_VERSION
from omneo_reconcile.errors import FailureName
from omneo_reconcile.formats.mask import mask
from shown import FORMATS, as_github, as_html, as_markdown, as_text
from worlds import HEADER

JANE = "jane@example.com"
NO_ROWS = {"mentions": (), "changes": (), "held": (), "unresolved": ()}


def explanation_of(text: str = "x", email: str = JANE, **parts: object) -> Explanation:
    """An explanation that carries a text wherever a spec or a tenant could put one."""
    plan = hostile_plan(text)
    where = Source(text, 1)
    changed = Explained(
        handle=text,
        outcome=Outcome.REMOVE,
        holds=True,
        reason=None,
        source=None,
        until=None,
        mentions=(Mention(text, MentionKind.PROFILES, text, None, text, where),),
        changes=plan.changes,
        held=(*plan.held, Held(text, text, text, HeldWhy.TYPE_NOT_TOLD)),
        unresolved=plan.unresolved,
        plan=plan.statuses[0],
    )
    left = replace(changed, **NO_ROWS, outcome=Outcome.UNCHANGED, reason=Reason.DECLARED, source=where)
    explanation = Explanation(
        format_version=FORMAT_VERSION,
        tool_version="0",
        created_at=HEADER.created_at,
        as_of=HEADER.as_of,
        tenant=plan.tenant,
        commit=text,
        email=email,
        profiles=(LiveProfile(text, text, text, (text, "vip")),),
        unreadable=None,
        is_told=True,
        statuses=(changed, left),
        not_in_spec=(text,),
        refused=(Problem(FailureName.OVER_LIMIT, "would remove 1", f"status {text}", text),),
    )
    return replace(explanation, **parts)


def lines_of(**parts: object) -> list[str]:
    return [
        line.strip() for line in as_text(explanation_of(**{"statuses": (), "not_in_spec": ()} | parts)).splitlines()
    ]


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_tells_what_is_live_what_would_happen_and_what_would_refuse_it(format_name):
    shown = FORMATS[format_name](explanation_of("wholesale"))
    assert JANE in shown
    assert "may remove" in shown or "would remove 1" in shown
    assert shown.count("wholesale") > 5


@pytest.mark.parametrize(
    ("profile", "line"),
    [
        (LiveProfile("p1", JANE, "deleted", ()), "deleted, so it is no profile any more; holds no status"),
        (LiveProfile("p1", JANE, "system", ("media", "vip")), "system; holds media, vip"),
        (LiveProfile("p1", JANE, None, None), "of a type that was not told; the tenant did not tell its statuses"),
    ],
)
def test_a_profile_says_what_it_is_and_what_was_not_told(profile, line):
    assert f"= profile p1  {line} ({JANE})" in lines_of(profiles=(profile,))
    assert f"= profile p1  {line}" in lines_of(profiles=(replace(profile, email=None),))


def test_nobody_and_not_told_are_two_things_in_every_format():
    nobody = explanation_of(profiles=())
    not_told = explanation_of(profiles=(), unreadable="the tenant answered 503")
    for show in (as_text, as_markdown, as_html):
        assert "nobody has this email" in show(nobody)
        assert "nobody has this email" not in show(not_told)
        assert "503" in show(not_told)


def test_where_no_status_is_concerned_the_last_line_says_why_there_is_no_plan():
    living, gone = LiveProfile("p1", JANE, "active", None), LiveProfile("p2", JANE, "deleted", None)
    why = "No plan for this person: the spec does not name the email, and "
    assert lines_of(profiles=(gone,))[-1] == f"{why}the person holds no status of it."
    assert lines_of(profiles=(living,), is_told=False)[-1] == f"{why}what the person holds is not known."
    assert lines_of(profiles=(), unreadable="503", is_told=False)[-1] == f"{why}what the person holds is not known."


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (Outcome.UNDECLARED, "additive: not listed, keeps it"),
        (Outcome.UNSEEN, "holds it, but the tenant's list of holders does not show that: left alone"),
    ],
)
def test_whoever_is_not_listed_is_told_why_nothing_happens(outcome, line):
    left = replace(explanation_of().statuses[0], **NO_ROWS, outcome=outcome)
    assert f"= {JANE}  {line}" in lines_of(statuses=(left,))


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_person_is_masked_wherever_they_stand_and_keeps_one_number(format_name):
    shown = FORMATS[format_name](mask(explanation_of(f"asked by {JANE}", JANE)))
    assert "jane" not in shown
    assert "j… #1" in shown
    assert "j… #2" not in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_changes_nothing_but_its_own_text(text):
    hostile, tame = (explanation_of(value, value) for value in (text, "harmless"))
    assert shape(as_markdown(hostile)) == shape(as_markdown(tame))
    assert len(obeyed(as_github(hostile))) == len(obeyed(as_github(tame)))
    assert len(as_text(hostile).splitlines()) == len(as_text(tame).splitlines())


def test_what_refuses_a_plan_becomes_no_link_in_a_comment():
    link = "[a](http://e.com)"
    problem = Problem(FailureName.POLICY, f"would hold vip without {link}", "a.yaml:4", f"mend {link}")
    comment = as_markdown(explanation_of(refused=(problem,)))
    assert comment.count(link) == 2
    assert "link_open" not in {kind for kind, _ in shape(comment)}


def test_of_whom_a_status_protects_and_does_not_list_it_says_so():
    status = replace(explanation_of().statuses[0], **NO_ROWS, outcome=Outcome.SATISFIED, holds=False)
    assert f"= {JANE}  protected, but not listed" in lines_of(statuses=(status,))
