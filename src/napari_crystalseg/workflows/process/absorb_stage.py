"""The stage Absorb: absorption factors, by coefficients that are given, tabulated or measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...factors import Factors
from ...labels import Material
from ...progress import Progress
from ..absorb import absorb_to_files
from .facts import AbsorbFacts, FactorFacts, ReconstructFacts, SegmentFacts
from .process_run import ProcessRun
from .request import Request, absorb_outputs

if TYPE_CHECKING:
    from ...absorption import Directions

SEED = 0
"""Of the sampling of crystal voxels: the same input gives the same factors."""


def absorb_stage(run: ProcessRun, request: Request, made: ReconstructFacts, segmented: SegmentFacts) -> AbsorbFacts:
    """Write the factors, their histogram, and a table for scaling, where there is a crystal."""
    directions = request.directions
    convert = request.convert and directions.of_experiment
    depends = {
        "labels": run.stages.files("segment"),
        "volume": run.stages.files("reconstruct"),
        "coefficients": None if request.coefficients is None else request.coefficients.record(),
        "other_per_um": request.other_per_um,
        "energies_kev": request.energies_kev,
        "told": request.told,
        "convert": convert,
        "scan_energy_kev": made.energy_kev,
        "directions": dependencies_of(directions),
    }

    def work(progress: Progress) -> tuple[list[Path], AbsorbFacts]:
        from ...absorption import why_no_factors
        from ..coefficients import choose_coefficients

        labels = run.labels(made, segmented)
        energy, energy_from = _energy(request, made)
        chosen = choose_coefficients(
            run.volume(), labels, request.coefficients, energy, made.energy_kev, request.other_per_um
        )
        facts = AbsorbFacts(
            crystal_found=bool((labels.data == Material.CRYSTAL).any()),
            without_factors=why_no_factors(labels),
            coefficients=chosen.coefficients,
            coefficients_explanation=" ".join([chosen.explanation + energy_from, *request.told]),
            directions=directions.description,
        )
        outputs = absorb_outputs(run.folder, directions)
        if not facts.may_have_factors:
            # Those of an earlier run, if its manifest was lost, would be taken for results of this one.
            for target in outputs.files():
                run.stages.output.remove(target)
            return [], facts
        result = absorb_to_files(
            labels,
            chosen.coefficients,
            directions,
            outputs,
            convert=convert,
            seed=SEED,
            progress=progress,
        )
        return list(result.files), replace(facts, factors=_statistics(result.factors, result.statements))

    return run.stage("absorb", AbsorbFacts, depends, 0.80, 0.90, work)


def _energy(request: Request, made: ReconstructFacts) -> tuple[float | None, str]:
    """Energy for tabulated coefficients, and where it comes from: the user, the experiment, or the scan."""
    if request.energies_kev:
        of_file = bool(request.directions.energies_kev)
        return request.energies_kev[0], " The energy is that of the experiment file." if of_file else ""
    if made.energy_kev is not None:
        return made.energy_kev, " The energy is that of the tomography scan."
    return None, ""


def dependencies_of(directions: Directions) -> dict[str, Any]:
    """What directions depend on: settings, and the files by their hashes."""
    return {**directions.settings, "seed": SEED, "inputs": dict(directions.provenance.inputs)}


def _statistics(factors: Factors, statements: tuple[str, ...]) -> FactorFacts:
    absorption = factors.absorption
    used = absorption[~np.isnan(absorption)]
    return FactorFacts(
        reflections=int(used.size),
        without_direction=int(absorption.size - used.size),
        mean=float(used.mean()),
        least=float(used.min()),
        largest=float(used.max()),
        largest_standard_error=float(np.nanmax(factors.standard_error)),
        statements=tuple(statements),
    )
