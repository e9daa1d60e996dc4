"""Take a scan of a labelled sample."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..computing.backend import array_module
from ..errors import InputError
from ..labels import Labels, Material
from ..progress import Progress, silent
from ..provenance import hash_array
from ..scan import Scan
from .acquisition import Acquisition
from .exposures import Exposures
from .substances.refractive_index import RefractiveIndex
from .substances.solution import checked_concentration
from .thicknesses.partial_volume import checked_fractions
from .waves.wave import SampleWave

GPU_BATCH = 8


def acquire(
    labels: Labels,
    indices: Mapping[Material, RefractiveIndex],
    acquisition: Acquisition,
    seed: int,
    supersampling: int = 1,
    progress: Progress = silent,
    harmonic_indices: Mapping[Material, RefractiveIndex] | None = None,
    flat_field: ArrayLike | None = None,
    backend: str = "numpy",
    concentration: ArrayLike | None = None,
    fractions: ArrayLike | None = None,
) -> Scan:
    """Simulate a raw tomography scan.

    Each projection: thickness of the materials, complex transmission exp(−kB − ikΔ), Fresnel propagation to the
    detector, intensity averaged over the pixels, beam structure, blur, photon noise, gain, read noise, digits.

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
    flat_field : array_like, shape (row, column), optional
        Measured flat field over its dark, positive: the wave then begins with its square root, and the flats show what
        it becomes on the way to the detector. By default the wave is flat, and a drawn structure multiplies what comes
        out.
    backend : {"numpy", "cupy", "auto"}
        Where waves are computed. Noise is drawn on the CPU, by the same numbers.
    concentration : array_like, shape of the labels, optional
        Concentration of the liquor's solutes in each voxel of liquor, relative to the liquor of ``indices``: its
        refractive index there is that of water plus as much of what the liquor has beyond water. 1 by default.
    fractions : array_like, shape (4 or 5, z, y, x), optional
        Share of each voxel that materials 1 to 4, or 0 to 4, fill: smooth outlines, where the labels have steps. The
        labels then give no more than the grid. The transmission is averaged over each sample of the field.

    Returns
    -------
    Scan
        Projections, flats and darks in uint16; ``rotation_centre_px`` is the true one. ``sampling`` in the last step of
        its provenance says how the waves were sampled and what error that leaves, see :class:`Sampling`.

    Raises
    ------
    InputError
        Voxels that do not fit the detector pixels, a material without refractive index, a flat field of another shape,
        a concentration of another shape or that is negative, or fractions that cannot be.
    """
    shares = None if fractions is None else checked_fractions(fractions, labels)
    _check(labels, shares, indices, acquisition, supersampling, harmonic_indices)
    xp = array_module(backend)
    covered = (labels.shape[0] // supersampling, labels.shape[2] // supersampling)
    shape, seen = _field(covered, acquisition.field_px)
    flat = None if flat_field is None else _checked_flat(flat_field, covered)
    relative = None if concentration is None else checked_concentration(concentration, labels)
    wave = SampleWave(labels, indices, harmonic_indices, acquisition, supersampling, xp, relative, shares)
    exposures = Exposures(wave, acquisition, seed, shape, seen, flat)
    projections = np.empty((len(acquisition.angles), *shape), dtype=np.uint16)
    _project_all(exposures, projections, xp, progress)

    provenance = replace(labels.provenance, seed=seed).then(
        "acquire",
        seed=seed,
        labels_sha256=hash_array(labels.data),
        indices={material.title: [index.delta, index.beta] for material, index in sorted(indices.items())},
        voxels_per_pixel=supersampling,
        flat_field_sha256=None if flat is None else hash_array(flat),
        backend=xp.__name__,
        **acquisition.to_dict(),
        **({} if relative is None else {"concentration_sha256": hash_array(relative)}),
        **({} if shares is None else {"fractions_sha256": hash_array(shares)}),
        sampling=wave.sampling.to_dict(),
    )
    return Scan(
        projections,
        exposures.flats(),
        exposures.darks(),
        acquisition.angles,
        pixel_size_um=acquisition.pixel_size_um,
        energy_kev=acquisition.energy_kev,
        distance_mm=acquisition.distance_mm,
        rotation_centre_px=(covered[1] - 1) / 2 - seen[1].start + acquisition.rotation_centre_offset_px,
        provenance=provenance,
    )


def _project_all(exposures: Exposures, out: NDArray[np.uint16], xp: ModuleType, progress: Progress) -> None:
    """Expose all projections into ``out`` (angle, row, column)."""
    count = len(out)
    # A CPU is busy with one projection a thread; a GPU wants several at once, but its memory holds only so many: one
    # batch is in work while the host takes the other.
    batch, threads = (1, os.cpu_count() or 1) if xp is np else (GPU_BATCH, 2)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        batches = np.split(np.arange(count), np.arange(batch, count, batch))
        pending = [pool.submit(exposures.project, numbers.tolist(), out) for numbers in batches]
        try:
            for numbers, future in zip(batches, pending, strict=True):
                future.result()
                ready = int(numbers[-1]) + 1
                progress(ready / count, f"Projection {ready} of {count}")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _field(covered: tuple[int, int], wanted: tuple[int, int] | None) -> tuple[tuple[int, int], tuple[slice, slice]]:
    """Shape of the detector and the part of what the labels cover that it sees."""
    shape = covered if wanted is None else wanted
    if any(size > whole for size, whole in zip(shape, covered, strict=True)):
        raise InputError(f"A field of {shape} pixels is larger than the {covered} that the labels cover.")
    starts = [(whole - size) // 2 for size, whole in zip(shape, covered, strict=True)]
    seen = tuple(slice(start, start + size) for start, size in zip(starts, shape, strict=True))
    return shape, (seen[0], seen[1])


def _checked_flat(flat_field: ArrayLike, shape: tuple[int, int]) -> NDArray[np.float32]:
    flat = np.asarray(flat_field, dtype=np.float32)
    if flat.shape != shape:
        raise InputError(f"The flat field is {flat.shape} (row, column), but the labels cover {shape} pixels.")
    if not (np.isfinite(flat).all() and (flat > 0).all()):
        raise InputError("The flat field must be positive and finite; mend dead pixels, and take the dark off.")
    return flat


def _check(
    labels: Labels,
    shares: NDArray[np.float32] | None,
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
    if not np.allclose(labels.required_voxel_size_um, wanted, rtol=1e-3):
        raise InputError(
            f"The voxels are {labels.voxel_size_um} µm but pixels of {acquisition.pixel_size_um} µm with supersampling "
            f"{supersampling} need {wanted:g} µm on each axis."
        )
    if shares is None:
        present = [Material(code) for code in np.unique(labels.data) if code]
    else:
        present = [Material(code) for code, share in enumerate(shares, 1) if share.any()]
    needed = [(indices, "refractive index")]
    if acquisition.third_harmonic > 0:
        needed.append((harmonic_indices or {}, "refractive index at three times the energy"))
    for table, what in needed:
        missing = [material.title for material in present if material not in table]
        if missing:
            raise InputError(f"No {what} is given for {', '.join(missing)}, which the labels contain.")
