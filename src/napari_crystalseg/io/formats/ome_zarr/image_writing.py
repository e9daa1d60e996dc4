"""Volumes and labels written as OME-Zarr 0.5 (https://ngff.openmicroscopy.org/0.5)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ....class_colours import CLASS_COLOURS
from ....labels import Material
from ...files.atomic import replacing_folder
from .image import RECORD, is_ours
from .pyramid import coarser_levels

_CHUNK = 128
_VERSION = "0.5"


def write_ome_zarr(
    data: NDArray[Any], voxel_size_um: tuple[float, float, float] | None, record: Mapping[str, Any], path: Path
) -> None:
    """Write a multiscale image of version 0.5 (Zarr 3). Same values, same files.

    Parameters
    ----------
    data : ndarray of uint8 or float32, shape (z, y, x)
        Labels, where ``record["kind"]`` says so, or voxel values. Coarser levels hold the most frequent class or the
        mean.
    voxel_size_um : (float, float, float) or None
        Voxel size along (z, y, x), µm; None writes a scale in voxels, without a unit.
    record : mapping
        JSON-ready record, kept in the attribute ``crystalseg``.
    path : Path
        Folder to write. One that this package wrote is replaced, another is not touched.
    """
    import zarr

    labels = record["kind"] == "labels"
    with replacing_folder(path, is_ours) as partial:
        levels = chain([(data, (1, 1, 1))], coarser_levels(data, labels))
        root = zarr.create_group(str(partial), zarr_format=3)
        datasets = []
        sizes = voxel_size_um or (1.0, 1.0, 1.0)
        unit = {"unit": "micrometer"} if voxel_size_um else {}
        for number, (level, factors) in enumerate(levels):
            # In the scale of the world the middle of a voxel counts: a coarse one lies between those it stands for.
            scale = [size * factor for size, factor in zip(sizes, factors, strict=True)]
            shift = [size * (factor - 1) / 2 for size, factor in zip(sizes, factors, strict=True)]
            transformations: list[dict[str, Any]] = [{"type": "scale", "scale": scale}]
            if number:
                transformations.append({"type": "translation", "translation": shift})
            datasets.append({"path": str(number), "coordinateTransformations": transformations})
            _write_level(root, str(number), level)
        ome: dict[str, Any] = {
            "version": _VERSION,
            "multiscales": [
                {
                    "name": str(record["kind"]),
                    "axes": [{"name": axis, "type": "space", **unit} for axis in "zyx"],
                    "datasets": datasets,
                    "type": "mode" if labels else "mean",
                    "metadata": {
                        "description": f"the {'most frequent class' if labels else 'mean'} of 2 × 2 × 2 voxels"
                    },
                }
            ],
        }
        if labels:
            ome["image-label"] = {
                "colors": [
                    {"label-value": int(one), "rgba": [round(255 * part) for part in CLASS_COLOURS[one]]}
                    for one in Material
                ],
                "properties": [{"label-value": int(one), "class": one.title} for one in Material],
            }
        root.update_attributes({"ome": ome, RECORD: dict(record)})


def _write_level(root: Any, name: str, level: NDArray[Any]) -> None:
    from zarr.codecs import BloscCodec, Crc32cCodec

    packed = BloscCodec(cname="zstd", clevel=3, shuffle="shuffle", typesize=level.dtype.itemsize)

    array = root.create_array(
        name=name,
        shape=level.shape,
        chunks=tuple(min(length, _CHUNK) for length in level.shape),
        dtype=level.dtype,
        # Blosc unpacks what is left of a truncated chunk without a word.
        compressors=(packed, Crc32cCodec()),
        dimension_names=("z", "y", "x"),
        fill_value=0,
        # So that a chunk that is missing was lost.
        config={"write_empty_chunks": True},
    )
    for first in range(0, level.shape[0], _CHUNK):
        array[first : first + _CHUNK] = level[first : first + _CHUNK]
