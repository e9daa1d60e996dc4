"""RadialProfile: the mean of an image over rings about the beam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....experiment import Panel
from ..spots.examined_image import ExaminedImage
from ..spots.scattering_angles import pixel_two_theta_rad

RINGS = 120
FEWEST_PIXELS = 30
UNEVEN = 0.02
"""What the pixels of a ring, or a curve of a substance, are uncertain by besides counting, a part."""


@dataclass(frozen=True, eq=False)
class RadialProfile:
    """Mean values over rings, spots left out.

    Parameters
    ----------
    two_theta_rad : ndarray, shape (ring,)
        Scattering angle of each ring, radians.
    mean, sigma : ndarray, shape (ring,)
        Mean value of its pixels for the solid angle of a pixel at the beam, and its standard deviation.
    """

    two_theta_rad: NDArray[np.float64]
    mean: NDArray[np.float64]
    sigma: NDArray[np.float64]

    @classmethod
    def of(cls, image: ExaminedImage, panel: Panel, source_direction: ArrayLike) -> RadialProfile:
        """Take the profile of an image; rings with few pixels are left out.

        The middle of the values of a ring is taken without its highest hundredth and its lowest, so that spots too weak
        to be found and the edge of a shadow do not lead it.
        """
        angles = pixel_two_theta_rad(panel, source_direction, image.values.shape)
        rows, columns = np.nonzero(image.spotless & image.ordinary)
        angle = angles[rows, columns]
        value = image.values[rows, columns] * _to_square(panel, source_direction, rows, columns)
        if not len(angle):
            return cls(np.zeros(0), np.zeros(0), np.ones(0))
        # Even steps of the tangent: rings of one width on a detector square to the beam.
        place = np.tan(np.minimum(angle, 1.4))
        ring = np.minimum((place / max(float(place.max()), 1e-9) * RINGS).astype(np.int64), RINGS - 1)
        number = np.bincount(ring, minlength=RINGS)
        many = np.maximum(number, 1)
        mean = np.bincount(ring, value, RINGS) / many
        at = np.bincount(ring, angle, RINGS) / many
        variance = np.maximum(image.gain * mean, np.bincount(ring, value**2, RINGS) / many - mean**2)
        sigma = np.sqrt(np.maximum(variance, image.gain / many) / many + (UNEVEN * mean) ** 2)
        keep = (number >= FEWEST_PIXELS) & _outside_shadow(mean, number)
        return cls(at[keep], mean[keep], sigma[keep])


def _to_square(
    panel: Panel, source_direction: ArrayLike, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Solid angle of pixels on a detector square to the beam over that of those on the panel as it leans."""
    rays = panel.laboratory_mm(np.column_stack([columns + 0.5, rows + 0.5]) * panel.pixel_size_mm)
    normal = np.cross(panel.fast, panel.slow)
    away = np.linalg.norm(rays, axis=1)
    leaning = np.abs(rays @ normal) / away
    cosine = -(rays @ np.asarray(source_direction, dtype=float)) / away
    distance = abs(float(panel.origin_mm @ normal))
    ratio: NDArray[np.float64] = cosine**3 / distance**2 * away**2 / np.maximum(leaning, 1e-6)
    return ratio


def _outside_shadow(mean: NDArray[np.float64], number: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rings beyond that of the beam stop: from the first that is no longer in its shadow, which rises steeply."""
    keep = np.ones(len(mean), dtype=bool)
    some = np.flatnonzero(number >= FEWEST_PIXELS)
    inner = some[: max(len(some) // 4, 1)]
    if len(inner) > 2:
        # The innermost rings rise out of the shadow to a maximum that is the first beside it.
        rising = np.flatnonzero(np.diff(mean[inner]) > 0.25 * mean[inner][1:])
        if len(rising):
            keep[: inner[rising[-1] + 1] + 1] = False
    return keep
