"""Picture of a comparison of two label volumes: their absorption factors, and the volumes of their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..class_colours import CLASS_COLOURS
from .figures import INK, QUIET, figures, hide_upper_edges, png, shown_name

if TYPE_CHECKING:
    from ..judgement.comparison import Comparison

FIRST, SECOND = "#0072b2", "#d55e00"
"""Blue and vermilion of the palette of Okabe and Ito (2008): neither is the colour of a class."""


def comparison_png(found: Comparison) -> bytes:
    """Draw overlaid histograms of A, A against A, the relative differences, and the volume of each class.

    Returns
    -------
    bytes
        PNG.
    """
    with figures() as new:
        figure = new(figsize=(9.6, 7.0))
        axes = figure.subplots(2, 2)
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
        _histograms(axes[0, 0], found)
        _scatter(axes[0, 1], found)
        _differences(axes[1, 0], found)
        _volumes(axes[1, 1], found)
        for axis in axes.flat:
            hide_upper_edges(axis)
        return png(figure, dpi=110)


def _histograms(axis: Any, found: Comparison) -> None:
    edges, first, second = found.factors.histograms(_bins(int(found.factors.compared.sum())))
    figures_ = found.summary["absorption"]
    for counts, colour, name, mean, fill in (
        (first, FIRST, shown_name(found.names[0]), figures_["mean_a"], 0.35),
        (second, SECOND, shown_name(found.names[1]), figures_["mean_b"], 0.0),
    ):
        if fill:
            axis.stairs(counts, edges, fill=True, color=colour, alpha=fill)
        axis.stairs(counts, edges, color=colour, linewidth=1.4, label=f"{name}, mean {mean:.4f}")
        axis.axvline(mean, ymax=0.8, color=colour, linewidth=1, linestyle="--")
    axis.set_ylim(0, 1.32 * max(1, first.max(), second.max()))
    axis.set_xlabel("absorption factor $A_h$", color=INK)
    axis.set_ylabel("reflections", color=INK)
    axis.legend(loc="upper left", fontsize=7.5, frameon=False)


def _scatter(axis: Any, found: Comparison) -> None:
    rows = found.factors.compared
    one, other = found.factors.first.absorption[rows], found.factors.second.absorption[rows]
    low, high = float(min(one.min(), other.min())), float(max(one.max(), other.max()))
    margin = max(0.03 * (high - low), 5e-4)
    ends = (low - margin, high + margin)
    axis.plot(ends, ends, color=QUIET, linewidth=1, linestyle="--", label="equal")
    # Many points lie upon each other: the more there are, the fainter each.
    faint = float(np.clip(300 / len(one), 0.05, 0.7))
    axis.scatter(one, other, s=7, color=INK, alpha=faint, linewidths=0, rasterized=True)
    axis.set_xlim(ends)
    axis.set_ylim(ends)
    axis.set_aspect("equal")
    axis.locator_params(nbins=5)
    axis.set_xlabel(f"$A_h$, {shown_name(found.names[0])}", color=FIRST)
    axis.set_ylabel(f"$A_h$, {shown_name(found.names[1])}", color=SECOND)
    correlation = found.summary["absorption"]["correlation"]
    text = "correlation not defined:\nA does not vary" if correlation is None else f"correlation {correlation:.4f}"
    axis.text(0.04, 0.96, text, transform=axis.transAxes, va="top", fontsize=8, color=INK)
    axis.legend(loc="lower right", fontsize=7.5, frameon=False)


def _differences(axis: Any, found: Comparison) -> None:
    percent = 100 * found.factors.relative_difference[found.factors.compared]
    figures_ = found.summary["absorption"]
    low, high = float(percent.min()), float(percent.max())
    if high - low < 1e-3:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(percent, bins=np.linspace(low, high, _bins(len(percent)) + 1))
    axis.stairs(counts, edges, fill=True, color=SECOND, alpha=0.55)
    axis.axvline(0, ymax=0.76, color=QUIET, linewidth=1, linestyle="--")
    axis.set_ylim(0, 1.4 * max(1, counts.max()))
    axis.set_xlabel(
        f"difference of $A_h$, {shown_name(found.names[1])} less {shown_name(found.names[0])}, %", color=INK
    )
    axis.set_ylabel("reflections", color=INK)
    scaled = figures_["rms_relative_difference_after_scaling"]
    lines = [
        f"mean {100 * figures_['mean_relative_difference']:+.3g} %, "
        f"largest {100 * figures_['max_relative_difference']:.3g} %, "
        f"r.m.s. {100 * figures_['rms_relative_difference']:.3g} %"
    ]
    if scaled is not None:
        lines.append(f"r.m.s. {100 * scaled:.3g} % once a common factor is taken out, as scaling does")
    lines.append(f"error of sampling {100 * figures_['rms_relative_sampling_error']:.2g} %")
    axis.text(0.02, 0.98, "\n".join(lines), transform=axis.transAxes, va="top", fontsize=7.5, color=INK)


def _volumes(axis: Any, found: Comparison) -> None:
    from matplotlib.patches import Patch

    first, second = ({m: v / 1e3 for m, v in volumes.items()} for volumes in found.volumes_um3)
    shown = [m for m in found.dice if first[m] or second[m]]
    for i, material in enumerate(shown):
        colour = CLASS_COLOURS[material][:3]
        axis.bar(i - 0.2, first[material], width=0.38, color=colour)
        axis.bar(i + 0.2, second[material], width=0.38, facecolor="white", edgecolor=colour, hatch="////", linewidth=1)
        change = (
            f"{round(100 * (second[material] / first[material] - 1), 1) + 0.0:+.1f} %" if first[material] else "new"
        )
        dice = found.dice[material]
        text = change if dice is None else f"{change}\nDice {dice:.3f}"
        axis.text(i, max(first[material], second[material]), text, ha="center", va="bottom", fontsize=8, color=INK)
    axis.set_xticks(range(len(shown)), [m.title for m in shown], color=INK)
    axis.set_ylim(0, 1.35 * max(max(v[m] for m in shown) for v in (first, second)))
    axis.set_ylabel("volume, 10³ µm³", color=INK)
    handles = [
        Patch(color=QUIET, label=shown_name(found.names[0])),
        Patch(facecolor="white", edgecolor=QUIET, hatch="////", label=shown_name(found.names[1])),
    ]
    axis.legend(handles=handles, loc="upper right", fontsize=7.5, frameon=False)
    if found.summary["dice_left_out_because"]:
        axis.set_title(f"no Dice: {found.summary['dice_left_out_because']}", fontsize=8, color=QUIET)


def _bins(reflections: int) -> int:
    """As many bins as so many reflections fill."""
    return int(np.clip(round(2 * np.sqrt(reflections)), 5, 40))
