"""How each row grows with its size: a table, and a picture of it in `docs/`.

Of a command it is the whole process: its start makes small sizes look flat, and no size look steep. The memory of
showing a plan is what that takes beside the plan.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from million_figures import Point, exponent, is_linear, times_of
from million_rows import Case
from million_table import measure
from tables import Row, show

SIZES = (10_000, 100_000, 1_000_000)
PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "growth.svg"
_COLUMNS = ("work", "size", "CPU s", "growth", "MiB", "growth")


def growth_table(cases: Sequence[Case], folder: Path, picture: Path = PICTURE) -> bool:
    """Prints the table, draws the picture, and returns whether nothing grows faster than its size."""
    curves = {case.title: _curve(case, folder) for case in cases}
    rows = [row for title, points in curves.items() for row in _rows(title, points)]
    is_ok = show("Growth for ten times the size: 1.00 is ten times as much, NO is more than linear", _COLUMNS, rows)
    from million_picture import draw  # noqa: PLC0415 - what is measured would seem as large as this process

    draw(curves, picture)
    return is_ok


def _curve(case: Case, folder: Path) -> list[Point]:
    return [_point(case, folder / f"{case.title} {size}".replace("/", ""), size) for size in SIZES]


def _point(case: Case, folder: Path, size: int) -> Point:
    rounds, showing = measure(case, folder, size)
    times = [times_of(one, is_command=case.is_command) for one in rounds]
    mib = showing.besides if showing else min(one.work.peak_mib for one in rounds)
    return Point(size, min(one.work for one in times), mib)


def _rows(title: str, points: Sequence[Point]) -> Iterator[Row]:
    yield Row((title, f"{points[0].size:,}", f"{points[0].seconds:.3f}", "", f"{points[0].mib:.1f}", ""), ok=True)
    for small, large in pairwise(points):
        in_time, in_memory = exponent(small.seconds, large.seconds), exponent(small.mib, large.mib)
        cells = (f"{large.seconds:.3f}", f"{in_time:.2f}", f"{large.mib:.1f}", f"{in_memory:.2f}")
        yield Row(("", f"{large.size:,}", *cells), is_linear((in_time, in_memory)))
