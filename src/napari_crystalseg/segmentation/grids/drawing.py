"""Class probabilities on coarse grids to labels of the whole volume, slab by slab."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...computing.threads import in_threads
from ...progress import Progress, silent
from .class_probabilities import ClassProbabilities

_SLAB_VOXELS = 2**25

Draw = Callable[[NDArray[np.uint8], NDArray[np.uint8], int], None]
"""``draw(labels, winning, start)`` writes a slab that begins at a slice of the volume."""


def draw_labels(
    probabilities: ClassProbabilities, progress: Progress = silent
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Interpolate class probabilities to the grid of the volume, and keep the greatest.

    Probabilities of the size of the volume never exist. The number of threads changes no byte.

    Parameters
    ----------
    probabilities : ClassProbabilities
        On the working grids.
    progress : Progress
        Told of every slab.

    Returns
    -------
    labels : ndarray of uint8, shape (z, y, x)
        Code of the most probable class, the first of equal ones.
    winning : ndarray of uint8, shape (z, y, x)
        255 times its probability.
    """
    import torch

    shape = probabilities.shape
    labels, winning = np.empty(shape, dtype=np.uint8), np.empty(shape, dtype=np.uint8)
    thickness = max(1, _SLAB_VOXELS // (shape[1] * shape[2]))
    draw = _on_gpu(probabilities) if torch.cuda.is_available() else _by_kernel(probabilities)
    for start in range(0, shape[0], thickness):
        stop = min(start + thickness, shape[0])
        progress(start / shape[0], "drawing the labels")
        draw(labels[start:stop], winning[start:stop], start)
    return labels, winning


def _by_kernel(probabilities: ClassProbabilities) -> Draw:
    import torch

    from .drawing_kernel import draw_slices, draw_slices_of_one

    grids, codes = probabilities.probabilities, np.array(probabilities.codes, dtype=np.uint8)
    depth, threads = probabilities.shape[0], torch.get_num_threads()

    def draw(labels: NDArray[np.uint8], winning: NDArray[np.uint8], start: int) -> None:
        def share(first: int, last: int) -> None:
            if len(grids) == 1:
                draw_slices_of_one(grids[0], codes, labels, winning, depth, start, first, last)
            else:
                draw_slices(grids, codes, labels, winning, depth, start, first, last)

        in_threads(share, len(labels), threads=threads)

    return draw


def _on_gpu(probabilities: ClassProbabilities) -> Draw:
    import torch

    # Copies, as torch will not share arrays that refuse writing without a warning.
    values = [torch.from_numpy(np.array(one)).cuda() for one in probabilities.probabilities]
    codes = torch.tensor(probabilities.codes, dtype=torch.uint8, device="cuda")

    def draw(labels: NDArray[np.uint8], winning: NDArray[np.uint8], start: int) -> None:
        stop = start + len(labels)
        slabs = [grid.interpolate(one, start, stop) for grid, one in zip(probabilities.grids, values, strict=True)]
        best, which = (sum(slabs[1:], slabs[0]) / len(slabs)).max(0)
        torch.from_numpy(labels).copy_(codes[which])
        torch.from_numpy(winning).copy_((255 * best + 0.5).clamp(max=255).byte())

    return draw
