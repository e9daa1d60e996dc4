"""Prepared cases: a volume and its labels at its levels, what the coarse network says, and where surfaces lie."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....io import open_labels, open_volume
from ....io.files.atomic import replacing
from ....labels import Material
from ....volume import Volume
from ...grids.normalisation import find_levels, outside_circle
from ...grids.working_grid import WorkingGrid
from ...refinement.levels import lay_levels

Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From normalised voxel values on the working grid to class probabilities (5, z, y, x)."""
_PLACES = 4000  # kept of each kind, at each level
KINDS = ("faults", *(material.title for material in Material))
"""What a patch may lie about: voxels that the coarse network has wrong, and surfaces of each class."""


@dataclass(frozen=True)
class PreparedVolume:
    """One volume, ready for patches to be drawn from.

    Parameters
    ----------
    folder : Path
        Of its files.
    labels_folder : Path
        Of the files that the volumes of its case share.
    """

    folder: Path
    labels_folder: Path

    @cached_property
    def shapes(self) -> tuple[tuple[int, int, int], ...]:
        """Voxels of each level, the finest first; the last is the working grid."""
        record = json.loads((self.labels_folder / "levels.json").read_text())
        return tuple((int(z), int(y), int(x)) for z, y, x in record)

    @cached_property
    def voxel_values(self) -> list[NDArray[np.float16]]:
        """Normalised voxel values on each level."""
        return [np.load(self.folder / f"values_{n}.npy", mmap_mode="r") for n in range(len(self.shapes))]

    @cached_property
    def labels(self) -> list[NDArray[np.uint8]]:
        """Labels on each level."""
        return [np.load(self.labels_folder / f"labels_{n}.npy", mmap_mode="r") for n in range(len(self.shapes))]

    @cached_property
    def coarse(self) -> NDArray[np.uint8]:
        """Class probabilities of the coarse network on the working grid, (5, z, y, x), in units of 1/255."""
        return np.asarray(np.load(self.folder / "coarse.npy", mmap_mode="r"))

    def places(self, level: int, kind: str) -> NDArray[np.int16]:
        """Voxels (place, 3) about which patches may lie."""
        if (level, kind) not in self._places:
            folder = self.folder if kind == "faults" else self.labels_folder
            self._places[level, kind] = np.load(folder / f"places_{level}_{kind}.npy")
        return self._places[level, kind]

    @cached_property
    def _places(self) -> dict[tuple[int, str], NDArray[np.int16]]:
        return {}


def prepare(
    cases: Sequence[Path],
    prepared: Path,
    working_size: int,
    predict: Predict,
    report: Callable[[str], None],
    most: int | None = None,
) -> list[str]:
    """Prepare volumes that are not prepared yet.

    Parameters
    ----------
    cases : sequence of Path
        Folders that hold ``<case>/labels.tif`` and one or more ``<case>/volume*.tif`` of the same shape.
    prepared : Path
        Where the prepared arrays go.
    working_size : int
        Most voxels along an axis of the grid that the coarse network sees.
    predict : callable
        The coarse network.
    report : callable
        Told of each volume, and of what cannot be used.
    most : int, optional
        Prepare no more than so many now.

    Returns
    -------
    list of str
        Names of all prepared volumes, ``<folder>-<case>/<volume>``.
    """
    made = 0
    for folder in cases:
        for labels_path in sorted(folder.glob("[!.]*/labels.tif")):
            for volume_path in sorted(labels_path.parent.glob("volume*.tif")):
                place = prepared / f"{folder.resolve().name}-{labels_path.parent.name}"
                if (place / volume_path.stem / "whole").exists() or (most is not None and made >= most):
                    continue
                try:
                    _prepare(volume_path, labels_path, place, working_size, predict)
                except (OSError, InputError) as error:
                    report(f"{volume_path} is left out: {error}")
                    continue
                made += 1
                report(f"prepared {place.name}/{volume_path.stem}")
    return names(prepared)


