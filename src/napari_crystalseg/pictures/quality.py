"""Picture of what corrections make of merged data: R_meas and anomalous signal, overall and in shells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import INK, QUIET, figures, hide_upper_edges, png, shown_name

if TYPE_CHECKING:
    from ..diffraction.merging.merging_statistics import MergingStatistics

COLOURS = ("#009e73", "#56b4e9", "#d55e00", "#cc79a7", "#e69f00", "#0072b2", "#7f7f7f")
"""Palette of Okabe and Ito (2008), one colour for each treatment in the order of the table."""


def quality_png(columns: Mapping[str, MergingStatistics]) -> bytes:
    """Draw R_meas and dI/s(dI) of each treatment, and in shells of resolution R_meas above that of the first
    treatment, and the correlation of anomalous differences.

    Parameters
    ----------
    columns : mapping of str to MergingStatistics
        Figures by the name of the treatment.

    Returns
    -------
    bytes
        PNG.
    """
    with figures() as new:
        figure = new(figsize=(9.6, 6.4))
        axes = figure.subplots(2, 2)
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
        _bars(axes[0, 0], columns, "$R_{meas}$ within I(+) and I(−), %", lambda s: 100 * s.overall.r_meas_within)
        _bars(axes[0, 1], columns, "ΔI/σ(ΔI)", lambda s: s.overall.anomalous.difference_over_sigma)
        _shells(
            axes[1, 0], columns, "$R_{meas}$ above that of the first, %", lambda s: 100 * s.r_meas_within, above=True
        )
        _shells(axes[1, 1], columns, "correlation of anomalous differences", lambda s: s.anomalous.correlation)
        axes[1, 0].legend(fontsize=7.5, frameon=False)
        for axis in axes.flat:
            hide_upper_edges(axis)
        return png(figure, dpi=110)


def _bars(axis: Any, columns: Mapping[str, MergingStatistics], title: str, value: Any) -> None:
    names = list(columns)
    heights = [value(columns[name]) for name in names]
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(names))]
    axis.barh(range(len(names)), heights, color=colours)
    finite = [height for height in heights if np.isfinite(height)]
    if finite:
        low, high = min(finite), max(finite)
        # Bars that begin near the smallest: differences of a tenth of a percent are what is looked for.
        axis.set_xlim(max(0.0, low - 1.5 * max(high - low, 0.02 * high)), high + 0.35 * max(high - low, 0.02 * high))
    for row, height in enumerate(heights):
        if np.isfinite(height):
            axis.text(height, row, f" {height:.3f}" if height < 10 else f" {height:.2f}", va="center", fontsize=8)
    axis.set_yticks(range(len(names)), [shown_name(name) for name in names], color=INK)
    axis.invert_yaxis()
    axis.set_xlabel(title, color=INK)


def _shells(
    axis: Any, columns: Mapping[str, MergingStatistics], title: str, value: Any, *, above: bool = False
) -> None:
    first = np.zeros(len(next(iter(columns.values())).shells))
    for number, (name, each) in enumerate(columns.items()):
        places = [(shell.d_min**-2 + shell.d_max**-2) / 2 for shell in each.shells]
        values = np.array([value(shell) for shell in each.shells])
        if above and number == 0:
            first = values
        axis.plot(places, values - first, color=COLOURS[number % len(COLOURS)], linewidth=1.4, label=shown_name(name))
    some = next(iter(columns.values()))
    ends = some.overall.d_max**-2, some.overall.d_min**-2
    at = np.linspace(ends[0] + 0.1 * (ends[1] - ends[0]), ends[1], 5)
    axis.set_xticks(at, [f"{x**-0.5:.2g}" for x in at])
    axis.set_xlabel("resolution, Å", color=INK)
    axis.set_ylabel(title, color=INK)
    axis.axhline(0, color=QUIET, linewidth=0.5)
