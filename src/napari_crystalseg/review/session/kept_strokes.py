"""Strokes that teach, as the record of a review holds them."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import InputError
from ..teaching.strokes import Strokes

STROKES = "strokes"
"""Key in the settings of a state."""


def strokes_record(strokes: Strokes, shape: tuple[int, int, int]) -> dict[str, Any]:
    """Return strokes on a grid of shape (z, y, x) as JSON holds them, packed."""
    flat = np.ravel_multi_index(tuple(strokes.indices.T), shape)
    return {
        "shape": [int(length) for length in shape],
        # In their order, steps are small numbers, which are packed to a tenth.
        "steps": _packed(np.diff(flat, prepend=0).astype("<i8").tobytes()),
        "classes": _packed(strokes.labels.tobytes()),
    }


def strokes_of(record: Mapping[str, Any], shape: tuple[int, ...]) -> Strokes:
    """Return what :func:`strokes_record` has put into a record.

    Raises
    ------
    InputError
        The record is damaged, or of another grid than ``shape``.
    """
    try:
        if tuple(record["shape"]) != tuple(shape):
            raise InputError(f"The strokes are on a grid of {tuple(record['shape'])} voxels, not {tuple(shape)}.")
        steps = np.frombuffer(_unpacked(record["steps"]), dtype="<i8")
        classes = np.frombuffer(_unpacked(record["classes"]), dtype=np.uint8)
        indices = np.stack(np.unravel_index(np.cumsum(steps), shape), axis=1)
    except (KeyError, TypeError, ValueError, binascii.Error, zlib.error) as error:
        raise InputError(f"The strokes of the review are damaged ({error}); draw them again.") from error
    return Strokes(indices, classes)


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode("ascii")


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text, validate=True))
