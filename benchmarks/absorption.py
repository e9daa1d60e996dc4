"""Speed and accuracy of the ray tracer beside AnACor's published figures, and how the time grows.

    python benchmarks/absorption.py [--seconds 2] [--large] [--figure scaling.svg]

Speed and error are measured on the phantom of 200^3 voxels in sample_data (851 crystal voxels, 1,000 reflections), from
the same crystal voxels as the published figures. Rays are counted as if each reflection had its own: two from every
crystal voxel; where paths are shared, fewer are traced, and all else is counted in (laying the nodes, the sums). One
thread; a core-second is a second of its processor time, so that other work on the machine weighs less.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numba import njit, set_num_threads

from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.absorption.tracing.crystal_sample import CrystalSample
from napari_crystalseg.absorption.tracing.paths import TracingGrid, sample_box
from napari_crystalseg.absorption.tracing.sharing import Rays, Spacing
from napari_crystalseg.absorption.tracing.tracer import Tracer
from napari_crystalseg.experiment import Experiment, Reflections, Sweep
from napari_crystalseg.experiment.goniometer import Goniometer
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.progress import silent
from napari_crystalseg.samples import sample_data_folder


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


def still_experiment(wavelength):
    """Beam along -Z, rotation about +X."""
    axis = Goniometer.from_dict({"rotation_axis": [1, 0, 0]})
    return Experiment((Sweep(np.array([0.0, 0.0, 1.0]), wavelength, axis, (0.0, 1.0)),))


def more_reflections(peer, n):
    """As many reflections as asked for: scattered like those of the phantom, at any angle."""
    rng = np.random.default_rng(0)
    s1 = peer["s1"][rng.integers(0, len(peer["s1"]), n)] + rng.normal(0, 0.02, (n, 3))
    s1 *= np.linalg.norm(peer["s1"][0]) / np.linalg.norm(s1, axis=1, keepdims=True)
    return Reflections(s1, rng.uniform(0, 2 * np.pi, n))


def drop(shape):
    """A tilted crystal in a drop of liquor on a loop, with a bubble; it fills a box of this shape."""
    data = np.zeros(shape, np.uint8)
    y, x = (np.linspace(-1, 1, n)[axis] for n, axis in ((shape[1], np.s_[:, None]), (shape[2], np.s_[None, :])))
    for k, z in enumerate(np.linspace(-1, 1, shape[0])):
        plane = data[k]
        plane[z**2 + y**2 + x**2 < 0.9] = Material.LIQUOR
        plane[(np.abs(np.hypot(z, y) - 0.85) < 0.04) & (np.abs(x) < 0.03)] = Material.LOOP
        plane[(np.abs(z + 0.3 * x) < 0.3) & (np.abs(y - 0.2 * z) < 0.3) & (np.abs(x) + 0.5 * np.abs(y) < 0.4)] = 3
        plane[(z - 0.45) ** 2 + (y + 0.25) ** 2 + (x - 0.2) ** 2 < 0.01] = Material.OTHER
    return data


def measure_speed(peer, mu, seconds):
    """Print rays a core-second and errors on the phantom."""
    size = float(peer["voxel_um"])
    labels = Labels(peer["labels"], size)
    voxels = peer["coords"].astype(np.int64)
    sample = CrystalSample(voxels, np.ones(len(voxels)), np.empty(0))
    experiment = still_experiment(1 / np.linalg.norm(peer["s1"][0]))
    tracer = Tracer(labels, mu)
    exact = peer["A_exact_voxelcentre"]
    lines = []

    grid = TracingGrid(labels)
    leaving = Directions.of(experiment, Reflections(peer["s1"], peer["omega"])).leaving
    block, out = voxels[:832], np.empty((200, 5, 832))
    speed = (
        out.shape[0] * out.shape[2] / core_seconds(lambda: grid.trace(block, leaving[:200], mu.array(), out), seconds)
    )
    lines.append(("compiled traversal alone", speed, ""))
    crop = np.ascontiguousarray(labels.data[sample_box(labels.data)])
    rng = np.random.default_rng(0)
    starts = np.ascontiguousarray((voxels - grid.origin)[rng.integers(0, len(voxels), 20_000)])
    headings = np.ascontiguousarray(leaving[rng.integers(0, len(leaving), 20_000)] / size)
    assert np.allclose(
        grid.trace_single(starts + grid.origin, headings * size),
        plain_lengths(crop, starts, headings)[:, 1:],
        atol=1e-6,
    )
    speed = len(starts) / core_seconds(lambda: plain_lengths(crop, starts, headings), seconds)
    lines.append(("plain numba traversal, for comparison", speed, ""))
    for table, ways in (
        (Reflections(peer["s1"], peer["omega"]), (Spacing(), Spacing(2.0, 0.0), Spacing(3.0, 6.0))),
        (more_reflections(peer, 20_000), (Spacing(3.0, 6.0), Spacing(2.0, 3.0))),
        (more_reflections(peer, 230_000), (Spacing(3.0, 6.0), Spacing(2.0, 3.0))),
    ):
        directions = Directions.of(experiment, table)
        rays = Rays(directions.incident, directions.leaving, directions.sweep)
        for spacing in ways:

            def work(rays=rays, spacing=spacing):
                return tracer.trace(*spacing.nodes(rays), sample, None, silent)

            found = work()
            speed = 2 * len(rays) * len(sample) / core_seconds(work, seconds)
            name = f"{len(rays):,} reflections, " + (
                "every ray traced"
                if spacing == Spacing()
                else f"nodes {spacing.incident_deg:g} deg on the circle, "
                + (f"{spacing.leaving_deg:g} deg on the sphere" if spacing.leaving_deg else "scattered rays traced")
            )
            error = ""
            if len(rays) == len(exact):
                off = found.absorption / exact - 1
                error = f"{off.mean():+.1e} (sd {off.std():.1e}, largest {np.abs(off).max():.1e})"
            lines.append((name, speed, error))
    for key, name, speed in (
        ("A_anacor", "AnACor 2.0, standard", "1.0e6"),
        ("A_anacor_bisection", "AnACor 2.0, bisection", "1.4e6-1.6e6"),
        ("A_anacor_fulliter", "AnACor 2.0, full iteration", ""),
    ):
        off = peer[key] / exact - 1
        lines.append((name, speed, f"{off.mean():+.1e} (sd {off.std():.1e}, largest {np.abs(off).max():.1e})"))
    print(f"{'phantom of 200^3 voxels, from 851 crystal voxels':72s} rays/core-s   error of A against exact traversal")
    for name, speed, error in lines:
        print(f"{name:72s} {speed if isinstance(speed, str) else format(speed, ',.0f'):>11s}   {error}")


def measure_scaling(peer, mu, large, figure):
    """Print the time of whole runs at the default tolerance, by size of the volume and number of reflections."""
    experiment = still_experiment(1 / np.linalg.norm(peer["s1"][0]))
    shapes = [(100, 128, 128), (200, 256, 256), (400, 512, 512)] + [(660, 850, 850)] * large
    counts = (1_000, 20_000, 230_000)
    absorb(Labels(drop((32, 32, 32)), 6.0), mu, Directions.of(experiment, more_reflections(peer, 20_000)))
    print("\nwhole runs, tolerance 0.1 %, drop of 100 x 130 x 130 um")
    print("volume             reflections   crystal voxels traced    core-s      rays/core-s   peak memory")
    curves = {}
    for shape in shapes:
        labels = Labels(drop(shape), 100.0 / shape[0])
        for n in counts:
            begin = time.process_time()
            factors = absorb(labels, mu, Directions.of(experiment, more_reflections(peer, n)))
            spent = time.process_time() - begin
            step = factors.provenance.steps[-1]
            most = step["crystal_voxels_traced"]["most"]
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            curves.setdefault(shape, []).append(spent)
            print(
                f"{'x'.join(map(str, shape)):17s} {n:12,d}   {most:9,d} of {step['crystal_voxels']:10,d}   {spent:7.2f}"
                f"   {2 * n * most / spent:14,.0f}   {memory:6.2f} GB"
            )
    if figure is not None:
        from matplotlib.figure import Figure

        canvas = Figure(figsize=(6, 4), layout="constrained")
        axes = canvas.subplots()
        for shape, spent in curves.items():
            axes.loglog(counts, spent, "o-", label=" x ".join(map(str, shape)))
        axes.set(xlabel="reflections", ylabel="core-seconds at 0.1 %")
        axes.legend(title="voxels")
        canvas.savefig(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="wall time spent on each row of the first table")
    parser.add_argument("--large", action="store_true", help="also a volume of 660 x 850 x 850 voxels")
    parser.add_argument("--figure", type=Path, help="draw the scaling curve into this file")
    arguments = parser.parse_args()
    set_num_threads(1)
    peer = np.load(sample_data_folder() / "anacor_phantom200_851.npz")
    mu = Coefficients(float(peer["mu_liquor"]), float(peer["mu_loop"]), float(peer["mu_crystal"]))
    measure_speed(peer, mu, arguments.seconds)
    measure_scaling(peer, mu, arguments.large, arguments.figure)


if __name__ == "__main__":
    main()
