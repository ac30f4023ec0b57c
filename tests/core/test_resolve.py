"""Who is meant by an email: exactly one profile, or a reason why not."""

import pytest

from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Unreadable
from omneo_reconcile.core.resolve import NotResolved, resolve


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
