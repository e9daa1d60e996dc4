"""Masks as ``.npz``: those that CHiMP is trained with, and those that its detector saves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError, shortened
from ....provenance import Provenance
from ....texts.json_text import to_json
from ...objects import KINDS, DropObject, DropObjects
from ..in_file import in_file
from ..outlined_image import OutlinedImage
from .npz_arrays import npz_arrays, write_npz

_READ = (
    "class_labels",
    "masks",
    "scores",
    "pixel_size_um",
    "labels",
    "mask_index",
    "probs",
    "image_path",
    "original_image_shape",
)


def write_chimp_masks(
    objects: DropObjects,
    path: str | Path,
    *,
    pixel_size_um: float | None = None,
    provenance: Provenance | None = None,
) -> None:
    """Write masks as CHiMP's detector is trained with: one array of classes, one of masks.

    Drops come first, then crystals, as in CHiMP's. Scores, the size of a pixel and where the masks came from stand in
    arrays of their own, which CHiMP does not look at.

    Parameters
    ----------
    objects : DropObjects
        Drops and crystals of one image.
    path : path
        File to write, ``.npz``. CHiMP pairs images and masks by the order of their names: name it as the image.
    pixel_size_um : float, optional
        Side of a pixel, µm.
    provenance : Provenance, optional
        Where they came from.

    Raises
    ------
    InputError
        Another suffix, or the place cannot be written.
    """
    path = Path(path)
    check_npz_name(path)
    ordered = sorted(objects.objects, key=lambda one: KINDS.index(one.kind))
    arrays: dict[str, NDArray[Any]] = {
        "class_labels": np.array([one.kind for one in ordered], "<U7"),
        "masks": stacked_masks(ordered, objects.shape).astype(bool),
        "scores": np.array([one.score for one in ordered], np.float64),
    }
    if pixel_size_um is not None:
        arrays["pixel_size_um"] = np.array(pixel_size_um, np.float64)
    if provenance is not None:
        arrays["provenance"] = np.array(to_json(provenance.to_dict()))
    write_npz(path, arrays)


def read_chimp_masks(
    path: str | Path, *, shape: tuple[int, int] | None = None, kinds: tuple[str, ...] = KINDS
) -> OutlinedImage:
    """Read masks that CHiMP is trained with, or that its detector saved.

    Parameters
    ----------
    path : path
        The ``.npz`` file.
    shape : (int, int), optional
        Rows and columns of the image, where the file has no mask and so does not say; (0, 0) then if not given.
    kinds : tuple of str
        What the numbers of a detector mean, from 1 on. That of crystals alone has ``("crystal",)``.

    Returns
    -------
    OutlinedImage
        Named as the image where the file says so, or else as the file without its suffix.

    Raises
    ------
    InputError
        Not such a file, damaged, or masks of another size than the image.
    """
    path = Path(path)
    arrays = npz_arrays(path, _READ)
    with in_file(path):
        if "masks" not in arrays or not {"class_labels", "labels"} & set(arrays):
            raise InputError("it holds no masks with their classes, as CHiMP writes them (class_labels and masks)")
        masks = arrays["masks"]
        if masks.size == 0:
            masks = np.zeros((0, *_shape_of_none(arrays, shape)), bool)
        if masks.ndim != 3 or masks.dtype.kind not in "biuf":
            raise InputError(f"its masks are an array of the shape {masks.shape}, not (object, row, column)")
        found = masks.shape[1], masks.shape[2]
        if shape is not None and shape != found:
            raise InputError(
                f"its masks have {found[0]} by {found[1]} pixels, and the image has {shape[0]} by {shape[1]}"
            )
        names, scores, assumed = _classes(arrays, kinds, len(masks))
        objects = []
        for mask, name, score in zip(masks, names, scores, strict=True):
            inside = mask.astype(bool) if mask.dtype.kind == "b" else mask > 0
            if inside.any():
                objects.append(DropObject(name, inside, score=score))
        if empty := len(masks) - len(objects):
            assumed.append(f"{empty} of its {len(masks)} masks are empty, and left out")
        size = arrays.get("pixel_size_um")
        name = str(arrays["image_path"]) if "image_path" in arrays else path.stem
        return OutlinedImage(
            name.replace("\\", "/"),
            DropObjects(found, tuple(objects)),
            pixel_size_um=None if size is None else float(size),
            assumed=tuple(assumed),
        )


def stacked_masks(objects: list[DropObject], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return whole masks of objects, shape (object, row, column), of an image of a shape."""
    whole = np.zeros((len(objects), *shape), bool)
    for number, one in enumerate(objects):
        whole[number] = one.whole_mask(shape)
    return whole


def check_npz_name(path: Path) -> None:
    """Refuse another name than that of an ``.npz`` file.

    Raises
    ------
    InputError
        It ends in something else.
    """
    if path.suffix.lower() != ".npz":
        raise InputError(f"{path} is not named as what is written to it: name a file that ends in .npz.")


def _shape_of_none(arrays: dict[str, NDArray[Any]], shape: tuple[int, int] | None) -> tuple[int, int]:
    """Rows and columns of an image without masks, as far as the file says."""
    given = arrays.get("original_image_shape")
    if given is not None and given.size == 2:
        return int(given.ravel()[0]), int(given.ravel()[1])
    masks = arrays["masks"]
    if masks.ndim == 3:
        return masks.shape[1], masks.shape[2]
    return shape or (0, 0)


def _classes(
    arrays: dict[str, NDArray[Any]], kinds: tuple[str, ...], number: int
) -> tuple[list[str], list[float], list[str]]:
    """Kind and score of each mask, and what was assumed for them."""
    assumed = []
    if "class_labels" in arrays:
        names = [str(one).strip().lower() for one in arrays["class_labels"].ravel()]
        scores = arrays.get("scores", np.ones(len(names)))
        if strange := sorted(set(names) - set(KINDS)):
            raise InputError(f"it has masks of '{shortened(strange[0])}', not of a drop or a crystal")
    else:
        labels = arrays["labels"].ravel()
        # The detector saves the classes of all that it found, and masks of those that were sure enough.
        chosen = arrays.get("mask_index", np.arange(number)).ravel().astype(int)
        if chosen.size and (chosen.max() >= labels.size or chosen.min() < 0):
            raise InputError("its masks are of objects that it does not hold (mask_index)")
        numbers = [int(one) for one in labels[chosen]] if chosen.size else []
        if numbers and not 1 <= min(numbers) <= max(numbers) <= len(kinds):
            raise InputError(f"it has objects of classes that are none of 1 to {len(kinds)} (labels)")
        names = [kinds[one - 1] for one in numbers]
        if names and kinds == KINDS:
            assumed.append("its class 1 is taken for drops and 2 for crystals")
        scores = arrays.get("probs", np.zeros(0)).ravel()
        if scores.size != len(names):
            # CHiMP leaves the scores out.
            scores = np.ones(len(names))
            if names:
                assumed.append("it holds no scores, and 1 is taken")
    if len(names) != number or scores.size != number:
        raise InputError(f"it holds {number} masks and {len(names)} classes")
    return names, [float(one) for one in scores.ravel()], assumed
