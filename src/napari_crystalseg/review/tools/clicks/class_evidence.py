"""How well each voxel of a box fits each class, by what the classes look like there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ....errors import InputError
from ....labels import Material
from .click import Click

_BINS = 64
_FEWEST = 30
_FLOOR = 1e-4
_CLICK_WEIGHT = 0.5
_AGAINST = 1.5
"""Logarithm of how much likelier what a click denies must be before the click says nothing of its surroundings."""
_CONTRADICTED = 0.3
"""The same for all of the region that a click would take."""
_ALIKE = 0.75
_CLEAR = 8.0
"""Contrast over noise from which on voxels need no smoothing."""


@dataclass(frozen=True, eq=False)
class ClassEvidence:
    """Logarithms of likelihoods.

    Parameters
    ----------
    scores : ndarray of float32, shape (class, z, y, x)
        One for each code 0 to 4; very low for classes that nothing is known of.
    against : tuple of bool
        Of each click, whether its place looks far more like what the click denies. Nothing is learnt from it.
    labelled : ndarray of float32, shape (class, bin)
        Logarithm of the likelihood of each bin of voxel values by the labels alone; NaN for classes without any.
    index : ndarray of uint8, shape (z, y, x)
        Bin of each voxel.
    """

    scores: NDArray[np.float32]
    against: tuple[bool, ...]
    labelled: NDArray[np.float32]
    index: NDArray[np.uint8]

    @classmethod
    def of(
        cls,
        values: NDArray[np.float32],
        labels: NDArray[np.uint8],
        clicks: Sequence[Click],
        box: Box,
        shape: tuple[int, int, int],
        voxel_size_um: tuple[float, float, float],
        probabilities: NDArray[np.floating] | None = None,
        against: tuple[bool, ...] = (),
    ) -> ClassEvidence:
        """Learn the classes of a box from its labels and the clicks, and hold every voxel against them.

        Values are smoothed no more than their noise asks for, against the contrast at the first click.

        Parameters
        ----------
        values : ndarray of float32, shape of the box
            Voxel values.
        labels : ndarray of uint8, shape of the box
            Labels so far, which may be wrong in part.
        clicks : sequence of Click
            Places of the whole volume, within the box.
        box : (slice, slice, slice)
            Where the arrays lie.
        shape : (int, int, int)
            Shape of the whole volume.
        voxel_size_um : (float, float, float)
            Along (z, y, x), µm.
        probabilities : ndarray of float, shape (class, z', y', x'), optional
            By a network, on any grid over the whole field.
        against : tuple of bool
            What was found of the first of the clicks before.

        Raises
        ------
        InputError
            Not one set of probabilities for each code.
        """
        from scipy.ndimage import gaussian_filter

        seeds = [(click, _seed_voxels(click, box, values.shape, voxel_size_um)) for click in clicks]
        width = _width(values, labels, seeds)
        finest = min(voxel_size_um)
        sigmas = [width * finest / size for size in voxel_size_um]
        smooth = gaussian_filter(values, sigmas) if width else values
        index = _bins(smooth, [place for _, place in seeds])
        known = _densities(index, labels)
        against += tuple(_against(click, index[place], known) for click, place in seeds[len(against) :])
        told = [(click, index[place]) for (click, place), doubted in zip(seeds, against, strict=True) if not doubted]
        scores = _log_likelihoods(known, told)[:, index]
        if width:
            scores = np.stack([gaussian_filter(score, sigmas) for score in scores])
        if probabilities is not None:
            scores = scores + np.log(_in_box(probabilities, box, shape) + np.float32(0.02))
        labelled = np.full((len(Material), _BINS), np.nan, dtype=np.float32)
        for code, density in known.items():
            labelled[code] = np.log(density + _FLOOR)
        return cls(scores.astype(np.float32), against, labelled, index)

    def alike(self, label: int, other: int) -> bool:
        """Whether values cannot tell two classes apart (coefficient of Bhattacharyya 1943); other codes are apart."""
        if max(label, other) >= len(Material):
            return False
        overlap = np.exp(0.5 * (self.labelled[label] + self.labelled[other])).sum()
        return bool(overlap > _ALIKE)

    def contradicts(self, region: NDArray[np.bool_], labels: NDArray[np.uint8], click: Click) -> bool:
        """Whether a region looks, by the labels alone, like what they say and not like what a click makes of it."""
        if not region.any():
            return False
        seen = np.bincount(self.index[region], minlength=_BINS) / np.count_nonzero(region)
        like = self.labelled @ seen
        # Codes of no class, which look like nothing that is known, are left out.
        present = np.bincount(labels[region], minlength=len(Material))[: len(Material)] / np.count_nonzero(region)
        rest = np.arange(len(Material)) != click.label
        if np.isnan(like[click.label]):
            return False
        if click.here:
            told = present * rest
            told /= max(told.sum(), 1e-9)
            other = float(np.nansum(told * np.nan_to_num(like, nan=np.log(_FLOOR))))
            return other - float(like[click.label]) > _CONTRADICTED
        if np.isnan(like[rest]).all():
            return False
        return float(like[click.label]) - float(np.nanmax(like[rest])) > _CONTRADICTED


def _seed_voxels(
    click: Click, box: Box, shape: tuple[int, ...], voxel: tuple[float, float, float]
) -> tuple[slice, slice, slice]:
    """The box of three of the finest voxels' side about a click."""
    z, y, x = (
        slice(max(0, index - side.start - round(min(voxel) / size)), index - side.start + round(min(voxel) / size) + 1)
        for index, side, size in zip(click.place, box, voxel, strict=True)
    )
    return z, y, x


def _width(
    values: NDArray[np.float32],
    labels: NDArray[np.uint8],
    seeds: Sequence[tuple[Click, tuple[slice, slice, slice]]],
) -> float:
    """Width of the Gaussian, in the finest voxels, that brings the contrast at the first click to where it is clear."""
    steps = [np.abs(np.diff(values, axis=axis)).ravel() for axis in range(3) if values.shape[axis] > 1]
    noise = 1.4826 * float(np.median(np.concatenate(steps))) / np.sqrt(2) if steps else 0.0
    _, place = seeds[0]
    own = float(np.median(values[place]))
    levels = [
        float(np.median(values[labels == code]))
        for code in range(len(Material))
        if np.count_nonzero(labels == code) >= _FEWEST
    ]
    away = [abs(level - own) for level in levels if abs(level - own) > noise]
    contrast = min(away) if away else noise
    if noise <= 0 or contrast > _CLEAR * noise:
        return 0.0
    # White noise falls with width ** 1.5, by 5.9 at one voxel (1 / (2 sqrt(pi) width) along each axis).
    return float(np.clip((_CLEAR * noise / contrast / 5.9) ** (1 / 1.5), 0.7, 1.5))


def _bins(smooth: NDArray[np.float32], places: Sequence[tuple[slice, slice, slice]]) -> NDArray[np.uint8]:
    """Bin of each voxel; the outermost few share the end bins, those of clicks do not."""
    low, high = (float(value) for value in np.percentile(smooth, (0.2, 99.8)))
    own = [smooth[place] for place in places]
    low, high = min(low, *(float(part.min()) for part in own)), max(high, *(float(part.max()) for part in own))
    scale = (_BINS - 1) / (high - low) if high > low else 0.0
    return ((smooth - np.float32(low)) * np.float32(scale) + np.float32(0.5)).clip(0, _BINS - 1).astype(np.uint8)


def _density(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter1d

    spread = gaussian_filter1d(counts.astype(np.float64), 1.5, mode="nearest")
    return np.asarray(spread / spread.sum())


def _counts(seen: Sequence[NDArray[np.uint8]]) -> NDArray[np.int64]:
    """How often each bin was seen about some clicks."""
    return np.bincount(np.concatenate([one.ravel() for one in seen]), minlength=_BINS)


def _densities(index: NDArray[np.uint8], labels: NDArray[np.uint8]) -> dict[int, NDArray[np.float64]]:
    """What each class looks like where it is labelled, for classes with enough voxels."""
    # Codes that are no class are counted together, behind the classes.
    codes = np.minimum(labels.ravel(), len(Material)).astype(np.int64)
    joint = np.bincount(index.ravel() + codes * _BINS, minlength=(len(Material) + 1) * _BINS).reshape(-1, _BINS)
    return {code: _density(joint[code]) for code in range(len(Material)) if joint[code].sum() >= _FEWEST}


def _against(click: Click, seen: NDArray[np.uint8], known: dict[int, NDArray[np.float64]]) -> bool:
    """Whether what a click claims is a class whose looks are known, and the place looks far more like another."""
    if click.label not in known or len(known) < 2:
        return False
    like = {code: float(np.log(density + _FLOOR)[seen].mean()) for code, density in known.items()}
    label = like.pop(click.label)
    other = max(like.values())
    return (other - label if click.here else label - other) > _AGAINST


def _log_likelihoods(
    known: dict[int, NDArray[np.float64]], told: Sequence[tuple[Click, NDArray[np.uint8]]]
) -> NDArray[np.float32]:
    """Logarithm of the likelihood of each bin, shape (class, bin), by labels and by clicks with the bins about them."""
    found = np.full((len(Material), _BINS), -30.0)
    for code in range(len(Material)):
        looks = known.get(code)
        here = [seen for click, seen in told if click.here and click.label == code]
        not_here = [seen for click, seen in told if click.here != (click.label == code)]
        if looks is not None and not_here:
            # What a click says is something else was counted here by mistake: take out all that looks like it.
            like = _density(_counts(not_here))
            looks = looks * (1 - like / like.max()) + 1e-9
            looks = looks / looks.sum()
        if here:
            clicked = _density(_counts(here))
            looks = clicked if looks is None else (1 - _CLICK_WEIGHT) * looks + _CLICK_WEIGHT * clicked
        if looks is not None:
            found[code] = np.log(looks + _FLOOR)
    return found.astype(np.float32)


def _in_box(probabilities: NDArray[np.floating], box: Box, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Interpolate probabilities over the whole field linearly to the voxels of a box."""
    from scipy.ndimage import map_coordinates

    if probabilities.ndim != 4 or len(probabilities) != len(Material):
        raise InputError(
            f"Probabilities need the shape ({len(Material)}, z, y, x), one for each class, not {probabilities.shape}."
        )
    sides = [
        (np.arange(side.start, side.stop) + 0.5) * count / length - 0.5
        for side, count, length in zip(box, probabilities.shape[1:], shape, strict=True)
    ]
    places = np.meshgrid(*sides, indexing="ij")
    return np.stack(
        [map_coordinates(np.asarray(one, dtype=np.float32), places, order=1, mode="nearest") for one in probabilities]
    )
