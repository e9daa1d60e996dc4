"""Whether the positions of a reflection table lie on the panels of its experiment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....experiment.experiment import Sweep
from .geometry_check import MOST_WRONG

BEYOND_PX = 10.0
"""So far outside of a panel a position may lie: parallax and wide spots at an edge."""


def check_panels(
    sweeps: tuple[Sweep, ...],
    sweep: NDArray[np.int64],
    panel: NDArray[np.int64] | None,
    mm: NDArray[np.float64] | None,
    px: NDArray[np.float64] | None,
    rows: NDArray[np.bool_],
) -> list[str]:
    """Refuse positions on panels that the detector does not have, or beside them; say where they are few.

    Parameters
    ----------
    sweeps : tuple of Sweep
        Sweeps of the experiment; those without a detector are not judged.
    sweep : ndarray of int, shape (reflection,)
        Place of each reflection's sweep in them, -1 where not known.
    panel : ndarray of int, shape (reflection,), or None
        Panel of each; nothing is judged without.
    mm, px : ndarray of float64, shape (reflection, 2), or None
        Positions on the panels, NaN where not known.
    rows : ndarray of bool, shape (reflection,)
        Which rows to judge.

    Returns
    -------
    list of str
        Sentences; none where all is well.

    Raises
    ------
    InputError
        More than a few rows of an experiment: table and detector do not belong together.
    """
    found = []
    for number, model in enumerate(sweeps):
        own = np.flatnonzero(rows & (sweep == number))
        if panel is None or model.detector is None or not own.size:
            continue
        panels = model.detector.panels
        absent = ~((panel[own] >= 0) & (panel[own] < len(panels)))
        off = np.zeros(len(own), dtype=bool)
        for place, found_panel in enumerate(panels):
            on = np.flatnonzero(panel[own] == place)
            if found_panel.image_size_px is None or not on.size:
                continue
            position = np.full((len(on), 2), np.nan) if px is None else px[own[on]]
            if mm is not None:
                position = np.where(np.isfinite(position), position, mm[own[on]] / found_panel.pixel_size_mm)
            beyond = (position < -BEYOND_PX) | (position > found_panel.image_size_px + BEYOND_PX)
            off[on] = beyond.any(axis=1)
        for wrong, what in (
            (absent, f"are on panels that its detector of {len(panels)} does not have"),
            (off, "lie outside of their panel's pixels"),
        ):
            n = int(np.count_nonzero(wrong))
            if not n:
                continue
            text = f"{n} of {own.size} reflections of experiment {number} {what}"
            if n > MOST_WRONG * own.size:
                raise InputError(
                    f"{text}: the files do not belong together. Give the .expt and .refl of the same step."
                )
            found.append(f"{text}.")
    return found
