"""What the bench of a million members makes of its measurements."""

import importlib
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench"


@pytest.fixture
def figures(monkeypatch):
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module("million_figures")


def one_round(figures, slowness, *, work=1.3, peak=100.0):
    """A floor that takes 0.1 s and a work of 1 s beside its start of 0.3 s, on a machine as slow as that."""
    cost = importlib.import_module("measuring").Cost
    return figures.Round(
        floor=cost(0.15 * slowness, 0.0, 10.0, f"{0.1 * slowness}"),
        work=cost(work * slowness, 0.0, peak, "said"),
        start=cost(0.3 * slowness, 0.0, 40.0, "said"),
    )


def test_a_work_that_does_not_say_that_it_was_done_has_no_cost(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(BENCH)
    measuring = importlib.import_module("measuring")
    script = ("-c", "print('20 memberships listed')")
    assert measuring.cost(script, tmp_path, says="20 memberships").said == "20 memberships listed"
    with pytest.raises(measuring.FailedError, match="does not say '30 memberships'"):
        measuring.cost(script, tmp_path, says="30 memberships")


def test_a_machine_that_slows_down_changes_no_ratio(figures):
    steady, drifting = (
        figures.figures_of([one_round(figures, slowness) for slowness in rounds], is_command=True)
        for rounds in ((1, 1, 1), (1, 2, 4))
    )
    assert drifting.ratio == pytest.approx(steady.ratio) == pytest.approx(1.0 / 0.1)


def test_one_round_that_something_disturbed_does_not_count(figures):
    rounds = [one_round(figures, 1), one_round(figures, 1, work=9.0, peak=900.0), one_round(figures, 1)]
    assert figures.figures_of(rounds, is_command=True) == figures.figures_of(rounds[::2], is_command=True)


def test_a_part_of_a_process_counts_by_the_seconds_that_it_tells(figures):
    told = one_round(figures, 1)
    told = told._replace(work=told.work._replace(said="0.4"))
    part = figures.figures_of([told], is_command=False)
    assert (part.seconds, part.ratio) == pytest.approx((0.4, 4.0))


@pytest.mark.parametrize(("share", "most"), [(1.0, 600.0), (0.1, 96.0), (0.0, 40.0)])
def test_a_part_of_the_people_may_take_that_part_of_the_memory_above_the_start(figures, share, most):
    assert figures.most_mib_at(share, most_mib=600.0, start_mib=40.0) == pytest.approx(most)


@pytest.mark.parametrize(("times", "linear"), [(5, True), (10, True), (12, True), (20, False), (100, False)])
def test_what_takes_far_more_than_ten_times_as_long_for_ten_times_the_size_is_not_linear(figures, times, linear):
    assert figures.is_linear([figures.exponent(1.0, times)]) is linear
