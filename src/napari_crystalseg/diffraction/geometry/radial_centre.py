"""The beam centre from the background: where it is the same all around the beam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .background_blocks import BackgroundBlocks
from .background_fit import KNOTS, BackgroundFit, Place, fit_background
from .detector_geometry import DetectorGeometry

_COARSE_BLOCKS = 2500
_GRID = np.linspace(-0.25, 1.25, 13)
_RINGS = 30
_MOST_WEIGHT = 30.0
_LARGEST_LOG = 1.0
_SHADOW_SIGMA, _SHADOW_SHARE = 3.5, 0.15
_REACHES = ((0, 0), (1, 1), (2, 2), (5, 0), (0, 5), (10, 1), (1, 10))
_ROUNDS = 4
_SECTORS = 12
_SHARES = (1.0, 0.5, 0.25)
_FEWEST_BLOCKS = 150
NOT_DETERMINED = 0.02
"""An uncertainty of more than this part of the detector's width says that the background does not tell the centre."""


FLAT_BELOW = 0.12
"""Background that differs by less over the image is flat: nothing that looks at it tells the beam centre."""


@dataclass(frozen=True, eq=False)
class RadialCentre:
    """A beam centre from the symmetry of the background.

    Parameters
    ----------
    beam_centre_px : (float, float)
        Where the beam meets the plane, (fast, slow).
    uncertainty_px : (float, float)
        Standard deviations, by counting and by what parts of the image say.
    determined : bool
        Whether the background tells a centre at all; not so where it is flat or there is none.
    geometry : DetectorGeometry
        The detector with the beam there.
    contrast : float
        How much the background differs over the image (:func:`contrast`), without a unit: the logarithm of a ratio.
    used : BackgroundBlocks
        Background without shadows.
    """

    beam_centre_px: tuple[float, float]
    uncertainty_px: tuple[float, float]
    determined: bool
    geometry: DetectorGeometry
    contrast: float
    used: BackgroundBlocks


def radial_centre(blocks: BackgroundBlocks, geometry: DetectorGeometry, shape: tuple[int, int]) -> RadialCentre:
    """Find the beam centre by which the background is a function of the scattering angle.

    Parameters
    ----------
    blocks : BackgroundBlocks
        Background of the image.
    geometry : DetectorGeometry
        Tilt and distance, which are held; its centre is one of those to begin with.
    shape : (int, int)
        Pixels of the image along (slow, fast).
    """
    size = np.array(shape[::-1], dtype=float)
    start = _coarse_centre(blocks, geometry, size)
    spread = contrast(blocks)
    if spread < FLAT_BELOW:
        # Nothing would come of a fit.
        vague = (float(size[0]), float(size[1]))
        return RadialCentre(
            (float(start[0]), float(start[1])), vague, False, geometry.with_centre(start), spread, blocks
        )
    steps = np.full(2, max(1.0, 0.002 * float(size.max())))
    limits = np.full(2, 0.06 * float(size.max()))
    used = blocks

    def place(centre: NDArray[np.float64]) -> DetectorGeometry:
        return geometry.with_centre(np.clip(centre, -2 * size, 3 * size))

    fit = fit_background(used, place, start, steps, limits)
    for _ in range(_ROUNDS):
        kept = used.chosen(~shadows(used, fit))
        if len(kept) > 0.995 * len(used) or len(kept) < 0.4 * len(blocks):
            break
        used = kept
        fit = fit_background(used, place, fit.parameters, steps, limits)
    fits = _of_ranges(used, place, fit, steps, limits)
    # What absorption and shadows do to a background grows with the angle, and the photons are fewer at small ones: the
    # range in which the parts of the image agree best.
    chosen = min(fits, key=lambda found: float(np.trace(found.covariance)))
    centre = np.clip(chosen.parameters, -2 * size, 3 * size)
    uncertainty = np.sqrt(np.maximum(np.diag(chosen.covariance), 1e-6))
    determined = bool(spread > FLAT_BELOW and chosen.converged and (uncertainty < NOT_DETERMINED * size.max()).all())
    return RadialCentre(
        (float(centre[0]), float(centre[1])),
        (float(uncertainty[0]), float(uncertainty[1])),
        determined,
        place(centre),
        spread,
        used,
    )


def _of_ranges(
    blocks: BackgroundBlocks, place: Place, fit: BackgroundFit, steps: NDArray[np.float64], limits: NDArray[np.float64]
) -> list[BackgroundFit]:  # fmt: skip
    """Fits of the background within some angles, from all of it down to the few percent next to the beam."""
    found = []
    begin = fit.parameters
    for share in _SHARES:
        two_theta = place(begin).two_theta_rad(blocks.position_px)
        order = np.argsort(two_theta)
        total = np.cumsum(blocks.counts[order])
        limit = two_theta[order][min(int(np.searchsorted(total, share * total[-1])), len(order) - 1)]
        some = blocks.chosen(two_theta <= limit)
        if len(some) < _FEWEST_BLOCKS:
            break
        sectors = sectors_about(some.position_px, begin)
        one = fit_background(some, place, begin, steps, limits, groups=sectors, knots=KNOTS if share == 1 else 8)
        found.append(one)
        if one.converged:
            begin = one.parameters
    return found


