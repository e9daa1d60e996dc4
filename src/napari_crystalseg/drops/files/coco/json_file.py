"""A COCO JSON file with what every reader of it relies on, checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ....errors import InputError, shortened
from ....io import check_input, check_memory
from ....texts.json_text import parse_json
from ..in_file import in_file

# What JSON text takes as Python objects, about.
_MEMORY_OF_TEXT = 12


def load_coco(path: str | Path) -> dict[str, Any]:
    """Return a data set as it is in its file: ``images``, ``annotations`` and ``categories``, which may be empty.

    Parameters
    ----------
    path : path
        JSON file.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        Not JSON, not a data set, images without id, name or size, or annotations of no image.
    """
    path = Path(path)
    found = _parsed(path)
    with in_file(path):
        if not isinstance(found, dict) or not isinstance(found.get("images"), list):
            raise InputError(
                "it is not a COCO data set: that has images, annotations and categories"
                + (" (a list of results needs one beside it)" if isinstance(found, list) else "")
            )
        data = {"annotations": [], "categories": [], **found}
        for key in ("annotations", "categories"):
            if not isinstance(data[key], list):
                raise InputError(f"its {key} are not a list")
        ids = [_checked_image(one) for one in data["images"]]
        if len(set(ids)) < len(ids):
            raise InputError("two of its images have the same id")
        for one in data["categories"]:
            if not isinstance(one, Mapping) or not _is_id(one.get("id")) or not isinstance(one.get("name"), str):
                raise InputError("one of its categories has no id or no name")
        _check_annotations(data["annotations"], set(ids))
        return data


def load_coco_results(path: str | Path) -> list[dict[str, Any]]:
    """Return a list of what a detector found, as it is in its file: image, category, score, box and runs.

    Parameters
    ----------
    path : path
        JSON file.

    Returns
    -------
    list of dict

    Raises
    ------
    InputError
        Not JSON, not such a list, or an entry without image, category or score.
    """
    path = Path(path)
    found = _parsed(path)
    with in_file(path):
        if not isinstance(found, list):
            raise InputError("it is not a list of COCO results")
        _check_annotations(found, None)
        for number, one in enumerate(found, 1):
            score = one.get("score")
            if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
                raise InputError(f"its result {number} has no score between 0 and 1")
        return found


def is_coco_results(path: str | Path) -> bool:
    """Whether a JSON file holds a list, as COCO results are, and not a data set.

    Raises
    ------
    InputError
        It is not JSON.
    """
    return isinstance(_parsed(Path(path)), list)


def _parsed(path: Path) -> Any:
    check_input(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; name the COCO JSON file in it.")
    with in_file(path):
        check_memory(_MEMORY_OF_TEXT * path.stat().st_size, path.name)
        try:
            return parse_json(path.read_bytes())
        except ValueError as error:
            raise InputError(f"it is not JSON ({shortened(error)})") from error


def _checked_image(image: Any) -> Any:
    if not isinstance(image, Mapping) or not _is_id(image.get("id")):
        raise InputError("one of its images has no id")
    if not isinstance(image.get("file_name"), str) or not image["file_name"]:
        raise InputError(f"its image {image['id']} has no file_name")
    for key in ("height", "width"):
        size = image.get(key)
        if isinstance(size, bool) or not isinstance(size, int | float) or size < 1 or size != int(size):
            raise InputError(f"its image {shortened(image['file_name'])} has no {key} in pixels")
    return image["id"]


def _check_annotations(annotations: list[Any], images: set[Any] | None) -> None:
    for number, one in enumerate(annotations, 1):
        if not isinstance(one, Mapping) or not _is_id(one.get("image_id")) or not _is_id(one.get("category_id")):
            raise InputError(f"its entry {number} has no image_id or no category_id")
        if images is not None and one["image_id"] not in images:
            raise InputError(f"its entry {number} is of an image that it does not hold ({shortened(one['image_id'])})")


def _is_id(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)
