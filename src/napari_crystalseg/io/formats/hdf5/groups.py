"""Groups and values written, in the way of NeXus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import h5py


def new_group(parent: h5py.Group, name: str, nx_class: str, **attributes: str) -> h5py.Group:
    """Make a group of a NeXus class."""
    group = parent.create_group(name)
    group.attrs["NX_class"] = np.bytes_(nx_class.encode())
    for key, value in attributes.items():
        group.attrs[key] = np.bytes_(value.encode())
    return group


def put(group: h5py.Group, name: str, value: Any, units: str | None = None) -> None:
    """Write a value without a date, so that the same values give the same bytes."""
    dataset = group.create_dataset(name, data=value, track_times=False)
    if units is not None:
        dataset.attrs["units"] = np.bytes_(units.encode())