def names(prepared: Path) -> list[str]:
    """Names of the prepared volumes of a folder."""
    return sorted(f"{path.parent.parent.name}/{path.parent.name}" for path in prepared.glob("*/*/whole"))


def opened(prepared: Path, name: str) -> PreparedVolume:
    """A prepared volume by its name."""
    case, volume = name.split("/")
    return PreparedVolume(prepared / case / volume, prepared / case)


def _prepare(volume_path: Path, labels_path: Path, place: Path, working_size: int, predict: Predict) -> None:
    volume, labels = open_volume(volume_path), open_labels(labels_path)
    if volume.shape != labels.shape:
        raise InputError(f"it has shape {volume.shape}, its labels {labels.shape}; they must agree.")
    grids = _grids(volume, working_size)
    folder = place / volume_path.stem
    folder.mkdir(parents=True, exist_ok=True)
    data = np.asarray(volume.data)
    if not (place / "levels.json").exists():
        _save_labels(labels.data, grids, place)
    working = grids[-1].average(data)
    outside = outside_circle(working)
    found = find_levels(working, outside)
    values = None
    for number, grid in enumerate(grids):
        values = found.apply(grid.average(data))
        rows, columns = (
            np.minimum(np.arange(count) * small // count, small - 1)
            for count, small in zip(values.shape[1:], outside.shape, strict=True)
        )
        values[:, outside[np.ix_(rows, columns)]] = 0.0
        _save(folder / f"values_{number}.npy", values.astype(np.float16))
    assert values is not None
    coarse = np.rint(255 * predict(values)).astype(np.uint8)
    _save(folder / "coarse.npy", coarse)
    said = coarse.argmax(0).astype(np.uint8)
    rng = np.random.default_rng(0)
    for number in range(len(grids)):
        truth = np.load(place / f"labels_{number}.npy", mmap_mode="r")
        nearest = [
            np.minimum((np.arange(count) + 0.5) * small / count, small - 1).astype(int)
            for count, small in zip(truth.shape, said.shape, strict=True)
        ]
        _save_places(rng, said[np.ix_(*nearest)] != truth, folder / f"places_{number}_faults.npy")
    (folder / "whole").touch()


def _grids(volume: Volume, working_size: int) -> list[WorkingGrid]:
    """The finest level, the one before, and the working grid."""
    voxel = volume.voxel_size_um or (1.0, 1.0, 1.0)
    working = WorkingGrid.of(volume.shape, voxel, working_size)
    levels = lay_levels(volume.shape, voxel, max(working.working_shape))
    return list(dict.fromkeys([*reversed(levels), working]))


def _save_labels(labels: NDArray[np.uint8], grids: Sequence[WorkingGrid], place: Path) -> None:
    rng = np.random.default_rng(0)
    for number, grid in enumerate(grids):
        level = grid.majority(np.asarray(labels), len(Material))
        _save(place / f"labels_{number}.npy", level)
        edge = _surface(level)
        for material in Material:
            _save_places(rng, edge & (level == material), place / f"places_{number}_{material.title}.npy")
    save_json_list([list(grid.working_shape) for grid in grids], place / "levels.json")


def save_json_list(record: list[Any], path: Path) -> None:
    """Write a list as JSON, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(record))


def _surface(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Voxels with a neighbour of another class."""
    edge = np.zeros(labels.shape, dtype=bool)
    for axis in range(3):
        differs = np.diff(labels, axis=axis) != 0
        one = [slice(None)] * 3
        other = [slice(None)] * 3
        one[axis], other[axis] = slice(None, -1), slice(1, None)
        edge[tuple(one)] |= differs
        edge[tuple(other)] |= differs
    return edge


def _save_places(rng: np.random.Generator, mask: NDArray[np.bool_], path: Path) -> None:
    found = np.flatnonzero(mask)
    if len(found) > _PLACES:
        found = rng.choice(found, _PLACES, replace=False)
    _save(path, np.stack(np.unravel_index(found, mask.shape), 1).astype(np.int16))


def _save(path: Path, array: NDArray[Any]) -> None:
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        np.save(stream, array)
