"""Filtered back-projection of parallel-beam projections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import checked_shape
from ...errors import InputError
from ...progress import Progress, silent
from .filtering import filtered
from .ray_geometry import Geometry

# Rows that go through the kernel together: enough for vector instructions, few enough for the cache.
_ROWS_AT_ONCE = 32
_BYTES_AT_ONCE = 256 * 2**20


def angular_weights(angles_deg: ArrayLike) -> NDArray[np.float64]:
    """Angle that each projection stands for, in radians.

    Angles are folded into half a turn, since projections 180° apart see the same rays. Each then stands for half of
    the gaps to its neighbours: uneven steps and jitter are weighed as they are, and projections taken twice, in a
    full turn or at both ends of 180°, share. A gap of more than eight usual steps is a missing wedge and stays
    missing: its edges get a usual step.

    Parameters
    ----------
    angles_deg : array_like, shape (angle,)
        Rotation angles, in any order.

    Returns
    -------
    ndarray of float64, shape (angle,)
        Weights; their sum is π where no wedge is missing.
    """
    angles = np.asarray(angles_deg, dtype=np.float64)
    if angles.size == 1:
        return np.array([np.pi])
    folded = np.deg2rad(np.mod(angles, 180.0))
    order = np.argsort(folded, kind="stable")
    # gaps[i] lies between the i-th and the next of the sorted angles; the last one closes the half turn.
    gaps = np.diff(folded[order], append=folded[order[0]] + np.pi)
    others = np.delete(gaps, np.argmax(gaps))
    # Pairs of a full turn leave gaps of nearly nothing, which say nothing of the usual step.
    stepping = others[others > others.mean() / 4]
    if stepping.size:
        usual = float(np.median(stepping))
        gaps = np.where(gaps > 8 * usual, usual, gaps)
    weights = np.empty_like(folded)
    weights[order] = (gaps + np.roll(gaps, 1)) / 2
    return weights


def back_project(
    line_integrals: NDArray[np.floating],
    angles_deg: ArrayLike,
    centre_px: float,
    pixel_size_um: float = 1.0,
    filter_name: str = "ram-lak",
    progress: Progress = silent,
    extrapolation: str = "hold",
) -> NDArray[np.float32]:
    """Reconstruct slices by filtered back-projection with linear interpolation.

    A point (y, x) from the rotation axis is seen at column ``centre_px + x cos(angle) - y sin(angle)``; the axis is
    at voxel (W - 1) / 2 of axes 1 and 2.

    Parameters
    ----------
    line_integrals : ndarray, shape (angle, row, column)
        Minus the logarithm of the transmission.
    angles_deg : array_like, shape (angle,)
        Rotation angles; any order, uneven steps, half or full turns.
    centre_px : float
        Column of the rotation axis; 0 is the middle of the first pixel.
    pixel_size_um : float
        Pixel size, µm.
    filter_name : {"ram-lak", "shepp-logan", "cosine", "hann"}
        Window on the ramp.
    progress : Progress
        Told after each slab of rows; may raise to cancel.
    extrapolation : {"hold", "circle"}
        How projections go on where the sample is wider than the field, see :class:`~.ray_geometry.Geometry`.

    Returns
    -------
    ndarray of float32, shape (row, W, W)
        Linear attenuation coefficient, 1/µm; W is the number of columns.

    Raises
    ------
    InputError
        Not three axes, NaN, another number of angles, a centre outside the detector, a pixel size that is not
        positive, or an unknown filter.
    """
    angles = np.asarray(angles_deg, dtype=np.float64)
    line_integrals = np.asarray(line_integrals)
    checked_shape(line_integrals, "The line integrals", ("angle", "row", "column"))
    if angles.shape != (len(line_integrals),):
        raise InputError(f"There are {len(line_integrals)} projections but {angles.size} angles.")
    geometry = Geometry(
        angles, line_integrals.shape[2], float(centre_px), float(pixel_size_um), filter_name, extrapolation
    )
    return _back_project(geometry.checked(line_integrals), geometry, progress)


@dataclass(frozen=True)
class BackProjection:
    """Filtered back-projection with linear interpolation, as a :class:`~.method.Method`."""

    name: str = "fbp"

    def record(self) -> dict[str, Any]:
        """Return what tells this method in a provenance."""
        return {"method": self.name, "method_version": f"numba {version('numba')}"}

    def rows_together(self, geometry: Geometry) -> int:
        """Rows that the kernel takes at once."""
        return _rows_at_once(geometry)

    def bytes_needed(self, geometry: Geometry) -> int:
        """Memory of filtered projections and of the image of the rows that go together."""
        return _rows_at_once(geometry) * (_bytes_a_row(geometry) + 4 * geometry.columns**2)

    def prepare(self, geometry: Geometry) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
        """Return what turns line integrals (angle, row, column) into slices (row, W, W)."""
        return lambda line_integrals: _back_project(line_integrals, geometry, silent)


def _columns_beyond(geometry: Geometry) -> tuple[int, int]:
    """Columns before the first and after the last that the corners of the square see."""
    radius = (geometry.columns - 1) / np.sqrt(2) + 1
    before = max(0, int(np.ceil(radius - geometry.centre_px)))
    return before, max(0, int(np.ceil(geometry.centre_px + radius - (geometry.columns - 1))) + 1)


def _bytes_a_row(geometry: Geometry) -> int:
    return 4 * geometry.angles * 4 * (geometry.columns + sum(_columns_beyond(geometry)))


def _rows_at_once(geometry: Geometry) -> int:
    return int(np.clip(_BYTES_AT_ONCE // _bytes_a_row(geometry), 1, _ROWS_AT_ONCE))


def _back_project(line_integrals: NDArray[np.floating], geometry: Geometry, progress: Progress) -> NDArray[np.float32]:
    from .back_projection_kernel import add_back_projection

    _, rows, width = line_integrals.shape
    radians = np.deg2rad(geometry.angles_deg)
    cosines, sines = np.cos(radians), np.sin(radians)
    weights = (angular_weights(geometry.angles_deg) / geometry.pixel_length).astype(np.float32)
    # The corners of the square see columns beyond the detector, where the filtered projection is not yet zero.
    before, after = _columns_beyond(geometry)
    at_once = _rows_at_once(geometry)
    result = np.empty((rows, width, width), dtype=np.float32)
    for first in range(0, rows, at_once):
        progress(first / rows, f"Reconstructing slice {first + 1} of {rows}")
        last = min(first + at_once, rows)
        slab = np.asarray(line_integrals[:, first:last], dtype=np.float32)
        columns = np.ascontiguousarray(
            filtered(slab, before, after, geometry.filter_name, geometry.extrapolated_about_px).transpose(0, 2, 1)
        )
        image = np.zeros((width, width, last - first), dtype=np.float32)
        add_back_projection(columns, cosines, sines, weights, geometry.centre_px + before, image)
        result[first:last] = image.transpose(2, 0, 1)
    progress(1.0, f"Reconstructed {rows} slices")
    return result
