"""Compiled runs of labels along axis 2 and their pieces. Imports numba: import it only inside functions.

A run is a stretch of one class in a line along axis 2; the runs of a line fill it. Lines are numbered in C order of
(z, y); ``first`` has, for each line, the number of its first run, and one entry more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(nogil=True)
def count_runs(labels: NDArray[np.uint8], first: NDArray[np.int64]) -> None:
    """Count the runs of each line.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Classes.
    first : ndarray of int64, shape (lines + 1,)
        Filled.
    """
    nz, ny, nx = labels.shape
    total = 0
    for k in range(nz):
        for j in range(ny):
            first[k * ny + j] = total
            total += 1
            for i in range(1, nx):
                if labels[k, j, i] != labels[k, j, i - 1]:
                    total += 1
    first[nz * ny] = total


@kernel(nogil=True)
def find_runs(
    labels: NDArray[np.uint8],
    first: NDArray[np.int64],
    starts: NDArray[np.int32],
    classes: NDArray[np.uint8],
) -> None:
    """Fill in where each run starts, and its class.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Classes.
    first : ndarray of int64, shape (lines + 1,)
        First run of each line.
    starts, classes : ndarray, shape (runs,)
        Filled.
    """
    nz, ny, nx = labels.shape
    for k in range(nz):
        for j in range(ny):
            run = first[k * ny + j]
            starts[run], classes[run] = 0, labels[k, j, 0]
            for i in range(1, nx):
                if labels[k, j, i] != labels[k, j, i - 1]:
                    run += 1
                    starts[run], classes[run] = i, labels[k, j, i]


@kernel(nogil=True)
def _root(parent: NDArray[np.int32], run: int) -> int:
    while parent[run] != run:
        parent[run] = parent[parent[run]]
        run = parent[run]
    return run


@kernel(nogil=True)
def _join(parent: NDArray[np.int32], one: int, other: int) -> None:
    one, other = _root(parent, one), _root(parent, other)
    # The earlier one stays the root, so that pieces are numbered in the order of their first voxels.
    if one < other:
        parent[other] = one
    elif other < one:
        parent[one] = other


@kernel(nogil=True)
def join_runs(
    shape: tuple[int, int, int],
    first: NDArray[np.int64],
    starts: NDArray[np.int32],
    classes: NDArray[np.uint8],
    piece: NDArray[np.int32],
) -> int:
    """Number the pieces of one class that hang together through faces.

    Parameters
    ----------
    shape : (int, int, int)
        Of the labels.
    first : ndarray of int64, shape (lines + 1,)
        First run of each line.
    starts, classes : ndarray, shape (runs,)
        Runs.
    piece : ndarray of int32, shape (runs,)
        Filled: number of the piece of each run, in the order of their first voxels.

    Returns
    -------
    int
        Number of pieces.
    """
    nz, ny, nx = shape
    for run in range(len(piece)):
        piece[run] = run
    for k in range(nz):
        for j in range(ny):
            line = k * ny + j
            for run in range(first[line] + 1, first[line + 1]):
                # Neighbours that were given the same class.
                if classes[run] == classes[run - 1]:
                    _join(piece, run, run - 1)
            for axis in range(2):
                if (j if axis else k) == 0:
                    continue
                other = line - 1 if axis else line - ny
                a, b = first[line], first[other]
                while a < first[line + 1] and b < first[other + 1]:
                    if classes[a] == classes[b]:
                        _join(piece, a, b)
                    a_stop = starts[a + 1] if a + 1 < first[line + 1] else nx
                    b_stop = starts[b + 1] if b + 1 < first[other + 1] else nx
                    if a_stop <= b_stop:
                        a += 1
                    if b_stop <= a_stop:
                        b += 1
    count = 0
    for run in range(len(piece)):
        # A root comes before the rest of its piece, whose numbers lead to what it is numbered anew.
        root = piece[run]
        if root == run:
            piece[run] = count
            count += 1
        else:
            piece[run] = piece[root]
    return count


@kernel(nogil=True)
def measure_pieces(
    shape: tuple[int, int, int],
    first: NDArray[np.int64],
    starts: NDArray[np.int32],
    classes: NDArray[np.uint8],
    piece: NDArray[np.int32],
    sizes: NDArray[np.int64],
    of_class: NDArray[np.uint8],
    at_edge: NDArray[np.bool_],
) -> None:
    """Fill in voxels and class of each piece, and whether it touches an end of the field.

    Along an axis of one voxel nothing is an end.

    Parameters
    ----------
    shape : (int, int, int)
        Of the labels.
    first : ndarray of int64, shape (lines + 1,)
        First run of each line.
    starts, classes, piece : ndarray, shape (runs,)
        Runs and their pieces.
    sizes, of_class, at_edge : ndarray, shape (pieces,)
        Filled; sizes and at_edge are zero before.
    """
    nz, ny, nx = shape
    for k in range(nz):
        for j in range(ny):
            line = k * ny + j
            outer = (nz > 1 and (k == 0 or k == nz - 1)) or (ny > 1 and (j == 0 or j == ny - 1))
            for run in range(first[line], first[line + 1]):
                stop = starts[run + 1] if run + 1 < first[line + 1] else nx
                own = piece[run]
                sizes[own] += stop - starts[run]
                of_class[own] = classes[run]
                if outer or (nx > 1 and (starts[run] == 0 or stop == nx)):
                    at_edge[own] = True


@kernel(nogil=True)
def measure_contacts(
    shape: tuple[int, int, int],
    first: NDArray[np.int64],
    starts: NDArray[np.int32],
    classes: NDArray[np.uint8],
    piece: NDArray[np.int32],
    row: NDArray[np.int32],
    areas: tuple[float, float, float],
    contacts: NDArray[np.float64],
) -> None:
    """Add up the areas in which chosen pieces touch what is not chosen, by its class.

    Parameters
    ----------
    shape : (int, int, int)
        Of the labels.
    first : ndarray of int64, shape (lines + 1,)
        First run of each line.
    starts, classes, piece : ndarray, shape (runs,)
        Runs and their pieces.
    row : ndarray of int32, shape (pieces,)
        Row of each chosen piece in ``contacts``; -1 of others.
    areas : (float, float, float)
        Of a voxel's face across each axis.
    contacts : ndarray of float64, shape (chosen, classes)
        Added to.
    """
    nz, ny, nx = shape
    for k in range(nz):
        for j in range(ny):
            line = k * ny + j
            for run in range(first[line] + 1, first[line + 1]):
                one, other = row[piece[run]], row[piece[run - 1]]
                if one >= 0 and other < 0:
                    contacts[one, classes[run - 1]] += areas[2]
                elif other >= 0 and one < 0:
                    contacts[other, classes[run]] += areas[2]
            for axis in range(2):
                if (j if axis else k) == 0:
                    continue
                before = line - 1 if axis else line - ny
                a, b = first[line], first[before]
                at = 0
                while a < first[line + 1] and b < first[before + 1]:
                    a_stop = starts[a + 1] if a + 1 < first[line + 1] else nx
                    b_stop = starts[b + 1] if b + 1 < first[before + 1] else nx
                    stop = min(a_stop, b_stop)
                    one, other = row[piece[a]], row[piece[b]]
                    if one >= 0 and other < 0:
                        contacts[one, classes[b]] += areas[axis] * (stop - at)
                    elif other >= 0 and one < 0:
                        contacts[other, classes[a]] += areas[axis] * (stop - at)
                    at = stop
                    if a_stop == stop:
                        a += 1
                    if b_stop == stop:
                        b += 1


@kernel(nogil=True)
def sum_values(
    values: NDArray[np.float32],
    lines: NDArray[np.int64],
    first: NDArray[np.int64],
    starts: NDArray[np.int32],
    piece: NDArray[np.int32],
    row: NDArray[np.int32],
    sums: NDArray[np.float64],
) -> None:
    """Add up the voxel values of chosen pieces in some lines.

    Parameters
    ----------
    values : ndarray of float32, shape (len(lines), x)
        Voxel values of those lines; those that are not finite are passed over.
    lines : ndarray of int64, shape (n,)
        Their numbers.
    first : ndarray of int64, shape (lines + 1,)
        First run of each line.
    starts, piece : ndarray, shape (runs,)
        Runs and their pieces.
    row : ndarray of int32, shape (pieces,)
        Row of each piece in ``sums``; -1 of those that are not asked for.
    sums : ndarray of float64, shape (rows, 2)
        Added to: number of voxels and sum of their values.
    """
    nx = values.shape[1]
    for number in range(len(lines)):
        line = lines[number]
        for run in range(first[line], first[line + 1]):
            own = row[piece[run]]
            if own < 0:
                continue
            stop = starts[run + 1] if run + 1 < first[line + 1] else nx
            for i in range(starts[run], stop):
                value = values[number, i]
                if np.isfinite(value):
                    sums[own, 0] += 1
                    sums[own, 1] += value


@kernel(nogil=True)
def write_runs(
    labels: NDArray[np.uint8],
    first: NDArray[np.int64],
    starts: NDArray[np.int32],
    classes: NDArray[np.uint8],
) -> None:
    """Write runs back whose class is another now.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Changed.
    first : ndarray of int64, shape (lines + 1,)
        First run of each line.
    starts, classes : ndarray, shape (runs,)
        Runs.
    """
    nz, ny, nx = labels.shape
    for k in range(nz):
        for j in range(ny):
            line = k * ny + j
            for run in range(first[line], first[line + 1]):
                if labels[k, j, starts[run]] != classes[run]:
                    stop = starts[run + 1] if run + 1 < first[line + 1] else nx
                    for i in range(starts[run], stop):
                        labels[k, j, i] = classes[run]
