"""A small picture of a place: its slice, the classes in it, and an outline of the place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtGui import QImage, QPixmap

from ...class_colours import CLASS_COLOURS
from ...labels import Material
from ...review.places.place import Place

SIDE_PX = 44
_MARGIN = 1.6
_LEAST_VOXELS = 12
_CLASS_SHARE = 0.35


def thumbnail(place: Place, labels: Any, values: Any = None) -> QPixmap:
    """Draw a place in the slice across axis 0 through its centre.

    Parameters
    ----------
    place : Place
        What to draw.
    labels : array-like of integer, shape (z, y, x)
        Labels around it.
    values : array-like, shape (z, y, x), optional
        Voxel values; without them classes are drawn on black.

    Returns
    -------
    QPixmap
        Square.
    """
    picture = _picture(place, labels, values)
    height, width, _ = picture.shape
    image = QImage(np.ascontiguousarray(picture).tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image.copy())


def _picture(place: Place, labels: Any, values: Any) -> NDArray[np.uint8]:
    z, y, x = place.centre
    size = place.voxel_size_um
    extent_um = max((side.stop - side.start) * length for side, length in zip(place.box[1:], size[1:], strict=True))
    half_um = max(_MARGIN * extent_um / 2, _LEAST_VOXELS / 2 * min(size[1:]))
    # The square is sampled at the same steps in µm along both axes, so that nothing is stretched.
    steps_um = (np.arange(SIDE_PX) + 0.5) / SIDE_PX * 2 * half_um - half_um
    rows = np.round(y + steps_um / size[1]).astype(int)
    columns = np.round(x + steps_um / size[2]).astype(int)
    inside = ((rows >= 0) & (rows < labels.shape[1]))[:, None] & ((columns >= 0) & (columns < labels.shape[2]))[None]
    at = np.ix_(np.clip(rows, 0, labels.shape[1] - 1), np.clip(columns, 0, labels.shape[2] - 1))
    codes = np.asarray(labels[z])[at]  # such as of dask
    grey = np.zeros(codes.shape, dtype=np.float32)
    if values is not None:
        grey = np.asarray(values[z], dtype=np.float32)[at]
        low, high = np.nanpercentile(grey, (2, 98)) if np.isfinite(grey).any() else (0.0, 1.0)
        grey = np.nan_to_num(np.clip((grey - low) / max(high - low, 1e-12), 0, 1))
    colours = np.zeros((256, 4), dtype=np.float32)
    for material in Material:
        colours[material, :3] = CLASS_COLOURS[material][:3]
        colours[material, 3] = 0.0 if material is Material.AIR else _CLASS_SHARE
    codes = np.where((codes >= 0) & (codes <= max(Material)), codes, 0)  # others have no colour here
    share = colours[codes, 3:]
    picture = (1 - share) * grey[..., None] + share * colours[codes, :3]
    picture[_outline(place, z, rows, columns)] = (1.0, 1.0, 1.0)
    picture[~inside] = 0.0
    return (255 * np.clip(picture, 0, 1)).astype(np.uint8)


def _outline(place: Place, z: int, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.bool_]:
    low = [side.start for side in place.box]
    plane = place.mask[z - low[0]]
    within_y, within_x = rows - low[1], columns - low[2]
    within = ((within_y >= 0) & (within_y < plane.shape[0]))[:, None] & ((within_x >= 0) & (within_x < plane.shape[1]))[
        None
    ]
    mask = plane[np.ix_(np.clip(within_y, 0, plane.shape[0] - 1), np.clip(within_x, 0, plane.shape[1] - 1))] & within
    inner: NDArray[np.bool_] = mask.copy()
    inner[1:-1, 1:-1] &= mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
    edge: NDArray[np.bool_] = mask & ~inner
    return edge
