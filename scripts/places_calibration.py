"""Fit the doubt about regions of labels, and the stop line, to simulated samples of which the truth is known.

    python scripts/places_calibration.py FOLDER [--cases 90] [--seed 88107] [--size 72] [--held-out 30]

FOLDER gets the cases (scan, volume, truth) and what the bundled model makes of them; what is there is not made again.
Each case is reviewed three times: the automatic result, the automatic result damaged, and the truth damaged
(``testing/damage.py``). Printed are the constants of ``review/places/doubt.py`` and ``review/places/stop_line.py``,
fitted to all cases but the last ``--held-out``, and how both do on those.
"""

from __future__ import annotations

import argparse
import pickle
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from napari_crystalseg.absorption import Coefficients, Directions, EditMeter
from napari_crystalseg.errors import InputError
from napari_crystalseg.io import open_labels, open_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.review.places.doubt import NAMES
from napari_crystalseg.review.places.evidence import Evidence
from napari_crystalseg.review.places.ranking import MOST_PLACES, measured_stop_line
from napari_crystalseg.review.places.selection import without_overlap
from napari_crystalseg.review.places.stop_line import FACTOR
from napari_crystalseg.review.places.weighing import QUICK, Doubted, weighed_regions
from napari_crystalseg.simulation.series.case_folder import case_path
from napari_crystalseg.testing.damage import damaged, drawn_kinds

VARIANTS = ("automatic", "automatic, damaged", "truth, damaged")
TICKS = (0, 3, 10, MOST_PLACES)
COVERAGE = 0.975
CODES = tuple(range(len(Material)))


def made(folder: Path, case: int, seed: int, size: int) -> Path:
    """Simulate and segment a case, unless that was done."""
    from napari_crystalseg.segmentation import segment
    from napari_crystalseg.simulation.requests.case_request import CaseRequest
    from napari_crystalseg.simulation.simulate import simulate

    (path,) = simulate(folder, 1, CaseRequest(seed, angles=90, size=size), first=case)
    result = path / "seg.pkl"
    if not result.exists():
        found = segment(open_volume(path / "volume.tif"), keep_probabilities=True)
        result.write_bytes(pickle.dumps((found.labels.data, found.uncertainty, found.probabilities)))
    return path


def drawn_coefficients(rng: np.random.Generator, labels: Labels) -> Coefficients:
    """Coefficients with which the crystal takes away 10 to 80 % of a beam along its diameter."""
    diameter_um = (6 / np.pi * np.count_nonzero(labels.data == 3) * labels.voxel_volume_um3) ** (1 / 3)
    crystal = -np.log(1 - rng.uniform(0.1, 0.8)) / diameter_um
    liquor, loop = crystal * rng.uniform(0.5, 1.1), crystal * rng.uniform(0.3, 1.0)
    crystal, liquor, loop = (min(float(one), 1.0) for one in (crystal, liquor, loop))
    return Coefficients(liquor=liquor, loop=loop, crystal=crystal, other=0.0)


def reviewed(path: Path, case: int, variant: int) -> dict[str, Any] | None:
    """Doubt everything about one variant of a case; None where it has no crystal to review."""
    rng = np.random.default_rng([case, variant, 5])
    truth, volume = open_labels(path / "labels.tif"), open_volume(path / "volume.tif")
    automatic, _, probabilities = pickle.loads((path / "seg.pkl").read_bytes())
    data = truth.data if variant == 2 else automatic
    if np.count_nonzero(truth.data == 3) < 200 or np.count_nonzero(data == 3) < 100:
        return None
    if variant:
        data, _ = damaged(data, drawn_kinds(rng), int(rng.integers(2**31)))
    labels = Labels(data, truth.voxel_size_um)
    mu, directions = drawn_coefficients(rng, truth), Directions.over_sphere(300)
    evidence = Evidence.gathered(labels, volume, None, probabilities, CODES)
    quick = EditMeter(labels, mu, directions, **QUICK)
    found = weighed_regions(evidence, labels, CODES, quick)
    return {
        "case": case,
        "variant": variant,
        "labels": data,
        "truth": truth.data,
        "voxel_size_um": truth.voxel_size_um,
        "mu": mu,
        "stop": measured_stop_line(evidence, labels, quick, 0.0),
        "doubted": found,
        "wrong": [
            float(np.mean(truth.data[one.candidate.box][one.candidate.mask] != one.candidate.from_label))
            for one in found
        ],
        "sample_doubt": float(evidence.wrong[evidence.labels > 0].mean()),
        "crystal_doubt": float(evidence.wrong[evidence.labels == 3].mean()),
        "spread": float(evidence.spread[evidence.labels > 0].mean()),
        "disagreement": float((evidence.wrong[evidence.labels > 0] > 0.5).mean()),
    }


def wrong_share(one: Doubted, truth: np.ndarray) -> float:
    """Part of the voxels of a region of which the class is wrong."""
    return float(np.mean(truth[one.candidate.box][one.candidate.mask] != one.candidate.from_label))


