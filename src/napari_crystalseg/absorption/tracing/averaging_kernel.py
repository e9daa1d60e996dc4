"""Compiled means over the crystal. Imports numba: import this module only where rays are traced."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from ...computing.compiled import kernel

# Sums of each reflection: w t f, w f, then w t f L_m, w t f L_m L_n (m <= n), w f L_m, and three of the pairs; w is the
# weight of a point, f the part of the beam that it sees, t the transmission.
SUM, LIT, FIRST, SECOND, PLAIN, PAIRS, SUMS = 0, 1, 2, 6, 16, 20, 23


@njit(nogil=True, fastmath={"reassoc", "nsz"})
def _blend(
    table: NDArray[np.floating],
    index: NDArray[np.int64],
    fraction: NDArray[np.floating],
    out: NDArray[np.floating],
    spare: NDArray[np.floating],
) -> None:
    """Interpolate between nodes 0 and 1, and where there are four between that and the same of 2 and 3.

    In the form a + x (b - a), which gives a constant exactly.
    """
    first, second = table[index[0]].reshape(-1), table[index[1]].reshape(-1)
    x = fraction[0]
    for e in range(len(out)):
        out[e] = first[e] + x * (second[e] - first[e])
    if len(index) == 4:
        third, fourth = table[index[2]].reshape(-1), table[index[3]].reshape(-1)
        x = fraction[1]
        for e in range(len(out)):
            spare[e] = third[e] + x * (fourth[e] - third[e])
        x = fraction[2]
        for e in range(len(out)):
            out[e] += x * (spare[e] - out[e])


@kernel(parallel=True, nogil=True, error_model="numpy", fastmath={"reassoc", "nsz"})
def add_points(
    incident: NDArray[np.floating],
    in_index: NDArray[np.int64],
    in_fraction: NDArray[np.floating],
    leaving: NDArray[np.floating],
    out_index: NDArray[np.int64],
    out_fraction: NDArray[np.floating],
    weights: NDArray[np.floating],
    pair_weights: NDArray[np.floating],
    places: NDArray[np.floating],
    beam: NDArray[np.floating],
    sizes: NDArray[np.floating],
    sums: NDArray[np.float64],
) -> None:
    """Add a block of points to the sums of each reflection.

    Parameters
    ----------
    incident, leaving : float (node, 5, point)
        Transmission and lengths in materials 1 to 4 from each point along each node.
    in_index, out_index : int64 (reflection, 1, 2 or 4)
        Nodes around the reflection's direction; one where it is itself a node.
    in_fraction, out_fraction : float (reflection, 3)
        Where the direction is between them; see ``_blend``.
    weights : float (point,)
        Crystal voxels that each point stands for.
    pair_weights : float (point // 2,)
        Weight of the squared difference of points s and s + point // 2 in the variance; empty: no sampling error.
    places : float (point, 3)
        Points relative to the middle of the beam's path, µm.
    beam : float (reflection, 6), or (0, 6)
        The beam's two transverse axes divided by its half sizes; empty: every point sees the whole beam.
    sizes : float (3,)
        The beam's centre along its axes in half sizes, and 1 for a Gaussian.
    sums : float64 (reflection, SUMS)
        Added to. A reflection is summed by one thread, so that the result does not depend on how many there are.
    """
    n, p_all = len(in_index), len(weights)
    half = p_all // 2
    kind = incident.dtype.type
    chunk = 64
    for task in prange((n + chunk - 1) // chunk):
        a, b = np.empty(5 * p_all, dtype=incident.dtype), np.empty(5 * p_all, dtype=incident.dtype)
        spare, seen = np.empty(5 * p_all, dtype=incident.dtype), np.ones(p_all, dtype=incident.dtype)
        through = np.empty(p_all, dtype=incident.dtype)
        for h in range(task * chunk, min((task + 1) * chunk, n)):
            if in_index.shape[1] == 1:
                a[:] = incident[in_index[h, 0]].reshape(-1)
            else:
                _blend(incident, in_index[h], in_fraction[h], a, spare)
            if out_index.shape[1] == 1:
                b[:] = leaving[out_index[h, 0]].reshape(-1)
            else:
                _blend(leaving, out_index[h], out_fraction[h], b, spare)
            if len(beam):
                u0, u1, u2, v0, v1, v2 = beam[h, 0], beam[h, 1], beam[h, 2], beam[h, 3], beam[h, 4], beam[h, 5]
                for p in range(p_all):
                    u = places[p, 0] * u0 + places[p, 1] * u1 + places[p, 2] * u2 - sizes[0]
                    v = places[p, 0] * v0 + places[p, 1] * v1 + places[p, 2] * v2 - sizes[1]
                    if sizes[2] > 0:
                        # Half of the full width at half maximum is 1 here.
                        seen[p] = np.exp(-np.log(kind(2)) * (u * u + v * v))
                    else:
                        seen[p] = kind(1) if max(abs(u), abs(v)) <= 1 else kind(0)
            total, lit = kind(0), kind(0)
            f1, f2, f3, f4 = kind(0), kind(0), kind(0), kind(0)
            s11, s12, s13, s14, s22, s23 = kind(0), kind(0), kind(0), kind(0), kind(0), kind(0)
            s24, s33, s34, s44 = kind(0), kind(0), kind(0), kind(0)
            m1, m2, m3, m4 = kind(0), kind(0), kind(0), kind(0)
            for p in range(p_all):
                share = weights[p] * seen[p]
                t = a[p] * b[p]
                through[p] = t
                w = share * t
                l1, l2 = a[p_all + p] + b[p_all + p], a[2 * p_all + p] + b[2 * p_all + p]
                l3, l4 = a[3 * p_all + p] + b[3 * p_all + p], a[4 * p_all + p] + b[4 * p_all + p]
                total += w
                lit += share
                m1 += share * l1
                m2 += share * l2
                m3 += share * l3
                m4 += share * l4
                w1, w2, w3, w4 = w * l1, w * l2, w * l3, w * l4
                f1 += w1
                f2 += w2
                f3 += w3
                f4 += w4
                s11 += w1 * l1
                s12 += w1 * l2
                s13 += w1 * l3
                s14 += w1 * l4
                s22 += w2 * l2
                s23 += w2 * l3
                s24 += w2 * l4
                s33 += w3 * l3
                s34 += w3 * l4
                s44 += w4 * l4
            row = sums[h]
            row[0] += total
            row[1] += lit
            row[2] += f1
            row[3] += f2
            row[4] += f3
            row[5] += f4
            row[6] += s11
            row[7] += s12
            row[8] += s13
            row[9] += s14
            row[10] += s22
            row[11] += s23
            row[12] += s24
            row[13] += s33
            row[14] += s34
            row[15] += s44
            row[16] += m1
            row[17] += m2
            row[18] += m3
            row[19] += m4
            if len(pair_weights):
                tt, ts, ss = kind(0), kind(0), kind(0)
                for s in range(half):
                    d = seen[s] * through[s] - seen[half + s] * through[half + s]
                    e = seen[s] - seen[half + s]
                    tt += pair_weights[s] * d * d
                    ts += pair_weights[s] * d * e
                    ss += pair_weights[s] * e * e
                row[20] += tt
                row[21] += ts
                row[22] += ss
