"""Measures the rows, and holds them against their figures."""

from pathlib import Path
from typing import NamedTuple

from measuring import cost
from million_figures import Figures, Round, Showing, figures_of, most_mib_at, most_mib_besides
from million_rows import Case
from tables import Row, tell

COLUMNS = ("work", "size", "start s", "CPU s", "beside", "CPU s", "ratio", "at most", "MiB", "at most")
ROUNDS = 3  # of which the median counts


class Scale(NamedTuple):
    """How it is measured.

    Attributes:
        is_quick: Whether sizes are small.
        slack: How many times each figure may be.
    """

    is_quick: bool
    slack: float


FULL = Scale(is_quick=False, slack=1.0)
QUICK = Scale(is_quick=True, slack=2.0)


def measure(case: Case, folder: Path, size: int) -> tuple[list[Round], Showing | None]:
    """Returns what was measured at a size, in a folder that is not there yet."""
    folder.mkdir()
    with case.opened(folder, size) as contest:
        start = cost(contest.start, folder)  # which fills the caches
        measured = []
        for number in range(ROUNDS):
            tell(f"{case.title}, {size:,}, round {number + 1} of {ROUNDS}")
            floor, work = cost(contest.floor, folder), cost(contest.work, folder, contest.says)
            measured.append(Round(floor, work, cost(contest.start, folder) if case.is_command else start))
        told = cost(contest.traced, folder).said.split() if contest.traced else None
    return measured, Showing(*map(float, told)) if told else None


def row(case: Case, folder: Path, scale: Scale) -> Row:
    """Returns the row of a case."""
    size = case.quick_size if scale.is_quick else case.size
    rounds, showing = measure(case, folder, size)
    figures = figures_of(rounds, is_command=case.is_command)
    at_most = scale.slack * case.at_most
    if showing is None:
        mib, most_mib = figures.mib, most_mib_at(scale.slack * size / case.size, case.most_mib, figures.start_mib)
    else:
        mib, most_mib = showing.besides, most_mib_besides(showing)
        tell(f"in MiB: the plan {showing.plan:.1f}, what is shown {showing.shown:.1f}, besides {mib:.1f}")
    cells = (*_cells(figures, case.beside), f"{at_most:g}", f"{mib:.1f}", f"{most_mib:.1f}")
    return Row((case.title, f"{size:,}", *cells), figures.ratio <= at_most and mib <= most_mib)


def _cells(figures: Figures, beside: str) -> tuple[str, ...]:
    start = f"{figures.start_seconds:.2f}" if figures.start_seconds else ""
    return start, f"{figures.seconds:.3f}", beside, f"{figures.floor_seconds:.3f}", f"{figures.ratio:.2f}"
