"""Attenuation coefficients from measured attenuation and path lengths: robust linear regression with honest errors.

The model is  −ln T = Σ_m μ_m L_m + Σ_q a_q N_q + Σ_r b_gr Z_r  with coefficients μ of the materials, nuisances that all
observations share, and nuisances that each group (projection) has for itself, such as its level. The nuisances of the
groups are projected out (Frisch, Waugh & Lovell). Observations far off count less (Huber 1964, iteratively reweighted).
Residuals are correlated along rows and over angles, since errors of labels and fringes are; so the covariance is the
sandwich over clusters (Liang & Zeger 1986), summed over the ways of clustering, which errs on the safe side of the
two-way formula of Cameron, Gelbach & Miller (2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError

# Residuals beyond so many robust standard deviations count less. Fringes lie within, on purpose: they are lopsided, and
# only their mean over both sides of an edge is right.
_HUBER = 3.0
# Columns whose correlation matrix has a smaller eigenvalue cannot be told apart.
LEAST_EIGENVALUE = 1e-4
# A material that has this much of its square in such a direction is not measurable.
_LOST = 0.02


@dataclass(frozen=True, eq=False)
class AttenuationFit:
    """Result of :func:`fit_attenuation`.

    Parameters
    ----------
    values : ndarray, shape (material,)
        Coefficients, 1/µm; NaN where they cannot be measured.
    covariance : ndarray, shape (material + nuisance, material + nuisance)
        Covariance of coefficients and shared nuisances; infinite variance where they cannot be measured.
    nuisances : ndarray, shape (nuisance,)
        Coefficients of the shared nuisances.
    group_nuisances : ndarray, shape (group, nuisance)
        Coefficients of each group's own.
    residuals : ndarray, shape (observation,)
        Measured less fitted.
    weights : ndarray, shape (observation,)
        Final weights, 0 to 1.
    """

    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    nuisances: NDArray[np.float64]
    group_nuisances: NDArray[np.float64]
    residuals: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def standard_errors(self) -> NDArray[np.float64]:
        """Standard errors of the coefficients of the materials, 1/µm; infinite where they cannot be measured."""
        return np.sqrt(np.diag(self.covariance)[: len(self.values)])

    @property
    def measurable(self) -> NDArray[np.bool_]:
        """Whether each material could be measured."""
        return np.isfinite(self.values)


def fit_attenuation(
    attenuation: ArrayLike,
    path_lengths_um: ArrayLike,
    *,
    nuisances: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    group_nuisances: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    nuisance_spreads: ArrayLike | None = None,
    correlated: float = 1.0,
    reweightings: int = 3,
) -> AttenuationFit:
    """Fit attenuation coefficients.

    Parameters
    ----------
    attenuation : array_like, shape (observation,)
        Measured −ln T.
    path_lengths_um : array_like, shape (observation, material)
        Path length in each material, µm.
    nuisances : array_like, shape (observation, nuisance), optional
        What else −ln T may depend on, with one coefficient for all.
    groups : array_like of int, shape (observation,), optional
        Group (projection) of each observation, 0 and up; one group by default.
    group_nuisances : array_like, shape (observation, nuisance), optional
        What it may depend on with a coefficient for each group; a constant (the level) by default. Pass no columns for
        none.
    clusters : array_like of int, shape (way, observation), optional
        One or more ways to divide the observations into clusters of which the errors are taken as independent. By
        default each observation is its own.
    nuisance_spreads : array_like, shape (nuisance,), optional
        Standard deviation about zero that each shared nuisance is expected to have; infinite (free) by default. What it
        leaves open goes into the errors.
    correlated : float
        How many neighbouring observations say the same: what the expectation is weighed against.
    reweightings : int
        How often outliers are weighted anew; 0 is plain least squares.

    Returns
    -------
    AttenuationFit
        Materials that are absent, or whose path lengths cannot be told from a combination of the others', have NaN and
        an infinite error.

    Raises
    ------
    InputError
        Arrays that do not fit, NaN, or fewer observations than unknowns.
    """
    y = np.asarray(attenuation, dtype=np.float64)
    lengths = np.asarray(path_lengths_um, dtype=np.float64)
    if y.ndim != 1 or lengths.ndim != 2 or len(lengths) != len(y):
        raise InputError(
            f"Attenuation (observation,) and path lengths (observation, material) do not fit: {y.shape} and "
            f"{lengths.shape}."
        )
    count = len(y)
    shared = np.zeros((count, 0)) if nuisances is None else np.asarray(nuisances, dtype=np.float64)
    group = np.zeros(count, dtype=np.intp) if groups is None else np.asarray(groups, dtype=np.intp)
    own = np.ones((count, 1)) if group_nuisances is None else np.asarray(group_nuisances, dtype=np.float64)
    for name, table in (("nuisances", shared), ("group nuisances", own)):
        if table.ndim != 2 or len(table) != count:
            raise InputError(f"The {name} need the shape ({count}, columns), not {table.shape}.")
    if group.shape != (count,) or (count and group.min() < 0):
        raise InputError(f"Each of {count} observations needs a group, a number from 0.")
    ways = np.arange(count)[np.newaxis] if clusters is None else np.atleast_2d(np.asarray(clusters))
    if ways.shape[1] != count:
        raise InputError(f"Each of {count} observations needs a cluster, not {ways.shape[1]}.")
    design = np.concatenate([lengths, shared], axis=1)
    if not (np.isfinite(y).all() and np.isfinite(design).all() and np.isfinite(own).all()):
        raise InputError("Attenuation, path lengths and nuisances must be finite; leave the other observations out.")
    group_count = int(group.max()) + 1 if count else 0
    if count <= design.shape[1] + own.shape[1] * group_count:
        raise InputError(f"{count} observations are too few for the unknowns; take more projections or pixels.")
    spreads = np.full(shared.shape[1], np.inf) if nuisance_spreads is None else np.asarray(nuisance_spreads, float)
    if spreads.shape != (shared.shape[1],) or not (spreads > 0).all():
        raise InputError(f"Each of {shared.shape[1]} nuisances needs a spread above zero.")
    every = np.concatenate([np.full(lengths.shape[1], np.inf), spreads])
    return _fit(y, design, lengths.shape[1], group, own, ways, every, correlated, reweightings)


def _fit(
    y: NDArray[np.float64],
    design: NDArray[np.float64],
    materials: int,
    group: NDArray[np.intp],
    own: NDArray[np.float64],
    ways: NDArray[np.int64],
    spreads: NDArray[np.float64],
    correlated: float,
    reweightings: int,
) -> AttenuationFit:
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(int(group.max()) + 2))
    # Where groups follow each other, as projections do, they are views and need not be copied out at each step.
    in_order = bool((order[1:] > order[:-1]).all())
    parts = [slice(start, stop) for start, stop in pairwise(bounds.tolist())]
    members: list[slice | NDArray[np.intp]] = [part if in_order else order[part] for part in parts]
    norms = np.sqrt((design**2).sum(axis=0))
    weights = np.ones(len(y))
    expected = 1 / spreads**2
    noise = float(np.var(y)) * 1e-3 if len(y) else 0.0
    for step in range(reweightings + 1):
        root = np.sqrt(weights)[:, np.newaxis]
        left, right = _without_own(root * design, root[:, 0] * y, root * own, members)
        scales = np.sqrt((left**2).sum(axis=0))
        scales[scales < 1e-7 * norms] = 0.0
        scaled = left / np.where(scales > 0, scales, 1.0)
        scaled[:, scales == 0] = 0.0
        # An expectation is so many more observations of zero.
        ridge = correlated * noise * expected
        eigenvalues, vectors = np.linalg.eigh(
            scaled.T @ scaled + np.diag(ridge / np.where(scales > 0, scales, 1.0) ** 2)
        )
        kept = eigenvalues > LEAST_EIGENVALUE
        inverse = (vectors[:, kept] / eigenvalues[kept]) @ vectors[:, kept].T
        unit = np.where(scales > 0, scales, np.inf)
        solution = (inverse @ (scaled.T @ right)) / unit
        rest = y - design @ solution
        coefficients = np.zeros((len(members), own.shape[1]))
        for number, at in enumerate(members):
            z = root[at] * own[at]
            if z.size:
                coefficients[number] = np.linalg.lstsq(z, root[at, 0] * rest[at], rcond=1e-6)[0]
                rest[at] -= own[at] @ coefficients[number]
        noise = float(np.average(rest**2, weights=weights))
        if step < reweightings:
            spread = 1.4826 * float(np.median(np.abs(rest))) or 1.0
            weights = np.minimum(1.0, _HUBER * spread / np.maximum(np.abs(rest), 1e-300))
    lost = (vectors[:, ~kept] ** 2).sum(axis=1)[:materials] > _LOST
    lost |= scales[:materials] == 0
    bread = inverse / unit[:, np.newaxis] / unit
    scores = left * (np.sqrt(weights) * rest)[:, np.newaxis]
    meat = sum(_sandwich_meat(scores, way) for way in ways) + np.diag(
        ridge**2 * np.where(expected > 0, spreads, 0.0) ** 2
    )
    covariance = bread @ meat @ bread
    values = solution[:materials].copy()
    values[lost] = np.nan
    bad = np.flatnonzero(lost)
    covariance[bad] = covariance[:, bad] = 0.0
    covariance[bad, bad] = np.inf
    return AttenuationFit(values, covariance, solution[materials:], coefficients, rest, weights)


def _without_own(
    design: NDArray[np.float64],
    y: NDArray[np.float64],
    own: NDArray[np.float64],
    members: Sequence[slice | NDArray[np.intp]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take off what each group's own nuisances explain."""
    left, right = design.copy(), y.copy()
    if own.shape[1] == 0:
        return left, right
    for at in members:
        u, sizes, _ = np.linalg.svd(own[at], full_matrices=False)
        basis = u[:, sizes > 1e-6 * sizes.max(initial=0.0)]
        left[at] -= basis @ (basis.T @ design[at])
        right[at] -= basis @ (basis.T @ y[at])
    return left, right


def _sandwich_meat(scores: NDArray[np.float64], way: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum over clusters of the outer products of their summed scores, with the correction for few clusters."""
    names, place = np.unique(way, return_inverse=True)
    sums = np.stack([np.bincount(place, column, len(names)) for column in scores.T], axis=1)
    return np.asarray(sums.T @ sums * (len(names) / max(len(names) - 1, 1)))
