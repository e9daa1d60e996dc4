"""Illumination: the uneven beam of a beamline, which also moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WAVES = 12
STRIPES = 6


@dataclass(frozen=True)
class IncidentBeam:
    """The beam before the sample; a part of :class:`.acquisition.Acquisition`, which checks and explains it.

    Parameters
    ----------
    photons : float
        Mean photons in a pixel and frame.
    flat_structure : float
        Relative standard deviation of the beam over the frame.
    flat_drift_px : float
        How far the beam has moved at the end of the scan, px.
    intensity_drift : float
        Fraction of the beam lost from the start to the end of the scan.
    """

    photons: float
    flat_structure: float
    flat_drift_px: float
    intensity_drift: float


class Beam:
    """Intensity of the beam in each detector pixel, mean 1 over the frame.

    A few smooth waves and the horizontal stripes of a multilayer or mirror, drawn at random.

    Parameters
    ----------
    rng : Generator
        Source of the structure.
    shape : (int, int)
        Rows and columns of the detector.
    structure : float
        Standard deviation of the structure over the mean; 0 is an even beam.
    farthest_px : float
        Farthest that the beam will be moved, px.
    """

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int], structure: float, farthest_px: float) -> None:
        self._margin = int(np.ceil(abs(farthest_px))) + 1
        self._shape = shape
        rows, columns = (np.arange(-self._margin, size + self._margin, dtype=np.float64) for size in shape)
        scale = max(shape)
        log_intensity = np.zeros((rows.size, columns.size))
        for _ in range(WAVES):
            turns = rng.normal(0.0, 1.5, 2)
            turn = rng.uniform(0, 2 * np.pi)
            phase = 2 * np.pi * (turns[0] * rows[:, np.newaxis] + turns[1] * columns) / scale + turn
            log_intensity += np.cos(phase) / np.sqrt(WAVES)
        for _ in range(STRIPES):
            place, width = rng.uniform(0, shape[0]), rng.uniform(1.5, max(2.0, 0.05 * shape[0]))
            log_intensity += rng.normal(0.0, 0.6) * np.exp(-0.5 * ((rows[:, np.newaxis] - place) / width) ** 2)
        spread = float(log_intensity.std())
        intensity = np.exp(structure * log_intensity / spread) if structure > 0 else np.ones_like(log_intensity)
        self._intensity = (intensity / intensity[self._inside(0, 0)].mean()).astype(np.float32)

    @classmethod
    def of_flat(cls, flat: NDArray[np.floating], farthest_px: float) -> Beam:
        """Take the structure from a measured flat field (row, column), level beyond its edges.

        Parameters
        ----------
        flat : ndarray, shape (row, column)
            Intensity without sample and without dark counts; positive. Only its structure counts, not its scale.
        farthest_px : float
            Farthest that the beam will be moved, px.
        """
        beam = cls.__new__(cls)
        beam._margin = int(np.ceil(abs(farthest_px))) + 1
        beam._shape = flat.shape
        level = np.asarray(flat, dtype=np.float64)
        beam._intensity = np.pad((level / level.mean()).astype(np.float32), beam._margin, mode="edge")
        return beam

    def _inside(self, row: int, column: int) -> tuple[slice, slice]:
        top, left = self._margin + row, self._margin + column
        return slice(top, top + self._shape[0]), slice(left, left + self._shape[1])

    def at(self, row_shift_px: float = 0.0, column_shift_px: float = 0.0) -> NDArray[np.float32]:
        """Return the intensity (row, column) with the beam moved, by linear interpolation."""
        row, column = -row_shift_px, -column_shift_px
        top, left = int(np.floor(row)), int(np.floor(column))
        down, right = np.float32(row - top), np.float32(column - left)
        if down == 0 and right == 0:
            intensity: NDArray[np.float32] = self._intensity[self._inside(top, left)]
            return intensity
        upper = (1 - right) * self._intensity[self._inside(top, left)]
        upper += right * self._intensity[self._inside(top, left + 1)]
        lower = (1 - right) * self._intensity[self._inside(top + 1, left)]
        lower += right * self._intensity[self._inside(top + 1, left + 1)]
        intensity = (1 - down) * upper + down * lower
        return intensity
