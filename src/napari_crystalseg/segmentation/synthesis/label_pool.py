"""Label pool: many packed label maps in a folder, read when they are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...io import open_labels

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
        self.look_again()
        if not self._paths:
            raise InputError(
                f"{self.folder} holds no case with labels; make some: crystalseg simulate {self.folder} --labels-only."
            )

    def __len__(self) -> int:
        return len(self._paths)

    def look_again(self) -> None:
        """Take in label maps that have appeared."""
        # A case has one file of labels: the first name that is there.
        found = {path.parent: path for name in reversed(_NAMES) for path in self.folder.glob(f"*/{name}")}
        self._paths = [found[parent] for parent in sorted(found)]

    def read(self, number: int) -> NDArray[np.uint8]:
        """Return one label map, shape (z, y, x)."""
        return open_labels(self._paths[number]).data
