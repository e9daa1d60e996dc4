"""Find the facets of a crystal in its labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....absorption.edits.changed_box import Box
from ....errors import InputError
from ....labels import Material
from ..class_box import with_margin
from ..pieces.piece import Piece, piece_under, pieces_of
from .facet import Facet
from .facet_set import FacetSet
from .planes import bend_degrees, between_voxels, common_normals, fitted_plane, outer_offset
from .surface_points import SurfacePoints, surface_points

BLURS = (1.0, 1.7, 2.6)
"""Blurs of the surface that are tried, in units of what the steps of voxels need: rough labels need more."""
LEAST_FLAT = 0.45
"""Share of the surface that must lie on facets; of a ball no more than some per cent does."""
_ROUNDS = 10
_LEAST_SHARE = 0.006
_MOST_BEND_DEGREES = 12.0
_MOST_BEND = (0.75, 0.55)
_MOST_OUTSIDE = 0.02
_MOST_OUTSIDE_REST = 0.01
_APART_DEGREES = 9.0
_FURTHER = 0.25


def fit_facets(
    labels: NDArray[np.uint8],
    voxel_size_um: tuple[float, float, float],
    voxel: tuple[int, int, int] | None = None,
    label: int = Material.CRYSTAL,
) -> FacetSet:
    """Fit the planar faces of one crystal to its surface.

    Directions that many normals share are the first planes; then points go to planes and planes through their points by
    turns, edges left out. Planes on bent surfaces, and such that much of the crystal lies beyond, as the walls of a
    bite, are dropped: the planes beside them go on until they meet. Where planes do not close the crystal near its
    voxels, sides of the box around it do.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    voxel : (int, int, int), optional
        Index along (z, y, x) of a voxel of the crystal; the largest piece where not given.
    label : int
        Code of the crystal's class.

    Returns
    -------
    FacetSet
        Those with most surface first.

    Raises
    ------
    InputError
        No crystal there, or one that is too small or too round to have facets.
    """
    piece = crystal_piece(labels, voxel_size_um, voxel, label)
    return _of_piece(labels, piece, voxel_size_um)


def fit_all_facets(
    labels: NDArray[np.uint8],
    voxel_size_um: tuple[float, float, float],
    least_um3: float = 0.0,
    label: int = Material.CRYSTAL,
) -> tuple[FacetSet, ...]:
    """Fit the facets of every crystal, largest first.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    least_um3 : float
        Smaller pieces are left out, µm³.
    label : int
        Code of the crystals' class.

    Returns
    -------
    tuple of FacetSet
        Pieces without facets are left out.
    """
    found = []
    for piece in pieces_of(labels, label, voxel_size_um):
        if piece.volume_um3 < least_um3:
            break
        try:
            found.append(_of_piece(labels, piece, voxel_size_um))
        except InputError:
            continue
    return tuple(found)


def _of_piece(labels: NDArray[np.uint8], piece: Piece, voxel_size_um: tuple[float, float, float]) -> FacetSet:
    for blur in BLURS[:-1]:
        try:
            return facets_of(piece_surface(labels, piece, voxel_size_um, blur))
        except InputError:
            continue
    return facets_of(piece_surface(labels, piece, voxel_size_um, BLURS[-1]))


def crystal_piece(
    labels: NDArray[np.uint8],
    voxel_size_um: tuple[float, float, float],
    voxel: tuple[int, int, int] | None,
    label: int,
) -> Piece:
    """Return the crystal under a voxel, or the largest.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    voxel : (int, int, int) or None
        Index along (z, y, x).
    label : int
        Code of the crystal's class.

    Returns
    -------
    Piece

    Raises
    ------
    InputError
        There is none.
    """
    if voxel is None:
        pieces = pieces_of(labels, label, voxel_size_um)
        if not pieces:
            raise InputError(f"The labels hold no {Material(label).title}; there is nothing to fit facets to.")
        return pieces[0]
    if labels[voxel] != label:
        raise InputError(f"There is no {Material(label).title} under the cursor; point at the crystal.")
    return piece_under(labels, voxel, voxel_size_um)


def piece_surface(
    labels: NDArray[np.uint8], piece: Piece, voxel_size_um: tuple[float, float, float], blur: float = 1.0
) -> SurfacePoints:
    """Return the surface of a piece of labels of shape (z, y, x), as :func:`surface_points`."""
    margin_um = 4.5 * blur * max(voxel_size_um)
    box: Box = with_margin(piece.box, margin_um, voxel_size_um, labels.shape)
    mask = np.zeros(tuple(side.stop - side.start for side in box), bool)
    mask[tuple(slice(s.start - o.start, s.stop - o.start) for s, o in zip(piece.box, box, strict=True))] = piece.mask
    return surface_points(mask, (box[0].start, box[1].start, box[2].start), voxel_size_um, blur)


def facets_of(surface: SurfacePoints) -> FacetSet:
    """Fit facets to a surface.

    Parameters
    ----------
    surface : SurfacePoints
        Surface of one crystal.

    Returns
    -------
    FacetSet

    Raises
    ------
    InputError
        Too small or too round.
    """
    if len(surface.points_um) < 60:
        raise InputError("The crystal is too small to have facets: it needs some ten voxels along each axis.")
    normals, offsets = _first_planes(surface)
    for turn in range(_ROUNDS):
        own = assigned(surface, normals, offsets)
        normals, offsets = _refitted(surface, normals, offsets, own)
        normals, offsets = _distinct(surface, normals, offsets)
        if turn in (3, 6, _ROUNDS - 1):
            kept = _plausible(surface, normals, offsets)
            normals, offsets = normals[kept], offsets[kept]
    flat = sum(facet.support_share for facet in supported_facets(surface, normals, offsets, [""] * len(normals)))
    if len(normals) < 3 or flat < LEAST_FLAT:
        raise InputError(
            f"The crystal is round or rough: only {100 * flat:.0f} % of its surface is flat, so it has no facets to "
            "snap to. Smooth it, or snap to a known habit."
        )
    normals, offsets = _with_rest(surface, normals, offsets)
    for _ in range(2):
        normals, offsets = sharpened(surface, normals, offsets)
    facets = supported_facets(surface, normals, offsets, [""] * len(normals))
    facets.sort(key=lambda facet: -facet.support_share)
    return closed(facets, surface.extent_um)


def assigned(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64], apart: float = 2.0
) -> NDArray[np.int64]:
    """Say which plane each surface point belongs to.

    Parameters
    ----------
    surface : SurfacePoints
        Surface.
    normals : ndarray, shape (plane, 3)
        Outward unit normals, axes (z, y, x).
    offsets : ndarray, shape (plane,)
        Offsets, µm.
    apart : float
        How far a point may be from its plane, in units of the blur.

    Returns
    -------
    ndarray of int64, shape (point,)
        Index of the plane; -1 for none.
    """
    if not len(normals):
        return np.full(len(surface.points_um), -1)
    away = np.abs(surface.points_um @ normals.T - offsets) / surface.blur_um
    lean = surface.normals @ normals.T
    cost = away + 4 * (1 - lean) / (1 - np.cos(np.radians(25)))
    cost[(away > apart) | (lean < np.cos(np.radians(25)))] = np.inf
    best = cost.argmin(axis=1)
    return np.where(np.isfinite(cost[np.arange(len(cost)), best]), best, -1)


def _first_planes(surface: SurfacePoints) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    normals, _ = common_normals(surface)
    offsets: list[float] = []
    for normal in normals:
        near = (surface.normals @ normal > np.cos(np.radians(10))) & (surface.weights > 0)
        along = surface.points_um[near] @ normal
        offsets.append(outer_offset(along, surface.weights[near], 0.5 * surface.blur_um))
    return normals, np.array(offsets)


def _from_edges(
    surface: SurfacePoints,
    normals: NDArray[np.float64],
    offsets: NDArray[np.float64],
    index: int,
    mine: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Distance of points on a facet from its edges with the others, shape (point,), µm."""
    sine = np.linalg.norm(np.cross(normals, normals[index]), axis=1)
    others = sine > 0.1
    if not others.any():
        return np.full(len(mine), np.inf)
    within = (offsets[others] - surface.points_um[mine] @ normals[others].T) / sine[others]
    nearest: NDArray[np.float64] = within.min(axis=1)
    return nearest


