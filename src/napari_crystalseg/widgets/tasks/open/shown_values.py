"""Voxel values as they are shown: which are usual, and some of them in place of all; without Qt."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Enough for a histogram and for contrast.
_VALUES = 100_000
_PICTURE_PX = 400


def picture_of(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Thin out an image to the size of a small picture, its usual voxel values from black to white."""
    steps = tuple(slice(None, None, max(1, length // _PICTURE_PX)) for length in image.shape)
    few = np.asarray(image[steps], dtype=np.float32)
    few = np.nan_to_num(few, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = (float(value) for value in np.percentile(few, (0.5, 99.5)))
    return np.asarray(np.clip((few - low) / max(high - low, 1e-12) * 255, 0, 255), dtype=np.uint8)


def display_range(values: NDArray[np.floating]) -> tuple[float, float]:
    """Range of nearly all voxel values."""
    low, high = (float(value) for value in np.percentile(values, (0.5, 99.8)))
    return low, high


def distinct_limits(low: float, high: float) -> tuple[float, float]:
    """Voxel values to show as black and white, which must differ."""
    return low, high if high > low else low + 1.0


def sampled_values(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Some of the voxel values within the circle that every projection sees."""
    size = image.shape[-1]
    step = max(1, round((image.size / _VALUES) ** (1 / image.ndim)))
    away = np.arange(0, size, step) - (size - 1) / 2
    inside = away[:, np.newaxis] ** 2 + away**2 <= (size / 2) ** 2
    return np.asarray(image[(slice(None, None, step),) * image.ndim][..., inside]).reshape(-1)
