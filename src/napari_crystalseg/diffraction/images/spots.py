"""Spots: photons about points of panels, drawn pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...checks import read_only
from ...errors import InputError
from ...experiment import Detector, Panel
from ..rotation.predicted import PredictedReflections

_LEAST_SIGMA_PX = 0.05
_WIDEST_PX = 60
_SIGMAS = 4.0
_STRETCHED = 1.25
_MOST_STEPS = 201


@dataclass(frozen=True, eq=False)
class Spots:
    """Photons on a detector, each spot a normal distribution over its panel.

    Parameters
    ----------
    panel : ndarray of int, shape (n,)
        Panel of each.
    position_px : ndarray of float64, shape (n, 2)
        Middle along (fast, slow), pixels.
    covariance_px2 : ndarray of float64, shape (n, 2, 2)
        Covariance along (fast, slow), pixels squared.
    photons : ndarray of float64, shape (n,)
        Photons of the whole spot on average.

    Raises
    ------
    InputError
        Columns of different length.
    """

    panel: NDArray[np.int64]
    position_px: NDArray[np.float64]
    covariance_px2: NDArray[np.float64]
    photons: NDArray[np.float64]

    def __post_init__(self) -> None:
        n = len(self.panel)
        for name, tail in (("position_px", (2,)), ("covariance_px2", (2, 2)), ("photons", ())):
            column = np.asarray(getattr(self, name), dtype=float)
            if column.shape != (n, *tail):
                raise InputError(f"The column '{name}' of spots has the shape {column.shape}, not {(n, *tail)}.")
            object.__setattr__(self, name, read_only(column))

    def __len__(self) -> int:
        return len(self.panel)


def spot_covariance(
    detector: Detector,
    predicted: PredictedReflections,
    spread_rad: NDArray[np.float64],
    source_direction: NDArray[np.float64],
    size_mm: float,
    point_spread_px: float = 0.0,
) -> NDArray[np.float64]:
    """Return the covariances of spots, from the directions of their photons, the size of the crystal and the sensor.

    Parameters
    ----------
    detector : Detector
        The detector.
    predicted : PredictedReflections
        Reflections that meet panels.
    spread_rad : ndarray, shape (n, 2)
        Standard deviations of the directions, away from the beam and across, radians.
    source_direction : ndarray, shape (3,)
        From the sample to the source.
    size_mm : float
        Standard deviation of where in the crystal photons come from, mm.
    point_spread_px : float
        Standard deviation of the detector's point spread, pixels.

    Returns
    -------
    ndarray of float64, shape (n, 2, 2)
        Along (fast, slow), pixels squared; 0 for those that meet no panel.
    """
    covariance = np.zeros((len(predicted), 2, 2))
    beams = predicted.s1 / np.linalg.norm(predicted.s1, axis=1, keepdims=True)
    across = np.cross(-np.asarray(source_direction), beams)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    outward = np.cross(across, beams)
    for number, panel in enumerate(detector.panels):
        rows = np.flatnonzero(predicted.panel == number)
        if not rows.size:
            continue
        beam = beams[rows]
        total = np.zeros((len(rows), 2, 2))
        for direction, spread in ((outward[rows], spread_rad[rows, 0]), (across[rows], spread_rad[rows, 1])):
            step = _step(panel, beam, direction) * spread[:, np.newaxis]
            total += step[:, :, np.newaxis] * step[:, np.newaxis, :]
        # A parallel bundle as wide as the crystal meets the panel aslant.
        for direction in (outward[rows], across[rows]):
            toward = beam @ panel.normal
            foot = direction - (direction @ panel.normal / toward)[:, np.newaxis] * beam
            step = np.column_stack([foot @ panel.fast, foot @ panel.slow]) / panel.pixel_size_mm * size_mm
            total += step[:, :, np.newaxis] * step[:, np.newaxis, :]
        deep = panel.parallax_spread_mm(beam) / panel.pixel_size_mm
        total += deep[:, :, np.newaxis] * deep[:, np.newaxis, :]
        covariance[rows] = total + np.eye(2) * point_spread_px**2
    return covariance


def draw_spots(shapes: tuple[tuple[int, int], ...], spots: Spots) -> tuple[NDArray[np.float32], ...]:
    """Draw spots on empty panels.

    Parameters
    ----------
    shapes : tuple of (int, int)
        Pixels of each panel along (slow, fast).
    spots : Spots
        Of which those without photons, or on no panel, are left out.

    Returns
    -------
    tuple of ndarray of float32, shape (slow, fast)
        Photons in each pixel on average: integrals over the pixels, which for a spot that lies wholly on its panel add
        up to its photons. Spots are cut at four standard deviations.
    """
    panels = []
    for number, shape in enumerate(shapes):
        rows = np.flatnonzero((spots.panel == number) & (spots.photons > 0))
        panels.append(_draw(shape, spots.position_px[rows], spots.covariance_px2[rows], spots.photons[rows]))
    return tuple(panels)


def _step(panel: Panel, beam: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how many pixels a spot moves for a turn of its beam by a radian towards a direction."""
    small = 1e-5
    difference = panel.meets(beam + small * direction) - panel.meets(beam - small * direction)
    moved: NDArray[np.float64] = np.nan_to_num(difference) / (2 * small) / panel.pixel_size_mm
    return moved