def _refitted(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64], own: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    made = []
    for index in range(len(normals)):
        mine = np.flatnonzero((own == index) & (surface.flatness > 0))
        if len(mine) < 6:
            continue
        # Edges are rounded by the blur; where the facet is large enough, only its middle counts.
        middle = mine[_from_edges(surface, normals, offsets, index, mine) > 1.5 * surface.blur_um]
        used = middle if len(middle) >= 12 else mine
        away = (surface.points_um[used] @ normals[index] - offsets[index]) / (2.5 * surface.blur_um)
        weights = surface.weights[used] * np.clip(1 - away**2, 0, 1) ** 2
        if weights.sum() > 0:
            made.append(fitted_plane(surface.points_um[used], surface.normals[used], weights, surface.blur_um))
    return np.array([normal for normal, _ in made]).reshape(-1, 3), np.array([offset for _, offset in made])


def sharpened(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move planes between the voxels inside and outside.

    Parameters
    ----------
    surface : SurfacePoints
        Surface.
    normals : ndarray, shape (plane, 3)
        Outward unit normals, axes (z, y, x).
    offsets : ndarray, shape (plane,)
        Offsets, µm.

    Returns
    -------
    normals : ndarray, shape (plane, 3)
    offsets : ndarray, shape (plane,)
    """
    own = assigned(surface, normals, offsets)
    made_normals, made_offsets = normals.copy(), offsets.copy()
    # A voxel belongs to the plane that it is furthest out of, so that edges are as sharp as the voxels.
    if not len(normals):
        return normals, offsets
    side = surface.centres_um @ normals.T - offsets
    outermost = side.argmax(axis=1)
    for index in range(len(normals)):
        mine = (own == index) & (outermost == index) & (np.abs(side[:, index]) < 1.5 * surface.blur_um)
        if np.count_nonzero(mine) >= 12:
            made_normals[index], made_offsets[index] = between_voxels(
                surface.centres_um[mine],
                surface.inside[mine],
                normals[index],
                float(offsets[index]),
                0.15 * surface.blur_um,
            )
    return made_normals, made_offsets


def _distinct(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of planes that look the same way, keep that which most of the surface lies on."""
    own = assigned(surface, normals, offsets)
    weights = np.bincount(own[own >= 0], surface.weights[own >= 0], minlength=len(normals))
    kept: list[int] = []
    for index in np.argsort(-weights, kind="stable"):
        lean = normals[kept] @ normals[index] if kept else np.zeros(0)
        if not (lean > np.cos(np.radians(_APART_DEGREES))).any():
            kept.append(int(index))
    return normals[kept], offsets[kept]


def _plausible(surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64]) -> NDArray[np.bool_]:
    total = surface.areas_um2.sum()
    beyond = surface.points_um @ normals.T - offsets > 1.5 * surface.blur_um
    kept: NDArray[np.bool_] = surface.areas_um2 @ beyond / total < _MOST_OUTSIDE
    own = assigned(surface, normals, offsets)
    for index in np.flatnonzero(kept).tolist():
        mine = np.flatnonzero((own == index) & (surface.flatness > 0))
        weights = surface.weights[mine]
        if len(mine) < 8 or weights.sum() < _LEAST_SHARE * total:
            kept[index] = False
            continue
        middle = _from_edges(surface, normals, offsets, index, mine) > 2 * surface.blur_um
        # The blur bends all of a narrow facet; there it must only turn less than a ball would.
        wide = int(np.count_nonzero(middle) >= 12)
        if wide:
            mine, weights = mine[middle], weights[middle]
        bend = bend_degrees(surface.points_um[mine], surface.normals[mine], weights, normals[index])
        kept[index] = bend < max(_MOST_BEND_DEGREES, _MOST_BEND[wide] * _to_neighbours(normals, index))
    return kept


