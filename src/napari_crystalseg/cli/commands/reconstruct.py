"""crystalseg reconstruct"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ...errors import InputError
from ..console import shown_progress, tell_assumptions, tell_findings
from ..options import Axis, Centre, Force, RawScan, centre_of


def command(
    scan: RawScan,
    out: Annotated[Path, typer.Argument(help="Volume to write: .tif, .zarr, .h5 or .npy.")],
    centre: Centre = "auto",
    voxel_size_um: Annotated[
        float | None, typer.Option("--voxel-size-um", help="Pixel size at the sample, in place of the file's, µm.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", help="auto, fourier, fbp, gpu, astra-fbp, astra-sirt or tomopy.")
    ] = "auto",
    rows: Annotated[
        str | None, typer.Option("--rows", metavar="A:B", help="Rows of the detector from A up to, not with, B.")
    ] = None,
    width: Annotated[
        int | None, typer.Option("--width", help="Pixels about the rotation axis that are kept of each slice.")
    ] = None,
    binning: Annotated[int, typer.Option("--bin", help="Pixels averaged along rows and columns: 1, 2 or 4.")] = 1,
    stripes: Annotated[
        str, typer.Option("--stripes", help="How rings are removed: median, sorting, all or none.")
    ] = "median",
    phase_retrieval: Annotated[
        str | None,
        typer.Option(
            "--phase-retrieval",
            metavar="liquor|RATIO",
            help="Undo the fringes of propagation, with the delta/beta of mother liquor or a number.",
        ),
    ] = None,
    energy_kev: Annotated[
        float | None, typer.Option("--energy-kev", help="Photon energy, in place of the scan's, keV.")
    ] = None,
    distance_mm: Annotated[
        float | None, typer.Option("--distance-mm", help="From sample to detector, in place of the scan's, mm.")
    ] = None,
    axis: Axis = "columns",
    force: Force = False,
) -> None:
    """Reconstruct a raw scan into a volume of linear attenuation coefficients, 1/µm."""
    from ...io import check_outputs, check_suffix, open_scan, save_volume
    from ...tomography import Preprocessing, Recipe, discard, reconstructed_on_disk, unfinished_beside

    ratio = None if phase_retrieval in (None, "liquor") else _ratio_of(str(phase_retrieval))
    recipe = Recipe(
        centre_px=centre_of(centre),
        preprocessing=Preprocessing(remove_stripes=stripes, delta_beta=ratio),
        method=method,
        rows=_rows_of(rows),
        width=width,
        binning=binning,
        axis=axis,
        force=force,
    )
    check_suffix(out)
    check_outputs([out], [scan])
    raw = open_scan(scan, pixel_size_um=voxel_size_um)
    tell_assumptions(raw.provenance)
    raw = replace(
        raw,
        energy_kev=raw.energy_kev if energy_kev is None else energy_kev,
        distance_mm=raw.distance_mm if distance_mm is None else distance_mm,
    )
    if phase_retrieval == "liquor":
        from ...workflows.phase import with_phase_of_liquor

        recipe = with_phase_of_liquor(recipe, raw)
    # Kept when the work is killed, so that the same command goes on from there.
    unfinished = unfinished_beside(out)
    with shown_progress() as progress, reconstructed_on_disk(unfinished, raw, recipe, progress) as volume:
        save_volume(volume, out)
        discard(unfinished)
    made = volume.provenance.steps[-1]
    if "half_acquisition" in made:
        typer.echo(f"Half acquisition: {made['half_acquisition']}.", err=True)
    if "rotation_centre_remark" in made:
        typer.echo(f"Note: {made['rotation_centre_remark']}.", err=True)
    tell_findings(volume.provenance)
    size = "unknown size" if volume.voxel_size_um is None else f"{volume.voxel_size_um[0]:g} µm"
    if volume.voxel_size_um is None:
        typer.echo(
            "The scan does not say its pixel size, so voxel values are attenuation per pixel, not per µm; give "
            "--voxel-size-um.",
            err=True,
        )
    print(f"{out}: {' × '.join(str(n) for n in volume.shape)} voxels of {size}")


def _ratio_of(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"--phase-retrieval is 'liquor' or the ratio delta/beta, not '{text}'.") from None


def _rows_of(text: str | None) -> tuple[int, int] | None:
    """Return first row and the one after the last."""
    if text is None:
        return None
    first, colon, last = text.partition(":")
    if not (colon and first.strip().isdigit() and last.strip().isdigit()):
        raise InputError(f"--rows is two row numbers with a colon, such as 100:200, not '{text}'.")
    return int(first), int(last)
