"""When a batch is finished, and how long until the next look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omneo_reconcile.core.waiting import BatchState, next_wait_seconds


def state(status="", processed=None, total=None):
    return BatchState(status, processed, total, {})


@pytest.mark.parametrize("word", ["success", "completed", "done", "failed", "cancelled"])
def test_a_final_word_settles_a_batch(word):
    assert state(word).settled


@pytest.mark.parametrize("word", ["", "pending", "queued", "processing", "completed_with_errors"])
def test_a_word_that_is_not_known_to_be_final_does_not_settle_it(word):
    assert not state(word).settled


@pytest.mark.parametrize(
    ("processed", "total", "settled"),
    [(3, 3, True), (4, 3, True), (2, 3, False), (0, 0, False), (None, 3, False), (3, None, False)],
)
def test_counts_settle_a_batch_only_when_every_entry_of_some_was_processed(processed, total, settled):
    assert state("pending", processed, total).settled is settled


def test_only_a_failure_word_fails_a_batch():
    assert state("failed").failed
    assert not state("success", 3, 3).failed


@given(st.integers(0, 10**6), st.floats(-10, 100))
def test_no_wait_is_negative_or_goes_past_what_is_left(looks, left):
    assert 0 <= next_wait_seconds(looks, left) <= max(0, left)


@given(st.integers(0, 10**6))
def test_waits_grow_and_stay_below_six_seconds(looks):
    assert 0 < next_wait_seconds(looks, 100) <= next_wait_seconds(looks + 1, 100) < 6
