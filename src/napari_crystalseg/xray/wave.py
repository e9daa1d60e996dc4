"""From a turned sample to the intensity on the detector, before noise."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..labels import Labels, Material
from .acquisition import Acquisition
from .propagation import FresnelStep
from .refractive_index import RefractiveIndex, wavelength_um
from .sampling import largest_phase_step, supersampling_needed
from .thickness import Corners

# Angles at which the phase step is measured before the scan.
TRIAL_ANGLES = 13


class SampleWave:
    """Wave behind a sample, and its intensity on the detector pixels.

    Parameters
    ----------
    labels : Labels
        Sample, in cubic voxels ``supersampling`` times finer than the detector pixels.
    indices, harmonic_indices : mapping of Material to RefractiveIndex
        Refractive indices at the energy of the scan, and at three times that energy.
    acquisition : Acquisition
        Settings of the scan.
    supersampling : int
        Voxels in a detector pixel, along each axis.

    Attributes
    ----------
    refinement : int
        How much finer than the voxels the field is sampled.
    phase_step : float
        Largest step of phase between neighbouring voxels of the projections tried, radians.
    band_limited : bool
        Whether the propagation had to cut high frequencies.
    """

    def __init__(
        self,
        labels: Labels,
        indices: Mapping[Material, RefractiveIndex],
        harmonic_indices: Mapping[Material, RefractiveIndex] | None,
        acquisition: Acquisition,
        supersampling: int,
    ) -> None:
        self._acquisition = acquisition
        self._supersampling = supersampling
        wavelength = wavelength_um(acquisition.energy_kev)
        wavenumber = 2 * np.pi / wavelength
        none = RefractiveIndex(0.0, 0.0)
        values = np.zeros((4, 3 if acquisition.third_harmonic > 0 else 2))
        for material in list(Material)[1:]:
            index = indices.get(material, none)
            values[material - 1, :2] = wavenumber * index.beta, wavenumber * index.delta
            if acquisition.third_harmonic > 0 and harmonic_indices is not None:
                # |exp(-3kB)|² = exp(-2·3kB)
                values[material - 1, 2] = 6 * wavenumber * harmonic_indices.get(material, none).beta
        self._corners = Corners.of_labels(labels, values)
        self._voxel_size = labels.voxel_size_um[2]
        self._columns = labels.shape[2]
        self._propagates = acquisition.propagate and acquisition.distance_mm > 0
        self.phase_step = self._measure_phase_step()
        self.refinement = 1
        self.band_limited = False
        if self._propagates:
            self.refinement = supersampling_needed(self.phase_step, acquisition.finest_supersampling)
            shape = (labels.shape[0] * self.refinement, self._columns * self.refinement)
            self._step = FresnelStep(
                shape, 1e3 * acquisition.distance_mm, wavelength, self._voxel_size / self.refinement
            )
            self.band_limited = self._step.band_limited

    def _measure_phase_step(self) -> float:
        angles = self._acquisition.angles
        chosen = np.unique(np.linspace(0, len(angles) - 1, TRIAL_ANGLES).round().astype(int))
        return max(largest_phase_step(self._maps(angles[i])[1]) for i in chosen)

    def _maps(self, angle_deg: float, column_shift_px: float = 0.0) -> NDArray[np.float64]:
        """Line integrals kB, kΔ and the harmonic's attenuation, on the grid of the voxels."""
        shift = self._acquisition.rotation_centre_offset_px + column_shift_px
        axis = (self._columns - 1) / 2 + shift * self._supersampling
        return self._corners.project(angle_deg, self._voxel_size, self._columns, axis)

    def intensity(
        self, angle_deg: float, row_shift_px: float = 0.0, column_shift_px: float = 0.0
    ) -> NDArray[np.float32]:
        """Intensity relative to the beam's, on the detector pixels.

        Parameters
        ----------
        angle_deg : float
            True angle of the sample.
        row_shift_px, column_shift_px : float
            Where the run-out of the axis has moved the sample, detector pixels.

        Returns
        -------
        ndarray of float32, shape (row, column)
        """
        maps = self._maps(angle_deg, column_shift_px)
        if row_shift_px:
            maps = shifted_rows(maps, row_shift_px * self._supersampling)
        if self._propagates:
            intensity = self._propagated(maps)
        else:
            intensity = binned(np.exp(-2 * maps[0]).astype(np.float32), self._supersampling)
        if self._acquisition.third_harmonic > 0:
            harmonic = binned(np.exp(-maps[2]).astype(np.float32), self._supersampling)
            intensity += np.float32(self._acquisition.third_harmonic) * (harmonic - intensity)
        return intensity

    def _propagated(self, maps: NDArray[np.float64]) -> NDArray[np.float32]:
        from .wave_kernel import binned_intensity, wave_terms

        rows, columns = maps.shape[1] * self.refinement, maps.shape[2] * self.refinement
        attenuation, phase = np.empty((2, rows, columns), dtype=np.float32)
        wave_terms(maps, self.refinement, attenuation, phase)
        amplitude = np.exp(-attenuation)
        field = np.empty((rows, columns), dtype=np.complex64)
        np.multiply(amplitude, np.cos(phase), out=field.real)
        np.multiply(amplitude, -np.sin(phase), out=field.imag)
        factor = self._supersampling * self.refinement
        intensity = np.empty((rows // factor, columns // factor), dtype=np.float32)
        binned_intensity(self._step(field), factor, intensity)
        return intensity


def shifted_rows(maps: NDArray[np.float64], shift: float) -> NDArray[np.float64]:
    """Move maps (channel, row, column) by a fraction of rows, linearly, with edge values beyond."""
    rows = maps.shape[1]
    place = np.arange(rows) - shift
    low = np.floor(place).astype(int)
    part = (place - low)[:, np.newaxis]
    return (1 - part) * maps[:, np.clip(low, 0, rows - 1)] + part * maps[:, np.clip(low + 1, 0, rows - 1)]


def binned(frame: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Mean over blocks of ``factor`` × ``factor`` pixels."""
    if factor == 1:
        return frame
    rows, columns = frame.shape
    by_column = frame.reshape(rows, columns // factor, factor).mean(axis=2)
    return by_column.reshape(rows // factor, factor, columns // factor).mean(axis=1)
