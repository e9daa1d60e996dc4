"""Single slices drawn from cases and varied, as :mod:`.augmentation` does with whole samples.

A slice is a volume of one slice, so that voxel values are varied by the same means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

from ...draws import log_uniform
from ...labels import Material
from ..grids.normalisation import normalise
from .augmentation import Patch, vary_voxel_values

if TYPE_CHECKING:
    from .dataset import TrainingCase

_EMPTY_SHARE = 0.04  # of the slices that may hold no sample
_CRYSTAL_SHARE = 0.6  # of the slices that hold crystal, if the case does
_FARTHEST_SHIFT = 0.1  # of the field's edge
_FEWEST_PIXELS = 16  # along an edge
_OWN_LEVELS = 0.7  # probability that a slice is normalised by itself, not with its volume


def draw_slice(rng: np.random.Generator, case: TrainingCase, longest: int, plainness: float = 0.0) -> Patch:
    """Draw one varied slice across the rotation axis, in which rings and streaks lie.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    case : Case
        Where it is drawn from.
    longest : int
        Most pixels along its edges.
    plainness : float
        Probability that crystal and mount are given a contrast to the liquor that nobody could miss.

    Returns
    -------
    voxel_values : ndarray of float32, shape (1, y, x)
    labels : ndarray of uint8, shape (1, y, x)
    """
    labels = np.asarray(case.labels)
    # A mount goes through many slices that a crystal does not reach.
    wanted = labels == Material.CRYSTAL if rng.random() < _CRYSTAL_SHARE else labels > 0
    filled = np.flatnonzero(wanted.any(axis=(1, 2)))
    anywhere = not filled.size or rng.random() < _EMPTY_SHARE
    place = int(rng.integers(len(labels)) if anywhere else filled[rng.integers(len(filled))])
    voxel_values, codes = np.asarray(case.voxel_values[place], dtype=np.float32), labels[place]
    if rng.random() < _OWN_LEVELS and voxel_values.max() > voxel_values.min():
        voxel_values = normalise(voxel_values[None])[0]
    voxel_values, codes = _turned_and_scaled(rng, voxel_values, codes, longest)
    voxel_values, codes = turned_about(rng, voxel_values[None], codes[None])
    return vary_voxel_values(rng, voxel_values, codes, plainness), codes


def turned_about(rng: np.random.Generator, voxel_values: NDArray[np.float32], labels: NDArray[np.uint8]) -> Patch:
    """Turn a slice of shape (1, y, x) by any number of right angles, and mirror it or not."""
    turns, mirrored = int(rng.integers(4)), rng.random() < 0.5

    def laid(values: NDArray[Any]) -> NDArray[Any]:
        turned = np.rot90(values, turns, (1, 2))
        return np.ascontiguousarray(turned[..., ::-1] if mirrored else turned)

    return laid(voxel_values), laid(labels)


def _turned_and_scaled(
    rng: np.random.Generator, voxel_values: NDArray[np.float32], labels: NDArray[np.uint8], longest: int
) -> Patch:
    """Magnify by 0.7 to 1.6, turn by any angle half of the time, and look at a field of any shape."""
    magnification = log_uniform(rng, 0.7, 1.6)
    angle = rng.uniform(-np.pi, np.pi) if rng.random() < 0.5 else 0.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # A field shorter than the sample cuts it off.
    shares = rng.uniform(0.5, 1.0, 2) if rng.random() < 0.4 else np.ones(2)
    lengths = np.array(voxel_values.shape) * magnification * shares
    shape = tuple(int(min(max(_FEWEST_PIXELS, length), longest)) for length in lengths)
    matrix = turn / magnification
    centre = (np.array(voxel_values.shape) - 1) / 2 + rng.uniform(
        -_FARTHEST_SHIFT, _FARTHEST_SHIFT, 2
    ) * voxel_values.shape
    offset = centre - matrix @ ((np.array(shape) - 1) / 2)
    # Beyond the field its outermost pixels go on.
    turned = affine_transform(voxel_values, matrix, offset, shape, order=1, mode="nearest")
    return turned, affine_transform(labels, matrix, offset, shape, order=0, mode="nearest")
