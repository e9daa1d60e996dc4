"""Run-length encoding of masks as COCO has it: down the columns, beginning with what is not in the mask."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError

_BITS, _MORE, _SIGN, _FIRST = 5, 0x20, 0x10, 48
_LONGEST_BITS = 60


def compressed_runs(
    mask: NDArray[np.bool_], origin: tuple[int, int] = (0, 0), shape: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Return a mask as compressed runs, ``{"size": [rows, columns], "counts": text}``, the same as pycocotools makes.

    Parameters
    ----------
    mask : ndarray of bool, shape (row, column)
        The mask, or the part of it outside which it is empty.
    origin : (int, int)
        Row and column of the first pixel of the part in the image.
    shape : (int, int), optional
        Rows and columns of the image; those of the mask by default.

    Returns
    -------
    dict
    """
    rows, columns = mask.shape if shape is None else shape
    # Down each column, from where it enters the mask to where it leaves it: as places in the whole image.
    turned = np.pad(mask.T, ((0, 0), (1, 1))).view(np.int8)
    column, row = np.nonzero(np.diff(turned, axis=1))
    places = (column + origin[1]) * rows + row + origin[0]
    # A run that ends with its column goes on with the next where that begins in the mask.
    joined = np.flatnonzero(places[1:-1:2] == places[2::2]) * 2 + 1
    places = np.delete(places, np.concatenate([joined, joined + 1]))
    lengths = np.diff(np.concatenate([[0], places, [rows * columns]]))
    if places.size and places[-1] == rows * columns:
        lengths = lengths[:-1]
    return {"size": [int(rows), int(columns)], "counts": _text([int(one) for one in lengths])}


def checked_runs(segmentation: Any, shape: tuple[int, int]) -> dict[str, Any]:
    """Return runs, compressed or not, as compressed ones that fill an image of a shape.

    Raises
    ------
    InputError
        The runs are of another size, or do not fill it.
    """
    return {"size": [int(one) for one in shape], "counts": _text(_checked_lengths(segmentation, shape))}


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
    lengths = _checked_lengths(segmentation, shape)
    inside = np.arange(len(lengths)) % 2 == 1
    return np.repeat(inside, lengths).reshape(shape[::-1]).T


def _checked_lengths(segmentation: Any, shape: tuple[int, int]) -> list[int]:
    size, counts = segmentation.get("size"), segmentation.get("counts")
    if not isinstance(size, list | tuple) or [*size] != [*shape]:
        raise InputError(f"its runs are of the size {size}, and the image has {shape[0]} by {shape[1]} pixels")
    if isinstance(counts, bytes):
        counts = counts.decode("ascii", "replace")
    lengths = _lengths(counts) if isinstance(counts, str) else counts
    whole = isinstance(lengths, list) and all(isinstance(one, int) and one >= 0 for one in lengths)
    if not whole or sum(lengths) != shape[0] * shape[1]:
        raise InputError("its runs do not fill the image: they are damaged, or of another image")
    return [*lengths]


def _text(lengths: list[int]) -> str:
    """COCO's text of lengths of runs, the reverse of :func:`_lengths`."""
    letters = []
    for number, length in enumerate(lengths):
        value = length - lengths[number - 2] if number > 2 else length
        while True:
            bits = value & 0x1F
            value >>= _BITS
            # The rest is nothing but the sign of what was written.
            done = value == (-1 if bits & _SIGN else 0)
            letters.append(chr((bits if done else bits | _MORE) + _FIRST))
            if done:
                break
    return "".join(letters)


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
