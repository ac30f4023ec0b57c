"""Measures the rows, and holds them against their figures."""

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from measuring import cost
from million_figures import Figures, Round, figures_of, most_mib_at, most_mib_beside
from million_rows import Case, Contest
from tables import Row, tell

COLUMNS = ("work", "size", "start s", "CPU s", "floor s", "ratio", "past start", "at most", "MiB", "at most")


class Scale(NamedTuple):
    """How it is measured.

    Attributes:
        quick: At small sizes, where the start is most of it all: the ratio past the start is the one that counts.
        rounds: Of which the median counts.
        slack: How many times each figure may be.
    """

    quick: bool
    rounds: int
    slack: float


FULL = Scale(quick=False, rounds=3, slack=1.0)
QUICK = Scale(quick=True, rounds=3, slack=2.0)


def measured(case: Case, folder: Path, scale: Scale) -> Row:
    """Returns a row with all that was measured, in a folder that is not there yet."""
    folder.mkdir()
    size = case.quick_size if scale.quick else case.size
    with ExitStack() as stack:
        one, all_ = (stack.enter_context(case.opened(folder / f"{people}", people)) for people in (1, size))
        cost(one.work, one.folder)  # fills the caches
        rounds = []
        for number in range(scale.rounds):
            tell(f"{case.title}, {size:,}, round {number + 1} of {scale.rounds}")
            rounds.append(
                Round(cost(all_.floor, all_.folder), cost(all_.work, all_.folder), cost(one.work, one.folder))
            )
        figures = figures_of(rounds, is_command=case.is_command)
        mib, most_mib = _memory(case, all_, figures, size / case.size)
    judged = figures.past_start if scale.quick else figures.ratio
    at_most, most_mib = scale.slack * case.at_most, scale.slack * most_mib
    is_ok = judged <= at_most and mib <= most_mib
    cells = (*_cells(case, figures), f"{at_most:g}", f"{mib:.1f}", f"{most_mib:.1f}")
    return Row((case.title, f"{size:,}", *cells), is_ok)


def _cells(case: Case, figures: Figures) -> tuple[str, ...]:
    start = f"{figures.start_seconds:.2f}" if case.is_command else ""
    seconds = f"{figures.seconds:.3f}", f"{figures.floor_seconds:.3f}"
    return (start, *seconds, f"{figures.ratio:.2f}", f"{figures.past_start:.2f}")


def _memory(case: Case, contest: Contest, figures: Figures, share: float) -> tuple[float, float]:
    """Returns the MiB that count, and the most they may be."""
    if contest.traced is None:
        assert case.most_mib is not None
        return figures.mib, most_mib_at(share, case.most_mib, figures.start_mib)
    plan_mib, shown_mib, besides_mib = map(float, cost(contest.traced, contest.folder).said.split())
    tell(f"the plan takes {plan_mib:.1f} MiB, what is shown {shown_mib:.1f}, showing it {besides_mib:.1f} besides")
    return besides_mib, most_mib_beside(plan_mib)
