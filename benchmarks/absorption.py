"""Speed and accuracy of the ray tracer, against a plain traversal in the same run and AnACor's published figures.

    python benchmarks/absorption.py [--seconds 3]

Everything is measured on the phantom of 200^3 voxels in sample_data (851 crystal voxels, 1,000 reflections), and on the
same phantom with each voxel split into 3^3, which is nearer to a real volume. One thread; a core-second is a second of
its processor time, so that other work on the machine weighs less.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numba import njit, set_num_threads

from napari_crystalseg.absorption import Coefficients, absorb
from napari_crystalseg.absorption.tracing import TracingGrid, nonzero_box
from napari_crystalseg.absorption.tracing_kernel import accumulate, trace_incident, trace_pairs
from napari_crystalseg.labels import Labels
from napari_crystalseg.samples import sample_data_folder


def numpy_lengths(data, points, directions):
    """Exact traversal of one ray at a time: all crossings of voxel faces, sorted (Siddon 1985); plain NumPy."""
    lengths = np.zeros((len(points), 5))
    for ray, (point, step) in enumerate(zip(points + 0.5, directions, strict=True)):
        crossings = []
        for axis in range(3):
            if step[axis] != 0:
                last = data.shape[axis] if step[axis] > 0 else 0
                sign = 1 if step[axis] > 0 else -1
                faces = np.arange(np.floor(point[axis]) + (sign > 0), last + sign, sign)
                crossings.append((faces - point[axis]) / step[axis])
        end = min(c[-1] for c in crossings)
        t = np.sort(np.concatenate([[0.0], *crossings]))
        t = t[t <= end]
        voxel = np.floor(point + 0.5 * (t[1:] + t[:-1])[:, np.newaxis] * step).astype(int)
        lengths[ray] = np.bincount(data[tuple(voxel.T)], np.diff(t), minlength=5)
    return lengths


@njit(error_model="numpy")
def plain_lengths(data, points, directions):
    """Voxel-by-voxel traversal (Amanatides and Woo 1987), numba: what the tracer is without its leaps."""
    nz, ny, nx = data.shape
    lengths = np.zeros((len(points), 5))
    for ray in range(len(points)):
        k, j, i = points[ray]
        dz, dy, dx = directions[ray]
        pz, py, px = abs(1 / dz), abs(1 / dy), abs(1 / dx)
        tz, ty, tx = pz / 2, py / 2, px / 2
        sz, sy, sx = 1 if dz > 0 else -1, 1 if dy > 0 else -1, 1 if dx > 0 else -1
        t = 0.0
        while 0 <= k < nz and 0 <= j < ny and 0 <= i < nx:
            material = data[k, j, i]
            if tz < ty and tz < tx:
                lengths[ray, material] += tz - t
                t = tz
                tz += pz
                k += sz
            elif ty < tx:
                lengths[ray, material] += ty - t
                t = ty
                ty += py
                j += sy
            else:
                lengths[ray, material] += tx - t
                t = tx
                tx += px
                i += sx
    return lengths


def core_seconds(work: Callable[[], object], seconds: float) -> float:
    """Least processor time of a call, of as many as fit into ``seconds`` (after one to compile)."""
    work()
    least, stop = np.inf, time.monotonic() + seconds
    while time.monotonic() < stop or not np.isfinite(least):
        begin = time.process_time()
        work()
        least = min(least, time.process_time() - begin)
    return least


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="wall time spent on each row")
    seconds = parser.parse_args().seconds
    set_num_threads(1)
    peer = np.load(sample_data_folder() / "anacor_phantom200_851.npz")
    size = float(peer["voxel_um"])
    mu = Coefficients(float(peer["mu_liquor"]), float(peer["mu_loop"]), float(peer["mu_crystal"]))
    unit = [d / np.linalg.norm(d, axis=1, keepdims=True) for d in (-peer["incident_zyx"], peer["scattered_zyx"])]

    rows = []
    for name, split in (("200^3", 1), ("600^3", 3)):
        data = peer["labels"]
        for axis in range(3):
            data = np.repeat(data, split, axis=axis)
        labels = Labels(data, size / split)
        begin = time.process_time()
        grid = TracingGrid.of(labels)
        packing = time.process_time() - begin
        points = peer["coords"].astype(np.int64) * split + split // 2 - grid.origin
        incident, leaving = (grid.voxels_per_um(d) for d in unit)
        rng = np.random.default_rng(0)
        starts = np.ascontiguousarray(points[rng.integers(0, len(points), 20_000)])
        headings = np.ascontiguousarray(leaving[rng.integers(0, len(leaving), 20_000)])
        crop = np.ascontiguousarray(labels.data[nonzero_box(labels.data)])

        n = 100
        total = np.zeros(n)

        def reflections(grid=grid, points=points, incident=incident, leaving=leaving, total=total, n=n):
            total[:] = 0
            paths = trace_incident(*grid.packed, points, incident[:n])
            accumulate(
                *grid.packed, points, leaving[:n], paths, np.arange(n), mu.array(), np.ones(len(points)), np.empty(0),
                total, np.zeros(n), np.zeros((n, 4)),
            )  # fmt: skip

        rows.append((f"ours, whole reflections, {name}", 2 * n * len(points) / core_seconds(reflections, seconds)))
        if split == 1:
            exact = peer["A_exact_voxelcentre"][:n]
            error = np.abs(total / len(points) / exact - 1).max()
            theirs = {key: peer[key][:n] / exact - 1 for key in ("A_anacor", "A_anacor_bisection", "A_anacor_fulliter")}
        ours = trace_pairs(*grid.packed, starts, headings)[:, :5]
        assert np.allclose(ours, plain_lengths(crop, starts, headings), atol=1e-6)
        assert np.allclose(ours[:50], numpy_lengths(crop, starts[:50], headings[:50]), atol=1e-6)
        for kind, trace, source, rays in (
            ("ours, single rays", partial(trace_pairs, *grid.packed), (), len(starts)),
            ("plain numba traversal", plain_lengths, (crop,), len(starts)),
            ("plain NumPy traversal", numpy_lengths, (crop,), 50),
        ):
            work = partial(trace, *source, starts[:rays], headings[:rays])
            rows.append((f"{kind}, {name}", rays / core_seconds(work, seconds)))
        print(f"packing {crop.size / 1e6:.1f} million voxels of {name}: {packing:.2f} core-s (first call compiles)")

    print("\nrays a core-second")
    for name, speed in rows:
        print(f"  {name:42s} {speed:12,.0f}")
    print("  AnACor 2.0, standard, as published          1.0e6")
    print("  AnACor 2.0, bisection, as published         1.4e6 to 1.6e6")

    print("\nerror of A against exact voxel traversal of the same voxels, first 100 reflections")
    print(f"  ours, largest                {100 * error:+.2e} %")
    for key, off in theirs.items():
        print(f"  {key:28s} {100 * off.mean():+.3f} % (sd {100 * off.std():.3f} %)")

    print("\nwhole crystal of the phantom, 200 directions over the sphere")
    labels = Labels(peer["labels"], size)
    for tolerance in (5e-3, 1e-3):
        begin, wall = time.process_time(), time.monotonic()
        factors = absorb(labels, mu, sphere=200, tolerance=tolerance)
        step = factors.provenance.steps[-1]
        worst = (factors.standard_error / factors.absorption).max()
        print(
            f"  tolerance {tolerance:g}: {step['crystal_voxels_traced']['most']} of {step['crystal_voxels']} voxels, "
            f"largest standard error {worst:.1e}, {time.process_time() - begin:.2f} core-s, "
            f"{time.monotonic() - wall:.2f} s"
        )


if __name__ == "__main__":
    main()
