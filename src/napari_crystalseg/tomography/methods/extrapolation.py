"""Projections beyond the detector, where the sample is wider than the field."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EXTRAPOLATIONS = ("circle", "hold")

# Columns at either side whose mean is the value at the edge: one alone would smear its noise.
_EDGE_COLUMNS = 4
# The slope at the edge is taken over this part of the field.
_SLOPE_SHARE = 16


def extrapolated(
    projections: NDArray[np.floating],
    before: int,
    after: int,
    out: NDArray[np.float32],
    centre_px: float | None = None,
) -> None:
    """Extrapolate projections beyond the detector, periodically: what follows the last column also precedes the first.

    Parameters
    ----------
    projections : ndarray, shape (..., column)
        Line integrals.
    before, after : int
        Columns before the first and after the last that are looked at.
    out : ndarray of float32, shape (..., sample)
        Filled with the projections, from sample 0, and their extrapolation.
    centre_px : float, optional
        Column of the rotation axis: the projections go on as those of a cylinder about it, whose radius and density
        suit value and slope at each edge (akin to the water cylinders of Hsieh et al., Med. Phys. 31 (2004) 2385).
        Without it, each edge value is held over the columns looked at, and fades into the other between them.
    """
    width = projections.shape[-1]
    out[..., :width] = projections
    if centre_px is None:
        _hold(projections, before, after, out)
    else:
        _circle(projections, before, after, out, centre_px)


def _hold(projections: NDArray[np.floating], before: int, after: int, out: NDArray[np.float32]) -> None:
    width, length = projections.shape[-1], out.shape[-1]
    edge = min(_EDGE_COLUMNS, width)
    left = projections[..., :edge].mean(axis=-1, keepdims=True)
    right = projections[..., -edge:].mean(axis=-1, keepdims=True)
    fade = np.zeros(length - width, dtype=np.float32)
    hold_right, hold_left = min(after, fade.size), min(before, max(fade.size - after, 0))
    between = fade.size - hold_right - hold_left
    fade[hold_right : hold_right + between] = (np.arange(between) + 0.5) / max(between, 1)
    fade[hold_right + between :] = 1
    out[..., width:] = right + (left - right) * fade


def _circle(
    projections: NDArray[np.floating], before: int, after: int, out: NDArray[np.float32], centre_px: float
) -> None:
    width, room = projections.shape[-1], out.shape[-1] - projections.shape[-1]
    right = round(room * (after + 1) / (before + after + 2))
    from_axis = width - 1 - centre_px
    out[..., width : width + right] = _side(projections, from_axis, right)
    out[..., width + right :] = _side(projections[..., ::-1], centre_px, room - right)[..., ::-1]


def _side(projections: NDArray[np.floating], from_axis: float, count: int) -> NDArray[np.float32]:
    """``count`` columns after the last one, which is ``from_axis`` columns from the axis."""
    width = projections.shape[-1]
    edge = min(_EDGE_COLUMNS, width)
    step = min(max(width // _SLOPE_SHARE, 1), width - edge)
    # Where the axis is near the edge, or beyond it, a cylinder about it would end at once.
    outer = max(from_axis, width / 8)
    value = projections[..., width - edge :].mean(axis=-1, keepdims=True, dtype=np.float32)
    inner = projections[..., width - edge - step : width - step].mean(axis=-1, keepdims=True, dtype=np.float32)
    # The square of a chord is density² (radius² - u²): linear in u².
    at, square = outer - (edge - 1) / 2, value**2
    density2 = (inner**2 - square) / max(at**2 - (at - step) ** 2, 1e-6)
    # It ends before the other side begins.
    density2 = np.maximum(density2, square / ((outer + max(count, 1)) ** 2 - at**2))
    u = outer + np.arange(1, count + 1)
    chord2 = square - density2 * (u**2 - at**2).astype(np.float32)
    side: NDArray[np.float32] = np.sign(value) * np.sqrt(np.maximum(chord2, 0))
    return side
