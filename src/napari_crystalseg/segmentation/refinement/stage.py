"""Stages: what is known of a volume's classes on one grid, to be read in boxes of the next."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..grids.class_probabilities import ClassProbabilities
from .band import CORE_VOXELS, block_counts
from .resampling import Corner, resampled

_FULL = 255


class Stage(Protocol):
    """What is known of the classes on one grid."""

    @property
    def labels(self) -> NDArray[np.uint8]:
        """Number of the most probable class, (z, y, x)."""

    @property
    def certainty(self) -> NDArray[np.uint8]:
        """Its probability in units of 1/255, (z, y, x)."""

    def probabilities(self, onto: tuple[int, int, int], low: Corner, high: Corner) -> NDArray[np.float32]:
        """Probability of each class in a box of another grid, (class, z, y, x)."""


class CoarseStage:
    """What the network of the whole sample says, on its working grids.

    Parameters
    ----------
    found : ClassProbabilities
        On the working grids; what several say is averaged.
    codes : tuple of int
        Its classes, in the order that they are numbered in here.
    """

    def __init__(self, found: ClassProbabilities, codes: tuple[int, ...]) -> None:
        self._found = found
        order = [found.codes.index(code) for code in codes]
        self._values = [values[order] for values in found.probabilities]
        finest = max(found.grids, key=lambda grid: max(grid.working_shape)).working_shape
        dense = self.probabilities(finest, (0, 0, 0), finest)
        self.labels: NDArray[np.uint8] = dense.argmax(0).astype(np.uint8)
        self.certainty: NDArray[np.uint8] = _in_bytes(dense.max(0))

    def probabilities(self, onto: tuple[int, int, int], low: Corner, high: Corner) -> NDArray[np.float32]:
        """As :meth:`Stage.probabilities`."""
        each = [
            resampled(lambda lo, hi, values=values: values[_box(lo, hi)], grid.working_shape, onto, low, high)  # type: ignore[misc]
            for grid, values in zip(self._found.grids, self._values, strict=True)
        ]
        return each[0] if len(each) == 1 else np.asarray(sum(each) / np.float32(len(each)), dtype=np.float32)


class BlockStage:
    """A level in work: bytes for every voxel, and all probabilities in the blocks that were visited only.

    Parameters
    ----------
    before : Stage
        What it begins with: the nearest voxel's.
    shape : (int, int, int)
        Voxels of the level.
    classes : int
        Number of classes.
    """

    def __init__(self, before: Stage, shape: tuple[int, int, int], classes: int) -> None:
        self.shape, self._classes = shape, classes
        self.labels, self.certainty = _nearest(before.labels, shape), _nearest(before.certainty, shape)
        self.visited: NDArray[np.bool_] = np.zeros(block_counts(shape), dtype=bool)
        self._kept: dict[Corner, NDArray[np.uint8]] = {}

    def put(self, block: Corner, probabilities: NDArray[np.float32]) -> None:
        """Take in what was found in a block.

        Parameters
        ----------
        block : (int, int, int)
            Its number along each axis.
        probabilities : ndarray of float32, shape (class, z, y, x)
            Of its voxels; those beyond the level are dropped.
        """
        low = tuple(CORE_VOXELS * number for number in block)
        box = tuple(
            slice(first, min(first + CORE_VOXELS, length)) for first, length in zip(low, self.shape, strict=True)
        )
        inside = probabilities[:, *(slice(0, side.stop - side.start) for side in box)]
        self.labels[box] = inside.argmax(0)
        self.certainty[box] = _in_bytes(inside.max(0))
        self._kept[block] = _in_bytes(inside)
        self.visited[block] = True

    def probabilities(self, onto: tuple[int, int, int], low: Corner, high: Corner) -> NDArray[np.float32]:
        """As :meth:`Stage.probabilities`; where no block was visited the other classes share what is left."""
        return resampled(self._read, self.shape, onto, low, high)

    def paste(self, into: NDArray[np.float32], low: Corner) -> None:
        """Put what was found in visited blocks into a box of the level, (class, z, y, x), that begins at ``low``."""
        high = tuple(first + length for first, length in zip(low, into.shape[1:], strict=True))
        ranges = [
            range(max(first, 0) // CORE_VOXELS, -(-min(last, length) // CORE_VOXELS))
            for first, last, length in zip(low, high, self.shape, strict=True)
        ]
        for z in ranges[0]:
            for y in ranges[1]:
                for x in ranges[2]:
                    if (kept := self._kept.get((z, y, x))) is not None:
                        _overlay(into, low, kept, (z * CORE_VOXELS, y * CORE_VOXELS, x * CORE_VOXELS))

    def _read(self, low: Corner, high: Corner) -> NDArray[np.float32]:
        box = _box(low, high)[1:]
        labels, certainty = self.labels[box], self.certainty[box].astype(np.float32) / np.float32(_FULL)
        rest = (1 - certainty) / np.float32(self._classes - 1)
        found = np.where(np.arange(self._classes)[:, None, None, None] == labels, certainty, rest)
        self.paste(found, low)
        return found


def _overlay(into: NDArray[np.float32], low: Corner, kept: NDArray[np.uint8], at: Corner) -> None:
    target, source = [], []
    for first, length, start, count in zip(low, into.shape[1:], at, kept.shape[1:], strict=True):
        begin, end = max(first, start), min(first + length, start + count)
        target.append(slice(begin - first, end - first))
        source.append(slice(begin - start, end - start))
    into[:, *target] = kept[:, *source].astype(np.float32) / np.float32(_FULL)


def _in_bytes(probabilities: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(probabilities * np.float32(_FULL) + np.float32(0.5)).astype(np.uint8)


def _nearest(values: NDArray[np.uint8], shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Bring bytes to another grid over the same field, slice by slice."""
    if values.shape == shape:
        return values.copy()
    z, y, x = (
        np.minimum(((np.arange(onto) + 0.5) * count / onto).astype(int), count - 1)
        for count, onto in zip(values.shape, shape, strict=True)
    )
    found = np.empty(shape, dtype=np.uint8)
    for number, source in enumerate(z):
        if number and source == z[number - 1]:
            found[number] = found[number - 1]
        else:
            found[number] = values[source][y][:, x]
    return found


def _box(low: Corner, high: Corner) -> tuple[slice, ...]:
    """Index of a box in an array (class, z, y, x)."""
    return (slice(None), *(slice(first, last) for first, last in zip(low, high, strict=True)))
