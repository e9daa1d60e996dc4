"""The point that all views show: it is where the viewer's sliders stand, so that napari's canvas shows it too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from napari.components import ViewerModel

Point = tuple[float, float, float]


def point_of(viewer: ViewerModel) -> Point:
    """World point (z, y, x) that all views show; the middle of an axis that the viewer does not have is 0."""
    z, y, x = ([0.0, 0.0, 0.0, *viewer.dims.point])[-3:]
    return float(z), float(y), float(x)


def go_to(viewer: ViewerModel, point: Sequence[float]) -> None:
    """Have all views show a world point (z, y, x), held within the world; of a viewer of four axes the last three."""
    dims = viewer.dims
    if dims.ndim < 3:
        return
    axes = list(range(dims.ndim - 3, dims.ndim))
    low, high = (np.array([float(dims.range[axis][end]) for axis in axes]) for end in (0, 1))
    held = np.clip(np.asarray(point, dtype=float)[-3:], low, high)
    if not np.isfinite(held).all() or np.allclose(held, point_of(viewer), rtol=0, atol=1e-12):
        return
    dims.set_point(axes, [float(place) for place in held])
