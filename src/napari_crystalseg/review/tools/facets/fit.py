"""Find the facets of a crystal in its labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....labels import Material
from ..pieces.piece import Piece, pieces_of
from .crystal_surface import BLURS, crystal_piece, piece_surface
from .facet_set import FacetSet, closed
from .plane_choice import LEAST_SHARE, distinct, plausible
from .plane_refinement import refitted, sharpened
from .plane_support import assigned, supported_facets
from .planes import common_normals, outer_offset
from .surface_points import SurfacePoints

LEAST_FLAT = 0.45
"""Share of the surface that must lie on facets; of a ball no more than some per cent does."""
_ROUNDS = 10
_MOST_OUTSIDE_REST = 0.01


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
        normals, offsets = refitted(surface, normals, offsets, own)
        normals, offsets = distinct(surface, normals, offsets)
        if turn in (3, 6, _ROUNDS - 1):
            kept = plausible(surface, normals, offsets)
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


def _first_planes(surface: SurfacePoints) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    normals, _ = common_normals(surface)
    offsets: list[float] = []
    for normal in normals:
        near = (surface.normals @ normal > np.cos(np.radians(10))) & (surface.weights > 0)
        along = surface.points_um[near] @ normal
        offsets.append(outer_offset(along, surface.weights[near], 0.5 * surface.blur_um))
    return normals, np.array(offsets)


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
    if surface.areas_um2[bulging].sum() < LEAST_SHARE * total:
        return normals, offsets
    rest = surface.only(bulging)
    more, offsets_more = _first_planes(rest)
    enough = np.array([rest.areas_um2[rest.normals @ n > np.cos(np.radians(14))].sum() for n in more])
    kept = enough > LEAST_SHARE * total
    normals, offsets = np.vstack([normals, more[kept]]), np.append(offsets, offsets_more[kept])
    for _ in range(2):
        normals, offsets = refitted(surface, normals, offsets, assigned(surface, normals, offsets))
    return normals, offsets
