"""Export: labels as masks, or as the folder that AnACor reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..io import OutputFolder, save_labels, writing_into
from ..io.formats.tiff.stack_writing import write_tiff
from ..labels import Labels, Material
from ..progress import Progress, silent

if TYPE_CHECKING:
    from ..absorption import Coefficients, Directions

MASKS = (*(f"{material.title}.tif" for material in Material if material is not Material.AIR), "labels.tif")
"""Names of the files that :func:`export_masks` writes."""


@dataclass(frozen=True, eq=False)
class ExportedFolder:
    """A folder that labels were exported to.

    Parameters
    ----------
    paths : tuple of Path
        What was written, as it is told: the masks, or the folder of AnACor as a whole.
    output : OutputFolder
        Says what of the user's was in the way.
    """

    paths: tuple[Path, ...]
    output: OutputFolder


def masks_to_folder(labels: Labels, out_dir: str | Path) -> ExportedFolder:
    """Write masks as :func:`export_masks` does, and tell what was in the way."""
    with writing_into(out_dir) as output:
        return ExportedFolder(tuple(export_masks(labels, out_dir)), output)


def anacor_to_folder(
    labels: Labels,
    out_dir: str | Path,
    coefficients: Coefficients | None,
    directions: Directions | None,
    offset_deg: float = 0.0,
    voxel_size_um: float | None = None,
    progress: Progress = silent,
) -> ExportedFolder:
    """Write the folder that AnACor reads, and tell what was in the way.

    Parameters
    ----------
    labels, out_dir, coefficients, directions, offset_deg, voxel_size_um, progress
        As :func:`~napari_crystalseg.absorption.export_anacor` takes them.

    Raises
    ------
    InputError
        As :func:`~napari_crystalseg.absorption.export_anacor`.
    """
    from ..absorption import export_anacor

    with writing_into(out_dir) as output:
        folder = export_anacor(
            labels,
            out_dir,
            coefficients=coefficients,
            directions=directions,
            offset_deg=offset_deg,
            voxel_size_um=voxel_size_um,
            progress=progress,
        )
        return ExportedFolder((folder,), output)


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
