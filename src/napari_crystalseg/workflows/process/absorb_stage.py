"""The stage Absorb: absorption factors, by coefficients that are given, tabulated or measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...labels import Material
from ...progress import Progress
from ..absorb import absorb_to_files
from .request import absorb_outputs
from .run import Run

if TYPE_CHECKING:
    from ...absorption import Coefficients, Directions

SEED = 0
"""Of the sampling of crystal voxels: the same input gives the same factors."""


def absorb(
    run: Run,
    coefficients: Coefficients | None,
    other_per_um: float | None,
    energies_kev: tuple[float, ...],
    told: tuple[str, ...],
    directions: Directions,
    convert: bool,
) -> None:
    depends = {
        "labels": run.stages.files("segment"),
        "volume": run.stages.files("reconstruct"),
        "coefficients": None if coefficients is None else coefficients.record(),
        "other_per_um": other_per_um,
        "energies_kev": energies_kev,
        "told": told,
        "convert": convert,
        "scan_energy_kev": run.stages.facts("reconstruct")["energy_kev"],
        "directions": made_of(directions),
    }

    def work(progress: Progress) -> tuple[list[Path], dict[str, Any]]:
        from ...absorption import why_no_factors
        from ..coefficients import choose_coefficients

        labels = run.labels()
        energy, energy_from = _energy(run, energies_kev, directions)
        scanned = run.stages.facts("reconstruct")["energy_kev"]
        chosen = choose_coefficients(run.volume(), labels, coefficients, energy, scanned, other_per_um)
        facts: dict[str, Any] = {
            "crystal_found": bool((labels.data == Material.CRYSTAL).any()),
            "without_factors": why_no_factors(labels),
            **chosen.coefficients.record(),
            "coefficients_explanation": " ".join([chosen.explanation + energy_from, *told]),
            "directions": directions.description,
        }
        outputs = absorb_outputs(run.folder, directions)
        if not has_factors(facts):
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
        facts |= _summary(result.factors.absorption, result.factors.standard_error)
        facts["reflections_found"] = list(result.statements)
        return list(result.files), facts

    run.stage("absorb", depends, 0.80, 0.90, work)


def _energy(run: Run, energies_kev: tuple[float, ...], directions: Directions) -> tuple[float | None, str]:
    """Energy for tabulated coefficients, and where it comes from: the user, the experiment, or the scan."""
    if energies_kev:
        return energies_kev[0], " The energy is that of the experiment file." if directions.energies_kev else ""
    scanned = run.stages.facts("reconstruct")["energy_kev"]
    if scanned is not None:
        return scanned, " The energy is that of the tomography scan."
    return None, ""


def has_factors(absorbed: Mapping[str, Any]) -> bool:
    """Whether the stage Absorb computed factors, by what it found."""
    return bool(absorbed["crystal_found"]) and absorbed["without_factors"] is None


def made_of(directions: Directions) -> dict[str, Any]:
    """What directions depend on: settings, and the files by their hashes."""
    return {**directions.settings, "seed": SEED, "inputs": dict(directions.provenance.inputs)}


def _summary(absorption: Any, standard_error: Any) -> dict[str, Any]:
    used = absorption[~np.isnan(absorption)]
    return {
        "reflections": int(used.size),
        "without_direction": int(absorption.size - used.size),
        "A_mean": float(used.mean()),
        "A_min": float(used.min()),
        "A_max": float(used.max()),
        "largest_standard_error": float(np.nanmax(standard_error)),
    }
