"""What the dock asks of the worker process: plain functions of the rooms and workflows, without Qt."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...factors import Factors
from ...labels import Labels
from ...progress import Progress, part, silent
from ...scan import Scan
from ...volume import Volume
from .reflection_files import ReflectionFiles

if TYPE_CHECKING:
    from ...absorption import Directions
    from ...segmentation import Segmentation


def open_file(
    path: str,
    axes: str | None = None,
    dataset: str | None = None,
    voxel_size_um: float | None = None,
    progress: Progress = silent,
) -> Scan | Volume | Labels:
    """Open whatever a file holds.

    Parameters
    ----------
    path : str
        File of a scan, a volume or labels.
    axes, dataset, voxel_size_um
        As :func:`.io.open_file` takes them.
    progress : Progress
        Told what is being read.

    Returns
    -------
    Scan, Volume or Labels
        What the file holds.
    """
    from ... import io

    progress(0.1, "reading")
    return io.open_file(path, voxel_size_um, axes=axes, dataset=dataset)


def segment(
    volume: Volume, model_folder: str | None = None, keep_largest_crystal: bool = True, progress: Progress = silent
) -> Segmentation:
    """Segment a volume with the bundled model, or with one in a folder."""
    from ... import segmentation

    progress(0.0, "loading the network")
    model = None if model_folder is None else segmentation.ModelFolder(Path(model_folder))
    return segmentation.segment(volume, model=model, keep_largest_crystal=keep_largest_crystal, progress=progress)


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
    from ... import absorption
    from ...judgement.unit_doubts import unit_doubts
    from ...workflows.coefficient_energy import energy_statements

    coefficients = absorption.Coefficients(**coefficients_per_um)
    if reflection_files is not None:
        progress(0.0, "reading the reflections")
    directions = directions_of(reflection_files, sphere, offset_deg)
    factors = absorption.absorb(labels, coefficients, directions, progress=part(progress, 0.05, 1.0))
    of_energy = energy_statements(coefficients, directions.energies_kev)
    doubts = [*filter(None, (remark,)), *of_energy, *unit_doubts(labels, factors.absorption)]
    return replace(factors, provenance=factors.provenance.then("judge the coefficients", found=doubts))


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


def make_variants(
    labels: Labels, folder: str, n: int, seed: int, size: int | None = None, progress: Progress = silent
) -> list[str]:
    """Simulate variants of labels, each in a folder of its own.

    Parameters
    ----------
    labels : Labels
        Corrected labels.
    folder : str
        Folder to write to; made where it is missing.
    n, seed : int
        Number of cases, and seed of the series.
    size : int or None
        Detector columns, as :class:`~..simulation.requests.variant_request.VariantRequest` takes them.
    progress : Progress
        Told which case is being made.

    Returns
    -------
    list of str
        The folders of the cases.
    """
    from ...simulation.requests.variant_request import VariantRequest
    from ...simulation.variants import simulate_variants

    def report(fraction: float, message: str) -> None:
        case = min(n, int(fraction * n + 1e-9) + 1)
        progress(fraction, f"case {case} of {n}" + (f", {message[:1].lower()}{message[1:]}" if message else ""))

    request = VariantRequest(seed, size=size)
    make_folder(folder)
    return [str(path) for path in simulate_variants(labels, folder, n, request, progress=report)]


def clear_unfinished_variants(folder: Path, n: int) -> str:
    """Remove the half-written case of a series that was ended; tell what is finished."""
    from ...simulation.series.case_folder import case_path, remove_unfinished

    cases = [case_path(folder, case) for case in range(n)]
    for case in cases:
        remove_unfinished(case)
    finished = sum(os.path.isdir(case) for case in cases)  # a name that cannot be is none
    return f"{finished} of {n} cases are finished in {folder}; start again to go on."


def make_folder(folder: str) -> None:
    """Make a folder where it is missing."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be made ({error.strerror}); choose another.") from error
