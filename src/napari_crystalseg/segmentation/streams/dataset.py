"""Training cases, prepared once: normalised voxel values and labels on the working grid, ready to be mapped from disk.

Imported only where nnU-Net is wanted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...computing.torchvision_operators import provide_missing_operators
from ...errors import InputError
from ...io import open_labels, open_volume
from ...io.files.atomic import replacing
from ...labels import Material
from ..grids.normalisation import normalise
from ..grids.working_grid import WorkingGrid

provide_missing_operators()
from nnunetv2.training.dataloading.nnunet_dataset import nnUNetBaseDataset  # noqa: E402

HELD_OUT_EVERY = 12


@dataclass(frozen=True)
class TrainingCase:
    """One normalised volume with its labels.

    Parameters
    ----------
    voxel_values : ndarray of float16, shape (z, y, x)
        Normalised voxel values; may be a memory map.
    labels : ndarray of uint8, shape (z, y, x)
        Codes of :class:`~napari_crystalseg.labels.Material`.
    """

    voxel_values: NDArray[np.float16]
    labels: NDArray[np.uint8]


class CaseDataset(nnUNetBaseDataset):  # type: ignore[misc]  # has no types
    """Prepared cases in a folder, as nnU-Net's dataset interface hands them out.

    An identifier is ``<case>~<working size>__<volume>``: several volumes of one case share its labels.
    """

    def __init__(self, folder: str, identifiers: list[str] | None = None) -> None:
        super().__init__(str(folder), identifiers)
        self._kept: dict[str, TrainingCase] = {}

    def case(self, identifier: str) -> TrainingCase:
        """Return one case; its arrays stay mapped for the next time."""
        if identifier not in self._kept:
            folder, name = Path(self.source_folder), identifier.split("__")[0]
            labels = np.load(folder / f"{name}_labels.npy", mmap_mode="r")
            voxel_values = np.load(folder / f"{identifier}.npy", mmap_mode="r")
            self._kept[identifier] = TrainingCase(voxel_values, labels)
        return self._kept[identifier]

    def load_case(self, identifier: str) -> tuple[NDArray[Any], NDArray[Any], None, dict[str, Any]]:
        """Return voxel values and labels with a channel axis, as nnU-Net wants them."""
        case = self.case(identifier)
        return case.voxel_values[None], case.labels[None], None, {"spacing": [1.0, 1.0, 1.0]}

    @staticmethod
    def save_case(
        data: NDArray[Any], seg: NDArray[Any], properties: dict[str, Any], output_filename_truncated: str
    ) -> None:
        """Write voxel values and labels of one volume."""
        path = Path(output_filename_truncated)
        _save(path.with_name(f"{path.name.split('__')[0]}_labels.npy"), seg[0].astype(np.uint8))
        _save(path.with_name(f"{path.name}.npy"), data[0].astype(np.float16))

    @staticmethod
    def get_identifiers(folder: str) -> list[str]:
        """Name what is in a folder."""
        return sorted(path.stem for path in Path(folder).glob("*__*.npy"))


def prepare(
    cases_dir: Path,
    prepared_dir: Path,
    working_sizes: Sequence[int],
    report: Callable[[str], None] = lambda line: None,
    prefix: str = "",
) -> list[str]:
    """Prepare every case of a folder that is not prepared yet.

    Parameters
    ----------
    cases_dir : Path
        Holds ``<case>/labels.tif`` and one or more ``<case>/volume*.tif`` of the same shape.
    prepared_dir : Path
        Where the prepared arrays go.
    working_sizes : sequence of int
        Most voxels along an axis of the working grids, one prepared copy for each.
    report : callable, optional
        Told of each case that cannot be used; it is tried again at the next call (it may still be being written).
    prefix : str
        Put before the names of the cases.

    Returns
    -------
    list of str
        Identifiers of all prepared volumes.

    Raises
    ------
    InputError
        The name of a case has a ``~`` or two underscores in a row.
    """
    prepared_dir.mkdir(parents=True, exist_ok=True)
    for labels_path in sorted(cases_dir.glob("[!.]*/labels.tif")):
        name = f"{prefix}{labels_path.parent.name}"
        if "__" in name or "~" in name:
            raise InputError(f"A case needs a name with neither ~ nor two underscores in a row, not {name}.")
        for volume_path in sorted(labels_path.parent.glob("volume*.tif")):
            identifiers = {size: f"{name}~{size}__{volume_path.stem}" for size in working_sizes}
            missing = [size for size in working_sizes if not (prepared_dir / f"{identifiers[size]}.npy").exists()]
            if not missing:
                continue
            try:
                voxel_values, labels, voxel_size_um = _read(volume_path, labels_path)
                for size in missing:
                    grid = WorkingGrid.of(labels.shape, voxel_size_um, size)
                    data, codes = normalise(grid.average(voxel_values)), grid.majority(labels, len(Material))
                    CaseDataset.save_case(data[None], codes[None], {}, str(prepared_dir / identifiers[size]))
            except (OSError, InputError) as error:
                report(f"{volume_path} is left out: {error}")
    return CaseDataset.get_identifiers(str(prepared_dir))


def read_cases(
    cases_dir: Path,
    prepared_dir: Path,
    working_size: int,
    report: Callable[[str], None] = lambda line: None,
) -> tuple[TrainingCase, ...]:
    """Prepare all cases of a folder for one working grid, and map them.

    Parameters
    ----------
    cases_dir, prepared_dir, report
        As in :func:`prepare`.
    working_size : int
        Most voxels along an axis of the working grid.
    """
    prepare(cases_dir, prepared_dir, (working_size,), report)
    there = {(path.parent.name, path.stem) for path in cases_dir.glob("[!.]*/volume*.tif")}
    names = [
        name
        for name in CaseDataset.get_identifiers(str(prepared_dir))
        if working_size_of(name) == working_size and (_case_name(name), name.split("__")[1]) in there
    ]
    dataset = CaseDataset(str(prepared_dir), names)
    return tuple(dataset.case(name) for name in names)


def split(identifiers: Sequence[str], splits_path: Path) -> tuple[list[str], list[str]]:
    """Divide identifiers into training and held-out ones; every twelfth case, in order of appearance, is held out.

    The division is kept in nnU-Net's ``splits_final.json``, so that a case never changes sides when others are added,
    and all volumes of a case are on one side.
    """
    known: dict[str, list[str]] = {"train": [], "val": []}
    if splits_path.exists():
        known = json.loads(splits_path.read_text())[0]
    side_of = {_case_name(name): side for side in known for name in known[side]}
    sides: dict[str, list[str]] = {"train": [], "val": []}
    for identifier in identifiers:
        name = _case_name(identifier)
        if name not in side_of:
            side_of[name] = "val" if len(side_of) % HELD_OUT_EVERY == HELD_OUT_EVERY // 2 else "train"
        sides[side_of[name]].append(identifier)
    if sides != known:
        with replacing(splits_path) as temporary:
            temporary.write_text(json.dumps([sides], indent=1))
    return sides["train"], sides["val"]


def working_size_of(identifier: str) -> int:
    """Working size that a prepared volume was made for."""
    return int(identifier.split("__")[0].rpartition("~")[2])


def _case_name(identifier: str) -> str:
    return identifier.split("~")[0]


def _read(volume_path: Path, labels_path: Path) -> tuple[NDArray[Any], NDArray[np.uint8], tuple[float, float, float]]:
    volume, labels = open_volume(volume_path), open_labels(labels_path)
    if volume.shape != labels.shape:
        raise InputError(f"{volume_path} has shape {volume.shape}, its labels {labels.shape}; they must agree.")
    return volume.data, labels.data, volume.required_voxel_size_um


def _save(path: Path, array: NDArray[Any]) -> None:
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        np.save(stream, array)
