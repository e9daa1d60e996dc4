"""Motion: how the sample turns, and how it strays from that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Motion:
    """How a sample moves in a scan; a part of :class:`.acquisition.Acquisition`, which checks and explains it.

    Parameters
    ----------
    angles_deg : ndarray of float64, shape (angle,)
        Nominal rotation angles, degrees.
    angle_jitter_deg : float
        Standard deviation of the true angles about the nominal ones.
    rotation_centre_offset_px : float
        Where the rotation axis falls, columns from the middle of the detector.
    wobble_px : float
        Root mean square run-out of the axis along rows and columns, px.
    tilt_deg, roll_deg : float
        Lean of the rotation axis along the beam, and its turn in the plane of the detector.
    drift_px : (float, float)
        How far the sample has moved along rows and columns at the end of the scan, px.
    shrinkage : float
        Fraction of its length in each direction that the sample has lost at the end of the scan.
    """

    angles_deg: NDArray[np.float64]
    angle_jitter_deg: float
    rotation_centre_offset_px: float
    wobble_px: float
    tilt_deg: float
    roll_deg: float
    drift_px: tuple[float, float]
    shrinkage: float

    @property
    def count(self) -> int:
        """Number of projections."""
        return len(self.angles_deg)

    @property
    def done(self) -> NDArray[np.float64]:
        """Share of the scan that is over at each projection, 0 to 1."""
        return np.arange(self.count) / max(self.count - 1, 1)

    def draw(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw how the sample truly stands in each projection.

        Returns
        -------
        ndarray of float64, shape (angle, 4)
            True angle, degrees; shifts along rows and columns, px; size over that at the start.
        """
        true_angles = self.angles_deg + self.angle_jitter_deg * rng.standard_normal(self.count)
        shifts = self.wobble_px * run_out(rng, self.angles_deg) + self.done[:, np.newaxis] * self.drift_px
        return np.column_stack([true_angles, shifts, 1 - self.shrinkage * self.done])


def run_out(rng: np.random.Generator, angles_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw a smooth run-out of a rotation axis (angle, row and column), root mean square 1 over a turn.

    The first harmonic is left out along columns' sake: it is a shift of the sample, not an error of the axis.
    """
    radians = np.radians(angles_deg)
    harmonics = np.arange(2, 7)
    sizes = rng.standard_normal((2, harmonics.size))
    sizes /= np.linalg.norm(sizes, axis=1, keepdims=True)
    turns = rng.uniform(0, 2 * np.pi, (2, harmonics.size))
    waves = np.cos(radians[:, np.newaxis, np.newaxis] * harmonics + turns)
    shifts: NDArray[np.float64] = np.sqrt(2) * (waves * sizes).sum(axis=2)
    return shifts
