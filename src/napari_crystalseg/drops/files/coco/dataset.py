"""Outlined images as a COCO data set, and as a list of results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ....errors import InputError
from ....io import save_json, write_text
from ....provenance import Provenance, package_version
from ....texts.json_text import to_json
from ....texts.printable import printable
from ...objects import DropObject
from ..outlined_image import OutlinedImage
from .categories import CATEGORIES, category_of
from .run_lengths import compressed_runs


def coco_dataset(images: Iterable[OutlinedImage], provenance: Provenance | None = None) -> dict[str, Any]:
    """Return outlined images as a COCO data set.

    Parameters
    ----------
    images : iterable of OutlinedImage
        The images, each of another name; gone through once, and none is kept.
    provenance : Provenance, optional
        Where the outlines came from; it stands in ``info``.

    Returns
    -------
    dict
        ``info``, ``images``, ``annotations`` and ``categories`` (drop 1, crystal 2). Outlines are compressed runs,
        which are exact; boxes are (first column, first row, width, height) in pixels, areas numbers of pixels. Beside
        what COCO has, images have ``pixel_size_um`` where it is known, and annotations the ``score``.

    Raises
    ------
    InputError
        Two images have the same name.
    """
    names: set[str] = set()
    entries: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, image in enumerate(images, 1):
        name = printable(image.name)
        if name in names:
            raise InputError(f"Two images are called {name}; a COCO file needs a name for each.")
        names.add(name)
        entries.append(_image(image, number, name))
        annotations += [
            {"id": len(annotations) + place, **one} for place, one in enumerate(_annotations(image, number), 1)
        ]
    info: dict[str, Any] = {
        "description": "Drops and crystals in micrographs of crystallisation drops",
        "version": package_version(),
        "contributor": "napari-crystalseg",
    }
    if provenance is not None:
        info["provenance"] = provenance.to_dict()
    return {
        "info": info,
        "licenses": [],
        "images": entries,
        "annotations": annotations,
        "categories": [dict(one) for one in CATEGORIES],
    }


def coco_results(images: Iterable[OutlinedImage], image_ids: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what was found in images as a list of COCO results.

    Parameters
    ----------
    images : iterable of OutlinedImage
        The images; gone through once, and none is kept.
    image_ids : mapping of str to id
        Id of each name in the data set that the results belong to.

    Returns
    -------
    list of dict
        ``image_id``, ``category_id``, ``bbox``, ``segmentation`` and ``score`` of each object.

    Raises
    ------
    InputError
        An image is not of that data set.
    """
    found = []
    for image in images:
        if image.name not in image_ids:
            raise InputError(f"{image.name} is no image of the data set that the results belong to.")
        for one in image.objects.objects:
            found.append({"image_id": image_ids[image.name], **_outline(one, image.objects.shape)})
    return found


def write_coco(images: Sequence[OutlinedImage], path: str | Path, provenance: Provenance | None = None) -> None:
    """Write outlined images as a COCO data set, replaced in one step; parameters as of :func:`coco_dataset`.

    Raises
    ------
    InputError
        Two images have the same name, or the place cannot be written.
    """
    save_json(coco_dataset(images, provenance), path)


def write_coco_results(images: Sequence[OutlinedImage], image_ids: Mapping[str, Any], path: str | Path) -> None:
    """Write a list of COCO results, replaced in one step; parameters as of :func:`coco_results`.

    Raises
    ------
    InputError
        An image is not of that data set, or the place cannot be written.
    """
    entries = ",\n ".join(to_json(one) for one in coco_results(images, image_ids))
    write_text(path, f"[{entries}]\n")


def _image(image: OutlinedImage, number: int, name: str) -> dict[str, Any]:
    rows, columns = image.objects.shape
    found: dict[str, Any] = {"id": number, "file_name": name, "width": int(columns), "height": int(rows)}
    if image.pixel_size_um is not None:
        found["pixel_size_um"] = float(image.pixel_size_um)
    return found


def _annotations(image: OutlinedImage, number: int) -> list[dict[str, Any]]:
    return [
        {
            "image_id": number,
            **_outline(one, image.objects.shape),
            "area": one.area_px,
            "iscrowd": int(place in image.crowds),
        }
        for place, one in enumerate(image.objects.objects)
    ]


def _outline(one: DropObject, shape: tuple[int, int]) -> dict[str, Any]:
    column, row, end_column, end_row = one.box_px
    return {
        "category_id": category_of(one.kind),
        "bbox": [int(column), int(row), int(end_column - column), int(end_row - row)],
        "segmentation": compressed_runs(one.mask, one.origin_px, shape),
        "score": float(one.score),
    }
