"""How far the surfaces of a class in two label volumes lie apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...box import Box, box_of, grown, joined
from ...checks import checked_voxel_size, read_only
from ...errors import InputError
from ...labels import Labels, Material
from .metrics import SCORED

Holder = Literal["both", "predicted", "truth", "neither"]
"""Which of two label volumes hold a class."""

HISTOGRAM_EDGES_VOXELS = np.concatenate([[-inf], np.arange(-5.25, 5.5, 0.5), [inf]])
"""Edges of the bins that signed distances are counted in: half a voxel wide, one about 0, all beyond 5 in the last."""


@dataclass(frozen=True, eq=False)
class SurfaceDistance:
    """Distances between the surfaces of a class in predicted and in true labels.

    The surface of a class consists of the faces between its voxels and others; where the class goes on past the end of
    the volume it has none. Of the middle of each face the distance to the nearest middle of a face of the other surface
    is taken: of planes along an axis it is exact, of slanted and round surfaces, whose voxels are steps, right to some
    tenths of a voxel and rather small. The faces of both surfaces are one sample, each counted with its area.

    Parameters
    ----------
    signed_um : ndarray of float64, shape (face,)
        Distance of each face of both surfaces to the other one, µm: above 0 where the predicted surface lies outside of
        the true one, below 0 where it lies inside.
    area_um2 : ndarray of float64, shape (face,)
        Area of each face, µm².
    voxel_size_um : (float, float, float)
        Voxel size (z, y, x), µm.
    voxels : (int, int)
        Voxels of the class in the prediction and in the truth.
    """

    signed_um: NDArray[np.float64]
    area_um2: NDArray[np.float64]
    voxel_size_um: tuple[float, float, float]
    voxels: tuple[int, int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "signed_um", read_only(np.asarray(self.signed_um, dtype=np.float64)))
        object.__setattr__(self, "area_um2", read_only(np.asarray(self.area_um2, dtype=np.float64)))

    @property
    def held_by(self) -> Holder:
        """Which of the two hold the class."""
        predicted, truth = self.voxels
        if predicted and truth:
            return "both"
        return "predicted" if predicted else "truth" if truth else "neither"

    @cached_property
    def _ordered(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Distances without sign, ascending, and the share of the area up to the middle of each face."""
        size = np.abs(self.signed_um)
        order = np.argsort(size)
        area = self.area_um2[order]
        return size[order], (np.cumsum(area) - area / 2) / area.sum()

    def percentile_um(self, percent: float) -> float | None:
        """Return the distance that a percentage of the area of both surfaces does not exceed.

        Parameters
        ----------
        percent : float
            0 to 100; 50 is the median.

        Returns
        -------
        float or None
            Distance, µm; infinite where only one of the two has a surface, None where neither has.
        """
        if not self.signed_um.size:
            return None
        size, share = self._ordered
        return float(np.interp(percent / 100, share, size)) if np.isfinite(size[-1]) else inf

    @property
    def median_um(self) -> float | None:
        """Median distance, µm; infinite where only one of the two has a surface, None where neither has."""
        return self.percentile_um(50)

    @property
    def mean_um(self) -> float | None:
        """Mean distance, µm; infinite where only one of the two has a surface, None where neither has."""
        return float(np.average(np.abs(self.signed_um), weights=self.area_um2)) if self.signed_um.size else None

    @property
    def percentile_95_um(self) -> float | None:
        """Distance that 95 % of the surfaces do not exceed, µm; as the median."""
        return self.percentile_um(95)

    @property
    def largest_um(self) -> float | None:
        """Largest distance (Hausdorff's), µm; as the median."""
        return float(np.abs(self.signed_um).max()) if self.signed_um.size else None

    @property
    def bias_um(self) -> float | None:
        """Mean of the signed distances, µm: above 0 where the prediction lies outside; as the median."""
        return float(np.average(self.signed_um, weights=self.area_um2)) if self.signed_um.size else None

    @property
    def volumes_um3(self) -> tuple[float, float]:
        """Volume of the class in the prediction and in the truth, µm³."""
        voxel_um3 = float(np.prod(self.voxel_size_um))
        return self.voxels[0] * voxel_um3, self.voxels[1] * voxel_um3

    @property
    def volume_error_um3(self) -> float:
        """Predicted less true volume, µm³."""
        predicted, truth = self.volumes_um3
        return predicted - truth

    @property
    def volume_error_percent(self) -> float | None:
        """Predicted less true volume in parts of the true one, %; None where the truth has none of the class."""
        predicted, truth = self.voxels
        return 100 * (predicted - truth) / truth if truth else None

    def histogram(self) -> NDArray[np.float64]:
        """Return the share of both surfaces by signed distance in voxels, shape (bin,), between HISTOGRAM_EDGES_VOXELS.

        Returns
        -------
        ndarray of float64, shape (bin,)
            They add up to 1, or are all 0 where there is no surface.
        """
        # An infinite distance lies in the first or the last bin, whose far edge is closed.
        voxels = np.clip(self.signed_um / min(self.voxel_size_um), -1e6, 1e6)
        counts = np.histogram(voxels, bins=np.clip(HISTOGRAM_EDGES_VOXELS, -2e6, 2e6), weights=self.area_um2)[0]
        total = counts.sum()
        return np.asarray(counts / total if total else counts, dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values, in µm and in voxels of the finest axis.

        Returns
        -------
        dict
            ``held_by``: "both", "predicted", "truth" or "neither"; ``median``, ``mean``, ``percentile_95``, ``largest``
            and ``bias``, each with ``_um`` and ``_voxels``, None where not both have a surface (JSON has no infinity);
            ``volume_um3``, ``true_volume_um3``, ``volume_error_um3``, ``volume_error_percent``.
        """
        finest = min(self.voxel_size_um)
        figures: dict[str, Any] = {"held_by": self.held_by}
        for name in ("median", "mean", "percentile_95", "largest", "bias"):
            value = getattr(self, f"{name}_um")
            known = value is not None and np.isfinite(value)
            figures[f"{name}_um"] = value if known else None
            figures[f"{name}_voxels"] = value / finest if known else None
        predicted, truth = self.volumes_um3
        return figures | {
            "volume_um3": predicted,
            "true_volume_um3": truth,
            "volume_error_um3": self.volume_error_um3,
            "volume_error_percent": self.volume_error_percent,
        }


def surface_distances(predicted: Labels, truth: Labels) -> Mapping[Material, SurfaceDistance]:
    """Measure liquor, loop and crystal in predicted labels against true ones.

    Parameters
    ----------
    predicted, truth : Labels
        Labels of the same shape. The voxel size is the truth's, else the prediction's; where neither is known voxels
        are cubes of 1 µm, and only the figures in voxels mean something.

    Returns
    -------
    mapping of Material to SurfaceDistance

    Raises
    ------
    InputError
        The shapes differ.
    """
    size = truth.voxel_size_um or predicted.voxel_size_um or (1.0, 1.0, 1.0)
    return {material: surface_distance(predicted.data, truth.data, material, size) for material in SCORED}


def surface_distance(
    predicted: NDArray[np.uint8], truth: NDArray[np.uint8], material: int, voxel_size_um: float | ArrayLike
) -> SurfaceDistance:
    """Measure the surface of one class in predicted labels against the true one, in the box around both.

    Parameters
    ----------
    predicted, truth : ndarray of uint8, shape (z, y, x)
        Codes of classes.
    material : int
        Code of the class, such as ``Material.CRYSTAL``; of masks it is 1.
    voxel_size_um : float or (float, float, float)
        Voxel size (z, y, x), µm.

    Returns
    -------
    SurfaceDistance

    Raises
    ------
    InputError
        The shapes differ, or a voxel size that is not positive.
    """
    if predicted.shape != truth.shape:
        raise InputError(
            f"The prediction has shape {predicted.shape} and the reference {truth.shape} (z, y, x); "
            "surfaces are compared on the same grid."
        )
    size = checked_voxel_size(voxel_size_um)
    box = _box(predicted, truth, material)
    if box is None:
        return SurfaceDistance(np.zeros(0), np.zeros(0), size, (0, 0))
    found, true = (np.asarray(data[box] == material) for data in (predicted, truth))
    voxels = int(np.count_nonzero(found)), int(np.count_nonzero(true))
    surfaces = _Surface.of(found, true, size), _Surface.of(true, found, size)
    # Where the true surface runs inside the prediction, the predicted one lies outside of it.
    distances = [surfaces[0].distance_to(surfaces[1]), -surfaces[1].distance_to(surfaces[0])]
    areas = np.concatenate([surface.area_um2 for surface in surfaces])
    return SurfaceDistance(np.concatenate(distances), areas, size, voxels)


def _box(predicted: NDArray[np.uint8], truth: NDArray[np.uint8], material: int) -> Box | None:
    """Return the box around the class in both, one voxel wider where the volume is, or None."""
    boxes = [box for box in (box_of(data == material) for data in (predicted, truth)) if box is not None]
    if not boxes:
        return None
    return grown(joined(boxes[0], boxes[-1]), (1, 1, 1), predicted.shape)


@dataclass(frozen=True, eq=False)
class _Surface:
    """Faces between voxels of a class and others.

    ``middle_um``: (face, 3), from the middle of the first voxel; ``area_um2``: (face,); ``side``: (face,), 1 where the
    voxels at both sides of a face are outside of the other labels' class, -1 where both are inside, and 0 where the
    face is one of the other surface, too.
    """

    middle_um: NDArray[np.float64]
    area_um2: NDArray[np.float64]
    side: NDArray[np.int8]

    @classmethod
    def of(
        cls, mask: NDArray[np.bool_], other: NDArray[np.bool_], voxel_size_um: tuple[float, float, float]
    ) -> _Surface:
        middles, areas, sides = [], [], []
        for axis, step_um in enumerate(voxel_size_um):
            before: list[slice] = [slice(None)] * 3
            after = before.copy()
            before[axis], after[axis] = slice(None, -1), slice(1, None)
            near, far = tuple(before), tuple(after)
            at = np.nonzero(mask[near] != mask[far])
            middle = np.stack(at, axis=1) * np.asarray(voxel_size_um)
            middle[:, axis] += step_um / 2
            middles.append(middle)
            areas.append(np.full(len(middle), float(np.prod(voxel_size_um)) / step_um))
            sides.append((1 - other[near][at].astype(np.int8) - other[far][at].astype(np.int8)).astype(np.int8))
        return cls(np.concatenate(middles), np.concatenate(areas), np.concatenate(sides))

    def distance_to(self, other: _Surface) -> NDArray[np.float64]:
        """Distance to the other surface, (face,), µm, with the sign of ``side``; infinite where it has no faces."""
        from scipy.spatial import cKDTree

        distance = np.zeros(len(self.middle_um))
        apart = np.flatnonzero(self.side)
        if len(other.middle_um):
            tree = cKDTree(other.middle_um, compact_nodes=False, balanced_tree=False)
            # In pieces: neighbours in space are neighbours in memory, and the indices of all would cost as much again.
            for rows in np.array_split(apart, len(apart) // 2**20 + 1):
                distance[rows] = tree.query(self.middle_um[rows])[0]
        else:
            distance[apart] = inf
        signed: NDArray[np.float64] = np.where(self.side < 0, -distance, distance)
        return signed
