"""What an HDF5 file states beside a volume: of its voxel size, and all that is not used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...assumed.unread import unread
from ...grids.stated_size import read_names, stated_sizes_um
from .links import dataset_in
from .values import text_of

if TYPE_CHECKING:
    import h5py

# Attributes that name things of the same file, and are read.
_NEXUS = ("axes", "signal", "default", "NX_class", "axistags", "crystalseg", "auxiliary_signals", "axis", "voxel_axes")
_ANYWHERE = re.compile(r"(?:.*_)?voxel_?size(?:_[a-zµμ]+)?", re.IGNORECASE)
_FEW = 16


@dataclass(frozen=True)
class Hdf5Statements:
    """Names and values beside a dataset.

    Parameters
    ----------
    near : mapping
        Attributes of the dataset and of its group, and small datasets in that group.
    far : mapping
        Voxel sizes elsewhere in the file, by their path.
    unread : tuple of str
        Sentences on what is not used.
    """

    near: Mapping[str, Any]
    far: Mapping[str, Any]
    unread: tuple[str, ...]

    @classmethod
    def of(cls, dataset: h5py.Dataset, names: list[str]) -> Hdf5Statements:
        """Look around a dataset whose axes have these names."""
        own, siblings = dict(dataset.attrs), _small_datasets(dataset, names)
        name = dataset.name.rpartition("/")[2]
        near = {**siblings, **dict(dataset.parent.attrs), **own}
        known = {*_NEXUS, *read_names(near), f"{name}_indices", *(f"{one}_indices" for one in names)}
        said = unread(own, dataset.name, known)
        said += unread(siblings, dataset.parent.name, known)
        group = dataset.parent
        while True:
            held = {key: value for key, value in group.attrs.items() if not key.endswith("_indices")}
            said += unread(held, group.name, known)
            if group.name == "/":
                break
            group = group.parent
        return cls(near, _sizes_elsewhere(dataset), tuple(said))

    def sizes_um(self, axis_known: bool) -> tuple[dict[str, list[float]], list[str]]:
        """Voxel sizes by the name that states them, and what is to be said of it.

        Parameters
        ----------
        axis_known : bool
            Whether values along the axes tell them already.

        Returns
        -------
        sizes_um : dict of str to list of float
            Voxel sizes, µm, by the name that states them.
        said : list of str
            What is assumed or not used, a sentence each.
        """
        stated = stated_sizes_um(self.near)
        far = stated_sizes_um(self.far)
        far = {path: numbers for path, numbers in far.items() if "/" in path}
        if not far:
            return stated, []
        first = next(iter(far.values()))
        # The order of axes is not known of what stands elsewhere, and several may be of several things.
        one = all(np.allclose(numbers, first[0], rtol=1e-3, atol=0) for numbers in far.values())
        names = ", ".join(far)
        if stated or axis_known or not one:
            told = ", ".join(
                f"{' × '.join(f'{size:.6g}' for size in numbers)} µm ({path})" for path, numbers in far.items()
            )
            return stated, [f"voxel size of {told}: not used"]
        return {names: [first[0]]}, [f"voxel size taken from {names}"]


def _small_datasets(dataset: h5py.Dataset, names: list[str]) -> dict[str, Any]:
    """Datasets of a few values in the same group, with the unit of a size under ``NAME_units``."""
    import h5py

    found: dict[str, Any] = {}
    for name in dataset.parent:
        one = dataset_in(dataset.parent, name)
        if isinstance(one, h5py.Dataset) and one != dataset and 0 < (one.size or 0) <= _FEW and name not in names:
            found[name] = one[()]
            if "units" in one.attrs:
                found[f"{name}_units"] = text_of(one.attrs["units"])
    return found


def _sizes_elsewhere(dataset: h5py.Dataset) -> dict[str, Any]:
    """Voxel sizes in other groups of the file, by path, each under a name with its unit."""
    import h5py

    found: dict[str, Any] = {}

    def look(path: str, node: Any) -> None:
        name = path.rpartition("/")[2]
        if not isinstance(node, h5py.Dataset) or node.parent == dataset.parent or not _ANYWHERE.fullmatch(name):
            return
        if node.size in (1, 3) and node.dtype.kind in "iuf":
            found[node.name] = node[()]
            if "units" in node.attrs:
                found[f"{node.name}_units"] = text_of(node.attrs["units"])

    dataset.file.visititems(look)
    return found
