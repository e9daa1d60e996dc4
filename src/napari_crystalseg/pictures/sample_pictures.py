"""Pictures of a result: slices with labels, the sample in three dimensions, the histogram of A."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..class_colours import CLASS_COLOURS
from ..labels import Labels, Material
from ..uncertainty import probability_wrong
from ..volume import Volume
from .figures import ACCENT, INK, QUIET, figures, hide_upper_edges, png

if TYPE_CHECKING:
    from ..absorption import Histogram

CLASSES = (Material.LIQUOR, Material.LOOP, Material.CRYSTAL, Material.OTHER)
LONGEST_SIDE_PX = 700
"""Slices are thinned to this many pixels: a page needs no more, and stays a few megabytes."""


def slices_png(volume: Volume, labels: Labels, uncertainty: NDArray[np.uint8] | None) -> bytes:
    """Draw three slices through the middle of the crystal (of the sample, where there is none).

    Rows: voxel values; voxel values with the classes filled and outlined; uncertainty, as the
    probability that the label is wrong. Columns: the planes across each
    axis. Planes that are but a line are left out, and of a single slice the rows lie side by side.

    Returns
    -------
    bytes
        PNG.
    """
    with figures() as new:
        at = plane_position(labels)
        kinds = ("voxel values", "labels", "uncertainty")[: 2 if uncertainty is None else 3]
        planes = [_Plane(axis, at[axis], labels) for axis in _axes_to_show(labels.shape)]
        lying = len(planes) == 1
        rows = 1 if lying else len(kinds)
        # Columns as wide as their planes, so that all share one scale.
        widths = [plane.extent_um[1] for plane in planes] * (len(kinds) if lying else 1)
        heights = [plane.extent_um[0] for plane in planes]
        column = 9.75 / sum(widths)  # inches per µm, less the space of labels and colour bar
        figure = new(figsize=(10.6, min(15.0, rows * (max(heights) * column + 0.06) + 0.35)))
        axes = figure.subplots(rows, len(widths), squeeze=False, gridspec_kw={"width_ratios": widths})
        if lying:
            axes = axes.T
        figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.01)
        low, high = _contrast(volume.data)
        for j, plane in enumerate(planes):
            section = plane.of(volume.data)
            classes = plane.of(labels.data)
            for i in range(len(kinds)):
                axis = axes[i, j]
                axis.set_xticks([])
                axis.set_yticks([])
                for spine in axis.spines.values():
                    spine.set_visible(False)
                box = (0.0, plane.extent_um[1], plane.extent_um[0], 0.0)
                if i < 2:
                    axis.imshow(section, cmap="gray", vmin=low, vmax=high, extent=box, interpolation="nearest")
                if i == 1:
                    _overlay(axis, classes, box)
                if i == 2 and uncertainty is not None:
                    wrong = probability_wrong(plane.of(uncertainty))
                    shown = axis.imshow(wrong, cmap="magma", vmin=0, vmax=1, extent=box, interpolation="nearest")
            if not lying:
                axes[0, j].set_title(plane.title, fontsize=9, color=INK)
        for i, name in enumerate(kinds):
            if lying:
                axes[i, 0].set_title(f"{name} · {planes[0].title}", fontsize=9, color=INK)
            else:
                axes[i, 0].set_ylabel(name, fontsize=9, color=QUIET)
        _scale_bar(axes[0, 0], planes[0].extent_um)
        if len(kinds) == 3:
            bar = figure.colorbar(shown, ax=axes[2, :], fraction=0.04 if lying else 0.02, pad=0.01)
            bar.ax.tick_params(labelsize=7, colors=QUIET)
            bar.outline.set_visible(False)
        return png(figure, dpi=110)


def views_png(labels: Labels) -> bytes:
    """Draw the sample from three sides: lit crystal and loop inside translucent liquor.

    Returns
    -------
    bytes
        PNG with a transparent background.
    """
    from PIL import Image

    from .rendering import render_views

    colours = {material: CLASS_COLOURS[material][:3] for material in CLASSES}
    pictures = render_views(labels, colours)
    stream = io.BytesIO()
    Image.fromarray(np.hstack(pictures)).save(stream, format="PNG", optimize=True)
    return stream.getvalue()


def histogram_png(histogram: Histogram, mean: float) -> bytes:
    """Draw the histogram of absorption factors with their mean.

    Parameters
    ----------
    histogram : Histogram
        Counts of reflections by A.
    mean : float
        Mean A.

    Returns
    -------
    bytes
        PNG.
    """
    counts, edges = histogram.counts, histogram.edges
    with figures() as new:
        figure = new(figsize=(6.4, 3.0))
        axis = figure.subplots()
        axis.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=ACCENT, edgecolor="white", linewidth=0.4)
        axis.set_ylim(0, 1.14 * max(1, counts.max()))
        axis.axvline(mean, color=INK, linewidth=1, linestyle="--")
        at = axis.get_xaxis_transform()
        axis.text(mean, 0.98, f" mean {mean:.4f}", transform=at, va="top", fontsize=8, color=INK)
        axis.set_xlabel("absorption factor $A_h$", color=INK)
        axis.set_ylabel("reflections", color=INK)
        hide_upper_edges(axis)
        return png(figure, dpi=140)


def plane_position(labels: Labels) -> tuple[int, int, int]:
    """Return the voxel (z, y, x) that slices go through: the crystal's centre, else the sample's, else the middle."""
    for mask in (labels.data == Material.CRYSTAL, labels.data != Material.AIR):
        if mask.any():
            weights = [mask.sum(axis=tuple(o for o in range(3) if o != axis), dtype=np.float64) for axis in range(3)]
            centre = [round(float((w * np.arange(len(w))).sum() / w.sum())) for w in weights]
            return centre[0], centre[1], centre[2]
    z, y, x = labels.shape
    return z // 2, y // 2, x // 2


def _axes_to_show(shape: tuple[int, int, int]) -> list[int]:
    """Axes whose planes are more than a line; all of them where there is none."""
    wide = [axis for axis in range(3) if min(n for other, n in enumerate(shape) if other != axis) > 1]
    return wide or [0, 1, 2]


class _Plane:
    """A slice across one axis, thinned to the size of a page."""

    def __init__(self, axis: int, index: int, labels: Labels) -> None:
        down, across = (other for other in range(3) if other != axis)
        size = labels.required_voxel_size_um
        self.axis, self.index = axis, index
        self.step = max(1, -(-max(labels.shape[down], labels.shape[across]) // LONGEST_SIDE_PX))
        self.extent_um = (labels.shape[down] * size[down], labels.shape[across] * size[across])
        names = "zyx"
        self.title = f"{names[down]} down, {names[across]} across · {names[axis]} = {index}"

    def of(self, data: NDArray[Any]) -> NDArray[Any]:
        image: NDArray[Any] = np.take(data, self.index, axis=self.axis)[:: self.step, :: self.step]
        return image


def _overlay(axis: Any, classes: NDArray[np.uint8], box: tuple[float, float, float, float]) -> None:
    fill = np.zeros((*classes.shape, 4))
    for material in CLASSES:
        fill[classes == material] = (*CLASS_COLOURS[material][:3], 0.34)
    axis.imshow(fill, extent=box, interpolation="nearest")
    left, right, bottom, top = box
    rows = (np.arange(classes.shape[0]) + 0.5) / classes.shape[0] * (bottom - top) + top
    columns = (np.arange(classes.shape[1]) + 0.5) / classes.shape[1] * (right - left) + left
    if min(classes.shape) < 2:
        return
    for material in CLASSES:
        mask = classes == material
        if mask.any() and not mask.all():
            axis.contour(columns, rows, mask, levels=[0.5], colors=[CLASS_COLOURS[material][:3]], linewidths=1.1)


def _scale_bar(axis: Any, extent_um: tuple[float, float]) -> None:
    height, width = extent_um
    length = nice_length(0.3 * width)
    x, y = 0.05 * width, 0.93 * height
    axis.plot([x, x + length], [y, y], color="white", linewidth=3, solid_capstyle="butt")
    axis.text(x, y - 0.02 * height, f"{length:g} µm", color="white", fontsize=8, va="bottom")


def nice_length(length: float) -> float:
    """Return the largest of 1, 2, 5 × 10ⁿ that is not above ``length``."""
    power = 10.0 ** np.floor(np.log10(length))
    return float(max(step for step in (1, 2, 5) if step * power <= length * (1 + 1e-9)) * power)


def _contrast(data: NDArray[np.float32]) -> tuple[float, float]:
    step = max(1, round((data.size / 2e6) ** (1 / 3)))
    low, high = (float(v) for v in np.percentile(data[::step, ::step, ::step], (0.5, 99.8)))
    return (low, high) if high > low else (low, low + 1.0)
