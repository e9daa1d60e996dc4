"""Absorption map: A over all directions in the sample, and its spherical-harmonic power."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from enum import StrEnum
from io import StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import read_only
from ...errors import InputError
from ...labels import Labels
from ...progress import Progress, silent
from ...provenance import Provenance, hash_array
from ...spherical_harmonics import gauss_legendre_directions, harmonic_degrees, real_spherical_harmonics, to_angles
from ..absorption_factors import absorb
from ..coefficients import Coefficients
from ..directions import Directions

ORDER = 6
RINGS = 24
LEAST_VARIATION = 1e-6
"""Relative variation below which there is nothing to divide among harmonics: that of rounding."""


class MapKind(StrEnum):
    """What A is mapped over all directions.

    ``ONE_PATH``: transmission of one path alone, mean over the crystal of exp(-sum of mu_m L_m) with L from the voxel
    to the outside. Along the scattered beam it is the absorption of the exit path, and towards the source that of the
    incident path: one map serves both.

    ``FIXED_BEAM``: A of both paths, the incident beam that of angle zero (source at +axis 1), for every scattered beam.
    """

    ONE_PATH = "one-path"
    FIXED_BEAM = "fixed-beam"


@dataclass(frozen=True, eq=False)
class AbsorptionMap:
    """A over directions in the frame of the labels, developed in real spherical harmonics.

    A / (mean of A over the sphere) = 1 + sum over l >= 1 and m of c_lm Y_lm, the form of DIALS's absorption surface
    (see docs/absorption-map.md). P_l = sum over m of c_lm² / 4 pi is the part of the relative variance of A that is of
    degree l, so that the relative variance is the sum of all P_l with l >= 1 (Parseval), and sqrt(P_l) is the r.m.s.
    relative variation of degree l. P_l does not depend on how the sample is turned.

    Parameters
    ----------
    kind : MapKind
        Which A.
    directions : ndarray of float64, shape (direction, 3)
        Unit vectors in array axes (z, y, x), away from the crystal.
    weights : ndarray of float64, shape (direction,)
        Part of the sphere that each direction stands for; they add up to 1.
    absorption : ndarray of float64, shape (direction,)
        A, 0 to 1.
    standard_error : ndarray of float64, shape (direction,)
        Standard error of A from sampling the crystal voxels.
    order : int
        Highest degree l of the harmonics.
    provenance : Provenance
        How it was made.

    Raises
    ------
    InputError
        Columns of different length, or too few directions for the order.
    """

    kind: MapKind
    directions: NDArray[np.float64]
    weights: NDArray[np.float64]
    absorption: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    order: int = ORDER
    provenance: Provenance = field(default_factory=Provenance)
    harmonic_coefficients: NDArray[np.float64] = field(init=False)
    """c_lm, shape ((order + 1)**2,), in the order of ``harmonic_degrees``."""
    fitted: NDArray[np.float64] = field(init=False)
    """A as the harmonics up to the order give it, shape (direction,)."""

    def __post_init__(self) -> None:
        n = len(self.directions)
        if {len(self.weights), len(self.absorption), len(self.standard_error)} != {n}:
            raise InputError("An absorption map needs one weight, A and standard error for each direction.")
        if n < (self.order + 1) ** 2:
            raise InputError(
                f"{n} directions do not determine the {(self.order + 1) ** 2} harmonics up to order {self.order}; "
                "take more directions or a lower order."
            )
        if not self.mean > 0:
            raise InputError("No beam gets through the sample: check the attenuation coefficients, which are in 1/µm.")
        root = np.sqrt(self.weights)
        harmonics = real_spherical_harmonics(self.directions, self.order)
        # Weighted least squares. Over Gauss-Legendre directions this is the plain weighted sum of A Y_lm.
        found = np.linalg.lstsq(harmonics * root[:, np.newaxis], self.relative * root, rcond=None)[0]
        object.__setattr__(self, "harmonic_coefficients", read_only(found))
        object.__setattr__(self, "fitted", read_only(self.mean * (harmonics @ found)))

    @property
    def mean(self) -> float:
        """Mean of A over the sphere."""
        return float(self.weights @ self.absorption)

    @property
    def relative(self) -> NDArray[np.float64]:
        """A over its mean, shape (direction,)."""
        return self.absorption / self.mean

    @property
    def power(self) -> NDArray[np.float64]:
        """P_l, shape (order + 1,); P_0 is 1."""
        degree = harmonic_degrees(self.order)[:, 0]
        return np.bincount(degree, weights=self.harmonic_coefficients**2) / (4 * np.pi)

    @property
    def rms_variation(self) -> float:
        """Root mean square of A / mean - 1 over the sphere."""
        return float(np.sqrt(self.weights @ (self.relative - 1) ** 2))

    @property
    def rms_residual(self) -> float:
        """Root mean square of what the harmonics up to the order leave over, relative to the mean of A."""
        return float(np.sqrt(self.weights @ (self.absorption - self.fitted) ** 2)) / self.mean

    @property
    def unexplained(self) -> float | None:
        """Part of the variance that the harmonics leave over; None where A does not vary."""
        if self.rms_variation < LEAST_VARIATION:
            return None
        return (self.rms_residual / self.rms_variation) ** 2

    def to_dict(self) -> dict[str, Any]:
        """Return the summary and the coefficients as JSON-ready values; the directions are in :meth:`to_csv`."""
        degrees = harmonic_degrees(self.order).tolist()
        return {
            "kind": str(self.kind),
            "directions": len(self.directions),
            "mean_A": self.mean,
            "least_A": float(self.absorption.min()),
            "greatest_A": float(self.absorption.max()),
            "greatest_standard_error": float(self.standard_error.max()),
            "order": self.order,
            "power": self.power.tolist(),
            "rms_variation_by_order": np.sqrt(self.power[1:]).tolist(),
            "rms_variation": self.rms_variation,
            "rms_residual": self.rms_residual,
            "unexplained_fraction_of_variance": self.unexplained,
            "coefficients": [
                {"l": degree, "m": m, "c": float(c)}
                for (degree, m), c in zip(degrees, self.harmonic_coefficients, strict=True)
            ],
            "provenance": self.provenance.to_dict(),
        }

    def to_csv(self) -> str:
        """Return one line a direction: unit vector, azimuth, latitude, weight, A, its error, A of the harmonics."""
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(
            ["z", "y", "x", "azimuth_deg", "latitude_deg", "weight", "A", "standard_error", f"A_order_{self.order}"]
        )
        latitude, azimuth = np.rad2deg(to_angles(self.directions))
        columns = (azimuth % 360, latitude, self.weights, self.absorption, self.standard_error, self.fitted)
        for row in np.column_stack([self.directions, *columns]):
            writer.writerow([f"{value:.8g}" for value in row])
        return text.getvalue()


def map_absorption(
    labels: Labels,
    coefficients: Coefficients,
    *,
    kind: MapKind | str = MapKind.ONE_PATH,
    order: int = ORDER,
    rings: int = RINGS,
    tolerance: float = 1e-3,
    seed: int = 0,
    progress: Progress = silent,
) -> AbsorptionMap:
    """Map A over all directions in the sample.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm.
    kind : MapKind or str
        ``"one-path"`` (the default) or ``"fixed-beam"``; see :class:`MapKind`.
    order : int
        Highest degree of the harmonics.
    rings : int
        Rings of latitude: 2 ``rings``² directions in all, 1,152 by default.
    tolerance : float
        Largest standard error of A, relative to A. 0 traces every crystal voxel.
    seed : int
        Seed of the sampling.
    progress : Progress
        Called between batches of rays; raises to cancel.

    Returns
    -------
    AbsorptionMap

    Raises
    ------
    InputError
        No crystal, an unknown kind, or no more rings than the order (the harmonics would not be orthonormal).
    """
    try:
        which = MapKind(kind)
    except ValueError:
        raise InputError(f"The kind of an absorption map is one of {', '.join(MapKind)}, not '{kind}'.") from None
    if order < 0 or rings <= order:
        raise InputError(
            f"Harmonics up to order {order} need an order of 0 or more and more rings of directions than that, "
            f"not {rings}."
        )
    directions, weights = gauss_legendre_directions(rings)
    if which is MapKind.ONE_PATH:
        # A beam that leaves the way it came runs through each path twice: with half the coefficients, that is one path.
        halves = {name: value / 2 for name, value in coefficients.to_dict().items()}
        used, sources, sweep = (
            Coefficients(**halves, origin=coefficients.origin),
            directions,
            np.arange(len(directions)),
        )
    else:
        used, sources, sweep = coefficients, np.tile([0.0, 1.0, 0.0], (len(directions), 1)), None
    factors = absorb(
        labels,
        used,
        Directions(sources, directions, sweep, settings={"directions": str(which)}),
        tolerance=tolerance,
        seed=seed,
        progress=progress,
    )
    provenance = replace(labels.provenance, seed=seed).then(
        "absorption map",
        kind=str(which),
        **coefficients.record(),
        voxel_size_um=list(labels.required_voxel_size_um),
        labels_sha256=hash_array(labels.data),
        order=order,
        rings=rings,
        tolerance=float(tolerance),
    )
    return AbsorptionMap(
        which, directions, weights, factors.absorption, factors.standard_error, order=order, provenance=provenance
    )
