"""Class probabilities of a coarse grid made as sharp as the volume: blocks along the surfaces, level by level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...progress import Progress, part, silent
from ...volume import Volume
from ..engines.engine import Engine
from ..grids.class_probabilities import ClassProbabilities
from ..grids.working_grid import WorkingGrid
from ..model_folders.refiner import Refiner
from .band import CORE_VOXELS, blocks_in_reach
from .levels import lay_levels
from .resampling import Corner
from .stage import BlockStage, CoarseStage, Stage
from .voxel_values import LevelValues, Normalisation, values_of_levels

HALO_VOXELS = 8
"""What the network is shown about a block."""
MOST_ROUNDS = 3
"""How often, at most, blocks are visited that the surface has come near to."""
_REACH = 6.0  # voxels of the grid before, that its surfaces may be displaced by, on a first visit …
_REACH_OF_REFINED = 3.0  # … where that grid was refined itself
_REACH_AGAIN = 3.0  # voxels, of a surface that has moved
_BATCH = 8


@dataclass(frozen=True, eq=False)
class Refined:
    """Labels as sharp as the volume.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Codes of :class:`~napari_crystalseg.labels.Material`.
    certainty : ndarray of uint8, shape (z, y, x)
        Probability of the class that a voxel has, in units of 1/255.
    levels : tuple of dict
        What was done on each level: ``shape``, ``blocks`` of all, ``visited``, ``rounds``.
    """

    labels: NDArray[np.uint8]
    certainty: NDArray[np.uint8]
    levels: tuple[dict[str, Any], ...]


def refine_surfaces(
    volume: Volume,
    found: ClassProbabilities,
    refiner: Refiner,
    engine: Engine,
    progress: Progress = silent,
) -> Refined:
    """Refine class probabilities of coarse working grids up to the volume's own voxels.

    On each level only blocks that a surface reaches are visited: the network sees normalised voxel values and what is
    known from the level before, and says the probabilities anew. Where a surface has moved near to a block that was not
    visited, that is visited, too, in up to :data:`MOST_ROUNDS` rounds. Elsewhere labels stay what they are.

    Parameters
    ----------
    volume : Volume
        The volume.
    found : ClassProbabilities
        What the network of the whole sample says of it.
    refiner : Refiner
        What is run, and the classes that it knows; they must be those of ``found``.
    engine : Engine
        Runs the refiner's network.
    progress : Progress
        Told of every batch; raises :class:`~napari_crystalseg.errors.Cancelled` to stop.

    Returns
    -------
    Refined

    Raises
    ------
    InputError
        The refiner is of other classes than the probabilities, or its scores are not numbers.
    """
    if sorted(refiner.codes) != sorted(found.codes):
        raise InputError(
            f"The refiner is of the classes {list(refiner.codes)}, and the model before it of {list(found.codes)}; "
            "take both from one model folder."
        )
    if found.shape != volume.shape:
        raise InputError(f"The probabilities are of a volume of shape {found.shape}, not {volume.shape}.")
    voxel = volume.voxel_size_um or (1.0, 1.0, 1.0)
    finest = max(found.grids, key=lambda grid: max(grid.working_shape))
    grids = lay_levels(volume.shape, voxel, max(finest.working_shape))
    progress(0.0, "averaging the volume")
    data: NDArray[Any] = volume.data
    normalisation = Normalisation(finest.average(data))
    stage: Stage = CoarseStage(found, refiner.codes)
    done = []
    # Work grows with the square of the length.
    shares = np.cumsum([0.0, *(float(max(grid.working_shape)) ** 2 for grid in grids)])
    shares = 0.05 + 0.9 * shares / shares[-1]
    for number, values in enumerate(values_of_levels(data, grids, normalisation)):
        told = part(progress, float(shares[number]), float(shares[number + 1]))
        reach = _REACH_OF_REFINED if number else _REACH
        refined, rounds = _refined(stage, values, reach, engine, len(refiner.codes), told)
        visited = int(refined.visited.sum())
        done.append({"shape": list(values.shape), "blocks": refined.visited.size, "visited": visited, "rounds": rounds})
        stage = refined
    labels, certainty = _on_own_grid(stage, grids[-1], part(progress, 0.95, 1.0))
    codes = np.array(refiner.codes, dtype=np.uint8)
    for plane in labels:
        plane[...] = codes[plane]
    return Refined(labels, certainty, tuple(done))


def _refined(
    before: Stage, values: LevelValues, reach: float, engine: Engine, classes: int, progress: Progress
) -> tuple[BlockStage, int]:
    """Visit the band of a level."""
    stage = BlockStage(before, values.shape, classes)
    scale = max(values.shape) / max(before.labels.shape)
    wanted = blocks_in_reach(before.labels, values.shape, reach * scale)
    rounds = 0
    while wanted.any() and rounds < MOST_ROUNDS:
        blocks = [(int(z), int(y), int(x)) for z, y, x in np.argwhere(wanted)]
        # Where surfaces moved is little beside the first round; how many rounds there will be is not known.
        told = part(progress, *((0.0, 0.9) if not rounds else (1 - 0.1 / rounds, 1 - 0.1 / (rounds + 1))))
        for start in range(0, len(blocks), _BATCH):
            told(start / len(blocks), f"refining surfaces on {max(values.shape)} voxels")
            some = blocks[start : start + _BATCH]
            found = list(_visit(some, before, stage if rounds else None, values, engine))
            for block, probabilities in zip(some, found, strict=True):
                stage.put(block, probabilities)
        rounds += 1
        wanted = blocks_in_reach(stage.labels, values.shape, _REACH_AGAIN) & ~stage.visited
    return stage, rounds


def _visit(
    blocks: Sequence[Corner], before: Stage, own: BlockStage | None, values: LevelValues, engine: Engine
) -> Iterator[NDArray[np.float32]]:
    """Class probabilities of blocks by the network."""
    import torch

    edge = CORE_VOXELS + 2 * HALO_VOXELS
    shown = []
    for block in blocks:
        z, y, x = (number * CORE_VOXELS - HALO_VOXELS for number in block)
        low, high = (z, y, x), (z + edge, y + edge, x + edge)
        fed = before.probabilities(values.shape, low, high)
        if own is not None:
            own.paste(fed, low)
        shown.append(np.concatenate([values.read(low, high)[None], fed]))
    # Of one size, as engines are made for one.
    batch = np.stack([*shown, *[shown[-1]] * (_BATCH - len(shown))])
    inner = slice(HALO_VOXELS, HALO_VOXELS + CORE_VOXELS)
    scores = engine.scores(torch.from_numpy(batch))[: len(blocks), :, inner, inner, inner].cpu().numpy()
    if not np.isfinite(scores).all():
        raise InputError("The refiner's scores are not numbers; get the model again, or segment without refining.")
    for one in scores:
        each = np.exp(one - one.max(0))
        yield np.asarray(each / each.sum(0), dtype=np.float32)


def _on_own_grid(stage: Stage, grid: WorkingGrid, progress: Progress) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Labels and certainty on the volume's own grid, where its voxels are no cubes, block by block."""
    if grid.is_the_volumes_own:
        return stage.labels, stage.certainty
    shape = grid.shape
    nearest = BlockStage(stage, shape, int(stage.labels.max()) + 2)
    wanted = np.argwhere(blocks_in_reach(stage.labels, shape, 1))
    for number, block in enumerate(wanted):
        if number % 64 == 0:
            progress(number / len(wanted), "drawing the labels")
        z, y, x = (int(place) * CORE_VOXELS for place in block)
        high = (min(z + CORE_VOXELS, shape[0]), min(y + CORE_VOXELS, shape[1]), min(x + CORE_VOXELS, shape[2]))
        found = stage.probabilities(shape, (z, y, x), high)
        box = tuple(slice(first, last) for first, last in zip((z, y, x), high, strict=True))
        nearest.labels[box] = found.argmax(0)
        nearest.certainty[box] = np.rint(255 * found.max(0)).astype(np.uint8)
    return nearest.labels, nearest.certainty
