"""Absorption factors of reflections."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..factors import ABSORBING, Factors
from ..labels import Labels
from ..progress import Progress, silent
from ..provenance import Provenance, hash_array
from .coefficients import Coefficients
from .directions import ray_directions, sphere_rays
from .experiment import Experiment
from .reflections import Reflections
from .sampling import SMALLEST_SAMPLE, CrystalVoxels, Sample
from .tracing import TracingGrid

# Rays of one call of the kernel: a fraction of a second, so that progress shows and cancelling works.
RAYS_A_CALL = 500_000
POINTS_A_CALL = 32_768
PILOT_REFLECTIONS = 100


def absorb(
    labels: Labels,
    coefficients: Coefficients,
    *,
    experiment: Experiment | None = None,
    reflections: Reflections | None = None,
    sphere: int | None = None,
    tolerance: float = 1e-3,
    offset_deg: float = 0.0,
    seed: int = 0,
    progress: Progress = silent,
) -> Factors:
    """Compute the absorption factor of each reflection: A_h, the mean over the crystal of exp(-sum of mu_m L_m).

    From the centre of each crystal voxel one ray goes to the source and one along the scattered beam; L_m is the exact
    length of both in material m (Lu et al. 2024, J. Appl. Cryst. 57, 649-658). Where the crystal has many voxels, so
    many are sampled that the standard error of every A_h is within the tolerance.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm.
    experiment, reflections : Experiment, Reflections
        Geometry and reflection table; both or neither.
    sphere : int, optional
        In place of an experiment: so many scattered beams spread over the sphere, with the incident beam of angle
        zero (from high to low axis 1).
    tolerance : float
        Largest standard error of A_h, relative to A_h. 0 traces every crystal voxel.
    offset_deg : float
        Angle of the tomography's zero on the diffraction experiment's scan axis, degrees; added to every scan angle.
    seed : int
        Seed of the sampling.
    progress : Progress
        Called between batches of rays; raises to cancel.

    Returns
    -------
    Factors
        In the row order of the table. NaN for reflections without a usable direction.

    Raises
    ------
    InputError
        No crystal, a tolerance outside 0 to 1, neither or both of experiment and sphere, or files that do not belong
        together.
    """
    if not (np.isfinite(tolerance) and 0 <= tolerance < 1):
        raise InputError(f"The tolerance is a relative standard error between 0 and 1, not {tolerance}.")
    if sphere is not None and (experiment is not None or reflections is not None):
        raise InputError("Give either an experiment with its reflections or directions over the sphere, not both.")
    if sphere is None and (experiment is None or reflections is None):
        raise InputError(
            "Give an experiment file (.expt) together with its reflections (.refl), or a number of directions over the "
            "sphere."
        )
    if sphere is not None:
        incident, leaving = sphere_rays(sphere)
        index, inputs = None, {}
    else:
        assert experiment is not None and reflections is not None
        incident, leaving = ray_directions(experiment, reflections, offset_deg)
        index = reflections.miller_index
        inputs = {**experiment.provenance.inputs, **reflections.provenance.inputs}
    voxels = CrystalVoxels(labels)
    progress(0.0, "Preparing the volume")
    tracer = _Tracer(labels, coefficients, incident, leaving)
    sums, traced = _trace_to_tolerance(tracer, voxels, tolerance, np.random.default_rng(seed), progress)

    provenance = Provenance(
        inputs={**labels.provenance.inputs, **inputs},
        steps=labels.provenance.steps,
        model_sha256=labels.provenance.model_sha256,
        seed=seed,
    ).then(
        "absorb",
        labels_sha256=hash_array(labels.data),
        voxel_size_um=list(labels.voxel_size_um),
        coefficients_per_um=coefficients.to_dict(),
        directions="experiment" if sphere is None else f"sphere of {sphere}",
        offset_deg=float(offset_deg),
        tolerance=float(tolerance),
        crystal_voxels=len(voxels),
        crystal_voxels_traced={"least": int(traced.min()), "most": int(traced.max())},
        crystal_touches_border=voxels.touches_border,
        reflections_without_direction=int(np.isnan(sums[:, 0]).sum()),
    )
    progress(1.0, "Absorption factors done")
    return Factors(
        absorption=np.minimum(sums[:, 0], 1.0),
        standard_error=sums[:, 1],
        path_length_um={material: sums[:, 1 + material] for material in ABSORBING},
        miller_index=index,
        provenance=provenance,
    )


class _Tracer:
    """Labels, coefficients and directions, ready to trace any rows from any sample of voxels."""

    def __init__(
        self,
        labels: Labels,
        coefficients: Coefficients,
        incident: NDArray[np.float64],
        leaving: NDArray[np.float64],
    ) -> None:
        self._grid = TracingGrid.of(labels)
        self._mu = coefficients.array()
        self.rows = len(incident)
        self.usable = np.flatnonzero(np.isfinite(incident).all(axis=1) & np.isfinite(leaving).all(axis=1))
        # Reflections with the very same incident beam share its paths.
        beams, self._beam = np.unique(np.nan_to_num(incident), axis=0, return_inverse=True)
        self._beams = self._grid.voxels_per_um(beams)
        self._leaving = self._grid.voxels_per_um(leaving)

    def trace(self, rows: NDArray[np.int64], sample: Sample, progress: Progress) -> NDArray[np.float64]:
        """Return A, its standard error and four mean path lengths for each of ``rows``, shape (row, 6)."""
        from .tracing_kernel import accumulate, trace_incident

        order = np.argsort(self._beam[rows], kind="stable")
        sums = [np.zeros(len(rows)), np.zeros(len(rows)), np.zeros((len(rows), 4))]
        crystal = float(sample.weights.sum())
        points = np.ascontiguousarray(sample.points - self._grid.origin)
        block = min(len(points), POINTS_A_CALL)
        batch = max(RAYS_A_CALL // block, 1)
        done, todo = 0, len(points) * len(rows)
        for p in range(0, len(points), block):
            part = slice(p, p + block)
            pairs = sample.pair_weights[p // 2 : (p + block) // 2]
            for r in range(0, len(rows), batch):
                here = order[r : r + batch]
                beams, beam = np.unique(self._beam[rows[here]], return_inverse=True)
                incident = trace_incident(*self._grid.packed, points[part], self._beams[beams])
                total, variance, length = np.zeros(len(here)), np.zeros(len(here)), np.zeros((len(here), 4))
                accumulate(
                    *self._grid.packed,
                    points[part],
                    self._leaving[rows[here]],
                    incident,
                    beam.astype(np.int64),
                    self._mu,
                    sample.weights[part],
                    pairs,
                    total,
                    variance,
                    length,
                )
                for target, value in zip(sums, (total, variance, length), strict=True):
                    target[here] += value
                done += len(here) * len(points[part])
                progress(done / todo, f"Tracing rays: {done / 1e6:.1f} of {todo / 1e6:.1f} million")
        return np.column_stack([sums[0] / crystal, np.sqrt(sums[1]) / crystal, sums[2] / crystal])


def _trace_to_tolerance(
    tracer: _Tracer, voxels: CrystalVoxels, tolerance: float, rng: np.random.Generator, progress: Progress
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Trace every usable row from enough voxels; return the columns of ``trace`` and the voxels used for each row."""
    result = np.full((tracer.rows, 6), np.nan)
    traced = np.zeros(tracer.rows, dtype=np.int64)
    rows = tracer.usable
    if not rows.size:
        return result, traced
    if tolerance == 0 or len(voxels) <= 2 * SMALLEST_SAMPLE:
        n = len(voxels)
    else:
        pilot = rows[np.unique(np.linspace(0, len(rows) - 1, min(PILOT_REFLECTIONS, len(rows))).astype(int))]
        n = _enough(tracer.trace(pilot, voxels.draw(SMALLEST_SAMPLE, rng), silent), SMALLEST_SAMPLE, tolerance)
    start = 0.0
    while rows.size:
        sample = voxels.draw(n, rng)
        stop = 1.0 if not sample.pair_weights.size else start + 0.8 * (1 - start)

        def watch(fraction: float, message: str, low: float = start, high: float = stop) -> None:
            progress(low + (high - low) * fraction, message)

        found = tracer.trace(rows, sample, watch)
        result[rows], traced[rows] = found, len(sample)
        start = stop
        # Those still outside the tolerance are traced again from more voxels: few, as the pilot foresaw the number.
        outside = found[:, 1] > tolerance * found[:, 0]
        rows = rows[outside]
        if rows.size:
            n = max(_enough(found[outside], len(sample), tolerance), 2 * len(sample))
    return result, traced


def _enough(found: NDArray[np.float64], n: int, tolerance: float) -> int:
    """Voxels that bring the largest relative standard error within the tolerance, from what ``n`` voxels gave.

    Between two voxels of a stratum A differs in proportion to the stratum's size, so the error falls as n^(-5/6)
    where A is smooth; n^(-2/3) is assumed, as A is not smooth where a ray grazes an edge.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        worst = float(np.nanmax(np.where(found[:, 0] > 0, found[:, 1] / found[:, 0], 0.0)))
    return max(SMALLEST_SAMPLE, int(min(np.ceil(n * (worst / tolerance) ** 1.5), 1e15)))
