"""Simulate new cases from corrected labels: variants of a real sample, each scanned and reconstructed anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..labels import Labels, Material
from ..progress import Progress, part, silent
from ..provenance import hash_array
from .case import SUPERSAMPLING, Case, reconstruct_plain
from .conditions import draw_conditions
from .materials import draw_materials
from .requests.variant_request import VariantRequest
from .series.case_series import case_numbers, make_series
from .series.packed_labels import PackedLabels
from .series.scanned_case import write_scanned_case
from .shown_sample import majority

if TYPE_CHECKING:
    from ..phantom.variants.variant import Variant

_TRIES = 20


def simulate_variant(labels: Labels, request: VariantRequest, case: int, *, progress: Progress = silent) -> Case:
    """Simulate one variant of labels.

    The variant is voxelised in cubic voxels, two along each pixel of the detector. Energy and acquisition are drawn as
    for any simulated case, materials from recipes of crystallisation.

    Parameters
    ----------
    labels : Labels
        Corrected labels with a crystal; voxels need not be cubes.
    request : VariantRequest
        What is asked for.
    case : int
        Number of the case in the series; a case does not depend on the others.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    Case
        Its ``description`` holds the variant, its materials and the acquisition. Volume and labels are (z, W, W) with
        W columns.

    Raises
    ------
    InputError
        Labels without crystal or of an unlikely extent, a class so thin that no variant keeps it, or priors without an
        energy that suits the labels.
    """
    from ..xray import acquire

    priors = request.drawn_from
    pixel_size_um = request.pixel_size_um(labels)
    rng = np.random.default_rng([request.seed, case, 2])
    progress(0.0, "Drawing the variant")
    variant, fine, coarse = _draw_shown_variant(rng, labels, pixel_size_um)

    has_other = bool((coarse.data == Material.OTHER).any())
    # Labels do not tell what their class "other" is.
    other = "unknown" if has_other else "none"
    conditions = draw_conditions(
        rng, coarse.shape[2], pixel_size_um, other, request.angles, priors.conditions, priors.materials
    )
    if priors.materials.liquors == "four":
        # Then the energy suits one of the four liquors, and the sample is made of something else: drawn otherwise,
        # series that have been begun could not go on.
        energy_kev = conditions.acquisition.energy_kev
        materials = draw_materials(rng, energy_kev, has_other)
        conditions = replace(
            conditions,
            indices=materials.indices(energy_kev),
            harmonic_indices=materials.indices(3 * energy_kev),
            materials=materials.description,
        )
    scan = acquire(
        fine,
        conditions.indices,
        conditions.acquisition,
        seed=int(rng.integers(2**31)),
        supersampling=SUPERSAMPLING,
        harmonic_indices=conditions.harmonic_indices,
        progress=part(progress, 0.1, 0.8),
    )
    volume = reconstruct_plain(scan, part(progress, 0.8, 1.0))
    description: dict[str, Any] = {
        "seed": request.seed,
        "case": case,
        "pixel_size_um": pixel_size_um,
        "variant": variant.to_dict(),
        "priors": priors.name,
        "acquisition": conditions.acquisition.to_dict(),
        "materials": conditions.materials,
    }
    provenance = replace(coarse.provenance, seed=request.seed).then("simulate variant", **description)
    made = Labels(coarse.data, coarse.voxel_size_um, provenance)
    return Case(scan, volume, made, description | {"sampling": scan.provenance.steps[-1]["sampling"]})


def _draw_shown_variant(
    rng: np.random.Generator, labels: Labels, pixel_size_um: float
) -> tuple[Variant, Labels, Labels]:
    """Draw variants until one keeps every class; return it with its voxels, fine and as large as the pixels."""
    from ..phantom.variants.variants import LostClassError, draw_variant, make_variant, variant_shape

    lost = ""
    for _ in range(_TRIES):
        variant = draw_variant(rng, labels)
        rows, *sides = variant_shape(labels, variant, pixel_size_um)
        shape = (rows * SUPERSAMPLING, max(sides) * SUPERSAMPLING, max(sides) * SUPERSAMPLING)
        try:
            fine = make_variant(labels, variant, shape=shape, voxel_size_um=pixel_size_um / SUPERSAMPLING)
        except LostClassError as error:
            # Thin things can fall between the voxels in one pose and not in the next.
            lost = str(error)
            continue
        coarse = majority(fine, SUPERSAMPLING)
        if set(np.unique(coarse.data)) == set(np.unique(fine.data)):
            return variant, fine, coarse
        lost = f"A class is too thin for voxels of {pixel_size_um:g} µm."
    raise InputError(f"None of {_TRIES} variants kept every class; ask for a larger size. {lost}")


@dataclass(frozen=True)
class _Variants:
    """Variants of labels, by their request."""

    labels: PackedLabels
    labels_sha256: str
    cases: VariantRequest

    def request(self, case: int) -> dict[str, Any]:
        source = {"labels_sha256": self.labels_sha256, "voxel_size_um": list(self.labels.voxel_size_um)}
        return source | self.cases.to_dict(case)

    def write(self, folder: Path, case: int, progress: Progress) -> None:
        made = simulate_variant(self.labels.labels(), self.cases, case, progress=progress)
        write_scanned_case(folder, made, self.cases.seed, case, self.cases.varied, self.request(case))


def simulate_variants(
    labels: Labels,
    out_dir: str | Path,
    n: int,
    request: VariantRequest,
    *,
    first: int = 0,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Simulate variants of labels and write each to a folder of its own, as :func:`.simulate.simulate` does.

    A finished case is not repeated, so that a series goes on where it was stopped. Each folder appears whole, and its
    bytes do not depend on the number of workers.

    Parameters
    ----------
    labels : Labels
        Corrected labels with a crystal.
    out_dir : path
        Gets ``case_0000/{scan.h5, volume.tif, labels.tif, manifest.json}`` and so on; with ``request.varied`` also
        ``volume_varied.tif``, ``volume_painted.tif``, ``volume_phase.tif`` and ``volume_iterative.tif``, other volumes
        of the same labels.
    n, first : int
        Number of cases, and number of the first.
    request : VariantRequest
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
        As in :func:`simulate_variant` and :func:`.series.run_series`; fewer than one case, or a folder that cannot be
        written or holds a case made otherwise.
    """
    cases = case_numbers(n, first)
    request.pixel_size_um(labels)
    maker = _Variants(PackedLabels.of(labels), hash_array(labels.data), request)
    return make_series(maker, out_dir, cases, scheduler=scheduler, workers=workers, progress=progress)
