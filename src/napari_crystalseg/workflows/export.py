"""Export: labels as masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..io import save_labels, writing_into
from ..io.tiff.tiff import write_tiff
from ..labels import Labels, Material

MASKS = (*(f"{material.title}.tif" for material in Material if material is not Material.AIR), "labels.tif")
"""Names of the files that :func:`export_masks` writes."""


def export_masks(labels: Labels, out_dir: str | Path) -> list[Path]:
    """Write one mask a class, 0 outside and 255 inside, and the labels themselves.

    A file of the user with one of these names is kept under another (see :func:`~napari_crystalseg.io.writing_into`).

    Parameters
    ----------
    labels : Labels
        Labels to write.
    out_dir : path
        Folder; made when it is missing.

    Returns
    -------
    list of Path
        ``liquor.tif``, ``loop.tif``, ``crystal.tif``, ``other.tif`` (uint8, all four, even when empty) and
        ``labels.tif``.
    """
    out_dir = Path(out_dir)
    written = []
    with writing_into(out_dir):
        for material in Material:
            if material is Material.AIR:
                continue
            mask = np.multiply(labels.data == material, np.uint8(255), dtype=np.uint8)
            path = out_dir / f"{material.title}.tif"
            record = {"kind": "mask", "class": material.title, **labels.to_dict()}
            write_tiff(mask, labels.voxel_size_um, record, path)
            written.append(path)
        save_labels(labels, out_dir / "labels.tif")
    return [*written, out_dir / "labels.tif"]
