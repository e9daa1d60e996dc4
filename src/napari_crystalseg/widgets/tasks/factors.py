"""What the stage Check asks of the worker process about absorption factors: plain functions, without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...factors import Factors
from ...labels import Labels
from ...progress import Progress, part, silent
from .reflection_files import ReflectionFiles

if TYPE_CHECKING:
    from ...absorption import Directions


def absorb(
    labels: Labels,
    coefficients_per_um: Mapping[str, Any],
    reflection_files: ReflectionFiles | tuple[str, str] | None = None,
    sphere: int | None = None,
    offset_deg: float = 0.0,
    remark: str = "",
    progress: Progress = silent,
) -> Factors:
    """Compute absorption factors, reading the DIALS files where there are some.

    Parameters
    ----------
    labels : Labels
        The sample.
    coefficients_per_um : mapping of str to value
        Linear attenuation coefficients, 1/µm, and the other fields of :class:`~..absorption.Coefficients`.
    reflection_files : tuple of (str, str), or None
        DIALS ``.expt`` and ``.refl``.
    sphere : int or None
        Number of directions over a sphere, where there are no reflection files.
    offset_deg : float
        Degrees added to the scan angles of the experiment.
    remark : str
        What was done to the coefficients, for the record; empty where nothing was.
    progress : Progress
        Told how far it is.
    """
    from ...absorption import Coefficients
    from ...workflows.absorb import judged_factors
    from ...workflows.coefficient_energy import energy_statements

    coefficients = Coefficients(**coefficients_per_um)
    if reflection_files is not None:
        progress(0.0, "reading the reflections")
    directions = directions_of(reflection_files, sphere, offset_deg)
    said = (*filter(None, (remark,)), *energy_statements(coefficients, directions.energies_kev))
    factors, _ = judged_factors(labels, [(directions, coefficients)], said, progress=part(progress, 0.05, 1.0))
    return factors


def directions_of(
    reflection_files: ReflectionFiles | tuple[str, str] | None, sphere: int | None, offset_deg: float
) -> Directions:
    """Return the directions in which A is computed: of the reflection files, else over a sphere.

    Parameters
    ----------
    reflection_files : ReflectionFiles, tuple of (str, str), or None
        DIALS ``.expt`` and ``.refl``, and how they are taken.
    sphere : int or None
        Number of directions over a sphere, where there are no reflection files.
    offset_deg : float
        Degrees added to the scan angles of the experiment.

    Raises
    ------
    InputError
        There are neither reflection files nor a number of directions, or the files are refused.
    """
    from ...absorption import Directions

    if reflection_files is not None:
        files = ReflectionFiles(*reflection_files)
        return Directions.of_files(
            files.experiment,
            files.reflections,
            offset_deg,
            experiment_number=files.experiment_number,
            axis_0=files.axis_0,
        )
    if sphere is None:
        raise InputError("Choose both the .expt and the .refl file, or use directions over a sphere.")
    return Directions.over_sphere(sphere)
