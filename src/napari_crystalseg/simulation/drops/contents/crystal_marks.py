"""How a crystal looks: its facets bend light, its edges are lines, and between polarisers it may be coloured."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..random_fields import Plane, blurred, draw_between
from ..view import View, drawn_lines, sixteenths
from .crystal_shapes import ProjectedCrystal

_STEEPEST = 4.0
_WAVELENGTHS_UM = np.array([0.61, 0.54, 0.46], np.float32)
"""Red, green and blue."""


@dataclass(frozen=True)
class CrystalLook:
    """What all crystals of a drop have in common.

    Parameters
    ----------
    contrast : float
        Tilt of a ray by a facet at 45°, in units of the condenser's aperture.
    edge, back_edge : float
        Part of the light that an edge above, and one below, takes; negative edges are bright.
    edge_width : float
        Width of edges, in parts of the shorter side of the image.
    defocus : float
        Blur, in the same unit.
    absorption : float
        Part of the light that a crystal takes.
    colour : float
        Strength of colours between polarisers, from 0 for none to 1.
    retardation : float
        Number of orders of colour over a thickness of a hundredth of the shorter side of the image.
    brightness : float
        Factor of the light through crystals.
    """

    contrast: float
    edge: float
    back_edge: float
    edge_width: float
    defocus: float
    absorption: float
    colour: float
    retardation: float
    brightness: float


def draw_look(rng: np.random.Generator, coloured: bool, faint: bool) -> CrystalLook:
    """Draw how the crystals of a drop look; faint ones hardly bend light."""
    sign = -1.0 if rng.random() < 0.12 else 1.0
    edge = rng.uniform(0.2, 0.45) if faint else rng.uniform(0.05, 0.7)
    polarised = coloured and rng.random() < 0.25
    contrast = draw_between(rng, (0.12, 0.35) if faint else (0.3, 1.1))
    brightness = rng.uniform(0.85, 1.2)
    if not faint and rng.random() < 0.15:
        # In a liquor of nearly their refractive index crystals are outlines, or flat and of another brightness.
        contrast *= rng.uniform(0.0, 0.3)
        brightness = rng.uniform(0.55, 0.85) if rng.random() < 0.5 else rng.uniform(1.15, 1.5)
        edge = rng.uniform(0.2, 0.8)
    return CrystalLook(
        contrast=contrast,
        edge=sign * edge,
        back_edge=sign * edge * rng.uniform(0.1, 0.6) if rng.random() < 0.5 else 0.0,
        edge_width=draw_between(rng, (0.0012, 0.005)),
        defocus=draw_between(rng, (0.0005, 0.005)),
        absorption=rng.uniform(0, 0.12),
        colour=rng.uniform(0.2, 0.7) if polarised else 0.0,
        retardation=draw_between(rng, (0.15, 1.5)),
        brightness=brightness,
    )


def put_crystal(rng: np.random.Generator, view: View, crystal: ProjectedCrystal, look: CrystalLook) -> None:
    """Put one crystal into the view; what lies below it stays to be seen, as crystals are clear."""
    width = max(look.edge_width * view.unit_px, 0.3)
    # A small crystal is not all edge.
    width = min(width, 0.06 * crystal.area_px**0.5 + 0.25)
    sigma = look.defocus * view.unit_px * draw_between(rng, (0.7, 2.0))
    sigma = min(sigma, 0.08 * crystal.area_px**0.5 + 0.2)
    reach = width + 3 * sigma + 1
    window = view.window(crystal.outline.min(0) - reach, crystal.outline.max(0) + reach)
    if window is None:
        return
    points = sixteenths(window, crystal.corners)
    facets = [points[a:b] for a, b in zip((0, *crystal.ends[:-1]), crystal.ends, strict=True)]
    upward = crystal.normals[:, 0] > 0
    tops = [facet for facet, up in zip(facets, upward, strict=True) if up]
    bottoms = [facet for facet, up in zip(facets, upward, strict=True) if not up]
    above, below = _facet_maps(window, facets, upward)
    inside = (above > 0).astype(np.float32)
    # Height of a facet over its rows and columns, as slopes, and at the centre; those seen edge-on have no pixels.
    steep = np.where(np.abs(crystal.normals[:, 0]) < 1e-9, 1e-9, crystal.normals[:, 0])
    slopes = -crystal.normals[:, 1:] / steep[:, None]
    lift = crystal.heights / steep
    # Each face has grown a little uneven, so that no two are of one grey.
    slopes = slopes + rng.normal(0, 0.06, slopes.shape)
    table = np.vstack([np.zeros((1, 2)), np.clip(slopes, -_STEEPEST, _STEEPEST)]).astype(np.float32)
    bent = (table[above] - table[below]) * np.float32(look.contrast)

    above_all = np.float32(0.8) * drawn_lines(window, tops, width, closed=True)
    around = drawn_lines(window, [sixteenths(window, crystal.outline)], width, closed=True)
    lines = above_all + np.float32(0.5) * around
    part: Plane = np.float32(look.edge) * np.minimum(lines, 1)
    if look.back_edge:
        part = part + np.float32(look.back_edge) * drawn_lines(window, bottoms, width, closed=True)
    planes = blurred(np.dstack([bent, part, inside]), sigma)
    view.tilt(window, planes[..., 0], planes[..., 1])
    # Light that an edge sends aside arrives beside it, and makes a halo (Becke's line).
    part, inside = np.ascontiguousarray(planes[..., 2]), planes[..., 3]
    part = np.clip(part - np.float32(0.35) * blurred(part, 1.5 * width), -1.0, 0.95)
    level = np.float32(1 - (look.brightness * (1 - look.absorption)))
    part = 1 - (1 - part) * (1 - level * inside)
    view.absorb(window, part)
    if look.colour:
        thickness = _thickness(window, crystal, lift, slopes, above, below) * np.float32(100 / view.unit_px)
        order = look.retardation * thickness[..., None] / _WAVELENGTHS_UM * 0.54 + rng.uniform(0, 1)
        passing = 1 - look.colour * (0.5 + 0.5 * np.cos(2 * np.pi * order).astype(np.float32))
        view.tint(window, 1 - inside[..., None] * (1 - passing.astype(np.float32)))


def convex_mask(outline: NDArray[np.float64], shape: tuple[int, int]) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    """Pixels of an image whose centres lie in a convex polygon.

    Parameters
    ----------
    outline : ndarray, shape (corner, 2)
        Corners (row, column), in order; the centre of the first pixel is (0, 0).
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    mask : ndarray of bool, shape (row, column)
        Part of the image that holds the polygon; empty where they do not meet.
    origin : (int, int)
        Row and column of its first pixel.
    """
    low = np.maximum(np.ceil(outline.min(0)), 0).astype(int)
    high = np.minimum(np.floor(outline.max(0)) + 1, shape).astype(int)
    if (low >= high).any():
        return np.zeros((0, 0), bool), (0, 0)
    rows, columns = np.arange(low[0], high[0])[:, None], np.arange(low[1], high[1])[None]
    following = np.roll(outline, -1, axis=0)
    area = (outline[:, 0] * following[:, 1] - outline[:, 1] * following[:, 0]).sum()
    edges = (following - outline) * (1.0 if area > 0 else -1.0)
    # On which side of each edge a pixel lies: inside, on the same of all.
    along = edges[:, 0, None] * (columns - outline[:, 1, None])
    across = edges[:, 1, None] * (rows[:, 0] - outline[:, 0, None])
    inside = np.asarray((along[:, None, :] >= across[:, :, None]).all(axis=0))
    return inside, (int(low[0]), int(low[1]))


def _facet_maps(
    window: tuple[slice, slice], facets: list[NDArray[np.int32]], upward: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Number (from 1) of the facet that is seen at each pixel from above, and from below; 0 beside the crystal."""
    shape = (window[0].stop - window[0].start, window[1].stop - window[1].start)
    above, below = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for number, (facet, up) in enumerate(zip(facets, upward, strict=True), 1):
        cv2.fillConvexPoly(above if up else below, facet, number, cv2.LINE_8, 4)
    both = (above > 0) & (below > 0)
    return above * both, below * both


def _thickness(
    window: tuple[slice, slice],
    crystal: ProjectedCrystal,
    lift: NDArray[np.float64],
    slopes: NDArray[np.float64],
    above: NDArray[np.uint8],
    below: NDArray[np.uint8],
) -> Plane:
    centre = crystal.centre
    rows = (np.arange(window[0].start, window[0].stop) - centre[0]).astype(np.float32)[:, None]
    columns = (np.arange(window[1].start, window[1].stop) - centre[1]).astype(np.float32)[None]
    table = np.vstack([np.zeros((1, 3)), np.column_stack([lift, slopes])]).astype(np.float32)
    top, bottom = table[above], table[below]
    plane = top - bottom
    thick: Plane = plane[..., 0] + plane[..., 1] * rows + plane[..., 2] * columns
    return np.maximum(thick, 0)
