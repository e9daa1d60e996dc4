"""Label pool: many packed label maps in a folder, read when they are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....io import open_labels
from ....labels import Labels, Material
from ...grids.working_grid import WorkingGrid

_NAMES = ("labels.h5", "labels.tif")


class LabelPool:
    """Label maps of a folder, as ``crystalseg simulate --labels-only`` or any series of cases leaves them.

    Parameters
    ----------
    folder : path
        Holds ``<case>/labels.h5`` or ``<case>/labels.tif``. Maps that appear later are taken in by :meth:`look_again`.

    Raises
    ------
    InputError
        No such folder, or no label map in it.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise InputError(f"There is no folder {self.folder}; name one that holds label maps.")
        self._paths: list[Path] = []
        self._damaged: set[Path] = set()
        self._left_out: set[str] = set()
        self.look_again()
        if not self._paths:
            raise InputError(
                f"{self.folder} holds no case with labels; make some: crystalseg simulate {self.folder} --labels-only."
            )

    def __len__(self) -> int:
        return len(self._paths)

    def look_again(self) -> None:
        """Take in label maps that have appeared; what is still being written begins with a dot."""
        # A case has one file of labels: the first name that is there.
        found = {path.parent: path for name in reversed(_NAMES) for path in self.folder.glob(f"[!.]*/{name}")}
        self._paths = [
            found[parent]
            for parent in sorted(found)
            if parent not in self._damaged and parent.name not in self._left_out
        ]

    def draw(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return a random label map, shape (z, y, x), in cubic voxels.

        One that cannot be read is left out from then on.

        Raises
        ------
        InputError
            None can be read.
        """
        while self._paths:
            path = self._paths[int(rng.integers(len(self._paths)))]
            try:
                return _in_cubic_voxels(open_labels(path))
            except (InputError, OSError):
                self._damaged.add(path.parent)
                self._paths.remove(path)
        raise InputError(f"None of the label maps in {self.folder} can be read; make others.")

    def leave_out(self, names: set[str]) -> None:
        """Leave out cases, by the names of their folders: those that a training holds out."""
        self._left_out = names
        self._paths = [path for path in self._paths if path.parent.name not in names]

    @property
    def damaged(self) -> list[str]:
        """Names of the cases that could not be read."""
        return sorted(folder.name for folder in self._damaged)


def _in_cubic_voxels(labels: Labels) -> NDArray[np.uint8]:
    """The classes on voxels as long along each axis, so that what is turned keeps its shape."""
    sizes = labels.required_voxel_size_um
    if max(sizes) <= min(sizes) * (1 + 1e-3):
        return labels.data
    grid = WorkingGrid.of(labels.shape, sizes, max(labels.shape))
    return grid.majority(labels.data, len(Material))
