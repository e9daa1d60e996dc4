"""A volume or labels as a 3-D dataset of an HDF5 file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from .grid import Grid, record_from, refined
from .hdf5 import opened, text_of


def read_hdf5_volume(path: str | Path) -> Grid:
    """Read the one 3-D dataset of a file, with its scale from ``voxel_size_um`` or ``element_size_um``.

    Where there are several, the one named ``data`` or the one that NeXus marks as the signal is taken.

    Raises
    ------
    InputError
        No 3-D dataset of numbers, or several to choose from.
    """
    path = Path(path)
    with opened(path) as file:
        dataset = _dataset(path, file)
        record = record_from(text_of(dataset.attrs.get("crystalseg", "")))
        stated = None
        for name in ("voxel_size_um", "element_size_um"):
            if stated is None and name in dataset.attrs:
                sizes = np.asarray(dataset.attrs[name], dtype=float).reshape(-1)
                if sizes.size not in (1, 3):
                    raise InputError(f"The {name} of {path.name} has {sizes.size} numbers; one or three are needed.")
                z, y, x = np.broadcast_to(sizes, 3).tolist()
                stated = (z, y, x)
        return Grid(dataset[()], refined(stated, record), record)


def has_volume(path: str | Path) -> bool:
    """Whether a file has a 3-D dataset of numbers, or several."""
    with opened(path) as file:
        return bool(_datasets(file)[0])


def _dataset(path: Path, file: Any) -> Any:
    found, signals = _datasets(file)
    if not found:
        raise InputError(f"{path.name} holds no raw scan (NXtomo, Data Exchange) and no 3-D dataset of numbers.")
    if len(found) == 1:
        return found[0]
    if len(signals) == 1:
        return signals[0]
    names = ", ".join(sorted(node.name for node in found)[:5])
    raise InputError(f"{path.name} holds {len(found)} volumes ({names}); keep one a file.")


def _datasets(file: Any) -> tuple[list[Any], list[Any]]:
    """Every 3-D dataset of numbers once, and those among them that are the signal of their group."""
    import h5py

    found: dict[int, Any] = {}
    signals: list[Any] = []

    def look(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.ndim == 3 and np.issubdtype(node.dtype, np.number):
            found.setdefault(h5py.h5o.get_info(node.id).addr, node)
            if name.rpartition("/")[2] == text_of(node.parent.attrs.get("signal", "data")):
                signals.append(node)

    file.visititems(look)
    return list(found.values()), signals
