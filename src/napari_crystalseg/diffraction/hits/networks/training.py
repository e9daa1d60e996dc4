"""Train the networks of hits on simulated images."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....progress import Progress, silent
from ..examples.hit_conditions import HitConditions
from ..examples.hit_example import HitExample, simulate_example
from .pooled_image import even_image, pooled_image

if TYPE_CHECKING:
    import torch

SPREAD = 0.05
"""Added to the standard deviation of a feature, so that one that hardly varies is not blown up."""


@dataclass(frozen=True, eq=False)
class PooledExamples:
    """Images as networks see them, hits and misses by turns.

    Parameters
    ----------
    images : ndarray of float32, shape (image, 135, 129)
        Pooled images.
    peaks : ndarray of float32, shape (image, 135, 129)
        The peaks alone, without noise, pooled likewise; 0 for misses. No detector gives them.
    even : ndarray of float32, shape (image, 27, 26)
        Even images, for regression.
    hit : ndarray of bool, shape (image,)
    energy_kev, distance_mm : ndarray, shape (image,)
    """

    images: NDArray[np.float32]
    peaks: NDArray[np.float32]
    even: NDArray[np.float32]
    hit: NDArray[np.bool_]
    energy_kev: NDArray[np.float64]
    distance_mm: NDArray[np.float64]


def pooled_examples(
    conditions: HitConditions,
    number: int,
    seed: int,
    flux: float = 1.0,
    progress: Progress = silent,
    between: bool = False,
) -> PooledExamples:
    """Simulate pairs of a hit and a miss and pool them.

    Parameters
    ----------
    conditions : HitConditions
        Of the images.
    number : int
        Pairs.
    seed : int
        Of the first; the others follow it.
    flux : float
        Part of the usual flux.
    progress : Progress, optional
        Told how many are done.
    between : bool
        Whether energies and distances are drawn between those of the sets, too.
    """
    rng = np.random.default_rng((seed, 3))
    rows: list[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], bool, float, float]] = []
    for n in range(number):
        progress(n / number, f"image {2 * n + 1} of {2 * number}")
        place: tuple[float | None, float | None] = (None, None)
        if between:
            energies, distances = conditions.energies_kev, conditions.distances_mm
            place = (
                float(rng.uniform(0.92 * min(energies), 1.08 * max(energies))),
                float(rng.uniform(0.92 * min(distances), 1.08 * max(distances))),
            )
        example = simulate_example(conditions, seed + n, *place)
        rows.extend(_pair(example, seed + n, flux))
    images, peaks, even, hit, energy, distance = zip(*rows, strict=True)
    return PooledExamples(
        np.stack(images), np.stack(peaks), np.stack(even), np.array(hit), np.array(energy), np.array(distance)
    )


def _pair(
    example: HitExample, seed: int, flux: float
) -> list[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], bool, float, float]]:
    hit, miss = example.hit(2 * seed, flux), example.miss(2 * seed + 1, flux)
    peaks = pooled_image(example.signal)
    return [
        (pooled_image(hit), peaks, even_image(hit), True, example.energy_kev, example.distance_mm),
        (pooled_image(miss), np.zeros_like(peaks), even_image(miss), False, example.energy_kev, example.distance_mm),
    ]


def fit(
    network: torch.nn.Module,
    inputs: NDArray[np.float32],
    targets: NDArray[np.bool_],
    *,
    epochs: int,
    rate: float,
    seed: int = 0,
    minutes: float = 10.0,
    progress: Progress = silent,
) -> list[float]:
    """Train a network with Adam, its rate cut by ten when the loss no longer falls, and return the mean losses.

    Parameters
    ----------
    network : torch.nn.Module
        Of which a logit comes for each image.
    inputs : ndarray of float32, shape (image, channel, slow, fast)
        Images.
    targets : ndarray, shape (image,)
        True for hits.
    epochs : int
        Passes over the images.
    rate : float
        Learning rate.
    seed : int
        Of the order of the images; weights are drawn before.
    minutes : float
        After which it ends.
    progress : Progress, optional
        Told the loss of each epoch.
    """
    import torch

    wanted = torch.from_numpy(targets.astype(np.float32))
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    slower = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, factor=0.1, patience=3, threshold=0.1)
    order = np.random.default_rng(seed)
    begun, losses = time.monotonic(), []
    network.train()
    for epoch in range(epochs):
        total = 0.0
        for rows in np.array_split(order.permutation(len(inputs)), max(len(inputs) // 16, 1)):
            optimiser.zero_grad()
            loss = loss_of(network(torch.from_numpy(inputs[rows])), wanted[rows])
            loss.backward()
            optimiser.step()
            total += float(loss.detach()) * len(rows)
        losses.append(total / len(inputs))
        slower.step(losses[-1])
        progress((epoch + 1) / epochs, f"epoch {epoch + 1} of {epochs}, loss {losses[-1]:.3f}")
        if losses[-1] < 0.002 or time.monotonic() - begun > 60 * minutes:
            break
    network.eval()
    return losses


def ridge(
    inputs: NDArray[np.float64], targets: NDArray[np.float64], strength: float = 30.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights and offsets of a linear regression that keeps its weights small.

    Parameters
    ----------
    inputs : ndarray, shape (image, feature)
    targets : ndarray, shape (image, number)
    strength : float
        By how much large weights cost.

    Returns
    -------
    weights : ndarray, shape (feature, number)
    offset : ndarray, shape (number,)
    """
    x = inputs
    middle, mean = x.mean(axis=0), targets.mean(axis=0)
    x = x - middle
    # By images, which are fewer than features or about as many.
    weights = x.T @ np.linalg.solve(x @ x.T + strength * np.eye(len(x)), targets - mean)
    return weights, mean - middle @ weights


def linear_classes(
    inputs: NDArray[np.float64], numbers: NDArray[np.int64], strength: float = 0.01
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights and offsets of a linear model to classes (logistic regression with cross entropy).

    Parameters
    ----------
    inputs : ndarray, shape (image, feature)
    numbers : ndarray of int64, shape (image,)
        Class of each image; all from 0 up are there.
    strength : float
        Inverse of what large weights cost, inputs being scaled to their standard deviation.

    Returns
    -------
    weights : ndarray, shape (class, feature)
    offset : ndarray, shape (class,)
    """
    from sklearn.linear_model import LogisticRegression

    classes = int(numbers.max()) + 1
    if classes == 1:
        return np.zeros((1, inputs.shape[1])), np.zeros(1)
    middle, spread = inputs.mean(axis=0), inputs.std(axis=0) + SPREAD
    model = LogisticRegression(C=strength, max_iter=1000).fit((inputs - middle) / spread, numbers)
    weights, offset = model.coef_, model.intercept_
    if classes == 2:
        # Of two, one logit is given; the other is its opposite.
        weights, offset = np.concatenate([-weights, weights]) / 2, np.concatenate([-offset, offset]) / 2
    weights = weights / spread
    return weights, offset - weights @ middle
