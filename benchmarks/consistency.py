"""How often a right scan is refused, and a wrong one not: scans held against their own angles.

    python benchmarks/consistency.py [FOLDER] [--scans 200]

Scans are random discs with noise, and the simulated ones of a folder that ``crystalseg simulate FOLDER --n 40 --seed 5
--size 64 --priors wide`` made. Each is held against its angles, and against wrong ones.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from napari_crystalseg.io import open_scan
from napari_crystalseg.scan import Scan
from napari_crystalseg.tomography.consistency import Consistency, check_consistency
from napari_crystalseg.tomography.normalisation import FlatField

WRONG = ("at random", "in degrees for radians", "in radians for degrees", "from the middle on", "doubled")


def random_scan(seed: int) -> Scan:
    """Discs of any size, place and thickness; any axis, angles, drift, run-out, decay and noise."""
    rng = np.random.default_rng(seed)
    width, height = int(rng.integers(64, 200)), int(rng.integers(12, 40))
    turn, count = rng.choice([180, 360, 180 - rng.uniform(0, 80)]), int(rng.integers(40, 240))
    steps = np.arange(count) * turn / count if rng.random() < 0.8 else (111.2461 * np.arange(count)) % turn
    angles = rng.uniform(-180, 180) + steps
    phi = np.deg2rad(angles)[:, np.newaxis]
    centre = (width - 1) / 2 + rng.uniform(-0.1, 0.1) * width
    radius = width * (rng.uniform(0.5, 0.8) if rng.random() < 0.15 else rng.uniform(0.1, 0.42))
    off = rng.uniform(0, max(min(centre, width - 1 - centre) - radius, 0.1)) * rng.choice([0, 0.1, 1])
    turned = rng.uniform(0, 2 * np.pi)
    discs = [(off * np.cos(turned), off * np.sin(turned), radius, 1.0)]
    for _ in range(int(rng.integers(0, 5))):
        r, turned = radius * rng.uniform(0.05, 0.5), rng.uniform(0, 2 * np.pi)
        away = rng.uniform(0, radius - r)
        discs.append(
            (discs[0][0] + away * np.cos(turned), discs[0][1] + away * np.sin(turned), r, rng.uniform(-0.8, 3))
        )
    moved = rng.uniform(0, 1) * (rng.random() < 0.3) * np.linspace(0, 1, count)
    moved += rng.normal(0, 0.3, count) * (rng.random() < 0.3)
    column = (np.arange(width * 3) + 0.5) / 3 - 0.5 - centre - moved[:, np.newaxis]
    line = sum(
        2 * mu * np.sqrt(np.clip(r**2 - (column - x * np.cos(phi) + y * np.sin(phi)) ** 2, 0, None))
        for y, x, r, mu in discs
    )
    line = np.clip(line, 0, None) * 10 ** rng.uniform(-2, 1) / (2 * radius)
    row = (np.arange(height) / height - rng.uniform(0.2, 0.8)) / rng.uniform(0.3, 2)
    thickness = np.sqrt(np.clip(1 - row**2, 0, 1))[:, np.newaxis]
    share = np.exp(np.log(np.exp(-line).reshape(count, width, 3).mean(-1))[:, np.newaxis] * thickness)
    share *= (1 - 0.2 * np.linspace(0, 1, count) * (rng.random() < 0.3))[:, np.newaxis, np.newaxis]
    gain = 10 ** rng.uniform(2, 4.7) * (1 + 0.1 * np.sin(np.arange(width) / 7))

    def seen(of_beam: np.ndarray) -> np.ndarray:
        return (rng.poisson(gain * of_beam) + rng.normal(100, 2, of_beam.shape)).round().clip(0, 65534).astype("u2")

    return Scan(seen(share), seen(np.ones((10, height, width))), seen(np.zeros((10, height, width))), angles)


def with_angles(scan: Scan, angles: np.ndarray) -> Scan:
    return Scan(scan.projections, scan.flats, scan.darks, angles)


def wrong(scan: Scan) -> Iterator[tuple[str, Scan]]:
    angles = scan.angles_deg
    mistakes = (
        np.random.default_rng(0).permutation(angles),
        np.rad2deg(angles),
        np.deg2rad(angles),
        np.roll(angles, len(angles) // 2),
        2 * angles,
    )
    for what, given in zip(WRONG, mistakes, strict=True):
        yield what, with_angles(scan, given)
    yield "lying", scan.transposed()


def _is_judged(found: Consistency) -> bool:
    return found.explained is not None or found.unlike_neighbours is not None


def rates(scans: Iterator[Scan]) -> None:
    count, judged, refused, caught, of_judged = 0, 0, 0, Counter[str](), Counter[str]()
    for scan in scans:
        found = check_consistency(FlatField.of(scan))
        count += 1
        judged += _is_judged(found)
        refused += found.fault is not None
        for what, spoilt in wrong(scan):
            fault = check_consistency(FlatField.of(spoilt)).fault
            caught[what] += fault is not None
            of_judged[what] += fault is not None and _is_judged(found)
    print(f"{count} right scans: {refused} refused, {judged} could be judged")
    for what, number in caught.items():
        print(f"  {what:24} {number} of {count} refused, {of_judged[what]} of the {judged} that could be judged")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--scans", type=int, default=200)
    chosen = parser.parse_args()
    print("random discs")
    rates(random_scan(seed) for seed in range(chosen.scans))
    if chosen.folder:
        print(f"simulated, {chosen.folder}")
        rates(open_scan(file) for file in sorted(chosen.folder.glob("case_*/scan.h5")))
