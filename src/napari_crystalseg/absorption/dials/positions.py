"""Where reflections were seen, or are calculated to be: on the panels and along the scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...experiment.experiment import Sweep

NEAR_CORNER_PX = 0.5
TURN = 2 * np.pi


@dataclass(frozen=True, eq=False)
class Positions:
    """Positions of reflections, in both units that a table may give; a position that was never determined is not known.

    Tables have no mark of their own for these. All that is in use counts: zero or not a number in pixels, in mm or in
    both, and what zero in pixels comes to in mm.

    Parameters
    ----------
    known : ndarray of bool, shape (reflection,)
        Whether there is a position.
    mm, px : ndarray of float64, shape (reflection, 2), or None
        On the panel, along fast and slow; NaN where not known.
    phi_rad : ndarray of float64, shape (reflection,)
        Scan angle, radians; NaN where not known.
    contradiction_rad : ndarray of float64, shape (reflection,)
        How far the scan angle is from the one that the scan gives for the image; NaN where the table gives but one.
    """

    known: NDArray[np.bool_]
    mm: NDArray[np.float64] | None
    px: NDArray[np.float64] | None
    phi_rad: NDArray[np.float64]
    contradiction_rad: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        sweeps: tuple[Sweep, ...],
        sweep: NDArray[np.int64],
        panel: NDArray[np.int64] | None,
        mm: NDArray[np.float64] | None,
        px: NDArray[np.float64] | None,
    ) -> Positions:
        """Judge two columns of a table, shape (reflection, 3) each: along fast, slow and the scan.

        Parameters
        ----------
        sweeps : tuple of Sweep
            Sweeps of the experiment.
        sweep : ndarray of int, shape (reflection,)
            Place of each reflection's sweep in them, -1 where not known.
        panel : ndarray of int, shape (reflection,), or None
            Panel of each.
        mm, px : ndarray of float, shape (reflection, 3), or None
            The columns: mm and radians, pixels and images.
        """
        in_mm, in_px = _is_given(mm, len(sweep)), _is_given(px, len(sweep))
        if mm is not None and px is not None:
            doubted = np.flatnonzero(in_mm & ~in_px)
            of_panel = None if panel is None else panel[doubted]
            in_mm[doubted] = ~_is_corner(sweeps, sweep[doubted], of_panel, mm[doubted])
        phi, from_images = np.full(len(sweep), np.nan), np.full(len(sweep), np.nan)
        if px is not None:
            for number, model in enumerate(sweeps):
                own = (sweep == number) & in_px
                if model.oscillation_deg is not None and own.any():
                    from_images[own] = model.scan_angle_rad(px[own, 2])
        if mm is not None:
            phi[in_mm] = mm[in_mm, 2]
        contradiction = angle_apart(phi, from_images)
        phi = np.where(np.isnan(phi), from_images, phi)
        return cls(in_mm | in_px, _known_positions(in_mm, mm), _known_positions(in_px, px), phi, contradiction)


def angle_apart(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far two angles are apart, whole turns left out, radians; NaN where one is NaN."""
    return np.abs((a - b + np.pi) % TURN - np.pi)


def _is_given(column: NDArray[np.float64] | None, n: int) -> NDArray[np.bool_]:
    if column is None:
        return np.zeros(n, dtype=bool)
    given: NDArray[np.bool_] = np.isfinite(column).all(axis=1) & (column[:, :2] != 0).any(axis=1)
    return given


def _known_positions(known: NDArray[np.bool_], column: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    return None if column is None else np.where(known[:, np.newaxis], column[:, :2], np.nan)


def _is_corner(
    sweeps: tuple[Sweep, ...], sweep: NDArray[np.int64], panel: NDArray[np.int64] | None, mm: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether a position in mm is what zero in pixels comes to: a panel's corner, moved by the parallax."""
    corner = np.zeros(len(mm), dtype=bool)
    for number in np.unique(sweep[sweep >= 0]):
        model = sweeps[number]
        for place, found in enumerate(() if model.detector is None else model.detector.panels):
            own = sweep == number
            if panel is not None:
                own &= panel == place
            off = np.abs(mm[own, :2] - found.to_mm(np.zeros((1, 2)))) / found.pixel_size_mm
            corner[own] |= (off < NEAR_CORNER_PX).all(axis=1)
    return corner
