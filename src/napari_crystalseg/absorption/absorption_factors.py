"""Absorption factors of reflections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..factors import ABSORBING, Factors
from ..labels import Labels
from ..progress import Progress, part, silent
from ..provenance import Provenance, hash_array
from .coefficients import Coefficients
from .directions import Directions
from .tracing.crystal_sample import SMALLEST_SAMPLE, CrystalVoxels
from .tracing.illumination import Illumination, beam_axes
from .tracing.nodes import exact_nodes
from .tracing.sharing import EVERY_RAY, SHARE_OF_TOLERANCE, SHARE_WITH_TAIL, Rays, Spacing, choose_spacing
from .tracing.tracer import BeamProfile, Means, Tracer

PILOT_REFLECTIONS = 100
LARGEST_PILOT = 4096
# Voxels over the inverse of the tolerance, at least. A shadow on a part f of the crystal is missed by n voxels with a
# probability of exp(-n f), and the spread of those that were drawn does not tell of it; it changes A by f at most.
LEAST_IN_TOLERANCES = 2
# Of a beam smaller than the crystal: so many voxels must be in it, and where none of so many is, nothing is lit.
FEWEST_LIT_VOXELS = 48
DARK_AFTER_VOXELS = 8192


def absorb(
    labels: Labels,
    coefficients: Coefficients,
    directions: Directions,
    *,
    tolerance: float = 1e-3,
    illumination: Illumination | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Factors:
    """Compute the absorption factor of each reflection: A_h, the mean over the crystal of exp(-sum of mu_m L_m).

    From the centre of each crystal voxel one ray goes to the source and one along the scattered beam; L_m is the exact
    length of both in material m (Lu et al. 2024, J. Appl. Cryst. 57, 649-658). Where the crystal has many voxels, so
    many are sampled that the standard error of every A_h is within the tolerance.

    Where there are many reflections, not every ray is traced. Incident directions of one sweep lie on a circle, and
    scattered ones on the sphere: paths from each point are traced along nodes on these, and interpolated for the
    reflections. Some reflections, drawn at random, are computed in both ways from the same points, and the nodes are
    laid so close that the difference is a small part of the tolerance; it is part of ``standard_error``, and the
    provenance states it.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm.
    directions : Directions
        Those of the reflections of an experiment, or over the sphere.
    tolerance : float
        Largest standard error of A_h, relative to A_h. 0 traces every ray of every crystal voxel.
    illumination : Illumination, optional
        Profile of the X-ray beam, where it is smaller than the crystal: the mean is then over what it lights at the
        reflection's angle, weighted with the profile. By default the whole crystal is lit evenly.
    seed : int
        Seed of the sampling.
    progress : Progress
        Called between batches of rays; raises to cancel.

    Returns
    -------
    Factors
        In the row order of the table. NaN for reflections without a usable direction, and where the beam lights no
        crystal.

    Raises
    ------
    InputError
        No crystal, a single slice, a tolerance outside 0 to 1, sweeps of several wavelengths, or a beam that misses the
        crystal at every angle.
    """
    if not (np.isfinite(tolerance) and 0 <= tolerance < 1):
        raise InputError(f"The tolerance is a relative standard error between 0 and 1, not {tolerance}.")
    _ = labels.required_voxel_size_um  # refused before the work where it is not known
    directions.check_one_wavelength()
    coefficients.check(labels, directions.energies_kev)
    voxels = CrystalVoxels(labels)
    progress(0.0, "Preparing the volume")
    usable = np.flatnonzero(directions.usable)
    rays = _rays(labels, directions, usable, illumination)
    tracer = Tracer(labels, coefficients)
    found, traced, spacing = _trace_to_tolerance(tracer, rays, voxels, tolerance, np.random.default_rng(seed), progress)
    dark = int((~(found.lit_fraction > 0)).sum())
    if len(rays) and dark == len(rays):
        raise InputError(
            "The beam lights no part of the crystal at any angle; check its size and its centre, which is counted from "
            "the rotation axis (the middle of the label volume)."
        )
    means = Means.missing(len(directions))
    means.put(usable, found)
    provenance = _record_before(labels, directions, seed).then(
        "absorb",
        labels_sha256=hash_array(labels.data),
        voxel_size_um=list(labels.required_voxel_size_um),
        **coefficients.record(),
        **directions.settings,
        tolerance=float(tolerance),
        crystal_voxels=len(voxels),
        crystal_voxels_traced={"least": int(traced.min(initial=len(voxels))), "most": int(traced.max(initial=0))},
        crystal_touches_border=voxels.touches_border,
        reflections_without_direction=len(directions) - len(usable),
        interpolation=None if spacing == EVERY_RAY else spacing.to_dict(),
        illumination=None if illumination is None else illumination.to_dict(),
        reflections_without_light=dark,
    )
    progress(1.0, "Absorption factors done")
    return Factors(
        absorption=means.absorption,
        standard_error=means.standard_error,
        path_length_um={material: means.path_length_um[:, material - 1] for material in ABSORBING},
        miller_index=directions.miller_index,
        provenance=provenance,
        coefficients_per_um=coefficients.to_dict(),
        weighted_path_um=means.weighted_path_um,
        path_covariance_um2=means.path_covariance_um2,
        lit_fraction=None if illumination is None else means.lit_fraction,
    )


def _rays(labels: Labels, directions: Directions, usable: NDArray[np.intp], illumination: Illumination | None) -> Rays:
    """Rays of the usable directions, and the beam that lights the sample, where it is smaller than the crystal."""
    assert directions.sweep is not None
    assert directions.scan_axis is not None
    incident, beam = directions.incident[usable], None
    if illumination is not None:
        middle = (np.array(labels.shape) - 1) / 2 * np.array(labels.required_voxel_size_um)
        beam = BeamProfile(illumination, beam_axes(incident, directions.scan_axis[usable]), middle)
    return Rays(incident, directions.leaving[usable], directions.sweep[usable], beam)


def _record_before(labels: Labels, directions: Directions, seed: int) -> Provenance:
    """Record of what was done before: to the labels, then to the directions."""
    record = Provenance(inputs=directions.provenance.inputs).following(labels.provenance)
    return replace(record, steps=(*record.steps, *directions.provenance.steps), seed=seed)


def _trace_to_tolerance(
    tracer: Tracer,
    rays: Rays,
    voxels: CrystalVoxels,
    tolerance: float,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[Means, NDArray[np.int64], Spacing]:
    """Trace every reflection from enough voxels; return the means, the voxels used for each, and the nodes' spacing."""
    result, traced, spacing = Means.missing(len(rays)), np.zeros(len(rays), dtype=np.int64), EVERY_RAY
    rows = np.arange(len(rays))
    if not rows.size:
        return result, traced, spacing

    def planning(fraction: float, message: str) -> None:
        progress(0.0, "Finding how many voxels and directions to trace")

    if tolerance == 0 or len(voxels) <= 2 * SMALLEST_SAMPLE:
        n = len(voxels)
    else:
        pilot = rays.of(np.unique(np.linspace(0, len(rays) - 1, min(PILOT_REFLECTIONS, len(rays))).astype(int)))
        nodes = exact_nodes(pilot.incident), exact_nodes(pilot.leaving)
        tried, n = 0, SMALLEST_SAMPLE
        # From 128 voxels to many thousands is too far to foresee: once more from some between.
        while n > 4 * tried and tried < LARGEST_PILOT:
            tried = min(max(SMALLEST_SAMPLE, n // 4), LARGEST_PILOT)
            found = tracer.trace(*nodes, voxels.draw(tried, rng), pilot.beam, planning)
            n = _voxels_needed(found, tried, tolerance)
        n = max(n, int(np.ceil(LEAST_IN_TOLERANCES / tolerance)))
    start = 0.0
    while rows.size:
        sample = voxels.draw(n, rng)
        some = rays.of(rows)
        if not traced.any():
            spacing = choose_spacing(tracer, some, sample, tolerance, rng, planning)
            if sample.pair_weights.size and spacing.error > SHARE_OF_TOLERANCE * tolerance:
                # It leaves less to the sampling than was foreseen.
                n = int(np.ceil(n * ((1 - SHARE_OF_TOLERANCE**2) / (1 - SHARE_WITH_TAIL**2)) ** 0.75))
                sample = voxels.draw(n, rng)
        stop = 1.0 if not sample.pair_weights.size else start + 0.8 * (1 - start)
        found = tracer.trace(*spacing.nodes(some), sample, some.beam, part(progress, start, stop))
        error = np.hypot(found.standard_error, spacing.error * found.absorption)
        result.put(rows, replace(found, standard_error=error))
        traced[rows] = len(sample)
        start = stop
        if not sample.pair_weights.size:
            break
        # Those still outside the tolerance are traced again from more voxels: few, as the pilot foresaw the number. So
        # are those with so little light that the voxels in it are too few to tell their spread, or none were found.
        lit_voxels = found.lit_fraction * len(sample)
        outside = (error > tolerance * found.absorption) | ((lit_voxels > 0) & (lit_voxels < FEWEST_LIT_VOXELS))
        if len(sample) < DARK_AFTER_VOXELS:
            outside |= lit_voxels == 0
        n = max(_voxels_needed(found.of(outside), len(sample), tolerance), 2 * len(sample))
        rows = rows[outside]
    return result, traced, spacing


def _voxels_needed(found: Means, n: int, tolerance: float) -> int:
    """Voxels that bring the largest relative standard error within the tolerance, from what ``n`` voxels gave.

    Between two voxels of a stratum A differs in proportion to the stratum's size, so the error falls as n^(-5/6)
    where A is smooth; n^(-2/3) is assumed, as A is not smooth where a ray grazes an edge.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(found.absorption > 0, found.standard_error / found.absorption, 0.0)
    worst = float(relative.max(initial=0.0)) / np.sqrt(1 - SHARE_OF_TOLERANCE**2)
    return max(SMALLEST_SAMPLE, int(min(np.ceil(n * (worst / tolerance) ** 1.5), 1e15)))
