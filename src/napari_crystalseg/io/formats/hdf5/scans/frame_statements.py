"""What an HDF5 file states of the frames of a scan and of their detector, and is not used: said."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .....errors import InputError
from ....assumed.unread import unread
from ....grids.axes import axis_letter
from ..axes import axis_names
from ..links import dataset_in
from ..unwritten import sentence_on_unwritten
from ..values import text_of
from .frames import frame_axis
from .group_statements import GroupStatements

if TYPE_CHECKING:
    import h5py

# Of the frames themselves; counts need no unit.
_OF_FRAMES = ("axes", "signal", "units", "target", "axis", "description", "long_name", "interpretation")
# Groups beside a monochromator's whose energy is that of the beam; that of a source is the ring's.
_OF_BEAM = ("dcm", "beam", "instrument")
_MOST_VALUES = 10_000_000


def say_of_frames(path: Path, data: h5py.Dataset, said: GroupStatements) -> None:
    """Say what is stated of a dataset of frames: its axes, a scale of its counts, and what of it was never written.

    Raises
    ------
    InputError
        The axes are named, and the angle is one of the last two: the dataset holds sinograms.
    """
    said.assumed(sentence_on_unwritten(data))
    for text in unread(dict(data.attrs), data.name, _OF_FRAMES):
        said.assumed(text)
    try:
        names = axis_names(data)
    except InputError:
        said.not_used(f"the axes of {data.name}, which are stated twice, differently")
        return
    if len(names) != data.ndim:
        return
    letters = [axis_letter(name) for name in names]
    if "angle" in letters and letters[frame_axis(path, data)] != "angle" and letters.index("angle") >= data.ndim - 2:
        raise InputError(
            f"{path.name} stores {data.name} as {', '.join(names)}, which are sinograms; save it as projections "
            "(angle, row, column)."
        )
    if letters[-2:] in (["x", "y"], ["x", "z"]):
        said.not_used(
            f"the order {', '.join(names)} of the axes of {data.name} (frames are taken as rows of columns: if they "
            "are turned, take --axis rows)"
        )


def say_of_group(group: Any, place: str, known: Collection[str], said: GroupStatements) -> None:
    """Say what the datasets of a group, such as a detector, state of pixels, region, binning, mask or scale."""
    import h5py

    if not isinstance(group, h5py.Group):
        return
    stated: dict[str, Any] = {name: value for name, value in group.attrs.items() if name not in _OF_FRAMES}
    for name in group:
        one = dataset_in(group, name)
        if one is not None and name not in known and one.ndim < 3 and 0 < (one.size or 0) <= _MOST_VALUES:
            unit = text_of(one.attrs.get("units", "")) if one.size == 1 and one.dtype.kind in "iuf" else ""
            value = one[()]
            stated[name] = f"{np.asarray(value).reshape(-1)[0]:.6g} {unit}" if unit and np.any(value) else value
        elif isinstance(inner := group.get(name), h5py.Group) and name.lower() in ("roi", "binning", "region"):
            stated |= {f"{name}/{key}": inner[key][()] for key in inner if dataset_in(inner, key) is not None}
    for text in unread(stated, place):
        said.assumed(text)


def energies_in(group: Any, known: Collection[str]) -> list[tuple[str, bool]]:
    """Places in a group that state the energy (True) or wavelength (False) of the beam, besides known ones."""
    import h5py

    found: list[tuple[str, bool]] = []

    def look(path: str, node: Any) -> None:
        if not isinstance(node, h5py.Dataset) or path in known or node.dtype.kind not in "biuf":
            return
        holder, _, name = path.rpartition("/")
        kind = holder.rpartition("/")[2].lower()
        of_beam = "mono" in kind or kind in _OF_BEAM
        if name == "incident_energy" or (name == "energy" and of_beam):
            found.append((path, True))
        elif name == "incident_wavelength" or (name == "wavelength" and of_beam):
            found.append((path, False))

    if isinstance(group, h5py.Group):
        group.visititems(look)
    return found
