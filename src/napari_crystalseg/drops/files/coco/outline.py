"""The outline of one annotation as a mask: polygons, runs, or its box alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from .run_lengths import mask_of_runs

# Outlines farther outside than this many sides of the image are of another image, or damaged.
_FARTHEST = 4


def annotation_mask(annotation: Mapping[str, Any], shape: tuple[int, int]) -> tuple[NDArray[np.bool_], bool]:
    """Return the mask of an annotation.

    Parameters
    ----------
    annotation : mapping
        With ``segmentation`` (polygons, or runs compressed or not) or ``bbox``.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    mask : ndarray of bool, shape (row, column)
        Its pixels, none where the outline lies outside the image.
    by_box : bool
        Whether there was only a box.

    Raises
    ------
    InputError
        Neither, or one that cannot be read; the text does not name the annotation.
    """
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, Mapping):
        return mask_of_runs(segmentation, shape), False
    if isinstance(segmentation, list) and segmentation:
        if enclosing := checked_polygons(segmentation, shape):
            return _filled(enclosing, shape), False
    if annotation.get("bbox") is None:
        raise InputError("it has neither an outline nor a box")
    return _box_mask(box_of(annotation), shape), True


def box_of(annotation: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """Return the box of an annotation: first column, first row, width and height in pixels.

    Raises
    ------
    InputError
        There is none, or it is not four numbers.
    """
    found = annotation.get("bbox")
    if not isinstance(found, list | tuple) or len(found) != 4 or not all(_is_finite(one) for one in found):
        raise InputError("its box is not four numbers (bbox)")
    column, row, width, height = (float(one) for one in found)
    return column, row, width, height


def checked_polygons(segmentation: Any, shape: tuple[int, int]) -> list[list[float]]:
    """Return those polygons of an annotation that enclose something, of an image with so many rows and columns.

    Raises
    ------
    InputError
        They are not lists of x and y, or lie far outside the image.
    """
    polygons = segmentation if isinstance(segmentation, list) else [segmentation]
    if polygons and not isinstance(polygons[0], list):
        polygons = [polygons]
    # One or two points enclose nothing.
    return [one for one in (_polygon(values, shape) for values in polygons) if len(one) >= 6]


def _polygon(values: Any, shape: tuple[int, int]) -> list[float]:
    if not isinstance(values, list) or len(values) % 2 or not all(_is_finite(one) for one in values):
        raise InputError("its outline is not a list of x and y (segmentation)")
    farthest = _FARTHEST * max(*shape, 1)
    if any(abs(one) > farthest + max(shape) for one in values):
        raise InputError("its outline lies far outside the image (segmentation)")
    return [float(one) for one in values]


def _filled(polygons: list[list[float]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    from pycocotools import mask as coco_masks

    # As pycocotools fills them, so that scores of polygons are those that it gives.
    encoded = coco_masks.merge(coco_masks.frPyObjects(polygons, *shape))
    return np.asarray(coco_masks.decode(encoded), bool)


def _box_mask(box: tuple[float, float, float, float], shape: tuple[int, int]) -> NDArray[np.bool_]:
    column, row, width, height = box
    mask = np.zeros(shape, bool)
    rows = [min(max(round(one), 0), shape[0]) for one in (row, row + height)]
    columns = [min(max(round(one), 0), shape[1]) for one in (column, column + width)]
    mask[rows[0] : rows[1], columns[0] : columns[1]] = True
    return mask


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
