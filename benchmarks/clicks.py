"""Measure what clicks mend: by the network that takes them, and by rules alone.

    python benchmarks/clicks.py FOLDER [--cases 4] [--seed 71993] [--size 96] [--clicks 4] [--standin FOLDER]

Labels of simulated cases that are wrong, the automatic ones and damaged true ones, and the automatic ones of stand-in
tomograms where a folder of such is given (NAME.tif beside NAME_labels.tif), are clicked right. Each click goes beside
the middle of the largest wrong piece that was not tried, one of crystal three times as large as it is, off by a
Gaussian of 1.5 voxels along each axis; the class is right, and a preview with which more would be wrong is dropped.
Printed are crystal Dice before and after each click, previews dropped, and seconds a click.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from robot import JITTER_VOXELS, dice
from scipy.ndimage import distance_transform_edt, label
from simulated_cases import SimulatedCase

from napari_crystalseg.io import open_labels, open_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.review.tools.clicks.click import Click
from napari_crystalseg.review.tools.clicks.network_clicks import NetworkClicks
from napari_crystalseg.review.tools.clicks.region_clicks import RegionClicks
from napari_crystalseg.volume import Volume
from review import badly_damaged

WAYS = {"network": NetworkClicks(), "rules": RegionClicks()}
LEAST_CRYSTAL, LEAST_WRONG = 200, 8
PIECES = 3
"""Largest of each pair of classes that are thought about."""
ASIDE_VOXELS = 3
"""A piece whose middle is no further from one that was clicked was tried."""


def next_click(
    data: np.ndarray, truth: np.ndarray, tried: list[np.ndarray], rng: np.random.Generator
) -> tuple[Click, np.ndarray] | None:
    """Return a click into a wrong piece and the piece's middle; None where all large ones were tried."""
    pieces: list[tuple[int, np.ndarray, int]] = []
    for was in Material:
        for should in Material:
            parts, number = label((data == was) & (truth == should) & (was != should))
            sizes = np.bincount(parts.reshape(-1), minlength=number + 1)[1:]
            weight = 3 if Material.CRYSTAL in (was, should) else 1
            pieces += [
                (int(sizes[part]) * weight, parts == part + 1, int(should))
                for part in np.argsort(sizes)[-PIECES:]
                if sizes[part] >= LEAST_WRONG
            ]
    for _, mask, should in sorted(pieces, key=lambda piece: -piece[0]):
        depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1, 1:-1]
        middle = np.array(np.unravel_index(depth.argmax(), depth.shape))
        if all(np.linalg.norm(middle - other) >= ASIDE_VOXELS for other in tried):
            hand = np.rint(middle + rng.normal(0, JITTER_VOXELS, 3)).astype(int)
            z, y, x = (int(at) for at in np.clip(hand, 0, np.array(data.shape) - 1))
            return Click((z, y, x), should), middle
    return None


def clicked(way: str, start: np.ndarray, truth: np.ndarray, volume: Volume, clicks: int, seed: int) -> list[float]:
    """Return crystal Dice before and after each click, how many previews were dropped, and seconds a click."""
    rng, data, tried = np.random.default_rng(seed), start.copy(), list[np.ndarray]()
    overlaps, dropped, seconds = [dice(data, truth)], 0, 0.0
    for _ in range(clicks):
        found = next_click(data, truth, tried, rng)
        if found is not None:
            began = time.perf_counter()
            change = WAYS[way].propose(data, volume, [found[0]])
            seconds += time.perf_counter() - began
            after = data.copy()
            if change is not None:
                after[change.box][change.mask] = change.labels[change.mask]
            if np.count_nonzero(after != truth) < np.count_nonzero(data != truth):
                data = after
            else:
                tried.append(found[1])
                dropped += change is not None
        overlaps.append(dice(data, truth))
    return [*overlaps, dropped, seconds / clicks]


def starts(given: argparse.Namespace) -> Iterator[tuple[str, Volume, np.ndarray, np.ndarray]]:
    """Yield a kind of labels, the volume, the truth and the labels to click right."""
    from napari_crystalseg.segmentation import segment

    for number in range(given.cases):
        case = SimulatedCase.made(given.folder, number, given.seed, given.size)
        if np.count_nonzero(case.truth.data == Material.CRYSTAL) >= LEAST_CRYSTAL:
            yield "automatic", case.volume, case.truth.data, case.automatic
            yield "damaged", case.volume, case.truth.data, badly_damaged(case.truth.data, given.seed + number)
    for path in sorted(given.standin.glob("*_labels.tif")) if given.standin else ():
        volume = open_volume(path.with_name(path.name.replace("_labels", "")))
        truth = Labels(open_labels(path).data, volume.voxel_size_um or (1.0, 1.0, 1.0))
        yield f"stand-in {path.name[0]}", volume, truth.data, segment(volume).labels.data


def main() -> None:
    """Click all labels right, and print the means of each kind."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=4)
    parser.add_argument("--seed", type=int, default=71993)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--clicks", type=int, default=4)
    parser.add_argument("--standin", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    results: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for number, (kind, volume, truth, start) in enumerate(starts(given)):
        volume = Volume(volume.data, volume.voxel_size_um or (1.0, 1.0, 1.0), volume.quantity, volume.provenance)
        for way in WAYS:
            results[kind, way].append(clicked(way, start, truth, volume, given.clicks, number))
            print(kind, way, [round(value, 3) for value in results[kind, way][-1]], flush=True)
    for (kind, way), rows in results.items():
        *overlaps, dropped, seconds = np.mean(rows, axis=0)
        steps = " ".join(f"{overlap:.2f}" for overlap in overlaps)
        print(f"{kind}, {len(rows)}, {way}: Dice {steps}; {dropped:.1f} previews dropped; {seconds:.2f} s a click")


if __name__ == "__main__":
    main()
