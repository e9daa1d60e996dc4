"""Run-length encoding of masks as COCO has it: down the columns, beginning with what is not in the mask."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError

_BITS, _MORE, _SIGN, _FIRST = 5, 0x20, 0x10, 48
_LONGEST_BITS = 60


def compressed_runs(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """Return a mask, shape (row, column), as compressed runs: ``{"size": [rows, columns], "counts": text}``."""
    from pycocotools import mask as coco_masks

    encoded = coco_masks.encode(np.asfortranarray(mask, np.uint8))
    return {"size": [int(one) for one in mask.shape], "counts": encoded["counts"].decode("ascii")}


def mask_of_runs(segmentation: Any, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask of runs, compressed or not.

    They are decoded here and not by pycocotools, whose older versions write beyond the mask where runs are too long.

    Parameters
    ----------
    segmentation : mapping
        ``size`` and ``counts``.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    ndarray of bool, shape (row, column)

    Raises
    ------
    InputError
        The runs are of another size, or do not fill it.
    """
    size, counts = segmentation.get("size"), segmentation.get("counts")
    if not isinstance(size, list | tuple) or [*size] != [*shape]:
        raise InputError(f"its runs are of the size {size}, and the image has {shape[0]} by {shape[1]} pixels")
    if isinstance(counts, bytes):
        counts = counts.decode("ascii", "replace")
    lengths = _lengths(counts) if isinstance(counts, str) else counts
    whole = isinstance(lengths, list) and all(isinstance(one, int) and one >= 0 for one in lengths)
    if not whole or sum(lengths) != shape[0] * shape[1]:
        raise InputError("its runs do not fill the image: they are damaged, or of another image")
    inside = np.arange(len(lengths)) % 2 == 1
    return np.repeat(inside, lengths).reshape(shape[::-1]).T


def _lengths(text: str) -> list[int]:
    """Lengths of runs in COCO's text: five bits a letter, the least first, and from the third on as differences."""
    lengths: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - _FIRST
        if not 0 <= bits < 64 or shift > _LONGEST_BITS:
            raise InputError("its runs hold a letter that they may not")
        value |= (bits & 0x1F) << shift
        shift += _BITS
        if bits & _MORE:
            continue
        if bits & _SIGN:
            value |= -1 << shift
        lengths.append(value + lengths[-2] if len(lengths) > 2 else value)
        value = shift = 0
    return lengths
