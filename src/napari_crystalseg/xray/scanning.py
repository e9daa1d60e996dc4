"""Take a scan of a labelled sample."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Labels, Material
from ..progress import Progress, silent
from ..provenance import hash_array
from ..scan import Scan
from .acquisition import Acquisition
from .beam import Beam
from .detector import PixelResponse, PointSpread, read_out
from .refractive_index import RefractiveIndex
from .wave import SampleWave


def acquire(
    labels: Labels,
    indices: Mapping[Material, RefractiveIndex],
    acquisition: Acquisition,
    seed: int,
    supersampling: int = 1,
    progress: Progress = silent,
    harmonic_indices: Mapping[Material, RefractiveIndex] | None = None,
) -> Scan:
    """Simulate a raw tomography scan.

    Each projection: thickness of the materials, complex transmission exp(−kB − ikΔ), one Fresnel step to the detector,
    intensity averaged over the pixels, beam structure, point spread, photon noise, gain, read noise, 16 bits.

    Parameters
    ----------
    labels : Labels, shape (rows · supersampling, y, columns · supersampling)
        Sample, in cubic voxels of ``pixel_size_um / supersampling``. It turns about axis 0 through the middle of axes 1
        and 2.
    indices : mapping of Material to RefractiveIndex
        Refractive index of every material in the labels but air.
    acquisition : Acquisition
        Settings of the scan.
    seed : int
        Same seed, same bytes.
    supersampling : int
        Voxels in a detector pixel, along each axis.
    progress : Progress
        Told after each projection.
    harmonic_indices : mapping of Material to RefractiveIndex, optional
        Refractive indices at three times the energy; needed with ``acquisition.third_harmonic``.

    Returns
    -------
    Scan
        Projections, flats and darks in uint16; ``rotation_centre_px`` is the true one.

    Raises
    ------
    InputError
        Voxels that do not fit the detector pixels, or a material without refractive index.
    """
    _check(labels, indices, acquisition, supersampling, harmonic_indices)
    wave = SampleWave(labels, indices, harmonic_indices, acquisition, supersampling)
    shape = (labels.shape[0] // supersampling, labels.shape[2] // supersampling)
    count = len(acquisition.angles)

    # One independent stream for each frame, so that the order of the threads does not matter.
    setting_seed, frame_seed = np.random.SeedSequence(seed).spawn(2)
    beam_rng, pixel_rng, motion_rng = (np.random.default_rng(child) for child in setting_seed.spawn(3))
    frame_rngs = frame_seed.spawn(count + acquisition.flats + acquisition.darks)
    beam = Beam(beam_rng, shape, acquisition.flat_structure, acquisition.flat_drift_px)
    response = PixelResponse.draw(
        pixel_rng,
        shape,
        acquisition.gain_spread,
        acquisition.gain_drift,
        acquisition.column_gain_drift,
        acquisition.dead_fraction,
        acquisition.hot_fraction,
    )
    blur = PointSpread(shape, acquisition.psf_sigma_px, acquisition.psf_tail)
    true_angles = acquisition.angles + acquisition.angle_jitter_deg * motion_rng.standard_normal(count)
    run_out = acquisition.wobble_px * _run_out(motion_rng, acquisition.angles)
    drift_direction = motion_rng.uniform(0, 2 * np.pi)

    def expose(number: int, photons: NDArray[np.float32] | None, gain: NDArray[np.float32]) -> NDArray[np.uint16]:
        return read_out(
            np.random.default_rng(frame_rngs[number]),
            photons,
            gain,
            response.extra_counts,
            acquisition.gain,
            acquisition.read_noise,
            acquisition.zinger_rate,
        )

    def project(number: int) -> None:
        done = number / max(count - 1, 1)
        drift = done * acquisition.flat_drift_px
        illumination = beam.at(drift * np.sin(drift_direction), drift * np.cos(drift_direction))
        photons = wave.intensity(true_angles[number], *run_out[number]) * illumination
        photons *= np.float32(acquisition.photons * (1 - acquisition.intensity_drift * done))
        projections[number] = expose(number, np.maximum(blur(photons), 0.0), response.gain_scan)

    projections = np.empty((count, *shape), dtype=np.uint16)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        pending = [pool.submit(project, number) for number in range(count)]
        try:
            for number, future in enumerate(pending, 1):
                future.result()
                progress(number / count, f"Projection {number} of {count}")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    flat_photons = np.maximum(blur(beam.at() * np.float32(acquisition.photons)), 0.0)
    flats = [expose(count + i, flat_photons, response.gain_flat) for i in range(acquisition.flats)]
    darks = [expose(count + acquisition.flats + i, None, response.gain_flat) for i in range(acquisition.darks)]

    provenance = replace(labels.provenance, seed=seed).then(
        "acquire",
        seed=seed,
        labels_sha256=hash_array(labels.data),
        indices={material.title: [index.delta, index.beta] for material, index in sorted(indices.items())},
        voxels_per_pixel=supersampling,
        field_samples_per_voxel=wave.refinement,
        largest_phase_step_rad=round(wave.phase_step, 4),
        phase_resolved=bool(not acquisition.propagate or wave.phase_step / wave.refinement < np.pi),
        band_limited=wave.band_limited,
        **acquisition.to_dict(),
    )
    return Scan(
        projections,
        np.stack(flats),
        np.stack(darks),
        acquisition.angles,
        pixel_size_um=acquisition.pixel_size_um,
        energy_kev=acquisition.energy_kev,
        distance_mm=acquisition.distance_mm,
        rotation_centre_px=(shape[1] - 1) / 2 + acquisition.rotation_centre_offset_px,
        provenance=provenance,
    )


def _check(
    labels: Labels,
    indices: Mapping[Material, RefractiveIndex],
    acquisition: Acquisition,
    supersampling: int,
    harmonic_indices: Mapping[Material, RefractiveIndex] | None,
) -> None:
    if supersampling != int(supersampling) or supersampling < 1:
        raise InputError(f"supersampling must be a whole number from 1, not {supersampling}.")
    if labels.shape[0] % supersampling or labels.shape[2] % supersampling:
        raise InputError(
            f"Labels of {labels.shape} voxels do not fill whole pixels of {supersampling} voxels along z and x."
        )
    wanted = acquisition.pixel_size_um / supersampling
    if not np.allclose(labels.voxel_size_um, wanted, rtol=1e-3):
        raise InputError(
            f"The voxels are {labels.voxel_size_um} µm but pixels of {acquisition.pixel_size_um} µm with supersampling "
            f"{supersampling} need {wanted:g} µm on each axis."
        )
    present = [Material(code) for code in np.unique(labels.data) if code]
    needed = [(indices, "refractive index")]
    if acquisition.third_harmonic > 0:
        needed.append((harmonic_indices or {}, "refractive index at three times the energy"))
    for table, what in needed:
        missing = [material.title for material in present if material not in table]
        if missing:
            raise InputError(f"No {what} is given for {', '.join(missing)}, which the labels contain.")


def _run_out(rng: np.random.Generator, angles_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smooth run-out of a rotation axis (angle, row and column), root mean square 1 over a turn.

    The first harmonic is left out along columns' sake: it is a shift of the sample, not an error of the axis.
    """
    radians = np.radians(angles_deg)
    harmonics = np.arange(2, 7)
    sizes = rng.standard_normal((2, harmonics.size))
    sizes /= np.linalg.norm(sizes, axis=1, keepdims=True)
    turns = rng.uniform(0, 2 * np.pi, (2, harmonics.size))
    waves = np.cos(radians[:, np.newaxis, np.newaxis] * harmonics + turns)
    return np.sqrt(2) * (waves * sizes).sum(axis=2)
