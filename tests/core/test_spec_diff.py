"""What a spec says otherwise than at its base: complete, in a fixed order, and true to what plans would do."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from omneo_reconcile.core.changes import Add
from omneo_reconcile.core.danger import Danger
from omneo_reconcile.core.dropped import with_dropped
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import (
    Bound,
    Count,
    Entry,
    Limits,
    Mode,
    Policies,
    Profile,
    Share,
    Source,
    Spec,
    StatusSpec,
    UnresolvedPolicy,
)
from omneo_reconcile.core.spec_diff import TENANT_NOTE, Base, DiffHeader, Presence, dangers_of, diff, is_empty
from omneo_reconcile.core.spec_members import Effect, Step
from omneo_reconcile.formats.mask import mask
from shown import as_json
from worlds import AS_OF, EMAILS, HANDLES, guarded_specs, plan_for, spec_of, specs, status_of

HEADER = DiffHeader("0", AS_OF, Base("main", "0" * 40), None)
PAST, FUTURE = date(2026, 6, 14), date(2027, 1, 1)
FEW, MANY = Bound(2, Source("a.yaml", 4)), Bound(9, Source("b.yaml", 5))
HERE = Source("a.yaml", 3)


def rows_of(before: Spec | None, after: Spec):
    return [row for status in diff(before, after, HEADER).statuses for row in status.members]


def named(spec: Spec | None):
    """Who is named how: by status and email, the last day of members, whether absent, and why."""
    return {
        (handle, email): (None if is_absent else entry.until, is_absent, entry.reason)
        for handle, status in (spec.statuses if spec else {}).items()
        for is_absent, people in ((False, status.members), (True, status.absent))
        for email, entry in people.items()
    }


def planned(spec: Spec, *, held: bool, kind: type):
    """The memberships that a plan would add or remove if everybody, or nobody, held every status."""
    world = tuple(
        Profile(f"p{number}", email, "active", frozenset(HANDLES if held else ()))
        for number, email in enumerate(EMAILS)
    )
    plan = plan_for(spec, world)
    return {(change.status, change.email) for change in plan.changes if isinstance(change, Add) is (kind is Add)}


@st.composite
def reasoned(draw, specs=specs()):  # noqa: B008 - a strategy is no value
    """A spec whose people are named for reasons."""
    spec = draw(specs)
    reasons = st.sampled_from([None, None, "asked for", "left"])

    def given_reasons(people):
        return {email: replace(entry, reason=draw(reasons)) for email, entry in people.items()}

    return spec_of(
        *(
            replace(status, members=given_reasons(status.members), absent=given_reasons(status.absent))
            for status in spec.statuses.values()
        )
    )


@st.composite
def edited(draw):
    """A spec, and it again with at most a few edits, or another one."""
    before = draw(reasoned(specs() | guarded_specs()))
    after = draw(st.just(before) | reasoned(st.just(before)) | reasoned())
    handle = draw(st.sampled_from(sorted(after.statuses)))
    settings = draw(
        st.sampled_from(
            [
                {},
                {},
                {"owner": "x"},
                {"mode": Mode.TRACKED},
                {"limits": Limits(max_adds=Count(2))},
                {"policies": Policies(max_members=MANY)},
                {"policies": Policies(protected={"a@x.org": Entry("a@x.org", None, "owns", "a.yaml", 7)})},
            ]
        )
    )
    tenant, timezone = draw(st.sampled_from([(None, "UTC"), (None, "UTC"), ("acme", "UTC"), (None, "Asia/Tokyo")]))
    statuses = after.statuses | {handle: replace(after.statuses[handle], **settings)}
    return before, replace(after, tenant=tenant, timezone=timezone, statuses=statuses)


@given(edited())
def test_nothing_differs_if_and_only_if_the_digests_are_equal(sides):
    before, after = ((without_days_of_absent(spec)) for spec in sides)
    assert is_empty(diff(before, after, HEADER)) == (before.digest == after.digest)


def without_days_of_absent(spec: Spec) -> Spec:
    """The spec as files could say it: nobody is absent until a day."""
    statuses = {
        handle: replace(status, absent={email: replace(entry, until=None) for email, entry in status.absent.items()})
        for handle, status in spec.statuses.items()
    }
    return replace(spec, statuses=statuses)


@given(specs())
def test_a_spec_does_not_differ_from_itself(spec):
    same = diff(spec, spec, HEADER)
    assert is_empty(same)
    assert not any(astuple(same.summary))


@given(specs(), specs(), st.randoms())
def test_the_order_of_statuses_and_people_and_how_emails_are_written_changes_nothing(before, after, random):
    def shuffled(people):
        return dict(random.sample(list(people.items()), len(people)))

    def mixed(spec):
        statuses = {
            handle: replace(status, members=shuffled(status.members), absent=shuffled(status.absent))
            for handle, status in shuffled(spec.statuses).items()
        }
        return replace(spec, statuses=statuses)

    assert as_json(diff(mixed(before), mixed(after), HEADER)) == as_json(diff(before, after, HEADER))


@given(specs())
def test_a_person_who_moved_to_another_line_or_spelling_is_no_change(spec):
    def moved(people):
        return {email: replace(entry, file="z.csv", line=9, email=email.title()) for email, entry in people.items()}

    statuses = {
        handle: replace(status, members=moved(status.members), absent=moved(status.absent))
        for handle, status in spec.statuses.items()
    }
    assert is_empty(diff(spec, replace(spec, statuses=statuses), HEADER))


@given(st.none() | reasoned(), reasoned())
def test_there_is_one_row_for_everybody_whom_the_two_name_differently_and_none_for_others(before, after):
    was, now = named(before), named(after)
    different = {pair for pair in was.keys() | now.keys() if was.get(pair) != now.get(pair)}
    rows = Counter((row.status, normal_form(row.email)) for row in rows_of(before, after))
    assert rows == dict.fromkeys(different, 1)


@given(st.none() | reasoned(), reasoned())
def test_the_steps_lead_from_the_lists_of_the_base_to_those_of_now(before, after):
    lists = named(before)
    for row in rows_of(before, after):
        pair = row.status, normal_form(row.email)
        match row.step:
            case Step.LISTED | Step.UNTIL:
                lists[pair] = (row.until, False, row.note)
            case Step.ABSENT:
                lists[pair] = (None, True, row.note)
            case Step.REASON:
                assert lists[pair][2] == row.note_before
                lists[pair] = (*lists[pair][:2], row.note)
            case Step.DROPPED | Step.NO_LONGER_ABSENT:
                del lists[pair]
    assert lists == named(after)


@given(st.none() | reasoned(), reasoned())
def test_who_loses_and_who_is_in_danger_is_what_plans_would_do_if_everybody_held_every_status(before, after):
    lost = planned(since(before, after), held=True, kind=object)
    lost_before = planned(since(before, before), held=True, kind=object) if before else set()
    rows = {(row.status, normal_form(row.email)): row for row in rows_of(before, after)}
    assert {pair for pair, row in rows.items() if row.effect is Effect.LOSES} == lost & rows.keys()
    assert {pair for pair, row in rows.items() if row.danger} == (lost - lost_before) & rows.keys()


def since(base, spec):
    """The spec, with whom it drops since a base."""
    return with_dropped(spec, base or spec_of(), {"spec.yaml": "base:spec.yaml"})


@given(st.none() | reasoned(), reasoned())
def test_who_gains_is_what_plans_would_do_if_nobody_held_any_status(before, after):
    gained = planned(after, held=False, kind=Add)
    gained_before = planned(before, held=False, kind=Add) if before else set()
    rows = {(row.status, normal_form(row.email)): row for row in rows_of(before, after)}
    assert {pair for pair, row in rows.items() if row.effect is Effect.GAINS} == (gained - gained_before) & rows.keys()
    assert {pair for pair, row in rows.items() if row.effect is Effect.KEEPS} <= gained & gained_before


@given(st.none() | reasoned(), reasoned())
def test_the_dangerous_come_first_and_the_summary_counts_what_is_there(before, after):
    found = diff(before, after, HEADER)
    worst = [
        min((list(Danger).index(danger) for danger in dangers_of(status)), default=99) for status in found.statuses
    ]
    assert worst == sorted(worst)
    for status in found.statuses:
        for rows in (status.settings, status.members):
            assert [row.danger is None for row in rows] == sorted(row.danger is None for row in rows)
    steps = Counter(row.step for row in rows_of(before, after))
    assert {step: getattr(found.summary, step) for step in Step} == {step: steps[step] for step in Step}
    assert found.summary.dangers == sum(len(list(dangers_of(status))) for status in found.statuses)
    assert found.summary.statuses == len(found.statuses)


@given(st.none() | specs(), specs())
def test_a_masked_diff_names_nobody_and_says_the_same_otherwise(before, after):
    found = diff(before, after, HEADER)
    masked = mask(found)
    assert "@" not in as_json(masked)
    assert masked.summary == found.summary


def test_an_email_in_an_owner_or_a_reason_is_masked_too():
    after = status_of("vip", owner="ann@example.com")
    after = replace(after, members={"b@x.org": Entry("b@x.org", None, "asked by ann@example.com", "a.yaml", 1)})
    assert "@" not in as_json(mask(diff(None, spec_of(after), HEADER)))


@pytest.mark.parametrize(
    ("mode", "before", "after", "told"),
    [
        (Mode.ADDITIVE, None, FUTURE, (Step.UNTIL, Effect.KEEPS, None)),
        (Mode.ADDITIVE, None, PAST, (Step.UNTIL, Effect.LOSES, Danger.EXPIRED)),
        (Mode.ADDITIVE, PAST, FUTURE, (Step.UNTIL, Effect.GAINS, None)),
        (Mode.ADDITIVE, PAST, date(2020, 1, 1), (Step.UNTIL, Effect.LOSES, None)),
        (Mode.ADDITIVE, AS_OF, "dropped", (Step.DROPPED, Effect.LEFT_ALONE, None)),
        (Mode.EXCLUSIVE, None, "dropped", (Step.DROPPED, Effect.LOSES, Danger.DROPPED)),
        (Mode.TRACKED, None, "dropped", (Step.DROPPED, Effect.LOSES, Danger.DROPPED)),
        (Mode.TRACKED, "absent", "dropped", (Step.NO_LONGER_ABSENT, Effect.LEFT_ALONE, None)),
        (Mode.ADDITIVE, "absent", "dropped", (Step.NO_LONGER_ABSENT, Effect.LEFT_ALONE, None)),
        (Mode.EXCLUSIVE, "absent", "dropped", (Step.NO_LONGER_ABSENT, Effect.LOSES, None)),
        (Mode.ADDITIVE, None, "absent", (Step.ABSENT, Effect.LOSES, Danger.ABSENT)),
        (Mode.EXCLUSIVE, "dropped", "absent", (Step.ABSENT, Effect.LOSES, None)),
        (Mode.ADDITIVE, "absent", None, (Step.LISTED, Effect.GAINS, None)),
        (Mode.ADDITIVE, "dropped", PAST, (Step.LISTED, Effect.LOSES, Danger.EXPIRED)),
    ],
)
def test_a_step_says_what_it_means_under_the_mode(mode, before, after, told):
    def side(said):
        people = {"a@x.org": Entry("a@x.org", None if isinstance(said, str) else said, None, "a.yaml", 1)}
        lists = {"absent": people} if said == "absent" else {} if said == "dropped" else {"members": people}
        return spec_of(StatusSpec("s", mode=mode, **lists))

    (row,) = rows_of(side(before), side(after))
    assert (row.step, row.effect, row.danger) == told


@pytest.mark.parametrize(
    ("before", "after", "name", "danger"),
    [
        ({}, {"mode": Mode.EXCLUSIVE}, "mode", Danger.MADE_EXCLUSIVE),
        ({"mode": Mode.TRACKED}, {"mode": Mode.EXCLUSIVE}, "mode", Danger.MADE_EXCLUSIVE),
        ({"mode": Mode.EXCLUSIVE}, {}, "mode", None),
        ({}, {"owner": "x"}, "owner", None),
        ({"unresolved": UnresolvedPolicy.ERROR}, {}, "unresolved", Danger.UNRESOLVED_LOOSENED),
        ({"unresolved": UnresolvedPolicy.HOLD}, {}, "unresolved", None),
        (
            {"mode": Mode.EXCLUSIVE, "unresolved": UnresolvedPolicy.HOLD},
            {"mode": Mode.EXCLUSIVE},
            "unresolved",
            Danger.UNRESOLVED_LOOSENED,
        ),
        ({}, {"unresolved": UnresolvedPolicy.HOLD}, "unresolved", None),
        ({}, {"allow_empty": True}, "allow_empty", None),
        ({"allow_empty": True}, {}, "allow_empty", None),
    ],
)
def test_a_setting_that_loosens_a_guard_is_a_danger(before, after, name, danger):
    (status,) = diff(spec_of(status_of("s", **before)), spec_of(status_of("s", **after)), HEADER).statuses
    (change,) = status.settings
    assert (change.name, change.danger) == (name, danger)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"exclusive_with": {"t": HERE}}, ("exclusive_with", None, "t", False)),
        (
            {"exclusive_with": {"u": HERE, "t": HERE}},
            {"exclusive_with": {"t": HERE}},
            ("exclusive_with", "t, u", "t", True),
        ),
        ({"requires": {"t": HERE}}, {"requires": {"u": HERE}}, ("requires", "t", "u", True)),
        ({"requires": {"t": HERE}}, {"requires": {"t": HERE, "u": HERE}}, ("requires", "t", "t, u", False)),
        ({}, {"min_members": FEW}, ("min_members", None, "2", False)),
        ({"min_members": FEW}, {"min_members": MANY}, ("min_members", "2", "9", False)),
        ({"min_members": MANY}, {"min_members": FEW}, ("min_members", "9", "2", True)),
        ({"min_members": MANY}, {}, ("min_members", "9", None, True)),
        ({"max_members": MANY}, {"max_members": FEW}, ("max_members", "9", "2", False)),
        ({"max_members": FEW}, {"max_members": MANY}, ("max_members", "2", "9", True)),
        ({"max_members": FEW}, {}, ("max_members", "2", None, True)),
    ],
)
def test_a_policy_that_allows_more_is_a_danger_and_one_that_allows_less_is_none(before, after, told):
    sides = [spec_of(status_of("s", policies=Policies(**policies))) for policies in (before, after)]
    (change,) = diff(*sides, HEADER).statuses[0].settings
    assert (change.name, change.before, change.after, change.danger is Danger.POLICY_LOOSENED) == told


def test_whoever_is_protected_no_more_is_a_danger_and_another_reason_or_person_is_shown():
    def side(**reasons):
        people = {f"{name}@x.org": Entry(f"{name}@x.org", None, why, "a.yaml", 7) for name, why in reasons.items()}
        return spec_of(status_of("s", policies=Policies(protected=people)))

    found = diff(side(ann=None, bob="owns", cyd=None), side(bob="left", cyd=None, dan=None), HEADER)
    assert [(row.name, row.before, row.after, row.danger) for row in found.statuses[0].settings] == [
        ("protected", "ann@x.org", None, Danger.UNPROTECTED),
        ("protected", "bob@x.org (owns)", "bob@x.org (left)", None),
        ("protected", None, "dan@x.org", None),
    ]
    assert [row.source and row.source.line for row in found.statuses[0].settings] == [None, 7, 7]
    assert "@" not in as_json(mask(found))


def test_a_status_that_is_exclusive_no_more_needs_to_hold_nothing_back_but_to_ask_no_more_is_a_danger():
    before = status_of("s", mode=Mode.EXCLUSIVE, unresolved=UnresolvedPolicy.HOLD)
    after = replace(before, mode=Mode.ADDITIVE, unresolved=UnresolvedPolicy.SKIP)
    asking = replace(before, unresolved=UnresolvedPolicy.ERROR)
    dangers = [list(dangers_of(diff(spec_of(side), spec_of(after), HEADER).statuses[0])) for side in (before, asking)]
    assert dangers == [[], [Danger.UNRESOLVED_LOOSENED]]


@pytest.mark.parametrize("is_absent", [False, True])
def test_another_reason_alone_is_a_change_that_is_counted_and_never_a_danger(is_absent):
    def side(reason):
        people = {"a@x.org": Entry("a@x.org", None, reason, "a.yaml", 1)}
        return spec_of(StatusSpec("s", **{"absent" if is_absent else "members": people}))

    found = diff(side("asked for"), side("left"), HEADER)
    (row,) = found.statuses[0].members
    effect = Effect.LOSES if is_absent else Effect.KEEPS
    assert (row.step, row.effect, row.danger) == (Step.REASON, effect, None)
    assert (row.note_before, row.note, found.summary.reason) == ("asked for", "left", 1)


def test_to_allow_an_empty_exclusive_list_is_a_danger():
    before = status_of("s", mode=Mode.EXCLUSIVE)
    found = diff(spec_of(before), spec_of(replace(before, allow_empty=True)), HEADER)
    assert list(dangers_of(found.statuses[0])) == [Danger.EMPTY_ALLOWED]


@pytest.mark.parametrize(
    ("before", "after", "is_raised"),
    [
        (Count(1), Count(2), True),
        (Count(2), Count(1), False),
        (Share(Decimal(25)), Share(Decimal("25.5")), True),
        (Share(Decimal(25)), Share(Decimal(1)), False),
        (Count(1), Share(Decimal(1)), True),
        (Share(Decimal(100)), Count(1), True),
        (Count(5), Share(Decimal(0)), False),
        (Share(Decimal(5)), Count(0), False),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["max_adds", "max_removals"])
def test_a_limit_that_may_allow_more_is_a_danger(name, before, after, is_raised):
    sides = [spec_of(status_of("s", limits=Limits(**{name: limit}))) for limit in (before, after)]
    (change,) = diff(*sides, HEADER).statuses[0].settings
    assert (change.name, change.before, change.after) == (f"limits.{name}", str(before), str(after))
    assert (change.danger is Danger.LIMIT_RAISED) is is_raised


@pytest.mark.parametrize(
    ("before", "after", "danger"),
    [("a", "b", Danger.TENANT_CHANGED), ("a", None, Danger.TENANT_CHANGED), (None, "a", None)],
)
def test_another_tenant_or_none_any_more_is_a_danger(before, after, danger):
    sides = [replace(spec_of(), tenant=tenant) for tenant in (before, after)]
    found = diff(*sides, HEADER)
    assert [(change.name, change.danger) for change in found.settings] == [("tenant", danger)]
    assert found.summary.dangers == (danger is not None)


def test_a_new_status_is_held_against_what_is_usual():
    usual = status_of("s", "a@x.org")
    exclusive = replace(usual, mode=Mode.EXCLUSIVE, unresolved=UnresolvedPolicy.HOLD)
    loose = replace(exclusive, unresolved=UnresolvedPolicy.SKIP, limits=Limits(max_adds=Count(1001)))
    found = [diff(None, spec_of(status), HEADER).statuses[0] for status in (usual, exclusive, loose)]
    assert {status.presence for status in found} == {Presence.NEW}
    assert [list(dangers_of(status)) for status in found] == [
        [],
        [Danger.MADE_EXCLUSIVE],
        [Danger.MADE_EXCLUSIVE, Danger.LIMIT_RAISED, Danger.UNRESOLVED_LOOSENED],
    ]


def test_a_status_that_is_gone_is_a_danger_and_takes_nothing_from_anybody():
    (status,) = diff(spec_of(status_of("s", "a@x.org", mode=Mode.EXCLUSIVE)), spec_of(), HEADER).statuses
    assert (status.presence, status.mode, status.dangers) == (Presence.GONE, Mode.EXCLUSIVE, (Danger.STATUS_GONE,))
    assert [(row.step, row.effect, row.danger) for row in status.members] == [(Step.DROPPED, Effect.LEFT_ALONE, None)]


@pytest.mark.parametrize("until", [None, PAST])
def test_a_list_that_nobody_is_left_on_is_a_danger_in_any_mode(until):
    before = status_of("s", "a@x.org", "b@x.org")
    left = {} if until is None else {email: replace(entry, until=until) for email, entry in before.members.items()}
    found = diff(spec_of(before), spec_of(replace(before, members=left)), HEADER)
    assert found.statuses[0].dangers == (Danger.LIST_EMPTIED,)


def test_it_says_that_no_tenant_was_looked_at_and_what_was_not_there():
    found = diff(None, spec_of(), replace(HEADER, missing=("specs",)))
    assert found.notes == (TENANT_NOTE, "specs did not exist at main: everything in it is new.")


def test_a_policy_of_two_statuses_may_be_said_by_either_and_is_looser_only_when_neither_says_it():
    def spec(of_s=(), of_t=()):
        said = ((handle, dict.fromkeys(others, HERE)) for handle, others in (("s", of_s), ("t", of_t)))
        return spec_of(*(status_of(handle, policies=Policies(exclusive_with=others)) for handle, others in said))

    def dangers(before, after):
        return [row.danger for status in diff(before, after, HEADER).statuses for row in status.settings if row.danger]

    assert dangers(spec(of_s="t"), spec(of_t="s")) == dangers(spec("t", "s"), spec("t")) == []
    assert dangers(spec("t", "s"), spec()) == [Danger.POLICY_LOOSENED] * 2


def test_the_policies_of_a_status_that_is_gone_are_shown_to_be_gone():
    people = {"a@x.org": Entry("a@x.org", None, None, "a.yaml", 7)}
    before = status_of("s", owner="x", policies=Policies(requires={"t": HERE}, protected=people))
    (gone,) = diff(spec_of(before), spec_of(), HEADER).statuses
    assert [(row.name, row.after, row.danger, row.source) for row in gone.settings] == [
        ("requires", None, Danger.POLICY_LOOSENED, None),
        ("protected", None, Danger.UNPROTECTED, None),
    ]
