"""Values of an HDF5 dataset that were never written: HDF5 gives its fill value for them and says nothing."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import h5py


def sentence_on_unwritten(dataset: h5py.Dataset) -> str | None:
    """In words, which part of a dataset was never written, or comes from nowhere in a virtual one; None where all is.

    Some writers leave out on purpose what is all fill value, and detectors have gaps between their modules, so that it
    is no reason to refuse.
    """
    fill = np.asarray(dataset.fillvalue).reshape(-1)[:1]
    reads = f"and reads as {fill[0]:.6g}" if fill.size and fill.dtype.kind in "biuf" else "and reads as its fill value"
    if dataset.is_virtual:
        try:
            mapped = sum(int(source.vspace.get_select_npoints()) for source in dataset.virtual_sources())
        except (RuntimeError, ValueError, OverflowError):
            return None
        # A mapping without an end selects more than there is.
        if not 0 <= mapped < dataset.size:
            return None
        share = 1 - mapped / dataset.size
        return f"{_percent(share)} of {dataset.name} comes from none of the files that it is put together of, {reads}"
    try:
        if not dataset.chunks or dataset.external:
            return None
        needed = math.prod(-(-length // chunk) for length, chunk in zip(dataset.shape, dataset.chunks, strict=True))
        written = int(dataset.id.get_num_chunks())
    except (RuntimeError, ValueError, AttributeError):
        return None
    if written >= needed:
        return None
    share = 1 - written / needed
    return f"{_percent(share)} of {dataset.name} was never written ({needed - written} of {needed} chunks), {reads}"


def lacks_values(file: Path, name: str) -> bool:
    """Whether a file that a virtual dataset is put together of has no dataset of the name it should have there."""
    import h5py

    # A name with a number in it stands for a series.
    if "%b" in name:
        return False
    try:
        with h5py.File(file, "r", locking="best-effort") as source:
            found: Any = source.get(name)
            return not isinstance(found, h5py.Dataset)
    except (OSError, KeyError, RuntimeError, ValueError):
        return False  # reading it says what is wrong


def _percent(share: float) -> str:
    if share > 0.99:
        return "all" if share == 1 else "nearly all"
    return f"{100 * share:.2g} %" if share >= 0.001 else "a small part"
