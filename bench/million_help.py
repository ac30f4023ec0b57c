"""The last row: how much longer `--help` takes than the start of an interpreter."""

import statistics
from pathlib import Path

from measuring import cost
from million_table import Scale
from tables import Row, tell

_HELP = ("-m", "omneo_reconcile", "--help")
_RUNS = 15
_MOST_MS = 100  # over a bare start


def help_row(folder: Path, scale: Scale) -> Row:
    """Returns the row, of time on the wall: that is what somebody waits for."""
    tell("--help")
    folder.mkdir()
    cost(_HELP, folder)  # fills the caches
    bare, ours = zip(*((cost(("-c", "pass"), folder), cost(_HELP, folder)) for _ in range(_RUNS)), strict=True)
    bare_ms, ms = (1000 * statistics.median(one.seconds for one in runs) for runs in (bare, ours))
    over_ms, most_ms = ms - bare_ms, scale.slack * _MOST_MS
    peak = statistics.median(one.peak_mib for one in ours)
    seconds = ("", f"{ms / 1000:.3f}", f"{bare_ms / 1000:.3f}")
    cells = (*seconds, "", f"+ {over_ms:.0f} ms", f"+ {most_ms:.0f} ms", f"{peak:.1f}", "")
    return Row(("--help, on the wall", "", *cells), over_ms <= most_ms)
