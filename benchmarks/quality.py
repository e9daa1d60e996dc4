"""What segmentations cost in merged data, on simulated samples: true, edited and automatic labels, and no correction.

    python benchmarks/quality.py FOLDER [--cases 10] [--seed 61881] [--size 160] [--places 10] [--robot ACTIONS]

FOLDER gets the cases and, in ``quality.jsonl``, a line for each as it is done, with a picture; what is there is not
made again. The bundled model makes the automatic labels of each simulated sample. Edited are those of which the first
places of the ranked list were mended by a careful stroke each, or, with ``--robot``, what the robot of ``robot.py``
makes of them in so many actions. Intensities of a simulated scan (thaumatin and thermolysin in turn, 4 keV, merged
I/sigma 25) are corrected with each. Attenuation is such that the mean A of the true labels lies between 0.4 and 0.65.
Samples of which model or truth have hardly any crystal are passed over. Printed are the table of the first two, and
in how many samples R_meas and the anomalous signal, dI/s(dI), are in the order true, edited, automatic, none.
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

from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.labels import Labels
from napari_crystalseg.pictures.quality import quality_png
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.review.places.place_stroke import stroke_about
from napari_crystalseg.review.places.ranking import rank_places
from napari_crystalseg.volume import Volume
from napari_crystalseg.workflows.quality.judge_labels import judge_labels
from napari_crystalseg.workflows.quality.observation import Noise
from napari_crystalseg.workflows.quality.quality_scan import simulated_scan

CRYSTALS = ("thaumatin", "thermolysin")
ENERGY_KEV, D_MIN = 4.0, 3.5
ORDER = ("reference", "edited", "labels", "none")
DIGITS = {"r_meas": 1e-4, "anomalous signal": 1e-3}
"""Of the table: what is nearer to each other counts as equal."""


def judged(
    folder: Path, number: int, seed: int, size: int, places: int, robot_actions: int | None
) -> dict[str, Any] | None:
    """Judge one sample; None where it is passed over."""
    case = SimulatedCase.made(folder, number, seed, size)
    automatic = case.labels(0)
    if automatic is None:
        return None
    mu = coefficients(case)
    if robot_actions is None:
        edited = mended(case, automatic, mu, places)
    else:
        edited = reviewed(case, automatic, mu, robot_actions)
    scan = simulated_scan(CRYSTALS[number % 2], energy_kev=ENERGY_KEV, d_min=D_MIN, seed=number)
    report = judge_labels(
        scan, automatic, mu, reference=case.truth, edited={"edited": edited}, noise=Noise(seed=number), places=0
    )
    picture = quality_png({name: column.statistics for name, column in report.columns.items()})
    (folder / f"quality_{number:04d}.png").write_bytes(picture)
    truth = case.truth.data
    return {
        "case": number,
        "crystal": CRYSTALS[number % 2],
        "coefficients_per_um": mu.to_dict(),
        "dice": {"labels": dice(automatic.data, truth), "edited": dice(edited.data, truth)},
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


def coefficients(case: SimulatedCase) -> Coefficients:
    """Coefficients in usual proportions, with which the true labels have a mean A between 0.4 and 0.65."""
    rng = np.random.default_rng([case.number, 7])
    wanted = float(rng.uniform(0.4, 0.65))
    parts = {"liquor": rng.uniform(0.7, 1.1), "loop": rng.uniform(0.4, 0.8), "crystal": 1.0}
    size = 0.005
    for _ in range(4):
        mu = Coefficients(**{name: float(size * part) for name, part in parts.items()}, other=0.0)
        mean = float(absorb(case.truth, mu, Directions.over_sphere(200), tolerance=5e-3).absorption.mean())
        size *= np.log(wanted) / np.log(mean)
    return mu


def mended(case: SimulatedCase, labels: Labels, mu: Coefficients, places: int) -> Labels:
    """Mend the first places of the ranked list as in the truth, with a stroke over each."""
    found = rank_places(
        labels, mu, Directions.over_sphere(300), volume=case.volume, probabilities=case.probabilities, most=places
    )
    data = labels.data.copy()
    for place in found.places:
        box, mask = stroke_about(place.box, place.mask, labels.shape)
        data[box][mask] = case.truth.data[box][mask]
    return Labels(data, labels.voxel_size_um)


def reviewed(case: SimulatedCase, labels: Labels, mu: Coefficients, most: int) -> Labels:
    """Let the robot edit the automatic labels."""
    size = case.truth.required_voxel_size_um
    data = np.ascontiguousarray(labels.data).copy()
    edited = EditedLabels(data, size, values=np.asarray(case.volume.data))
    volume = Volume(case.volume.data, size, case.volume.quantity, case.volume.provenance)
    rng = np.random.default_rng([case.number, 11])
    directions = Directions.over_sphere(300)
    Robot(edited, case.truth.data, volume, case.probabilities, mu, directions, rng, most).review()
    return Labels(edited.data.copy(), size)


def samples(
    folder: Path, cases: int, seed: int, size: int, places: int, robot_actions: int | None
) -> Iterator[dict[str, Any]]:
    """Yield so many judged samples, those from the file first."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "quality.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    done = {line["case"]: line for line in lines}
    number = found = 0
    while found < cases:
        line = done.get(number)
        if line is None:
            line = judged(folder, number, seed, size, places, robot_actions) or {"case": number}
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
        yield f"{one['dice']['edited']:.3f} edited:"
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
    parser.add_argument("--seed", type=int, default=61881)
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--places", type=int, default=10, help="Places of the list that are mended.")
    parser.add_argument("--robot", type=int, help="Let the robot edit, in so many actions.")
    given = parser.parse_args()
    found = samples(given.folder, given.cases, given.seed, given.size, given.places, given.robot)
    print("\n".join(summary(list(found))))


if __name__ == "__main__":
    main()