def _draw(
    shape: tuple[int, int],
    position: NDArray[np.float64],
    covariance: NDArray[np.float64],
    photons: NDArray[np.float64],
) -> NDArray[np.float32]:
    total = np.zeros(shape[0] * shape[1], dtype=np.float64)
    if len(position):
        position, sigma, photons = _round(position, covariance, photons)
        # Boxes of a few sizes, so that small spots, which are most, cost little.
        half = np.ceil(_SIGMAS * sigma + 0.5).astype(int)
        half = np.minimum(np.where(half <= 2, 2, np.where(half <= 4, 4, np.where(half <= 8, 8, half))), _WIDEST_PX)
        for size in np.unique(half):
            rows = np.flatnonzero(half == size)
            for some in np.array_split(rows, max(1, len(rows) * (2 * size + 1) ** 2 // 2_000_000)):
                _add(total, shape, position[some], sigma[some], photons[some], int(size))
    return total.reshape(shape).astype(np.float32)


def _add(
    total: NDArray[np.float64],
    shape: tuple[int, int],
    position: NDArray[np.float64],
    sigma: NDArray[np.float64],
    photons: NDArray[np.float64],
    half: int,
) -> None:
    """Add round spots to pixels in boxes of 2 half + 1."""
    from scipy.special import ndtr

    first = np.floor(position).astype(np.int64) - half
    offset = np.arange(2 * half + 2)
    edges = first[:, :, np.newaxis] + offset - position[:, :, np.newaxis]
    part = np.diff(ndtr(edges / sigma[:, np.newaxis, np.newaxis]), axis=2)
    part /= part.sum(axis=2, keepdims=True)
    weight = part[:, 1, :, np.newaxis] * part[:, 0, np.newaxis, :] * photons[:, np.newaxis, np.newaxis]
    fast, slow = first[:, 0, np.newaxis] + offset[:-1], first[:, 1, np.newaxis] + offset[:-1]
    inside = ((slow >= 0) & (slow < shape[0]))[:, :, np.newaxis] & ((fast >= 0) & (fast < shape[1]))[:, np.newaxis, :]
    pixel = slow[:, :, np.newaxis] * shape[1] + fast[:, np.newaxis, :]
    np.add.at(total, pixel[inside], weight[inside])


def _round(
    position: NDArray[np.float64], covariance: NDArray[np.float64], photons: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Spots as sums of round ones: a streak is a row of them."""
    values, vectors = np.linalg.eigh(covariance)
    sigma = np.sqrt(np.maximum(values, _LEAST_SIGMA_PX**2))
    long = sigma[:, 1] > _STRETCHED * sigma[:, 0]
    plain = ~long
    places = [position[plain]]
    widths = [np.sqrt(sigma[plain, 0] * sigma[plain, 1])]
    weights = [photons[plain]]
    extra = np.sqrt(np.maximum(sigma[:, 1] ** 2 - sigma[:, 0] ** 2, 0))
    steps = np.minimum(2 * np.ceil(3.5 * extra / (1.3 * sigma[:, 0])).astype(int) + 1, _MOST_STEPS)
    for count in np.unique(steps[long]):
        rows = np.flatnonzero(long & (steps == count))
        place = np.linspace(-3.5, 3.5, count) if count > 1 else np.zeros(1)
        weight = np.exp(-(place**2) / 2)
        weight /= weight.sum()
        # As spread as it should be, in spite of few steps.
        place /= np.sqrt((weight * place**2).sum())
        along = place[:, np.newaxis, np.newaxis] * (extra[rows, np.newaxis] * vectors[rows, :, 1])
        places.append((position[rows] + along).reshape(-1, 2))
        widths.append(np.tile(sigma[rows, 0], count))
        weights.append((weight[:, np.newaxis] * photons[rows]).ravel())
    return np.concatenate(places), np.concatenate(widths), np.concatenate(weights)
