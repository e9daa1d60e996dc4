"""Fit a known habit to the surface of a crystal: its orientation, and how far each face has grown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....labels import Material
from ....phantom.crystals.habit import Habit, braced
from .crystal_surface import BLURS, crystal_piece, piece_surface
from .facet_set import FacetSet, closed
from .plane_refinement import sharpened
from .plane_support import assigned, supported_facets
from .planes import common_normals, outer_offset
from .surface_points import SurfacePoints

_LEAST_SUPPORT = 0.64
_LESS_WHEN_SMALL = 2.0
"""Share of the flat surface that must lie on the faces of a habit and look as they do; less by this much for each
blur in the radius, as edges take their part of a small crystal."""
_ROUNDS = 12
_ALIKE_DEGREES = 7.0
_TRIED = 6
_TURNED_DEGREES = 6.0
"""A face that lies better on the surface when it is turned by more, alone, lies on something else."""
_FURTHER = 1.0
"""A habit is closed by itself: what was cut off may reach as far beyond what is left as that is long."""
_SEEN = 0.25
"""Share of the area that a face would have, that must be seen for its own place to count."""


def fit_habit(
    labels: NDArray[np.uint8],
    habit: Habit,
    voxel_size_um: tuple[float, float, float],
    voxel: tuple[int, int, int] | None = None,
    label: int = Material.CRYSTAL,
) -> FacetSet:
    """Fit a known habit to a crystal.

    Pairs of directions that many surface normals share are laid on pairs of faces with the same angle between them; of
    these orientations the best is refined by least squares together with the place of every face that is seen. A face
    that is not seen, as where a piece of the crystal is missing, lies as far from the centre as the others of its form.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    habit : Habit
        Habit; only its angles count, as crystals of one habit grow to many proportions.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    voxel : (int, int, int), optional
        Index along (z, y, x) of a voxel of the crystal; the largest piece where not given.
    label : int
        Code of the crystal's class.

    Returns
    -------
    FacetSet
        Named by form, in the order of the habit.

    Raises
    ------
    InputError
        No crystal there, or its surface does not show the angles of the habit.
    """
    piece = crystal_piece(labels, voxel_size_um, voxel, label)
    for blur in BLURS[:-1]:
        try:
            less = _LESS_WHEN_SMALL if blur == BLURS[0] else 0.0
            return _of_surface(piece_surface(labels, piece, voxel_size_um, blur), habit, less)
        except InputError:
            continue
    return _of_surface(piece_surface(labels, piece, voxel_size_um, BLURS[-1]), habit, 0.0)


def _of_surface(surface: SurfacePoints, habit: Habit, less_when_small: float) -> FacetSet:
    body = habit.polyhedron(1.0).normals
    forms = np.repeat(np.arange(len(habit.forms)), [len(habit.indices(form)) for form in habit.forms])
    best: tuple[float, NDArray[np.float64], NDArray[np.float64]] | None = None
    for rotation in _orientations(surface, body, forms):
        normals, offsets = _refined(surface, body @ rotation.T)
        share = _share_on(surface, normals, offsets)
        if best is None or share > best[0]:
            best = share, normals, offsets
    support = 0.0 if best is None else best[0]
    radius_um = float(np.sqrt(surface.areas_um2.sum() / (4 * np.pi)))
    if best is None or support < _LEAST_SUPPORT - less_when_small * surface.blur_um / radius_um:
        raise InputError(
            f"The crystal does not show the angles of {habit.name}: only {100 * support:.0f} % of its surface lies on "
            "such faces. Choose another habit, or fit facets without one."
        )
    _, normals, offsets = best
    normals, offsets, cut = _kept_to_habit(surface, normals, *sharpened(surface, normals, offsets))
    normals, offsets = _whole(surface, normals, offsets, forms, cut)
    names = [braced(habit.forms[form].miller) for form in forms]
    return closed(supported_facets(surface, normals, offsets, names), surface.extent_um, _FURTHER)


def _share_on(surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64]) -> float:
    lean = surface.normals @ normals.T > np.cos(np.radians(9))
    near = np.abs(surface.points_um @ normals.T - offsets) < 0.6 * surface.blur_um
    weights = surface.weights
    return float(weights[(lean & near).any(axis=1)].sum() / max(float(weights.sum()), 1e-12))


def _orientations(
    surface: SurfacePoints, body: NDArray[np.float64], forms: NDArray[np.int64]
) -> list[NDArray[np.float64]]:
    """Rotations, best first, that lay two faces of the body on two common normals of the surface."""
    seen, shares = common_normals(surface)
    seen = seen[np.argsort(-shares, kind="stable")][:10]
    # The faces of a form are alike: one of each is enough for the first of the pair.
    firsts = [int(np.flatnonzero(forms == form)[0]) for form in np.unique(forms)]
    cosines, wanted = seen @ seen.T, body @ body.T
    rotations = []
    for one in range(len(seen)):
        for other in range(len(seen)):
            if abs(cosines[one, other]) > np.cos(np.radians(15)):
                continue
            angle = np.degrees(np.arccos(cosines[one, other]))
            for first in firsts:
                apart = np.degrees(np.arccos(np.clip(wanted[first], -1, 1)))
                for second in np.flatnonzero(np.abs(apart - angle) < _ALIKE_DEGREES):
                    if abs(wanted[first, second]) < np.cos(np.radians(10)):
                        frames = _frame(seen[one], seen[other]), _frame(body[first], body[second])
                        rotations.append(frames[0] @ frames[1].T)
    if not rotations:
        return []
    step = max(1, len(surface.normals) // 300)
    normals, weights = surface.normals[::step], surface.weights[::step]
    scores = np.empty(len(rotations))
    for index, rotation in enumerate(rotations):
        lean = ((body @ rotation.T) @ normals.T).max(axis=0)
        scores[index] = weights @ np.clip(1 - (1 - lean) / (1 - np.cos(np.radians(10))), 0, 1)
    chosen: list[NDArray[np.float64]] = []
    for index in np.argsort(-scores, kind="stable"):
        # Orientations that the symmetry makes alike need one try.
        faces = body @ rotations[index].T
        if all(((body @ other.T) @ faces.T).max(axis=0).min() < np.cos(np.radians(4)) for other in chosen):
            chosen.append(rotations[index])
        if len(chosen) == _TRIED:
            break
    return chosen


def _frame(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    # From the middle of both: an error of the angle between them falls on each alike.
    along, across = one + other, one - other
    along, across = along / np.linalg.norm(along), across / np.linalg.norm(across)
    return np.stack([along, across, np.cross(along, across)], axis=1)


def _refined(surface: SurfacePoints, normals: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn all faces together, and move each, by least squares; robust against what lies on none of them."""
    from scipy.spatial.transform import Rotation

    middle = np.average(surface.points_um, axis=0, weights=surface.areas_um2)
    points = surface.points_um - middle
    offsets = _first_offsets(surface, points, normals)
    for turn in range(_ROUNDS):
        limit = surface.blur_um * (4.0 if turn < 4 else 1.5)
        lean = surface.normals @ normals.T
        away = points @ normals.T - offsets
        cost = np.abs(away) / limit + (1 - lean) / (1 - np.cos(np.radians(20)))
        own = cost.argmin(axis=1)
        rows = np.arange(len(points))
        weights = surface.weights * np.clip(1 - (away[rows, own] / limit) ** 2, 0, 1) ** 2
        weights *= lean[rows, own] > np.cos(np.radians(25))
        # (n + w x n) . p = n . p + w . (n x p): the turn w, and an offset of each face.
        turned = np.cross(normals[own], points)
        count = len(normals)
        form = np.zeros((3 + count, 3 + count))
        right = np.zeros(3 + count)
        form[:3, :3] = (weights[:, None] * turned).T @ turned
        right[:3] = -(weights * away[rows, own]) @ turned
        coupling = np.stack([np.bincount(own, weights * column, minlength=count) for column in turned.T])
        form[:3, 3:], form[3:, :3] = -coupling, -coupling.T
        held = np.bincount(own, weights, minlength=count)
        form[3:, 3:] = np.diag(held)
        right[3:] = np.bincount(own, weights * away[rows, own], minlength=count)
        # A weak hold keeps what no point decides.
        form += np.diag(np.r_[np.full(3, 1e-6 * np.trace(form[:3, :3])), np.full(count, 1e-6 * held.sum())])
        step = np.linalg.solve(form, right)
        normals = normals @ Rotation.from_rotvec(step[:3]).as_matrix().T
        offsets = offsets + step[3:]
        if np.abs(step[:3]).max() < 1e-5 and turn > 4:
            break
    return normals, offsets + normals @ middle


