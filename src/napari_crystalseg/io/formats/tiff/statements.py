"""What the TIFF files of a raw scan state beside their frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ....errors import InputError
from ...assumed.statements import Statements
from .axes import flips
from .frames import TiffFrames

_SAME = 1e-3


def tiff_flips(folder: Path, frames: Sequence[TiffFrames], said: Statements) -> tuple[bool, bool]:
    """Whether rows and columns of the frames are stored the other way, by the tag Orientation, which is said.

    Parameters
    ----------
    folder : Path
        Of the scan.
    frames : sequence of TiffFrames
        Projections, flats and darks.
    said : Statements
        Told what is assumed or not used.

    Returns
    -------
    (bool, bool)
        Of rows, and of columns.

    Raises
    ------
    InputError
        Files that state several.
    """
    headers = [header for one in frames for header in one.headers]
    if len({header.small_is_white for header in headers}) > 1:
        said.not_used("that some of the files show small values white (counts are taken as stored)")
    elif headers[0].small_is_white:
        said.not_used("that the files show small values white (counts are taken as stored)")
    stated = {header.orientation for header in headers}
    if len(stated) > 1:
        raise InputError(f"The images of the folder {folder.name} are stored in several orientations; save them alike.")
    orientation = stated.pop()
    turned = flips(orientation)
    if turned is None:
        said.not_used(f"the tag Orientation ({orientation}), by which rows are columns; then take --axis rows")
        return False, False
    if any(turned):
        said.assumed(f"images turned as the tag Orientation ({orientation}) says")
    return turned


def tiff_statements(folder: Path, projections: TiffFrames, others: list[Path], said: Statements) -> float | None:
    """Return the pixel size that the projections state, µm, and say what is not used.

    Parameters
    ----------
    folder : Path
        Of the scan.
    projections : TiffFrames
        The projections.
    others : list of Path
        Subfolders and files beside them that are not read.
    said : Statements
        Told what is assumed or not used.

    Raises
    ------
    InputError
        Pixels that are not square.
    """
    for text in projections.headers[0].unread:
        said.assumed(text)
    if others:
        names = ", ".join(one.name for one in others[:3]) + (" and more" if len(others) > 3 else "")
        said.not_used(f"what else is in {folder.name} ({names})")
    first = projections.files[0].name
    sizes = projections.headers[0].scale.sizes_um
    for text in projections.headers[0].scale.assumed:
        said.assumed(text)
    if "X" not in sizes or "Y" not in sizes:
        return None
    for path, header in zip(dict.fromkeys(projections.files), projections.headers, strict=True):
        other = header.scale.sizes_um
        if any(not np.isclose(other.get(axis, np.nan), sizes[axis], rtol=_SAME, atol=0) for axis in "YX"):
            told = " × ".join(f"{other[axis]:.6g}" for axis in "YX" if axis in other) or "none"
            said.not_used(f"pixels, {sizes['X']:.6g} µm by {first} and {told} µm by {path.name}")
            return None
    pixel = said.square(folder.name, sizes["X"], sizes["Y"], "the pixel size")
    said.assumed(f"pixels of {pixel:.6g} µm, as {first} states")
    return pixel
