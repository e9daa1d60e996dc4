"""A 3-D picture of labels: lit crystal and loop inside translucent liquor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..labels import Labels, Material

LONGEST_AXIS = 112
"""Voxels along the longest axis of the grid that is drawn; finer detail is not seen at the size of a report."""

AMBIENT, KEY, FILL, GLOSS = 0.42, 0.62, 0.18, 0.22


def render_views(
    labels: Labels,
    colours: Mapping[Material, tuple[float, float, float]],
    size: int = 440,
) -> list[NDArray[np.uint8]]:
    """Draw labels from three sides: on the widest face, along it, and from above.

    Parameters
    ----------
    labels : Labels
        What to draw.
    colours : mapping of Material to (red, green, blue), 0 to 1
        Colours of liquor, loop and crystal.
    size : int
        Width and height of each picture, pixels.

    Returns
    -------
    list of ndarray of uint8, shape (size, size, 4)
        Red, green, blue and opacity. The rotation axis points up.
    """
    fields, scale = occupancies(labels)
    face = widest_face_deg(fields, scale)
    directions = ((face - 25.0, 18.0), (face + 65.0, 18.0), (face - 25.0, 62.0))
    return [_render(fields, scale, colours, azimuth, elevation, size) for azimuth, elevation in directions]


def widest_face_deg(fields: NDArray[np.float32], scale: NDArray[np.float64]) -> float:
    """Return the azimuth from which the sample, or its loop where there is one, looks widest, degrees."""
    weight = fields[..., 1] if fields[..., 1].any() else fields[..., 0]
    plane = weight.sum(axis=0, dtype=np.float64)
    if not plane.any():
        return 0.0
    y, x = ((np.arange(n) - (n - 1) / 2) * size for n, size in zip(plane.shape, scale[1:], strict=True))
    total = plane.sum()
    y = y - (plane.sum(axis=1) @ y) / total
    x = x - (plane.sum(axis=0) @ x) / total
    yy, xx, yx = plane.sum(axis=1) @ y**2, plane.sum(axis=0) @ x**2, y @ plane @ x
    # Direction of the longest extent, from +x towards +y; the picture's horizontal is (cos a, -sin a) in (y, x).
    longest = 0.5 * np.arctan2(2 * yx, xx - yy)
    return float(np.rad2deg(np.arctan2(-np.cos(longest), np.sin(longest))))


def occupancies(labels: Labels) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return how much of each coarse voxel is sample, loop and crystal, and the size of those voxels.

    Returns
    -------
    ndarray of float32, shape (z, y, x, 3)
        Fraction that is not air, that is loop, and that is crystal, slightly smoothed, with a margin of air.
    ndarray of float64, shape (3,)
        Size of the coarse voxels along (z, y, x), µm.
    """
    from scipy.ndimage import gaussian_filter

    box = sample_box(labels.data)
    data = labels.data[box]
    voxel = np.asarray(labels.required_voxel_size_um)
    extent = np.asarray(data.shape) * voxel
    # The same length for every coarse voxel, as far as whole blocks allow.
    block = np.maximum(1, np.round(extent.max() / LONGEST_AXIS / voxel)).astype(int)
    coarse = [-(-n // b) for n, b in zip(data.shape, block, strict=True)]
    margin = 4
    fields = np.zeros((*(n + 2 * margin for n in coarse), 3), dtype=np.float32)
    inner = fields[margin:-margin, margin:-margin, margin:-margin]
    for i in range(coarse[0]):
        slab = data[i * block[0] : (i + 1) * block[0]]
        padding = [(0, 0), (0, coarse[1] * block[1] - slab.shape[1]), (0, coarse[2] * block[2] - slab.shape[2])]
        slab = np.pad(slab, padding)
        blocks = slab.reshape(len(slab), coarse[1], block[1], coarse[2], block[2])
        for channel, chosen in enumerate((blocks > 0, blocks == Material.LOOP, blocks == Material.CRYSTAL)):
            inner[i, :, :, channel] = chosen.sum(axis=(0, 2, 4), dtype=np.float32) / (block[0] * block[1] * block[2])
    for channel, sigma in enumerate((1.5, 0.8, 1.2)):
        # Less across a thin sample: a slice would be smoothed away.
        sigmas = [min(sigma, length / 4) for length in coarse]
        fields[..., channel] = gaussian_filter(fields[..., channel], sigmas)
    return fields, voxel * block


def sample_box(data: NDArray[np.uint8]) -> tuple[slice, slice, slice]:
    """Return the smallest box that holds everything but air; the whole array where there is only air."""
    sides = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        used = np.flatnonzero(data.any(axis=others))
        sides.append(slice(int(used[0]), int(used[-1]) + 1) if used.size else slice(0, data.shape[axis]))
    return sides[0], sides[1], sides[2]


def _render(
    fields: NDArray[np.float32],
    scale: NDArray[np.float64],
    colours: Mapping[Material, tuple[float, float, float]],
    azimuth_deg: float,
    elevation_deg: float,
    size: int,
) -> NDArray[np.uint8]:
    from . import rendering_kernel as kernel

    azimuth, elevation = np.deg2rad([azimuth_deg, elevation_deg])
    # (z, y, x): z is up.
    eye = np.array([np.sin(elevation), np.cos(elevation) * np.sin(azimuth), np.cos(elevation) * np.cos(azimuth)])
    forward = -eye
    right = np.array([0.0, np.cos(azimuth), -np.sin(azimuth)])
    up = np.array([np.cos(elevation), -np.sin(elevation) * np.sin(azimuth), -np.sin(elevation) * np.cos(azimuth)])
    light = _unit(0.75 * eye + 0.75 * up - 0.55 * right)
    fill = _unit(0.6 * eye - 0.2 * up + 0.9 * right)
    half = 0.5 * np.asarray(fields.shape[:3]) * scale
    width = max(float(np.abs(right) @ half), float(np.abs(up) @ half)) * 0.98

    fine = 2 * size  # drawn at twice the size and averaged, so that edges are smooth
    surface = np.zeros((fine, fine, 2), dtype=np.float32)
    normals = np.zeros((2, fine, fine, 3), dtype=np.float32)
    kind = np.zeros((fine, fine), dtype=np.uint8)
    depth = np.zeros((fine, fine), dtype=np.float32)
    glass = np.zeros((fine, fine, 2), dtype=np.float32)
    # A thin loop fills less than half of a coarse voxel.
    level = np.array([0.5, 0.34, 0.5])
    kernel.cast(fields, scale, right, up, forward, light, width, fine, level, surface, normals, kind, depth, glass)

    opaque = kind > 0
    base = np.zeros((fine, fine, 3), dtype=np.float32)
    base[kind == kernel.LOOP] = colours[Material.LOOP]
    base[kind == kernel.CRYSTAL] = colours[Material.CRYSTAL]
    front = normals[0]
    key = np.clip(front @ light, 0, 1) * (0.35 + 0.65 * surface[..., 1])
    lit = (AMBIENT + FILL * np.clip(front @ fill, 0, 1)) * (0.45 + 0.55 * surface[..., 0]) + KEY * key
    gloss = GLOSS * np.clip(front @ _unit(light + eye), 0, 1) ** 24 * surface[..., 1]
    colour = base * lit[..., None] + gloss[..., None]

    # Liquor: tinted by its depth (Beer–Lambert) and whiter at grazing angles, like a drop of glass.
    liquor = np.asarray(colours[Material.LIQUOR], dtype=np.float32)
    seen = glass[..., 1] > 0
    tint = 1 - np.exp(-glass[..., 0] / (0.9 * width))
    facing = np.clip(normals[1] @ eye, 0, 1)
    rim = (1 - facing) ** 2.5
    veil = np.where(seen, np.clip(0.10 + 0.75 * tint + 0.50 * rim, 0, 0.92), 0)
    veil[opaque] *= 0.62
    shade = 0.62 + 0.38 * np.clip(normals[1] @ light, 0, 1)
    drop = liquor * shade[..., None] * (1 - 0.25 * rim[..., None])
    spark = np.where(seen, 0.55 * np.clip(normals[1] @ _unit(light + eye), 0, 1) ** 60, 0)

    alpha = np.where(opaque, 1.0, veil)
    premultiplied = np.where(
        opaque[..., None], colour * (1 - veil[..., None]) + drop * veil[..., None], drop * veil[..., None]
    )
    premultiplied += spark[..., None]
    alpha = np.clip(alpha + spark, 0, 1)
    picture = np.dstack([premultiplied, alpha]).reshape(size, 2, size, 2, 4).mean(axis=(1, 3))
    picture[..., :3] = np.clip(picture[..., :3] / np.maximum(picture[..., 3:], 1e-6), 0, 1)
    voxel_values: NDArray[np.uint8] = (picture * 255 + 0.5).astype(np.uint8)
    return voxel_values


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / np.linalg.norm(vector)
