"""Picture of the slices of a case in which labels are wrong most."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...box import Box, box_of, grown, joined, whole
from ...class_colours import CLASS_COLOURS
from ...labels import Labels, Material
from ...volume import Volume
from ..figures import INK, QUIET, figures, png
from ..sample_pictures import nice_length

CLASSES = (Material.LIQUOR, Material.LOOP, Material.CRYSTAL, Material.OTHER)
MISSED, INVENTED, CONFUSED = "#0072b2", "#d55e00", "#cc79a7"
"""Crystal that was missed, crystal where there is none, and other classes taken for each other (Okabe and Ito 2008)."""
MARGIN_VOXELS = 6
LONGEST_SIDE_PX = 360


def worst_slices_png(volume: Volume | None, truth: Labels, predicted: Labels) -> bytes:
    """Draw the slice across the rotation axis, and that across another one, with most area wrong.

    Columns: voxel values, outlines of the true classes, outlines of the predicted ones, and what is wrong: crystal
    missed, crystal invented, other classes confused. Cut to the box of the sample.

    Parameters
    ----------
    volume : Volume or None
        Voxel values; without them the classes are drawn filled.
    truth, predicted : Labels
        On one grid.

    Returns
    -------
    bytes
        PNG.
    """
    box = _box(truth, predicted)
    true, found = truth.data[box], predicted.data[box]
    size = truth.voxel_size_um or (1.0, 1.0, 1.0)
    planes = worst_planes(true, found, size)
    kinds = ["voxel values", "true", "predicted", "wrong"][0 if volume is not None else 1 :]
    values = None if volume is None else volume.data[box]
    with figures() as new:
        extents = [_extent(true.shape, size, axis) for axis, _ in planes]
        column = 10.4 / len(kinds)
        heights = [min(column * high / wide, 1.6 * column) for high, wide in extents]
        figure = new(figsize=(10.6, sum(heights) + 0.3 + 0.1 * len(planes)))
        axes = figure.subplots(len(planes), len(kinds), squeeze=False, gridspec_kw={"height_ratios": heights})
        figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.01)
        for row, ((axis, index), extent) in zip(axes, zip(planes, extents, strict=True), strict=True):
            cuts = [_cut(data, axis, index) for data in (true, found)]
            grey = None if values is None else _cut(values, axis, index)
            start = box[axis].start
            for place, kind in zip(row, kinds, strict=True):
                _draw(place, kind, grey, cuts[0], cuts[1], extent)
            row[0].set_ylabel(f"{'zyx'[axis]} = {index + start}", fontsize=8, color=QUIET)
        for place, kind in zip(axes[0], kinds, strict=True):
            place.set_title(kind, fontsize=9, color=INK)
        _scale_bar(axes[0, 0], extents[0], "µm" if truth.voxel_size_um is not None else "voxels")
        return png(figure, dpi=100)


def worst_planes(
    truth: NDArray[np.uint8], predicted: NDArray[np.uint8], voxel_size_um: tuple[float, float, float]
) -> list[tuple[int, int]]:
    """Return axis and index of the plane across axis 0, and of that across another one, with most area wrong.

    Parameters
    ----------
    truth, predicted : ndarray of uint8, shape (z, y, x)
        Codes of classes.
    voxel_size_um : (float, float, float)
        Voxel size (z, y, x), µm.

    Returns
    -------
    list of (int, int)
        Where nothing is wrong, the planes through the middle; one alone where the others are but lines.
    """
    wrong = truth != predicted
    worst: list[tuple[float, int, int]] = []
    for axis in range(3):
        across = tuple(other for other in range(3) if other != axis)
        if min(truth.shape[other] for other in across) < 2:
            continue
        counts = wrong.sum(axis=across)
        index = int(counts.argmax()) if counts.any() else truth.shape[axis] // 2
        area = float(counts[index]) * float(np.prod([voxel_size_um[other] for other in across]))
        worst.append((area, axis, index))
    first = [(axis, index) for _, axis, index in worst if axis == 0]
    others = sorted((each for each in worst if each[1] != 0), key=lambda each: -each[0])[:1]
    return [*first, *((axis, index) for _, axis, index in others)] or [(0, truth.shape[0] // 2)]


def _box(truth: Labels, predicted: Labels) -> Box:
    boxes = [box for box in (box_of(truth.data), box_of(predicted.data)) if box is not None]
    if not boxes:
        return whole(truth.shape)
    return grown(joined(boxes[0], boxes[-1]), (MARGIN_VOXELS,) * 3, truth.shape)


def _extent(shape: tuple[int, ...], size: tuple[float, float, float], axis: int) -> tuple[float, float]:
    down, across = (other for other in range(3) if other != axis)
    return shape[down] * size[down], shape[across] * size[across]


def _cut(data: NDArray[Any], axis: int, index: int) -> NDArray[Any]:
    plane: NDArray[Any] = np.take(data, index, axis=axis)
    step = max(1, -(-max(plane.shape) // LONGEST_SIDE_PX))
    return plane[::step, ::step]


def _draw(
    place: Any,
    kind: str,
    grey: NDArray[np.float32] | None,
    true: NDArray[np.uint8],
    found: NDArray[np.uint8],
    extent: tuple[float, float],
) -> None:
    place.set_xticks([])
    place.set_yticks([])
    for spine in place.spines.values():
        spine.set_visible(False)
    box = (0.0, extent[1], extent[0], 0.0)
    if kind == "wrong":
        place.imshow(_differences(true, found), extent=box, interpolation="nearest")
        return
    if grey is not None:
        low, high = (float(value) for value in np.percentile(grey, (0.5, 99.8)))
        place.imshow(grey, cmap="gray", vmin=low, vmax=max(high, low + 1e-12), extent=box, interpolation="nearest")
    if kind == "voxel values":
        return
    classes = true if kind == "true" else found
    if grey is None:
        place.imshow(_filled(classes), extent=box, interpolation="nearest")
        return
    _outline(place, classes, extent)


def _outline(place: Any, classes: NDArray[np.uint8], extent: tuple[float, float]) -> None:
    if min(classes.shape) < 2:
        return
    rows = (np.arange(classes.shape[0]) + 0.5) / classes.shape[0] * extent[0]
    columns = (np.arange(classes.shape[1]) + 0.5) / classes.shape[1] * extent[1]
    for material in CLASSES:
        mask = classes == material
        if mask.any() and not mask.all():
            place.contour(columns, rows, mask, levels=[0.5], colors=[CLASS_COLOURS[material][:3]], linewidths=1.0)


def _filled(classes: NDArray[np.uint8]) -> NDArray[np.float64]:
    picture = np.zeros((*classes.shape, 3))
    for material in CLASSES:
        picture[classes == material] = CLASS_COLOURS[material][:3]
    return picture


def _differences(true: NDArray[np.uint8], found: NDArray[np.uint8]) -> NDArray[np.float64]:
    from matplotlib.colors import to_rgb

    picture = np.full((*true.shape, 3), 0.97)
    for material, shade in ((Material.LIQUOR, 0.88), (Material.LOOP, 0.78), (Material.CRYSTAL, 0.68)):
        picture[true == material] = shade
    wrong = true != found
    picture[wrong] = to_rgb(CONFUSED)
    picture[wrong & (true == Material.CRYSTAL)] = to_rgb(MISSED)
    picture[wrong & (found == Material.CRYSTAL)] = to_rgb(INVENTED)
    return picture


def _scale_bar(place: Any, extent: tuple[float, float], unit: str) -> None:
    height, width = extent
    length = nice_length(0.3 * width)
    x, y = 0.05 * width, 0.93 * height
    place.plot([x, x + length], [y, y], color="white", linewidth=3, solid_capstyle="butt")
    place.text(x, y - 0.02 * height, f"{length:g} {unit}", color="white", fontsize=8, va="bottom")
