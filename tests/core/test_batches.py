"""Packing changes into batches."""

from hypothesis import given
from hypothesis import strategies as st

from omneo_reconcile.core.batches import Action, pack
from omneo_reconcile.core.changes import Add, Reason, Remove

memberships = st.tuples(st.sampled_from(["media", "staff", "vip"]), st.text(min_size=1, max_size=2))


def _change(membership, added):
    kind = Add if added else Remove
    return kind(*membership, None, Reason.DECLARED, None, None, None)


changes = st.dictionaries(memberships, st.booleans()).map(
    lambda chosen: [_change(membership, added) for membership, added in chosen.items()]
)
sizes = st.integers(1, 5)


@given(changes, sizes)
def test_the_batches_flattened_are_exactly_the_changes(chosen, size):
    sent = [(batch.action, pair) for batch in pack(chosen, size) for pair in batch.memberships()]
    asked = [(Action.ADD if isinstance(c, Add) else Action.REMOVE, (c.status, c.profile_id)) for c in chosen]
    assert sorted(sent) == sorted(asked)


@given(changes, sizes)
def test_no_batch_is_over_size_or_empty(chosen, size):
    assert all(1 <= len(batch.profiles) <= size for batch in pack(chosen, size))


@given(changes, sizes)
def test_no_profile_stands_twice_in_one_batch_or_in_two_of_one_action(chosen, size):
    for action in Action:
        ids = [profile_id for batch in pack(chosen, size) if batch.action is action for profile_id, _ in batch.profiles]
        assert len(ids) == len(set(ids))


@given(changes, sizes)
def test_all_adds_come_before_all_removals(chosen, size):
    actions = [batch.action for batch in pack(chosen, size)]
    assert actions == sorted(actions)


@given(changes, sizes, st.randoms())
def test_the_order_of_changes_does_not_matter(chosen, size, random):
    shuffled = random.sample(chosen, len(chosen))
    assert pack(shuffled, size) == pack(chosen, size)


def test_batches_are_filled_to_their_size():
    chosen = [_change(("vip", f"p{number:03}"), True) for number in range(501)]
    assert [len(batch.profiles) for batch in pack(chosen, 250)] == [250, 250, 1]


def test_no_changes_make_no_batches():
    assert pack([], 250) == ()
