"""COCO files to outlined images."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ....errors import InputError
from ....io import check_memory
from ...objects import DropObject, DropObjects
from ..in_file import in_file
from ..outlined_image import OutlinedImage
from .categories import kinds_of_categories
from .json_file import load_coco, load_coco_results
from .outline import annotation_mask


def read_coco(path: str | Path) -> tuple[OutlinedImage, ...]:
    """Read a COCO data set of drops and crystals, of this package or of another program.

    Outlines may be polygons or runs, compressed or not; where there is only a box, its rectangle is taken. Categories
    are told by their names (drop, droplet; crystal, xtal); others are left out. What was assumed and left out is said
    in ``assumed`` of each image.

    Parameters
    ----------
    path : path
        JSON file.

    Returns
    -------
    tuple of OutlinedImage
        In the order of the file, those without objects too.

    Raises
    ------
    InputError
        Not such a file, or an entry of it cannot be used.
    """
    return tuple(each_of_coco(path))


def each_of_coco(path: str | Path) -> Iterator[OutlinedImage]:
    """Read a COCO data set image by image, as :func:`read_coco` does: the masks of all would fill the memory.

    Raises
    ------
    InputError
        Not such a file, at once; or an entry of it cannot be used, when it is that image's turn.
    """
    data = load_coco(path)
    return _outlined(Path(path), data, data["annotations"])


def read_coco_results(path: str | Path, dataset: str | Path) -> tuple[OutlinedImage, ...]:
    """Read a list of COCO results, and the data set that its numbers of images and categories belong to.

    Parameters
    ----------
    path : path
        JSON file with the results.
    dataset : path
        JSON file with the data set; its annotations are not looked at.

    Returns
    -------
    tuple of OutlinedImage
        In the order of the data set, those without results too.

    Raises
    ------
    InputError
        Not such files, or results that are of none of the images.
    """
    return tuple(each_of_coco_results(path, dataset))


def each_of_coco_results(path: str | Path, dataset: str | Path) -> Iterator[OutlinedImage]:
    """Read a list of COCO results image by image, as :func:`read_coco_results` does.

    Raises
    ------
    InputError
        Not such files, at once; or a result cannot be used, when it is its image's turn.
    """
    data, found = load_coco(dataset), load_coco_results(path)
    with in_file(Path(path)):
        ids = {one["id"] for one in data["images"]}
        if strange := [one["image_id"] for one in found if one["image_id"] not in ids]:
            raise InputError(
                f"{len(strange)} of its {len(found)} results are of no image of {Path(dataset).name}, "
                f"such as image_id {strange[0]}"
            )
    return _outlined(Path(path), data, found)


def _outlined(path: Path, data: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]]) -> Iterator[OutlinedImage]:
    with in_file(path):
        kinds, said = kinds_of_categories(data["categories"])
        of_image: dict[Any, list[Mapping[str, Any]]] = {one["id"]: [] for one in data["images"]}
        for one in annotations:
            if one["category_id"] in kinds:
                of_image[one["image_id"]].append(one)
    for one in data["images"]:
        with in_file(path):
            image = _image(one, of_image[one["id"]], kinds, said)
        yield image


def _image(
    image: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]], kinds: Mapping[Any, str], said: tuple[str, ...]
) -> OutlinedImage:
    shape = int(image["height"]), int(image["width"])
    check_memory(shape[0] * shape[1], image["file_name"])
    name = image["file_name"].replace("\\", "/")
    objects: list[DropObject] = []
    crowds, boxes, empty = set(), 0, 0
    for number, one in enumerate(annotations, 1):
        try:
            mask, by_box = annotation_mask(one, shape)
        except InputError as error:
            raise InputError(f"object {one.get('id', number)} of {name}: {error}") from error
        if not mask.any():
            empty += 1
            continue
        boxes += by_box
        if one.get("iscrowd"):
            crowds.add(len(objects))
        objects.append(DropObject(kinds[one["category_id"]], mask, score=_score(one)))
    assumed = [*said]
    if boxes:
        assumed.append(f"{boxes} of its objects have a box and no outline: the whole box is taken")
    if empty:
        assumed.append(f"{empty} of its objects lie outside the image or have no pixel, and are left out")
    return OutlinedImage(
        name, DropObjects(shape, tuple(objects)), frozenset(crowds), _pixel_size(image), tuple(assumed)
    )


def _score(annotation: Mapping[str, Any]) -> float:
    score = annotation.get("score", 1.0)
    is_one = isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1
    return float(score) if is_one else 1.0


def _pixel_size(image: Mapping[str, Any]) -> float | None:
    size = image.get("pixel_size_um")
    if isinstance(size, bool) or not isinstance(size, int | float):
        return None
    return float(size) if math.isfinite(size) and size > 0 else None
