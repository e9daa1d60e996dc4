"""BackgroundBlocks: the background of an image in blocks of pixels, without spots and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...io.diffraction_images import DiffractionImage

MOST_BLOCKS = 12000
_SMALLEST_SHARE = 0.3
_SPOT_SIGMA = 5.0
_MOST_UNITS = 10.0


@dataclass(frozen=True, eq=False)
class BackgroundBlocks:
    """Sums of the background over blocks of pixels.

    Parameters
    ----------
    position_px : ndarray, shape (n, 2)
        Mean place of the pixels that count, (fast, slow).
    counts : ndarray, shape (n,)
        Sum over them.
    pixels : ndarray, shape (n,)
        How many there are.
    grid : ndarray of int, shape (n, 2)
        Row and column of each block.
    size_px : int
        Side of a block.
    """

    position_px: NDArray[np.float64]
    counts: NDArray[np.float64]
    pixels: NDArray[np.float64]
    grid: NDArray[np.int64]
    size_px: int

    @classmethod
    def of(cls, image: DiffractionImage, most: int = MOST_BLOCKS) -> BackgroundBlocks:
        """Divide an image into blocks, at most ``most`` of them, with pixels in Bragg spots left out."""
        slow, fast = image.shape
        size = max(1, int(np.ceil(np.sqrt(slow * fast / most))))
        used = ~image.mask & ~bright_pixels(image, max(size, 8))
        return cls.of_pixels(image.counts / np.float32(_units_a_photon(image, used)), used, size)

    @classmethod
    def of_pixels(cls, counts: NDArray[np.float32], used: NDArray[np.bool_], size: int) -> BackgroundBlocks:
        """Divide counts (slow, fast) into blocks of ``size`` pixels; those that are not ``used`` do not count."""
        slow, fast = counts.shape
        rows, columns = -(-slow // size), -(-fast // size)
        weight = _padded(used.astype(np.float32), size)
        value = _padded(np.where(used, counts, 0), size)
        # Sums over the pixels of each block, and of their places.
        number = _block_sum(weight, size)
        # A dark image that was taken off leaves some sums below zero.
        total = np.maximum(_block_sum(value, size), 0)
        inside = np.arange(size) + 0.5
        weight4 = weight.reshape(rows, size, columns, size)
        across = np.einsum("rscf,f->rc", weight4, inside, optimize=True)
        down = np.einsum("rscf,s->rc", weight4, inside, optimize=True)
        keep = number >= max(_SMALLEST_SHARE * size * size, 1)
        row, column = np.nonzero(keep)
        pixels = number[keep].astype(float)
        position = np.column_stack([column * size + across[keep] / pixels, row * size + down[keep] / pixels])
        return cls(position, total[keep].astype(float), pixels, np.column_stack([row, column]), size)

    def __len__(self) -> int:
        return len(self.counts)

    def coarser(self, factor: int) -> BackgroundBlocks:
        """Return blocks of ``factor`` × ``factor`` of these."""
        grid = self.grid // factor
        width = int(grid[:, 1].max()) + 1 if len(grid) else 1
        key = grid[:, 0] * width + grid[:, 1]
        _, number = np.unique(key, return_inverse=True)
        pixels = np.bincount(number, self.pixels).astype(float)
        place = [np.bincount(number, self.position_px[:, axis] * self.pixels) / pixels for axis in (0, 1)]
        first = np.zeros((len(pixels), 2), dtype=np.int64)
        first[number] = grid
        return BackgroundBlocks(
            np.column_stack(place), np.bincount(number, self.counts).astype(float), pixels, first, self.size_px * factor
        )

    def chosen(self, keep: NDArray[np.bool_]) -> BackgroundBlocks:
        """Return those of the blocks."""
        return BackgroundBlocks(
            self.position_px[keep], self.counts[keep], self.pixels[keep], self.grid[keep], self.size_px
        )

    def neighbourhood_sum(self, values: NDArray[np.float64], reach: tuple[int, int]) -> NDArray[np.float64]:
        """Return, for each block, the sum of values over the blocks within ``reach`` rows and columns."""
        from scipy.ndimage import uniform_filter

        shape = self.grid.max(axis=0) + 1
        image = np.zeros(shape)
        image[self.grid[:, 0], self.grid[:, 1]] = values
        sides = (2 * reach[0] + 1, 2 * reach[1] + 1)
        summed = uniform_filter(image, sides, mode="constant") * sides[0] * sides[1]
        found: NDArray[np.float64] = summed[self.grid[:, 0], self.grid[:, 1]]
        return found


def _units_a_photon(image: DiffractionImage, used: NDArray[np.bool_]) -> float:
    """Values for each photon, by variance over mean in small squares; 1 for whole numbers that vary as counts do."""
    values = np.where(used, image.counts, 0)
    number, total, square = (_block_sum(_padded(part, 8), 8) for part in (used.astype(np.float32), values, values**2))
    mean = total / np.maximum(number, 1)
    spread = square / np.maximum(number, 1) - mean**2
    good = (number > 20) & (mean > 0) & (spread > 0)
    if not good.any():
        return 1.0
    units = float(np.median(spread[good] / mean[good]))
    some = image.counts[used][:10000]
    counted = bool((some == np.rint(some)).all()) and units < _MOST_UNITS
    return 1.0 if counted or not np.isfinite(units) or units <= 0 else units


def bright_pixels(image: DiffractionImage, size: int) -> NDArray[np.bool_]:
    """Return the pixels (slow, fast) that stand out of the background of their block: spots, rays, hot pixels."""
    used = ~image.mask
    counts = image.counts
    ceiling: NDArray[np.float32] | None = None
    bright = np.zeros(counts.shape, dtype=bool)
    for _ in range(3):
        keep = used if ceiling is None else used & ~bright
        weight = _block_sum(_padded(keep.astype(np.float32), size), size)
        value = _block_sum(_padded(np.where(keep, counts, 0), size), size)
        square = _block_sum(_padded(np.where(keep, counts, 0) ** 2, size), size)
        # A block and its neighbours, so that a spot does not fill what it is judged by.
        weight, value, square = (_of_neighbours(part) for part in (weight, value, square))
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(weight > 0, value / np.maximum(weight, 1), 0)
            spread = np.maximum(square / np.maximum(weight, 1) - mean**2, 0)
        # No narrower than counting allows; of images in other units than photons the spread itself tells.
        limit = mean + _SPOT_SIGMA * np.sqrt(np.maximum(spread, np.minimum(np.maximum(mean, 0), 1e9))) + 1
        ceiling = np.repeat(np.repeat(limit, size, axis=0), size, axis=1)[: counts.shape[0], : counts.shape[1]]
        bright = used & (counts > ceiling)
    from scipy.ndimage import binary_dilation

    return np.asarray(binary_dilation(bright, np.ones((3, 3), bool)))


def _padded(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    slow, fast = values.shape
    return np.pad(values, ((0, -slow % size), (0, -fast % size)))


def _block_sum(values: NDArray[np.float32], size: int) -> NDArray[np.float64]:
    rows, columns = values.shape[0] // size, values.shape[1] // size
    summed: NDArray[np.float64] = values.reshape(rows, size, columns, size).sum(axis=(1, 3), dtype=np.float64)
    return summed


def _of_neighbours(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.ndimage import uniform_filter

    return np.asarray(uniform_filter(values, 3, mode="nearest")) * 9
