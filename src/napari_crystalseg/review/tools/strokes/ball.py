"""Brush: a ball, or a disc within the slice, of a radius in µm along a stroke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....checks import checked_number
from ....errors import InputError
from ...edits.change import Change
from ..need import Need
from ..scene import Scene


def ball_stroke(
    path: ArrayLike,
    radius_um: float,
    label: int,
    shape: tuple[int, int, int],
    voxel_size_um: tuple[float, float, float],
    slice_axis: int | None = None,
) -> Change | None:
    """Paint a class with a ball along a stroke.

    Parameters
    ----------
    path : array_like, shape (point, 3)
        Points (z, y, x) of the stroke in voxels; the ball rolls along the straight lines between them.
    radius_um : float
        Radius, µm. Voxels whose centre is that near to the stroke are painted, and those that hold its points.
    label : int
        Code of the class to paint.
    shape : (int, int, int)
        Voxels of the labels along (z, y, x).
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    slice_axis : int, optional
        Axis across the slice that a disc is to stay in, that of the first point; None paints a ball.

    Returns
    -------
    Change or None
        None where the stroke stays outside the labels.

    Raises
    ------
    InputError
        A radius that is not positive, or points that are not three finite numbers each.
    """
    points = np.atleast_2d(np.asarray(path, dtype=float))
    if points.ndim != 2 or points.shape[1] != 3 or not len(points) or not np.isfinite(points).all():
        raise InputError(f"A stroke needs points of three finite numbers (z, y, x), not an array of {points.shape}.")
    radius_um = checked_number(radius_um, "The radius of the brush in µm")
    size = np.asarray(voxel_size_um)
    extent = radius_um / size
    if slice_axis is not None:
        points = points.copy()
        points[:, slice_axis] = np.floor(points[0, slice_axis] + 0.5)
        extent[slice_axis] = 0
    low = np.maximum(np.floor(points.min(axis=0) - extent), 0).astype(int)
    high = np.minimum(np.ceil(points.max(axis=0) + extent) + 1, shape).astype(int)
    if (high <= low).any():
        return None
    mask = np.zeros(high - low, bool)
    ends = np.vstack([points[1:], points[-1:]])
    for start, stop in zip(points, ends, strict=True):
        _add_capsule(mask, start - low, stop - low, extent, radius_um, size)
    held = np.floor(points + 0.5).astype(int)
    held = held[((held >= 0) & (held < np.asarray(shape))).all(axis=1)] - low
    mask[tuple(held.T)] = True
    if not mask.any():
        return None
    z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return Change((z, y, x), mask, np.asarray(int(label)))


def _add_capsule(
    mask: NDArray[np.bool_],
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    extent: NDArray[np.float64],
    radius_um: float,
    size: NDArray[np.float64],
) -> None:
    low = np.maximum(np.floor(np.minimum(start, stop) - extent), 0).astype(int)
    high = np.minimum(np.ceil(np.maximum(start, stop) + extent) + 1, mask.shape).astype(int)
    if (high <= low).any():
        return
    along = (stop - start) * size
    length2 = float(along @ along)
    from_start = [
        ((np.arange(a, b) - origin) * edge).reshape([-1 if other == axis else 1 for other in range(3)])
        for axis, (a, b, origin, edge) in enumerate(zip(low, high, start, size, strict=True))
    ]
    share = sum(component * step for component, step in zip(from_start, along, strict=True))
    share = np.clip(share / length2, 0, 1) if length2 > 0 else np.zeros_like(share)
    apart2 = sum((component - share * step) ** 2 for component, step in zip(from_start, along, strict=True))
    z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    mask[z, y, x] |= apart2 <= radius_um**2 * (1 + 1e-9)


@dataclass(frozen=True)
class PaintBall:
    """Paint the chosen class along the stroke.

    Parameters
    ----------
    radius_um : float
        Radius, µm.
    within_slice : bool
        A disc within the slice instead of a ball.
    """

    radius_um: Annotated[float, {"min": 0.1, "max": 1000.0, "label": "radius, µm"}] = 5.0
    within_slice: Annotated[bool, {"label": "only in this slice"}] = False

    title: ClassVar[str] = "Ball brush"
    key: ClassVar[str] = "Shift-B"
    hint: ClassVar[str] = "Paint the chosen class with a ball that is round in µm."
    needs: ClassVar[Need] = Need.STROKE

    def propose(self, scene: Scene) -> Change | None:
        """Return the stroke of the scene in the chosen class.

        Raises
        ------
        InputError
            There is no stroke.
        """
        path = scene.path if scene.path is not None else scene.point
        if path is None:
            raise InputError("Draw a stroke first.")
        axis = scene.axis if self.within_slice else None
        z, y, x = scene.labels.shape
        return ball_stroke(path, self.radius_um, scene.label, (z, y, x), scene.voxel_size_um, axis)
