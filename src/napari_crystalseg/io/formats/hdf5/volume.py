"""A volume or labels as a 3-D dataset of an HDF5 file, or a single slice as a 2-D one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grids.axes import find_arrangement
from ...grids.axis_values import AxisValues, scale_along, with_ascending_axes
from ...grids.choice import ONLY, Choice
from ...grids.grid import Grid, record_from
from ...grids.scale import Scale, scale_from
from .axes import axis_names, axis_values, resolutions_not_used
from .file import open_hdf5
from .linked_files import linked_files, sentence_on_source, with_files_beside
from .links import checked_source, dataset_in
from .unwritten import sentence_on_unwritten
from .values import text_of
from .volume_choice import chosen_dataset
from .volume_statements import Hdf5Statements

_RECORD = "entry/crystalseg"
_MATLAB = (
    "an array of MATLAB, whose axes HDF5 holds in reverse: taken as z, y, x as stored (--axes zxy exchanges rows and "
    "columns)"
)


def read_hdf5_volume(path: str | Path, choice: Choice = ONLY) -> Grid:
    """Read the one 3-D dataset of a file, with the axes and the voxel size that the file states.

    Where there are several, the one that NeXus marks as the default, or as the only signal, is taken, and told. In a
    file without any, a 2-D dataset is a single slice. An axis whose values run downwards is turned over.

    Raises
    ------
    InputError
        No such dataset of numbers, several to choose from, or axes that cannot be told.
    """
    path = Path(path)
    with open_hdf5(path) as file:
        chosen: list[str] = []
        dataset, name = chosen_dataset(path, file, choice, chosen)
        noted = dataset_in(file, _RECORD)
        record = record_from(text_of(dataset.attrs.get("crystalseg", "") if noted is None else noted))
        checked_source(path, dataset)
        names = axis_names(dataset) if choice.axes is None else []
        lay = find_arrangement(dataset.shape, names, choice.axes, choice.picks)
        values: list[AxisValues | None] = [None] * dataset.ndim
        beside = Hdf5Statements.of(dataset, names)

        def stated() -> Scale:
            values[:] = axis_values(dataset, names)
            sizes, taken = beside.sizes_um(axis_known=all(values[axis] is not None for axis in lay.order))
            found = scale_along(lay, sizes, values, dataset.name)
            return replace(found, assumed=(*found.assumed, *taken))

        scale = scale_from(stated, record)
        lay = with_ascending_axes(lay, values)

        def read(first: int, last: int) -> NDArray[Any]:
            with open_hdf5(path) as again:
                return lay.laid(np.asarray(with_files_beside(again[name])[lay.key(first, last)]))

        sources = sentence_on_source(dataset, path)
        matlab = _MATLAB if "MATLAB_class" in dataset.attrs and not any(names) and choice.axes is None else None
        said = (sources, sentence_on_unwritten(dataset), matlab)
        assumed = (
            *lay.assumed,
            *chosen,
            *(one for one in said if one is not None),
            *(() if record else (*beside.unread, *resolutions_not_used(dataset))),
        )
        return Grid(lay.shape, dataset.dtype, read, scale, record, assumed, tuple(linked_files(dataset, path)))
