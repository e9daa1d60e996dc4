"""Classes of voxels that a random walk reaches: from strokes, and from voxels that are sure, but not over edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, silent
from .threads import in_threads

_SWEEPS = (12, 24, 60)
"""Gauss-Seidel steps on the finest grid and on each that is coarser."""
_FEWEST = 16
_LOOSE, _TIGHT = 0.003, 1.5
"""Weight of a voxel's own probabilities against a neighbour without an edge between: unsure of all, and sure."""


@dataclass(frozen=True, eq=False)
class RandomWalk:
    """A graph of voxels whose links are weak across edges (Grady 2006), with what each voxel says itself (Grady 2005).

    Parameters
    ----------
    links : ndarray of float32, shape (3, z, y, x)
        Weights from each voxel to the next along each axis.
    """

    links: NDArray[np.float32]

    @classmethod
    def over(cls, image: NDArray[np.float32], contrast: float) -> RandomWalk:
        """Link the voxels of an image (z, y, x) in which a step of ``contrast`` is an edge."""
        from .random_walk_kernel import link

        links = np.empty((3, *image.shape), dtype=np.float32)
        in_threads(partial(link, image, contrast, links), len(image))
        return cls(links)

    def spread(
        self, prior: NDArray[np.float32], fixed: NDArray[np.bool_], progress: Progress = silent
    ) -> NDArray[np.float32]:
        """Return the probabilities, shape (z, y, x, class), at which walks from all voxels come to rest.

        Solved on grids of half as many voxels a side first.

        Parameters
        ----------
        prior : ndarray of float32, shape (z, y, x, class)
            Probabilities of each voxel by itself. The surer they are, the more they count.
        fixed : ndarray of bool, shape (z, y, x)
            Voxels that keep their probabilities.
        progress : Progress
            Told of every grid.
        """
        entropy = -(prior * np.log(np.maximum(prior, np.float32(1e-6)))).sum(axis=-1) / np.log(prior.shape[-1])
        sure = (1 - entropy).clip(0, 1)
        hold = _LOOSE + _TIGHT * sure**3
        hold[fixed] = 1e6
        return _solved(self.links, prior, hold.astype(np.float32), 0, progress)


def _solved(
    links: NDArray[np.float32], prior: NDArray[np.float32], hold: NDArray[np.float32], level: int, progress: Progress
) -> NDArray[np.float32]:
    from .random_walk_kernel import relax

    shape = hold.shape
    if level + 1 < len(_SWEEPS) and min(shape) >= _FEWEST:
        found = _finer(_solved(*_coarser(links, prior, hold), level + 1, progress), shape)
        found[hold > 1e5] = prior[hold > 1e5]
    else:
        found = prior.copy()
    for sweep in range(_SWEEPS[level]):
        progress((sweep + 1) / _SWEEPS[level] if level == 0 else 0.0, "smoothing the surfaces")
        for colour in (0, 1):
            in_threads(partial(relax, links, prior, hold, found, colour), shape[0])
    return found


def _coarser(
    links: NDArray[np.float32], prior: NDArray[np.float32], hold: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """The same walk on a grid of blocks of two voxels a side."""
    few = tuple((length + 1) // 2 for length in hold.shape)
    pad = [(0, 2 * n - length) for n, length in zip(few, hold.shape, strict=True)]

    def blocks(array: NDArray[np.float32]) -> NDArray[np.float32]:
        wide = np.pad(array, pad + [(0, 0)] * (array.ndim - 3), mode="edge")
        return wide.reshape(few[0], 2, few[1], 2, few[2], 2, *array.shape[3:])

    # A fixed voxel weighs much in its block, but does not fix what lies beside it.
    weight = blocks(np.minimum(hold, np.float32(8.0)))
    total = weight.sum(axis=(1, 3, 5))
    mean = (blocks(prior) * weight[..., None]).sum(axis=(1, 3, 5)) / total[..., None]
    coarse = np.empty((3, *few), dtype=np.float32)
    for axis in range(3):
        one = links[axis]
        # A step of a block passes three links, of which the weakest counts.
        ahead = np.minimum(one, np.roll(one, -1, axis=axis))
        path = blocks(np.minimum(ahead, np.roll(one, 1, axis=axis)))
        crossing = np.take(path, 1, axis=2 * axis + 1)
        coarse[axis] = _face_mean(crossing, axis)
        np.moveaxis(coarse[axis], axis, 0)[-1] = 0.0
    # A block has 8 voxels that hold, and 4 links over twice the length to each side.
    return coarse, mean.astype(np.float32), (total / 2).astype(np.float32)


def _face_mean(crossing: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Mean over the four rows of a block that pass a face; the axis of two along ``axis`` was taken already."""
    return np.asarray(crossing.mean(axis=((2, 4), (1, 4), (1, 3))[axis]))


def _finer(found: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    for axis in range(3):
        found = found.repeat(2, axis=axis)
    return np.ascontiguousarray(found[: shape[0], : shape[1], : shape[2]])