def _first_offsets(
    surface: SurfacePoints, points: NDArray[np.float64], normals: NDArray[np.float64]
) -> NDArray[np.float64]:
    lean = surface.normals @ normals.T
    own = lean.argmax(axis=1)
    offsets = np.empty(len(normals))
    for index, normal in enumerate(normals):
        mine = (own == index) & (lean[:, index] > np.cos(np.radians(15))) & (surface.flatness > 0)
        along = points @ normal
        if np.count_nonzero(mine) >= 6:
            offsets[index] = outer_offset(along[mine], surface.weights[mine], 0.5 * surface.blur_um)
        else:
            offsets[index] = along.max()
    return offsets


def _kept_to_habit(
    surface: SurfacePoints,
    together: NDArray[np.float64],
    normals: NDArray[np.float64],
    offsets: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Turn back the faces that turned by themselves: they lie on a cut, as a habit's angles are what they are.

    Returns
    -------
    normals, offsets : ndarray
        As they are, or in the direction that all faces ``together`` have.
    cut : ndarray of bool, shape (face,)
        Where nothing of such a face is seen besides the cut.
    """
    turned = (normals * together).sum(axis=1) < np.cos(np.radians(_TURNED_DEGREES))
    cut = np.zeros(len(normals), bool)
    normals, offsets = normals.copy(), offsets.copy()
    own = assigned(surface, normals, offsets)
    usual = np.median(np.bincount(own[own >= 0], surface.areas_um2[own >= 0], minlength=len(normals)))
    for face in np.flatnonzero(turned):
        normals[face] = together[face]
        along = surface.points_um @ together[face]
        mine = surface.normals @ together[face] > np.cos(np.radians(_TURNED_DEGREES))
        # Of the surface that looks that way, the outermost is the face.
        mine &= along > along[mine].max(initial=-np.inf) - 2 * surface.blur_um
        cut[face] = surface.areas_um2[mine].sum() < _SEEN * usual
        if not cut[face]:
            offsets[face] = outer_offset(along[mine], surface.weights[mine], 0.5 * surface.blur_um)
    return normals, offsets, cut


def _whole(
    surface: SurfacePoints,
    normals: NDArray[np.float64],
    offsets: NDArray[np.float64],
    forms: NDArray[np.int64],
    cut: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Put faces that are not seen, or are ``cut``, where the others of their form say."""
    own = assigned(surface, normals, offsets, apart=1.0)
    areas = np.bincount(own[own >= 0], surface.areas_um2[own >= 0], minlength=len(normals))
    usual = np.array([np.median(areas[forms == form]) for form in forms])
    seen = ~cut & (areas > np.maximum(_SEEN * usual, 0.002 * surface.areas_um2.sum()))
    if seen.all():
        return normals, offsets
    count = int(forms.max()) + 1
    columns = np.zeros((len(normals), 3 + count))
    columns[:, :3] = normals
    columns[np.arange(len(normals)), 3 + forms] = 1
    weights = np.sqrt(areas[seen])[:, None]
    known = np.linalg.lstsq(weights * columns[seen], weights[:, 0] * offsets[seen], rcond=1e-6)[0]
    told = columns @ known
    furthest = np.quantile(surface.points_um @ normals.T, 0.998, axis=0)
    # What is seen of the crystal is never cut off by a face that is not.
    has_form = np.isin(forms, forms[seen])
    return normals, np.where(seen, offsets, np.where(has_form, np.maximum(told, furthest), furthest))
