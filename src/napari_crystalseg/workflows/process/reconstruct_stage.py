"""The stage Reconstruct: a raw scan or a volume becomes the greys that all else is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...io import kind_of, open_scan, open_volume, save_volume
from ...progress import Progress
from ...provenance import printable
from ...volume import Volume
from .input_hashes import input_hashes
from .room import check_room
from .run import Run
from .stages import asked


def reconstruct(
    run: Run,
    voxel_size_um: float | None,
    axes: str | None,
    dataset: str | None,
    centre_px: float | None,
    axis: str,
    force: bool,
    needs_tables: bool,
) -> None:
    # A file that is missing is told by kind_of() below, as any other that cannot be used.
    depends: dict[str, Any] = {
        "input": input_hashes(run.path),
        "voxel_size_um": voxel_size_um,
        "axes": axes,
        "dataset": dataset,
        "centre_px": centre_px,
        "axis": axis,
        "force": force,
    }

    def work(progress: Progress) -> tuple[list[Path], dict[str, Any]]:
        kind = kind_of(run.path, axes=axes, dataset=dataset)
        if kind == "labels":
            raise InputError(f"{run.path.name} holds labels; use 'crystalseg absorb' or 'crystalseg export' on it.")
        progress(0.0, f"Opening {run.path.name}")
        if kind == "scan":
            volume, facts = _reconstructed(run, voxel_size_um, centre_px, axis, force, needs_tables, progress)
        else:
            given = {"--centre": centre_px is not None, "--axis": axis != "columns", "--force": force}
            if named := [option for option, is_given in given.items() if is_given]:
                raise InputError(
                    f"{run.path.name} is a volume, and {' and '.join(named)} would have no effect: a rotation "
                    "centre or axis, and frames, are those of raw scans."
                )
            volume = open_volume(run.path, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
            check_room(run.folder, volume.data.size)
            facts = {"kind": "volume", "energy_kev": None}
        size = volume.required_voxel_size_um  # of which all lengths, volumes and factors are made
        target = run.folder / "volume.tif"
        save_volume(volume, target)
        facts |= {
            "input": printable(run.path.name),
            "shape": list(volume.shape),
            "voxel_size_um": list(size),
            "quantity": str(volume.quantity),
            "assumed": list(volume.provenance.assumptions),
            "said": list(volume.provenance.findings),
        }
        return [target], facts

    run.stage("reconstruct", depends, 0.01, 0.30, work, asked(depends))


def _reconstructed(
    run: Run,
    pixel_size_um: float | None,
    centre_px: float | None,
    axis: str,
    force: bool,
    needs_tables: bool,
    progress: Progress,
) -> tuple[Volume, dict[str, Any]]:
    from ...tomography import Recipe, reconstruct, usual_shape
    from ..coefficients import tabulated

    scan = open_scan(run.path, pixel_size_um=pixel_size_um)
    _ = scan.required_pixel_size_um  # refused before the work where it is not known
    if needs_tables and scan.energy_kev is not None:
        tabulated(scan.energy_kev)
    recipe = Recipe(centre_px=centre_px, axis=axis, force=force)
    check_room(run.folder, math.prod(usual_shape(scan, recipe)))
    volume = reconstruct(scan, recipe, progress)
    facts = {
        "kind": "scan",
        "energy_kev": scan.energy_kev,
        "projections": list(scan.shape),
        "found": _axis_found(volume.provenance.steps[-1]),
    }
    return volume, facts


def _axis_found(step: Mapping[str, Any]) -> list[str]:
    """What a reconstruction's record says of the rotation axis that the user must know."""
    found = []
    if "half_acquisition" in step:
        found.append(f"Half acquisition: {step['half_acquisition']}.")
    if "rotation_centre_remark" in step:
        found.append(f"Note: {step['rotation_centre_remark']}.")
    return found
