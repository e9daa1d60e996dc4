"""Simulate whole cases: random sample, raw scan, reconstructed volume, labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..labels import Labels, Material
from ..progress import Progress, part, silent
from ..provenance import Provenance
from ..scan import Scan
from .case import SUPERSAMPLING, Case, reconstruct_plain
from .conditions import Conditions, draw_conditions, draw_pixel_size_um
from .requests.case_request import CaseRequest
from .series.case_series import case_numbers, make_series
from .series.scanned_case import write_scanned_case
from .shown_sample import ShownSample, draw_shown_sample

if TYPE_CHECKING:
    from ..xray import Acquisition

# Points along each edge of a voxel at which the materials' shares are counted.
SHARE_POINTS = 3


def simulate_case(request: CaseRequest, case: int, *, progress: Progress = silent) -> Case:
    """Simulate one case of a series.

    Parameters
    ----------
    request : CaseRequest
        What is asked for.
    case : int
        Number of the case in the series; a case does not depend on the others.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    Case

    Raises
    ------
    InputError
        Priors that no case can be drawn from.
    """
    priors = request.drawn_from
    rng = np.random.default_rng([request.seed, case])
    pixel_size_um = draw_pixel_size_um(rng, request.size)
    progress(0.0, "Drawing the sample")
    shown = draw_shown_sample(
        rng, request.size, pixel_size_um, priors, habit=request.habit, supersampling=SUPERSAMPLING
    )
    other = shown.sample.description["other"]
    conditions = draw_conditions(
        rng, request.size, pixel_size_um, other, request.angles, priors.conditions, priors.materials
    )
    acquisition = request.propagated(conditions.acquisition)
    noise_seed = int(rng.integers(2**31))
    points = SHARE_POINTS if request.partial_volumes else None
    scan = _scan(shown, conditions, acquisition, noise_seed, points, part(progress, 0.05, 0.8))
    volume = reconstruct_plain(scan, part(progress, 0.8, 1.0))
    description: dict[str, Any] = {
        "seed": request.seed,
        "case": case,
        "size": request.size,
        "priors": priors.name,
        "pixel_size_um": pixel_size_um,
        "sample": shown.sample.description,
        "conditions": conditions.description,
    }
    provenance = Provenance(seed=request.seed).then("simulate", **description)
    labels = Labels(shown.labels.data, shown.labels.voxel_size_um, provenance)
    draws = _describe_draws(shown, conditions, acquisition, noise_seed, points)
    sampling = {"sampling": scan.provenance.steps[-1]["sampling"]}
    return Case(scan, volume, labels, description | sampling | {"priors": priors.to_dict(), "drawn": draws})


def _scan(
    shown: ShownSample,
    conditions: Conditions,
    acquisition: Acquisition,
    noise_seed: int,
    share_points: int | None,
    progress: Progress,
) -> Scan:
    """Scan a sample, or with a number of points the shares of its materials in each voxel."""
    from ..phantom.mixed_voxels import mixed_voxels
    from ..xray import acquire

    sample, fine = shown.sample, shown.fine
    wetted, shares = fine, None
    if share_points is not None:
        shares = mixed_voxels(sample, fine, share_points, shown.liquor_surface)[1:]
        # Liquor has its concentration wherever there is any of it.
        holds_liquor = shares[Material.LIQUOR - 1] > 0
        wetted = replace(fine, data=np.where(holds_liquor, np.uint8(Material.LIQUOR), fine.data))
    return acquire(
        fine,
        conditions.indices,
        acquisition,
        seed=noise_seed,
        supersampling=SUPERSAMPLING,
        harmonic_indices=conditions.harmonic_indices,
        concentration=None if sample.composition is None else sample.composition.relative(wetted),
        fractions=shares,
        progress=progress,
    )


def _describe_draws(
    shown: ShownSample, conditions: Conditions, acquisition: Acquisition, noise_seed: int, share_points: int | None
) -> dict[str, Any]:
    """Every draw, so that a case can be made again without its stream."""
    from ..phantom.shape_record import shape_record

    at_rest = shown.fine.provenance.steps[-1].get("liquor_at_rest")
    return {
        **shown.draws,
        "shapes": shape_record(shown.sample),
        **({} if at_rest is None else {"liquor_at_rest": at_rest}),
        "materials": conditions.materials,
        "acquisition": acquisition.to_dict(),
        "noise_seed": noise_seed,
        **({} if share_points is None else {"partial_volume_points": share_points}),
    }


@dataclass(frozen=True)
class _SimulatedCases:
    """Cases of random samples, by their request."""

    cases: CaseRequest

    def request(self, case: int) -> dict[str, Any]:
        return self.cases.to_dict(case)

    def write(self, folder: Path, case: int, progress: Progress) -> None:
        made = simulate_case(self.cases, case, progress=progress)
        write_scanned_case(folder, made, self.cases.seed, case, self.cases.varied, self.request(case))


def simulate(
    out_dir: str | Path,
    n: int,
    request: CaseRequest,
    *,
    first: int = 0,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Simulate cases and write each to a folder of its own.

    A finished case is not repeated, so that a series goes on where it was stopped. Each folder appears whole, and its
    bytes do not depend on the number of workers.

    Parameters
    ----------
    out_dir : path
        Gets ``case_0000/{scan.h5, volume.tif, labels.tif, manifest.json}`` and so on; with ``request.varied`` also
        ``volume_varied.tif``, ``volume_painted.tif``, ``volume_phase.tif`` and ``volume_iterative.tif``, other volumes
        of the same labels.
    n, first : int
        Number of cases, and number of the first.
    request : CaseRequest
        What is asked for.
    scheduler, workers
        As in :func:`.series.run_series`; with ``"local"`` a script needs its ``if __name__ == "__main__":``.
    progress : Progress
        Called as the work goes on, with an estimate of the time left.

    Returns
    -------
    list of Path
        The case folders.

    Raises
    ------
    InputError
        Fewer than one case, a folder that cannot be written, or one that holds a case made with another request; and
        as :func:`simulate_case`.
    """
    cases = case_numbers(n, first)
    maker = _SimulatedCases(request)
    return make_series(maker, out_dir, cases, scheduler=scheduler, workers=workers, progress=progress)
