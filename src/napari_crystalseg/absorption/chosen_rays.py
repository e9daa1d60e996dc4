"""Some of the reflections, to stand for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .directions import ray_directions, sphere_rays
from .experiment import Experiment
from .reflections import Reflections


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
    def draw(
        cls,
        n: int,
        rng: np.random.Generator,
        *,
        experiment: Experiment | None = None,
        reflections: Reflections | None = None,
        sphere: int | None = None,
        offset_deg: float = 0.0,
    ) -> ChosenRays:
        """Draw ``n`` reflections, or take all where there are no more.

        Raises
        ------
        InputError
            Neither or both of an experiment and a sphere, or no reflection with a direction.
        """
        index, inputs = None, {}
        if sphere is not None and experiment is None and reflections is None:
            incident, leaving = sphere_rays(sphere)
        elif sphere is None and experiment is not None and reflections is not None:
            incident, leaving = ray_directions(experiment, reflections, offset_deg)
            index = reflections.miller_index
            inputs = {**experiment.provenance.inputs, **reflections.provenance.inputs}
        else:
            raise InputError(
                "Give either an experiment file (.expt) together with its reflections (.refl), or a number of "
                "directions over the sphere."
            )
        usable = np.flatnonzero(np.isfinite(incident).all(axis=1) & np.isfinite(leaving).all(axis=1))
        if not usable.size:
            raise InputError("No reflection has a usable direction.")
        rows = usable if n >= len(usable) else np.sort(rng.choice(usable, n, replace=False))
        return cls(rows, incident[rows], leaving[rows], None if index is None else index[rows], len(usable), inputs)
