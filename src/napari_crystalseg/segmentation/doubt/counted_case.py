"""One sample with known labels, counted: how often a network was wrong of it, by how sure it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Material
from .reliability import Reliability

REGIONS = ("everywhere", "near surfaces", "sample")
"""All voxels, of which most are air that nobody would miss; those near a surface of the labels; and those that the
labels call sample."""
NEAR_VOXELS = 3


@dataclass(frozen=True, eq=False)
class CountedCase:
    """One sample, counted.

    Parameters
    ----------
    name : str
        What it is called.
    regions : mapping of str to Reliability
        For each of :data:`REGIONS`.
    """

    name: str
    regions: Mapping[str, Reliability]

    @classmethod
    def of(cls, name: str, labels: NDArray[np.uint8], truth: NDArray[np.uint8], confidence: NDArray[np.uint8]) -> Self:
        """Count a sample.

        Parameters
        ----------
        name : str
            What it is called.
        labels, truth : ndarray of uint8, shape (z, y, x)
            Labels of the network, and true ones.
        confidence : ndarray of uint8, shape (z, y, x)
            255 times the probability that the network gives its label.

        Raises
        ------
        InputError
            Labels of another shape than the true ones.
        """
        if not labels.shape == truth.shape == confidence.shape:
            raise InputError(f"{name}: the labels have shape {labels.shape} and the true ones {truth.shape}.")
        right = labels == truth
        masks = (np.True_, near_surfaces(labels), labels != Material.AIR)
        counted = {
            region: Reliability.of(confidence[mask], right[mask]) for region, mask in zip(REGIONS, masks, strict=True)
        }
        return cls(name, counted)


def near_surfaces(labels: NDArray[np.uint8], voxels: int = NEAR_VOXELS) -> NDArray[np.bool_]:
    """Find the voxels within some steps through faces of one that touches another class.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    voxels : int
        Voxels on each side of a surface: 1 for those that touch it.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
    """
    from scipy.ndimage import binary_dilation

    found = np.zeros(labels.shape, dtype=bool)
    for axis in range(3):
        along, there = np.moveaxis(labels, axis, 0), np.moveaxis(found, axis, 0)
        differs = along[1:] != along[:-1]
        there[1:] |= differs
        there[:-1] |= differs
    if voxels > 1 and found.any():
        found = np.asarray(binary_dilation(found, iterations=voxels - 1))
    return found


def counted_together(cases: list[CountedCase]) -> dict[str, Reliability]:
    """Add up the voxels of some samples, for each region."""
    return {region: sum((case.regions[region] for case in cases), start=Reliability.nothing()) for region in REGIONS}
