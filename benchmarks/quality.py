"""What segmentations cost in merged data, on simulated samples: true, edited and automatic labels, and no correction.

    python benchmarks/quality.py FOLDER [--cases 10] [--seed 61803] [--size 64] [--actions 15]

FOLDER gets the cases and, in ``quality.jsonl``, a line for each as it is done; what is there is not made again. The
bundled model makes the automatic labels of each simulated sample, the robot of ``robot.py`` edits them in a few
actions, and intensities of a simulated scan (thaumatin and thermolysin in turn, 4 keV, merged I/sigma 25) are corrected
with each. Attenuation is such that the crystal takes away 50 to 80 % of a beam along its diameter. Samples of which
model or truth have hardly any crystal are passed over. Printed are the table of the first two, and in how many samples
R_meas and the anomalous signal, dI/s(dI), are in the order true, edited, automatic, none.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from robot import Robot, dice
from simulated_cases import SimulatedCase

from napari_crystalseg.absorption import Coefficients, Directions
from napari_crystalseg.labels import Labels
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.volume import Volume
from napari_crystalseg.workflows.quality.judge_labels import judge_labels
from napari_crystalseg.workflows.quality.observation import Noise
from napari_crystalseg.workflows.quality.quality_scan import simulated_scan

CRYSTALS = ("thaumatin", "thermolysin")
ENERGY_KEV, D_MIN = 4.0, 3.5
ORDER = ("reference", "edited", "labels", "none")
DIGITS = {"r_meas": 1e-4, "anomalous signal": 1e-3}
"""Of the table: what is nearer to each other counts as equal."""


def judged(folder: Path, number: int, seed: int, size: int, most: int) -> dict[str, Any] | None:
    """Judge one sample; None where it is passed over."""
    case = SimulatedCase.made(folder, number, seed, size)
    automatic = case.labels(0)
    if automatic is None:
        return None
    rng = np.random.default_rng([number, 7])
    voxels = np.count_nonzero(case.truth.data == 3)
    diameter_um = (6 / np.pi * voxels * case.truth.voxel_volume_um3) ** (1 / 3)
    crystal = -np.log(1 - rng.uniform(0.5, 0.8)) / diameter_um
    mu = Coefficients(
        liquor=crystal * rng.uniform(0.7, 1.1), loop=crystal * rng.uniform(0.4, 0.8), crystal=crystal, other=0.0
    )
    edited, actions = reviewed(case, automatic, mu, most)
    scan = simulated_scan(CRYSTALS[number % 2], energy_kev=ENERGY_KEV, d_min=D_MIN, seed=number)
    report = judge_labels(
        scan, automatic, mu, reference=case.truth, edited={"edited": edited}, noise=Noise(seed=number), places=0
    )
    truth = case.truth.data
    return {
        "case": number,
        "crystal": CRYSTALS[number % 2],
        "dice": {"labels": dice(automatic.data, truth), "edited": dice(edited.data, truth)},
        "actions": actions,
        "table": report.text(),
        "r_meas": {name: column.r_meas for name, column in report.columns.items()},
        "anomalous signal": {
            name: column.statistics.overall.anomalous.difference_over_sigma for name, column in report.columns.items()
        },
        "anomalous correlation": {
            name: column.statistics.overall.anomalous.correlation for name, column in report.columns.items()
        },
        "error of merged I": {name: column.agreement.r_true for name, column in report.columns.items()},
        "report": report.to_dict(),
    }


def reviewed(case: SimulatedCase, labels: Labels, mu: Coefficients, most: int) -> tuple[Labels, list[str]]:
    """Let the robot edit the automatic labels."""
    size = case.truth.required_voxel_size_um
    data = np.ascontiguousarray(labels.data).copy()
    edited = EditedLabels(data, size, values=np.asarray(case.volume.data))
    volume = Volume(case.volume.data, size, case.volume.quantity, case.volume.provenance)
    rng = np.random.default_rng([case.number, 11])
    directions = Directions.over_sphere(300)
    robot = Robot(edited, case.truth.data, volume, case.probabilities, mu, directions, rng, most)
    robot.review()
    return Labels(edited.data.copy(), size), robot.actions


def samples(folder: Path, cases: int, seed: int, size: int, most: int) -> Iterator[dict[str, Any]]:
    """Yield so many judged samples, those from the file first."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "quality.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    done = {line["case"]: line for line in lines}
    number = found = 0
    while found < cases:
        line = done.get(number)
        if line is None:
            line = judged(folder, number, seed, size, most) or {"case": number}
            with kept.open("a") as file:
                file.write(json.dumps(line) + "\n")
        if "r_meas" in line:
            found += 1
            yield line
        number += 1


def in_order(one: dict[str, Any], figure: str, *, strict: bool = False) -> bool:
    """Whether a figure gets no better from true labels to none, to the digits of the table or strictly."""
    sign = -1 if figure == "anomalous signal" else 1
    values = sign * np.array([one[figure][name] for name in ORDER])
    return bool((np.diff(values) >= (0 if strict else -DIGITS[figure])).all())


def summary(found: list[dict[str, Any]]) -> Iterator[str]:
    """Say all that was found."""
    for one in found[:2]:
        yield f"Sample {one['case']}, {one['crystal']}, crystal Dice {one['dice']['labels']:.3f} automatic, "
        yield f"{one['dice']['edited']:.3f} edited in {len(one['actions'])} actions:"
        yield one["table"]
    for one in found:
        figures = "  ".join(
            f"{name} {100 * one['r_meas'][name]:.2f}/{one['anomalous signal'][name]:.3f}"
            for name in (*ORDER, "low", "high")
        )
        marks = "".join("+" if in_order(one, figure) else "-" for figure in DIGITS)
        yield f"{one['case']:3} {marks} Dice {one['dice']['labels']:.3f} -> {one['dice']['edited']:.3f}  {figures}"
    for figure in DIGITS:
        loose, strict = (sum(in_order(one, figure, strict=each) for one in found) for each in (False, True))
        yield f"{figure}: in order in {loose} of {len(found)} ({strict} to the last digit)"
    both = sum(all(in_order(one, figure) for figure in DIGITS) for one in found)
    yield f"both: {both} of {len(found)}"


def main() -> None:
    """Make the samples, judge them, and print what was found."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=10)
    parser.add_argument("--seed", type=int, default=61803)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--actions", type=int, default=15)
    given = parser.parse_args()
    print("\n".join(summary(list(samples(given.folder, given.cases, given.seed, given.size, given.actions)))))


if __name__ == "__main__":
    main()
