"""Random draws that several rooms make alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform between those of ``low`` and ``high``."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_rotation(rng: np.random.Generator) -> Rotation:
    """Draw a rotation, all alike likely, from a quaternion of normal numbers (Shoemake 1992)."""
    from scipy.spatial.transform import Rotation

    return Rotation.from_quat(rng.normal(size=4))
