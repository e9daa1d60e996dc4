"""Scale intensities: scale and B along the scan, and an empirical absorption surface, as dials.scale has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, silent
from ..merging.equivalents import Equivalents
from ..merging.unmerged_intensities import UnmergedIntensities
from .absorption_surface import level_named, surface_basis
from .error_model import ErrorModel
from .scaled_intensities import ScaledIntensities
from .smooth_basis import smooth_basis

SUBSET = 50_000
"""Observations that the parameters are fitted to, at least, where there are so many (dials.scale)."""

LEAST_GROUPS = 2000
"""Reflections that they are fitted to, at least (dials.scale)."""

DECAY_RESTRAINT = 0.1
"""Weight of the square of each B (dials.scale)."""

# Scan widths below which steps of scale and B are so many degrees (dials.scale, "auto").
_INTERVALS = ((5.0, 1.0, 1.5), (10.0, 2.0, 3.0), (25.0, 4.0, 5.0), (90.0, 8.0, 10.0), (np.inf, 15.0, 20.0))
_CYCLES = 12
_CONVERGED = 1e-5
_LEAST_SURFACE = 0.02
_HUBER = 4.0
_OUTLYING = 6.0


def scale_intensities(
    unmerged: UnmergedIntensities,
    angle_deg: NDArray[np.float64],
    incident: NDArray[np.float64],
    leaving: NDArray[np.float64],
    *,
    sweep: NDArray[np.int64] | None = None,
    absorption_level: str | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> ScaledIntensities:
    """Scale intensities so that equivalents agree, as the physical model of dials.scale does.

    The inverse scale of an observation is S(phi) exp(B(phi) / 2d²) (1 + sum of P_lm Y_lm): S and B vary smoothly with
    the scan angle, and the surface, where one is asked for, is of spherical harmonics of both beams in the crystal. The
    parameters minimise the weighted squares of I - g <I>, <I> being the best mean of each reflection (I(+) and I(-)
    apart), with a weight on the squares of B and P. They are fitted to some tens of thousands of observations, drawn
    by reflections, by Gauss and Newton; observations far off count less (Huber). Then the error model is fitted, and
    both once more. The same call gives the same bytes.

    Parameters
    ----------
    unmerged : UnmergedIntensities
        Intensities, corrected before or not.
    angle_deg : ndarray, shape (observation,)
        Scan angles, degrees.
    incident, leaving : ndarray, shape (observation, 3)
        Unit vectors in the crystal, towards the source and along the scattered beam; used with a surface only.
    sweep : ndarray of int, shape (observation,), optional
        Sweep of each, for a scale and a B of its own; one by default.
    absorption_level : {"low", "medium", "high"}, optional
        How much the surface may do; none by default.
    seed : int
        Seed of the drawing of reflections.
    progress : Progress
        Told how far it is; raises to cancel.

    Returns
    -------
    ScaledIntensities

    Raises
    ------
    InputError
        An absorption level of no such name.

    Notes
    -----
    Beilsten-Edmands et al. (2020), Acta Cryst. D76, 385-399; intervals, restraints and levels are those of dials.scale
    3.12. Unlike there the scale is the exponential of a smooth curve, which cannot become negative.
    """
    level = None if absorption_level is None else level_named(absorption_level)
    groups = unmerged.equivalents
    with np.errstate(invalid="ignore"):
        known = unmerged.used & np.isfinite(angle_deg)
        if level is not None:
            known &= np.isfinite(incident).all(axis=1) & np.isfinite(leaving).all(axis=1)
    rows = np.flatnonzero(known)
    sweeps = np.zeros(len(rows), dtype=np.int64) if sweep is None else np.asarray(sweep)[rows]
    mate = _mates(groups, rows)
    subset = _drawn(mate, seed)
    model = _Model.of(groups.resolution[groups.group[rows]], np.asarray(angle_deg)[rows], sweeps)
    if level is not None:
        model = model.with_surface(surface_basis(incident[rows], leaving[rows], level.highest_degree), level.restraint)
    values = np.zeros(model.parameters)
    intensity, stated = unmerged.intensity[rows], unmerged.sigma[rows]
    sigma, cycles = stated, 0
    part = model.of_rows(subset)
    errors = ErrorModel(1.0, 0.0)
    for turn in range(2):
        progress(0.1 + 0.4 * turn, "Scaling intensities")
        values, more = _fitted(part, values, mate[subset], intensity[subset], sigma[subset])
        cycles += more
        scale = _normalised(model.inverse_scale(values))
        errors = ErrorModel.fitted(mate, intensity / scale, stated / scale)
        mean = _means(mate, intensity / scale, stated / scale)
        sigma = errors.sigma(stated / scale, mean) * scale
    scaled, error = intensity / scale, sigma / scale
    outlying = _outlying(mate, scaled, error)
    progress(0.9, "Intensities scaled")

    def column(some: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = np.full(len(unmerged), np.nan)
        whole[rows] = some
        return whole

    surface = None if level is None else column(model.surface(values))
    return ScaledIntensities(
        UnmergedIntensities(groups, column(np.where(outlying, np.nan, scaled)), column(error)),
        column(scale),
        surface,
        errors,
        int(outlying.sum()),
        cycles,
        model.parameters,
    )


@dataclass(frozen=True, eq=False)
class _Model:
    """Inverse scales as a function of parameters: ln S, then B, then the coefficients of the surface."""

    linear: NDArray[np.float64]  # (observation, parameter of ln S and of B): what each adds to the logarithm
    harmonics: NDArray[np.float64]  # (observation, coefficient)
    restraint: NDArray[np.float64]  # (parameter,)

    @classmethod
    def of(cls, resolution: NDArray[np.float64], angle_deg: NDArray[np.float64], sweep: NDArray[np.int64]) -> _Model:
        scales: list[NDArray[np.float64]] = []
        decays: list[NDArray[np.float64]] = []
        for number in np.unique(sweep):
            own = sweep == number
            angles = angle_deg[own]
            span = float(np.ptp(angles))
            _, scale_step, decay_step = next(each for each in _INTERVALS if span < each[0])
            for step, into in ((scale_step, scales), (decay_step, decays)):
                basis = smooth_basis(angles, step)
                whole = np.zeros((len(sweep), basis.shape[1]))
                whole[own] = basis
                into.append(whole)
        decay = np.hstack(decays) / (2 * np.square(resolution))[:, np.newaxis]
        scale = np.hstack(scales)
        # A constant in ln S alone changes nothing; a trace of a restraint holds it.
        restraint = np.r_[np.full(scale.shape[1], 1e-3), np.full(decay.shape[1], DECAY_RESTRAINT)]
        return cls(np.hstack([scale, decay]), np.zeros((len(sweep), 0)), restraint)

    def with_surface(self, basis: NDArray[np.float64], restraint: float) -> _Model:
        return _Model(self.linear, basis, np.r_[self.restraint, np.full(basis.shape[1], restraint)])

    def of_rows(self, rows: NDArray[np.intp]) -> _Model:
        return _Model(self.linear[rows], self.harmonics[rows], self.restraint)

    @property
    def parameters(self) -> int:
        return len(self.restraint)

    def surface(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(1 + self.harmonics @ values[self.linear.shape[1] :], _LEAST_SURFACE)

    def inverse_scale(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        logarithm = self.linear @ values[: self.linear.shape[1]]
        return np.asarray(np.exp(np.clip(logarithm, -20, 20)) * self.surface(values))

    def derivatives(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """d g / d parameter, shape (observation, parameter)."""
        scale = self.inverse_scale(values)
        along = self.linear * scale[:, np.newaxis]
        if not self.harmonics.shape[1]:
            return along
        return np.hstack([along, self.harmonics * (scale / self.surface(values))[:, np.newaxis]])


def _fitted(
    model: _Model,
    values: NDArray[np.float64],
    mate: NDArray[np.int64],
    intensity: NDArray[np.float64],
    sigma: NDArray[np.float64],
) -> tuple[NDArray[np.float64], int]:
    """Minimise the weighted squares of I - g <I>, with <I> at its best for every g; return values and cycles."""
    order = np.argsort(mate, kind="stable")
    model, intensity, sigma = model.of_rows(order), intensity[order], sigma[order]
    first = np.r_[0, np.flatnonzero(np.diff(mate[order])) + 1]
    lengths = np.diff(np.r_[first, len(order)])
    stated = 1 / np.square(sigma)
    weight = stated

    def means(scale: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        total = np.add.reduceat(weight * scale * scale, first)
        return np.add.reduceat(weight * scale * intensity, first) / total, total

    def residuals(scale: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(intensity - scale * np.repeat(means(scale)[0], lengths))

    def cost(values: NDArray[np.float64]) -> float:
        scale = model.inverse_scale(values)
        return float(weight @ np.square(residuals(scale)) + model.restraint @ np.square(values))

    damping, cycles = 1e-4, 0
    while cycles < _CYCLES:
        cycles += 1
        scale = model.inverse_scale(values)
        # Observations far off count less. The weights of the cycle before are those of its means.
        away = np.abs(residuals(scale)) * np.sqrt(stated)
        weight = stated * np.minimum(1, _HUBER / np.maximum(away, 1e-12))
        mean, total = means(scale)
        spread = np.repeat(mean, lengths)
        slopes = model.derivatives(values)
        # d<I>/dp = sum of w (I - 2 g <I>) dg/dp over sum of w g².
        of_mean = np.add.reduceat((weight * (intensity - 2 * scale * spread))[:, np.newaxis] * slopes, first)
        of_mean /= total[:, np.newaxis]
        jacobian = slopes * spread[:, np.newaxis] + scale[:, np.newaxis] * np.repeat(of_mean, lengths, axis=0)
        root = np.sqrt(weight)
        jacobian *= root[:, np.newaxis]
        normal = jacobian.T @ jacobian
        gradient = jacobian.T @ (root * residuals(scale)) - model.restraint * values
        normal[np.diag_indices_from(normal)] += model.restraint
        before, diagonal = cost(values), np.diag(normal).copy()
        for _ in range(8):
            step = np.linalg.solve(normal + np.diag(damping * np.maximum(diagonal, 1e-9)), gradient)
            after = cost(values + step)
            if after <= before:
                damping = max(damping / 10, 1e-9)
                break
            damping *= 10
        else:
            break
        values = values + step
        if before - after <= _CONVERGED * before:
            break
    return values, cycles


def _normalised(scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse scales with a mean of one: their overall size is not known."""
    return np.asarray(scale / scale.mean())


