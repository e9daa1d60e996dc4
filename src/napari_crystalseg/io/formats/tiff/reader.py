"""TIFF: a stack in a file, and a folder of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from ....scan import Scan
from ...grids.choice import Choice
from ...grids.grid import Grid
from ..reader import Reader
from .listing import files_besides_images, has_tiff_files

_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MULTIFILE_OME = re.compile(r'FileName="([^"]+)"')


class TiffReader(Reader):
    """A stack of slices, or one, in a TIFF file."""

    format = "TIFF"
    suffixes = (".tif", ".tiff")

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith(_SIGNATURES)

    def has_grid(self, path: Path) -> bool:
        from .stack import has_grey_slices

        return has_grey_slices(path)

    def read_grid(self, path: Path, choice: Choice) -> Grid:
        from .stack import read_tiff

        return read_tiff(path, choice)

    def refers_to(self, path: Path) -> Iterable[Path]:
        """Other files of an OME-TIFF in several."""
        with path.open("rb") as stream:
            # The description of the first page comes early or at the end, as the writer pleases.
            head = stream.read(1 << 20)
            stream.seek(max(len(head), os.fstat(stream.fileno()).st_size - (1 << 20)))
            text = (head + stream.read()).decode("latin-1")
        return [path.parent / name for name in dict.fromkeys(_MULTIFILE_OME.findall(text))]


class TiffFolderReader(Reader):
    """A raw scan, or the slices of a volume, as TIFF files in a folder."""

    format = "folder of TIFF"
    suffixes = ()
    is_folder = True

    def recognises(self, path: Path, head: bytes) -> bool:
        return has_tiff_files(path)

    def scan_layout(self, path: Path) -> str | None:
        from .folder import is_scan_folder

        return self.format if is_scan_folder(path) else None

    def read_scan(self, path: Path) -> Scan:
        from .folder import read_scan_folder

        return read_scan_folder(path)

    def has_grid(self, path: Path) -> bool:
        """False: mere images in a folder may be anything, and other programs show them as well."""
        return False

    def read_grid(self, path: Path, choice: Choice) -> Grid:
        from .folder import read_slices

        return read_slices(path, choice)

    def files_beside(self, path: Path) -> list[str]:
        """The other files of the folder."""
        return files_besides_images(path)
