"""Fit the doubt about regions of labels, and the stop line, to simulated samples of which the truth is known.

    python scripts/places_calibration.py FOLDER [--cases 50] [--seed 88107] [--size 72] [--write]

FOLDER gets the cases (scan, volume, truth) and what the bundled model makes of them; what is there is not made again.
Each case is reviewed twice: the automatic result, and the truth damaged (``testing/damage.py``). Everything is
fitted to all of these cases, so that how well it does is for ``benchmarks/places.py`` to say, on cases of another seed.
``--write`` writes ``review/places/calibrated.py``.

The bound is a sum of four terms (``StopLine.terms``) times a factor. Weights, and the limit of doubt inside the crystal
beyond which nothing is promised, are those with the tightest bounds, a refusal counted as a bound of 50 %. The factor
is a quantile: weights and limit are fitted without a fifth of the cases, in turn, and of those left out, the worst
ratio of error and sum along the review is kept; so many of these ratios lie below the factor that 95 % of new reviews
are expected to (Vovk 2015, Ann. Math. Artif. Intell. 74, 9), of automatic results and of damaged labels each.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

from places import region
from simulated_cases import SimulatedCase

from napari_crystalseg.absorption import Directions, EditMeter
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.review.places.doubt import NAMES
from napari_crystalseg.review.places.evidence import Evidence
from napari_crystalseg.review.places.ranking import MOST_PLACES, measured_stop_line
from napari_crystalseg.review.places.selection import chosen_rows
from napari_crystalseg.review.places.stop_line import (
    MOST_BOUND_PERCENT,
    UNSURE_OF_CRYSTAL,
    UNSURE_OF_SAMPLE,
    StopLine,
)
from napari_crystalseg.review.places.weighing import QUICK, Doubted, weighed_regions

ROOT = Path(__file__).resolve().parent.parent
TICKS = (0, 3, 10, MOST_PLACES)
COVERAGE = 0.95
FOLDS = 5
VARIANTS = (0, 2)
"""Of ``simulated_cases.VARIANTS``."""
LIMITS = (0.05, 0.06, 0.07)
"""By hand: networks that were surely wrong about the crystal's size were mostly beyond."""
CODES = tuple(range(len(Material)))
NO_NETWORK = -1.5
"""Weight of that nothing is known, by hand: such surfaces are doubted by 0.15."""


def reviewed(case: SimulatedCase, variant: int) -> dict[str, Any] | None:
    """Doubt everything about one variant of a case; None where it has no crystal to review."""
    labels = case.labels(variant)
    if labels is None:
        return None
    mu, directions = case.coefficients(variant), Directions.over_sphere(300)
    evidence = Evidence.gathered(labels, case.volume, None, case.probabilities, CODES)
    quick = EditMeter(labels, mu, directions, **QUICK)
    found = weighed_regions(evidence, labels, CODES, quick)
    truth = case.truth.data
    return {
        "case": case.number,
        "variant": variant,
        "labels": labels.data,
        "truth": truth,
        "voxel_size_um": labels.voxel_size_um,
        "mu": mu,
        "stop": measured_stop_line(evidence, labels, quick, 0.0),
        "doubted": found,
        "wrong": [
            float(np.mean(truth[one.candidate.box][one.candidate.mask] != one.candidate.from_label)) for one in found
        ],
        "sample_doubt": float(evidence.wrong[evidence.labels > 0].mean()),
    }


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
    found[NAMES.index("no network")] = NO_NETWORK
    return tuple(round(float(one), 3) for one in found)


@dataclass(frozen=True)
class Followed:
    """What the terms of the bound and the error were while the first places of a review were mended.

    Parameters
    ----------
    case, variant : int
        Which review.
    stop : StopLine
        Its stop line, with what is in no place.
    sample_doubt : float
        Mean doubt over the sample.
    at_stake, errors : tuple of float
        What is at stake in the places left, %, and the error, %, after each of :data:`TICKS`.
    """

    case: int
    variant: int
    stop: StopLine
    sample_doubt: float
    at_stake: tuple[float, ...]
    errors: tuple[float, ...]

    @property
    def terms(self) -> np.ndarray:
        """Terms of the bound, shape (tick, 4)."""
        return np.array([self.stop.terms(one) for one in self.at_stake])

    def promised(self, limit: float) -> bool:
        """Whether a bound is drawn with this limit of doubt inside the crystal."""
        fitted = (None, UNSURE_OF_CRYSTAL, UNSURE_OF_SAMPLE)
        return self.stop.refusal in fitted and self.stop.crystal_doubt <= limit


