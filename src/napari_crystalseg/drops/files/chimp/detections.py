"""What CHiMP's detector saves of one image (its option ``--masks``), as ``.npz``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ....errors import InputError
from ...objects import KINDS, DropObjects
from .masks import check_npz_name, stacked_masks
from .npz_arrays import write_npz


def write_chimp_detections(objects: DropObjects, path: str | Path, image_path: str, lowest_score: float = 0.6) -> None:
    """Write what was found in an image in the form of CHiMP's detector.

    All objects have a class (``labels``: drop 1, crystal 2), those of a score that is high enough a mask
    (``mask_index``, ``masks``). The names of the classes of the masks stand beside (``class_labels``), as in the files
    that CHiMP is trained with, so that these can be, too. CHiMP leaves ``probs`` empty, where
    the scores stand here, and writes what it does not fill as pickled None, for which there are empty arrays.

    Parameters
    ----------
    objects : DropObjects
        Drops and crystals of the image.
    path : path
        File to write, ``.npz``.
    image_path : str
        The image's file.
    lowest_score : float
        Objects of less have no mask.

    Raises
    ------
    InputError
        Another suffix, or the place cannot be written.
    """
    path = Path(path)
    check_npz_name(path)
    if "\0" in image_path:
        raise InputError("The name of the image holds a character that no file name may hold.")
    ordered = sorted(objects.objects, key=lambda one: -one.score)
    chosen = [number for number, one in enumerate(ordered) if one.score >= lowest_score]
    kept = [ordered[number] for number in chosen]
    write_npz(
        path,
        {
            "image_path": np.array(image_path),
            "mask_index": np.array(chosen, np.int64),
            "masks": stacked_masks(kept, objects.shape).astype(np.uint8),
            "probs": np.array([one.score for one in kept], np.float64),
            "class_labels": np.array([one.kind for one in kept], "<U7"),
            "scores": np.array([one.score for one in kept], np.float64),
            "labels": np.array([KINDS.index(one.kind) + 1 for one in ordered], np.int64),
            "bounding_boxes": np.zeros((0,)),
            "xtal_coordinates": np.zeros((0,)),
            "well_centroid": np.zeros((0,)),
            "echo_coordinate": np.zeros((0,)),
            "real_space_offset": np.zeros((0,)),
            "original_image_shape": np.array(objects.shape, np.int64),
            "drop_detected": np.array(False),
        },
    )