def sectors_about(position_px: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return in which of twelve sectors about a centre places (n, 2) lie."""
    offset = position_px - centre
    turn = np.arctan2(offset[:, 1], offset[:, 0]) / (2 * np.pi) + 0.5
    sectors: NDArray[np.int64] = (turn * _SECTORS).astype(np.int64) % _SECTORS
    return sectors


def contrast(blocks: BackgroundBlocks) -> float:
    """Return how much the background differs over the image: the spread of its logarithm, beyond that of counting.

    Half of what lies between the tenth and the ninetieth percentile; that of water or air is 0.3 and more.
    """
    coarse = blocks.coarser(max(1, int(np.sqrt(len(blocks) / 400))))
    log_rate = np.log((coarse.counts + 0.5) / coarse.pixels)
    low, high = np.percentile(log_rate, (10, 90))
    noise = 1.28 * float(np.sqrt(np.median(1 / (coarse.counts + 0.5))))
    return float(np.sqrt(max(((high - low) / 2) ** 2 - noise**2, 0)))


def shadows(blocks: BackgroundBlocks, fit: BackgroundFit) -> NDArray[np.bool_]:
    """Return blocks where a neighbourhood has much less, or more, than the fit expects: beam stop, arm, ice, loop."""
    found = np.zeros(len(blocks), dtype=bool)
    for reach in _REACHES:
        seen = blocks.neighbourhood_sum(blocks.counts, reach)
        expected = np.maximum(blocks.neighbourhood_sum(fit.expected, reach), 1e-9)
        sigma = (seen - expected) / np.sqrt(expected * fit.dispersion)
        share = seen / expected
        found |= (sigma < -_SHADOW_SIGMA) & (share < 1 - _SHADOW_SHARE)
        found |= (sigma > _SHADOW_SIGMA + 1) & (share > 1 + _SHADOW_SHARE)
    # The penumbra about them.
    return blocks.neighbourhood_sum(found.astype(float), (1, 1)) > 0.5


def ring_variance(blocks: BackgroundBlocks, geometry: DetectorGeometry, rings: int = _RINGS) -> float:
    """Return the variance within rings of the logarithm of the background, that of a block bounded.

    Logarithms weigh a part of the image by its area and not by its photons, so that a bright spot about the beam does
    not hide the rest.
    """
    two_theta = geometry.two_theta_rad(blocks.position_px)
    order = np.argsort(two_theta)
    ring = np.empty(len(blocks), dtype=np.int64)
    ring[order] = np.arange(len(blocks)) * rings // len(blocks)
    vectors = geometry.directions(blocks.position_px)
    length = np.linalg.norm(vectors, axis=1)
    seen = np.maximum(np.abs(vectors @ geometry.normal), 1e-9) / length**3
    log_rate = np.log((blocks.counts + 0.5) / blocks.pixels / seen)
    weight = np.minimum(blocks.counts + 0.5, _MOST_WEIGHT)
    total = np.bincount(ring, weight, rings)
    mean = np.bincount(ring, weight * log_rate, rings) / total
    # A ring is sloped within itself: the neighbours' means tell by how much.
    middle = np.bincount(ring, weight * two_theta, rings) / total
    residual = log_rate - np.interp(two_theta, middle, mean)
    return float((weight * np.minimum(residual**2, _LARGEST_LOG**2)).sum() / weight.sum())


def _coarse_centre(
    blocks: BackgroundBlocks, geometry: DetectorGeometry, size: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The best of a grid of centres, on the detector and about it, and of the one stated."""
    coarse = blocks.coarser(max(1, int(np.sqrt(len(blocks) / _COARSE_BLOCKS))))
    candidates = [np.array([x, y]) * size for x in _GRID for y in _GRID]
    candidates.append(np.array(geometry.beam_centre_px))
    scores = [ring_variance(coarse, geometry.with_centre(candidate)) for candidate in candidates]
    best = candidates[int(np.argmin(scores))]
    step = 0.6 * (_GRID[1] - _GRID[0]) * size
    for _ in range(5):
        near = [best + np.array([x, y]) * step for x in (-1, 0, 1) for y in (-1, 0, 1)]
        best = near[int(np.argmin([ring_variance(coarse, geometry.with_centre(one)) for one in near]))]
        step = step * 0.6
    return best