def fitted_doubt(records: list[dict[str, Any]]) -> tuple[float, ...]:
    """Weights of the logistic function, by the shares of wrong voxels; regions count as the root of their effect."""
    from scipy.optimize import minimize

    signs = np.array([one.signs.values for record in records for one in record["doubted"]])
    wrong = np.array([wrong for record in records for wrong in record["wrong"]])
    effect = np.array([one.effect_percent for record in records for one in record["doubted"]])
    weight = np.sqrt(np.clip(effect, 1e-3, 10))
    weight /= weight.mean()

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        at = signs @ weights
        p = 1 / (1 + np.exp(-at))
        value = np.mean(weight * (np.logaddexp(0, at) - wrong * at)) + 1e-3 * np.sum(weights[1:] ** 2)
        slope = signs.T @ (weight * (p - wrong)) / len(at)
        slope[1:] += 2e-3 * weights[1:]
        return float(value), slope

    found = minimize(loss, np.zeros(len(NAMES)), jac=True, method="L-BFGS-B").x
    return tuple(round(float(one), 3) for one in found)


def followed(record: dict[str, Any], weights: tuple[float, ...]) -> dict[str, Any]:
    """Tick the worst places one after the other, mending each, and measure what remains each time."""
    again = []
    for one in record["doubted"]:
        doubt = one.doubt if one.candidate.to_label is None else one.signs.doubt(weights)
        again.append(Doubted(one.candidate, one.signs, doubt, one.effect_percent))
    chosen, rest = without_overlap(again, MOST_PLACES)
    labels = Labels(record["labels"], record["voxel_size_um"])
    # Mended labels against the truth: rays of the truth see every state alike.
    truth = Labels(record["truth"], record["voxel_size_um"])
    meter = EditMeter(truth, record["mu"], Directions.over_sphere(300), reflections=100, points=400)
    now, rows, mended = labels.data.copy(), [], 0
    for ticks in sorted({min(ticks, len(chosen)) for ticks in TICKS}):
        for one in chosen[mended:ticks]:
            box, mask = one.candidate.box, one.candidate.mask
            now[box][mask] = record["truth"][box][mask]
        mended = ticks
        try:
            remains = 100 * meter.effect((0, 0, 0), now).mean_relative_change
        except InputError:
            remains = 100.0
        at_stake = [one.at_stake for one in chosen[ticks:]]
        rows.append((ticks, sum(at_stake), float(np.sqrt(np.sum(np.square(at_stake)))), remains))
    return {"rows": rows, "unlisted": sum(one.at_stake for one in rest)}


def check_doubt(records: list[dict[str, Any]], weights: tuple[float, ...]) -> None:
    """Print what was said of regions and how much of them was wrong, by what was said."""
    said = np.array([one.signs.doubt(weights) for record in records for one in record["doubted"]])
    wrong = np.array([share for record in records for share in record["wrong"]])
    for low, high in pairwise((0, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.01)):
        here = (said >= low) & (said < high)
        if here.any():
            print(f"  said {said[here].mean():.2f}, wrong {wrong[here].mean():.2f}, of {here.sum()} regions")


def check_stop_line(records: list[dict[str, Any]], weights: tuple[float, ...]) -> None:
    """Print in how many cases the bound held while the worst places were mended, and the factor that it would take."""
    promised = [record for record in records if record["stop"].refusal is None]
    factors = []
    for record in promised:
        path = followed(record, weights)
        stop = replace(record["stop"], unlisted_percent=path["unlisted"])
        factors.append(max(row[3] / stop.expected_percent(row[1]) for row in path["rows"]))
    held = sum(factor <= FACTOR for factor in factors)
    print(f"  held in {held} of {len(promised)}; nothing was promised in {len(records) - len(promised)} more")
    if factors:
        print(f"  factor for {100 * COVERAGE:g} % of them: {np.quantile(factors, COVERAGE, method='higher'):.2f}")


def main() -> None:
    """Make the cases, review them, fit, and print."""
    import warnings

    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=90)
    parser.add_argument("--seed", type=int, default=88107)
    parser.add_argument("--size", type=int, default=72)
    parser.add_argument("--held-out", type=int, default=30)
    given = parser.parse_args()
    for case in range(given.cases):
        path = made(given.folder, case, given.seed, given.size)
        for variant in range(len(VARIANTS)):
            kept = path / f"review_{variant}.pkl"
            if not kept.exists():
                kept.write_bytes(pickle.dumps(reviewed(path, case, variant)))
        print(f"case {case}", flush=True)
    records = [
        record
        for case in range(given.cases)
        for variant in range(len(VARIANTS))
        if (record := pickle.loads((case_path(given.folder, case) / f"review_{variant}.pkl").read_bytes())) is not None
    ]
    fitted = [record for record in records if record["case"] < given.cases - given.held_out]
    held_out = [record for record in records if record["case"] >= given.cases - given.held_out]
    weights = fitted_doubt(fitted)
    print("WEIGHTS =", weights)
    for name, some in (("fitted to", fitted), ("held out", held_out)):
        print(f"{name}: {len(some)} reviews")
        check_doubt(some, weights)
        check_stop_line(some, weights)


if __name__ == "__main__":
    main()
