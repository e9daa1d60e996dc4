"""Volume statistics: what of a volume's look may be unlike what a network was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..grids.working_grid import WorkingGrid
from .noise_and_edges import edge_width, noise_of
from .patches import surface_patches
from .rings import ring_strength

SAMPLE_LEVEL = 0.5  # half way between air (0) and the middle of the sample (1)
CLEAR_VOXELS = 3
"""Voxels of the working grid from the sample's surface within which neither air nor sample is judged: fringes."""
_FEWEST_VOXELS = 200


@dataclass(frozen=True)
class VolumeStatistics:
    """What was measured in a volume: numbers that neither scale nor offset of its voxel values change.

    All but ``sample_voxels`` and the two *fine* ones are of the normalised working grid, the network's own view. What
    cannot be measured is NaN.

    Parameters
    ----------
    sample_voxels : float
        Longest side of the box about the sample, in the volume's own voxels.
    sample_share : float
        Share of the field that is brighter than half the sample's level.
    cut_off : float
        Share of the field's outer faces that such voxels take: 0 for a sample amid air, 1 where there is no air about.
    separation : float
        Share of the variance of the smoothed voxel values that lies between air and sample (Otsu, 1979).
    noise : float
        Standard deviation of the voxel values from voxel to voxel, in units of the sample's height above air; of air or
        of the sample's inside, whichever is noisier.
    rings : float
        Root mean square of the rings about the middle of the field, in the same units; noise is taken off.
    inner_contrast : float
        Span of the middle 90 % of the smoothed voxel values within the sample, in the same units.
    edge_voxels : float
        Width over which the sample's surface rises, in voxels of the working grid.
    change_along_z : float
        Mean change from slice to slice over that within slices; 0 for a stack of one slice.
    fine_noise, fine_edge_voxels : float
        Noise and width of the surface in some patches of the volume itself, in the volume's own voxels.
    """

    sample_voxels: float
    sample_share: float
    cut_off: float
    separation: float
    noise: float
    rings: float
    inner_contrast: float
    edge_voxels: float
    change_along_z: float
    fine_noise: float
    fine_edge_voxels: float

    @classmethod
    def of(cls, data: NDArray[Any], grid: WorkingGrid, voxel_values: NDArray[np.float32]) -> Self:
        """Measure a volume.

        Parameters
        ----------
        data : ndarray, shape (z, y, x)
            Voxel values of the volume, of any scale and offset; some patches of it are read.
        grid : WorkingGrid
            The working grid over it.
        voxel_values : ndarray of float32, shape ``grid.working_shape``
            Its normalised voxel values: air near 0, sample near 1, see
            :func:`~napari_crystalseg.segmentation.grids.normalisation.normalise`.

        Returns
        -------
        VolumeStatistics
        """
        from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

        smooth = gaussian_filter(voxel_values, 1.0)
        sample = smooth > SAMPLE_LEVEL
        air = ~binary_dilation(sample, iterations=CLEAR_VOXELS)
        inner = binary_erosion(sample, iterations=CLEAR_VOXELS, border_value=1)
        noises = [noise_of(voxel_values, mask) for mask in (air, inner) if np.count_nonzero(mask) >= _FEWEST_VOXELS]
        fine = surface_patches(data, grid, voxel_values, sample)
        return cls(
            sample_voxels=_longest_side(sample, grid),
            sample_share=float(sample.mean()),
            cut_off=_cut_off(sample),
            separation=_separation(smooth, sample),
            noise=max(noises, default=float("nan")),
            rings=ring_strength(voxel_values, air | inner),
            inner_contrast=_span(smooth[inner]),
            edge_voxels=edge_width(voxel_values, sample),
            change_along_z=_change_along_z(smooth, sample),
            fine_noise=_median([patch.noise for patch in fine]),
            fine_edge_voxels=_median([patch.edge_voxels for patch in fine]),
        )

    def to_dict(self) -> dict[str, float]:
        """Return the statistics that could be measured, by name."""
        return {name: float(value) for name, value in asdict(self).items() if np.isfinite(value)}

    @classmethod
    def from_dict(cls, record: Mapping[str, float]) -> Self:
        """Return the statistics of a record; NaN where it lacks one."""
        return cls(**{name: float(record.get(name, "nan")) for name in cls.__dataclass_fields__})


def _longest_side(sample: NDArray[np.bool_], grid: WorkingGrid) -> float:
    """Longest side of the box about a mask on the working grid, in voxels of the volume; NaN without a sample."""
    sides = []
    for axis, (own, working) in enumerate(zip(grid.shape, grid.working_shape, strict=True)):
        filled = np.flatnonzero(sample.any(axis=tuple(other for other in range(3) if other != axis)))
        if not filled.size:
            return float("nan")
        sides.append((filled[-1] + 1 - filled[0]) * own / working)
    return float(max(sides))


def _cut_off(sample: NDArray[np.bool_]) -> float:
    """Share of the outer faces that a mask takes; faces across an axis of one voxel are the volume itself, and do not
    count."""
    taken = voxels = 0
    for axis, length in enumerate(sample.shape):
        if length > 1:
            faces = np.take(sample, [0, -1], axis=axis)
            taken, voxels = taken + int(np.count_nonzero(faces)), voxels + faces.size
    return taken / voxels if voxels else float("nan")


def _separation(smooth: NDArray[np.float32], sample: NDArray[np.bool_]) -> float:
    share, variance = float(sample.mean()), float(smooth.var(dtype=np.float64))
    if not 0 < share < 1 or variance == 0:
        return 0.0
    step = float(smooth[sample].mean(dtype=np.float64) - smooth[~sample].mean(dtype=np.float64))
    return share * (1 - share) * step**2 / variance


def _span(values: NDArray[np.float32]) -> float:
    if values.size < _FEWEST_VOXELS:
        return float("nan")
    low, high = np.percentile(values, (5, 95))
    return float(high - low)


def _change_along_z(smooth: NDArray[np.float32], sample: NDArray[np.bool_]) -> float:
    """Mean absolute difference of neighbours along z, over the larger of those along y and x, about the sample."""
    if min(smooth.shape) < 2 or not sample.any():
        return float("nan")
    means = []
    for axis in range(3):
        values, mask = np.moveaxis(smooth, axis, 0), np.moveaxis(sample, axis, 0)
        near = mask[1:] | mask[:-1]
        means.append(float(np.abs(values[1:] - values[:-1])[near].mean(dtype=np.float64)))
    within = max(means[1:])
    return means[0] / within if within > 0 else float("nan")


def _median(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")
