"""COCO's scores of a list of results against a data set, by pycocotools."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..files.coco.outline import box_of, checked_polygons
from ..files.coco.run_lengths import checked_runs
from .average_precision import FIGURES, AveragePrecision

_ALL, _SMALL, _MEDIUM, _LARGE = range(4)
_ONE, _TEN, _HUNDRED = range(3)
_AT_50, _AT_75 = 0, 5
# Places of the overlaps 0.5 and 0.75, of ranges of areas and of numbers of detections among those of pycocotools.
_PRECISIONS = (
    (slice(None), _ALL),
    (slice(_AT_50, _AT_50 + 1), _ALL),
    (slice(_AT_75, _AT_75 + 1), _ALL),
    (slice(None), _SMALL),
    (slice(None), _MEDIUM),
    (slice(None), _LARGE),
)
_RECALLS = ((_ALL, _ONE), (_ALL, _TEN), (_ALL, _HUNDRED), (_SMALL, _HUNDRED), (_MEDIUM, _HUNDRED), (_LARGE, _HUNDRED))


def coco_scores(
    dataset: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]],
    of: str = "bbox",
    category_ids: Collection[Any] | None = None,
) -> AveragePrecision:
    """Return average precision and recall: the figures that pycocotools prints of the same data set and results.

    Parameters
    ----------
    dataset : mapping
        COCO data set with the truth; see :func:`..files.coco_dataset`. Annotations without area or box get those of
        their outline.
    results : sequence of mapping
        What was found, as :func:`..files.coco_results` gives it. Where results have boxes, pycocotools takes the area
        of the box for the size of what was found, also of outlines.
    of : {"bbox", "segm"}
        Overlap of boxes, or of outlines.
    category_ids : collection of ids, optional
        Count these categories alone; all of the data set by default.

    Returns
    -------
    AveragePrecision
        Over all categories, with those of each by its name.

    Raises
    ------
    InputError
        Another kind of overlap, results of no image of the data set, ids that are numbers and texts, or outlines that
        cannot be used or are missing.
    """
    if of not in ("bbox", "segm"):
        raise InputError(f"Overlaps are those of boxes ('bbox') or of outlines ('segm'), not of '{of}'.")
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    for key in ("images", "categories"):
        if len({isinstance(one["id"], str) for one in dataset[key]}) > 1:
            raise InputError(f"The {key} of the truth have numbers and texts for ids; number them alike.")
    shapes = {one["id"]: (int(one["height"]), int(one["width"])) for one in dataset["images"]}
    truth = COCO()
    truth.dataset = {
        "images": list(dataset["images"]),
        "categories": list(dataset["categories"]),
        # Numbered anew: an object whose id is 0 counts as missed there, however well it was found.
        "annotations": [_truth(one, number, shapes, of) for number, one in enumerate(dataset["annotations"], 1)],
    }
    found = [_result(one, number, shapes, of) for number, one in enumerate(results, 1)]
    if not all("bbox" in one for one in found):
        for one in found:
            one.pop("bbox", None)
    with redirect_stdout(io.StringIO()):
        truth.createIndex()
        if found:
            detected = truth.loadRes(found)
        else:
            detected = COCO()
            detected.dataset = {**truth.dataset, "annotations": []}
            detected.createIndex()
        evaluation = COCOeval(truth, detected, of)
        if category_ids is not None:
            evaluation.params.catIds = sorted(one for one in truth.getCatIds() if one in category_ids)
        evaluation.evaluate()
        evaluation.accumulate()
    categories = list(evaluation.params.catIds)
    names = {one["id"]: one["name"] for one in dataset["categories"]}
    precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]
    objects = [one for one in truth.dataset["annotations"] if not one["iscrowd"]]
    counts = [
        (sum(one["category_id"] == category for one in objects), sum(one["category_id"] == category for one in found))
        for category in categories
    ]
    classes = {
        names[category]: _figures(precision[:, :, [place]], recall[:, [place]], counts[place], {})
        for place, category in enumerate(categories)
    }
    total = sum(one for one, _ in counts), sum(one for _, one in counts)
    return _figures(precision, recall, total, classes)


def _figures(
    precision: NDArray[np.float64],
    recall: NDArray[np.float64],
    counts: tuple[int, int],
    classes: Mapping[str, AveragePrecision],
) -> AveragePrecision:
    """Means over precision (overlap, recall, category, area, detections) and recall (overlap, category, area, …)."""
    figures: list[Any] = [_mean(precision[overlaps, :, :, area, _HUNDRED]) for overlaps, area in _PRECISIONS]
    figures += [_mean(recall[:, :, area, most]) for area, most in _RECALLS]
    named: dict[str, Any] = dict(zip(FIGURES, figures, strict=True))
    return AveragePrecision(**named, truths=counts[0], found=counts[1], classes=classes)


def _mean(values: NDArray[np.float64]) -> float | None:
    """Over what is defined: -1 stands where the truth has no object of the kind."""
    defined = values[values > -1]
    return float(defined.mean()) if defined.size else None


def _truth(
    annotation: Mapping[str, Any], number: int, shapes: Mapping[Any, tuple[int, int]], of: str
) -> dict[str, Any]:
    found = _outlined(annotation, f"object {number} of the truth", shapes, of)
    found["id"] = number
    found["iscrowd"] = int(bool(annotation.get("iscrowd", 0)))
    if not isinstance(annotation.get("area"), int | float):
        found["area"] = _area(found, shapes[annotation["image_id"]])
    return found


def _result(
    annotation: Mapping[str, Any], number: int, shapes: Mapping[Any, tuple[int, int]], of: str
) -> dict[str, Any]:
    from pycocotools import mask as coco_masks

    found = _outlined(annotation, f"result {number}", shapes, of)
    if isinstance(found.get("segmentation"), list):
        polygons = coco_masks.frPyObjects(found["segmentation"], *shapes[annotation["image_id"]])
        found["segmentation"] = coco_masks.merge(polygons)
    return found


def _outlined(
    annotation: Mapping[str, Any], name: str, shapes: Mapping[Any, tuple[int, int]], of: str
) -> dict[str, Any]:
    """A copy of an annotation, checked, with what pycocotools relies on."""
    from pycocotools import mask as coco_masks

    if annotation["image_id"] not in shapes:
        raise InputError(f"The {name} is of an image that the truth does not hold ({annotation['image_id']}).")
    shape = shapes[annotation["image_id"]]
    found = dict(annotation)
    outline = annotation.get("segmentation")
    try:
        if isinstance(outline, Mapping):
            # pycocotools trusts runs, and what it takes of results must be compressed.
            found["segmentation"] = checked_runs(outline, shape)
        elif polygons := checked_polygons(outline or [], shape):
            found["segmentation"] = polygons
        else:
            found.pop("segmentation", None)
        if annotation.get("bbox"):
            box_of(annotation)
        else:
            found.pop("bbox", None)
    except InputError as error:
        raise InputError(f"The {name} cannot be used: {error}.") from error
    if "segmentation" not in found and ("bbox" not in found or of == "segm"):
        what = "no outline, and scores of outlines were asked for" if of == "segm" else "neither an outline nor a box"
        raise InputError(f"The {name} has {what}.")
    if "bbox" not in found and of == "bbox":
        runs = found["segmentation"]
        if isinstance(runs, list):
            runs = coco_masks.merge(coco_masks.frPyObjects(runs, *shape))
        found["bbox"] = [float(one) for one in coco_masks.toBbox(runs)]
    return found


def _area(annotation: Mapping[str, Any], shape: tuple[int, int]) -> float:
    from pycocotools import mask as coco_masks

    outline = annotation.get("segmentation")
    if outline is None:
        return float(annotation["bbox"][2] * annotation["bbox"][3])
    runs = coco_masks.merge(coco_masks.frPyObjects(outline, *shape)) if isinstance(outline, list) else outline
    return float(coco_masks.area(runs))
