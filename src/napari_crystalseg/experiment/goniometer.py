"""The goniometer: how the sample is turned in the laboratory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError


def rotation_matrices(axis: ArrayLike, angle_rad: ArrayLike) -> NDArray[np.float64]:
    """Return right-handed rotations about one axis, shape (..., 3, 3) for angles of shape (...) (Rodrigues)."""
    x, y, z = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    angle = np.asarray(angle_rad, dtype=float)[..., np.newaxis, np.newaxis]
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrices: NDArray[np.float64] = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return matrices


@dataclass(frozen=True, eq=False)
class Goniometer:
    """A goniometer that scans about one axis: a vector of the sample v is seen as S R(phi) F v in the laboratory.

    Parameters
    ----------
    scan_axis : ndarray, shape (3,)
        Unit vector of the scan axis in DIALS axes (X, Y, Z), before the setting rotation.
    fixed_rotation, setting_rotation : ndarray, shape (3, 3)
        F, below the scan axis (nearer to the sample), and S, above it.
    axes : ndarray, shape (axis, 3)
        Axes as listed in the file, from the sample to the base.
    angles_deg : ndarray, shape (axis,)
        Their angles, degrees.
    scan_index : int
        Which of the axes is scanned.

    Notes
    -----
    As dxtbx's ``MultiAxisGoniometer``: axes are listed from the sample to the base; those before the scan axis make F,
    those after it make S, each later axis multiplied from the left.
    """

    scan_axis: NDArray[np.float64]
    fixed_rotation: NDArray[np.float64]
    setting_rotation: NDArray[np.float64]
    axes: NDArray[np.float64]
    angles_deg: NDArray[np.float64]
    scan_index: int

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Goniometer:
        """Read a goniometer as DIALS writes it, with one axis or several.

        Raises
        ------
        InputError
            Missing entries, vectors of length zero, matrices that are not rotations.
        """
        if "axes" in record:
            axes = _numbers(record["axes"], (-1, 3), "the goniometer's axes")
            angles = _numbers(record.get("angles"), (len(axes),), "the goniometer's angles")
            index = record.get("scan_axis")
            if type(index) is not int or not 0 <= index < len(axes):
                raise InputError(f"The goniometer has {len(axes)} axes but its scan axis is number {index!r}.")
            _check_axes(axes, "A goniometer axis")
            turns = [rotation_matrices(axis, np.deg2rad(angle)) for axis, angle in zip(axes, angles, strict=True)]
            fixed, setting = _product(turns[:index]), _product(turns[index + 1 :])
        else:
            axes = _numbers(record.get("rotation_axis"), (1, 3), "the goniometer's rotation axis")
            _check_axes(axes, "The goniometer's rotation axis")
            angles, index = np.zeros(1), 0
            fixed = _rotation(record.get("fixed_rotation"), "fixed rotation")
            setting = _rotation(record.get("setting_rotation"), "setting rotation")
        axes = axes / np.linalg.norm(axes, axis=1, keepdims=True)
        return cls(axes[index], fixed, setting, axes, angles, index)

    def rotation(self, phi_rad: ArrayLike) -> NDArray[np.float64]:
        """Return S R(phi) F, shape (..., 3, 3): from the sample to the laboratory at scan angle phi."""
        return self.setting_rotation @ rotation_matrices(self.scan_axis, phi_rad) @ self.fixed_rotation


def _numbers(values: Any, shape: tuple[int, ...], what: str) -> NDArray[np.float64]:
    try:
        array = np.asarray(values, dtype=float).reshape(shape)
    except (TypeError, ValueError):
        raise InputError(f"The experiment file does not give {what}, or not as numbers.") from None
    if array.size == 0 or not np.isfinite(array).all():
        raise InputError(f"The experiment file gives {what} with values that are missing or not finite.")
    return array


def _check_axes(axes: NDArray[np.float64], what: str) -> None:
    with np.errstate(over="ignore", under="ignore"):
        length = np.linalg.norm(axes, axis=1)
    if not (np.isfinite(length) & (length > 0)).all():
        raise InputError(f"{what} has length zero, or one that cannot be reckoned with.")


def _rotation(values: Any, what: str) -> NDArray[np.float64]:
    if values is None:
        return np.eye(3)
    matrix = _numbers(values, (3, 3), f"the goniometer's {what}")
    if not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-4) or np.linalg.det(matrix) < 0:
        raise InputError(f"The goniometer's {what} is not a rotation matrix.")
    return matrix


def _product(turns: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    matrix = np.eye(3)
    for turn in turns:
        matrix = turn @ matrix
    return matrix
