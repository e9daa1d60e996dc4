"""Some of the reflections, to stand for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..directions import Directions


@dataclass(frozen=True, eq=False)
class ChosenRays:
    """Rays of reflections drawn at random from a table, or of directions drawn from those over the sphere.

    Parameters
    ----------
    rows : ndarray of int64, shape (reflection,)
        Rows of the table, rising.
    incident, leaving : ndarray of float64, shape (reflection, 3)
        Unit vectors in array axes (z, y, x): towards the source, and along the scattered beam.
    miller_index : ndarray of int64, shape (reflection, 3), or None
        Miller indices, where the table has them.
    usable : int
        Rows with a direction, from which these were drawn.
    inputs : mapping of str to str
        Names and hashes of the files of the experiment.
    """

    rows: NDArray[np.int64]
    incident: NDArray[np.float64]
    leaving: NDArray[np.float64]
    miller_index: NDArray[np.int64] | None
    usable: int
    inputs: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def draw(cls, n: int, rng: np.random.Generator, directions: Directions) -> ChosenRays:
        """Draw ``n`` reflections, or take all where there are no more."""
        usable = np.flatnonzero(directions.usable)
        rows = usable if n >= len(usable) else np.sort(rng.choice(usable, n, replace=False))
        index = directions.miller_index
        return cls(
            rows,
            directions.incident[rows],
            directions.leaving[rows],
            None if index is None else index[rows],
            len(usable),
            directions.provenance.inputs,
        )
