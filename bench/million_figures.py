"""What rounds of measuring come to, and what they are held against. Pure."""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from measuring import Cost

_OF_THE_PLAN = 1.0  # what showing a plan may hold besides it, less than a copy: masks number everybody
_LINEAR = 1.15  # the most that a time may grow that is ten times as long, or a little more, for ten times the size


class Round(NamedTuple):
    """One run of each, one after the other, so that a machine that drifts drifts for all.

    Attributes:
        floor: The least that it can take. It prints its seconds.
        work: What is held against it. It prints its seconds, if only a part of the process counts.
        start: The work for a single person.
    """

    floor: Cost
    work: Cost
    start: Cost


class Showing(NamedTuple):
    """What showing a plan holds, in MiB: the plan, what is shown of it, and the most that is held besides."""

    plan: float
    shown: float
    besides: float


class Times(NamedTuple):
    """CPU seconds of one round."""

    start: float
    work: float
    floor: float

    @property
    def ratio(self) -> float:
        """How many times its floor the work takes past its start, which is the same for any number of people."""
        return (self.work - self.start) / self.floor


def times_of(one: Round, *, is_command: bool) -> Times:
    """Returns what counts of a round: all of a process, or the part of it that tells its seconds."""
    if is_command:
        return Times(one.start.cpu_seconds, one.work.cpu_seconds, one.floor.told)
    return Times(0.0, one.work.told, one.floor.told)


class Figures(NamedTuple):
    """What a row tells: medians over the rounds.

    Attributes:
        mib: The most that the work held.
        start_mib: The most that it held for a single person.
    """

    start_seconds: float
    seconds: float
    floor_seconds: float
    ratio: float
    mib: float
    start_mib: float


def figures_of(rounds: Sequence[Round], *, is_command: bool) -> Figures:
    """Returns the figures of at least one round. A ratio is that of times that were measured in turn."""
    times = [times_of(one, is_command=is_command) for one in rounds]
    return Figures(
        start_seconds=statistics.median(one.start for one in times),
        seconds=statistics.median(one.work for one in times),
        floor_seconds=statistics.median(one.floor for one in times),
        ratio=statistics.median(one.ratio for one in times),
        mib=statistics.median(one.work.peak_mib for one in rounds),
        start_mib=statistics.median(one.start.peak_mib for one in rounds),
    )


def most_mib_at(share: float, most_mib: float, start_mib: float) -> float:
    """Returns what a share of the people may take: above the start, that share of what all of them may."""
    return start_mib + share * max(most_mib - start_mib, 0.0)


def most_mib_besides(showing: Showing) -> float:
    """Returns what showing a plan may hold besides the plan."""
    return _OF_THE_PLAN * showing.plan


class Point(NamedTuple):
    """What a size takes: CPU seconds and the most MiB, the least of some rounds: noise only adds."""

    size: int
    seconds: float
    mib: float


def exponent(small: float, large: float) -> float:
    """Returns how something grows with ten times the size: 1 for ten times as much, 2 for a hundred times."""
    return math.log10(large / small)


def is_linear(exponents: Sequence[float]) -> bool:
    """Tells whether nothing grows faster than the size, but for what sorting and the caches of a machine add."""
    return all(one <= _LINEAR for one in exponents)
