"""Compiled adjoint pass: what rays deposit in the voxels of surfaces. Imports numba: import it only there."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from ...computing.compiled import kernel
from ..tracing.voxel_walk_kernel import first_face, walk

# Added to the label of a voxel on a surface, so that most voxels are known not to be on one without a second look.
ON_SURFACE = 8


@kernel(parallel=True, nogil=True)
def flip_targets(labels: NDArray[np.uint8], none: int) -> NDArray[np.uint8]:
    """Return for each voxel on a surface the label that it would take, and ``none`` for the others.

    A voxel is on a surface where one of its six face neighbours has another label. It would take the commonest label
    other than its own among its 26 neighbours; of two that are equally common, the one with the lower code.
    """
    nz, ny, nx = labels.shape
    target = np.full(labels.shape, none, dtype=np.uint8)
    for k in prange(nz):
        counts = np.zeros(8, dtype=np.int64)
        for j in range(ny):
            for i in range(nx):
                own = labels[k, j, i]
                if not (
                    (k > 0 and labels[k - 1, j, i] != own)
                    or (k < nz - 1 and labels[k + 1, j, i] != own)
                    or (j > 0 and labels[k, j - 1, i] != own)
                    or (j < ny - 1 and labels[k, j + 1, i] != own)
                    or (i > 0 and labels[k, j, i - 1] != own)
                    or (i < nx - 1 and labels[k, j, i + 1] != own)
                ):
                    continue
                counts[:] = 0
                for c in range(max(k - 1, 0), min(k + 2, nz)):
                    for b in range(max(j - 1, 0), min(j + 2, ny)):
                        for a in range(max(i - 1, 0), min(i + 2, nx)):
                            counts[labels[c, b, a]] += 1
                counts[own] = 0
                target[k, j, i] = np.uint8(np.argmax(counts))
    return target


@njit(nogil=True, inline="always")
def _first_from(begins: NDArray[np.int64], columns: NDArray[np.int32], row: int, i: int) -> int:
    """Number of the first surface voxel of a row that is not before column i."""
    low: int
    low, high = begins[row], begins[row + 1]
    while low < high:
        middle = (low + high) >> 1
        if columns[middle] < i:
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, error_model="numpy")
def _walk_and_note(
    labels: NDArray[np.uint8],
    begins: NDArray[np.int64],
    columns: NDArray[np.int32],
    mu: NDArray[np.float64],
    k: int,
    j: int,
    i: int,
    dz: float,
    dy: float,
    dx: float,
    places: NDArray[np.int64],
    lengths: NDArray[np.float64],
    noted: int,
) -> tuple[float, int]:
    """Walk as :func:`walk`, and note which surface voxels beyond the first are crossed, and how long.

    Returns
    -------
    depth, noted
        Sum of mu times length, and how many entries of ``places`` and ``lengths`` are filled now.
    """
    nz, ny, nx = labels.shape
    step_z, tz, gz = first_face(dz)
    step_y, ty, gy = first_face(dy)
    step_x, tx, gx = first_face(dx)
    depth, length, start = 0.0, 0.0, True
    while True:
        label = labels[k, j, i]
        absorbs, row, column = mu[label], k * ny + j, i
        before = length
        inside = True
        if tx <= ty and tx <= tz:
            length = tx
            tx += gx
            i += step_x
            inside = 0 <= i < nx
        elif ty <= tz:
            length = ty
            ty += gy
            j += step_y
            inside = 0 <= j < ny
        else:
            length = tz
            tz += gz
            k += step_z
            inside = 0 <= k < nz
        depth += absorbs * (length - before)
        # A ray's own first voxel is another matter: when it is flipped the ray itself goes.
        if label >= ON_SURFACE and not start and length > before:
            places[noted] = _first_from(begins, columns, row, column)
            lengths[noted] = length - before
            noted += 1
        start = False
        if not inside:
            return depth, noted


@kernel(parallel=True, nogil=True, error_model="numpy")
def deposit(
    labels: NDArray[np.uint8],
    begins: NDArray[np.int64],
    columns: NDArray[np.int32],
    mu: NDArray[np.float64],
    change: NDArray[np.float64],
    points: NDArray[np.int64],
    rows: NDArray[np.int64],
    incident: NDArray[np.float64],
    leaving: NDArray[np.float64],
    weight: NDArray[np.float64],
    sums: NDArray[np.float32],
) -> None:
    """Trace rays and add to the surface voxels on their way what a flip there would change.

    Parameters
    ----------
    labels : uint8 (z, y, x)
        Material codes, C order; ``ON_SURFACE`` is added in surface voxels.
    begins : int64 (z * y + 1,)
        Number of the first surface voxel of each row along x.
    columns : int32 (surface voxel,)
        Place of each along x.
    mu : float64 (13,)
        Coefficient of each label, 1/µm.
    change : float64 (surface voxel,)
        Change of the coefficient if the voxel flips, 1/µm.
    points : int64 (ray, 3)
        Crystal voxel of each ray.
    rows : int64 (ray,)
        Reflection of each ray.
    incident, leaving : float64 (reflection, 3)
        Directions, voxels a µm.
    weight : float64 (reflection,)
        Weight of each reflection in the change of the spread.
    sums : float32 (part, surface voxel, 2)
        Added to: a (1 - exp(-change length)) / change, which is a times the length for a small change, and that
        times the weight. Each part takes every so-many-th ray, so that the result does not depend on the number of
        threads.
    """
    parts = sums.shape[0]
    most = 2 * (labels.shape[0] + labels.shape[1] + labels.shape[2])
    for part in prange(parts):
        places, lengths = np.empty(most, dtype=np.int64), np.empty(most)
        for ray in range(part, len(points), parts):
            h = rows[ray]
            k, j, i = points[ray, 0], points[ray, 1], points[ray, 2]
            first, noted = _walk_and_note(
                labels, begins, columns, mu, k, j, i, incident[h, 0], incident[h, 1], incident[h, 2], places, lengths, 0
            )
            second, noted = _walk_and_note(
                labels,
                begins,
                columns,
                mu,
                k,
                j,
                i,
                leaving[h, 0],
                leaving[h, 1],
                leaving[h, 2],
                places,
                lengths,
                noted,
            )
            factor = np.exp(-(first + second))
            for n in range(noted):
                place = places[n]
                if change[place] == 0.0:
                    path = factor * lengths[n]
                else:
                    path = -factor * np.expm1(-change[place] * lengths[n]) / change[place]
                sums[part, place, 0] += path
                sums[part, place, 1] += weight[h] * path


@kernel(parallel=True, nogil=True)
def smooth(
    shape: tuple[int, int, int],
    begins: NDArray[np.int64],
    columns: NDArray[np.int32],
    points: NDArray[np.int64],
    values: NDArray[np.floating],
    kernel: NDArray[np.float64],
) -> NDArray[np.floating]:
    """Return values of surface voxels averaged over the surface voxels around them.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels along (z, y, x).
    begins, columns
        As :func:`deposit` takes them.
    points : int64 (surface voxel, 3)
        Where each is.
    values : float32 (part, surface voxel, entry)
        What to average.
    kernel : float64 (odd, odd, odd)
        Weight of each place around.

    Returns
    -------
    ndarray of float32, shape as ``values``
    """
    out = np.empty_like(values)
    parts, entries = values.shape[0], values.shape[2]
    hz, hy, hx = kernel.shape[0] // 2, kernel.shape[1] // 2, kernel.shape[2] // 2
    for p in prange(len(points)):
        k, j, i = points[p, 0], points[p, 1], points[p, 2]
        total = np.zeros((parts, entries))
        weight = 0.0
        for c in range(max(k - hz, 0), min(k + hz + 1, shape[0])):
            for b in range(max(j - hy, 0), min(j + hy + 1, shape[1])):
                row = c * shape[1] + b
                for place in range(_first_from(begins, columns, row, i - hx), begins[row + 1]):
                    if columns[place] > i + hx:
                        break
                    w = kernel[c - k + hz, b - j + hy, columns[place] - i + hx]
                    weight += w
                    for part in range(parts):
                        for entry in range(entries):
                            total[part, entry] += w * values[part, place, entry]
        for part in range(parts):
            for entry in range(entries):
                out[part, p, entry] = total[part, entry] / weight
    return out


@kernel(parallel=True, nogil=True, error_model="numpy")
def own_terms(
    labels: NDArray[np.uint8],
    mu: NDArray[np.float64],
    own_change: NDArray[np.float64],
    points: NDArray[np.int64],
    incident: NDArray[np.float64],
    leaving: NDArray[np.float64],
    means: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what the paths from each voxel itself add to the mean over the crystal, less that mean.

    Parameters
    ----------
    labels, mu
        As :func:`deposit` takes them.
    own_change : float64 (point,)
        Change of the voxel's own coefficient, 1/µm: from its material to crystal where it is to become crystal, else 0.
    points : int64 (point, 3)
        Voxels in which the paths begin, (z, y, x).
    incident, leaving : float64 (reflection, 3)
        Directions, voxels a µm.
    means, weight : float64 (reflection,)
        A_h, and the weight of each reflection in the change of the spread.

    Returns
    -------
    ndarray of float64, shape (point, 3)
        Means over reflections of a - A_h, of (a - A_h) times the weight, and of (a - A_h)^2.
    """
    out = np.zeros((len(points), 3))
    n = len(incident)
    for p in prange(len(points)):
        k, j, i = points[p, 0], points[p, 1], points[p, 2]
        for h in range(n):
            depth, near = walk(labels, mu, k, j, i, incident[h, 0], incident[h, 1], incident[h, 2])
            beyond, far = walk(labels, mu, k, j, i, leaving[h, 0], leaving[h, 1], leaving[h, 2])
            excess = np.exp(-(depth + beyond + own_change[p] * (near + far))) - means[h]
            out[p, 0] += excess
            out[p, 1] += weight[h] * excess
            out[p, 2] += excess * excess
        out[p] /= n
    return out
