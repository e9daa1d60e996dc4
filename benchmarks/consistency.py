"""How often a right scan is refused, and what is said of wrong ones: scans held against their own angles.

    python benchmarks/consistency.py [--scans 208] [--discs 60] [--seed 5] [--size 48] [--wrong-every 4]

Samples are those of the product's own simulator with its wide priors. Each is scanned four times: as simulated, with
fringes, noise, run-out and drift; and by absorption alone in a way of its own: over 360°, with a part of the turn
missing, cut off by the field, as a half acquisition, with a drift, faint, or opaque. Beside them are random discs. Each
is held against its angles, and some against wrong ones.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator

import numpy as np

from napari_crystalseg.scan import Scan
from napari_crystalseg.simulation.simulate import simulate_case
from napari_crystalseg.tomography.preprocessing.flat_field import FlatField
from napari_crystalseg.tomography.scan_checks.consistency import Consistency, check_consistency

WAYS = ("plain", "full turn", "missing wedge", "cut off", "half acquisition", "drift", "faint", "opaque")


def projected(labels: np.ndarray, angles_deg: np.ndarray) -> np.ndarray:
    """Line integrals, shape (angle, row, column), of attenuation (z, y, x) that turns about z."""
    from scipy.ndimage import rotate

    return np.stack(
        [rotate(labels, angle, axes=(1, 2), reshape=False, order=1).sum(axis=1) for angle in angles_deg]
    ).astype(np.float32)


def scanned(labels: np.ndarray, way: str, rng: np.random.Generator) -> Scan:
    """Scan true labels by absorption alone, with counting noise."""
    from scipy.ndimage import shift

    turn = {"full turn": 360.0, "half acquisition": 360.0, "missing wedge": 180 - rng.uniform(10, 70)}.get(way, 180.0)
    count = int(rng.integers(60, 150))
    angles = rng.uniform(-180, 180) + np.arange(count) * turn / count
    mu = np.concatenate([[0.0], rng.uniform(0.3, 1.0, 4)])[np.minimum(labels, 4)]
    lines = projected(mu, angles)
    most = {"faint": 10 ** rng.uniform(-2, -1), "opaque": rng.uniform(4, 9)}.get(way, 10 ** rng.uniform(-0.7, 0.5))
    lines *= most / np.percentile(lines, 99.9)
    if way == "drift":
        path = rng.normal(0, 2, 2)
        moments = np.linspace(0, 1, count)
        lines = np.stack([shift(frame, path * at, order=1) for frame, at in zip(lines, moments, strict=True)])
    width = lines.shape[2]
    if way == "cut off":
        lines = lines[:, :, width // 4 : -(width // 4)]
    if way == "half acquisition":
        lines = lines[:, :, width // 2 - int(rng.integers(4, 10)) :]
    gain = 10 ** rng.uniform(3, 4.7) * (1 + 0.1 * np.sin(np.arange(lines.shape[2]) / 7))

    def seen(of_beam: np.ndarray) -> np.ndarray:
        return (rng.poisson(gain * of_beam) + rng.normal(100, 2, of_beam.shape)).round().clip(0, 65534).astype("u2")

    blank = (10, *lines.shape[1:])
    return Scan(seen(np.exp(-lines)), seen(np.ones(blank)), seen(np.zeros(blank)), angles)


def simulated_scans(count: int, seed: int, size: int) -> Iterator[Scan]:
    for case in range(-(-count // 4)):
        one = simulate_case(seed, case, size=size, wide=True)
        rng = np.random.default_rng([seed, case, 1])
        yield one.scan
        for place in range(3):
            yield scanned(np.asarray(one.labels.data), WAYS[(3 * case + place) % len(WAYS)], rng)


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


def in_order(scan: Scan, order: np.ndarray) -> Scan:
    return Scan(scan.projections[order], scan.flats, scan.darks, scan.angles_deg)


def wrong(scan: Scan) -> Iterator[tuple[str, Scan]]:
    """The scan with other angles, and with frames in another order."""
    angles, count = scan.angles_deg, len(scan.angles_deg)
    place, tenth = np.arange(count), count // 10
    yield "angles at random", with_angles(scan, np.random.default_rng(0).permutation(angles))
    yield "degrees for radians", with_angles(scan, np.rad2deg(angles))
    yield "radians for degrees", with_angles(scan, np.deg2rad(angles))
    yield "twice as large", with_angles(scan, 2 * angles)
    yield "gradians for degrees", with_angles(scan, angles / 0.9)
    yield "degrees for gradians", with_angles(scan, angles * 0.9)
    yield "axis along the rows", scan.transposed()
    middle = slice(count // 3, count // 3 + tenth)
    reversed_block = place.copy()
    reversed_block[middle] = place[middle][::-1]
    yield "a tenth reversed", in_order(scan, reversed_block)
    parts = (place[:tenth], place[2 * tenth : 3 * tenth], place[tenth : 2 * tenth], place[3 * tenth :])
    yield "two tenths exchanged", in_order(scan, np.concatenate(parts))
    swapped = place.copy()
    swapped[: count // 2 * 2] = place[: count // 2 * 2].reshape(-1, 2)[:, ::-1].ravel()
    yield "each with the next", in_order(scan, swapped)
    yield "from the middle on", in_order(scan, np.roll(place, count // 2))
    yield "five frames repeated", in_order(scan, np.sort(np.append(place[:-5], place[count // 2 : count // 2 + 5])))


def rates(scans: Iterator[Scan], every: int) -> None:
    """Print what is said of right scans and, for some of them, of wrong ones."""
    right, said = Counter[str](), dict[str, Counter[str]]()
    for number, scan in enumerate(scans):
        found = check_consistency(FlatField.of(scan))
        right[_verdict(found)] += 1
        if found.fault is not None:
            print(f"  right scan {number} refused: {found.fault}")
        if number % every:
            continue
        for what, spoilt in wrong(scan):
            said.setdefault(what, Counter())[_verdict(check_consistency(FlatField.of(spoilt)))] += 1
    print(f"  {right.total()} right scans: {_listed(right)}")
    for what, verdicts in said.items():
        print(f"  {what:22} {_listed(verdicts)}")


def _verdict(found: Consistency) -> str:
    return "refused" if found.fault is not None else "passed" if found.unjudged is None else "not judged"


def _listed(verdicts: Counter[str]) -> str:
    return ", ".join(f"{verdicts[one]} {one}" for one in ("refused", "passed", "not judged"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=208)
    parser.add_argument("--discs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--size", type=int, default=48)
    parser.add_argument("--wrong-every", type=int, default=4)
    chosen = parser.parse_args()
    print("simulated samples", flush=True)
    rates(simulated_scans(chosen.scans, chosen.seed, chosen.size), chosen.wrong_every)
    print("random discs", flush=True)
    rates((random_scan(seed) for seed in range(chosen.discs)), chosen.wrong_every)
