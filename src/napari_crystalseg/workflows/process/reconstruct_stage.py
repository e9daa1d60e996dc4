"""The stage Reconstruct: a raw scan or a volume becomes the voxel values that all else is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...io import kind_of, open_scan, open_volume, save_volume
from ...progress import Progress
from ...scan import Scan
from ...texts.printable import printable
from ...volume import Volume
from .facts import ReconstructFacts
from .input_hashes import input_hashes
from .process_run import ProcessRun
from .request import Request
from .room import check_room
from .stages import asked


def reconstruct_stage(run: ProcessRun, request: Request) -> ReconstructFacts:
    """Write the volume of a scan or a file of another format."""
    from ...tomography import Recipe

    # A file that is missing is told by kind_of() below, as any other that cannot be used.
    depends: dict[str, Any] = {
        "input": input_hashes(request.path),
        "voxel_size_um": request.voxel_size_um,
        "axes": request.axes,
        "dataset": request.dataset,
        "centre_px": request.recipe.centre_px,
        "axis": request.recipe.axis,
        "force": request.recipe.force,
    }
    plain = Recipe(centre_px=request.recipe.centre_px, axis=request.recipe.axis, force=request.recipe.force)
    if request.recipe != plain:
        depends["recipe"] = asdict(request.recipe)

    def work(progress: Progress) -> tuple[list[Path], ReconstructFacts]:
        path = request.path
        kind = kind_of(path, axes=request.axes, dataset=request.dataset)
        if kind == "labels":
            raise InputError(f"{path.name} holds labels; use 'crystalseg absorb' or 'crystalseg export' on it.")
        progress(0.0, f"Opening {path.name}")
        scan = None
        if kind == "scan":
            scan, volume = _reconstructed(run.folder, request, progress)
        else:
            volume = _opened(run.folder, request)
        size = volume.required_voxel_size_um  # of which all lengths, volumes and factors are made
        target = run.folder / "volume.tif"
        save_volume(volume, target)
        return [target], ReconstructFacts(
            kind="volume" if scan is None else "scan",
            energy_kev=None if scan is None else scan.energy_kev,
            input=printable(path.name),
            shape=volume.shape,
            voxel_size_um=size,
            quantity=str(volume.quantity),
            assumed=tuple(volume.provenance.assumptions),
            said=tuple(volume.provenance.findings),
            projections=None if scan is None else scan.shape,
            found=None if scan is None else _axis_found(volume.provenance.steps[-1]),
        )

    return run.stage("reconstruct", ReconstructFacts, depends, 0.01, 0.30, work, asked(depends))


def _opened(folder: Path, request: Request) -> Volume:
    """Open a volume, for which choices of a reconstruction would be without effect."""
    recipe = request.recipe
    given = {"--centre": recipe.centre_px is not None, "--axis": recipe.axis != "columns", "--force": recipe.force}
    if named := [option for option, is_given in given.items() if is_given]:
        raise InputError(
            f"{request.path.name} is a volume, and {' and '.join(named)} would have no effect: a rotation "
            "centre or axis, and frames, are those of raw scans."
        )
    volume = open_volume(request.path, voxel_size_um=request.voxel_size_um, axes=request.axes, dataset=request.dataset)
    check_room(folder, volume.data.size)
    return volume


def _reconstructed(folder: Path, request: Request, progress: Progress) -> tuple[Scan, Volume]:
    from ...tomography import reconstruct, usual_shape
    from ..coefficients import tabulated

    scan = open_scan(request.path, pixel_size_um=request.voxel_size_um)
    _ = scan.required_pixel_size_um  # refused before the work where it is not known
    if request.coefficients is None and not request.energies_kev and scan.energy_kev is not None:
        tabulated(scan.energy_kev)
    check_room(folder, math.prod(usual_shape(scan, request.recipe)))
    return scan, reconstruct(scan, request.recipe, progress)


def _axis_found(step: Mapping[str, Any]) -> tuple[str, ...]:
    """What a reconstruction's record says of the rotation axis that the user must know."""
    found = []
    if "half_acquisition" in step:
        found.append(f"Half acquisition: {step['half_acquisition']}.")
    if "rotation_centre_remark" in step:
        found.append(f"Note: {step['rotation_centre_remark']}.")
    return tuple(found)
