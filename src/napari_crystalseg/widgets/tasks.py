"""What the dock asks of the worker process: plain functions of the rooms and workflows, without Qt."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..factors import Factors
from ..labels import Labels
from ..progress import Progress, part, silent
from ..scan import Scan
from ..volume import Volume

if TYPE_CHECKING:
    from ..segmentation import Segmentation

FILES = {"labels": "_labels.tif", "masks": "_masks", "factors": "_factors.json", "anacor": "_anacor"}
"""What can be exported, and how its file or folder is named after the stem."""


def open_file(path: str, progress: Progress = silent) -> tuple[Scan | Volume | Labels, bool]:
    """Open whatever a file holds.

    Parameters
    ----------
    path : str
        File of a scan, a volume or labels.
    progress : Progress
        Told what is being read.

    Returns
    -------
    noun : Scan, Volume or Labels
        What the file holds.
    voxel_size_known : bool
        False where the file does not say its voxel size: then that of the noun is 1 µm and means nothing.
    """
    from .. import io

    progress(0.1, "reading")
    return io.open_file(path)


def segment(
    volume: Volume, model_folder: str | None = None, keep_largest_crystal: bool = True, progress: Progress = silent
) -> Segmentation:
    """Segment a volume with the bundled model, or with one in a folder."""
    from .. import segmentation

    progress(0.0, "loading the network")
    model = None if model_folder is None else segmentation.ModelFolder(Path(model_folder))
    return segmentation.segment(volume, model=model, keep_largest_crystal=keep_largest_crystal, progress=progress)


def suggest_coefficients(
    labels: Labels | None, volume: Volume | None, energy_kev: float | None, progress: Progress = silent
) -> tuple[dict[str, float], str]:
    """Suggest attenuation coefficients, 1/µm: tabulated at an energy, or measured in a volume in 1/µm.

    Parameters
    ----------
    labels, volume : Labels and Volume, or None
        On the same grid; needed to measure.
    energy_kev : float or None
        Photon energy of the diffraction experiment, keV; None to measure.
    progress : Progress
        Told what is being done.

    Returns
    -------
    values : dict of str to float
        Coefficient of each material by its title.
    explanation : str
        Where they come from.
    """
    from ..workflows.coefficients import choose_coefficients, tabulated_per_um

    if energy_kev is not None:
        progress(0.1, "looking up")
        values = dict(zip(("liquor", "loop", "crystal", "other"), tabulated_per_um(energy_kev), strict=True))
        return values, f"Typical materials at {energy_kev:g} keV, not of this sample."
    if labels is None or volume is None:
        raise InputError("Measuring coefficients takes a volume and its labels.")
    progress(0.1, "measuring")
    chosen = choose_coefficients(volume, labels)
    if chosen.source != "measured":
        raise InputError("Too few voxels lie well inside the classes to measure their coefficients; type them in.")
    return asdict(chosen.coefficients), "Measured: medians of the greys well inside each class."


def absorb(
    labels: Labels,
    coefficients_per_um: Mapping[str, float],
    reflection_files: tuple[str, str] | None = None,
    sphere: int | None = None,
    progress: Progress = silent,
) -> Factors:
    """Compute absorption factors, reading the DIALS files where there are some.

    Parameters
    ----------
    labels : Labels
        The sample.
    coefficients_per_um : mapping of str to float
        Linear attenuation coefficients of ``liquor``, ``loop``, ``crystal`` and ``other``, 1/µm.
    reflection_files : tuple of (str, str), or None
        DIALS ``.expt`` and ``.refl``.
    sphere : int or None
        Number of directions over a sphere, where there are no reflection files.
    progress : Progress
        Told how far it is.
    """
    from .. import absorption

    coefficients = absorption.Coefficients(**coefficients_per_um)
    if reflection_files is None:
        return absorption.absorb(labels, coefficients, sphere=sphere, progress=progress)
    progress(0.0, "reading the reflections")
    experiment = absorption.read_experiment(reflection_files[0])
    reflections = absorption.read_reflections(reflection_files[1])
    return absorption.absorb(
        labels, coefficients, experiment=experiment, reflections=reflections, progress=part(progress, 0.05, 1.0)
    )


def export_paths(folder: Path, stem: str, chosen: Sequence[str]) -> list[Path]:
    """Files and folders that :func:`export` writes, in the order of ``chosen``."""
    return [folder / f"{stem}{FILES[name]}" for name in chosen]


def export(
    labels: Labels,
    folder: str,
    stem: str,
    chosen: Sequence[str],
    coefficients_per_um: Mapping[str, float],
    reflection_files: tuple[str, str] | None = None,
    factors: Factors | None = None,
    progress: Progress = silent,
) -> list[str]:
    """Write labels, masks, factors and the AnACor folder.

    Parameters
    ----------
    labels : Labels
        Labels to write.
    folder : str
        Folder to write to; made where it is missing.
    stem : str
        Beginning of the names.
    chosen : sequence of str
        Any of the keys of :data:`FILES`.
    coefficients_per_um : mapping of str to float
        Linear attenuation coefficients for AnACor's settings, 1/µm.
    reflection_files : tuple of (str, str), or None
        DIALS ``.expt`` and ``.refl`` for AnACor's tables.
    factors : Factors or None
        Factors to write, where they are chosen.
    progress : Progress
        Told what is being written.

    Returns
    -------
    list of str
        What was written.
    """
    from .. import absorption, io
    from ..workflows.export import export_masks

    _make_folder(folder)
    paths = export_paths(Path(folder), stem, chosen)
    for number, (name, path) in enumerate(zip(chosen, paths, strict=True)):
        progress(number / len(chosen), f"writing {path.name}")
        if name == "labels":
            io.save_labels(labels, path)
        elif name == "masks":
            export_masks(labels, path)
        elif name == "factors":
            assert factors is not None
            io.save_json(factors.to_dict(), path)
        else:
            expt, refl = reflection_files or (None, None)
            absorption.export_anacor(
                labels,
                path,
                coefficients=absorption.Coefficients(**coefficients_per_um),
                experiment_path=expt,
                reflections_path=refl,
                progress=part(progress, number / len(chosen), (number + 1) / len(chosen)),
            )
    return [str(path) for path in paths]


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
        Detector columns, as :func:`~..workflows.variants.simulate_variant` takes them.
    progress : Progress
        Told which case is being made.

    Returns
    -------
    list of str
        The folders of the cases.
    """
    from ..workflows.variants import simulate_variants

    def report(fraction: float, message: str) -> None:
        case = min(n, int(fraction * n + 1e-9) + 1)
        progress(fraction, f"case {case} of {n}" + (f", {message[:1].lower()}{message[1:]}" if message else ""))

    _make_folder(folder)
    return [str(path) for path in simulate_variants(labels, folder, n, seed, size=size, progress=report)]


def clear_unfinished_variants(folder: Path, n: int) -> str:
    """Remove the half-written case of a series that was ended; tell what is finished."""
    from ..workflows.case_folder import remove_unfinished

    cases = [folder / f"case_{case:04d}" for case in range(n)]
    for case in cases:
        remove_unfinished(case)
    finished = sum(os.path.isdir(case) for case in cases)  # a name that cannot be is none
    return f"{finished} of {n} cases are finished in {folder}; start again to go on."


def _make_folder(folder: str) -> None:
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be made ({error.strerror}); choose another.") from error
