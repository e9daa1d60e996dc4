"""Region growing: the voxels about a place that look like it and are connected with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....box import Box, grown, whole
from ....checks import checked_number, checked_voxel_size
from ....errors import InputError
from ....progress import Progress, silent
from ...edits.change import Change
from ..need import Need
from ..scene import Scene

_FIRST_VOXELS = 32


def region_grow(
    values: NDArray[np.float32],
    place: tuple[int, int, int],
    label: int,
    *,
    tolerance: float,
    voxel_size_um: tuple[float, float, float] = (1.0, 1.0, 1.0),
    radius_um: float | None = None,
    fill_holes: bool = False,
    progress: Progress = silent,
) -> Change | None:
    """Give a class to the voxels about a place whose values are like its own.

    Voxels are connected through faces. The middle of the values within a voxel of the place counts as its own, so that
    noise there does not decide.

    Parameters
    ----------
    values : ndarray of float32, shape (z, y, x)
        Voxel values.
    place : (int, int, int)
        Voxel (z, y, x) to begin at; it is always among those that change.
    label : int
        Code of the class to give.
    tolerance : float
        Greatest difference from the value of the place, in the unit of the voxel values.
    voxel_size_um : (float, float, float)
        Along (z, y, x), µm.
    radius_um : float, optional
        Greatest distance from the place, µm; None for as far as the region goes.
    fill_holes : bool
        Also take what the region encloses.
    progress : Progress
        Told each time that the region outgrows the box that was looked at.

    Returns
    -------
    Change or None
        None only where the volume has no voxel at the place to change.

    Raises
    ------
    InputError
        A place outside the volume or without a value, or a tolerance or radius that is not a number from 0.
    """
    place = place_within(place, values.shape)
    voxel = checked_voxel_size(voxel_size_um)
    tolerance = checked_number(tolerance, "The tolerance")
    shape = values.shape
    limit = whole(shape)
    if radius_um is not None:
        radius_um = checked_number(radius_um, "The radius in µm")
        limit = _about(place, [int(radius_um / size) + 1 for size in voxel], shape)
    near = _finite(values[_about(place, [1, 1, 1], shape)])
    if not near.size:
        raise InputError("There is no voxel value at this place (NaN or infinite); point at another.")
    own = float(np.median(near))
    half = _FIRST_VOXELS
    while True:
        progress(0.0, f"growing within {half} voxels")
        box = _common(_about(place, [half] * 3, shape), limit)
        like = np.abs(values[box].astype(np.float64) - own) <= tolerance
        if radius_um is not None:
            like &= _distance(box, place, voxel) <= radius_um
        piece = piece_at(like, place, box)
        if box == limit or not _touches(piece, box, limit):
            break
        half *= 2
    if fill_holes:
        from scipy.ndimage import binary_fill_holes

        piece = binary_fill_holes(piece)
    return Change(box, piece, np.asarray(int(label)))


@dataclass(frozen=True)
class RegionGrow:
    """Grow a region from the cursor.

    Parameters
    ----------
    tolerance_percent : float
        Greatest difference from the value under the cursor, in percent of the range of the voxel values (from the 1st
        to the 99th percentile).
    radius_um : float
        Greatest distance from the cursor, µm.
    fill_holes : bool
        Also take what the region encloses.
    """

    tolerance_percent: Annotated[float, {"min": 0.0, "max": 100.0, "label": "tolerance, % of the values"}] = 10.0
    radius_um: Annotated[float, {"min": 0.0, "max": 100000.0, "label": "within, µm"}] = 30.0
    fill_holes: Annotated[bool, {"label": "fill holes"}] = True

    title: ClassVar[str] = "Grow region"
    key: ClassVar[str] = "Shift-R"
    hint: ClassVar[str] = "Give what is connected to the cursor and looks like it to the chosen class."
    needs: ClassVar[Need] = Need.POINT

    def propose(self, scene: Scene) -> Change | None:
        """Return the region about the cursor.

        Raises
        ------
        InputError
            There is no volume, or the cursor is outside.
        """
        if scene.values is None:
            raise InputError("Growing a region needs the volume that the labels were made from; open it first.")
        place = scene.required_voxel
        if not np.isfinite(scene.values[place]):
            raise InputError("There is no voxel value under the cursor (NaN or infinite); point at another place.")
        some = _finite(scene.values[::4, ::4, ::4])
        low, high = np.percentile(some if some.size else _finite(scene.values), (1, 99))
        return region_grow(
            scene.values,
            place,
            int(scene.label),
            tolerance=self.tolerance_percent / 100 * float(high - low),
            voxel_size_um=scene.voxel_size_um,
            radius_um=self.radius_um,
            fill_holes=self.fill_holes,
            progress=scene.progress,
        )


def place_within(place: tuple[int, int, int], shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return a voxel (z, y, x) as whole numbers.

    Raises
    ------
    InputError
        It lies outside a volume of that shape.
    """
    z, y, x = (int(index) for index in place)
    if not all(0 <= index < length for index, length in zip((z, y, x), shape, strict=True)):
        raise InputError(f"The place {(z, y, x)} (z, y, x) lies outside the volume of {tuple(shape)} voxels.")
    return z, y, x


def _finite(values: NDArray[Any]) -> NDArray[np.float64]:
    known = np.asarray(values, dtype=np.float64)
    finite: NDArray[np.float64] = known[np.isfinite(known)]
    return finite


def piece_at(mask: NDArray[np.bool_], place: tuple[int, int, int], box: Box) -> NDArray[np.bool_]:
    """Return the connected piece of a mask in a box that holds a place, which is taken for a part of it.

    Parameters
    ----------
    mask : ndarray of bool, shape of the box
        Voxels that may belong to the piece.
    place : (int, int, int)
        Voxel (z, y, x) of the whole volume, within the box.
    box : (slice, slice, slice)
        Where the mask lies.

    Returns
    -------
    ndarray of bool, shape of the box
    """
    from scipy.ndimage import label

    inside = tuple(index - side.start for index, side in zip(place, box, strict=True))
    mask = mask.copy()
    mask[inside] = True
    pieces, _ = label(mask)
    found: NDArray[np.bool_] = pieces == pieces[inside]
    return found


def _about(place: tuple[int, int, int], voxels: list[int], shape: tuple[int, int, int]) -> Box:
    z, y, x = (slice(index, index + 1) for index in place)
    return grown((z, y, x), (voxels[0], voxels[1], voxels[2]), shape)


def _common(one: Box, other: Box) -> Box:
    z, y, x = (slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return z, y, x


def _distance(box: Box, place: tuple[int, int, int], voxel: tuple[float, float, float]) -> NDArray[np.float64]:
    z, y, x = (
        (np.arange(side.start, side.stop) - index) * size for side, index, size in zip(box, place, voxel, strict=True)
    )
    away: NDArray[np.float64] = np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2)
    return away


def _touches(piece: NDArray[np.bool_], box: Box, limit: Box) -> bool:
    """Whether a piece reaches a side of its box beyond which there is more to look at."""
    for axis, (side, end) in enumerate(zip(box, limit, strict=True)):
        if side.start > end.start and np.take(piece, 0, axis=axis).any():
            return True
        if side.stop < end.stop and np.take(piece, -1, axis=axis).any():
            return True
    return False
