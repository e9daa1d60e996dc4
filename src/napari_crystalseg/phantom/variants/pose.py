"""Pose: how a sample sits in the beam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError


@dataclass(frozen=True)
class Pose:
    """Mirror, turn, lean and shift, in this order, about the middle of the field.

    Parameters
    ----------
    mirror : (bool, bool, bool)
        Whether (z, y, x) change sign.
    turn_deg : float
        Turn about the rotation axis, from y to x, degrees.
    lean_deg : float
        Lean of the rotation axis, degrees.
    lean_about_deg : float
        Direction of the axis in the y-x plane that it leans about, from y, degrees.
    shift_um : (float, float, float)
        Shift along (z, y, x), µm.

    Raises
    ------
    InputError
        A number that is not finite.
    """

    mirror: tuple[bool, bool, bool] = (False, False, False)
    turn_deg: float = 0.0
    lean_deg: float = 0.0
    lean_about_deg: float = 0.0
    shift_um: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        numbers = (self.turn_deg, self.lean_deg, self.lean_about_deg, *self.shift_um)
        if len(self.mirror) != 3 or len(self.shift_um) != 3 or not np.isfinite(numbers).all():
            raise InputError("A pose has three mirrors, three shifts and angles, all finite.")
        object.__setattr__(self, "mirror", tuple(bool(m) for m in self.mirror))
        object.__setattr__(self, "shift_um", tuple(float(s) for s in self.shift_um))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Rotation and mirror, shape (3, 3), axes (z, y, x): a point r comes to ``matrix @ r + shift``."""
        turn, lean, about = np.radians([self.turn_deg, self.lean_deg, self.lean_about_deg])
        c, s = np.cos(turn), np.sin(turn)
        spin = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
        y, x = np.cos(about), np.sin(about)
        cross = np.array([[0, -x, y], [x, 0, 0], [-y, 0, 0]])
        tilt = np.eye(3) + np.sin(lean) * cross + (1 - np.cos(lean)) * cross @ cross
        matrix: NDArray[np.float64] = tilt @ spin @ np.diag(np.where(self.mirror, -1.0, 1.0))
        return matrix
