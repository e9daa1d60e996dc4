"""PONI files of pyFAI: the foot of the normal, and three rotations about the sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ..detector_geometry import DetectorGeometry


def poni_rotations(geometry: DetectorGeometry) -> tuple[float, float, float]:
    """Return rot1, rot2, rot3 of pyFAI, radians.

    pyFAI puts pixels at p = (slow - poni1, fast - poni2, L) and rotates R = R3(rot3) R2(-rot2) R1(-rot1) about the
    sample, in axes (1 along slow, 2 along fast, 3 along the beam), with R1, R2, R3 right-handed turns about them
    (Kieffer et al. 2020, J. Synchrotron Rad. 27, 558; pyFAI's ``geometry.rotation_matrix``). Only where the beam lies
    in the frame of the detector counts for rings, which rot1 and rot2 give; rot3, a turn about the beam, is left 0.
    """
    normal = geometry.normal * np.sign(geometry.beam @ geometry.normal)
    # The beam in the axes of the detector is the last row of R.
    slow, fast, along = (float(geometry.beam @ axis) for axis in (geometry.panel.slow, geometry.panel.fast, normal))
    return float(np.arctan2(-fast, along)), float(np.arcsin(np.clip(slow, -1, 1))), 0.0


def rotation_matrix(rot1: float, rot2: float, rot3: float) -> NDArray[np.float64]:
    """Return pyFAI's rotation of the detector about the sample, shape (3, 3), axes (slow, fast, beam)."""
    c1, s1, c2, s2, c3, s3 = (f(v) for v in (rot1, rot2, rot3) for f in (np.cos, np.sin))
    first = np.array([[1, 0, 0], [0, c1, s1], [0, -s1, c1]])
    second = np.array([[c2, 0, -s2], [0, 1, 0], [s2, 0, c2]])
    third = np.array([[c3, -s3, 0], [s3, c3, 0], [0, 0, 1]])
    matrix: NDArray[np.float64] = third @ second @ first
    return matrix


def poni_text(geometry: DetectorGeometry) -> str:
    """Return the text of a PONI file, version 2, of pyFAI.

    Raises
    ------
    InputError
        The wavelength is not known.
    """
    if geometry.wavelength_angstrom is None:
        raise InputError("A .poni file needs the wavelength: give it, as --wavelength.")
    fast, slow = geometry.normal_foot_px
    size = geometry.pixel_size_mm * 1e-3
    rot1, rot2, rot3 = poni_rotations(geometry)
    shape = geometry.panel.image_size_px
    limit = "null" if shape is None else f"[{int(shape[1])}, {int(shape[0])}]"
    lines = [
        "# Written by napari-crystalseg",
        "poni_version: 2",
        "Detector: Detector",
        f'Detector_config: {{"pixel1": {float(size[1])!r}, "pixel2": {float(size[0])!r}, "max_shape": {limit}}}',
        f"Distance: {geometry.normal_distance_mm * 1e-3!r}",
        f"Poni1: {float(slow * size[1])!r}",
        f"Poni2: {float(fast * size[0])!r}",
        f"Rot1: {rot1!r}",
        f"Rot2: {rot2!r}",
        f"Rot3: {rot3!r}",
        f"Wavelength: {geometry.wavelength_angstrom * 1e-10!r}",
    ]
    return "\n".join(lines) + "\n"
