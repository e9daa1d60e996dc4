"""Rings of equal resolution as lines on a detector, with what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .detector_geometry import DetectorGeometry

_STEPS_A = (20.0, 10.0, 6.0, 4.0, 3.0, 2.5, 2.0, 1.8, 1.6, 1.4, 1.2, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
_MOST = 6
_ANGLES_DEG = (5.0, 10.0, 20.0, 30.0, 40.0, 60.0)


@dataclass(frozen=True, eq=False)
class ResolutionRing:
    """A ring on the detector.

    Parameters
    ----------
    text : str
        What it says: its resolution in Å, or its angle where the wavelength is not known.
    line_px : ndarray, shape (n, 2)
        A closed line, (fast, slow); NaN where it leaves the plane of the detector.
    label_px : (float, float) or None
        A place for the text on the detector; None where the ring is beside it.
    """

    text: str
    line_px: NDArray[np.float64]
    label_px: tuple[float, float] | None


def resolution_rings(geometry: DetectorGeometry, shape: tuple[int, int]) -> tuple[ResolutionRing, ...]:
    """Return a few rings that cross a detector of ``shape`` (slow, fast) pixels, the widest last.

    They are spaced so that there are at most six: at round resolutions, or at round angles without a wavelength.
    """
    slow, fast = shape
    edges = np.array([[x, y] for x in np.linspace(0, fast, 9) for y in np.linspace(0, slow, 9)])
    angles = geometry.two_theta_rad(edges)
    low, high = float(angles.min()), float(angles.max())
    if geometry.wavelength_angstrom is None:
        wanted = [(np.deg2rad(value), f"2θ {value:g}°") for value in _ANGLES_DEG]
    else:
        wavelength = geometry.wavelength_angstrom
        wanted = [
            (2 * np.arcsin(wavelength / (2 * d)), f"{d:g} Å")
            for d in _STEPS_A
            if wavelength / (2 * d) < np.sin(np.pi / 4)
        ]
    inside = [one for one in wanted if low < one[0] < 0.97 * high]
    # Those farthest apart on the detector.
    if len(inside) > _MOST:
        target = np.linspace(np.tan(inside[0][0]), np.tan(inside[-1][0]), _MOST)
        chosen = sorted({int(np.argmin([abs(np.tan(angle) - one) for angle, _ in inside])) for one in target})
        inside = [inside[number] for number in chosen]
    rings = []
    for angle, text in inside:
        line = geometry.ring_px(angle)
        on = (
            (line[:, 0] > 0.02 * fast)
            & (line[:, 0] < 0.98 * fast)
            & (line[:, 1] > 0.02 * slow)
            & (line[:, 1] < 0.98 * slow)
        )
        seen = np.flatnonzero(on)
        # Towards the lower right, where there is a detector in most cases.
        label = None
        if seen.size:
            number = seen[int(np.argmin(np.abs((seen - len(line) / 8 + len(line) / 2) % len(line) - len(line) / 2)))]
            label = (float(line[number, 0]), float(line[number, 1]))
        rings.append(ResolutionRing(text, np.vstack([line, line[:1]]), label))
    return tuple(rings)
