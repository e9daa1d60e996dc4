"""Writer: a format in which volumes and labels are saved."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray

from ..files.atomic import check_place


class Writer(Protocol):
    """A format in which volumes and labels are saved.

    A class says that it is one by inheriting. What is heavy to import it imports within its methods.

    Attributes
    ----------
    suffixes : tuple of str
        Of the names that are written so, in small letters; the first is the one that is told.
    """

    suffixes: ClassVar[tuple[str, ...]]

    @abstractmethod
    def write_grid(
        self,
        data: NDArray[Any],
        voxel_size_um: tuple[float, float, float] | None,
        record: Mapping[str, Any],
        path: Path,
    ) -> None:
        """Write a grid whole or not at all. Same values, same bytes.

        Parameters
        ----------
        data : ndarray of uint8 (labels) or float32 (voxel values), shape (z, y, x)
            Values.
        voxel_size_um : (float, float, float) or None
            Voxel size along (z, y, x), µm; None writes no scale.
        record : mapping
            JSON-ready: ``kind`` is ``volume`` or ``labels``, and quantity and provenance go with it.
        path : Path
            File or folder to write.
        """

    def check_place(self, path: Path) -> None:
        """Refuse, before long work, a place that cannot be written after it.

        Raises
        ------
        InputError
            It cannot.
        """
        check_place(path)

    def places(self, path: Path) -> list[Path]:
        """Files and folders that are written, the named one first."""
        return [path]

    def check_beside(self, path: Path) -> None:
        """Refuse to write, beside what was named, over a file of the user.

        Raises
        ------
        InputError
            A place beside it holds one.
        """
        return None
