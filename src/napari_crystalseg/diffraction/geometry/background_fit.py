"""A background that depends on the scattering angle alone, fitted to blocks: its curve, and the geometry with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .background_blocks import BackgroundBlocks
from .detector_geometry import DetectorGeometry

KNOTS = 14
_ITERATIONS = 40
_CURVE_ITERATIONS = 8
_POLARISED_FROM_RAD = np.deg2rad(12.0)
_HUBER = 3.0
_LARGEST_PEARSON = 4.0

Place = Callable[[NDArray[np.float64]], DetectorGeometry]
"""From parameters to the geometry."""


@dataclass(frozen=True, eq=False)
class BackgroundFit:
    """A fit of the background.

    Parameters
    ----------
    parameters : ndarray, shape (p,)
        Parameters of the geometry.
    covariance : ndarray, shape (p, p)
        Their covariance by counting statistics and the spread that was found.
    deviance : float
        Mean over the blocks, in units of counting statistics; less is better, among fits of the same blocks.
    dispersion : float
        Spread of the blocks about the curve, in units of counting statistics squared; 1 for photons.
    expected : ndarray, shape (n,)
        Counts that the fit expects in the blocks.
    converged : bool
        Whether the parameters came to rest.
    """

    parameters: NDArray[np.float64]
    covariance: NDArray[np.float64]
    deviance: float
    dispersion: float
    expected: NDArray[np.float64]
    converged: bool


def fit_background(
    blocks: BackgroundBlocks,
    place: Place,
    start: NDArray[np.float64],
    steps: NDArray[np.float64],
    limits: NDArray[np.float64],
    prior: NDArray[np.float64] | None = None,
    groups: NDArray[np.int64] | None = None,
    knots: int = KNOTS,
) -> BackgroundFit:
    """Fit a curve over the scattering angle, and the parameters of the geometry, to the counts of blocks.

    The counts of a block are taken as Poisson (with a dispersion that is found), their logarithm as a cubic spline over
    the scattering angle, plus the solid angle and the efficiency of the sensor that the geometry gives, plus terms in
    the cosine and sine of twice the azimuth at larger angles, as a polarised beam makes them. To minimise its deviance
    is to minimise the variance within rings of the logarithm, weighted as counts deserve (Fisher scoring).

    Parameters
    ----------
    blocks : BackgroundBlocks
        The background.
    place : callable
        Gives the geometry of parameters, shape (p,).
    start : ndarray, shape (p,)
        Parameters to begin with.
    steps : ndarray, shape (p,)
        Steps over which derivatives are taken: a pixel, a part of a degree.
    limits : ndarray, shape (p,)
        Largest change in one iteration.
    prior : ndarray, shape (p,), optional
        Standard deviations about ``start`` by which parameters are held; infinite for those that are free.
    groups : ndarray of int, shape (n,), optional
        Parts of the image, such as sectors about the beam: how much the answer hangs on single ones goes into the
        covariance.
    knots : int
        Knots of the spline.
    """
    parameters = np.asarray(start, dtype=float).copy()
    begin = parameters.copy()
    hold = np.zeros(len(parameters)) if prior is None else 1 / np.asarray(prior, dtype=float) ** 2
    converged, free = False, len(parameters)
    normal = np.eye(free)
    for _ in range(_ITERATIONS):
        geometry = place(parameters)
        curve = _Curve.through(blocks, geometry, knots)
        design, offset = curve.matrix(blocks, geometry)
        coefficients, expected = _fitted(design, offset, blocks.counts)
        scale = _dispersion(blocks.counts, expected)
        slopes = [
            _slope(curve, blocks, place, parameters, number, steps[number], coefficients) for number in range(free)
        ]
        full = np.column_stack([design, *slopes])
        weight = _weights(blocks.counts, expected, scale)
        normal = (full * weight[:, np.newaxis]).T @ full
        gradient = full.T @ (weight * (blocks.counts - expected) / expected)
        normal[np.diag_indices_from(normal)] += 1e-8 * np.trace(normal) / len(normal)
        normal[range(-free, 0), range(-free, 0)] += hold
        gradient[-free:] -= hold * (parameters - begin)
        change = np.linalg.solve(normal, gradient)[-free:]
        change = change / max(1.0, float(np.max(np.abs(change) / limits)))
        parameters = parameters + change
        if (np.abs(change) < 0.02 * steps).all():
            converged = True
            break
    covariance = np.linalg.pinv(normal, hermitian=True)[-free:, -free:]
    if groups is not None:
        score = full * (weight * (blocks.counts - expected) / expected)[:, np.newaxis]
        covariance = covariance + _between(groups, full, weight, score, normal)[-free:, -free:]
    return BackgroundFit(
        parameters, np.asarray(covariance, dtype=float), _deviance(blocks.counts, expected), scale, expected, converged
    )


@dataclass(frozen=True, eq=False)
class _Curve:
    """Cubic splines over the radius at which a detector square to the beam would see a scattering angle."""

    distance_mm: float
    knots: NDArray[np.float64]
    polarised: bool

    @classmethod
    def through(cls, blocks: BackgroundBlocks, geometry: DetectorGeometry, count: int) -> _Curve:
        two_theta = geometry.two_theta_rad(blocks.position_px)
        place = _radius(two_theta, geometry.distance_mm)
        low, high = float(place.min()), float(place.max())
        # Denser where there are more photons: half by area, half by counts.
        order = np.argsort(place)
        share = blocks.pixels[order] / blocks.pixels.sum() + blocks.counts[order] / max(float(blocks.counts.sum()), 1.0)
        inner = np.interp(np.linspace(0, 2, count)[1:-1], np.cumsum(share), place[order])
        margin = 0.05 * (high - low) + 1e-6
        ends = np.full(4, low - margin), np.full(4, high + margin)
        knots = np.concatenate([ends[0], np.unique(inner), ends[1]])
        return cls(geometry.distance_mm, knots, bool(two_theta.max() > _POLARISED_FROM_RAD))

    def matrix(
        self, blocks: BackgroundBlocks, geometry: DetectorGeometry
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Columns of the design, shape (n, k), and the logarithm of pixels, solid angle and efficiency, shape (n,)."""
        from scipy.interpolate import BSpline

        vectors = geometry.directions(blocks.position_px)
        length = np.linalg.norm(vectors, axis=1)
        two_theta = np.arccos(np.clip(vectors @ geometry.beam / length, -1, 1))
        place = np.clip(_radius(two_theta, self.distance_mm), self.knots[0], np.nextafter(self.knots[-1], -np.inf))
        columns = [np.asarray(BSpline.design_matrix(place, self.knots, 3).toarray())]
        slant = np.abs(vectors @ geometry.normal) / length
        offset = np.log(blocks.pixels) + np.log(slant) - 2 * np.log(length / geometry.distance_mm)
        if geometry.panel.sensor is not None:
            mu, thickness = geometry.panel.sensor
            offset = offset + np.log(-np.expm1(-mu * thickness / slant))
        if self.polarised:
            azimuth = 2 * np.arctan2(vectors @ geometry.panel.slow, vectors @ geometry.panel.fast)
            strength = np.sin(two_theta) ** 2 / (1 + np.cos(two_theta) ** 2)
            columns.append(np.column_stack([strength * np.cos(azimuth), strength * np.sin(azimuth)]))
        return np.hstack(columns), offset


