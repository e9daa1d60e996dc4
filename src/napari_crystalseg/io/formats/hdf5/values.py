"""Texts and whole numbers in HDF5."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError

if TYPE_CHECKING:
    import h5py


def text_of(value: Any) -> str:
    """Text of an HDF5 string, scalar or of one element."""
    # A dataset gives its first value alone: it may have any number of them.
    if hasattr(value, "id") and getattr(value, "shape", None):
        value = value[(0,) * len(value.shape)] if value.size else ""
    elif hasattr(value, "id"):
        value = value[()]
    item = np.asarray(value).reshape(-1)
    first = item[0] if item.size else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def whole_numbers(path: Path, dataset: h5py.Dataset) -> NDArray[np.int64]:
    """Values of a list of whole numbers, such as keys of images.

    Raises
    ------
    InputError
        Text, NaN, or fractions.
    """
    if np.issubdtype(dataset.dtype, np.integer) or np.issubdtype(dataset.dtype, np.bool_):
        return np.asarray(dataset[()]).astype(np.int64).reshape(-1)
    values = np.asarray(dataset[()]).reshape(-1) if np.issubdtype(dataset.dtype, np.floating) else np.array([np.nan])
    if not (np.isfinite(values).all() and (values == np.rint(values)).all() and (np.abs(values) < 2**31).all()):
        raise InputError(f"{path.name} has {dataset.name} that are not whole numbers; the file is damaged.")
    return values.astype(np.int64)
