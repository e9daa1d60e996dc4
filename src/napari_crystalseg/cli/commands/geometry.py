"""crystalseg geometry"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from ...errors import InputError
from ...progress import part
from ..console import shown_progress, tell_assumptions, tell_statements
from ..options import Axes, Axis, Centre, Dataset, Force, RawScan, VoxelSize, centre_of, check_png


def command(
    scan: RawScan,
    labels: Annotated[Path, typer.Argument(help="Labels of its reconstruction.")],
    angle: Annotated[float | None, typer.Option("--angle", help="Angle of the projection shown, degrees.")] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="OUT.png", help="Labels over the projection, to write.")
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", metavar="OUT.json", help="Scores, to write.")] = None,
    centre: Centre = "auto",
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    axis: Axis = "columns",
    force: Force = False,
) -> None:
    """Say whether labels and projections agree in rotation sense, axis, flips and the zero of the angles."""
    from ...calibration.geometry import scan_geometry, with_known_pixel_size
    from ...calibration.geometry_overlay import geometry_overlay
    from ...io import check_outputs, open_labels, open_scan, replacing, save_json
    from ...pictures.projection_pictures import overlay_png
    from ...tomography import judge_scan

    centre_px = centre_of(centre)
    if angle is not None and not math.isfinite(angle):
        raise InputError(f"--angle is an angle in degrees, not {angle}.")
    check_outputs([picture, json_out], [scan, labels])
    check_png(picture, "--picture")
    raw = open_scan(scan, pixel_size_um=voxel_size_um)
    tell_assumptions(raw.provenance)
    materials = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(materials.provenance)
    with shown_progress() as progress:
        judged = judge_scan(with_known_pixel_size(raw), axis, force, part(progress, 0.0, 0.3))
        found = scan_geometry(materials, judged, centre_px, progress=part(progress, 0.3, 1.0))
    if json_out is not None:
        save_json(found.to_dict(), json_out)
    if picture is not None:
        with replacing(picture) as temporary:
            temporary.write_bytes(overlay_png(geometry_overlay(materials, judged, angle, centre_px)))
    tell_statements(found.scan_statements)
    if found.axis_remark is not None:
        typer.echo(f"Note: {found.axis_remark}.", err=True)
    best = found.best.orientation
    print(f"score as given {found.given.score:.4f}, best {found.best.score:.4f}")
    if math.isfinite(found.offset_error_deg):
        print(f"zero of the angles {best.offset_deg:+.2f} ± {found.offset_error_deg:.2f}°")
    for finding in found.findings:
        print(f"- {finding}")
    if found.agrees:
        print(found.sentence())
