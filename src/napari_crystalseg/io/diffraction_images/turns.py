"""Rotations about an axis, as headers state them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def turn(axis: ArrayLike, angle_deg: float) -> NDArray[np.float64]:
    """Return the right-handed rotation about an axis, shape (3, 3) (Rodrigues)."""
    x, y, z = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.deg2rad(angle_deg)
    matrix: NDArray[np.float64] = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return matrix
