"""Scores of detected drops and crystals against outlined ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...errors import InputError
from ..files import OutlinedImage, coco_dataset, coco_results
from .average_precision import AveragePrecision
from .coco_scores import coco_scores


@dataclass(frozen=True)
class DetectionScores:
    """COCO's figures of boxes and of outlines.

    Parameters
    ----------
    boxes, masks : AveragePrecision
        By the overlap of boxes, and of masks.
    """

    boxes: AveragePrecision
    masks: AveragePrecision


def detection_scores(truth: Iterable[OutlinedImage], found: Iterable[OutlinedImage]) -> DetectionScores:
    """Return COCO's figures of what was found in images, all scores counted.

    The size of what was found is the area of its mask, as in torchvision's evaluation, which CHiMP uses.

    Parameters
    ----------
    truth : iterable of OutlinedImage
        Images with what is in them; gone through once, as those that were found, and none is kept.
    found : iterable of OutlinedImage
        The same images by name, with what was found; in one that is missing nothing was.

    Returns
    -------
    DetectionScores

    Raises
    ------
    InputError
        An image is not among those of the truth, twice there, or of another size.
    """
    shapes: dict[str, tuple[int, int]] = {}
    dataset = coco_dataset(_noted(truth, shapes))
    ids = {name: number for number, name in enumerate(shapes, 1)}
    results = coco_results(_checked(found, shapes), ids)
    boxes = coco_scores(dataset, results, "bbox")
    masks = coco_scores(dataset, [{k: v for k, v in one.items() if k != "bbox"} for one in results], "segm")
    return DetectionScores(boxes, masks)


def _noted(truth: Iterable[OutlinedImage], shapes: dict[str, tuple[int, int]]) -> Iterator[OutlinedImage]:
    for one in truth:
        shapes[one.name] = one.objects.shape
        yield one


def _checked(found: Iterable[OutlinedImage], shapes: Mapping[str, tuple[int, int]]) -> Iterator[OutlinedImage]:
    names: set[str] = set()
    for one in found:
        if one.name in names:
            raise InputError("Two of the images in which objects were found have the same name.")
        names.add(one.name)
        if one.name in shapes and one.objects.objects and one.objects.shape != shapes[one.name]:
            raise InputError(
                f"{one.name} has {_size(one.objects.shape)} pixels in the results and {_size(shapes[one.name])} in the "
                "truth; compare outlines of the same images."
            )
        yield one


def _size(shape: tuple[int, int]) -> str:
    return f"{shape[0]} by {shape[1]}"
