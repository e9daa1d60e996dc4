"""Measure the ranked list of places on simulated samples: what its first rows hold, and whether its bound is true.

    python benchmarks/places.py FOLDER [--cases 40] [--seed 40407] [--size 64]

FOLDER gets the cases and, in ``places.jsonl``, a line for each review as it is done; what is there is not made again.
The seed must not be that of ``scripts/places_calibration.py``. Each case is reviewed three times: the automatic result,
the automatic result damaged, and the truth damaged (``testing/damage.py``); with the network's probabilities and the
volume, with its uncertainty alone, and with nothing but the labels.

A place is mended in three ways: the voxels of its mask become what is true, or those within two voxels of the mask
(what a careful stroke mends), or its box and two voxels more (what a person mends who looks at the place). The error is
the mean |ΔA|/A between the labels and the truth. The bound is for what lies outside of the strokes.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from simulated_cases import VARIANTS, SimulatedCase

from napari_crystalseg.absorption import Directions, EditMeter
from napari_crystalseg.errors import InputError
from napari_crystalseg.review.places.candidates.candidate import Candidate
from napari_crystalseg.review.places.place import Place
from napari_crystalseg.review.places.place_list import PlaceList
from napari_crystalseg.review.places.place_stroke import stroke_about
from napari_crystalseg.review.places.ranking import rank_places

EVIDENCE = ("network", "uncertainty", "labels")
MEASURES = ("mask", "stroke", "box")
TICKS = (0, 3, 10)
ROWS = 10
LEAST_PERCENT = 0.5
"""Reviews with less wrong than so much are left out of the shares: there is nothing to find."""


def reviewed(case: SimulatedCase, variant: int, evidence: str) -> dict[str, Any] | None:
    """Rank the places of one variant and mend the first; None where there is no crystal to review."""
    labels = case.labels(variant)
    if labels is None:
        return None
    found = {
        "network": {"volume": case.volume, "probabilities": case.probabilities},
        "uncertainty": {"uncertainty": case.uncertainty},
        "labels": {},
    }[evidence]
    coefficients, directions = case.coefficients(variant), Directions.over_sphere(300)
    places = rank_places(labels, coefficients, directions, **found)
    # Rays of the truth see every state of the labels alike.
    meter = EditMeter(case.truth, coefficients, directions, reflections=100, points=400)
    box_share = np.mean(_mended(np.zeros(labels.shape, bool), np.ones(labels.shape, bool), places, ROWS, "box"))
    return {
        "case": case.number,
        "variant": variant,
        "evidence": evidence,
        "places": len(places),
        "stop": asdict(places.stop_line),
        "bounds": [places.remains_percent(range(min(ticks, len(places)))) for ticks in TICKS],
        "boxes_of_field": float(box_share),
        "remains": {
            measure: [_error(meter, _mended(labels.data, case.truth.data, places, ticks, measure)) for ticks in TICKS]
            for measure in MEASURES
        },
        "rows": [[place.reason, round(place.doubt, 3), round(place.effect_percent, 3)] for place in places.places],
    }


def _mended(data: np.ndarray, truth: np.ndarray, places: PlaceList, rows: int, measure: str) -> np.ndarray:
    now = data.copy()
    for place in places.places[:rows]:
        box, mask = region(place, data.shape, measure)
        now[box][mask] = truth[box][mask]
    return now


def region(place: Place | Candidate, shape: tuple[int, int, int], measure: str) -> tuple[tuple[slice, ...], np.ndarray]:
    """What is mended of a place: a box along (z, y, x) and a mask in it."""
    if measure == "mask":
        return place.box, place.mask
    box, mask = stroke_about(place.box, place.mask, shape)
    return box, mask if measure == "stroke" else np.ones_like(mask)


def _error(meter: EditMeter, data: np.ndarray) -> float:
    try:
        return 100 * meter.effect((0, 0, 0), data).mean_relative_change
    except InputError:  # no crystal is left
        return 100.0


def reviews(
    folder: Path, cases: int, seed: int, size: int, evidence: tuple[str, ...], variants: tuple[int, ...]
) -> Iterator[dict[str, Any]]:
    """Yield all reviews, those from the file first."""
    kept = folder / "places.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    done = {(line["case"], line["variant"], line["evidence"]) for line in lines}
    yield from (line for line in lines if line["case"] < cases and "bounds" in line)
    for number in range(cases):
        wanted = [(v, e) for v in variants for e in evidence if (number, v, e) not in done]
        if not wanted:
            continue
        case = SimulatedCase.made(folder, number, seed, size)
        for variant, kind in wanted:
            found = reviewed(case, variant, kind)
            line = found or {"case": number, "variant": variant, "evidence": kind}
            with kept.open("a") as file:
                file.write(json.dumps(line) + "\n")
            if found is not None:
                yield found


def share_held(some: list[dict[str, Any]], measure: str) -> str:
    """Say what part of the error the first rows hold: of all reviews together, and the median review's."""
    errors = np.array([one["remains"][measure] for one in some])
    shares = 1 - errors[:, -1] / errors[:, 0]
    pooled = 1 - errors[:, -1].sum() / errors[:, 0].sum()
    return f"{measure} {100 * pooled:.0f} % (median {100 * np.median(shares):.0f} %)"


def coverage(some: list[dict[str, Any]]) -> Iterator[str]:
    """Say how often the bound held after some rows, and how wide it is: the worse of strokes and boxes counts."""
    for number, ticks in enumerate(TICKS):
        promised = [one for one in some if one["bounds"][number] is not None]
        if not promised:
            yield f"after {ticks}: nothing promised in {len(some)}"
            continue
        errors = [max(one["remains"][measure][number] for measure in ("stroke", "box")) for one in promised]
        ratios = np.array(
            [one["bounds"][number] / max(error, 1e-3) for one, error in zip(promised, errors, strict=True)]
        )
        held = int((ratios >= 1).sum())
        yield (
            f"after {ticks}: held in {held} of {len(promised)}, refused {len(some) - len(promised)}, "
            f"bound/error {np.median(ratios):.1f}"
        )


def summary(found: list[dict[str, Any]], evidence: tuple[str, ...]) -> Iterator[str]:
    """Say all that was found, a line for each kind of review."""
    for kind in evidence:
        for variant, name in enumerate(VARIANTS):
            some = [one for one in found if one["evidence"] == kind and one["variant"] == variant]
            wrong = [one for one in some if one["remains"]["mask"][0] >= LEAST_PERCENT]
            if not some:
                continue
            yield f"{kind}; {name}: {len(some)} reviews, {len(wrong)} of them wrong by {LEAST_PERCENT} % or more"
            if wrong:
                yield f"  first {ROWS} rows hold: " + ", ".join(share_held(wrong, measure) for measure in MEASURES)
                boxes = np.median([one["boxes_of_field"] for one in wrong])
                yield f"  their boxes fill {100 * boxes:.0f} % of the field"
            yield from (f"  bound {line}" for line in coverage(some))


def main() -> None:
    """Make the cases, review them, and print what was found."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--seed", type=int, default=40407)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--evidence", nargs="+", choices=EVIDENCE, default=EVIDENCE)
    parser.add_argument("--variants", nargs="+", type=int, choices=range(3), default=range(3), help="0: automatic, ...")
    given = parser.parse_args()
    evidence = tuple(given.evidence)
    variants = tuple(given.variants)
    found = list(reviews(given.folder, given.cases, given.seed, given.size, evidence, variants))
    print("\n".join(summary(found, evidence)))


if __name__ == "__main__":
    main()
