"""The beam centre from the lattice of the spots: where reciprocal space has its origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .detector_geometry import DetectorGeometry

FEWEST_SPOTS = 10
_MOST_SPOTS = 200
_DIRECTIONS = 12000
_VECTORS, _FEWEST_VECTORS = 30, 4
_LENGTHS, _SHORTEST = 600, 3.0
_CANDIDATES = 4000
_REFINED_STEPS = 4
_LEAST_SCORE, _ALIKE, _REPEATS = 0.45, 0.05, 0.7
_LOOKED_BESIDE = 3.0


@dataclass(frozen=True, eq=False)
class LatticeCentre:
    """A beam centre by the lattice that the spots lie on.

    Parameters
    ----------
    beam_centre_px : (float, float)
        Where the beam meets the plane, (fast, slow).
    uncertainty_px : float
        Standard deviation of the place.
    score : float
        Part of the spots that agree with the lattice and its origin, 0 to 1.
    next_score : float
        The same for the best origin elsewhere, 0 to 1: a lattice repeats itself.
    spots, vectors : int
        Spots that were used, and vectors of the lattice that were found.
    repeat_px : float
        How far away the next origin is that would do almost as well; infinite where none is near.
    """

    beam_centre_px: tuple[float, float]
    uncertainty_px: float
    score: float
    next_score: float
    spots: int
    vectors: int
    repeat_px: float


def lattice_centre(
    spots_px: NDArray[np.float64],
    intensity: NDArray[np.float64],
    geometry: DetectorGeometry,
    within_px: float,
) -> LatticeCentre | None:
    """Find the origin of the reciprocal lattice that the spots lie on.

    For a vector a of the crystal's lattice all q.a of the spots are whole numbers, or off whole numbers by the same
    part where the origin is wrong. So vectors are looked for by which exp(2 pi i q.a) of all spots agree, whatever
    their phase (as in indexing by Fourier transforms, Steller et al. 1997), and then the shift of the origin that
    brings the phases of all vectors to 0.

    Parameters
    ----------
    spots_px : ndarray, shape (n, 2)
        Centroids, (fast, slow).
    intensity : ndarray, shape (n,)
        Their intensities.
    geometry : DetectorGeometry
        Tilt, distance and wavelength, which are held, and the centre about which is looked.
    within_px : float
        How far the centre may be off.

    Returns
    -------
    LatticeCentre or None
        None with too few spots, without a wavelength, or where they do not lie on a lattice.
    """
    if geometry.wavelength_angstrom is None or len(spots_px) < FEWEST_SPOTS:
        return None
    chosen = np.argsort(-intensity)[:_MOST_SPOTS]
    spots = np.asarray(spots_px, dtype=float)[chosen]
    found: tuple[NDArray[np.float64], float, float, float] | None = None
    centre, repeat = np.array(geometry.beam_centre_px), np.inf
    vectors = np.zeros((0, 3))
    now = geometry
    for _ in range(_REFINED_STEPS):
        now = geometry.with_centre(centre)
        q = _reciprocal(spots, now)
        several = _vectors(q)
        if several is None:
            return None
        vectors = several
        found = _origin(q, vectors, now, within_px if found is None else 4.0)
        shift = found[0]
        repeat = min(repeat, found[3])
        centre = centre + shift
        if np.abs(shift).max() < 0.05:
            break
    assert found is not None
    per_px = float(now.pixel_size_mm.mean() / now.distance_mm / geometry.wavelength_angstrom)
    if found[1] < _LEAST_SCORE:
        return None
    # By how much the phases of a vector scatter, over how steeply the centre moves them, in the direction of least.
    steep = np.linalg.eigvalsh((2 * np.pi * per_px) ** 2 * vectors[:, :2].T @ vectors[:, :2] / len(vectors))
    variance = max(-2 * np.log(min(found[1], 0.999)), 1e-3)
    uncertainty = float(np.sqrt(variance / max(float(steep[0]), 1e-12) / len(spots)))
    return LatticeCentre(
        (float(centre[0]), float(centre[1])),
        max(uncertainty, 0.05),
        found[1],
        found[2],
        len(spots),
        len(vectors),
        repeat,
    )


def _reciprocal(spots_px: NDArray[np.float64], geometry: DetectorGeometry) -> NDArray[np.float64]:
    """Scattering vectors of spots in axes across, down and along the beam, 1/Å, shape (n, 3)."""
    vectors = geometry.directions(spots_px)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    across, down = geometry.square_axes
    assert geometry.wavelength_angstrom is not None
    parts = [unit @ across, unit @ down, unit @ geometry.beam - 1]
    return np.column_stack(parts) / geometry.wavelength_angstrom


def _vectors(q: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Vectors of the lattice, shape (m, 3), Å: those on which the spots agree best, refined."""
    # Directions evenly over half a sphere.
    number = np.arange(_DIRECTIONS) + 0.5
    height = 1 - number / _DIRECTIONS
    angle = np.pi * (1 + 5**0.5) * number
    flat = np.sqrt(1 - height**2)
    directions = np.column_stack([flat * np.cos(angle), flat * np.sin(angle), height])
    # Along each, the Fourier transform of the spots' places: lengths at steps that spots at the edge can tell apart.
    reach = max(float(np.percentile(np.linalg.norm(q, axis=1), 95)), 1e-6)
    step = 0.2 / reach
    bins = 2 * _LENGTHS
    first = int(np.ceil(_SHORTEST / step))
    strength = np.empty((_DIRECTIONS, _LENGTHS - first), np.float32)
    for start in range(0, _DIRECTIONS, 1000):
        some = directions[start : start + 1000]
        place = np.floor((some @ q.T) * step * bins).astype(np.int64) % bins
        row = np.arange(len(some))[:, np.newaxis] * bins
        held = np.bincount((row + place).ravel(), minlength=len(some) * bins).reshape(len(some), bins)
        strength[start : start + 1000] = np.abs(np.fft.rfft(held.astype(np.float32), axis=1))[:, first:_LENGTHS]
    best = np.argpartition(-strength, _CANDIDATES, axis=None)[:_CANDIDATES]
    best = best[np.argsort(-strength.reshape(-1)[best], kind="stable")]
    row, column = np.unravel_index(best, strength.shape)
    candidates = directions[row] * ((column + first) * step)[:, np.newaxis]
    kept: list[NDArray[np.float64]] = []
    for candidate in candidates:
        if len(kept) >= _VECTORS:
            break
        apart = [min(np.linalg.norm(candidate - one), np.linalg.norm(candidate + one)) for one in kept]
        if not apart or min(apart) > 2.5 * step:
            kept.append(candidate)
    refined = np.array([_refined(q, one) for one in kept])
    length = np.linalg.norm(refined, axis=1)
    agree = np.abs(np.exp(2j * np.pi * (q @ refined.T)).mean(axis=0))
    limit = min(max(0.5, 3.2 / np.sqrt(len(q))), 0.9)
    good = refined[(agree > limit) & (length > 0.8 * _SHORTEST)]
    return good if len(good) >= _FEWEST_VECTORS else None


