"""Factors: how much of each reflection the sample absorbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import checked_finite, read_only
from .errors import InputError
from .labels import Material
from .provenance import Provenance

ABSORBING = (Material.LIQUOR, Material.LOOP, Material.CRYSTAL, Material.OTHER)


@dataclass(frozen=True, eq=False)
class Factors:
    """Absorption factors of reflections, in the row order of the reflection table.

    Parameters
    ----------
    absorption : ndarray of float64, shape (reflection,)
        A_h = mean over the crystal of exp(-sum of mu_m L_m), 0 to 1 (Lu et al. 2024, J. Appl. Cryst. 57, 649).
        NaN where the reflection has no usable direction.
    standard_error : ndarray of float64, shape (reflection,)
        Standard error of ``absorption`` from sampling the crystal voxels and, where the provenance states one, from
        interpolating between directions; 0 where every ray of every voxel was traced.
    path_length_um : mapping of Material to ndarray of float64, shape (reflection,)
        Incident plus diffracted path through each absorbing material, averaged over the sampled crystal voxels, µm.
    miller_index : ndarray of int, shape (reflection, 3), or None
        Miller indices, where there is a reflection table.
    provenance : Provenance
        How the factors were made, with the coefficients used.
    coefficients_per_um : mapping of str to float, or None
        Linear attenuation coefficient of each material by its title, 1/µm.
    weighted_path_um : ndarray of float64, shape (reflection, 4), or None
        Mean path length through each of ``ABSORBING`` over the crystal, weighted with exp(-sum of mu_m L_m), µm:
        -d ln A / d mu_m.
    path_covariance_um2 : ndarray of float64, shape (reflection, 4, 4), or None
        Covariance of the path lengths under the same weights, µm²: d² ln A / d mu_m d mu_n.
    lit_fraction : ndarray of float64, shape (reflection,), or None
        Part of the crystal in the X-ray beam, where the beam is smaller than the crystal.

    Raises
    ------
    InputError
        Columns of different length, or an absorption factor outside 0 to 1.
    """

    absorption: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    path_length_um: Mapping[Material, NDArray[np.float64]]
    miller_index: NDArray[np.int64] | None = None
    provenance: Provenance = field(default_factory=Provenance)
    coefficients_per_um: Mapping[str, float] | None = None
    weighted_path_um: NDArray[np.float64] | None = None
    path_covariance_um2: NDArray[np.float64] | None = None
    lit_fraction: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        absorption = np.asarray(self.absorption, dtype=np.float64)
        if absorption.ndim != 1:
            raise InputError("Absorption factors are one value a reflection.")
        n = len(absorption)
        used = absorption[~np.isnan(absorption)]
        if used.size and (used.min() < 0 or used.max() > 1 + 1e-9):
            raise InputError(
                f"Absorption factors must lie between 0 and 1, not {used.min():.4g} to {used.max():.4g}; "
                "check the linear attenuation coefficients."
            )
        error = np.asarray(self.standard_error, dtype=np.float64)
        paths = {m: np.asarray(self.path_length_um[m], dtype=np.float64) for m in ABSORBING}
        for name, column in {"standard error": error, **{m.title: p for m, p in paths.items()}}.items():
            if column.shape != (n,):
                raise InputError(f"The column '{name}' has shape {column.shape}, expected ({n},).")
        object.__setattr__(self, "absorption", read_only(absorption))
        object.__setattr__(self, "standard_error", read_only(error))
        object.__setattr__(self, "path_length_um", {m: read_only(p) for m, p in paths.items()})
        if self.miller_index is not None:
            index = np.asarray(self.miller_index)
            if index.shape != (n, 3):
                raise InputError(f"Miller indices have shape {index.shape}, expected ({n}, 3).")
            checked_finite(index, "The Miller indices")
            object.__setattr__(self, "miller_index", read_only(index.astype(np.int64)))
        for name, tail in (("weighted_path_um", (4,)), ("path_covariance_um2", (4, 4)), ("lit_fraction", ())):
            values = getattr(self, name)
            if values is not None:
                array = np.asarray(values, dtype=np.float64)
                if array.shape != (n, *tail):
                    raise InputError(f"The column '{name}' has shape {array.shape}, expected {(n, *tail)}.")
                object.__setattr__(self, name, read_only(array))

    def __len__(self) -> int:
        return len(self.absorption)

    @property
    def derivative_um(self) -> NDArray[np.float64]:
        """dA / dmu_m for each of ``ABSORBING``, shape (reflection, 4), µm.

        Raises
        ------
        InputError
            The factors were made without it.
        """
        if self.weighted_path_um is None:
            raise InputError("These factors hold no weighted path lengths; compute them anew from the labels.")
        # Where so much is absorbed that A is exactly 0 there are no weights, and nothing that changes.
        a = self.absorption[:, np.newaxis]
        return np.where(a == 0, 0.0, -a * self.weighted_path_um)

    def uncertainty_from(self, coefficient_errors_per_um: Mapping[str, float]) -> NDArray[np.float64]:
        """Return the standard error of A that comes from errors of the coefficients, to first order.

        Parameters
        ----------
        coefficient_errors_per_um : mapping of str to float
            Standard errors by the material's title (``"crystal"``), 1/µm, independent of each other; those left out
            are zero.

        Returns
        -------
        ndarray of float64, shape (reflection,)

        Raises
        ------
        InputError
            An unknown material, a negative error, or factors without weighted path lengths.
        """
        errors = np.array([_known(coefficient_errors_per_um).get(m.title, 0.0) for m in ABSORBING])
        if not np.isfinite(errors).all() or (errors < 0).any():
            raise InputError("Standard errors of the coefficients must be zero or positive.")
        spread: NDArray[np.float64] = np.sqrt(np.square(self.derivative_um * errors).sum(axis=1))
        return spread

    def at(self, coefficients_per_um: Mapping[str, float], *, largest_error: float = 0.01) -> Factors:
        """Return the factors for other coefficients, without tracing.

        With the change d of the coefficients, ln A changes by -d.m + d C d / 2, m and C being mean and covariance of
        the path lengths under the weight exp(-sum of mu_m L_m): the first terms of a cumulant expansion, of which A is
        the generating function. With s² = d C d the next term is the skewness of d.L times s³ / 6. The skewness is not
        known; it is taken to be 2, that of an exponential distribution, and s³ / 3 is added in quadrature to the
        relative standard error.

        Parameters
        ----------
        coefficients_per_um : mapping of str to float
            New coefficients by the material's title (``{"crystal": 0.021}``), 1/µm; those left out stay.
        largest_error : float
            Refuse a change for which s³ / 3 is larger than this for a reflection.

        Returns
        -------
        Factors
            With the weighted path lengths to first order in d and without their covariance: further changes start from
            the traced factors. NaN where A was exactly 0: there is no telling what it becomes.

        Raises
        ------
        InputError
            An unknown material, a coefficient that is negative or not finite, a change that is too large, or factors
            without the covariance of their paths.
        """
        if self.weighted_path_um is None or self.path_covariance_um2 is None or self.coefficients_per_um is None:
            raise InputError(
                "These factors hold no covariance of the path lengths, so they cannot be brought to other "
                "coefficients; start from factors that were traced, or trace with the new coefficients."
            )
        new = {**self.coefficients_per_um, **_known(coefficients_per_um)}
        for name, value in new.items():
            if not np.isfinite(value) or value < 0:
                raise InputError(f"The attenuation coefficient of {name} must be zero or positive, not {value}.")
        change = np.array([new.get(m.title, 0.0) - self.coefficients_per_um.get(m.title, 0.0) for m in ABSORBING])
        toward = self.path_covariance_um2 @ change
        variance = np.maximum(toward @ change, 0.0)
        missing = variance**1.5 / 3
        worst = float(np.max(missing[~np.isnan(missing)], initial=0.0))
        if worst > largest_error:
            raise InputError(
                f"For this change of the coefficients the expansion may be off by {100 * worst:.2g} %, more than "
                f"{100 * largest_error:.2g} %; trace with the new coefficients."
            )
        absorption = np.minimum(self.absorption * np.exp(-self.weighted_path_um @ change + variance / 2), 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(self.absorption > 0, self.standard_error / self.absorption, 0.0)
        return replace(
            self,
            absorption=absorption,
            standard_error=absorption * np.hypot(relative, missing),
            weighted_path_um=self.weighted_path_um - toward,
            path_covariance_um2=None,
            coefficients_per_um=new,
            provenance=self.provenance.then("change_coefficients", coefficients_per_um=new, expansion_error=worst),
        )

    def filled_from(self, other: Factors) -> Factors:
        """Return these factors with those of another where there is none here; both of the same reflections.

        They are of several coefficients, so that they hold none, and :meth:`at` does not take them.

        Returns
        -------
        Factors
            Of the same reflections, in the same order.

        Raises
        ------
        InputError
            They are of another number of reflections.
        """
        if len(self) != len(other):
            raise InputError(f"There are {len(self)} and {len(other)} factors; they are of other reflections.")
        here = ~np.isnan(self.absorption)

        def column(one: NDArray[Any] | None, two: NDArray[Any] | None) -> NDArray[Any] | None:
            if one is None or two is None:
                return None
            return np.where(here.reshape(-1, *[1] * (one.ndim - 1)), one, two)

        def own(one: NDArray[Any], two: NDArray[Any]) -> NDArray[Any]:
            return np.where(here, one, two)

        ours, theirs = self.provenance, other.provenance
        return replace(
            self,
            absorption=own(self.absorption, other.absorption),
            standard_error=own(self.standard_error, other.standard_error),
            path_length_um={m: own(path, other.path_length_um[m]) for m, path in self.path_length_um.items()},
            weighted_path_um=column(self.weighted_path_um, other.weighted_path_um),
            path_covariance_um2=None,
            lit_fraction=column(self.lit_fraction, other.lit_fraction),
            coefficients_per_um=None,
            provenance=replace(ours, steps=(*ours.steps, *(step for step in theirs.steps if step not in ours.steps))),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the columns as JSON-ready values: ``A``, ``standard_error``, ``path_length_um``, ``miller_index``.

        NaN becomes None, because JSON has no NaN.
        """

        def column(values: NDArray[np.float64]) -> list[float | None]:
            return [None if np.isnan(v) else float(v) for v in values]

        return {
            "A": column(self.absorption),
            "standard_error": column(self.standard_error),
            "path_length_um": {m.title: column(p) for m, p in self.path_length_um.items()},
            "miller_index": None if self.miller_index is None else self.miller_index.tolist(),
            **({} if self.lit_fraction is None else {"lit_fraction": column(self.lit_fraction)}),
            "provenance": self.provenance.to_dict(),
        }


def _known(by_title: Mapping[str, float]) -> dict[str, float]:
    """The mapping, if all of its keys are titles of absorbing materials."""
    titles = [material.title for material in ABSORBING]
    for name in by_title:
        if name not in titles:
            raise InputError(f"There is no material '{name}' here; known are {', '.join(titles)}.")
    return {name: float(value) for name, value in by_title.items()}