def _with_rest(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add planes where the surface bulges outwards within the others: small facets, and corners that are rounded.

    Without them the crystal would be given what it visibly does not have. A bite curves inwards, and gets none.
    """
    points = surface.points_um
    deep = np.flatnonzero((points @ normals.T - offsets).max(axis=1) < -1.2 * surface.blur_um)
    total = surface.areas_um2.sum()
    every = slice(None, None, max(1, len(points) // 3000))
    weights = surface.areas_um2[every] / surface.areas_um2[every].sum()
    along = surface.normals[deep] @ points[every].T
    beyond = along - (surface.normals[deep] * points[deep]).sum(axis=1)[:, None] > 1.5 * surface.blur_um
    bulging = deep[beyond @ weights < _MOST_OUTSIDE_REST]
    if surface.areas_um2[bulging].sum() < _LEAST_SHARE * total:
        return normals, offsets
    rest = surface.only(bulging)
    more, offsets_more = _first_planes(rest)
    enough = np.array([rest.areas_um2[rest.normals @ n > np.cos(np.radians(14))].sum() for n in more])
    kept = enough > _LEAST_SHARE * total
    normals, offsets = np.vstack([normals, more[kept]]), np.append(offsets, offsets_more[kept])
    for _ in range(2):
        normals, offsets = _refitted(surface, normals, offsets, assigned(surface, normals, offsets))
    return normals, offsets


def _to_neighbours(normals: NDArray[np.float64], index: int) -> float:
    """Mean angle to the three nearest other normals, degrees: a ball turns by that from facet to facet."""
    angles = np.degrees(np.arccos(np.clip(np.delete(normals, index, axis=0) @ normals[index], -1, 1)))
    return float(np.sort(angles)[:3].mean()) if len(angles) else 0.0


def supported_facets(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64], names: list[str]
) -> list[Facet]:
    """Return planes as facets, with the surface that lies on each.

    Parameters
    ----------
    surface : SurfacePoints
        Surface.
    normals : ndarray, shape (plane, 3)
        Outward unit normals, axes (z, y, x).
    offsets : ndarray, shape (plane,)
        Offsets, µm.
    names : list of str
        Name of each plane.

    Returns
    -------
    list of Facet
    """
    if not len(normals):
        return []
    own = assigned(surface, normals, offsets, apart=1.0)
    total = float(surface.areas_um2.sum())
    facets = []
    for index, (normal, offset) in enumerate(zip(normals, offsets, strict=True)):
        mine = own == index
        area = float(surface.areas_um2[mine].sum())
        weights = surface.weights[mine]
        away = surface.points_um[mine] @ normal - offset
        residual = float(np.sqrt((weights @ away**2) / weights.sum())) if weights.sum() > 0 else 0.0
        facets.append(Facet(normal, float(offset), area, residual, area / total, names[index]))
    return facets


def closed(facets: list[Facet], extent_um: NDArray[np.float64]) -> FacetSet:
    """Close a crystal with sides of the box around its voxels, where its facets do not, or only far off.

    Parameters
    ----------
    facets : list of Facet
        Facets that were found.
    extent_um : ndarray, shape (2, 3)
        Lowest and highest coordinates (z, y, x) of its voxels, µm.

    Returns
    -------
    FacetSet
    """
    sides = []
    for axis in range(3):
        for sign, edge in ((-1.0, extent_um[0, axis]), (1.0, extent_um[1, axis])):
            normal = np.zeros(3)
            normal[axis] = sign
            sides.append(Facet(normal, float(sign * edge)))
    large = 10 * float(np.ptp(extent_um, axis=0).max())
    far = FacetSet((*facets, *(Facet(side.normal, side.offset_um + large) for side in sides))).vertices_um()
    allowed = _FURTHER * np.ptp(extent_um, axis=0)
    needed = [
        side for index, side in enumerate(sides) if (far @ side.normal).max() > side.offset_um + allowed[index // 2]
    ]
    return FacetSet((*facets, *needed))