def _refined(q: NDArray[np.float64], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector near one on which the spots agree best, whatever the phase."""
    for _ in range(12):
        phase = 2 * np.pi * (q @ vector)
        mean = np.exp(1j * phase).mean()
        residual = np.angle(np.exp(1j * (phase - np.angle(mean))))
        weight = np.exp(-((residual / 1.0) ** 2))
        design = np.column_stack([2 * np.pi * q, np.ones(len(q))])
        normal = (design * weight[:, np.newaxis]).T @ design
        change = np.linalg.lstsq(normal, -(design * weight[:, np.newaxis]).T @ residual, rcond=1e-9)[0][:3]
        vector = vector + change
        if np.linalg.norm(change) < 1e-4 * np.linalg.norm(vector):
            break
    return vector


def _origin(
    q: NDArray[np.float64], vectors: NDArray[np.float64], geometry: DetectorGeometry, within_px: float
) -> tuple[NDArray[np.float64], float, float, float]:
    """Shift of the centre, pixels, by which the phases of all vectors agree; its score and the next best one's; how far
    off another is that does almost as well.
    """
    from scipy.ndimage import maximum_filter

    mean = np.exp(2j * np.pi * (q @ vectors.T)).mean(axis=0)
    assert geometry.wavelength_angstrom is not None
    per_px = geometry.pixel_size_mm.mean() / geometry.distance_mm / geometry.wavelength_angstrom
    longest = float(np.linalg.norm(vectors, axis=1).max())
    step = 0.15 / (longest * per_px)
    half = int(np.ceil(_LOOKED_BESIDE * within_px / step))
    half = min(half, 400)
    offsets = np.arange(-half, half + 1) * step * per_px
    # A centre further along moves the spots' vectors back: q' = q - delta.
    x = np.exp(-2j * np.pi * np.outer(offsets, vectors[:, 0]))
    y = np.exp(-2j * np.pi * np.outer(offsets, vectors[:, 1]))
    score = np.einsum("m,xm,ym->xy", mean, x, y, optimize=True).real / len(vectors)
    distance = np.hypot(*np.meshgrid(offsets, offsets, indexing="ij"))
    # Of origins that are all but alike, as a lattice repeats itself, the nearest.
    near = distance <= within_px * per_px * np.sqrt(2)
    summits = score == maximum_filter(score, 3)
    tops = near & summits & (score > score[near].max() - _ALIKE)
    if not tops.any():
        tops = near & (score >= score[near].max())
    top = np.unravel_index(int(np.argmin(np.where(tops, distance, np.inf))), score.shape)
    away = np.hypot(*np.meshgrid(offsets - offsets[top[0]], offsets - offsets[top[1]], indexing="ij"))
    elsewhere = score[away * longest > 0.6]
    others = summits & (score > _REPEATS * score[top]) & (away * longest > 0.6)
    repeat = float(away[others].min() / per_px) if others.any() else np.inf
    shift = np.array([offsets[top[0]], offsets[top[1]]])
    # Between the points of the grid: the phases that are left are brought to 0 by least squares.
    weight = np.abs(mean)
    for _ in range(5):
        phase = np.angle(mean * np.exp(-2j * np.pi * (vectors[:, :2] @ shift)))
        design = 2 * np.pi * vectors[:, :2] * np.sqrt(weight * np.exp(-(phase**2)))[:, np.newaxis]
        change = np.linalg.lstsq(design, phase * np.sqrt(weight * np.exp(-(phase**2))), rcond=1e-6)[0]
        shift = shift + np.clip(change, -2 * step * per_px, 2 * step * per_px)
    reached = float((mean * np.exp(-2j * np.pi * (vectors[:, :2] @ shift))).real.mean())
    if reached < score[top]:
        shift, reached = np.array([offsets[top[0]], offsets[top[1]]]), float(score[top])
    return _on_detector(shift / per_px, geometry), reached, (float(elsewhere.max()) if elsewhere.size else 0.0), repeat


def _on_detector(shift_px: NDArray[np.float64], geometry: DetectorGeometry) -> NDArray[np.float64]:
    """A shift on a plane square to the beam, in pixels, as a shift on the detector."""
    place = geometry.pixel_on_square_plane(shift_px * geometry.pixel_size_mm.mean())
    return np.asarray(place - np.array(geometry.beam_centre_px))
