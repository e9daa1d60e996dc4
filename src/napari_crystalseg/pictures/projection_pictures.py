"""Plot of what the measured coefficients leave unexplained, and picture of labels over a projection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..class_colours import CLASS_COLOURS
from .figures import ACCENT, INK, QUIET, figures, hide_upper_edges, png
from .sample_pictures import CLASSES, nice_length

if TYPE_CHECKING:
    from ..calibration.geometry_overlay import GeometryOverlay
    from ..calibration.measured_coefficients import MeasuredCoefficients


def residuals_png(measured: MeasuredCoefficients) -> bytes:
    """Draw measured and predicted −ln T of one projection, their difference, and residuals over path and angle.

    Returns
    -------
    bytes
        PNG.
    """
    shown = measured.pictures
    rest = shown.measured - shown.predicted
    top = max(float(np.percentile(shown.measured, 99.8)), 1e-6)
    span = max(float(np.nanpercentile(np.abs(rest), 99.5)), 1e-6)
    with figures() as new:
        figure = new(figsize=(10.6, 7.2))
        upper, lower = figure.subfigures(2, 1, height_ratios=(1.25, 1.0))
        images = upper.subplots(1, 3)
        names = (f"measured −ln T at {shown.angle_deg:.1f}°", "predicted from the labels", "measured − predicted")
        for axis, picture, name in zip(images, (shown.measured, shown.predicted, rest), names, strict=True):
            signed = picture is rest
            low, high, colours = (-span, span, "RdBu_r") if signed else (0.0, top, "magma")
            drawn = axis.imshow(picture, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
            axis.set_title(name, fontsize=9, color=INK)
            axis.set_facecolor("#d5dadf")  # pixels that were left out
            axis.set_xticks([])
            axis.set_yticks([])
            bar = upper.colorbar(drawn, ax=axis, fraction=0.045, pad=0.02)
            bar.ax.tick_params(labelsize=7, colors=QUIET)
            bar.outline.set_visible(False)
        over_path, over_angle = lower.subplots(1, 2, gridspec_kw={"width_ratios": (1.6, 1.0)})
        _residual_over_path(over_path, shown.path_um, shown.residual)
        order = np.argsort(shown.angles_deg)
        over_angle.plot(
            shown.angles_deg[order], shown.rms[order], color=ACCENT, linewidth=1.2, marker="o", markersize=2.5
        )
        over_angle.set_ylim(0, 1.15 * max(float(shown.rms.max()), 1e-9))
        over_angle.set_xlabel("rotation angle, °", color=INK)
        over_angle.set_ylabel("residual, root mean square", color=INK)
        for axis in (over_path, over_angle):
            hide_upper_edges(axis)
        return png(figure, dpi=110)


def overlay_png(overlay: GeometryOverlay) -> bytes:
    """Draw a projection with the outlines of the labels, the rotation axis, and the view along the axis with the beam.

    Returns
    -------
    bytes
        PNG.
    """
    rows, columns = overlay.projection.shape
    height = 5.2
    width = float(np.clip(height * columns / rows, 3.0, 8.0))
    with figures() as new:
        figure = new(figsize=(width + 4.2, height))
        picture, above = figure.subplots(1, 2, gridspec_kw={"width_ratios": (width, 3.8)})
        low, high = np.percentile(overlay.projection, (0.3, 99.7))
        picture.imshow(overlay.projection, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
        for material in CLASSES:
            for i, line in enumerate(overlay.outlines.get(material, ())):
                colour = CLASS_COLOURS[material][:3]
                name = material.title if i == 0 else None
                picture.plot(line[:, 1], line[:, 0], color=colour, linewidth=1.5, label=name)
        (row_0, column_0), (row_1, column_1) = overlay.axis_line
        picture.plot(
            [column_0, column_1], [row_0, row_1], color="#d62728", linewidth=1.1, linestyle=(0, (7, 3)), label="axis"
        )
        # Where the outlines fill the picture the frame stays that of the detector.
        picture.set_xlim(-0.5, columns - 0.5)
        picture.set_ylim(rows - 0.5, -0.5)
        picture.set_xticks([])
        picture.set_yticks([])
        length = nice_length(0.25 * columns * overlay.pixel_size_um)
        left = 0.04 * columns
        picture.plot([left, left + length / overlay.pixel_size_um], [0.955 * rows] * 2, color=INK, linewidth=3)
        picture.text(left, 0.94 * rows, f"{length:g} µm", color=INK, fontsize=8, va="bottom")
        picture.legend(loc="upper right", fontsize=8, frameon=True, framealpha=0.85, edgecolor="none")
        picture.set_title(f"projection at {overlay.angle_deg:.1f}°, score {overlay.score:.3f}", fontsize=9, color=INK)
        _view_along_axis(above, overlay)
        return png(figure, dpi=110)


def _view_along_axis(axis: Any, overlay: GeometryOverlay) -> None:
    """Draw the labels as seen along the rotation axis, with the beam at the angle of the projection."""
    seen = overlay.along_axis
    fill = np.ones((*seen.shape, 4))
    for material in CLASSES:
        fill[seen == material] = (*CLASS_COLOURS[material][:3], 0.75)
    size_y, size_x = overlay.voxel_size_um
    half_y, half_x = seen.shape[0] * size_y / 2, seen.shape[1] * size_x / 2
    filled = np.argwhere(seen > 0) + 0.5 - np.array(seen.shape) / 2
    extent = max(float(np.hypot(*(filled * (size_y, size_x)).T).max(initial=0.0)), size_y, size_x)
    axis.imshow(fill, extent=(-half_x, half_x, half_y, -half_y), interpolation="nearest")
    y, x = overlay.beam_direction
    axis.annotate(
        "",
        xy=(-0.1 * extent * x, -0.1 * extent * y),
        xytext=(-1.2 * extent * x, -1.2 * extent * y),
        arrowprops={"arrowstyle": "-|>", "color": "#d62728", "linewidth": 1.8, "mutation_scale": 16},
    )
    axis.text(-1.33 * extent * x, -1.33 * extent * y, "beam", color="#d62728", fontsize=9, ha="center", va="center")
    axis.plot(0, 0, marker="+", color="#d62728", markersize=9, markeredgewidth=1.5)
    axis.set_xlim(-1.5 * extent, 1.5 * extent)
    axis.set_ylim(1.5 * extent, -1.5 * extent)
    axis.set_title("along the rotation axis", fontsize=9, color=INK)
    axis.set_xlabel("axis 2 of the labels →", fontsize=8, color=QUIET)
    axis.set_ylabel("← axis 1 of the labels", fontsize=8, color=QUIET)
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_visible(False)


def _residual_over_path(axis: Any, path_um: Any, residual: Any) -> None:
    axis.plot(
        path_um, residual, linestyle="none", marker=".", markersize=1.6, color=ACCENT, alpha=0.25, rasterized=True
    )
    edges = np.linspace(0, max(float(path_um.max()), 1e-9), 25)
    place = np.clip(np.digitize(path_um, edges) - 1, 0, len(edges) - 2)
    counts = np.bincount(place, minlength=len(edges) - 1)
    enough = counts >= 10
    means = np.bincount(place, residual, len(edges) - 1) / np.maximum(counts, 1)
    middles = (edges[:-1] + edges[1:]) / 2
    axis.plot(middles[enough], means[enough], color="#d62728", linewidth=1.5, label="mean")
    axis.axhline(0, color=INK, linewidth=0.7)
    span = max(float(np.percentile(np.abs(residual), 99.7)), 1e-9)
    axis.set_ylim(-1.3 * span, 1.3 * span)
    axis.set_xlabel("path length in the sample, µm", color=INK)
    axis.set_ylabel("measured − predicted −ln T", color=INK)
    axis.legend(fontsize=8, frameon=False)