def followed(record: dict[str, Any], weights: tuple[float, ...]) -> Followed:
    """Mend the places one after the other, and measure what remains each time: the worse of strokes and boxes."""
    again = []
    for one in record["doubted"]:
        doubt = one.doubt if one.candidate.to_label is None else one.signs.doubt(weights)
        again.append(Doubted(one.candidate, one.signs, doubt, one.effect_percent))
    labels, true = record["labels"], record["truth"]
    rows, unlisted = chosen_rows(again, MOST_PLACES, labels.shape)
    # Mended labels against the truth: rays of the truth see every state alike.
    truth = Labels(true, record["voxel_size_um"])
    meter = EditMeter(truth, record["mu"], Directions.over_sphere(300), reflections=60, points=300)
    errors = []
    for ticks in TICKS:
        worst = 0.0
        for measure in ("stroke", "box") if ticks else ("stroke",):
            now = labels.copy()
            for row in rows[:ticks]:
                box, mask = region(row.doubted.candidate, labels.shape, measure)
                now[box][mask] = true[box][mask]
            try:
                worst = max(worst, 100 * meter.effect((0, 0, 0), now).mean_relative_change)
            except InputError:
                worst = 100.0
        errors.append(worst)
    at_stake = tuple(sum(row.gain_percent for row in rows[ticks:]) for ticks in TICKS)
    old = record["stop"]
    stop = StopLine(old.shell_percent, old.surface_doubt, old.crystal_doubt, unlisted, old.refusal)
    return Followed(record["case"], record["variant"], stop, record["sample_doubt"], at_stake, tuple(errors))


def fitted_terms(some: list[Followed]) -> np.ndarray:
    """Weights of the terms, none negative, of the narrowest bound that holds as often: their sum nine times out of ten.

    The least mean logarithm of the sum over the first ticks, and mean of the largest tenth of the logarithms of the
    worst ratios of error and sum.
    """
    from scipy.optimize import minimize

    terms = np.array([one.terms for one in some])
    error = np.log(np.maximum([one.errors for one in some], 0.02))
    tail = max(2, int(np.ceil(0.1 * len(some))))

    def loss(logarithms: np.ndarray) -> float:
        scale = np.log(terms @ np.exp(logarithms) + 1e-6)
        worst = np.sort((error - scale).max(axis=1))[-tail:]
        # The last term fixes what changes nothing: a factor of all weights.
        return float(worst.mean() + scale[:, :-1].mean() + 1e-3 * np.mean(logarithms**2))

    starts = [np.log([a, b, c, d]) for a in (0.3, 1) for b in (0.1, 1) for c in (0.1, 1) for d in (0.003, 0.1)]
    tried = [minimize(loss, start, method="Nelder-Mead", options={"maxiter": 1500}) for start in starts]
    weights = np.exp(min(tried, key=lambda found: found.fun).x)
    return weights * float(np.quantile([worst_ratio(one, weights) for one in some], 0.9))


def worst_ratio(one: Followed, weights: np.ndarray) -> float:
    """Largest ratio of error and sum of the terms along a review."""
    return float(np.max(np.array(one.errors) / (one.terms @ weights + 1e-6)))


def rank_of(ratios: list[float]) -> float:
    """The ratio that 95 % of new ones are expected to lie below; the largest where there are too few to tell."""
    rank = min(int(np.ceil(COVERAGE * (len(ratios) + 1))), len(ratios))
    return sorted(ratios)[rank - 1]


def fitted_limit(some: list[Followed]) -> tuple[np.ndarray, float]:
    """Return the weights of the terms and the limit of doubt inside the crystal that make the tightest bounds."""
    best, least = None, np.inf
    for limit in LIMITS:
        promised = [one for one in some if one.promised(limit)]
        if len(promised) < len(some) / 2:
            continue
        weights = fitted_terms(promised)
        factor = rank_of([worst_ratio(one, weights) for one in promised])
        bounds = [
            min(factor * float(one.terms[0] @ weights), MOST_BOUND_PERCENT)
            if one.promised(limit)
            else MOST_BOUND_PERCENT
            for one in some
        ]
        width = float(np.mean(np.log(bounds)))
        if width < least:
            best, least = (weights, limit), width
    if best is None:
        raise SystemExit("Too few of the cases can be promised anything; make more.")
    return best


