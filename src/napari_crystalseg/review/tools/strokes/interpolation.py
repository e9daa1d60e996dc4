"""Between two drawn slices: their outlines are blended by signed distance (Raya & Udupa, IEEE TMI 9 (1990) 32)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ....errors import InputError
from ....labels import Material
from ...edits.change import Change
from ..need import Need
from ..proposed_change import proposed
from ..scene import Scene

Mask = NDArray[np.bool_]
Plane = NDArray[np.float64]


def interpolate_slices(
    labels: NDArray[np.uint8],
    axis: int,
    one: int,
    other: int,
    voxel_size_um: tuple[float, float, float],
    label: int | None = None,
) -> Change | None:
    """Fill the slices between two drawn ones, which stay as they are.

    Outlines are blended by signed distance in µm, linear along the axis. An outline in one part moves with its
    centroid, so that a bar that leans across the slices stays a bar. A class that one of the slices does not
    hold tapers to it.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    axis : int
        Axis across the slices, 0 to 2.
    one, other : int
        The drawn slices along that axis, in any order.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    label : int, optional
        Code of the one class that is interpolated; what it leaves becomes of the nearest other class in its slice. All
        classes together when not given: first the sample against air, then its classes against each other, so that
        each voxel is of one class.

    Returns
    -------
    Change or None
        None where nothing lies between or nothing changes.

    Raises
    ------
    InputError
        A slice outside, or neither slice holds the class.
    """
    stack = np.moveaxis(labels, axis, 0)
    first, last = sorted((one, other))
    if first < 0 or last >= len(stack):
        raise InputError(f"Slices of axis {axis} run from 0 to {len(stack) - 1}, not {first} to {last}.")
    size = [edge for side, edge in enumerate(voxel_size_um) if side != axis]
    ends = (stack[first], stack[last])
    if label is not None and not any((end == label).any() for end in ends):
        raise InputError(f"Neither of the two slices holds {Material(label).title}; draw it in both first.")
    if last - first < 2:
        return None
    blends = _blends(ends, size, label)
    made = np.empty((last - first - 1, *stack.shape[1:]), np.uint8)
    for step, plane in enumerate(made, start=1):
        share = step / (last - first)
        plane[:] = _one(stack[first + step], blends, share, label) if label is not None else _all(blends, share)
    sides = [slice(0, length) for length in labels.shape]
    sides[axis] = slice(first + 1, last)
    box: Box = (sides[0], sides[1], sides[2])
    return proposed(labels, box, np.moveaxis(made, 0, axis))


class _Blend:
    """Signed distances of one mask in both slices, µm, negative inside, and its centroids, voxels."""

    def __init__(self, masks: tuple[Mask, Mask], size: list[float]) -> None:
        from scipy.ndimage import center_of_mass, label

        distances = [_signed_distance(mask, size) for mask in masks]
        self.shift = np.zeros(2)
        if all(label(mask)[1] == 1 for mask in masks):
            start, stop = (np.array(center_of_mass(mask)) for mask in masks)
            self.shift = stop - start
        for this, that in ((0, 1), (1, 0)):
            if not masks[this].any():
                # Its deepest point is just gone at the slice that does not hold it.
                distances[this] = distances[that] - distances[that].min()
        self.distances = distances

    def at(self, share: float) -> Plane:
        from scipy.ndimage import shift

        one, other = self.distances
        if self.shift.any():
            one = shift(one, share * self.shift, order=1, mode="nearest")
            other = shift(other, (share - 1) * self.shift, order=1, mode="nearest")
        blended: Plane = (1 - share) * one + share * other
        return blended


def _signed_distance(mask: Mask, size: list[float]) -> Plane:
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    if mask.all() or not mask.any():
        # No outline: as far as the slice is wide.
        return np.full(mask.shape, -1.0 if mask.any() else 1.0) * float(np.hypot(*np.multiply(mask.shape, size)))
    distance: Plane = distance_transform_edt(~mask, sampling=size) - distance_transform_edt(mask, sampling=size)
    # Distances between voxel centres jump about an outline that leans; a light blur puts it between them.
    blurred: Plane = gaussian_filter(distance, 0.7, mode="nearest")
    return blurred


def _blends(
    ends: tuple[NDArray[np.uint8], NDArray[np.uint8]], size: list[float], label: int | None
) -> dict[int, _Blend]:
    if label is not None:
        return {label: _Blend((ends[0] == label, ends[1] == label), size)}
    found = {int(Material.AIR): _Blend((ends[0] != Material.AIR, ends[1] != Material.AIR), size)}
    for material in Material:
        masks = (ends[0] == material, ends[1] == material)
        if material != Material.AIR and (masks[0].any() or masks[1].any()):
            found[int(material)] = _Blend(masks, size)
    return found


def _one(plane: NDArray[np.uint8], blends: dict[int, _Blend], share: float, label: int) -> NDArray[np.uint8]:
    from scipy.ndimage import distance_transform_edt

    inside = blends[label].at(share) < 0
    left = (plane == label) & ~inside
    made = np.where(inside, np.uint8(label), plane)
    if left.any() and (plane != label).any():
        nearest = distance_transform_edt(plane == label, return_distances=False, return_indices=True)
        made[left] = plane[tuple(side[left] for side in nearest)]
    return made


def _all(blends: dict[int, _Blend], share: float) -> NDArray[np.uint8]:
    sample = blends[int(Material.AIR)].at(share) < 0
    classes = [code for code in blends if code != Material.AIR]
    if not classes:
        return np.zeros(sample.shape, np.uint8)
    nearest = np.argmin([blends[code].at(share) for code in classes], axis=0)
    return np.where(sample, np.array(classes, np.uint8)[nearest], np.uint8(Material.AIR))


@dataclass(frozen=True)
class InterpolateSlices:
    """Fill the slices between the one that is shown and the one drawn in before.

    Parameters
    ----------
    all_classes : bool
        All classes together, instead of the chosen one.
    """

    all_classes: Annotated[bool, {"label": "all classes"}] = False

    title: ClassVar[str] = "Interpolate"
    key: ClassVar[str] = "V"
    hint: ClassVar[str] = "Fill the slices between this one and the one that you drew in before."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return the slices between.

        Raises
        ------
        InputError
            No other slice was drawn in.
        """
        if scene.other_index is None or abs(scene.other_index - scene.index) < 2:
            raise InputError("Draw in two slices of this direction with some between them, then interpolate.")
        label = None if self.all_classes else int(scene.label)
        return interpolate_slices(scene.labels, scene.axis, scene.index, scene.other_index, scene.voxel_size_um, label)
