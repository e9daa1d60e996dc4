"""BeamStop: what keeps the direct beam off the detector, and its shadow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_number
from ...experiment import Panel


@dataclass(frozen=True)
class BeamStop:
    """A disc before the detector on an arm that comes in from one side.

    Parameters
    ----------
    radius_mm : float
        Of the disc, mm; 0 for none.
    distance_mm : float
        From the sample, mm.
    arm_mm : float
        Width of the arm, mm; 0 for none.
    arm_deg : float
        Where the arm comes from, degrees from +X towards +Y.
    arm_transmission : float
        Part of the photons that the arm lets through.

    Raises
    ------
    InputError
        A number outside its bounds.
    """

    radius_mm: float = 0.5
    distance_mm: float = 30.0
    arm_mm: float = 0.3
    arm_deg: float = 90.0
    arm_transmission: float = 0.3

    def __post_init__(self) -> None:
        checked_number(self.radius_mm, "The radius of the beam stop, mm,", 0.0)
        checked_number(self.distance_mm, "The distance of the beam stop, mm,", 1e-3)
        checked_number(self.arm_mm, "The width of the beam stop's arm, mm,", 0.0)
        checked_number(self.arm_transmission, "The transmission of the beam stop's arm", 0.0, 1.0)

    def transmission(
        self, panel: Panel, shape: tuple[int, int], source_direction: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Return the part of the photons from the sample that reaches each pixel, shape (slow, fast).

        The edge of a shadow is a pixel wide.
        """
        forward = -np.asarray(source_direction, dtype=float)
        right = np.array([1.0, 0.0, 0.0]) - forward[0] * forward
        right /= np.linalg.norm(right)
        up = np.cross(right, forward)
        axes = np.stack([right, up, forward])
        # Components of a pixel's place along those are linear in its row and column.
        origin, fast, slow = axes @ panel.origin_mm, axes @ panel.fast, axes @ panel.slow
        columns = (np.arange(shape[1], dtype=np.float32) + 0.5) * np.float32(panel.pixel_size_mm[0])
        rows = ((np.arange(shape[0], dtype=np.float32) + 0.5) * np.float32(panel.pixel_size_mm[1]))[:, np.newaxis]
        x, y, depth = (
            (np.float32(o) + np.float32(s) * rows) + np.float32(f) * columns
            for o, f, s in zip(origin, fast, slow, strict=True)
        )
        ahead = depth > 0
        shrink = np.where(ahead, self.distance_mm / np.maximum(depth, 1e-3), 0).astype(np.float32)
        x, y = x * shrink, y * shrink
        edge = np.maximum(np.float32(panel.pixel_size_mm.max()) * shrink, np.float32(1e-6))
        through = np.clip((np.hypot(x, y) - self.radius_mm) / edge + 0.5, 0, 1)
        if self.arm_mm:
            angle = np.deg2rad(self.arm_deg)
            along, aside = x * np.cos(angle) + y * np.sin(angle), x * np.sin(angle) - y * np.cos(angle)
            beside = np.clip((np.abs(aside) - self.arm_mm / 2) / edge + 0.5, 0, 1)
            arm = self.arm_transmission + (1 - self.arm_transmission) * beside
            through = through * np.where(along > 0, arm, 1)
        shadow: NDArray[np.float32] = np.where(ahead, through, 1).astype(np.float32)
        return shadow
