"""PooledImage: what networks see of an image."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..spots import usable_pixels

SHAPE = (135, 129)
"""An Eiger 4M by 16 along either side."""

EVEN_SHAPE = (27, 26)

FLOOR = 0.05
"""Of the mean, added before logarithms are taken: parts of an image at low flux may be empty."""


def pooled_image(image: ArrayLike, mask: ArrayLike | None = None) -> NDArray[np.float32]:
    """Return the largest value in each part of an image, its square root, with mean 0 and standard deviation 1.

    Parameters
    ----------
    image : array_like, shape (slow, fast)
        Counts.
    mask : array_like of bool, shape (slow, fast), or None
        True where a pixel is not to be used.

    Returns
    -------
    ndarray of float32, shape (135, 129)
        Brightness as such is not in it: only how it is spread.
    """
    import torch

    values = np.where(usable_pixels(image, mask), np.asarray(image), 0).astype(np.float32)
    pooled = torch.nn.functional.adaptive_max_pool2d(torch.from_numpy(np.maximum(values, 0))[None], SHAPE)[0].sqrt()
    spread = float(pooled.std())
    result: NDArray[np.float32] = ((pooled - pooled.mean()) / (spread if spread > 0 else 1.0)).numpy()
    return result


def even_image(
    image: ArrayLike, mask: ArrayLike | None = None, shape: tuple[int, int] = EVEN_SHAPE
) -> NDArray[np.float32]:
    """Return the mean of the usable pixels in each part of an image over the mean of all, 1 where there are none.

    Parameters
    ----------
    image, mask
        As for :func:`pooled_image`.
    shape : (int, int)
        Parts along (slow, fast).

    Returns
    -------
    ndarray of float32, shape as asked for
    """
    usable = usable_pixels(image, mask)
    values = np.where(usable, np.asarray(image), 0).astype(np.float64)
    edges = [
        np.linspace(0, length, number + 1).astype(int)[:-1] for length, number in zip(usable.shape, shape, strict=True)
    ]
    # A spot does not weigh more than what is around it.
    bound = 8 * values[usable].mean() + 4 if usable.any() else 0.0
    sums, number = (
        np.add.reduceat(np.add.reduceat(part, edges[0], axis=0), edges[1], axis=1)
        for part in (np.minimum(values, bound), usable.astype(np.float64))
    )
    mean = sums.sum() / max(number.sum(), 1)
    result: NDArray[np.float32] = np.where(number > 0, sums / np.maximum(number, 1) / max(mean, 1e-12), 1).astype(
        np.float32
    )
    return result


def even_features(even: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what linear models see of even images, shape (..., slow, fast): logarithms, shape (..., feature)."""
    return np.log(even.reshape(*even.shape[:-2], -1).astype(np.float64) + FLOOR)
