"""Smooth deformation of space that can neither tear nor fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

MOST_STRAIN = 0.9
"""Bound on the displacement gradient that is accepted; below 1 the map is one to one."""


@dataclass(frozen=True)
class Deformation:
    """Displacement field u(p) = Σ a sin(k·p + φ).

    The operator norm of its gradient is at most L = Σ |a| |k|. With L < 1 the map p → p + u(p) is a diffeomorphism of
    the whole space (a contraction added to the identity), and its Jacobian determinant is at least (1 − L)³ > 0: what
    was one piece stays one piece, and a hole stays a hole.

    Parameters
    ----------
    waves : tuple of 7 numbers each
        Wave vector k (z, y, x; rad/µm), phase φ (radians) and amplitude a (z, y, x; µm) of each wave.

    Raises
    ------
    InputError
        Not seven finite numbers a wave, or a strain L of 0.9 or more.
    """

    waves: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        waves = np.asarray(self.waves, dtype=float).reshape(-1, 7) if self._regular() else None
        if waves is None or not np.isfinite(waves).all():
            raise InputError("A wave of a deformation is seven finite numbers: wave vector, phase, amplitude.")
        object.__setattr__(self, "waves", tuple(tuple(float(v) for v in wave) for wave in waves))
        if self.strain >= MOST_STRAIN:
            raise InputError(f"A strain of {self.strain:.2f} could fold the sample; keep it below {MOST_STRAIN}.")

    def _regular(self) -> bool:
        return all(np.shape(wave) == (7,) for wave in self.waves)

    @classmethod
    def draw(cls, rng: np.random.Generator, field_um: float, strain: float, count: int = 5) -> Deformation:
        """Draw a deformation with a given bound on its strain.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of every draw.
        field_um : float
            Extent of the sample, µm; wavelengths are 0.5 to 1.5 of it.
        strain : float
            L, 0 to below 0.9.
        count : int
            Number of waves.

        Raises
        ------
        InputError
            An extent that is not positive, no waves, or a strain out of its range.
        """
        if not (np.isfinite(field_um) and field_um > 0):
            raise InputError(f"A deformation needs the extent of the sample, positive in µm, not {field_um}.")
        if not (0 <= strain < MOST_STRAIN and count >= 1):
            raise InputError(f"A deformation needs a strain of 0 to below {MOST_STRAIN}, not {strain}, and a wave.")
        directions = rng.normal(size=(count, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        wave_numbers = 2 * np.pi / (field_um * rng.uniform(0.5, 1.5, count))
        pushes = rng.normal(size=(count, 3))
        pushes /= np.linalg.norm(pushes, axis=1, keepdims=True)
        shares = rng.dirichlet(np.full(count, 3.0)) * strain
        waves = np.column_stack(
            [
                directions * wave_numbers[:, None],
                rng.uniform(0, 2 * np.pi, count),
                pushes * (shares / wave_numbers)[:, None],
            ]
        )
        return cls(tuple(map(tuple, waves.tolist())))

    @property
    def array(self) -> NDArray[np.float64]:
        """The waves, shape (wave, 7)."""
        return np.array(self.waves, dtype=np.float64).reshape(-1, 7)

    @property
    def strain(self) -> float:
        """Bound L on the norm of the displacement gradient."""
        waves = self.array
        return float((np.linalg.norm(waves[:, :3], axis=1) * np.linalg.norm(waves[:, 4:], axis=1)).sum())

    @property
    def largest_displacement_um(self) -> float:
        """Bound on the displacement, µm."""
        return float(np.linalg.norm(self.array[:, 4:], axis=1).sum())

    def displacement_um(self, points_um: NDArray[np.float64]) -> NDArray[np.float64]:
        """Displacement at points of shape (..., 3), axes (z, y, x), µm."""
        waves = self.array
        return np.sin(points_um @ waves[:, :3].T + waves[:, 3]) @ waves[:, 4:]

    def to_list(self) -> list[list[float]]:
        """Return the waves as JSON-ready values."""
        return [list(wave) for wave in self.waves]

    @classmethod
    def from_list(cls, waves: Any) -> Deformation:
        """Rebuild from :meth:`to_list`."""
        return cls(tuple(tuple(wave) for wave in waves))
