"""What the TIFF files of a raw scan state beside their frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .statements import Statements

_UPRIGHT = 1
_ORIENTATION = "Orientation"


def tiff_statements(folder: Path, projections: list[Path], others: list[Path], said: Statements) -> float | None:
    """Return the pixel size that the projections state, µm, and say what is not used.

    Parameters
    ----------
    folder : Path
        Of the scan.
    projections : list of Path
        Files of the projections; the first speaks for all.
    others : list of Path
        Subfolders and files beside them that are not read.
    said : Statements
        Told what is assumed or not used.

    Raises
    ------
    InputError
        Pixels that are not square.
    """
    import tifffile

    from .tiff import complaints_heard, damage_told
    from .tiff_scale import scale_of

    first = projections[0]
    with damage_told(first), complaints_heard(), tifffile.TiffFile(first) as tiff:
        sizes = scale_of(tiff).sizes_um
        page: Any = tiff.pages[0]
        orientation = page.tags[_ORIENTATION].value if _ORIENTATION in page.tags else _UPRIGHT
    if orientation != _UPRIGHT:
        said.not_used(f"orientation {int(orientation)} of {first.name} (rows and columns are taken as they are stored)")
    if others:
        names = ", ".join(one.name for one in others[:3]) + (" and more" if len(others) > 3 else "")
        said.not_used(f"what else is in {folder.name} ({names})")
    if "X" not in sizes or "Y" not in sizes:
        return None
    pixel = said.square(folder.name, sizes["X"], sizes["Y"], "the pixel size")
    said.assumed(f"pixels of {pixel:.6g} µm, as {first.name} states")
    return pixel
