"""The experiment of table 2 of the CrystalSeg paper, in form: what few real cases, simulated ones, and both teach.

    python scripts/table_two.py OUT [--minutes-each M | --steps-each N] [--size 96] [--real 15] [--synthetic 60]
        [--working-size 64] [--threads N] [--seed N]

There are no real cases here: those of another simulated domain STAND IN for them, so that the figures say how the
experiment goes and nothing of real data. They differ in samples (sheets and no fibres, fuller drops, bubbles) and in
the instrument (harder X-rays, few photons, a blurred detector with drifting gain, rings, missing angles) from the
synthetic cases, which are the preset "typical". With cases labelled by hand, run

    crystalseg experiment REAL... OUT --synthetic SIMULATED

All is gone on with after an interruption. At the default size two cores take about an hour.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from napari_crystalseg.simulation import condition_priors
from napari_crystalseg.simulation.priors import PRESETS, Priors
from napari_crystalseg.simulation.requests.case_request import CaseRequest
from napari_crystalseg.simulation.simulate import simulate
from napari_crystalseg.workflows.domain_experiment.request import ExperimentRequest
from napari_crystalseg.workflows.domain_experiment.run_experiment import TABLE, run_experiment

REAL_SEED, SYNTHETIC_SEED = 720001, 720002


def stand_in_priors() -> Priors:
    """What the cases that stand in for real ones are drawn from."""
    wide = PRESETS["wide"]
    return replace(
        wide,
        name="stand-in for a real domain",
        sample=replace(
            wide.sample,
            mount=(0.0, 1.0, 0.0),
            liquor=(0.05, 0.35, 0.6, 0.0),
            other=(0.5, 0.5, 0.0),
            shapeless=1.0,
        ),
        conditions=replace(
            condition_priors.WIDE,
            long_wavelength=0.0,
            hard_energy_kev=(5.0, 9.0),
            # Small fields are thin at such energies: as faint as real ones.
            liquor_depth=(0.01, 2.5),
            photons=(500.0, 3000.0),
            gain_drift=(0.008, 0.02),
            column_gain=1.0,
            column_gain_drift=(0.004, 0.02),
            psf_sigma_px=(1.2, 2.2),
            missing_wedge=0.5,
            wedge_deg=(10.0, 30.0),
            angles=(1.0, 0.0, 0.0, 0.0),
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--minutes-each", type=float)
    budget.add_argument("--steps-each", type=int)
    parser.add_argument("--size", type=int, default=96, help="voxels along each side of a case")
    parser.add_argument("--real", type=int, default=15, help="cases that stand in for real ones; a third is judged by")
    parser.add_argument("--synthetic", type=int, default=60)
    parser.add_argument("--working-size", type=int, default=64)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.minutes_each is None and asked.steps_each is None:
        asked.minutes_each = 15.0

    def report(line: str) -> None:
        print(line, flush=True)

    domains = {
        "stand_in": (asked.real, CaseRequest(REAL_SEED, size=asked.size, priors=stand_in_priors())),
        "synthetic": (asked.synthetic, CaseRequest(SYNTHETIC_SEED, size=asked.size)),
    }
    for name, (count, request) in domains.items():
        report(f"{count} cases of the domain {name}")
        simulate(asked.out / name, count, request)
    experiment = ExperimentRequest(
        [asked.out / "stand_in"],
        [asked.out / "synthetic"],
        steps=asked.steps_each,
        minutes=asked.minutes_each,
        working_sizes=(asked.working_size,),
        seed=asked.seed,
        threads=asked.threads,
    )
    run_experiment(experiment, asked.out / "experiment", report)
    print((asked.out / "experiment" / TABLE).read_text(encoding="utf-8"))
    print("The real cases are a stand-in: another domain of the same simulator.")


if __name__ == "__main__":
    main()
