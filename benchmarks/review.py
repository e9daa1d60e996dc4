"""Let a robot with a shaky hand review labels of which the truth is known, in few actions.

    python benchmarks/review.py FOLDER [--cases 4] [--seed 51717] [--size 64] [--standin FOLDER] [--actions 15]

reviews damaged labels of simulated cases (crystal Dice 0.80 or less), and the automatic results of stand-in tomograms
where a folder of such is given: NAME.tif beside NAME_labels.tif. FOLDER gets a line for each review in
``review.jsonl``; what is there is not made again. Printed are crystal Dice and mean |ΔA|/A before and after.

The robot sees what a person sees: the ranked list, the picture (the truth stands for it), and previews. At each row it
accepts the suggestion where that is right by majority, and mends the largest wrong piece that is left nearby by a click
or a ball stroke; when most is wrong it teaches by strokes on three slices first, and it tries the facets last.
Each click, stroke, acceptance, and each preview that it drops is an action. Clicks are off by a Gaussian of 1.5 voxels
along each axis, and one action in twenty has the wrong class, or judges wrongly.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt, label
from simulated_cases import SimulatedCase

from napari_crystalseg.absorption import Coefficients, Directions, EditMeter
from napari_crystalseg.errors import InputError
from napari_crystalseg.io import open_labels, open_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.review.edits.policy import EVERYTHING, EditPolicy
from napari_crystalseg.review.places.place import Place
from napari_crystalseg.review.places.place_stroke import stroke_about
from napari_crystalseg.review.places.ranking import rank_places
from napari_crystalseg.review.teaching.strokes import Strokes
from napari_crystalseg.review.teaching.teach import teach
from napari_crystalseg.review.tools.clicks.click import Click
from napari_crystalseg.review.tools.clicks.region_clicks import RegionClicks
from napari_crystalseg.review.tools.facets.fit import fit_facets
from napari_crystalseg.review.tools.facets.snap import snap_to_facets
from napari_crystalseg.review.tools.strokes.ball import ball_stroke
from napari_crystalseg.segmentation import ClassProbabilities
from napari_crystalseg.testing.label_damage import KINDS, damaged
from napari_crystalseg.volume import Volume

JITTER_VOXELS = 1.5
WRONG = 0.05
LEAST_WRONG_VOXELS = 8
LOOK_VOXELS = 8
ROWS = 15
LISTS = 3
MOSTLY_WRONG = 0.6
DAMAGED_DICE = 0.8


def dice(data: np.ndarray, truth: np.ndarray) -> float:
    """Overlap of the crystals, 0 to 1."""
    one, other = data == Material.CRYSTAL, truth == Material.CRYSTAL
    return float(2 * np.count_nonzero(one & other) / max(np.count_nonzero(one) + np.count_nonzero(other), 1))


@dataclass(eq=False)
class Robot:
    """Who reviews.

    Parameters
    ----------
    edited : EditedLabels
        Labels under review.
    truth : ndarray of uint8, shape (z, y, x)
        What the picture shows.
    volume : Volume
        Voxel values.
    probabilities : ClassProbabilities
        Of the network.
    coefficients, directions
        For the ranked list.
    rng : numpy.random.Generator
        The shaky hand.
    most : int
        Actions at most.
    """

    edited: EditedLabels
    truth: np.ndarray
    volume: Volume
    probabilities: ClassProbabilities
    coefficients: Coefficients
    directions: Directions
    rng: np.random.Generator
    most: int
    actions: list[str] = field(default_factory=list)
    rows: int = 0
    seen: list[Place] = field(default_factory=list)

    @property
    def data(self) -> np.ndarray:
        """Labels as they are."""
        return self.edited.data

    @property
    def tired(self) -> bool:
        """Whether all actions are spent."""
        return len(self.actions) >= self.most

    def review(self) -> None:
        """Walk the list until all actions are spent, or nothing more looks wrong."""
        if dice(self.data, self.truth) < MOSTLY_WRONG:
            self.teach()
        for _ in range(LISTS):
            if self.tired or not (self.data == Material.CRYSTAL).any():
                break
            found = rank_places(
                Labels(self.data.copy(), self.edited.voxel_size_um),
                self.coefficients,
                self.directions,
                volume=self.volume,
                probabilities=self.probabilities,
                reviewed=self.seen,
                most=ROWS,
            )
            for place in found.places:
                # One action is left for the facets.
                if len(self.actions) >= self.most - 1:
                    break
                self.rows += 1
                self.seen.append(place)
                self.mend(place)
        if not self.tired:
            self.snap()

    def mend(self, place: Place) -> None:
        """Do at a place what a person would."""
        box, stroke = stroke_about(place.box, place.mask, self.data.shape)
        if np.count_nonzero((self.truth[box] != self.data[box]) & stroke) < LEAST_WRONG_VOXELS:
            return
        change = place.change()
        if change is not None:
            right = np.mean(self.truth[place.box][place.mask] == place.to_label) > 0.5
            if right != self.slips():
                self.make(change, "accept")
        wide = tuple(
            slice(max(0, s.start - LOOK_VOXELS), min(n, s.stop + LOOK_VOXELS))
            for s, n in zip(box, self.data.shape, strict=True)
        )
        piece = self.largest_wrong(wide)
        if piece is None or len(self.actions) >= self.most - 1:
            return
        mask, is_class, was = piece
        depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1, 1:-1]
        deepest = np.array(np.unravel_index(depth.argmax(), mask.shape)) + [side.start for side in wide]
        thick = float(depth.max()) >= 2.0
        if thick and self.try_out(self.clicked(deepest, is_class), "click"):
            return
        if len(self.actions) < self.most - 1:
            self.try_out(
                self.stroked(mask, wide, depth, is_class), "stroke", EditPolicy(over=frozenset([Material(was)]))
            )

    def largest_wrong(self, box: tuple[slice, ...]) -> tuple[np.ndarray, int, int] | None:
        """Largest connected piece in a box that has one class and should have another; None where there is none."""
        truth, now = self.truth[box], self.data[box]
        best, most = None, LEAST_WRONG_VOXELS
        for was in np.unique(now[truth != now]):
            for should in np.unique(truth[(now == was) & (truth != now)]):
                pieces, _ = label((now == was) & (truth == should))
                sizes = np.bincount(pieces.reshape(-1))
                sizes[0] = 0
                if sizes.max() >= most:
                    best, most = (pieces == sizes.argmax(), int(should), int(was)), int(sizes.max())
        return best

    def clicked(self, at: np.ndarray, is_class: int) -> Change | None:
        """What a click near a voxel proposes."""
        click = Click(self.near(at), self.said(is_class), True)
        return RegionClicks().propose(self.data, self.volume, [click])

    def stroked(self, mask: np.ndarray, box: tuple[slice, ...], depth: np.ndarray, is_class: int) -> Change | None:
        """A stroke of a ball through the deep parts of a piece, as thick as those."""
        points = np.argwhere(mask & (depth >= 0.6 * depth.max())) + [side.start for side in box]
        chosen = [points[0]]
        while len(chosen) < 6:
            apart = np.min([np.linalg.norm(points - one, axis=1) for one in chosen], axis=0)
            if apart.max() < 2 * depth.max():
                break
            chosen.append(points[apart.argmax()])
        size = self.edited.voxel_size_um
        radius_um = float(depth.max()) * min(size)
        path = [self.near(point) for point in self.in_order(chosen)]
        return ball_stroke(path, max(radius_um, min(size)), self.said(is_class), self.data.shape, size)

    @staticmethod
    def in_order(points: list[np.ndarray]) -> list[np.ndarray]:
        """Each point after the one that is nearest to it."""
        path, left = [points[0]], list(points[1:])
        while left:
            nearest = int(np.argmin([np.linalg.norm(point - path[-1]) for point in left]))
            path.append(left.pop(nearest))
        return path

    def snap(self) -> None:
        """Try the crystal's facets."""
        size = self.edited.voxel_size_um
        try:
            change = snap_to_facets(self.data, fit_facets(self.data, size), size)
        except InputError:
            return
        self.try_out(change, "facets")

    def teach(self) -> None:
        """Paint strokes on three slices: of the crystal on each, of the other classes on the middle one."""
        painted = np.full(self.data.shape, 255, np.uint8)
        planes = np.flatnonzero((self.truth == Material.CRYSTAL).any(axis=(1, 2)))
        for number, z in enumerate(planes[[len(planes) // 4, len(planes) // 2, 3 * len(planes) // 4]]):
            for code in (int(Material.CRYSTAL),) if number != 1 else np.unique(self.truth[z]):
                inside = binary_erosion(self.truth[z] == code, iterations=2)
                points = np.argwhere(inside if inside.any() else self.truth[z] == code)
                ends = points[self.rng.integers(len(points), size=3)]
                path = [self.near(np.array([z, *end])) for end in ends]
                size = self.edited.voxel_size_um
                stroke = ball_stroke(path, 1.5 * min(size), self.said(int(code)), self.data.shape, size, 0)
                kept = (self.truth[stroke.box] == code) | (self.rng.random(stroke.mask.shape) < WRONG)
                painted[stroke.box][stroke.mask & kept] = stroke.labels[stroke.mask & kept]
                self.actions.append("teach")
        found = teach(self.volume, Strokes.painted(painted), self.data.copy())
        if found.change is not None and self.gain(found.change) > 0:
            self.edited.apply_edit(found.change, name="Teach")

    def near(self, at: np.ndarray) -> tuple[int, int, int]:
        """Where the hand really is."""
        moved = np.rint(np.asarray(at) + self.rng.normal(0, JITTER_VOXELS, 3)).astype(int)
        z, y, x = (int(n) for n in np.clip(moved, 0, np.array(self.data.shape) - 1))
        return z, y, x

    def slips(self) -> bool:
        """Whether this is the one action in twenty that goes wrong."""
        return bool(self.rng.random() < WRONG)

    def said(self, code: int) -> int:
        """The class, or a wrong one."""
        return int(self.rng.choice([c for c in range(4) if c != code])) if self.slips() else code

    def gain(self, change: Change, policy: EditPolicy = EVERYTHING) -> int:
        """By how many voxels more are right after a change."""
        allowed = policy.allowed(change, self.data)
        truth, now = self.truth[change.box], self.data[change.box]
        return int(np.sum((change.labels == truth)[allowed])) - int(np.sum((now == truth)[allowed]))

    def try_out(self, change: Change | None, name: str, policy: EditPolicy = EVERYTHING) -> bool:
        """Look at a preview, and keep it where it mends more than it spoils."""
        better = change is not None and self.gain(change, policy) > 0
        if change is not None and better != self.slips():
            self.make(change, name, policy)
            return better
        self.actions.append(f"{name}, dropped")
        return False

    def make(self, change: Change, name: str, policy: EditPolicy = EVERYTHING) -> None:
        """Edit the labels."""
        self.edited.apply_edit(change, policy=policy, name=name)
        self.actions.append(name)


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
    parser.add_argument("--size", type=int, default=64)
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
