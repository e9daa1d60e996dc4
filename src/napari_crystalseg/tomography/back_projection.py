"""Filtered back-projection of parallel-beam projections."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import checked_finite, checked_shape
from ..errors import InputError
from ..progress import Progress, silent
from .filtering import FILTERS, filtered

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
    line_integrals = np.asarray(line_integrals)
    checked_shape(line_integrals, "The line integrals", ("angle", "row", "column"))
    checked_finite(line_integrals, "The array of line integrals")
    angles = np.asarray(angles_deg, dtype=np.float64)
    count, _, width = line_integrals.shape
    if angles.shape != (count,):
        raise InputError(f"There are {count} projections but {angles.size} angles.")
    checked_finite(angles, "The list of angles")
    if not 0 <= centre_px <= width - 1:
        raise InputError(
            f"The rotation centre {centre_px} is outside the detector (columns 0 to {width - 1}); give it in pixels."
        )
    if not (np.isfinite(pixel_size_um) and pixel_size_um > 0):
        raise InputError(f"The pixel size must be positive and finite in µm, not {pixel_size_um}.")
    if filter_name not in FILTERS:
        raise InputError(f"There is no filter {filter_name!r}; choose one of {', '.join(FILTERS)}.")
    return _back_project(line_integrals, angles, float(centre_px), float(pixel_size_um), filter_name, progress)


def _back_project(
    line_integrals: NDArray[np.floating],
    angles_deg: NDArray[np.float64],
    centre_px: float,
    pixel_size_um: float,
    filter_name: str,
    progress: Progress,
) -> NDArray[np.float32]:
    from .back_projection_kernel import add_back_projection

    count, rows, width = line_integrals.shape
    radians = np.deg2rad(angles_deg)
    cosines, sines = np.cos(radians), np.sin(radians)
    weights = (angular_weights(angles_deg) / pixel_size_um).astype(np.float32)
    # The corners of the square see columns beyond the detector, where the filtered projection is not yet zero.
    radius = (width - 1) / np.sqrt(2) + 1
    before = max(0, int(np.ceil(radius - centre_px)))
    after = max(0, int(np.ceil(centre_px + radius - (width - 1))) + 1)
    bytes_a_row = 4 * count * 4 * (width + before + after)
    at_once = int(np.clip(_BYTES_AT_ONCE // bytes_a_row, 1, _ROWS_AT_ONCE))
    result = np.empty((rows, width, width), dtype=np.float32)
    for first in range(0, rows, at_once):
        progress(first / rows, f"Reconstructing slice {first + 1} of {rows}")
        last = min(first + at_once, rows)
        slab = np.asarray(line_integrals[:, first:last], dtype=np.float32)
        columns = np.ascontiguousarray(filtered(slab, before, after, filter_name).transpose(0, 2, 1))
        image = np.zeros((width, width, last - first), dtype=np.float32)
        add_back_projection(columns, cosines, sines, weights, centre_px + before, image)
        result[first:last] = image.transpose(2, 0, 1)
    progress(1.0, f"Reconstructed {rows} slices")
    return result