def fitted_stop_line(some: list[Followed]) -> tuple[float, np.ndarray, float]:
    """Return the factor, the weights of the terms and the limit of doubt inside the crystal."""
    ratios: dict[bool, list[float]] = {True: [], False: []}
    for fold in range(FOLDS):
        weights, limit = fitted_limit([one for one in some if one.case % FOLDS != fold])
        print(f"  fold {fold}: limit {limit:g}, weights {np.round(weights, 3)}", flush=True)
        for one in some:
            if one.case % FOLDS == fold and one.promised(limit):
                ratios[one.variant == 0].append(worst_ratio(one, weights))
    for automatic, kind in ratios.items():
        name = "automatic" if automatic else "damaged"
        print(f"  {name}: largest of {len(kind)} ratios {np.round(sorted(kind)[-4:], 2)}")
    weights, limit = fitted_limit(some)
    return max(rank_of(kind) for kind in ratios.values() if kind), weights, limit


def check_doubt(records: list[dict[str, Any]], weights: tuple[float, ...]) -> None:
    """Print what was said of regions and how much of them was wrong, by what was said."""
    said = np.array([one.signs.doubt(weights) for record in records for one in record["doubted"]])
    wrong = np.array([share for record in records for share in record["wrong"]])
    for low, high in pairwise((0, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.01)):
        here = (said >= low) & (said < high)
        if here.any():
            print(f"  said {said[here].mean():.2f}, wrong {wrong[here].mean():.2f}, of {here.sum()} regions")


def module(
    doubt: tuple[float, ...], factor: float, terms: np.ndarray, limit: float, sample_doubt: float, about: str
) -> str:
    """Text of ``review/places/calibrated.py``."""
    numbers = (
        ("WEIGHTS", doubt, "Weights of the signs in the logistic function of the doubt, as :data:`.doubt.NAMES`."),
        ("FACTOR", np.ceil(100 * factor) / 100, "By what the expected change is multiplied to make the bound."),
        ("STAKE_WEIGHT", terms[0], "Weight of what is at stake in all places that are open, listed or not."),
        ("SHELL_WEIGHT", terms[1], "Voxels by which all surfaces of the crystal may be shifted together."),
        ("SHELL_DOUBT_WEIGHT", terms[2], "By what the mean doubt at the crystal's surface adds to that."),
        ("CRYSTAL_DOUBT_WEIGHT", terms[3], "Weight of the mean doubt, %, inside the crystal."),
        ("MOST_CRYSTAL_DOUBT", limit, "Mean doubt inside the crystal beyond which nothing is promised."),
        ("MOST_SAMPLE_DOUBT", sample_doubt, "Mean doubt over the sample beyond which no bound was tried."),
    )
    lines = [
        '"""Numbers that ``scripts/places_calibration.py`` fits to simulated samples; it writes this file.',
        "",
        about,
    ]
    lines += ['"""', ""]
    for name, value, what in numbers:
        shown = value if isinstance(value, tuple) else f"{float(value):.4g}"
        lines += [f"{name} = {shown}", f'"""{what}"""', ""]
    return "\n".join(lines)


def main() -> None:
    """Make the cases, review them, fit, and print."""
    import warnings

    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=50)
    parser.add_argument("--seed", type=int, default=88107)
    parser.add_argument("--size", type=int, default=72)
    parser.add_argument("--write", action="store_true", help="write the numbers into the package")
    given = parser.parse_args()
    records = []
    for number in range(given.cases):
        kept = [given.folder / f"review_{number:04d}_{variant}.pkl" for variant in VARIANTS]
        if not all(path.exists() for path in kept):
            case = SimulatedCase.made(given.folder, number, given.seed, given.size)
            for variant, path in zip(VARIANTS, kept, strict=True):
                if not path.exists():
                    path.write_bytes(pickle.dumps(reviewed(case, variant)))
            print(f"case {number}", flush=True)
        records += [record for path in kept if (record := pickle.loads(path.read_bytes())) is not None]
    doubt = fitted_doubt(records)
    print(f"doubt, of {len(records)} reviews:")
    check_doubt(records, doubt)
    some = [followed(record, doubt) for record in records]
    print("stop line:")
    factor, terms, limit = fitted_stop_line(some)
    about = (
        f"Last fitted to {len(records)} reviews of {given.cases} cases, {given.size} voxels a side, seed {given.seed}."
    )
    text = module(doubt, factor, terms, limit, max(one.sample_doubt for one in some), about)
    print(text)
    if given.write:
        (ROOT / "src/napari_crystalseg/review/places/calibrated.py").write_text(text)


if __name__ == "__main__":
    main()
