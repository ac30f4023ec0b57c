"""What rounds of measuring come to, and what they are held against. Pure."""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from measuring import Cost

_OF_THE_PLAN = 0.5  # what showing a plan may hold besides: less than any second copy of it


class Round(NamedTuple):
    """One run of each, one after the other, so that a machine that drifts drifts for all.

    Attributes:
        start: The work again, for a single person.
    """

    floor: Cost
    work: Cost
    start: Cost


class Figures(NamedTuple):
    """What a row tells. Seconds are of CPU, and medians, as the ratios are of those of each round.

    Attributes:
        start_seconds: Those of the work for a single person; 0 where only a part of the process is measured.
        ratio: Of the work to its floor, each with the start of its process.
        past_start: The same, each without.
        mib: The most that the work held.
        start_mib: The most that it held for a single person.
    """

    start_seconds: float
    seconds: float
    floor_seconds: float
    ratio: float
    past_start: float
    mib: float
    start_mib: float


def figures_of(rounds: Sequence[Round], *, is_command: bool) -> Figures:
    """Returns the figures of some rounds, at least one.

    Args:
        rounds: Each floor has told the seconds of its loop, and so has each work that is no command.
        is_command: Whether all of the work's process counts.
    """
    starts, seconds, floors = (
        [each.start.cpu_seconds if is_command else 0.0 for each in rounds],
        [each.work.cpu_seconds if is_command else each.work.told for each in rounds],
        [each.floor.cpu_seconds if is_command else each.floor.told for each in rounds],
    )
    loops = [each.floor.told for each in rounds]
    past_start = [second - start for second, start in zip(seconds, starts, strict=True)]
    return Figures(
        statistics.median(starts),
        statistics.median(seconds),
        statistics.median(floors),
        _median_ratio(seconds, floors),
        _median_ratio(past_start, loops),
        statistics.median(each.work.peak_mib for each in rounds),
        statistics.median(each.start.peak_mib for each in rounds),
    )


def _median_ratio(works: Sequence[float], floors: Sequence[float]) -> float:
    return statistics.median(work / floor for work, floor in zip(works, floors, strict=True))


def most_mib_at(share: float, most_mib: float, start_mib: float) -> float:
    """Returns what a part of the people may take: that share of what all of them may, above the start."""
    return start_mib + share * max(most_mib - start_mib, 0.0)


def most_mib_beside(plan_mib: float) -> float:
    """Returns what showing a plan may hold besides the plan."""
    return _OF_THE_PLAN * plan_mib


def exponent(small: float, large: float) -> float:
    """Returns how what is ten times the size grows: 1 for ten times as much, 2 for a hundred times as much."""
    return math.log10(large / small)
