"""Labels drawn from class probabilities on coarser grids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel

_SURE = 254.6 / 255  # is written as 255


@kernel(nogil=True)
def draw_slices(
    grids: tuple[NDArray[np.float32], ...],
    codes: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    winning: NDArray[np.uint8],
    depth: int,
    first: int,
    start: int,
    stop: int,
) -> None:
    """Interpolate probabilities linearly to slices of a volume, and write the most probable class of each voxel.

    Parameters
    ----------
    grids : tuple of ndarray of float32, shape (class, z', y', x')
        Probabilities on grids over the field of the volume, which are averaged. Beyond the centres of the outermost
        voxels the nearest value is kept.
    codes : ndarray of uint8, shape (class,)
        What is written for each class.
    labels, winning : ndarray of uint8, shape (slice, y, x)
        The code of the greatest probability (the first of equal ones), and 255 times that probability.
    depth : int
        Slices of the whole volume.
    first : int
        Slice of the volume that is the first of ``labels``.
    start, stop : int
        Slices of ``labels`` to draw.
    """
    classes = codes.size
    height, width = labels.shape[1:]
    share = np.float32(1.0 / len(grids))
    total = np.zeros((classes, width), dtype=np.float32)
    best = np.zeros(width, dtype=np.float32)
    which = np.zeros(width, dtype=np.uint8)
    for slice_number in range(start, stop):
        for y in range(height):
            total[:] = 0
            for grid in grids:
                nz, ny, nx = grid.shape[1:]
                place_z = min(max((first + slice_number + 0.5) * nz / depth - 0.5, 0.0), nz - 1.0)
                z0 = int(place_z)
                z1, fz = min(z0 + 1, nz - 1), np.float32(place_z - z0)
                place_y = min(max((y + 0.5) * ny / height - 0.5, 0.0), ny - 1.0)
                y0 = int(place_y)
                y1, fy = min(y0 + 1, ny - 1), np.float32(place_y - y0)
                for c in range(classes):
                    row = np.empty(nx + 1, dtype=np.float32)
                    for x in range(nx):
                        low = grid[c, z0, y0, x] + fz * (grid[c, z1, y0, x] - grid[c, z0, y0, x])
                        high = grid[c, z0, y1, x] + fz * (grid[c, z1, y1, x] - grid[c, z0, y1, x])
                        row[x] = low + fy * (high - low)
                    row[nx] = row[nx - 1]
                    for x in range(width):
                        place_x = min(max((x + 0.5) * nx / width - 0.5, 0.0), nx - 1.0)
                        x0 = int(place_x)
                        total[c, x] += row[x0] + np.float32(place_x - x0) * (row[x0 + 1] - row[x0])
            best[:] = total[0]
            which[:] = 0
            for c in range(1, classes):
                for x in range(width):
                    if total[c, x] > best[x]:
                        best[x] = total[c, x]
                        which[x] = c
            for x in range(width):
                labels[slice_number, y, x] = codes[which[x]]
                winning[slice_number, y, x] = np.uint8(min(np.float32(255.0) * (best[x] * share) + 0.5, 255.0))


@kernel(nogil=True)
def draw_slices_of_one(
    grid: NDArray[np.float32],
    codes: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    winning: NDArray[np.uint8],
    depth: int,
    first: int,
    start: int,
    stop: int,
) -> None:
    """As :func:`draw_slices` for a single grid, several times as quick: between two voxels of the grid that are sure of
    the same class nothing needs interpolating.

    Parameters
    ----------
    grid : ndarray of float32, shape (class, z', y', x')
        Probabilities.
    codes : ndarray of uint8, shape (class,)
        What is written for each class.
    labels, winning : ndarray of uint8, shape (slice, y, x)
        The code of the greatest probability, and 255 times that probability.
    depth, first, start, stop : int
        As there.
    """
    classes, nz, ny, nx = grid.shape
    height, width = labels.shape[1:]
    before = np.empty(width, dtype=np.int64)
    share = np.empty(width, dtype=np.float32)
    for x in range(width):
        place_x = min(max((x + 0.5) * nx / width - 0.5, 0.0), nx - 1.0)
        before[x] = int(place_x)
        share[x] = place_x - before[x]
    begins = np.searchsorted(before, np.arange(nx + 1))
    rows = np.empty((classes, nx + 1), dtype=np.float32)
    sure = np.full(nx + 1, -1, dtype=np.int64)
    for slice_number in range(start, stop):
        place_z = min(max((first + slice_number + 0.5) * nz / depth - 0.5, 0.0), nz - 1.0)
        z0 = int(place_z)
        z1, fz = min(z0 + 1, nz - 1), np.float32(place_z - z0)
        for y in range(height):
            place_y = min(max((y + 0.5) * ny / height - 0.5, 0.0), ny - 1.0)
            y0 = int(place_y)
            y1, fy = min(y0 + 1, ny - 1), np.float32(place_y - y0)
            sure[:] = -1
            for c in range(classes):
                for x in range(nx):
                    low = grid[c, z0, y0, x] + fz * (grid[c, z1, y0, x] - grid[c, z0, y0, x])
                    high = grid[c, z0, y1, x] + fz * (grid[c, z1, y1, x] - grid[c, z0, y1, x])
                    rows[c, x] = low + fy * (high - low)
                    if rows[c, x] > _SURE:
                        sure[x] = c
                rows[c, nx] = rows[c, nx - 1]
            sure[nx] = sure[nx - 1]
            for left in range(nx):
                if sure[left] >= 0 and sure[left] == sure[left + 1]:
                    labels[slice_number, y, begins[left] : begins[left + 1]] = codes[sure[left]]
                    winning[slice_number, y, begins[left] : begins[left + 1]] = 255
                    continue
                for x in range(begins[left], begins[left + 1]):
                    best, which = np.float32(-1.0), 0
                    for c in range(classes):
                        value = rows[c, left] + share[x] * (rows[c, left + 1] - rows[c, left])
                        if value > best:
                            best, which = value, c
                    labels[slice_number, y, x] = codes[which]
                    winning[slice_number, y, x] = np.uint8(min(255.0 * float(best) + 0.5, 255.0))
