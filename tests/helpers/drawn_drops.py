"""Drawn micrographs of drops, and functions that stand in for the networks in the worker process."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.errors import InputError

SHAPE = (90, 120)
DROP_BOX = (10, 10, 80, 110)
_DROP_GREY, _CRYSTAL_GREY = 150, 230


def drawn_drop(crystals=((30, 30, 12),)) -> np.ndarray:
    """A rectangular drop on dark ground, with square crystals (row, column, side)."""
    image = np.full((*SHAPE, 3), 60, np.uint8)
    top, left, bottom, right = DROP_BOX
    image[top:bottom, left:right] = _DROP_GREY
    for row, column, side in crystals:
        image[row : row + side, column : column + side] = _CRYSTAL_GREY
    return image


def write_plate(folder: Path, wells, crystals=((30, 30, 12),)) -> list[Path]:
    """Write images of wells, those of odd numbers with crystals."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, well in enumerate(wells):
        path = folder / f"{well}.png"
        Image.fromarray(drawn_drop(crystals if number % 2 else ())).save(path)
        paths.append(path)
    return paths


def found_by_grey(values) -> DropObjects:
    """What a detector would find in a drawn drop: the drop at 0.9, crystals at 0.8, and at 0.3 what is not there."""
    from scipy.ndimage import label

    grey = values[..., 0]
    objects = []
    if (grey >= _DROP_GREY).any():
        objects.append(DropObject(DROP, grey >= _DROP_GREY, (0, 0), 0.9))
    numbers, count = label(grey >= _CRYSTAL_GREY)
    objects += [DropObject(CRYSTAL, numbers == number, (0, 0), 0.8) for number in range(1, count + 1)]
    doubtful = np.zeros(grey.shape, bool)
    doubtful[60:70, 80:95] = True
    return DropObjects(grey.shape, (*objects, DropObject(CRYSTAL, doubtful, (0, 0), 0.3)))


def classify_by_grey(paths, weights, progress=None):
    """Tell crystals by their brightness."""
    return _each(paths, progress, _classified)


def classify_slowly(paths, weights, progress=None):
    """Take half a second after the third."""
    return _each(paths, progress, _classified, 3)


def detect_by_grey(paths, weights, progress=None):
    """Find drop and crystals by their brightness."""
    return _each(paths, progress, _detected)


def detect_slowly(paths, weights, progress=None):
    """Do so after a while."""
    time.sleep(0.4)
    return _each(paths, progress, _detected)


def refuse_to_detect(paths, weights, progress=None):
    """Fail as where there is no network."""
    raise InputError("There is no detector in nowhere; name another.")


def _each(paths, progress, one_of, slow_after=None):
    from napari_crystalseg.io.drop_images import open_drop_image
    from napari_crystalseg.jobs import hand_over

    for number, path in enumerate(paths):
        progress(number / len(paths), f"{number + 1} of {len(paths)}")
        if slow_after is not None and number >= slow_after:
            time.sleep(0.5)
        try:
            image = open_drop_image(path)
        except InputError as error:
            hand_over(one_of(Path(path), None, str(error)))
        else:
            hand_over(one_of(Path(path), image, ""))
    return len(paths)


def _classified(path, image, problem):
    probabilities = None
    if image is not None:
        crystals = 0.91 if (image.values >= _CRYSTAL_GREY).any() else 0.04
        probabilities = (0.94 - crystals, crystals, 0.03, 0.03)
    return SimpleNamespace(path=path, class_names=DROP_CLASSES, probabilities=probabilities, problem=problem)


def _detected(path, image, problem):
    objects = None if image is None else found_by_grey(image.values)
    return SimpleNamespace(path=path, objects=objects, pixel_size_um=None, problem=problem)
