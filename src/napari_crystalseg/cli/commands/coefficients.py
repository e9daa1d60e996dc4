"""crystalseg coefficients"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from ...progress import part
from ..console import print_kept_files, shown_progress, tell_assumptions
from ..options import Axes, Axis, Centre, Dataset, Force, RawScan, VoxelSize, centre_of


def command(
    scan: RawScan,
    labels: Annotated[Path, typer.Argument(help="Labels of its reconstruction.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Folder for coefficients.json and residuals.png.")
    ] = None,
    centre: Centre = "auto",
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    axis: Axis = "columns",
    force: Force = False,
) -> None:
    """Measure the attenuation coefficients of the materials in a raw scan, with standard errors."""
    import numpy as np

    from ...calibration.geometry import with_known_pixel_size
    from ...calibration.measured_coefficients import check_measurable, measure_coefficients
    from ...io import check_folder_of_results, check_outputs, open_labels, open_scan, replacing, save_json, writing_into
    from ...pictures.projection_pictures import residuals_png
    from ...tomography import judge_scan

    centre_px = centre_of(centre)
    files = [] if out is None else [out / "coefficients.json", out / "residuals.png"]
    if out is not None:
        check_folder_of_results(out, [scan, labels])
        check_outputs(files, [scan, labels])
    raw = open_scan(scan, pixel_size_um=voxel_size_um)
    tell_assumptions(raw.provenance)
    materials = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(materials.provenance)
    with nullcontext() if out is None else writing_into(out) as output, shown_progress() as progress:
        check_measurable(materials, raw, axis)
        judged = judge_scan(with_known_pixel_size(raw), axis, force, part(progress, 0.0, 0.05))
        measured = measure_coefficients(materials, judged, centre_px, progress)
        if files:
            save_json(measured.to_dict(), files[0])
            with replacing(files[1]) as temporary:
                temporary.write_bytes(residuals_png(measured))
    if output is not None:
        print_kept_files(output)
    for material, value in measured.per_um.items():
        if (materials.data == material).any():
            error = measured.standard_error_per_um[material]
            shown = f"{value:.6f} ± {error:.6f} 1/µm" if np.isfinite(value) else "not measurable"
            print(f"{material.title:8} {shown}")
    for finding in measured.findings:
        print(f"- {finding}")
    if files:
        print(f"{out}: {', '.join(file.name for file in files)}")
