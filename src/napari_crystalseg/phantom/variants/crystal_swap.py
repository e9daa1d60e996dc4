"""Another crystal in the place of the one that was drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Labels, Material
from ..crystals.habits import HABITS
from ..crystals.polyhedron import Polyhedron

# Fewer voxels than this have no shape worth fitting; they stay as they were drawn.
LEAST_VOXELS = 64
_ORIENTATIONS = 16
_FIT_STEPS = 6
# Moments that differ by no more than this (ratio of their squares, as a logarithm) count as fitted.
_FITTED = 0.15


def swap_crystals(labels: Labels, habit: str | None, size: float, rng: np.random.Generator) -> Labels:
    """Give each crystal another habit or size, in its place.

    The centroid stays. A new habit keeps its interfacial angles; the distances of its faces are fitted so that the
    moments of inertia are those of the crystal that was drawn. Loop and class "other" stay as drawn; voxels that the
    crystal leaves become liquor or air, whichever is nearest. Crystals of fewer than :data:`LEAST_VOXELS` stay.

    Parameters
    ----------
    labels : Labels
        Labels with crystal; voxels need not be cubes.
    habit : str or None
        Name of the habit, a key of :data:`~napari_crystalseg.phantom.HABITS`; None keeps the drawn shape.
    size : float
        Edge lengths in units of the old ones: the volume changes by its cube.
    rng : numpy.random.Generator
        Draws the orientations that are tried.

    Returns
    -------
    Labels

    Raises
    ------
    InputError
        Unknown habit, a size that is not positive, or no crystal.
    """
    from scipy import ndimage

    if habit is not None and habit not in HABITS:
        raise InputError(f"Unknown habit {habit!r}; choose one of {', '.join(HABITS)}.")
    if not (np.isfinite(size) and size > 0):
        raise InputError(f"The size of the new crystal must be positive, not {size}.")
    old = labels.data == Material.CRYSTAL
    pieces, count = ndimage.label(old, np.ones((3, 3, 3)))
    if count == 0:
        raise InputError("These labels have no crystal to swap; draw one first.")
    solid = (labels.data == Material.LOOP) | (labels.data == Material.OTHER)
    new = np.zeros(labels.shape, dtype=bool)
    for number, box in enumerate(ndimage.find_objects(pieces), 1):
        piece = pieces[box] == number
        if np.count_nonzero(piece) < LEAST_VOXELS:
            new[box] |= piece
            continue
        if habit is None:
            where, grown = _scaled(piece, box, size, labels.shape)
        else:
            where, grown = _filled(fitted_polyhedron(piece, box, labels, habit, size, rng), labels)
        new[where] |= _largest_piece(grown & ~solid[where])
    data = labels.data.copy()
    freed = old & ~new
    data[new] = Material.CRYSTAL
    data[freed] = nearest_fluid(np.where(freed, np.uint8(Material.CRYSTAL), data), freed, labels.required_voxel_size_um)
    return Labels(data, labels.voxel_size_um, labels.provenance)


def nearest_fluid(
    data: NDArray[np.uint8], freed: NDArray[np.bool_], voxel_size_um: tuple[float, float, float]
) -> NDArray[np.uint8]:
    """Liquor or air, whichever voxel of the two is nearest, for each freed voxel; shape (freed voxel,)."""
    from scipy import ndimage

    if not freed.any():
        return np.zeros(0, dtype=np.uint8)
    # A box with a margin of two voxels around what is freed holds the nearest fluid, or nearly so.
    box = tuple(
        slice(max(0, s.start - 2), s.stop + 2) for s in ndimage.find_objects(freed.astype(np.uint8), max_label=1)[0]
    )
    for where in (box, (slice(None),) * 3):
        part = data[where]
        known = (part == Material.AIR) | (part == Material.LIQUOR)
        if known.any():
            break
    else:
        return np.zeros(int(np.count_nonzero(freed)), dtype=np.uint8)
    nearest = ndimage.distance_transform_edt(
        ~known, sampling=voxel_size_um, return_distances=False, return_indices=True
    )
    fluid: NDArray[np.uint8] = part[tuple(axis[freed[where]] for axis in nearest)]
    return fluid


def fitted_polyhedron(
    piece: NDArray[np.bool_],
    box: tuple[slice, ...],
    labels: Labels,
    habit: str,
    size: float,
    rng: np.random.Generator,
) -> Polyhedron:
    """Grow a habit with the centroid and the moments of a piece of crystal, ``size`` times as large.

    Parameters
    ----------
    piece : ndarray of bool, shape (z, y, x)
        Voxels of the piece within its box.
    box : tuple of slice
        Where the box lies in the labels.
    labels, habit, size, rng
        As in :func:`swap_crystals`.

    Returns
    -------
    Polyhedron
        Centre in µm from the middle of the labels.
    """
    steps = np.array(labels.required_voxel_size_um)
    points = (np.argwhere(piece) + [s.start for s in box] - (np.array(labels.shape) - 1) / 2) * steps
    centroid = points.mean(axis=0)
    # A voxel is a box, not a point: it has a moment of its own.
    wanted = np.cov(points.T, bias=True) + np.diag(steps**2 / 12)
    volume = len(points) * labels.voxel_volume_um3 * size**3
    normals = HABITS[habit].polyhedron(1.0).normals
    whitening = _power(wanted, -0.5)
    tried = []
    thin = np.linalg.eigh(wanted)[1][:, 0]
    for number in range(_ORIENTATIONS):
        # Every other orientation lays a face flat on the thinnest side, as plates do; the others are any.
        face = normals[rng.integers(len(normals))] if number % 2 else None
        turned = normals @ _random_rotation(rng, face, thin).T
        mismatch, distances = _fit_distances(turned, wanted)
        # Of orientations that fit, the one without far corners: a spike has little inertia, but nobody has seen one.
        circumradius = float(np.linalg.norm(_corners(turned, distances) @ whitening, axis=1).max())
        tried.append((max(mismatch, _FITTED), circumradius, turned, distances))
    _, _, turned, distances = min(tried, key=lambda one: one[:2])
    found, middle, _ = _moments(turned, distances)
    scale = (volume / found) ** (1 / 3)
    # Measured from the centroid, which for chiral point groups need not be the centre of the half-spaces.
    return Polyhedron(turned, (distances - turned @ middle) * scale, centroid)


def _fit_distances(normals: NDArray[np.float64], wanted: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Face distances with which a polyhedron has a wanted covariance, and how far off its shape still is.

    Faces are tangent to an ellipsoid, h(n) = √(nᵀEn). E begins as the wanted covariance C and is corrected by the map
    that takes the covariance K found to C: A = C^½ (C^½ K C^½)^-½ C^½, E → AEA.
    """
    ellipsoid = wanted
    best = (np.inf, np.zeros(len(normals)))
    root = _power(wanted, 0.5)
    for _ in range(_FIT_STEPS):
        distances = np.sqrt(np.einsum("fi,ij,fj->f", normals, ellipsoid, normals))
        _, _, found = _moments(normals, distances)
        # Size is fitted by the volume afterwards: compare shapes only.
        found = found * (np.linalg.det(wanted) / np.linalg.det(found)) ** (1 / 3)
        strain = _power(root @ found @ root, -0.5)
        mismatch = float(np.abs(np.log(np.linalg.eigvals(np.linalg.solve(wanted, found)).real)).max())
        if mismatch < best[0]:
            best = (mismatch, distances)
        correction = root @ strain @ root
        ellipsoid = correction @ ellipsoid @ correction.T
    return best


