"""A plan says which memberships end soon, before they are a removal."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from omneo_reconcile.core.model import Entry, Source
from omneo_reconcile.core.plan import Expiring
from worlds import AS_OF, plan_for, spec_of, status_of


def plan_of(*members: tuple[int, int]):
    """The plan of a status whose members end so many days from now, each on a line."""
    entries = {
        f"p{line}@example.com": Entry(f"p{line}@example.com", AS_OF + timedelta(days), None, "spec.yaml", line)
        for days, line in members
    }
    return plan_for(spec_of(replace(status_of("vip"), members=entries)), ())


@pytest.mark.parametrize(("days", "is_said"), [(-1, False), (0, True), (14, True), (15, False)])
def test_what_ends_within_fourteen_days_is_said_and_nothing_else(days, is_said):
    assert bool(plan_of((days, 1)).expiring) is is_said


def test_those_who_end_on_one_day_are_counted_together_at_the_first_of_their_lines():
    day = AS_OF + timedelta(3)
    assert plan_of((3, 7), (5, 1), (3, 2)).expiring == (
        Expiring("vip", day, 2, Source("spec.yaml", 2)),
        Expiring("vip", AS_OF + timedelta(5), 1, Source("spec.yaml", 1)),
    )
