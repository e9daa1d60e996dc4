"""Surfaces of labelled classes to look at in 3-D, the solid ones inside translucent liquor; without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...class_colours import CLASS_COLOURS, UNKNOWN_COLOUR
from ...labels import Material

LONGEST_VOXELS = 120
"""Voxels that a side is thinned out to: a processor without a graphics card still draws what comes of it."""
LIQUOR_OPACITY = 0.3
_SMOOTH_VOXELS, _SMOOTH_NORMALS_VOXELS = 0.8, 1.6
# Hardly more than the half at which the surface lies: no voxel is smoothed away, as thin loops would be.
_KEPT = 0.5001
_PAD = 2
_LIGHT = np.array([-0.5, -0.7, -0.5]) / np.linalg.norm([-0.5, -0.7, -0.5])
_AMBIENT, _FRONT, _BACK = 0.4, 0.6, 0.25


@dataclass(frozen=True, eq=False)
class ClassSurfaces:
    """Triangles with a colour at each corner; what comes later lies over what came before.

    Parameters
    ----------
    vertices : ndarray of float32, shape (n, 3)
        Corners along (z, y, x), in voxels of the labels' array, the middle of the first voxel at 0.
    triangles : ndarray of int32, shape (m, 3)
        Three corners each; those of the liquor come last, so that all else is seen through them.
    colours : ndarray of float32, shape (n, 4)
        RGBA, 0 to 1, shaded by a light that is fixed to the sample.
    """

    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    colours: NDArray[np.float32]


def class_surfaces(data: NDArray[Any], longest: int = LONGEST_VOXELS) -> ClassSurfaces | None:
    """Make the surfaces of the classes: all of crystal, loop and other, and of the liquor where it meets air.

    Parameters
    ----------
    data : ndarray of int, shape (z, y, x)
        Codes of :class:`~napari_crystalseg.labels.Material`; others are drawn in the colour of unknown ones.
    longest : int
        Larger arrays are thinned out to about so many voxels along their longest axis.

    Returns
    -------
    ClassSurfaces or None
        None where all is air.
    """
    step = max(1, -(-max(data.shape) // longest))
    codes = np.array(data[::step, ::step, ::step])
    occupied = codes > 0
    if not occupied.any():
        return None
    low, high = _bounds(occupied)
    inside = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    codes = np.pad(codes[inside], _PAD)
    parts = []
    for material in (Material.CRYSTAL, Material.LOOP, Material.OTHER, None):
        mask = codes > max(Material) if material is None else codes == material
        if mask.any():
            colour = UNKNOWN_COLOUR if material is None else CLASS_COLOURS[material]
            parts.append(_surface(mask, colour))
    if (codes == Material.LIQUOR).any():
        # The skin of the whole: where something solid is at it, its own surface is there already.
        red, green, blue, _ = CLASS_COLOURS[Material.LIQUOR]
        skin = _surface(codes > 0, (red, green, blue, LIQUOR_OPACITY))
        parts.append(_with_triangles(skin, _codes_below(skin, codes) == Material.LIQUOR))
    corners = np.cumsum([0, *(len(part.vertices) for part in parts)])
    vertices = (np.concatenate([part.vertices for part in parts]) - _PAD + low) * step
    triangles = [part.triangles + first for part, first in zip(parts, corners, strict=False)]
    return ClassSurfaces(
        # Not beyond the voxels' middles: the sliders of a viewer reach as far as its layers.
        np.clip(vertices, 0, np.array(data.shape) - 1).astype(np.float32),
        np.concatenate(triangles).astype(np.int32),
        np.concatenate([part.colours for part in parts]).astype(np.float32),
    )


def _bounds(mask: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """First and last + 1 along each axis of what is set."""
    low, high = [], []
    for axis in range(3):
        seen = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        low.append(int(seen[0]))
        high.append(int(seen[-1]) + 1)
    return low, high


def _surface(mask: NDArray[np.bool_], colour: tuple[float, float, float, float]) -> ClassSurfaces:
    from scipy.ndimage import gaussian_filter, map_coordinates
    from skimage.measure import marching_cubes

    sharp = mask.astype(np.float32)
    field = np.maximum(gaussian_filter(sharp, _SMOOTH_VOXELS), _KEPT * sharp)
    vertices, triangles, _, _ = marching_cubes(field, 0.5)
    # Shaded by a smoother field, so that the steps of voxels do not show as stripes.
    smooth = gaussian_filter(sharp, _SMOOTH_NORMALS_VOXELS)
    inwards = np.stack([map_coordinates(one, vertices.T, order=1, mode="nearest") for one in np.gradient(smooth)], 1)
    towards = -(inwards @ _LIGHT) / np.maximum(np.linalg.norm(inwards, axis=1), 1e-9)
    light = _AMBIENT + _FRONT * np.clip(-towards, 0, 1) + _BACK * np.clip(towards, 0, 1)
    colours = np.empty((len(vertices), 4), dtype=np.float32)
    colours[:, :3] = light[:, np.newaxis] * np.array(colour[:3])
    colours[:, 3] = colour[3]
    return ClassSurfaces(vertices, triangles, colours)


def _codes_below(surface: ClassSurfaces, codes: NDArray[Any]) -> NDArray[Any]:
    """Code that lies just below each triangle of the skin of all that is no air."""
    corners = surface.vertices[surface.triangles]
    middle = corners.mean(axis=1)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)

    def code_at(points: NDArray[Any]) -> NDArray[Any]:
        places = np.clip(np.rint(points).astype(np.intp), 0, np.array(codes.shape) - 1)
        return np.asarray(codes[tuple(places.T)])

    one, other = code_at(middle + 0.8 * across), code_at(middle - 0.8 * across)
    return np.where(one > 0, one, other)


def _with_triangles(surface: ClassSurfaces, kept: NDArray[np.bool_]) -> ClassSurfaces:
    used, triangles = np.unique(surface.triangles[kept], return_inverse=True)
    return ClassSurfaces(surface.vertices[used], triangles.reshape(-1, 3).astype(np.int32), surface.colours[used])
