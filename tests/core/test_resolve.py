"""Who is meant by an email: exactly one profile, or a reason why not."""

import pytest
from msgspec.structs import replace

from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.planning import make_plan
from omneo_reconcile.core.reading import Reading, Unreadable
from omneo_reconcile.core.resolve import NotResolved, resolve
from worlds import HEADER, spec_of, status_of


def profile(profile_id="p1", kind="active", statuses=frozenset()):
    return Profile(profile_id, "jane@example.com", kind, statuses)


JANE, TWIN = profile(), profile("p2")


@pytest.mark.parametrize(
    ("seen", "lookup", "outcome"),
    [
        ([JANE], (JANE,), JANE),
        ([], (), "not_found"),
        ([profile(kind="deleted")], (profile(kind="deleted"),), "not_found"),
        ([profile(kind="system")], (profile(kind="system"),), "inactive"),
        ([JANE, TWIN], (JANE, TWIN), "ambiguous"),
        ([JANE, profile("p2", "system")], (JANE, profile("p2", "system")), "ambiguous"),
        ([JANE, profile("p2", "deleted")], (JANE,), JANE),
        ([JANE], None, "unreadable"),
        ([JANE], Unreadable("500"), "unreadable"),
        ([profile(statuses=None)], (profile(statuses=None),), "unreadable"),
        ([profile(kind=None)], (profile(kind=None),), "unreadable"),
        ([JANE], (), "unreadable"),
        ([JANE, TWIN], (TWIN,), "unreadable"),
    ],
)
def test_an_email_is_one_profile_or_a_reason_why_not(seen, lookup, outcome):
    found = resolve(seen, lookup)
    assert (found.why if isinstance(found, NotResolved) else found) == outcome


def test_a_lookup_that_does_not_bring_whom_a_list_shows_contradicts_it_and_says_so():
    found = resolve([JANE], ())
    assert (found.profile_ids, "the lookup did not bring" in found.detail) == (("p1",), True)


def test_whoever_a_list_that_fell_short_shows_holding_the_status_needs_nothing():
    seen = (profile(statuses=frozenset({"vip"})),)
    plan = make_plan(spec_of(status_of("vip", "jane@example.com")), Reading({}, {}, seen=seen), HEADER, {})
    assert (plan.summary.unchanged, plan.changes, plan.unresolved) == (1, (), ())


def test_one_to_be_removed_whose_lookup_failed_is_unreadable_and_not_gone():
    named = status_of("vip", "jane@example.com")
    spec = spec_of(replace(named, members={}, absent=named.members))
    plan = make_plan(spec, Reading({}, {"jane@example.com": Unreadable("503")}), HEADER, {})
    assert [(person.why, person.detail) for person in plan.unresolved] == [("unreadable", "503")]
