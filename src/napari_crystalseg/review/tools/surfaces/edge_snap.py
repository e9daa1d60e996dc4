"""Snap the surface of a class to the edges of the voxel values near it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ....checks import checked_number
from ....errors import InputError
from ....labels import Material
from ....progress import Progress, silent
from ...edits.change import Change
from ...places.class_values import class_levels, inner_voxels
from ..class_box import class_box, with_margin
from ..near_cursor import near_cursor
from ..need import Need
from ..proposed_change import proposed
from ..scene import Scene

OVER = (Material.AIR, Material.LIQUOR)
"""Classes that a surface may move into when nothing else is said."""
_ROUNDS = 3
_STEP = 0.5
"""Distance of the places along a normal at which values are read, in the finest voxels."""
_SPREAD = 2.0
"""Standard deviation of the Gaussian over which places of the surface move together, in the finest voxels."""
_CLEAR = 4.0
"""Steps of so many times the noise count as edges."""
_HELD = 0.3
"""Weight of staying where the labels are, beside that of a clear edge; so that a surface that is right within half a
voxel stays, for fringes and blur shift the steepest place by as much."""
_PART = 0.4
"""Or of so much of the difference of the two classes that meet there."""
_APART = 1.5
"""Two classes whose medians differ by less of their standard deviation are alike: no edge is looked for."""
_MOST_PLACES = 60_000


def snap_to_edges(
    labels: NDArray[np.uint8],
    values: NDArray[Any],
    label: int,
    within_um: float,
    voxel_size_um: tuple[float, float, float],
    over: tuple[int, ...] = OVER,
    progress: Progress = silent,
) -> Change | None:
    """Move the surface of a class to where the voxel values change most across it.

    From places on the surface the values are read along the normal, and the steepest is taken that stands out of the
    noise, a near one rather than one far off. Neighbouring places move together, those with a clear edge first; where
    none is seen, as between crystal and liquor of the same values, the surface stays.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    values : ndarray, shape (z, y, x)
        Voxel values.
    label : int
        Code of the class.
    within_um : float
        How far the surface may move, µm.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    over : tuple of int
        Classes that the class may win voxels from and lose them to; against others its surface stays.
    progress : Progress
        Told of each round.

    Returns
    -------
    Change or None
        What the class loses becomes of the nearest of the other classes.

    Raises
    ------
    InputError
        Values of another shape, or a distance that is not positive.
    """
    if values.shape != labels.shape:
        raise InputError(f"The volume has {values.shape} voxels and the labels {labels.shape}; open its own.")
    within_um = checked_number(within_um, "The distance in µm")
    tight = class_box(labels, label)
    if tight is None or within_um == 0:
        return None
    others = class_box(labels, *(int(code) for code in over if code != label))
    if others is None:
        return None
    margin_um = within_um + 4 * min(voxel_size_um)
    box = _common(*(with_margin(one, margin_um, voxel_size_um, labels.shape) for one in (tight, others)))
    here, seen = labels[box], _finite(values[box])
    own = here == label
    fixed = ~own & ~np.isin(here, over)
    if not own.any() or (own | fixed).all():
        return None
    # Classes that stay go on as the class does where they lie on it, so that its surface against them is none.
    beyond = _on_class(fixed, own, voxel_size_um)
    first = _distance(own | beyond, voxel_size_um)
    free = ~_near(fixed, voxel_size_um)
    inside, now = own, here
    for number in range(_ROUNDS):
        progress(number / _ROUNDS, "looking for edges about the surface")
        distance = _distance(inside | beyond, voxel_size_um) if number else first
        distance = distance - _shift(distance, seen, now, label, free, within_um, voxel_size_um)
        # In all rounds together it goes no further than it may.
        distance = np.clip(distance, first - np.float32(within_um), first + np.float32(within_um))
        inside = (distance < 0) & ~fixed
        now = _with_neighbours(here, own, inside, label, over, voxel_size_um)
    return proposed(labels, box, now)


def _common(one: Box, other: Box) -> Box:
    z, y, x = (
        slice(max(a.start, b.start), max(a.start, b.start, min(a.stop, b.stop)))
        for a, b in zip(one, other, strict=True)
    )
    return z, y, x


def _finite(values: NDArray[Any]) -> NDArray[np.float32]:
    seen = np.asarray(values, dtype=np.float32)
    known = np.isfinite(seen)
    return seen if known.all() else np.where(known, seen, np.float32(np.median(seen[known]) if known.any() else 0))


def _on_class(
    fixed: NDArray[np.bool_], own: NDArray[np.bool_], voxel_size_um: tuple[float, float, float]
) -> NDArray[np.bool_]:
    """Those of the voxels that stay to which the class is nearer than what it may win."""
    from scipy.ndimage import distance_transform_edt

    if not fixed.any():
        return fixed
    nearest = distance_transform_edt(fixed, sampling=voxel_size_um, return_distances=False, return_indices=True)
    on: NDArray[np.bool_] = fixed.copy()
    on[fixed] = own[tuple(axis[fixed] for axis in nearest)]
    return on


def _near(mask: NDArray[np.bool_], voxel_size_um: tuple[float, float, float]) -> NDArray[np.bool_]:
    """Mask and the voxels within two of the finest voxels of it along each axis."""
    from scipy.ndimage import maximum_filter

    if not mask.any():
        return mask
    sides = [2 * round(2 * min(voxel_size_um) / size) + 1 for size in voxel_size_um]
    near: NDArray[np.bool_] = maximum_filter(mask.view(np.uint8), sides).view(bool)
    return near


def _distance(mask: NDArray[np.bool_], voxel_size_um: tuple[float, float, float]) -> NDArray[np.float32]:
    """Signed distance, µm, from the surface between voxels, negative inside."""
    from scipy.ndimage import distance_transform_edt

    half = 0.5 * min(voxel_size_um)
    outside = np.maximum(distance_transform_edt(~mask, sampling=voxel_size_um) - half, 0)
    within = np.maximum(distance_transform_edt(mask, sampling=voxel_size_um) - half, 0)
    return np.asarray(outside - within, dtype=np.float32)


def _shift(
    distance: NDArray[np.float32],
    values: NDArray[np.float32],
    labels: NDArray[np.uint8],
    label: int,
    free: NDArray[np.bool_],
    within_um: float,
    voxel_size_um: tuple[float, float, float],
) -> NDArray[np.float32]:
    """How far outwards the surface is to move, µm, at every voxel; shape (z, y, x)."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    size, finest = np.asarray(voxel_size_um), min(voxel_size_um)
    sigma = _SPREAD * finest / size
    even = gaussian_filter(distance, finest / size)
    places = np.argwhere((np.abs(distance) <= finest) & free)
    if not len(places):
        return np.zeros_like(distance)
    places = places[:: max(1, len(places) // _MOST_PLACES)]
    normals = np.stack([_slope(even, places, axis) / step for axis, step in enumerate(voxel_size_um)], axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1), 1e-6)[:, None]
    from_surface = even[tuple(places.T)]
    steps = np.arange(-within_um - finest, within_um + 1.001 * finest, _STEP * finest)
    along = steps[None, :] - from_surface[:, None]
    points = (places[:, None, :] + along[..., None] * normals[:, None, :] / size).reshape(-1, 3)
    smooth = gaussian_filter(values, 0.7 * finest / size)
    read = map_coordinates(smooth, points.T, order=1, mode="nearest").reshape(len(places), len(steps))
    codes = map_coordinates(labels, points.T, order=0, mode="nearest").reshape(read.shape)
    # A step from one voxel before to one voxel behind.
    across = round(1 / _STEP)
    drop = read[:, : -2 * across] - read[:, 2 * across :]
    at = steps[across:-across]
    faced = _faced(codes, steps, label)
    contrast = _contrast(smooth, labels, label)[faced]
    beyond = np.isin(codes, label) | (codes == faced[:, None])
    within = beyond.copy()
    for offset in range(1, across + 1):
        within[:, offset:] &= beyond[:, :-offset]
        within[:, :-offset] &= beyond[:, offset:]
    worth = drop * np.sign(contrast)[:, None] * within[:, across:-across]
    best = (worth * np.exp(-0.5 * (at / within_um) ** 2)).argmax(axis=1)
    rows = np.arange(len(places))
    least = np.maximum(_CLEAR * _noise(smooth), _PART * np.abs(contrast))
    clear = np.clip(2 * worth[rows, best] / least - 1, 0, 1)
    weights, pulls = np.zeros_like(distance), np.zeros_like(distance)
    weights[tuple(places.T)] = clear
    pulls[tuple(places.T)] = clear * at[best]
    # Places without an edge hold those beside them.
    all_places = np.zeros_like(distance)
    all_places[tuple(places.T)] = 1
    total = gaussian_filter(weights + np.float32(_HELD) * all_places, sigma)
    pulled: NDArray[np.float32] = gaussian_filter(pulls, sigma) / np.maximum(total, 1e-6)
    return np.where(np.abs(distance) <= within_um + 2 * finest, pulled, 0).astype(np.float32)


def _slope(values: NDArray[np.float32], places: NDArray[np.intp], axis: int) -> NDArray[np.float32]:
    """Difference of the values one voxel before and one behind some places along an axis, for each voxel."""
    ahead, behind = places.copy(), places.copy()
    ahead[:, axis] = np.minimum(places[:, axis] + 1, values.shape[axis] - 1)
    behind[:, axis] = np.maximum(places[:, axis] - 1, 0)
    apart = np.maximum(ahead[:, axis] - behind[:, axis], 1)
    slope: NDArray[np.float32] = (values[tuple(ahead.T)] - values[tuple(behind.T)]) / apart
    return slope


def _faced(codes: NDArray[np.uint8], steps: NDArray[np.float64], label: int) -> NDArray[np.uint8]:
    """Class that each place faces: the first other one along its normal; its own where there is none."""
    outwards = codes[:, steps >= -0.5 * float(np.diff(steps[:2])[0])]
    other = outwards != label
    first = other.argmax(axis=1)
    rows = np.arange(len(codes))
    return np.where(other.any(axis=1), outwards[rows, first], np.uint8(label)).astype(np.uint8)


def _contrast(values: NDArray[np.float32], labels: NDArray[np.uint8], label: int) -> NDArray[np.float64]:
    """Median value of the class less that of each code, shape (256,); 0 where either is not known or they are alike."""
    medians, deviations = class_levels(values, labels, inner_voxels(labels), inner_alone=True)
    found = np.zeros(256)
    difference = medians[label] - medians
    spread = np.hypot(deviations[label], deviations)
    known = np.isfinite(difference) & (np.abs(difference) > _APART * spread)
    found[: len(medians)][known] = difference[known]
    return found


def _noise(values: NDArray[np.float32]) -> float:
    """Standard deviation of the differences of voxels two apart, robust against edges."""
    steps = [
        np.abs(values[tuple(_ahead(axis))] - values[tuple(_behind(axis))]).ravel()
        for axis in range(3)
        if values.shape[axis] > 2
    ]
    some = np.concatenate(steps) if steps else np.zeros(1)
    noise = 1.4826 * float(np.median(some[:: max(1, len(some) // 200_000)]))
    span = float(np.subtract(*np.percentile(values, (99, 1))))
    return max(noise, 0.005 * span, 1e-12)


def _ahead(axis: int) -> list[slice]:
    return [slice(2, None) if other == axis else slice(None) for other in range(3)]


def _behind(axis: int) -> list[slice]:
    return [slice(None, -2) if other == axis else slice(None) for other in range(3)]


def _with_neighbours(
    here: NDArray[np.uint8],
    own: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    label: int,
    over: tuple[int, ...],
    voxel_size_um: tuple[float, float, float],
) -> NDArray[np.uint8]:
    from scipy.ndimage import distance_transform_edt

    after = np.where(inside, np.uint8(label), here)
    lost = own & ~inside
    if lost.any():
        others = np.isin(here, over) & ~own
        nearest = distance_transform_edt(~others, sampling=voxel_size_um, return_distances=False, return_indices=True)
        after[lost] = here[tuple(axis[lost] for axis in nearest)]
    return after


@dataclass(frozen=True)
class SnapToEdges:
    """Snap the chosen class to the edges near its surface.

    Parameters
    ----------
    within_um : float
        How far the surface may move, µm.
    about_um : float
        Only so near to the cursor, µm; 0 for everywhere.
    """

    within_um: Annotated[float, {"min": 0.1, "max": 100.0, "label": "by up to, µm"}] = 3.0
    about_um: Annotated[float, {"min": 0.0, "max": 100000.0, "label": "within, µm of the cursor (0: all)"}] = 0.0

    title: ClassVar[str] = "Snap to edges"
    key: ClassVar[str] = "Shift-Q"
    hint: ClassVar[str] = "The surface of the chosen class moves to the edges of the voxel values near it."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return the class with its surface on the edges.

        Raises
        ------
        InputError
            There is no volume.
        """
        if scene.values is None:
            raise InputError("Edges are those of the volume that the labels were made from; open it first.")
        if self.about_um > 0:
            margin_um = self.within_um + 8 * min(scene.voxel_size_um)
            return near_cursor(replace(self, about_um=0.0), scene, self.about_um, margin_um)
        return snap_to_edges(
            scene.labels,
            scene.values,
            scene.label,
            self.within_um,
            scene.voxel_size_um,
            progress=scene.progress,
        )