def _power(matrix: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrix)
    power: NDArray[np.float64] = (vectors * values**exponent) @ vectors.T
    return power


def _moments(
    normals: NDArray[np.float64], distances: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Volume, centroid and covariance of a convex polyhedron, summed over tetrahedra from the origin inside it."""
    from scipy.spatial import ConvexHull

    corners = _corners(normals, distances)
    faces = corners[ConvexHull(corners).simplices]
    volumes = np.abs(np.linalg.det(faces)) / 6
    sums = faces.sum(axis=1)
    volume = float(volumes.sum())
    centroid = (volumes[:, None] * sums / 4).sum(axis=0) / volume
    squares = np.einsum("fvi,fvj->fij", faces, faces) + np.einsum("fi,fj->fij", sums, sums)
    second = (volumes[:, None, None] * squares / 20).sum(axis=0) / volume
    return volume, centroid, second - np.outer(centroid, centroid)


def _corners(normals: NDArray[np.float64], distances: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.spatial import HalfspaceIntersection

    corners: NDArray[np.float64] = HalfspaceIntersection(
        np.column_stack([normals, -distances]), np.zeros(3)
    ).intersections
    return corners


def _random_rotation(
    rng: np.random.Generator, face: NDArray[np.float64] | None, onto: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Any rotation, or any of those that turn the normal ``face`` nearly onto a direction."""
    from scipy.spatial.transform import Rotation

    if face is None:
        quaternion = rng.normal(size=4)
        return np.asarray(Rotation.from_quat(quaternion / np.linalg.norm(quaternion)).as_matrix())
    # Not quite flat: a face that is parallel to the voxels gains or loses a whole layer of them.
    spin = Rotation.from_rotvec(np.radians(rng.normal(0, 4, 3))) * Rotation.from_rotvec(
        onto * rng.uniform(0, 2 * np.pi)
    )
    axis = np.cross(face, onto)
    length = float(np.linalg.norm(axis))
    if length < 1e-9:  # already along it, or against it, where the opposite face will do
        return np.asarray(spin.as_matrix())
    angle = np.arctan2(length, float(face @ onto))
    return np.asarray((spin * Rotation.from_rotvec(axis / length * angle)).as_matrix())


def _largest_piece(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What the mount cuts off from a crystal would lie on its other side: only the largest part is kept."""
    from scipy import ndimage

    pieces, count = ndimage.label(mask)
    if count < 2:
        return mask
    largest: NDArray[np.bool_] = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    return largest


def _filled(crystal: Polyhedron, labels: Labels) -> tuple[tuple[slice, ...], NDArray[np.bool_]]:
    """Voxels whose centres lie in a crystal, and the box of the labels that they fill."""
    steps, middle = np.array(labels.required_voxel_size_um), (np.array(labels.shape) - 1) / 2
    corners = crystal.vertices_um() / steps + middle
    low = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, labels.shape)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 1, 0, labels.shape)
    z, y, x = (
        (np.arange(a, b) - m) * s - c for a, b, m, s, c in zip(low, high, middle, steps, crystal.centre_um, strict=True)
    )
    inside = np.ones((z.size, y.size, x.size), dtype=bool)
    for (nz, ny, nx), distance in zip(crystal.normals, crystal.distances_um, strict=True):
        inside &= (nz * z)[:, None, None] + (ny * y)[None, :, None] + (nx * x)[None, None, :] <= distance
    return tuple(slice(a, b) for a, b in zip(low, high, strict=True)), inside


def _scaled(
    piece: NDArray[np.bool_], box: tuple[slice, ...], size: float, shape: tuple[int, int, int]
) -> tuple[tuple[slice, ...], NDArray[np.bool_]]:
    """Voxels of a piece scaled about its centroid, and the box of the labels that they fill."""
    from scipy import ndimage

    start = np.array([s.start for s in box])
    centroid = np.argwhere(piece).mean(axis=0)
    # The scale is the same along each axis, so that voxels need not be cubes.
    low = np.clip(np.floor(start + centroid - (centroid + 1) * size).astype(int), 0, shape)
    high = np.clip(np.ceil(start + centroid + (np.array(piece.shape) - centroid) * size).astype(int) + 1, 0, shape)
    offset = centroid + (low - start - centroid) / size
    soft = ndimage.affine_transform(
        piece.astype(np.float32), np.full(3, 1 / size), offset, output_shape=tuple(high - low), order=1, mode="constant"
    )
    return tuple(slice(a, b) for a, b in zip(low, high, strict=True)), soft > 0.5
