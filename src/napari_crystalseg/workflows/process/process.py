"""Process: the whole main job, from a raw scan or a volume to absorption factors and a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...checks import checked_voxel_size
from ...errors import InputError
from ...io import check_folder_of_results, check_outputs, writing_into
from ...progress import Progress, silent
from ...wavelength import checked_energy_kev
from ..coefficient_energy import at_energy
from .absorb_stage import absorb, has_factors
from .export_stage import export
from .reconstruct_stage import reconstruct
from .report_stage import write_report
from .request import check_other, energies_of, judge, outputs
from .run import Run
from .segment_stage import segment
from .stages import Stages

if TYPE_CHECKING:
    from ...absorption import Coefficients, Directions

DIRECTIONS = 500
"""Over the sphere, where there are no reflections."""


@dataclass(frozen=True)
class ProcessResult:
    """What a run of :func:`process` made.

    Parameters
    ----------
    folder : Path
        Folder of all results.
    report, volume, labels, uncertainty : Path
        The page to read, and the files to open.
    factors : Path or None
        ``factors.json``; None when no crystal was found, or in a single slice.
    crystal_found : bool
        Whether there is a crystal, and so absorption factors of all but a single slice.
    statements : tuple of str
        What the user must know: which coefficients were used, what was assumed, what looks wrong, and what became of
        files that were changed in the folder.
    skipped : tuple of str
        Stages that an earlier run had already done.
    """

    folder: Path
    report: Path
    volume: Path
    labels: Path
    uncertainty: Path
    factors: Path | None
    crystal_found: bool
    statements: tuple[str, ...]
    skipped: tuple[str, ...]


def process(
    path: str | Path,
    out_dir: str | Path,
    *,
    model: str | Path | None = None,
    voxel_size_um: float | None = None,
    axes: str | None = None,
    dataset: str | None = None,
    coefficients: Coefficients | None = None,
    other_per_um: float | None = None,
    convert: bool = False,
    energy_kev: float | None = None,
    directions: Directions | None = None,
    centre_px: float | None = None,
    axis: str = "columns",
    force: bool = False,
    progress: Progress = silent,
) -> ProcessResult:
    """Take a raw scan or a volume all the way to absorption factors and a report.

    Each stage (reconstruct, segment, absorb, export, report) writes its files whole and records them in
    ``manifest.json``; a stage whose inputs, parameters and code are unchanged is not done again.

    Labels that were corrected in the folder are gone on with, for as long as input and model are the same. Any other
    file that is not as a run left it is the user's, and is kept under another name before a new one takes its place.

    Parameters
    ----------
    path : path
        Raw scan or reconstructed volume.
    out_dir : path
        Folder of the results.
    model : path, optional
        Model folder of nnU-Net; by default a bundled one: of slices where the volume has fewer than 24, else of
        volumes.
    voxel_size_um : float, optional
        Voxel size of a volume, or pixel size of a scan, in place of what the file says, µm.
    axes, dataset : str, optional
        How the axes of a volume lie, and which of several in a file it is, as :func:`~..io.open_volume` takes them.
    coefficients : Coefficients, optional
        Linear attenuation coefficients. By default those of typical materials at ``energy_kev``; else at the energy of
        the experiment or scan; else measured in the volume; else a stated assumption.
    other_per_um : float, optional
        Coefficient of class 4 (bubble, salt), 1/µm, where the others are not given.
    convert : bool
        Bring coefficients of another photon energy to the experiment's, in place of refusing them.
    energy_kev : float, optional
        Photon energy of the diffraction experiment, keV; that of the experiment file by default.
    directions : Directions, optional
        Those of the reflections of an experiment; 500 over the sphere by default.
    centre_px : float, optional
        Column of the rotation axis of a scan; found automatically by default.
    axis : {"columns", "rows"}
        What the rotation axis of a scan lies along on the detector.
    force : bool
        Go on with a scan that does not fit its angles, or of which many frames are bad.
    progress : Progress
        Told what is being done; raise :class:`~napari_crystalseg.errors.Cancelled` from it to stop.

    Returns
    -------
    ProcessResult

    Raises
    ------
    InputError
        The input cannot be used or does not say its voxel size, the sweeps are of several wavelengths, or another run
        writes to the folder. What can be judged without the long work is judged before it.
    """
    from ...absorption import Directions

    wanted = Directions.over_sphere(DIRECTIONS) if directions is None else directions
    if voxel_size_um is not None:
        checked_voxel_size(voxel_size_um)
    if centre_px is not None and not np.isfinite(centre_px):
        raise InputError(f"The rotation axis is a column in pixels, not {centre_px}.")
    # The results replace what an earlier run left there, so the input must not be among them.
    if Path(path).resolve().is_relative_to(Path(out_dir).resolve()):
        raise InputError(f"{path} lies in the results folder {out_dir}; name another folder for the results.")
    check_folder_of_results(out_dir, [path, model])
    check_outputs(outputs(Path(out_dir), wanted), [path, *(wanted.files or ())])
    if energy_kev is not None:
        energy_kev = checked_energy_kev(energy_kev)
    energies = energies_of(energy_kev, wanted)
    judge(energies, wanted, one_wavelength=coefficients is not None and not convert)
    told: tuple[str, ...] = ()
    check_other(other_per_um, coefficients)
    if coefficients is not None:
        converted, told = at_energy(coefficients, energies, convert)
        if len(wanted.by_wavelength()) > 1:  # each is converted by itself
            told = ()
        else:
            coefficients = converted
    elif convert:
        raise InputError("Only coefficients that are given are converted; those of tables are of the energy needed.")
    from ...segmentation import ModelFolder

    # Looked up first, so that a wrong folder is told before the long work.
    network = None if model is None else ModelFolder(Path(model))
    if network is not None:
        network.check()
    with writing_into(out_dir) as output:
        run = Run(Path(path), Stages(output), progress)
        reconstruct(run, voxel_size_um, axes, dataset, centre_px, axis, force, coefficients is None and not energies)
        segment(run, network)
        absorb(run, coefficients, other_per_um, energies, told, wanted, convert and wanted.of_experiment)
        export(run, wanted)
        write_report(run)
        return _result(run)


def _result(run: Run) -> ProcessResult:
    reconstructed, absorbed = run.stages.facts("reconstruct"), run.stages.facts("absorb")
    statements = list(run.stages.output.statements)
    if corrected := run.stages.facts("segment").get("corrected"):
        statements.append(corrected)
    statements += [f"Assumed: {text}." for text in reconstructed["assumed"]]
    statements += reconstructed.get("found", [])
    statements += [f"{text}." for text in reconstructed["said"]]
    if has_factors(absorbed):
        statements.append(absorbed["coefficients_explanation"])
        statements += absorbed["reflections_found"]
    if "without_anacor" in (exported := run.stages.facts("export")):
        statements.append(exported["without_anacor"])
    bad = [f for f in run.stages.facts("report")["findings"] if f["level"] != "good"]
    statements += [finding["text"] for finding in bad]
    factors = run.folder / "factors.json"
    run.progress(1.0, "Done")
    return ProcessResult(
        folder=run.folder,
        report=run.folder / "report.html",
        volume=run.folder / "volume.tif",
        labels=run.folder / "labels.tif",
        uncertainty=run.folder / "uncertainty.tif",
        factors=factors if has_factors(absorbed) else None,
        crystal_found=absorbed["crystal_found"],
        statements=tuple(statements),
        skipped=tuple(run.skipped),
    )
