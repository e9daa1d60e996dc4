"""Train the networks that are bundled: hits at the usual flux, and energy and distance."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from ....progress import Progress, part, silent
from ..examples.hit_conditions import HitConditions
from .hit_networks import HitNetworks, save_networks
from .pooled_image import even_features
from .training import fit, linear_classes, pooled_examples, ridge

LICENCE = "BSD-3-Clause"


def train_hit_networks(
    folder: Path,
    conditions: HitConditions | None = None,
    *,
    pairs: int = 360,
    epochs: int = 20,
    minutes: float = 8.0,
    seed: int = 0,
    progress: Progress = silent,
) -> HitNetworks:
    """Simulate images of hits and misses, train networks on them, and write them with a card.

    Parameters
    ----------
    folder : path
        To write.
    conditions : HitConditions, optional
        Those of the compact source by default.
    pairs : int
        Pairs of a hit and a miss at the sets of energy and distance; as many images between them for the regression.
    epochs : int
        Of the hit network.
    minutes : float
        After which its training ends, besides the simulation.
    seed : int
        Of images, weights and order.
    progress : Progress, optional
        Told what is done.
    """
    import torch

    from .architectures import HitNet

    begun = time.monotonic()
    conditions = conditions or HitConditions()
    sets = pooled_examples(conditions, pairs, 1000 * (seed + 1), progress=part(progress, 0.0, 0.4))
    mixed = pooled_examples(
        conditions, pairs // 2, 1000 * (seed + 1) + 500, progress=part(progress, 0.4, 0.6), between=True
    )
    torch.manual_seed(seed)
    inputs = sets.images[:, np.newaxis]
    hit = HitNet()
    losses = fit(
        hit, inputs, sets.hit, epochs=epochs, rate=5e-4, seed=seed, minutes=minutes, progress=part(progress, 0.6, 0.95)
    )
    linear = {}
    for name, values, known in (
        ("energy", sets.energy_kev, conditions.energies_kev),
        ("distance", sets.distance_mm, conditions.distances_mm),
    ):
        linear[name] = linear_classes(even_features(sets.even), np.searchsorted(np.sort(known), values))
    energy, distance = (
        np.concatenate([getattr(sets, name), getattr(mixed, name)]) for name in ("energy_kev", "distance_mm")
    )
    linear["regression"] = ridge(
        even_features(np.concatenate([sets.even, mixed.even])), np.log(np.column_stack([energy, distance]))
    )
    progress(1.0, "energy and distance")
    card = {
        "name": "hits",
        "licence": LICENCE,
        "data": f"{2 * pairs} simulated images of hits and misses, {conditions.lattice}, {conditions.detector} by "
        f"{conditions.binning}, and {2 * (pairs // 2)} between the sets; no measured data",
        "energies_kev": sorted(conditions.energies_kev),
        "distances_mm": sorted(conditions.distances_mm),
        "photons": conditions.photons,
        "seed": seed,
        "epochs": len(losses),
        "last_loss": round(losses[-1], 4),
        "minutes": round((time.monotonic() - begun) / 60, 1),
    }
    return save_networks(folder, hit, linear, card)
