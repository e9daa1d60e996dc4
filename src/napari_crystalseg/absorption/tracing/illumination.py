"""Illumination: which part of the sample the X-ray beam lights."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

SHAPES = ("box", "gaussian")


@dataclass(frozen=True)
class Illumination:
    """The profile of the X-ray beam across its path.

    Parameters
    ----------
    width_um : float
        Size along the rotation axis (its part across the beam; DIALS +X), µm. Of a Gaussian, the full width at half
        maximum.
    height_um : float
        Size across beam and rotation axis (DIALS +Y, where the axis is +X and the source at +Z), µm.
    centre_um : (float, float)
        Centre of the beam along width and height, µm. (0, 0) is the middle of the label volume: the rotation axis runs
        through the middle of axes 1 and 2, and the middle of axis 0 is taken along it.
    shape : {"box", "gaussian"}
        A flat beam with sharp edges, or a Gaussian one.

    Raises
    ------
    InputError
        Sizes that are not positive, a centre that is not two finite numbers, an unknown shape.
    """

    width_um: float
    height_um: float
    centre_um: tuple[float, float] = (0.0, 0.0)
    shape: str = "box"

    def __post_init__(self) -> None:
        for name in ("width_um", "height_um"):
            size = float(getattr(self, name))
            if not math.isfinite(size) or size <= 0:
                raise InputError(f"The beam's {name[:-3]} must be positive, not {size} µm.")
            object.__setattr__(self, name, size)
        centre = tuple(float(c) for c in self.centre_um)
        if len(centre) != 2 or not all(math.isfinite(c) for c in centre):
            raise InputError(f"The beam's centre is two numbers in µm (along width and height), not {self.centre_um}.")
        object.__setattr__(self, "centre_um", centre)
        if self.shape not in SHAPES:
            raise InputError(f"The beam's shape is one of {', '.join(SHAPES)}, not {self.shape!r}.")

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON-ready values."""
        return {**asdict(self), "centre_um": list(self.centre_um)}

    @property
    def half_sizes_um(self) -> NDArray[np.float64]:
        """Half the width and the height, µm."""
        return np.array([self.width_um, self.height_um]) / 2


def beam_axes(source: NDArray[np.float64], rotation_axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the directions of the beam's width and height in the sample.

    Parameters
    ----------
    source : ndarray of float64, shape (reflection, 3)
        Unit vectors towards the source, in the sample, array axes (z, y, x).
    rotation_axis : ndarray of float64, shape (reflection, 3)
        Unit vectors of the rotation axis, alike.

    Returns
    -------
    ndarray of float64, shape (reflection, 2, 3)
        Unit vectors (z, y, x) of width and height.

    Raises
    ------
    InputError
        The beam runs along the rotation axis.
    """
    along = np.sum(source * rotation_axis, axis=1, keepdims=True)
    width = rotation_axis - along * source
    norm = np.linalg.norm(width, axis=1, keepdims=True)
    if (norm < 1e-6).any():
        raise InputError("The beam runs along the rotation axis, so its width and height have no direction.")
    width = width / norm
    # (z, y, x) are DIALS (X, Z, Y): the other handedness, hence the order of this product.
    return np.stack([width, np.cross(width, source)], axis=1)
