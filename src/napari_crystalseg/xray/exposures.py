"""Exposures: the frames of a scan, as the detector counts them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .acquisition import Acquisition
from .beam import Beam
from .detector import PixelResponse, PointSpread, read_out
from .waves.wave import SampleWave


class Exposures:
    """Frames of one scan: of the sample, of the beam alone, and of nothing.

    Parameters
    ----------
    wave : SampleWave
        Wave behind the sample.
    acquisition : Acquisition
        Settings of the scan.
    seed : int
        Seed of beam, pixels, motion and noise. Each frame has a stream of its own, so that the order of the threads
        does not matter.
    shape : (int, int)
        Rows and columns of the detector.
    seen : (slice, slice)
        What the detector sees of what the sample's labels cover.
    flat : ndarray of float32, optional
        Measured flat field over its dark, which the wave begins with; by default a structure is drawn, and multiplies
        what comes out.
    """

    def __init__(
        self,
        wave: SampleWave,
        acquisition: Acquisition,
        seed: int,
        shape: tuple[int, int],
        seen: tuple[slice, slice],
        flat: NDArray[np.float32] | None,
    ) -> None:
        self._wave, self._seen, self._is_drawn = wave, seen, flat is None
        self._incident, self._detector = acquisition.incident_beam, acquisition.detector_response
        self._counts = (acquisition.motion.count, acquisition.flats, acquisition.darks)
        setting_seed, frame_seed = np.random.SeedSequence(seed).spawn(2)
        beam_rng, pixel_rng, motion_rng = (np.random.default_rng(child) for child in setting_seed.spawn(3))
        self._frame_seeds = frame_seed.spawn(sum(self._counts))
        if flat is None:
            self._beam = Beam(beam_rng, shape, self._incident.flat_structure, self._incident.flat_drift_px)
        else:
            self._beam = Beam.of_flat(flat, self._incident.flat_drift_px)
        self._pixels = PixelResponse.draw(pixel_rng, shape, self._detector)
        source_px = acquisition.optics.source_blur_px
        self._blur = PointSpread(shape, self._detector.psf_sigma_px, self._detector.psf_tail, source_px)
        self._poses = acquisition.motion.draw(motion_rng)
        self._drift_direction = motion_rng.uniform(0, 2 * np.pi)
        self._done = acquisition.motion.done

    def project(self, numbers: Sequence[int], out: NDArray[np.uint16]) -> None:
        """Expose some of the projections together, each into its place in ``out`` (angle, row, column)."""
        poses = [tuple(self._poses[n]) for n in numbers]
        beams = [self._beam_at(n) for n in numbers]
        if self._is_drawn:
            lights = [i[self._seen] * b for i, b in zip(self._wave.intensities(poses), beams, strict=True)]
        else:
            lights = [self._wave.intensities([pose], b)[0][self._seen] for pose, b in zip(poses, beams, strict=True)]
        for n, light in zip(numbers, lights, strict=True):
            light *= np.float32(self._incident.photons * (1 - self._incident.intensity_drift * self._done[n]))
            out[n] = self._expose(n, np.maximum(self._blur(light), 0.0), self._pixels.gain_scan)

    def flats(self) -> NDArray[np.uint16]:
        """Expose the frames with beam and no sample, shape (frame, row, column)."""
        beam = self._beam.at()
        light = beam if self._is_drawn else self._wave.without_sample(beam)[self._seen]
        photons = np.maximum(self._blur(light * np.float32(self._incident.photons)), 0.0)
        first, count, _ = self._counts
        return np.stack([self._expose(first + i, photons, self._pixels.gain_flat) for i in range(count)])

    def darks(self) -> NDArray[np.uint16]:
        """Expose the frames without beam, shape (frame, row, column)."""
        projections, flats, count = self._counts
        first = projections + flats
        return np.stack([self._expose(first + i, None, self._pixels.gain_flat) for i in range(count)])

    def _beam_at(self, number: int) -> NDArray[np.float32]:
        """Intensity of the beam as it has moved by a projection."""
        drift = self._incident.flat_drift_px * self._done[number]
        return self._beam.at(drift * np.sin(self._drift_direction), drift * np.cos(self._drift_direction))

    def _expose(
        self, number: int, photons: NDArray[np.float32] | None, gain: NDArray[np.float32]
    ) -> NDArray[np.uint16]:
        rng = np.random.default_rng(self._frame_seeds[number])
        return read_out(rng, photons, gain, self._pixels.extra_counts, self._detector)
