"""Which dataset of an HDF5 file is the volume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ....errors import InputError
from ...grids.choice import Choice, choice_needed, listed
from ...grids.single_slice import is_image
from .file import open_hdf5
from .links import dataset_in, reason_not_followed
from .values import text_of


def has_volume(path: str | Path) -> bool:
    """Whether a file has 3-D datasets of numbers, or one single slice: several of two axes are rather tables."""
    with open_hdf5(path) as file:
        found = _datasets(file) or list(_linked(file).values())
        if not found:
            return False
        return not is_image(found[0].shape) or len(found) == 1 or len(_signals(found)) == 1


def chosen_dataset(path: Path, file: Any, choice: Choice, told: list[str]) -> tuple[Any, str]:
    """The volume and its name in this file; where it was chosen among several, ``told`` says so.

    Raises
    ------
    InputError
        The dataset named is not there or holds no numbers; the file has no volume and no slice, or (a
        :class:`ChoiceNeeded`) several of which none is marked.
    """
    if choice.dataset is not None:
        wanted = dataset_in(file, choice.dataset)
        if wanted is None or not np.issubdtype(wanted.dtype, np.number):
            names = sorted(node.name for node in _datasets(file))
            raise InputError(f"There is no dataset of numbers '{choice.dataset}'; there are {listed(names) or 'none'}.")
        return wanted, choice.dataset
    found, linked = _datasets(file), _linked(file)
    if not found and linked:
        if len(linked) == 1:
            return next((dataset, name) for name, dataset in linked.items())
        raise choice_needed(sorted(linked), "volumes")
    if linked:
        told.append(f"links to datasets in other files are not followed: {listed(sorted(linked))}")
    if not found and (lacks := _first_dangling_link(file)) is not None:
        raise InputError(f"The values of {lacks}.")
    if not found:
        raise InputError(
            f"{path.name} holds no raw scan (NXtomo, Data Exchange), no 3-D dataset of numbers and no single slice (a "
            "2-D one)."
        )
    by_axes = _by_axes(file)
    if by_axes[3] and by_axes[4]:
        told.append(f"datasets of more axes than three ({listed([one.name for one in by_axes[4]])}): not used")
    if len(found) == 1:
        return found[0], found[0].name
    default, signals = _default(file), _signals(found)
    for one, why in ((default, "that NeXus marks as the default"), (signals[0] if len(signals) == 1 else None, None)):
        if one is not None and one in found:
            others = listed(sorted(node.name for node in found if node != one))
            told.append(f"of {len(found)} datasets {one.name} is taken, {why or 'the signal'}; not used: {others}")
            return one, one.name
    names = sorted(node.name for node in found)
    raise choice_needed(names, "single slices" if is_image(found[0].shape) else "volumes")


def _by_axes(file: Any) -> dict[int, list[Any]]:
    """Every dataset of numbers once, by its number of axes: two, three, or four for more.

    Of more axes than three, those of length one do not count.
    """
    import h5py

    found: dict[int, dict[int, Any]] = {2: {}, 3: {}, 4: {}}

    def look(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.ndim >= 2 and np.issubdtype(node.dtype, np.number):
            long = node.ndim if node.ndim <= 3 else max(3, sum(length > 1 for length in node.shape))
            found[min(long, 4)].setdefault(h5py.h5o.get_info(node.id).addr, node)

    file.visititems(look)
    return {axes: list(nodes.values()) for axes, nodes in found.items()}


def _datasets(file: Any) -> list[Any]:
    """Datasets that may be the volume: those of three axes, or of more where there is none, or else of two."""
    found = _by_axes(file)
    return found[3] or found[4] or found[2]


def _linked(file: Any) -> dict[str, Any]:
    """Every dataset of numbers of three axes or more that an external link leads to, by its name in this file."""
    import h5py

    found: dict[str, Any] = {}

    def look(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.ndim >= 3 and np.issubdtype(node.dtype, np.number):
            found[name] = node

    for link in _links(file):
        # A broken one, or one to a pipe, is not followed.
        if reason_not_followed(file, link) is None:
            behind = file.get(link)
            if isinstance(behind, h5py.Group):
                behind.visititems(lambda name, node, link=link: look(f"{link}/{name}", node))
            elif behind is not None:
                look(link, behind)
    return found


def _first_dangling_link(file: Any) -> str | None:
    """The first link of a file that leads nowhere, and why; None where there is none."""
    broken = ((name, reason_not_followed(file, name)) for name in _links(file))
    return next(
        (f"/{name} in {Path(file.filename).name} are in another file, {why}" for name, why in broken if why), None
    )


def _links(file: Any) -> list[str]:
    """Names of the external links of a file."""
    import h5py

    names: list[str] = []
    file.visititems_links(lambda name, link: names.append(name) if isinstance(link, h5py.ExternalLink) else None)
    return sorted(names)


def _signals(found: list[Any]) -> list[Any]:
    """Those that NeXus marks as the signal of their group, or else those called ``data``."""
    marked = [
        node
        for node in found
        if node.name.rpartition("/")[2] == text_of(node.parent.attrs.get("signal", ""))
        or text_of(node.attrs.get("signal", "")) == "1"
    ]
    return marked or [node for node in found if node.name.rpartition("/")[2] == "data"]


def _default(file: Any) -> Any:
    """The signal that the chain of ``default`` leads to from the root, None where there is none."""
    group = file
    for _ in range(8):
        name = text_of(group.attrs.get("default", ""))
        if not name:
            break
        following = group.get(name)
        if following is None or not hasattr(following, "attrs"):
            return None
        if not hasattr(following, "keys"):
            return following
        group = following
    signal = text_of(group.attrs.get("signal", ""))
    return dataset_in(group, signal) if group != file and signal else None
