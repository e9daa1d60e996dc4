"""A simulated scan of a crystal in its sample: what the labels absorb of each reflection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...errors import InputError
from ...progress import Progress
from ...provenance import Provenance

if TYPE_CHECKING:
    from ...absorption import Coefficients
    from ...diffraction.images import SimulatedScan
    from ...labels import Labels


def absorbed_scan(
    scan: SimulatedScan,
    labels: Labels,
    coefficients: Coefficients | None,
    provenance: Provenance,
    progress: Progress,
) -> tuple[SimulatedScan, Provenance, tuple[str, ...]]:
    """Return the scan with absorption by the labels, its record, and what is to be said of the coefficients.

    Raises
    ------
    InputError
        A reflection has no factor, or the coefficients are of another energy.
    """
    from ...absorption import Directions
    from ...experiment import Experiment, Reflections
    from ..absorb import judged_factors
    from ..coefficient_energy import coefficients_for
    from ..coefficients import tabulated

    energy = scan.beam.energy_kev
    if coefficients is None:
        used = tabulated(energy)
        told: tuple[str, ...] = (used.sentence(),)
    else:
        used, told = coefficients_for(coefficients, (energy,), False)
    table = Reflections(
        s1=scan.reflections.s1, phi_rad=scan.reflections.phi_rad, miller_index=scan.reflections.miller_index
    )
    directions = Directions.of(Experiment((scan.sweep,)), table)
    factors, said = judged_factors(labels, [(directions, used)], told, seed=scan.seed, progress=progress)
    if np.isnan(factors.absorption).any():
        raise InputError("Some reflections have no absorption factor for these labels; look at them with 'info'.")
    joined = replace(
        provenance,
        inputs={**provenance.inputs, **factors.provenance.inputs},
        steps=(*factors.provenance.steps, *provenance.steps),
    )
    return scan.absorbed(factors.absorption), joined, said


def crystal_volume_um3(labels: Labels) -> float:
    """Volume of the crystal in labels, µm³."""
    from ...labels import Material

    size = labels.required_voxel_size_um
    return float(np.count_nonzero(labels.data == Material.CRYSTAL) * np.prod(size))
