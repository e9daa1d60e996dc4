"""Let a robot with a shaky hand review labels of which the truth is known, in few actions.

    python benchmarks/review.py FOLDER [--cases 4] [--seed 51717] [--size 160] [--standin FOLDER] [--actions 15]

reviews damaged labels of simulated cases (crystal Dice 0.80 or less), and the automatic results of stand-in tomograms
where a folder of such is given: NAME.tif beside NAME_labels.tif. FOLDER gets a line for each review in
``review.jsonl``; what is there is not made again. Printed are crystal Dice and mean |ΔA|/A before and after.

The robot (``robot.py``) sees what a person sees: the ranked list, the picture (the truth stands for it), and previews.
At each row it accepts the suggestion where that mends much of what is wrong there, and takes for the largest wrong
parts that it sees the tool of the dock that comes to mind: *Snap to edges* at the surface of the sample or the crystal,
*Make convex* for what lies between parts of the crystal, *Piece to class*, *Move facet*, a click, or a ball stroke over
one class. When most of the crystal is wrong it clicks as long as that helps much, or else makes liquor of what is
labelled so, draws outlines in five slices and fills between them first; at the end it looks at the whole crystal. Each
click, stroke, outline, fill, acceptance, undo, and each preview that it drops is an action. Clicks are off by a
Gaussian of 1.5 voxels along each axis, as are the corners of outlines, and one action in twenty has the wrong class, or
judges wrongly; what was kept so and spoils more than a fiftieth of the crystal it sees, and undoes. How far a facet is
to move is seen within half a voxel.
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

from napari_crystalseg.absorption import Coefficients, Directions, EditMeter
from napari_crystalseg.errors import InputError
from napari_crystalseg.io import open_labels, open_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.segmentation import ClassProbabilities
from napari_crystalseg.testing.label_damage import KINDS, damaged
from napari_crystalseg.volume import Volume

DAMAGED_DICE = 0.8


def reviewed(
    name: str,
    volume: Volume,
    truth: Labels,
    start: np.ndarray,
    probabilities: ClassProbabilities,
    coefficients: Coefficients,
    most: int,
) -> dict[str, Any]:
    """Review one set of labels, and measure what came of it."""
    directions = Directions.over_sphere(300)
    meter = EditMeter(truth, coefficients, directions, reflections=200, points=1000)

    def error(data: np.ndarray) -> float:
        try:
            return 100 * meter.effect((0, 0, 0), data).mean_relative_change
        except InputError:
            return 100.0

    size = truth.required_voxel_size_um
    edited = EditedLabels(np.ascontiguousarray(start).copy(), size, values=np.asarray(volume.data))
    rng = np.random.default_rng([int(np.count_nonzero(truth.data)), 11])
    volume = Volume(volume.data, size, volume.quantity, volume.provenance)
    robot = Robot(edited, truth.data, volume, probabilities, coefficients, directions, rng, most)
    robot.review()
    return {
        "case": name,
        "dice": [dice(start, truth.data), dice(edited.data, truth.data)],
        "error_percent": [error(start), error(edited.data)],
        "actions": robot.actions,
        "rows": robot.rows,
    }


def badly_damaged(truth: np.ndarray, seed: int) -> np.ndarray:
    """Damage a truth in one way after the other until its crystal's Dice is low."""
    rng = np.random.default_rng(seed)
    now = truth.copy()
    for kind in [*rng.permutation(list(KINDS)), *rng.permutation(list(KINDS))]:
        if dice(now, truth) <= DAMAGED_DICE:
            break
        now, _ = damaged(now, [str(kind)], int(rng.integers(2**31)))
    return now


def damaged_cases(
    folder: Path, cases: int, seed: int, size: int, most: int, done: set[str]
) -> Iterator[dict[str, Any]]:
    """Review damaged labels of simulated cases."""
    for number in range(cases):
        name = f"damaged {number}"
        if name in done:
            continue
        case = SimulatedCase.made(folder, number, seed, size)
        if case.labels(2) is None:
            yield {"case": name}
            continue
        start = badly_damaged(case.truth.data, seed + number)
        yield reviewed(name, case.volume, case.truth, start, case.probabilities, case.coefficients(2), most)


def standin_cases(standin: Path, cases: int, most: int, done: set[str]) -> Iterator[dict[str, Any]]:
    """Review the automatic results of stand-in tomograms."""
    from napari_crystalseg.segmentation import segment

    for path in sorted(standin.glob("*_labels.tif"))[:cases]:
        name = "stand-in " + path.name.removesuffix("_labels.tif")
        if name in done:
            continue
        found = open_volume(path.with_name(path.name.replace("_labels", "")))
        volume = Volume(found.data, found.voxel_size_um or (1.0, 1.0, 1.0), found.quantity, found.provenance)
        truth = Labels(open_labels(path).data, volume.voxel_size_um)
        result = segment(volume, keep_probabilities=True)
        voxels = np.count_nonzero(truth.data == Material.CRYSTAL)
        crystal = float(-np.log(0.5) / (6 / np.pi * voxels * truth.voxel_volume_um3) ** (1 / 3))
        mu = Coefficients(liquor=0.8 * crystal, loop=0.6 * crystal, crystal=crystal, other=0.0)
        yield reviewed(name, volume, truth, result.labels.data, result.probabilities, mu, most)


def summary(found: list[dict[str, Any]]) -> Iterator[str]:
    """Say what came of each kind of reviews."""
    for kind in ("damaged", "stand-in"):
        some = [one for one in found if one["case"].startswith(kind) and "dice" in one]
        if not some:
            continue
        overlap = np.array([one["dice"] for one in some])
        errors = np.array([one["error_percent"] for one in some])
        actions = np.array([len(one["actions"]) for one in some])
        reached = (overlap[:, 1] >= 0.97) & (errors[:, 1] <= 0.5)
        before, after = np.median(overlap, axis=0)
        wrong, left = np.median(errors, axis=0)
        yield (
            f"{kind}, {len(some)} reviews: crystal Dice {before:.3f} -> {after:.3f}, "
            f"mean |dA|/A {wrong:.2f} -> {left:.2f} % (medians), {np.mean(actions):.1f} actions; "
            f"Dice 0.97 in {np.sum(overlap[:, 1] >= 0.97)}, 0.5 % in {np.sum(errors[:, 1] <= 0.5)}, "
            f"both in {np.sum(reached)}"
        )


def main() -> None:
    """Review the cases that are not done yet, and print what came of all."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=4)
    parser.add_argument("--seed", type=int, default=51717)
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--standin", type=Path)
    parser.add_argument("--actions", type=int, default=15)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "review.jsonl"
    found = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    done = {one["case"] for one in found}

    def new() -> Iterator[dict[str, Any]]:
        yield from damaged_cases(given.folder, given.cases, given.seed, given.size, given.actions, done)
        if given.standin is not None:
            yield from standin_cases(given.standin, given.cases, given.actions, done)

    for one in new():
        with kept.open("a") as file:
            file.write(json.dumps(one) + "\n")
        print(json.dumps(one), flush=True)
        found.append(one)
    print("\n".join(summary(found)))


if __name__ == "__main__":
    main()
