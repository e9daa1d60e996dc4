"""TIFF stacks written, as ImageJ and OME have them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....texts.json_text import to_json
from ...files.atomic import replacing

# ImageJ's format has 32-bit offsets; above this the stack is written as OME in a BigTIFF.
LARGEST_IMAGEJ_BYTES = 2_000_000_000


def write_tiff(
    data: NDArray[Any], voxel_size_um: tuple[float, float, float] | None, record: Mapping[str, Any], path: Path
) -> None:
    """Write a stack with its scale: ImageJ, or OME in a BigTIFF above two gigabytes. Same values, same bytes.

    Parameters
    ----------
    data : ndarray of uint8 or float32, shape (z, y, x)
        Values.
    voxel_size_um : (float, float, float) or None
        Voxel size along (z, y, x), µm; None writes no scale.
    record : mapping
        JSON-ready record kept in ImageJ's ``Info`` or in OME's ``Description``.
    path : Path
        File to write.
    """
    import tifffile

    with replacing(path) as partial:
        if data.nbytes <= LARGEST_IMAGEJ_BYTES:
            described: dict[str, Any] = {"axes": "TZCYXS", "Info": to_json(record)}
            resolution = None
            if voxel_size_um is not None:
                z, y, x = voxel_size_um
                resolution = (1 / x, 1 / y)
                described |= {"spacing": z, "unit": "um"}
            # With all six axes of ImageJ a single column of voxels is not taken for a sample of a pixel.
            hyperstack = data[np.newaxis, :, np.newaxis, :, :, np.newaxis]
            tifffile.imwrite(partial, hyperstack, imagej=True, resolution=resolution, metadata=described)
            return
        size: dict[str, Any] = {}
        for axis, length in zip("ZYX", voxel_size_um or (), strict=False):
            size |= {f"PhysicalSize{axis}": length, f"PhysicalSize{axis}Unit": "µm"}
        # A fixed UUID: tifffile draws a random one otherwise, and the bytes would differ each time.
        identity = {"UUID": "urn:uuid:00000000-0000-0000-0000-000000000000"}
        tifffile.imwrite(
            partial,
            data,
            bigtiff=True,
            ome=True,
            photometric="minisblack",
            metadata={"axes": "ZYX", "Description": to_json(record), **size, **identity},
        )
