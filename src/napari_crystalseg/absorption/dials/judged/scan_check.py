"""Whether the sweeps of an experiment can be used, and what a user must know of their scans."""

from __future__ import annotations

import numpy as np

from ....errors import InputError, shortened
from ....experiment.experiment import Experiment, Sweep
from ....experiment.table.reflections import Reflections
from ....experiment.table.sweep_rows import sweep_numbers

VARYING_DEG = 0.5
"""Refined models vary by less over a scan of one crystal."""


def check_scans(experiment: Experiment, reflections: Reflections, only: int | None) -> None:
    """Refuse experiments with reflections that are no rotation scans with X-rays of one wavelength."""
    numbers = sweep_numbers(experiment, reflections)
    used = np.unique(numbers[numbers >= 0])
    if not used.size:
        raise InputError(
            f"No row of the table says of which of the {len(experiment.sweeps)} experiments it is: its column 'id' is "
            "-1 throughout. Use an indexed or integrated table."
        )
    for number in used if only is None else used[used == only]:
        _check_rotation_scan(experiment.sweeps[number], int(number))


def _check_rotation_scan(sweep: Sweep, number: int) -> None:
    if sweep.probe != "x-ray":
        raise InputError(
            f"Experiment {number} was made with another beam than X-rays ({shortened(sweep.probe)}); the factors "
            "here are those of X-rays."
        )
    if sweep.time_of_flight:
        raise InputError(
            f"The scan of experiment {number} is one of times of flight, in which each reflection has a wavelength of "
            "its own: it cannot be used, as attenuation coefficients hold for one."
        )
    if sweep.wavelength is None:
        raise InputError(
            f"Experiment {number} gives no wavelength: a beam of many (Laue, time of flight) cannot be used, as "
            "attenuation coefficients hold for one."
        )
    if not sweep.has_goniometer:
        raise InputError(
            f"Experiment {number} has no goniometer, as a still has none: absorption factors need a rotation scan. "
            "Choose one that is (--experiment-number)."
        )
    if sweep.oscillation_deg is None or sweep.oscillation_deg[1] == 0:
        raise InputError(
            f"Experiment {number} is a still, without a scan: absorption factors need a rotation scan, as the angle of "
            "the sample is not known otherwise."
        )


def models_that_vary(sweeps: list[Sweep]) -> str:
    """Say which models vary over the scan and by how much; empty where none does."""
    largest: dict[str, float] = {}
    for sweep in sweeps:
        for name, angle in sweep.scan_varying.items():
            largest[name] = max(angle, largest.get(name, 0.0))
    if not largest:
        return ""
    told = ", ".join(f"{name} (by up to {angle:.2g}°)" for name, angle in sorted(largest.items()))
    look = "LOOK: " if max(largest.values()) > VARYING_DEG else ""
    return f"{look}Refined to vary over the scan, but taken at its mean: {told}."


def crystals_of_one_scan(sweeps: list[Sweep]) -> int:
    """Most crystals that share one scan."""
    shared: dict[int, set[int]] = {}
    for sweep in sweeps:
        if sweep.scan_and_crystal is not None:
            scan, crystal = sweep.scan_and_crystal
            shared.setdefault(scan, set()).add(crystal)
    return max((len(crystals) for crystals in shared.values()), default=0)
