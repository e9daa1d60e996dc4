"""crystalseg reconstruct"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import shown_progress
from .options import centre_of, check_outputs


def command(
    scan: Annotated[Path, typer.Argument(help="Raw scan: NXtomo or Data Exchange HDF5, or .npz.")],
    out: Annotated[Path, typer.Argument(help="Volume to write, .tif or .npy.")],
    centre: Annotated[str, typer.Option("--centre", metavar="auto|PX", help="Column of the rotation axis.")] = "auto",
    voxel_size_um: Annotated[
        float | None, typer.Option("--voxel-size-um", help="Pixel size at the sample, in place of the file's, µm.")
    ] = None,
) -> None:
    """Reconstruct a raw scan into a volume of linear attenuation coefficients, 1/µm."""
    from ..io import check_suffix, open_scan, save_volume
    from ..tomography import reconstruct

    centre_px = centre_of(centre)
    check_suffix(out)
    check_outputs([out], [scan])
    raw = open_scan(scan, pixel_size_um=voxel_size_um)
    with shown_progress() as progress:
        volume = reconstruct(raw, centre_px=centre_px, progress=progress)
    save_volume(volume, out)
    if raw.pixel_size_um is None:
        typer.echo("The scan does not say its pixel size: 1 µm is assumed; give --voxel-size-um.", err=True)
    print(f"{out}: {' × '.join(str(n) for n in volume.shape)} voxels of {volume.voxel_size_um[0]:g} µm")
