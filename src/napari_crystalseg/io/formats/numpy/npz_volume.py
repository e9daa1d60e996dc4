"""A volume or labels in a NumPy archive: its one array of three axes, or of two."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ...files.memory import check_memory
from ...grids.axes import find_arrangement
from ...grids.axis_values import scale_along
from ...grids.choice import ONLY, Choice, choice_needed, listed
from ...grids.grid import Grid
from ...grids.scale import Scale, scale_from
from ...grids.stated_size import read_names, stated_sizes_um
from .npz_scan import archive_error


def read_npz_volume(path: Path, choice: Choice = ONLY) -> Grid:
    """Read the one array of three axes in an archive, or of two where there is none, as a volume or labels.

    An array such as ``voxel_size_um``, ``element_size_um`` or ``pixel_size_mm`` of one or three numbers is its scale.
    What else is in the archive is told and not used.

    Raises
    ------
    InputError
        Truncated, pickled, no such array, or several of which none is chosen.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            check_memory(sum(member.file_size for member in archive.zip.infolist()), path.name)
            arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except InputError:
        raise
    except Exception as error:
        raise archive_error(path, error) from error
    name = _volume_in(path, arrays, choice)
    data = arrays[name]
    lay = find_arrangement(data.shape, None, choice.axes, choice.picks)
    beside = {one: array for one, array in arrays.items() if one != name}

    def stated() -> Scale:
        return scale_along(lay, stated_sizes_um(beside), [None] * data.ndim, path.name)

    assumed = list(lay.assumed)
    others = [one for one in beside if one not in read_names(beside)]
    if others:
        assumed.append(f"of the arrays in the archive {name} is taken; not used: {listed(others)}")

    def read(first: int, last: int) -> NDArray[Any]:
        return np.array(lay.laid(data[lay.key(first, last)]))

    return Grid(lay.shape, data.dtype, read, scale_from(stated), {}, tuple(assumed))


def _volume_in(path: Path, arrays: Mapping[str, NDArray[Any]], choice: Choice) -> str:
    """Name of the array that is the volume."""
    numbers = {name: one for name, one in arrays.items() if np.issubdtype(one.dtype, np.number)}
    if (chosen := choice.among(numbers, "array")) is not None:
        return chosen
    for axes in (3, 2):
        found = [name for name, one in numbers.items() if one.ndim == axes and name not in read_names(arrays)]
        if len(found) == 1:
            return found[0]
        if found:
            raise choice_needed(found, f"arrays of {axes} axes")
    raise InputError(
        f"{path.name} is a NumPy archive but no raw scan, and has no array of three axes (it has "
        f"{listed(list(arrays)) or 'none'}); save the volume as .npy or .tif."
    )
