"""Picture of an absorption map: the sphere, what its harmonics say of it, and what they leave over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figures import ACCENT, INK, LINE, QUIET, figures, hide_upper_edges, png

if TYPE_CHECKING:
    from ..absorption import AbsorptionMap

VERMILION = "#d55e00"
STEP_DEG = 2.0
"""Of the pixels of a drawn sphere."""


def absorption_map_png(found: AbsorptionMap) -> bytes:
    """Draw A over the sphere, the harmonics' A, their difference, and the variation of each order.

    The spheres are in Mollweide's projection, which keeps areas, with the rotation axis through the poles and the
    side that the beam comes from at angle zero in the middle. Between the directions A is interpolated.

    Returns
    -------
    bytes
        PNG.
    """
    with figures() as new:
        figure = new(figsize=(10.4, 6.4))
        grid = figure.add_gridspec(2, 2)
        one_path = str(found.kind) == "one-path"
        what = "one path, mean over the crystal" if one_path else "incident beam of angle zero, every scattered beam"
        values, smooth = found.absorption, found.fitted
        low, high = float(min(values.min(), smooth.min())), float(max(values.max(), smooth.max()))
        if high - low < 1e-4:
            low, high = low - 1e-3, min(high + 1e-3, 1.0)
        titles = (f"A: {what}", f"harmonics up to order {found.order}")
        for column, (data, title) in enumerate(zip((values, smooth), titles, strict=True)):
            axis = figure.add_subplot(grid[0, column], projection="mollweide")
            shown = _sphere(axis, found, data, cmap="viridis", vmin=low, vmax=high)
            _bar(figure, shown, axis, "A")
            axis.set_title(title, fontsize=9.5, color=INK, pad=18)
        over = 100 * (values - smooth) / found.mean
        most = max(float(np.abs(over).max()), 1e-3)
        axis = figure.add_subplot(grid[1, 0], projection="mollweide")
        shown = _sphere(axis, found, over, cmap="PuOr_r", vmin=-most, vmax=most)
        _bar(figure, shown, axis, "% of mean A")
        axis.set_title("left over: A less the harmonics", fontsize=9.5, color=INK, pad=18)
        _powers(figure.add_subplot(grid[1, 1]), found)
        return png(figure, dpi=100)


def _sphere(axis: Any, found: AbsorptionMap, values: NDArray[np.float64], **colours: Any) -> Any:
    from matplotlib import patheffects

    longitude = np.deg2rad(np.arange(-180, 180 + STEP_DEG / 2, STEP_DEG))
    latitude = np.deg2rad(np.arange(-90, 90 + STEP_DEG / 2, STEP_DEG))
    shown = axis.pcolormesh(
        longitude,
        latitude,
        _interpolated(found, values, latitude, longitude),
        shading="gouraud",
        rasterized=True,
        **colours,
    )
    light = [patheffects.withStroke(linewidth=2.0, foreground="#00000088")]
    dark = [patheffects.withStroke(linewidth=2.2, foreground="white")]
    axis.set_xticks(np.deg2rad([-120, -60, 60, 120]), ["240°", "300°", "60°", "120°"], fontsize=7.5, color="white")
    for text in axis.get_xticklabels():
        text.set_path_effects(light)
    axis.set_yticks(np.deg2rad([-60, -30, 0, 30, 60]), ["−60°", "−30°", "", "30°", "60°"], fontsize=7.5, color=QUIET)
    axis.grid(color="white", linewidth=0.4, alpha=0.5)
    axis.spines["geo"].set_color(LINE)
    # The back of the sphere, where a beam of angle zero that goes straight on leaves, lies at both ends.
    for place, mark, text, offset, align in (
        ((0.0, 0.0), "o", "source at 0°", (0, 7), "center"),
        ((0.0, np.pi / 2), "^", "+X, rotation axis", (0, 6), "center"),
        ((0.0, -np.pi / 2), "v", "−X", (0, -12), "center"),
        ((-np.pi, 0.0), "X", "beam\nleaves", (-7, -4), "right"),
        ((np.pi, 0.0), "X", "", (0, 0), "left"),
    ):
        axis.plot(*place, mark, color=INK, markersize=6.5, markeredgecolor="white", clip_on=False, zorder=5)
        axis.annotate(
            text, place, xytext=offset, textcoords="offset points", fontsize=7.5, color=INK, annotation_clip=False,
            ha=align, path_effects=dark, linespacing=0.9,
        )  # fmt: skip
    return shown


def _interpolated(
    found: AbsorptionMap, values: NDArray[np.float64], latitude: NDArray[np.float64], longitude: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values at latitude x longitude, linear between the rings; at a pole the mean of the nearest ring."""
    from scipy.interpolate import RegularGridInterpolator

    rings = round(np.sqrt(len(values) / 2))
    table = values.reshape(rings, 2 * rings)
    height = np.arcsin(found.directions[:: 2 * rings, 0])
    first, last = (np.full(2 * rings, table[i].mean()) for i in (0, -1))
    rows = np.concatenate([[-np.pi / 2], height, [np.pi / 2]])
    turn = np.arange(2 * rings + 1) * np.pi / rings
    closed = np.vstack([first, table, last])
    closed = np.hstack([closed, closed[:, :1]])
    where = np.stack(np.meshgrid(latitude, longitude % (2 * np.pi), indexing="ij"), axis=-1)
    return np.asarray(RegularGridInterpolator((rows, turn), closed)(where))


def _bar(figure: Any, shown: Any, axis: Any, label: str) -> None:
    bar = figure.colorbar(shown, ax=axis, shrink=0.75, pad=0.03, fraction=0.04)
    bar.set_label(label, fontsize=8.5, color=INK)
    bar.ax.tick_params(labelsize=7.5, colors=QUIET)
    bar.outline.set_visible(False)


def _powers(axis: Any, found: AbsorptionMap) -> None:
    """Draw the r.m.s. variation of each order and of what is left, with the largest sampling error of an A."""
    heights = 100 * np.append(np.sqrt(found.power[1:]), found.rms_residual)
    names = [str(degree) for degree in range(1, found.order + 1)] + [f"above {found.order}"]
    error = 100 * float(found.standard_error.max()) / found.mean
    floor = max(min(heights.min(), error or np.inf) / 3, 1e-4)
    axis.bar(names, np.maximum(heights, floor), color=[ACCENT] * found.order + [VERMILION], width=0.7)
    for i, height in enumerate(heights):
        axis.text(i, max(height, floor), f"{height:.2g}", ha="center", va="bottom", fontsize=8, color=INK)
    if error > 0:
        axis.axhline(error, color=QUIET, linewidth=1, linestyle="--")
        axis.text(found.order + 0.5, error, " error of\n sampling", va="center", fontsize=7.5, color=QUIET)
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter("{x:g}")
    axis.set_ylim(floor, max(3 * heights.max(), 10 * floor))
    axis.set_xlabel("order l of the harmonics", color=INK)
    axis.set_ylabel("r.m.s. variation √P$_l$, % of mean A", color=INK)
    left = (
        "" if found.unexplained is None else f"; {100 * found.unexplained:.2g} % of its square is above {found.order}"
    )
    axis.set_title(f"variation {100 * found.rms_variation:.3g} %{left}", fontsize=9.5, color=INK)
    hide_upper_edges(axis)
