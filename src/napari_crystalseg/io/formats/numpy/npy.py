"""NumPy arrays with a sidecar that holds their scale and provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError, shortened
from ....texts.json_text import to_json
from ...files.array_file import load_array
from ...files.atomic import check_place, replacing_pair
from ...files.lock import exclusive_writing
from ...grids.axes import find_arrangement
from ...grids.choice import ONLY, Choice, refuse_dataset
from ...grids.grid import Grid, record_from, recorded_shape
from ...grids.scale import Scale, scale_from
from ...grids.single_slice import ONE_SLICE, THICKNESS, shape_with_axis_z


def sidecar_of(path: str | Path) -> Path:
    """Place of the JSON record of an array: ``volume.npy`` has ``volume.npy.json``."""
    path = Path(path)
    return path.with_name(path.name + ".json")


def read_npy(path: str | Path, choice: Choice = ONLY) -> Grid:
    """Read an array and its sidecar, where there is one; pickled objects are refused.

    An array of two axes is a single slice.

    Raises
    ------
    InputError
        Truncated, pickled, neither three axes nor two, or a sidecar that belongs to another array.
    """
    path = Path(path)
    refuse_dataset(choice, path)
    data = _mapped(path)
    lay = find_arrangement(data.shape, None, choice.axes, choice.picks)
    record: dict[str, Any] = {}
    if sidecar_of(path).is_file():
        record = record_from(sidecar_of(path).read_text(encoding="utf-8", errors="replace"))
        shape = shape_with_axis_z(data.shape)
        recorded = recorded_shape(record)
        if recorded is not None and recorded != shape:
            raise InputError(
                f"{sidecar_of(path).name} describes an array of shape {shortened(recorded)} but {path.name} has "
                f"{data.shape}; remove the sidecar or bring back its array."
            )

    def read(first: int, last: int) -> NDArray[Any]:
        source = load_array(path) if last - first == lay.shape[0] else data
        return np.array(lay.laid(source[lay.key(first, last)]))

    scale = scale_from(Scale, record)
    # Our own record tells that one slice was meant.
    assumed = tuple(text for text in lay.assumed if text != ONE_SLICE or "shape" not in record)
    if ONE_SLICE in assumed and scale.sizes_um is None:
        scale = replace(scale, assumed=(*scale.assumed, THICKNESS))
    return Grid(lay.shape, data.dtype, read, scale, record, assumed)


def write_npy(data: NDArray[Any], record: Mapping[str, Any], path: Path) -> None:
    """Write an array (z, y, x) in C order, and its record beside it."""
    sidecar = sidecar_of(path)
    check_sidecar(path)
    # Alone, so that of two runs neither's array comes to lie beside the other's record.
    with exclusive_writing(path), replacing_pair(path, sidecar) as (array, text):
        np.save(array, np.ascontiguousarray(data), allow_pickle=False)
        text.write_text(to_json(record, indent=1) + "\n", encoding="utf-8")


def check_sidecar(path: Path) -> None:
    """Refuse, before the work, an array whose record would take the place of a file of the user.

    Raises
    ------
    InputError
        Something that is no record of this program, or a name that is too long.
    """
    sidecar = sidecar_of(path)
    check_place(sidecar)
    if sidecar.is_file() and "kind" not in record_from(sidecar.read_text(encoding="utf-8", errors="replace")):
        raise InputError(
            f"The record of {path.name} goes to {sidecar.name}, and that is a file which this program did not write; "
            "move it away, or choose another name."
        )


def _mapped(path: Path) -> NDArray[Any]:
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except Exception:  # truncated, pickled or empty: reading it whole says which
        return load_array(path)


def has_slices(path: Path) -> bool:
    """Whether an array is a volume or a single slice; True also for a damaged one, whose reading says what is wrong."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False).ndim in (2, 3)
    except Exception:  # numpy meets damaged headers with many types of error
        return True
