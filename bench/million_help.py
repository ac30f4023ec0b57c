"""The row of `--help`: how much longer it takes than a bare start of the interpreter."""

import statistics
from pathlib import Path

from measuring import cost
from million_table import Scale
from tables import Row, tell

_HELP = ("-m", "omneo_reconcile", "--help")
_RUNS = 15
_MOST_MS = 100  # over a bare start


def help_row(folder: Path, scale: Scale) -> Row:
    """Returns the row: of time on the wall, which is what somebody waits for, but of CPU time if it is to be quick.

    Where others keep the machine busy, as they may in CI, the wall tells of them.
    """
    tell("--help")
    folder.mkdir()
    cost(_HELP, folder)  # fills the caches
    runs = [(cost(("-c", "pass"), folder), cost(_HELP, folder)) for _ in range(_RUNS)]
    bare, ours = (
        statistics.median(one.cpu_seconds if scale.is_quick else one.seconds for one in costs)
        for costs in zip(*runs, strict=True)
    )
    over_ms, most_ms = 1000 * (ours - bare), scale.slack * _MOST_MS
    peak_mib = statistics.median(one.peak_mib for _, one in runs)
    seconds = ("", f"{ours:.3f}", "a bare start", f"{bare:.3f}")
    cells = (*seconds, f"+ {over_ms:.0f} ms", f"+ {most_ms:.0f} ms", f"{peak_mib:.1f}", "")
    return Row((f"--help, {'CPU' if scale.is_quick else 'on the wall'}", "", *cells), over_ms <= most_ms)
