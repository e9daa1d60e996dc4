"""Changes of a micrograph that leave its class as it is: the light, the colours, the sharpness, how it lies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def augmented(square: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Change an image at random.

    Flips and quarter turns; at times a small turn with a change of scale, gamma, brightness, contrast, colours or none
    at all, blur, noise, and contrast equalised in tiles (CLAHE).

    Parameters
    ----------
    square : ndarray of uint8, shape (size, size, 3)
        A prepared image.
    rng : numpy.random.Generator
        Source of the changes.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
    """
    import cv2

    changed = np.rot90(square, int(rng.integers(4)))
    if rng.random() < 0.5:
        changed = changed[:, ::-1]
    if rng.random() < 0.3:
        changed = _turned(changed, rng)
    if rng.random() < 0.15:
        changed = _equalised(changed, rng)
    values: NDArray[Any] = changed.astype(np.float32)
    if rng.random() < 0.15:
        values = cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.15:
        values = np.repeat(values.mean(axis=2, keepdims=True), 3, axis=2)
    elif rng.random() < 0.3:
        values = values * rng.uniform(0.82, 1.18, 3).astype(np.float32)
    if rng.random() < 0.35:
        values = 255 * (np.clip(values, 0, 255) / 255) ** np.float32(np.exp(rng.normal(0, 0.3)))
    if rng.random() < 0.5:
        mean = float(values.mean())
        values = (values - mean) * np.float32(rng.uniform(0.7, 1.3)) + np.float32(mean + rng.uniform(-25, 25))
    if rng.random() < 0.2:
        values = values + rng.normal(0, rng.uniform(1, 8), values.shape).astype(np.float32)
    kept: NDArray[np.uint8] = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return kept


def _turned(square: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    import cv2

    size = square.shape[0]
    matrix = cv2.getRotationMatrix2D(((size - 1) / 2,) * 2, float(rng.uniform(-20, 20)), float(rng.uniform(0.85, 1.2)))
    matrix[:, 2] += rng.uniform(-0.06, 0.06, 2) * size
    return np.asarray(cv2.warpAffine(np.ascontiguousarray(square), matrix, (size, size), flags=cv2.INTER_LINEAR))


def _equalised(square: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    import cv2

    tiles = int(rng.integers(2, 9))
    colours = cv2.cvtColor(np.ascontiguousarray(square), cv2.COLOR_RGB2LAB)
    clip = cv2.createCLAHE(float(rng.uniform(1, 3)), (tiles, tiles))
    colours[..., 0] = clip.apply(np.ascontiguousarray(colours[..., 0]))
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_LAB2RGB))
