"""Thickness of a convex polyhedron along the beam, exact for each ray: what voxels can be held against."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError


def polyhedron_thickness(
    normals: ArrayLike,
    offsets_um: ArrayLike,
    angles_deg: ArrayLike,
    pixel_size_um: float,
    shape: tuple[int, int],
    rays: int = 4,
) -> NDArray[np.float64]:
    """Length of the chord through the half-spaces n · r <= d, averaged over the rays of each pixel.

    The polyhedron turns about axis 0 through the middle of the field. A point (y, x) from the axis is seen at
    x cos φ − y sin φ from the middle of the detector.

    Parameters
    ----------
    normals : array_like, shape (face, 3)
        Outward normals (z, y, x) of the faces, of any length.
    offsets_um : array_like, shape (face,)
        d of each face: its distance from the middle of the field, µm, where the normal has unit length.
    angles_deg : array_like, shape (angle,)
        Rotation angles φ.
    pixel_size_um : float
        Pixel, µm.
    shape : (int, int)
        Rows and columns of the detector.
    rays : int
        Rays through each pixel along each axis, evenly spread; 1 is a ray through its middle.

    Returns
    -------
    ndarray of float64, shape (angle, row, column)
        Thickness, µm; 0 everywhere where the half-spaces have nothing in common.

    Raises
    ------
    InputError
        Faces without three numbers and an offset each, numbers that are not finite, a normal of length 0, half-spaces
        that leave the polyhedron open along the beam, or a detector without pixels or rays.
    """
    planes, offsets = np.asarray(normals, dtype=np.float64), np.asarray(offsets_um, dtype=np.float64)
    angles = np.atleast_1d(np.asarray(angles_deg, dtype=np.float64))
    if planes.ndim != 2 or planes.shape[1] != 3 or offsets.shape != planes.shape[:1] or len(planes) == 0:
        raise InputError(
            "A polyhedron needs a normal (z, y, x) and an offset for each face, not arrays of the shapes "
            f"{planes.shape} and {offsets.shape}."
        )
    if not all(np.isfinite(part).all() for part in (planes, offsets, angles)):
        raise InputError("Normals, offsets and angles must be finite.")
    if not np.linalg.norm(planes, axis=1).all():
        raise InputError("The normal of a face has the length 0.")
    if not (np.isfinite(pixel_size_um) and pixel_size_um > 0) or min(*shape, rays) < 1:
        raise InputError(
            f"A detector needs pixels of positive size and at least one row, column and ray, not {pixel_size_um} µm, "
            f"{shape} and {rays}."
        )
    along_z, across = (((np.arange(n * rays) + 0.5) / rays - n / 2) * pixel_size_um for n in shape)
    out = np.empty((len(angles), *shape))
    for number, angle in enumerate(np.radians(angles)):
        cosine, sine = np.cos(angle), np.sin(angle)
        # The beam comes from high y cos φ + x sin φ, and position s along it is counted that way.
        rise = planes[:, 1] * cosine + planes[:, 2] * sine
        sideways = planes[:, 2] * cosine - planes[:, 1] * sine
        for row in range(shape[0]):
            z = along_z[row * rays : (row + 1) * rays, np.newaxis]
            chords = _chords(planes[:, 0], rise, sideways, offsets, z, across)
            out[number, row] = chords.mean(axis=0).reshape(shape[1], rays).mean(axis=1)
    if not np.isfinite(out).all():
        raise InputError("The half-spaces leave the polyhedron open along the beam; add faces that close it.")
    return out


def _chords(
    along_axis: NDArray[np.float64],
    rise: NDArray[np.float64],
    sideways: NDArray[np.float64],
    offsets: NDArray[np.float64],
    z: NDArray[np.float64],
    across: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Length within all half-spaces of the rays at ``z`` and ``across``."""
    near = np.full((len(z), len(across)), -np.inf)
    far = np.full_like(near, np.inf)
    for up, slope, side, offset in zip(along_axis, rise, sideways, offsets, strict=True):
        room = offset - up * z - side * across
        # A face that the beam runs along, but for the rounding of the angle, lets through or does not.
        if abs(slope) < 1e-12:
            far[np.broadcast_to(room < 0, far.shape)] = -np.inf
        elif slope > 0:
            np.minimum(far, room / slope, out=far)
        else:
            np.maximum(near, room / slope, out=near)
    missed = far <= near
    return np.where(missed, 0.0, np.subtract(far, near, where=~missed, out=np.zeros_like(near)))