def _mates(groups: Equivalents, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Number of the reflection of each row, I(+) and I(-) apart, from 0 without gaps."""
    both = 2 * groups.group[rows] + ~groups.plus[rows]
    return np.asarray(np.unique(both, return_inverse=True)[1].reshape(-1), dtype=np.int64)


def _drawn(mate: NDArray[np.int64], seed: int) -> NDArray[np.intp]:
    """Rows of reflections drawn at random that were seen several times, as many as are enough; all, where fewer."""
    count = np.bincount(mate)
    several = np.flatnonzero(count > 1)
    if not several.size:
        return np.arange(len(mate))
    order = np.random.default_rng(seed).permutation(several)
    enough = int(np.searchsorted(np.cumsum(count[order]), SUBSET)) + 1
    chosen = np.zeros(len(count), dtype=bool)
    chosen[order[: max(enough, LEAST_GROUPS)]] = True
    return np.flatnonzero(chosen[mate])


def _means(mate: NDArray[np.int64], intensity: NDArray[np.float64], sigma: NDArray[np.float64]) -> NDArray[np.float64]:
    weight = 1 / np.square(sigma)
    mean = np.bincount(mate, weight * intensity) / np.bincount(mate, weight)
    return np.maximum(mean, 0)[mate]


def _outlying(mate: NDArray[np.int64], intensity: NDArray[np.float64], sigma: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each lies more than six errors off the mean of the others of its reflection; of two, neither is known.

    The worst of a reflection goes first and the others are judged without it, as dials.scale does.
    """
    gone = np.zeros(len(mate), dtype=bool)
    variance = np.square(sigma)
    while True:
        weight = np.where(gone, 0, 1 / variance)
        total, product = np.bincount(mate, weight)[mate], np.bincount(mate, weight * intensity)[mate]
        others = total - weight
        several = ~gone & (np.bincount(mate, ~gone)[mate] > 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = (product - weight * intensity) / others
            away = np.where(several, np.abs(intensity - mean) / np.sqrt(variance + 1 / others), 0)
        far = np.flatnonzero(away > _OUTLYING)
        if not far.size:
            return gone
        worst = far[np.lexsort((-away[far], mate[far]))]
        gone[worst[np.r_[True, np.diff(mate[worst]) > 0]]] = True
