"""Levels: isotropic grids over a volume, each about twice as fine as the one before, up to its own finest voxel."""

from __future__ import annotations

from ..grids.working_grid import WorkingGrid


def lay_levels(
    shape: tuple[int, int, int], voxel_size_um: tuple[float, float, float], working_longest: int
) -> tuple[WorkingGrid, ...]:
    """Lay the levels above a working grid: from the finest voxel downwards by halves, the coarsest first.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels of the volume (z, y, x).
    voxel_size_um : (float, float, float)
        Size of its voxels, µm; only the proportions count.
    working_longest : int
        Voxels along the longest axis of the grid whose class probabilities are refined.

    Returns
    -------
    tuple of WorkingGrid
        All with more voxels along the longest axis than that; where the volume's own grid has no more, that alone, so
        that there is always a level of the finest voxel.
    """
    wide = [axis for axis, count in enumerate(shape) if count > 1] or [0, 1, 2]
    finest = min(voxel_size_um[axis] for axis in wide)
    longest = max(shape[axis] * voxel_size_um[axis] for axis in wide) / finest
    levels = [WorkingGrid.of(shape, voxel_size_um, round(longest + 1e-6))]
    halvings = 1
    while longest / 2**halvings > working_longest + 0.5:
        levels.append(WorkingGrid.of(shape, voxel_size_um, round(longest / 2**halvings)))
        halvings += 1
    return tuple(reversed(levels))
