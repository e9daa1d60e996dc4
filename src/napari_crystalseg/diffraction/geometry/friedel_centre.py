"""The beam centre from Friedel pairs of spots: what lies opposite each other about the beam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .detector_geometry import DetectorGeometry

FEWEST_SPOTS = 20
_MOST_SPOTS = 400
_TRIALS = 6
_SMALL_Q = 0.08
SIGNIFICANT = 7.0
"""Votes that stand out of those of chance by more are of pairs."""

_CELLS = 400
_FINE_CELLS, _BROAD_CELLS = 1.0, 12.0


@dataclass(frozen=True, eq=False)
class FriedelCentre:
    """A beam centre by the vote of pairs of spots.

    Parameters
    ----------
    beam_centre_px : (float, float)
        Where the beam meets the plane, (fast, slow).
    uncertainty_px : float
        Width of the place that was voted for.
    significance : float
        How far its votes stand above what the same spots, moved at random, give; in standard deviations.
    spots : int
        Spots that voted.
    """

    beam_centre_px: tuple[float, float]
    uncertainty_px: float
    significance: float
    spots: int


def friedel_centre(
    spots_px: NDArray[np.float64], intensity: NDArray[np.float64], geometry: DetectorGeometry
) -> FriedelCentre | None:
    """Find the point about which the spots of an image lie in pairs.

    Each pair of spots votes for the middle between them, on a plane square to the beam; a pair of alike intensity more
    than one of unlike, and one at small angles more than one at large: h and -h are not on the Ewald sphere together,
    they miss it by lambda q^2, so that at large angles pairs are of chance. The place that is voted for most counts if
    it stands out of the broad hill that any cloud of spots makes; else the middle of that hill is the answer.

    Parameters
    ----------
    spots_px : ndarray, shape (n, 2)
        Centroids, (fast, slow).
    intensity : ndarray, shape (n,)
        Their intensities.
    geometry : DetectorGeometry
        Tilt and distance, which are held.

    Returns
    -------
    FriedelCentre or None
        None with too few spots.
    """
    from scipy.ndimage import gaussian_filter

    if len(spots_px) < FEWEST_SPOTS:
        return None
    order = np.argsort(-intensity)[:_MOST_SPOTS]
    flat = geometry.on_square_plane_mm(spots_px[order])
    keep = np.isfinite(flat).all(axis=1)
    flat, rank = flat[keep], np.argsort(np.argsort(intensity[order][keep])) / max(keep.sum(), 1)
    if len(flat) < FEWEST_SPOTS:
        return None
    low = flat.min(axis=0)
    cell = float(np.ptp(flat, axis=0).max()) / _CELLS
    if not cell > 0:
        return None
    votes, noise = _votes(flat, rank, geometry, low, cell)
    fine, broad = gaussian_filter(votes, _FINE_CELLS), gaussian_filter(votes, _BROAD_CELLS)
    height, top = _summit(fine, broad, noise)
    # What pairs of chance do: the same spots, each moved by a few cells.
    rng = np.random.default_rng(0)
    chance = []
    for _ in range(_TRIALS):
        moved = flat + rng.normal(0, 4 * cell, flat.shape)
        others, noise_of_others = _votes(moved, rank, geometry, low, cell)
        chance.append(
            _summit(gaussian_filter(others, _FINE_CELLS), gaussian_filter(others, _BROAD_CELLS), noise_of_others)[0]
        )
    significance = float((height - np.mean(chance)) / max(float(np.std(chance)), 0.1 * float(np.mean(chance)), 1e-9))
    if significance > SIGNIFICANT:
        place, width = np.array(top, dtype=float), 1.5 * _FINE_CELLS
    else:
        place, width = _middle_of(broad), 2 * _BROAD_CELLS
    centre = geometry.pixel_on_square_plane(low + (place + 0.5) * cell)
    return FriedelCentre(
        (float(centre[0]), float(centre[1])),
        float(width * cell / geometry.pixel_size_mm.mean()),
        significance,
        len(flat),
    )


def _votes(
    flat: NDArray[np.float64], rank: NDArray[np.float64], geometry: DetectorGeometry, low: NDArray[np.float64],
    cell: float,
) -> tuple[NDArray[np.float64], float]:  # fmt: skip
    """Votes of all pairs on a grid, and the mean square of a vote over its mean."""
    first, second = np.triu_indices(len(flat), 1)
    middle = (flat[first] + flat[second]) / 2
    apart = np.linalg.norm(flat[first] - flat[second], axis=1) / 2
    # Of h and -h one misses the sphere by lambda q^2 at least: seen together at small angles alone.
    angle = apart / geometry.distance_mm
    widest = _SMALL_Q * (geometry.wavelength_angstrom or 1.0)
    weight = np.exp(-np.abs(rank[first] - rank[second]) / 0.3 - (angle / widest) ** 2)
    votes, *_ = np.histogram2d(
        middle[:, 0], middle[:, 1], bins=_CELLS + 1,
        range=[(one, one + cell * (_CELLS + 1)) for one in low], weights=weight,
    )  # fmt: skip
    return votes, float((weight**2).sum() / max(float(weight.sum()), 1e-12))


def _summit(fine: NDArray[np.float64], broad: NDArray[np.float64], noise: float) -> tuple[float, tuple[int, int]]:
    """By how much a place stands out of the hill about it, in standard deviations of chance, and where."""
    sigma = np.sqrt(np.maximum(broad, 1e-12) * noise / (4 * np.pi * _FINE_CELLS**2))
    # Away from the hill a single pair stands out of nothing.
    stands = np.where(broad > 0.2 * broad.max(), (fine - broad) / sigma, 0)
    top = np.unravel_index(int(np.argmax(stands)), stands.shape)
    return float(stands[top]), (int(top[0]), int(top[1]))


def _middle_of(hill: NDArray[np.float64]) -> NDArray[np.float64]:
    """Middle of the upper part of a hill."""
    upper = np.maximum(hill - 0.7 * hill.max(), 0)
    grid = np.indices(hill.shape)
    return np.array([(axis * upper).sum() / upper.sum() for axis in grid])
