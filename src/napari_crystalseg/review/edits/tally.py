"""Volumes of the classes and the areas in which they touch, kept up to date from the box that changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...labels import Material

_CODES = 256
_CLASSES = 6  # those of Material, and all other codes


@dataclass(frozen=True, eq=False)
class Tally:
    """Voxels of each code, and the faces between voxels of different classes.

    Parameters
    ----------
    counts : ndarray of int64, shape (256,)
        Voxels of each code.
    faces : ndarray of int64, shape (3, 6, 6)
        Faces across axis z, y and x between two classes, lower code first; codes that are no class are the last.
    """

    counts: NDArray[np.int64]
    faces: NDArray[np.int64]

    @classmethod
    def nothing(cls) -> Tally:
        """Return a tally of no voxel."""
        return cls(np.zeros(_CODES, dtype=np.int64), np.zeros((3, _CLASSES, _CLASSES), dtype=np.int64))

    @classmethod
    def of(cls, labels: NDArray[np.uint8]) -> Tally:
        """Count all voxels and faces of labels, shape (z, y, x)."""
        from .tally_kernel import count_labels

        found = cls.nothing()
        count_labels(labels, found.counts, found.faces)
        return found

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.counts + other.counts, self.faces + other.faces)

    def __sub__(self, other: Tally) -> Tally:
        return Tally(self.counts - other.counts, self.faces - other.faces)

    def volume_um3(self, material: Material, voxel_size_um: tuple[float, float, float]) -> float:
        """Volume of a class, µm³."""
        return float(self.counts[material]) * float(np.prod(voxel_size_um))

    def contact_um2(self, one: Material, other: Material, voxel_size_um: tuple[float, float, float]) -> float:
        """Area of the voxel faces between two classes, µm²."""
        low, high = sorted((int(one), int(other)))
        areas = np.prod(voxel_size_um) / np.asarray(voxel_size_um)
        return float(self.faces[:, low, high] @ areas)
