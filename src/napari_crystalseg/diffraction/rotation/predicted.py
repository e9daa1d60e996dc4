"""PredictedReflections: where and when reflections of a crystal are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import read_only
from ...errors import InputError
from ..lattice import Lattice


@dataclass(frozen=True, eq=False)
class PredictedReflections:
    """Reflections on a detector, one row for each time that one is seen.

    Parameters
    ----------
    lattice : Lattice
        The crystal that they are of.
    wavelength_angstrom : float
        Wavelength, Å.
    miller_index : ndarray of int64, shape (n, 3)
        Miller indices.
    s1 : ndarray of float64, shape (n, 3)
        Scattered wave vector in the laboratory, DIALS axes, 1/Å.
    phi_rad : ndarray of float64, shape (n,)
        Scan angle at which the reflection lies on the Ewald sphere, radians; that of the image for a still.
    image : ndarray of float64, shape (n,)
        The same as a position along the scan in images, as ``xyzcal.px``: 0 where the first image begins.
    panel : ndarray of int64, shape (n,)
        Panel of the detector; -1 where no panel is met.
    position_px : ndarray of float64, shape (n, 2)
        Where it is seen along (fast, slow), pixels, parallax included; NaN where no panel is met.
    position_mm : ndarray of float64, shape (n, 2)
        Where it enters the sensor along (fast, slow), mm.
    zeta : ndarray of float64, shape (n,)
        m.(s1 x s0) / |s1 x s0| with the rotation axis m: how fast the reflection passes the sphere, +-1 at its
        fastest (Kabsch 2010, Acta D66, 133); NaN for a still.
    lorentz : ndarray of float64, shape (n,)
        1 / |m.(s1 x s0)| of unit vectors s1 and s0: how long it stays on the sphere; 1 for a still.
    polarisation : ndarray of float64, shape (n,)
        Polarisation factor.
    efficiency : ndarray of float64, shape (n,)
        Part of its photons that the sensor stops.

    Raises
    ------
    InputError
        Columns of different length.
    """

    lattice: Lattice
    wavelength_angstrom: float
    miller_index: NDArray[np.int64]
    s1: NDArray[np.float64]
    phi_rad: NDArray[np.float64]
    image: NDArray[np.float64]
    panel: NDArray[np.int64]
    position_px: NDArray[np.float64]
    position_mm: NDArray[np.float64]
    zeta: NDArray[np.float64]
    lorentz: NDArray[np.float64]
    polarisation: NDArray[np.float64]
    efficiency: NDArray[np.float64]

    def __post_init__(self) -> None:
        n = len(self.miller_index)
        for name in self._columns():
            column = np.asarray(getattr(self, name))
            if len(column) != n:
                raise InputError(f"The column '{name}' of predicted reflections has {len(column)} rows, not {n}.")
            object.__setattr__(self, name, read_only(column))

    def __len__(self) -> int:
        return len(self.miller_index)

    @classmethod
    def _columns(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls) if field.name not in ("lattice", "wavelength_angstrom"))

    @property
    def d_spacing(self) -> NDArray[np.float64]:
        """Spacing of each reflection, Å."""
        return self.lattice.d_spacing(self.miller_index)

    @property
    def sin_two_theta(self) -> NDArray[np.float64]:
        """Sine of the scattering angle of each reflection."""
        sine = np.clip(self.wavelength_angstrom / (2 * self.d_spacing), 0, 1)
        result: NDArray[np.float64] = 2 * sine * np.sqrt(1 - sine**2)
        return result

    @classmethod
    def joined(cls, parts: Sequence[PredictedReflections]) -> PredictedReflections:
        """Return the rows of several tables of one crystal form, one after the other.

        Raises
        ------
        InputError
            No table.
        """
        if not parts:
            raise InputError("There are no predicted reflections to join.")
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(one, name) for one in parts]) for name in cls._columns()
        }
        return replace(parts[0], **columns)

    def select(self, rows: ArrayLike) -> PredictedReflections:
        """Return the rows of an index or a mask."""
        chosen: dict[str, Any] = {name: getattr(self, name)[rows] for name in self._columns()}
        return replace(self, **chosen)
