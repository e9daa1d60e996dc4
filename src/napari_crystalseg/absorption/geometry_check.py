"""Whether a reflection table and an experiment belong together: the scattered vectors of both, compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .directions import sweep_of
from .experiment import Experiment, Sweep
from .reflections import Reflections

REFUSED_DEG = 1.0
"""Median difference above which table and experiment cannot belong together."""
DOUBTFUL_DEG = 0.1


@dataclass(frozen=True)
class GeometryCheck:
    """How far the table's scattered vectors are from those that the models predict.

    Parameters
    ----------
    compared : int
        Reflections compared: indexed, with a position on a panel that the experiment has.
    median_deg, largest_deg : float
        Angles between the two; NaN where nothing could be compared.
    """

    compared: int
    median_deg: float
    largest_deg: float

    @property
    def doubtful(self) -> bool:
        """Whether the user should look at the geometry."""
        return self.compared > 0 and self.median_deg > DOUBTFUL_DEG

    def sentence(self) -> str:
        """Say what was found."""
        if not self.compared:
            return "The scattered vectors could not be checked: the files give no positions on a detector."
        text = (
            f"Scattered vectors of the table and of the models differ by {self.median_deg:.2g}° in the median, "
            f"{self.largest_deg:.2g}° at most ({self.compared} reflections)."
        )
        return text + (" Give the .expt and .refl files of the same step." if self.doubtful else "")


def scattered_vectors(experiment: Experiment, reflections: Reflections) -> NDArray[np.float64]:
    """Predict s1 from the detector and the beam: from the sample to the position on the panel, 1/wavelength long.

    Returns
    -------
    ndarray of float64, shape (reflection, 3)
        DIALS axes (X, Y, Z), 1/Å (unit vectors where the sweep has no wavelength). NaN where the position, the panel or
        the sweep is not known.

    Raises
    ------
    InputError
        The table refers to a sweep that the experiment does not have.
    """
    vectors = np.full((len(reflections), 3), np.nan)
    if reflections.panel is None:
        return vectors
    for sweep, rows in _sweeps(experiment, reflections):
        if sweep.detector is None:
            continue
        places = (None if p is None else p[rows] for p in (reflections.position_mm, reflections.position_px))
        vectors[rows] = sweep.detector.beams(reflections.panel[rows], *places) / (sweep.wavelength or 1.0)
    return vectors


def scattered_vector_differences(experiment: Experiment, reflections: Reflections) -> NDArray[np.float64]:
    """Return the angle between the table's s1 and the one that the models predict, for each reflection.

    Returns
    -------
    ndarray of float64, shape (reflection,)
        Degrees; NaN where one of the two is not known.
    """
    predicted = scattered_vectors(experiment, reflections)
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (predicted, reflections.s1))
        # Of the chord, not of the cosine, which cannot tell small angles.
        return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(a - b, axis=1) / 2, 0, 1)))


def check_geometry(experiment: Experiment, reflections: Reflections) -> GeometryCheck:
    """Compare the table's scattered vectors with the models; spots that were not indexed are left out.

    Raises
    ------
    InputError
        They differ by more than a degree in the median: the files do not belong together.
    """
    assert reflections.experiment_id is not None
    indexed = reflections.experiment_id >= 0
    angles = scattered_vector_differences(experiment, reflections)[indexed]
    angles = angles[np.isfinite(angles)]
    if not angles.size:
        return GeometryCheck(0, np.nan, np.nan)
    check = GeometryCheck(len(angles), float(np.median(angles)), float(angles.max()))
    if check.median_deg > REFUSED_DEG:
        raise InputError(
            f"The scattered vectors of the reflection table differ by {check.median_deg:.3g}° (median) from those of "
            "the experiment's detector and beam: the files do not belong together. Give the .expt and .refl of the "
            "same step."
        )
    return check


def scan_angles(
    experiment: Experiment, reflections: Reflections, array_index: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the scan angle of each reflection from its position in images, radians; NaN where not known."""
    angles = np.full(len(reflections), np.nan)
    for sweep, rows in _sweeps(experiment, reflections):
        angles[rows] = sweep.scan_angle_rad(array_index[rows])
    return angles


def _sweeps(experiment: Experiment, reflections: Reflections) -> Iterator[tuple[Sweep, NDArray[np.int64]]]:
    """Each sweep with its rows; spots that were never indexed belong to one only where there is one."""
    assert reflections.experiment_id is not None
    for number in np.unique(reflections.experiment_id):
        if number >= 0 or len(experiment.sweeps) == 1:
            yield (
                sweep_of(experiment, reflections, int(number)),
                np.flatnonzero(reflections.experiment_id == number),
            )
