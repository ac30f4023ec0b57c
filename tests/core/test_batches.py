"""Packing changes into batches."""

from hypothesis import given
from hypothesis import strategies as st

from omneo_reconcile.core.batches import Action, Batch, action_of, by_profile
from omneo_reconcile.core.changes import Add, Reason, Remove

memberships = st.tuples(st.sampled_from(["media", "staff", "vip"]), st.text(min_size=1, max_size=2))


def _change(membership, added):
    kind = Add if added else Remove
    return kind(*membership, None, Reason.DECLARED, None, None, None)


changes = st.dictionaries(memberships, st.booleans()).map(
    lambda chosen: [_change(membership, added) for membership, added in chosen.items()]
)


@given(changes)
def test_the_entries_of_a_batch_flattened_are_exactly_the_changes(chosen):
    batch = Batch(Action.ADD, by_profile(chosen))
    assert sorted(batch.memberships()) == sorted((change.status, change.profile_id) for change in chosen)


@given(changes)
def test_no_profile_stands_twice_in_the_entries(chosen):
    ids = [profile_id for profile_id, _ in by_profile(chosen)]
    assert len(ids) == len(set(ids))


@given(changes, st.randoms())
def test_the_order_of_changes_does_not_matter(chosen, random):
    assert by_profile(random.sample(chosen, len(chosen))) == by_profile(chosen)


def test_an_add_is_for_a_batch_that_adds_and_a_removal_for_one_that_removes():
    assert [action_of(_change(("vip", "p"), added)) for added in (True, False)] == [Action.ADD, Action.REMOVE]