def _radius(two_theta: NDArray[np.float64], distance_mm: float) -> NDArray[np.float64]:
    """2 L tan(theta): finite at any angle, and a radius on the detector at small ones."""
    return 2 * distance_mm * np.tan(np.minimum(two_theta, 3.0) / 2)


def _between(
    groups: NDArray[np.int64], full: NDArray[np.float64], weight: NDArray[np.float64], score: NDArray[np.float64],
    normal: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Covariance by leaving out each group in turn (jackknife), each by one step from the whole."""
    changes = []
    for group in np.unique(groups):
        out = groups == group
        left = normal - (full[out] * weight[out, np.newaxis]).T @ full[out]
        left[np.diag_indices_from(left)] += 1e-6 * np.trace(normal) / len(normal)
        changes.append(np.linalg.solve(left, -score[out].sum(axis=0)))
    spread = np.array(changes)
    count = len(spread)
    if count < 2:
        return np.zeros_like(normal)
    spread = spread - spread.mean(axis=0)
    return np.asarray((count - 1) / count * spread.T @ spread)


def _slope(
    curve: _Curve, blocks: BackgroundBlocks, place: Place, parameters: NDArray[np.float64], number: int, step: float,
    coefficients: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Derivative of the logarithm of what is expected with respect to one parameter."""
    ends = []
    for sign in (0.5, -0.5):
        moved = parameters.copy()
        moved[number] += sign * step
        geometry = place(moved)
        design, offset = curve.matrix(blocks, geometry)
        ends.append(offset + design @ coefficients)
    return np.asarray((ends[0] - ends[1]) / step)


def _fitted(
    design: NDArray[np.float64], offset: NDArray[np.float64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients of the curve and what it expects, by iterated weighted least squares."""
    rate = np.log(max(counts.sum(), 1.0) / np.exp(offset).sum())
    log_rate = np.full(len(counts), rate)
    scale = 1.0
    coefficients = np.zeros(design.shape[1])
    for _ in range(_CURVE_ITERATIONS):
        expected = np.exp(np.clip(log_rate + offset, -30, 30))
        weight = _weights(counts, expected, scale)
        target = log_rate + (counts - expected) / expected
        normal = (design * weight[:, np.newaxis]).T @ design
        # Where there is hardly a count the curve is held near the mean.
        pull = 1e-4 * np.trace(normal) / len(normal) * np.eye(len(normal))
        right = design.T @ (weight * target) + pull @ np.full(len(normal), rate)
        new = np.linalg.solve(normal + pull, right)
        log_rate = np.clip(design @ new, rate - 12, rate + 12)
        settled = np.abs(new - coefficients).max() < 1e-3
        coefficients = new
        scale = _dispersion(counts, np.exp(np.clip(log_rate + offset, -30, 30)))
        if settled:
            break
    return coefficients, np.exp(np.clip(log_rate + offset, -30, 30))


def _weights(counts: NDArray[np.float64], expected: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Weight of each block for its logarithm: less for what stands out (Huber)."""
    pearson = np.abs(counts - expected) / np.sqrt(expected * scale)
    weights: NDArray[np.float64] = expected / scale * np.minimum(1, _HUBER / np.maximum(pearson, 1e-9))
    return weights


def _dispersion(counts: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Mean square of residuals in units of counting statistics, without what stands out; not below that of counting."""
    square = (counts - expected) ** 2 / np.maximum(expected, 1e-6)
    limit = _LARGEST_PEARSON**2 * max(1.0, float(np.median(square)) / 0.455)
    return max(1.0, float(np.minimum(square, limit).mean()))


def _deviance(counts: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Mean Poisson deviance, that of single blocks bounded so that shadows do not decide."""
    safe = np.maximum(counts, 1e-12)
    each = 2 * (np.where(counts > 0, counts * np.log(safe / expected), 0) - (counts - expected))
    limit = 25 * max(1.0, float(np.median(each)) / 0.455)
    return float(np.minimum(each, limit).mean())
