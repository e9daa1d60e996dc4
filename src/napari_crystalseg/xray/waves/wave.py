"""From a turned sample to the intensity on the detector, before noise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from ...computing.backend import Array, to_numpy
from ...labels import Labels, Material
from ...wavelength import wavelength_um
from ..acquisition import Acquisition
from ..substances.refractive_index import RefractiveIndex
from ..substances.solution import solvent_values, with_concentrations
from ..thicknesses.partial_volume import with_fractions
from .line_integral_values import line_integral_values
from .passage import Passage
from .sampling import (
    MOST_SLICES,
    SLICE_TOLERANCE,
    Sampling,
    angles_needed,
    largest_phase_step,
    projection_depth_um,
    supersampling_needed,
)
from .sampling_trial import SamplingTrial
from .turning_sample import SamplePose, TurningSample
from .wave_arrays import binned, finer
from .wave_intensity import field_intensities

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
    xp : module
        NumPy or CuPy: where the waves are computed.
    concentration : ndarray of float32, shape (z, y, x), optional
        Concentration of the liquor's solutes in each voxel, in units of that of the liquor's refractive index.
    fractions : ndarray of float32, shape (4, z, y, x), optional
        Share of each voxel that materials 1 to 4 fill, instead of the one that the labels say.

    Attributes
    ----------
    sampling : Sampling
        How the field is sampled, chosen by the sampling rules, and the error that it leaves.
    """

    def __init__(
        self,
        labels: Labels,
        indices: Mapping[Material, RefractiveIndex],
        harmonic_indices: Mapping[Material, RefractiveIndex] | None,
        acquisition: Acquisition,
        supersampling: int,
        xp: ModuleType = np,
        concentration: NDArray[np.float32] | None = None,
        fractions: NDArray[np.float32] | None = None,
    ) -> None:
        self._optics, self._motion = acquisition.optics, acquisition.motion
        self._supersampling = supersampling
        self._xp = xp
        self._wavelength = wavelength_um(self._optics.energy_kev)
        values = line_integral_values(indices, harmonic_indices, self._optics)
        codes = None
        solvent = None if concentration is None else solvent_values(self._optics)
        self._mixed = fractions is not None
        if fractions is not None:
            values, codes = with_fractions(labels, values, fractions, solvent, concentration)
        elif concentration is not None and solvent is not None:
            values, codes = with_concentrations(labels, values, solvent, concentration)
        self._sample = TurningSample(labels, values, codes, self._mixed)
        self._passage: Passage | None = None
        self.sampling = self._choose()
        self.refinement = self.sampling.field_samples_per_voxel
        if self.sampling.slices > 1 or self._motion.tilt_deg:
            self._sample.prepare_slabs()

    def _choose(self) -> Sampling:
        """Choose how to sample the field, and prepare the propagation."""
        optics = self._optics
        plain = optics.propagation == "multislice"
        phase_step, angle, row, column = self._steepest_phase()
        refinement, slices = 1, 1
        sampling_error = slicing_error = None
        if optics.propagation != "absorption" and optics.distance_mm > 0:
            refinement = supersampling_needed(phase_step, optics.finest_supersampling)
            # The pose is that of the axis alone: a window has no tilt.
            pose = SamplePose(angle, column_shift=self._motion.rotation_centre_offset_px * self._supersampling)
            trial = SamplingTrial(
                self._sample, pose, (row, column), self._supersampling, self.passage, averaged=self._mixed
            )
            sampling_error = trial.sampling_error(refinement)
            slices, slicing_error = self._choose_slices(trial, refinement, sampling_error)
            self._passage = self.passage(self._sample.shape, refinement, slices, plain, self._xp)
        step = self._passage.last if self._passage else None
        names = "plain" if plain else "symmetric" if slices > 1 else "projection"
        return Sampling(
            propagation=names if step else "absorption",
            slices=slices,
            field_samples_per_voxel=refinement,
            largest_phase_step_rad=phase_step,
            phase_resolved=bool(step is None or phase_step / refinement < np.pi),
            padding_px=step.padding_px if step else 0,
            band_limited=bool(step and step.band_limited),
            band=step.band if step else 1.0,
            sample_depth_um=self._sample.depth_um,
            projection_depth_um=projection_depth_um(optics.pixel_size_um, self._wavelength),
            angles_needed=angles_needed(self._sample.depth_um, optics.pixel_size_um),
            sampling_error=sampling_error,
            slicing_error=slicing_error,
        )

    def _choose_slices(self, trial: SamplingTrial, refinement: int, sampling_error: float) -> tuple[int, float]:
        """Number of slices and the error that it leaves.

        Beyond half of the depth dx²/λ a sheet may be too coarse a model: slices are added while their estimated error
        counts beside that of the sampling.
        """
        optics = self._optics
        if optics.slices is not None:
            plain = optics.propagation == "multislice"
            return optics.slices, trial.slicing_error(refinement, optics.slices, plain)
        slices, error = 1, trial.slicing_error(refinement, 1, False)
        thick = self._sample.depth_um > projection_depth_um(optics.pixel_size_um, self._wavelength) / 2
        tolerance = max(SLICE_TOLERANCE, sampling_error / 4)
        while thick and error > tolerance and slices < MOST_SLICES:
            slices += 2
            error = trial.slicing_error(refinement, slices, False)
        return slices, error

    def _steepest_phase(self) -> tuple[float, float, int, int]:
        """Largest phase step of the projections tried, with its angle, row and column."""
        angles = self._motion.angles_deg
        chosen = np.unique(np.linspace(0, len(angles) - 1, TRIAL_ANGLES).round().astype(int))
        best = -1.0, 0.0
        for angle in angles[chosen]:
            best = max(best, (largest_phase_step(self._sample.maps(self._pose(angle))[1]), float(angle)))
        steps = np.abs(np.diff(self._sample.maps(self._pose(best[1]))[1], axis=1))
        row, column = np.unravel_index(steps.argmax(), steps.shape) if steps.size else (0, 0)
        return *best, int(row), int(column)

    def passage(
        self, shape: tuple[int, int], refinement: int, slices: int, plain: bool, xp: ModuleType = np
    ) -> Passage:
        """Prepare propagation to the detector for a grid of voxels of this shape."""
        return Passage(
            (shape[0] * refinement, shape[1] * refinement),
            self._sample.voxel_size_um / refinement,
            self._wavelength,
            1e3 * self._optics.distance_mm,
            self._sample.depth_um,
            slices,
            not plain,
            xp=xp,
        )

    def _pose(
        self, angle_deg: float, row_shift_px: float = 0.0, column_shift_px: float = 0.0, size: float = 1.0
    ) -> SamplePose:
        shift = self._motion.rotation_centre_offset_px + column_shift_px
        return SamplePose(
            angle_deg,
            row_shift_px * self._supersampling,
            shift * self._supersampling,
            size,
            self._motion.tilt_deg,
            self._motion.roll_deg,
        )

    def intensity(
        self,
        angle_deg: float,
        row_shift_px: float = 0.0,
        column_shift_px: float = 0.0,
        size: float = 1.0,
        incident: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Intensity relative to the beam's, on the detector pixels.

        Parameters
        ----------
        angle_deg : float
            True angle of the sample.
        row_shift_px, column_shift_px : float
            Where run-out of the axis and drift have moved the sample, detector pixels.
        size : float
            Size of the sample over that of the labels.
        incident : ndarray of float32, shape (row, column), optional
            Intensity of the beam before the sample, whose square root the wave begins with; by default 1 everywhere.

        Returns
        -------
        ndarray of float32, shape (row, column)
        """
        intensity: NDArray[np.float32] = self.intensities([(angle_deg, row_shift_px, column_shift_px, size)], incident)[
            0
        ]
        return intensity

    def intensities(
        self, poses: Sequence[tuple[float, float, float, float]], incident: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Intensities of several poses (angle, row shift, column shift, size) together, see :meth:`intensity`.

        Returns
        -------
        ndarray of float32, shape (pose, row, column)
        """
        xp = self._xp
        turned = [self._pose(*pose) for pose in poses]
        third = self._optics.third_harmonic
        maps = [self._sample.maps(pose, xp) for pose in turned] if self._passage is None or third > 0 else []
        if self._passage is None:
            found = [self._attenuated(2 * m[0]) for m in maps]
            if incident is not None:
                found = [f * xp.asarray(incident) for f in found]
        else:
            if len(maps) and self.sampling.slices == 1:
                slabs: Iterable[Sequence[Array]] = [maps]
            else:
                slabs = zip(*(self._sample.slab_maps(p, self.sampling.slices, xp) for p in turned), strict=True)
            field = self._field(None if incident is None else xp.asarray(incident))
            found = field_intensities(
                xp, slabs, self._passage, self.sampling.field_samples_per_voxel, self._supersampling, field, self._mixed
            )
        if third > 0:
            for intensity, m in zip(found, maps, strict=True):
                harmonic = self._attenuated(m[2])
                if incident is not None:
                    harmonic = harmonic * xp.asarray(incident)
                intensity += np.float32(third) * (harmonic - intensity)
        # One frame, as threads ask for on a CPU, is not copied.
        return to_numpy(found[0])[np.newaxis] if len(found) == 1 else np.stack([to_numpy(f) for f in found])

    def _attenuated(self, exponent: Array) -> Array:
        return binned(self._xp, self._xp.exp(-exponent).astype(np.float32), self._supersampling)

    def _field(self, incident: Array | None) -> Array | None:
        """Field at the front of the sample: the square root of an intensity on the detector pixels."""
        if incident is None:
            return None
        factor = self._supersampling * self.sampling.field_samples_per_voxel
        return self._xp.sqrt(finer(self._xp, incident, factor)).astype(np.complex64)

    def without_sample(self, incident: NDArray[np.float32]) -> NDArray[np.float32]:
        """Intensity on the detector of a beam that meets no sample, shape (row, column)."""
        field = self._field(self._xp.asarray(incident))
        if self._passage is None or field is None:
            return incident
        beam = self._passage([self._xp.ones_like(field)] * self.sampling.slices, field)
        factor = self._supersampling * self.sampling.field_samples_per_voxel
        return to_numpy(binned(self._xp, beam.real**2 + beam.imag**2, factor)).astype(np.float32)
