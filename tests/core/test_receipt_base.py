"""Which receipts may say from where on tracked statuses remember their members."""

import pytest
from msgspec.structs import replace

from documents import receipt_of
from omneo_reconcile.core.changes import Held, HeldWhy, Reason, Unresolved
from omneo_reconcile.core.model import Mode, Source
from omneo_reconcile.core.plan import SpecInfo
from omneo_reconcile.core.receipt_base import why_no_base
from omneo_reconcile.core.resolve import Why
from omneo_reconcile.errors import FailureName
from worlds import plan_for, spec_of, status_of

VIP = status_of("vip", mode=Mode.TRACKED, dropped=status_of("vip", "ann@example.com").members)
PLAN = plan_for(spec_of(VIP), ())
RECEIPT = replace(receipt_of(PLAN), spec=SpecInfo("d", "c" * 40, ("spec.yaml",)))
HELD = Held("vip", "p1", None, HeldWhy.UNRESOLVED)
DROPPED = Unresolved("vip", "a@x.org", Why.AMBIGUOUS, (), Source("c:spec.yaml", 1), None, Reason.DROPPED)
BY_HAND = "its spec was not as committed in git"


def test_the_receipt_of_an_apply_that_left_nobody_is_a_base():
    assert why_no_base(RECEIPT, {"vip"}) is None


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"undoes": "f" * 64}, "it is of a way back"),
        ({"failure_reason": FailureName.PARTLY_FAILED}, "its apply ended with partly_failed"),
        ({"spec": SpecInfo("d", None, ())}, BY_HAND),
        ({"spec": SpecInfo("d", f"{'c' * 40}-dirty", ())}, BY_HAND),
        ({"counts": ()}, "its apply did not take it from all who were dropped from status vip"),
        (
            {"counts": (replace(RECEIPT.counts[0], dropped=None),)},
            "its apply did not take it from all who were dropped from status vip",
        ),
        ({"held": (HELD,)}, "its apply held back removals from status vip"),
        ({"unresolved": (DROPPED,)}, "its apply could not resolve everybody who was to lose status vip"),
    ],
)
def test_a_receipt_that_would_move_the_base_past_somebody_is_none_and_says_why(changed, why):
    assert why_no_base(replace(RECEIPT, **changed), {"vip"}) == why


@pytest.mark.parametrize("changed", [{"held": (HELD,)}, {"unresolved": (DROPPED,)}, {"counts": ()}])
def test_what_is_left_of_statuses_that_are_not_asked_about_does_not_matter(changed):
    assert why_no_base(replace(RECEIPT, **changed), set()) is None


def test_a_listed_person_who_was_not_resolved_is_no_reason():
    listed = replace(DROPPED, reason=Reason.DECLARED)
    assert why_no_base(replace(RECEIPT, unresolved=(listed,)), {"vip"}) is None


def test_a_receipt_says_of_each_status_how_many_were_dropped_or_that_nobody_knows():
    from_somebody = plan_for(spec_of(VIP), ())
    unknown = plan_for(spec_of(replace(VIP, dropped=None)), ())
    assert [row.dropped for row in receipt_of(from_somebody).counts] == [0]
    assert [row.dropped for row in receipt_of(unknown).counts] == [None]
