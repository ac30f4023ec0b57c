"""Draws how time and memory grow. Needs the extra `bench`."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from million_figures import Point

# Told apart by anybody, whatever colours they see. Source: Okabe and Ito, Color Universal Design, 2008.
_COLOURS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#cc79a7",
    "#56b4e9",
    "#000000",
    "#999933",
    "#882255",
    "#44aa99",
)
_MARKS = "os^vDP*Xdh"
_SETTINGS = {
    "svg.hashsalt": "growth",  # the same bytes for the same numbers
    "svg.fonttype": "none",  # text as text
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(curves: Mapping[str, Sequence[Point]], path: Path) -> None:
    """Writes the picture as SVG, on white wherever it is shown: the same file for the same numbers.

    Args:
        curves: What each work takes, by its title, from the smallest size to the largest.
        path: What is there is replaced.
    """
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(11, 6), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw(left, "CPU seconds", curves, lambda point: point.seconds)
        _draw(right, "MiB (of showing a plan: beside it)", curves, lambda point: point.mib)
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
        figure.savefig(path, metadata={"Date": None, "Creator": None})


def _draw(axes: Axes, title: str, curves: Mapping[str, Sequence[Point]], value: Callable[[Point], float]) -> None:
    for (name, points), colour, mark in zip(curves.items(), cycle(_COLOURS), cycle(_MARKS), strict=False):
        sizes, values = [point.size for point in points], [value(point) for point in points]
        axes.loglog(sizes, values, color=colour, marker=mark, label=name)
    axes.axline(
        (sizes[0], values[0]), (sizes[-1], values[0] * sizes[-1] / sizes[0]), color="0.6", linestyle=":", label="linear"
    )
    axes.set_title(title)
    axes.set_xlabel("people, or changes")
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.10g}"))
        axis.set_minor_locator(NullLocator())
