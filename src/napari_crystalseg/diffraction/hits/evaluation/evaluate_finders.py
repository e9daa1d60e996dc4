"""Evaluate finders of hits: networks and peaks on the same images, at the usual flux and at less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....progress import Progress, part, silent
from ...background import random_background
from ..examples.hit_conditions import HitConditions
from ..examples.hit_example import HitExample, simulate_example
from ..hit import Hit
from ..networks.hit_networks import HitNetworks
from ..networks.pooled_image import pooled_image
from ..networks.training import fit
from ..peak_count import PeakCountHitFinder
from .confusion import Confusion
from .spot_score import SpotScore

FLUXES = (1.0, 0.1, 0.025)
PEAKS, NETWORK = "peaks", "HitNet"
TRAINED_AT_FLUX, BASE, DUAL = (
    "HitNet trained at the flux",
    "base CNN at the flux",
    "dual CNN at the flux (sees the peaks)",
)

_TEST_SEED, _TRAIN_SEED, _OTHER_SEED = 900_000, 700_000, 950_000

Said = Callable[[NDArray[np.int32], NDArray[np.float32]], bool]


@dataclass(frozen=True)
class Evaluation:
    """What finders said of simulated images.

    Parameters
    ----------
    tables : dict of str to dict of str to Confusion
        For each flux, or other kind of images, the finders.
    spots : dict of str to SpotScore
        For each flux, the spots that were found.
    parameters : dict of str to float
        Parts of the images whose energy and distance the linear networks class rightly, and mean relative errors of
        the regression.
    surest_false_margin : dict of str to float
        For each flux, the largest margin (a decimal logarithm, without a unit) that the peaks gave a miss.
    """

    tables: dict[str, dict[str, Confusion]]
    spots: dict[str, SpotScore]
    parameters: dict[str, float]
    surest_false_margin: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "confusion": {
                name: {finder: one.to_dict() for finder, one in table.items()} for name, table in self.tables.items()
            },
            "spots": {name: score.to_dict() for name, score in self.spots.items()},
            "parameters": self.parameters,
            "surest_false_margin": self.surest_false_margin,
        }

    def text(self) -> str:
        """Return the tables as text: what misses, then hits, were called."""
        lines = []
        for name, table in self.tables.items():
            lines.append(f"{name}")
            lines.append(f"  {'':38}{'misses: miss  hit':>20}{'hits: miss  hit':>20}{'right':>8}")
            for finder, one in table.items():
                (a, b), (c, d) = one.matrix
                lines.append(
                    f"  {finder:38}{a:>14.2f}{b:>6.2f}{c:>14.2f}{d:>6.2f}{100 * one.accuracy:>7.1f}%"
                    + (f"  {one.collapsed}" if one.collapsed else "")
                )
            if name in self.spots:
                score = self.spots[name]
                lines.append(
                    f"  spots: precision {score.precision:.3f} of {score.found}, recall {score.recall:.3f} of "
                    f"{score.wanted} at I/sigma of 5 or more"
                )
        lines.append(
            "energy and distance by networks: " + ", ".join(f"{k} {v:.3f}" for k, v in self.parameters.items())
        )
        return "\n".join(lines) + "\n"


def evaluate_finders(
    networks: HitNetworks,
    conditions: HitConditions | None = None,
    *,
    pairs: int = 45,
    training_pairs: int = 0,
    epochs: int = 8,
    fluxes: tuple[float, ...] = FLUXES,
    others: bool = True,
    seed: int = 0,
    progress: Progress = silent,
) -> Evaluation:
    """Let finders tell hits from misses that are as bright.

    Parameters
    ----------
    networks : HitNetworks
        Trained networks.
    conditions : HitConditions, optional
        Those of the compact source by default.
    pairs : int
        Pairs of a hit and a miss at each flux.
    training_pairs : int
        Pairs by which the network, the paper's base CNN and the one of two inputs are trained anew at each flux; 0
        leaves them out.
    epochs : int
        Of these.
    fluxes : tuple of float
        Parts of the usual flux.
    others : bool
        Whether images of another detector, cell and background are asked, too.
    seed : int
        Of all draws.
    progress : Progress, optional
        Told what is done.
    """
    conditions = conditions or HitConditions()
    training = [
        simulate_example(conditions, _TRAIN_SEED + 1000 * seed + n)
        for n in _told(range(training_pairs), part(progress, 0.0, 0.2), "image to train with")
    ]
    test = [
        simulate_example(conditions, _TEST_SEED + 1000 * seed + n)
        for n in _told(range(pairs), part(progress, 0.2, 0.3), "image to test with")
    ]
    tables, spots, margins = {}, {}, {}
    for number, flux in enumerate(fluxes):
        begin = 0.3 + 0.5 * number / len(fluxes)
        said: dict[str, Said] = {NETWORK: lambda image, _: networks.hit_probability(image) >= 0.5}
        if training:
            said |= _trained(training, flux, epochs, seed)
        name = f"flux {flux:g}"
        steps = part(progress, begin, begin + 0.5 / len(fluxes))
        tables[name], spots[name], margins[name] = _judged(test, flux, said, steps, name)
    if others:
        network: dict[str, Said] = {NETWORK: lambda image, _: networks.hit_probability(image) >= 0.5}
        kinds = _other_kinds(conditions, max(pairs // 3, 3), seed)
        for number, (kind, make) in enumerate(kinds.items()):
            steps = part(progress, 0.8 + 0.2 * number / len(kinds), 0.8 + 0.2 * (number + 1) / len(kinds))
            examples = make()
            for flux in fluxes[:2]:
                name = f"{kind}, flux {flux:g}"
                tables[name], spots[name], margins[name] = _judged(examples, flux, network, steps, name)
    return Evaluation(tables, spots, _parameters(networks, test), margins)


def _told(numbers: range, progress: Progress, what: str) -> Iterator[int]:
    """The numbers, as they are asked for, with a word of progress for each."""
    for n in numbers:
        progress(n / len(numbers), f"{what} {n + 1} of {len(numbers)}")
        yield n


def _judged(
    examples: list[HitExample], flux: float, said: dict[str, Said], progress: Progress, name: str
) -> tuple[dict[str, Confusion], SpotScore, float]:
    finder = PeakCountHitFinder()
    true: list[bool] = []
    answers: dict[str, list[bool]] = {PEAKS: [], **{key: [] for key in said}}
    score, surest = SpotScore(), -np.inf
    for n, example in enumerate(examples):
        progress(n / len(examples), f"{name}: image {2 * n + 1} of {2 * len(examples)}")
        peaks = pooled_image(example.signal)
        for is_hit, image, pure in (
            (True, example.hit(2 * n, flux), peaks),
            (False, example.miss(2 * n + 1, flux), np.zeros_like(peaks)),
        ):
            found: Hit = finder.find(image, None, example.panel)
            true.append(is_hit)
            answers[PEAKS].append(found.hit)
            for key, ask in said.items():
                answers[key].append(ask(image, pure))
            if is_hit:
                score = score.with_image(example, flux, found.spots.centroid_px)
            else:
                surest = max(surest, found.margin)
    return {key: Confusion.of(true, one) for key, one in answers.items()}, score, float(surest)


def _trained(examples: list[HitExample], flux: float, epochs: int, seed: int) -> dict[str, Said]:
    """Networks of three kinds, trained at a flux."""
    import torch

    from ..networks.architectures import BaseNet, DualNet, HitNet

    images, peaks, hit = [], [], []
    for n, example in enumerate(examples):
        pure = pooled_image(example.signal)
        images += [pooled_image(example.hit(5000 + 2 * n, flux)), pooled_image(example.miss(5001 + 2 * n, flux))]
        peaks += [pure, np.zeros_like(pure)]
        hit += [True, False]
    inputs = np.stack(images)[:, np.newaxis]
    both = np.concatenate([inputs, np.stack(peaks)[:, np.newaxis]], axis=1)
    said: dict[str, Said] = {}
    for name, kind, seen in ((TRAINED_AT_FLUX, HitNet, inputs), (BASE, BaseNet, inputs), (DUAL, DualNet, both)):
        torch.manual_seed(seed)
        network: torch.nn.Module = kind()
        with torch.no_grad():
            network(torch.from_numpy(seen[:2]))
        fit(network, seen, np.array(hit), epochs=epochs, rate=5e-4, seed=seed, minutes=3.0)
        said[name] = _asking(network, seen.shape[1])
    return said


def _asking(network: Any, channels: int) -> Said:
    import torch

    def ask(image: NDArray[np.int32], peaks: NDArray[np.float32]) -> bool:
        seen = np.stack([pooled_image(image), peaks][:channels])
        with torch.no_grad():
            return bool(network(torch.from_numpy(seen)[None])[0] > 0)

    return ask


def _other_kinds(conditions: HitConditions, pairs: int, seed: int) -> dict[str, Callable[[], list[HitExample]]]:
    """Images unlike those of the training."""
    first = _OTHER_SEED + 1000 * seed
    pilatus = replace(conditions, detector="pilatus-6m", binning=2)
    cell = replace(conditions, lattice="lysozyme")
    printed = replace(conditions, lattice="proteinase-k-as-printed")
    return {
        "Pilatus 6M": lambda: [simulate_example(pilatus, first + n) for n in range(pairs)],
        "lysozyme": lambda: [simulate_example(cell, first + n) for n in range(pairs)],
        "cell as printed": lambda: [simulate_example(printed, first + n) for n in range(pairs)],
        "random plastics": lambda: [
            simulate_example(conditions, first + n, background=random_background(first + n)) for n in range(pairs)
        ],
    }


def _parameters(networks: HitNetworks, examples: list[HitExample]) -> dict[str, float]:
    """How well networks tell energy and distance of hits at the usual flux."""
    right: dict[str, list[float]] = {"energy class": [], "distance class": [], "energy error": [], "distance error": []}
    for n, example in enumerate(examples):
        found = networks.parameters(example.hit(2 * n))
        energy = found.energies_kev[int(np.argmax(found.energy_probability))]
        distance = found.distances_mm[int(np.argmax(found.distance_probability))]
        right["energy class"].append(float(np.isclose(energy, example.energy_kev)))
        right["distance class"].append(float(np.isclose(distance, example.distance_mm)))
        right["energy error"].append(abs(found.energy_kev / example.energy_kev - 1))
        right["distance error"].append(abs(found.distance_mm / example.distance_mm - 1))
    return {name: float(np.mean(values)) for name, values in right.items()}
