"""Reader: what one format of files is known by, and how it is read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Protocol

from ...errors import InputError
from ...scan import Scan
from ..assumed.sidecars import files_beside
from ..grids.choice import Choice
from ..grids.grid import Grid


class Reader(Protocol):
    """What one format is known by, and how it is read.

    A class says that it is one by inheriting: it tells what it recognises, and reads grids (volumes and labels), raw
    scans, or both. What is heavy to import it imports within its methods.

    Attributes
    ----------
    format : str
        Name for the user; the first word is that of the kind of file.
    suffixes : tuple of str
        Under which such files usually come, in small letters. They choose what a window offers; which format a file is
        of, its content tells.
    is_folder : bool
        Whether it reads folders, and not files.
    """

    format: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    is_folder: ClassVar[bool] = False

    @abstractmethod
    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file, or a folder for a reader of folders, is of this format.

        Parameters
        ----------
        path : Path
            File or folder, which is there.
        head : bytes
            First 16 bytes of a file; none of a folder.
        """

    def scan_layout(self, path: Path) -> str | None:
        """Name of the layout of the raw scan that it holds, complete or not, for the user; None where it holds none."""
        return None

    def read_scan(self, path: Path) -> Scan:
        """Read a raw scan, leaving all frames in their file where the format can.

        Raises
        ------
        InputError
            It holds none, or not a complete one.
        """
        raise InputError(
            f"{path.name} is a {self.format} file, not a raw scan (NXtomo, Data Exchange, a folder of TIFF files, or "
            ".npz with flats and darks); a reconstructed volume can be segmented directly."
        )

    def has_grid(self, path: Path) -> bool:
        """Whether it holds a volume, labels or a single slice, from its header, that others do not serve better.

        True also for a damaged one, whose reading says what is wrong.
        """
        return True

    def read_grid(self, path: Path, choice: Choice) -> Grid:
        """Read a volume or labels, leaving the values in the file until they are asked for.

        Not asked for where there is a raw scan.

        Raises
        ------
        InputError
            It holds neither, or several of which none is chosen.
        """
        raise InputError(f"{path.name} is a {self.format} file, which is read only as a raw scan, and holds none.")

    def refers_to(self, path: Path) -> Iterable[Path]:
        """Files that a file refers to, of which values are read; those that are not there, too."""
        return ()

    def files_beside(self, path: Path) -> list[str]:
        """Names of files that seem to be about this one, and are not read."""
        return files_beside(path)
