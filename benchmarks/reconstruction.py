"""Reconstruction: milliseconds a slice and error, beside ASTRA, algotom and scikit-image in the same run.

python benchmarks/reconstruction.py [--columns 512 1024 2048] [--angles 900] [--cores 1] [--slowest 60] [--json OUT]

The phantom is a drop with discs in it, whose line integrals are known in closed form, with counting noise. The error is
the root mean square in the circle that all projections see, as a part of the drop's coefficient: against the truth with
noise and without. Times are of the processor, the least of some runs; a peer that would take longer than ``--slowest``
seconds a slice, judged by the size before, is left out. Peers that take one slice at a time get one core for it, so the
comparison is fair on one core, which is the default.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

_MU = 0.4
"""Of the drop: attenuation across its diameter, so that every width has the same noise."""
_COUNTS = 20_000.0
_ROWS = 32
# Middle (y, x), radius, in parts of the width, and coefficient over the drop's.
_DISCS = (
    (0.02, -0.03, 0.40, 1.0),
    (-0.10, 0.12, 0.12, 0.5),
    (0.15, -0.08, 0.09, -0.6),
    (0.05, 0.22, 0.05, 1.0),
    (-0.22, -0.12, 0.03, -1.0),
)


def sinogram(columns: int, angles_deg: np.ndarray, centre: float) -> np.ndarray:
    """Line integrals of the phantom, (angle, column); the axis is at column ``centre``."""
    phi = np.deg2rad(angles_deg)[:, np.newaxis]
    total = np.zeros((len(angles_deg), columns))
    for y, x, radius, part in _DISCS:
        away = np.arange(columns) - centre - columns * (x * np.cos(phi) - y * np.sin(phi))
        total += part * 2 * np.sqrt(np.clip((radius * columns) ** 2 - away**2, 0, None))
    return total * _MU / (0.8 * columns)


def phantom(columns: int, centre: float) -> np.ndarray:
    """The phantom itself in parts of the drop's coefficient, its borders smoothed over a voxel."""
    away = np.arange(columns) - centre
    total = np.zeros((columns, columns))
    for y, x, radius, part in _DISCS:
        far = np.hypot(away[:, np.newaxis] - y * columns, away - x * columns)
        total += part * np.clip(radius * columns - far + 0.5, 0, 1)
    return total


def error(found: np.ndarray, truth: np.ndarray, centre: float) -> float:
    """Root mean square in the inscribed circle; of the eight ways to lay a square, the one that fits."""
    columns = len(truth)
    away = np.arange(columns) - centre
    circle = np.hypot(away[:, np.newaxis], away) < 0.48 * columns
    found = found / (_MU / (0.8 * columns))
    ways = [found, found[::-1]] if columns % 2 or centre == (columns - 1) / 2 else [found]
    ways += [np.rot90(way, turn) for way in ways for turn in (1, 2, 3)]
    return min(float(np.sqrt(np.mean((way - truth)[circle] ** 2))) for way in ways)


def methods(columns: int, angles_deg: np.ndarray) -> Iterator[tuple[str, int, Callable[[np.ndarray], np.ndarray]]]:
    """Yield name, slices at once, and what turns line integrals (angle, row, column) into a slice or slices."""
    from napari_crystalseg.errors import InputError
    from napari_crystalseg.tomography.methods.methods import method_named
    from napari_crystalseg.tomography.methods.ray_geometry import Geometry

    geometry = Geometry(angles_deg, columns, (columns - 1) / 2)
    for name in ("fourier", "gpu", "fbp"):
        try:
            yield f"ours {name}", _ROWS, method_named(name).prepare(geometry)
        except InputError as reason:
            print(f"ours {name}: {reason}", file=sys.stderr)
    yield "ASTRA FBP linear", 1, _astra(columns, angles_deg)
    try:
        from algotom.rec import reconstruction as algotom
    except ImportError:
        print("algotom is not installed", file=sys.stderr)
    else:
        radians, middle = np.deg2rad(angles_deg), (columns - 1) / 2
        options = {"angles": radians, "ratio": None, "apply_log": False}
        yield (
            "algotom FBP",
            1,
            lambda data: algotom.fbp_reconstruction(data[:, 0], middle, gpu=False, ncore=1, **options),
        )
        yield "algotom Fourier", 1, lambda data: algotom.dfi_reconstruction(data[:, 0], middle, **options)
    from skimage.transform import iradon

    yield "scikit-image", 1, lambda data: iradon(data[:, 0].T, theta=angles_deg, circle=True, filter_name="ramp")


def _astra(columns: int, angles_deg: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    import astra

    rays = astra.create_proj_geom("parallel", 1.0, columns, np.deg2rad(angles_deg))
    grid = astra.create_vol_geom(columns, columns)
    projector = astra.create_projector("linear", rays, grid)

    def run(data: np.ndarray) -> np.ndarray:
        source = astra.data2d.create("-sino", rays, data[:, 0])
        image = astra.data2d.create("-vol", grid)
        options = astra.astra_dict("FBP")
        options.update(ProjectorId=projector, ProjectionDataId=source, ReconstructionDataId=image)
        running = astra.algorithm.create(options)
        astra.algorithm.run(running)
        found = astra.data2d.get(image)
        astra.algorithm.delete(running)
        astra.data2d.delete([source, image])
        return found

    return run


def measure(columns: int, angles: int, known: dict[str, float], slowest_s: float) -> dict[str, dict[str, float]]:
    """Return, for each method, milliseconds a slice and the two errors."""
    angles_deg = np.arange(angles) * 180 / angles
    rng = np.random.default_rng(1)
    results: dict[str, dict[str, float]] = {}
    data: dict[float, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    for name, together, run in methods(columns, angles_deg):
        # Work grows with the square of the width at least.
        if known.get(name, 0.0) * 4 > slowest_s * 1e3:
            print(f"{name:18s} left out: more than {slowest_s:g} s a slice", flush=True)
            continue
        centre = float(columns // 2) if name == "scikit-image" else (columns - 1) / 2
        if centre not in data:
            clean = sinogram(columns, angles_deg, centre)
            counts = rng.poisson(_COUNTS * np.exp(-clean))
            data[centre] = clean.astype(np.float32), np.float32(-np.log(counts / _COUNTS)), phantom(columns, centre)
        clean, noisy, truth = data[centre]
        errors = []
        for values in (noisy, clean):  # the first run compiles, too
            found = run(np.ascontiguousarray(values[:, np.newaxis]))
            errors.append(error(found[0] if found.ndim == 3 else found, truth, centre))
        stack = np.ascontiguousarray(np.repeat(noisy[:, np.newaxis], together, axis=1))
        best, spent, runs = np.inf, 0.0, 0
        while runs < 1 or (spent < 6.0 and runs < 5):
            start, wall = time.process_time(), time.perf_counter()
            run(stack)
            best = min(best, time.process_time() - start)
            spent, runs = spent + time.perf_counter() - wall, runs + 1
        results[name] = {"ms_a_slice": best / together * 1e3, "rms_noisy": errors[0], "rms_clean": errors[1]}
        print(
            f"{name:18s}{results[name]['ms_a_slice']:12.1f} ms a slice   rms {errors[0]:.4f} with noise, "
            f"{errors[1]:.4f} without",
            flush=True,
        )
    return results


def main() -> None:
    """Print a table for each width."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, nargs="+", default=[512, 1024, 2048])
    parser.add_argument("--angles", type=int, default=900)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--slowest", type=float, default=60.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    # Before any library reads them.
    for variable in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(options.cores)
    found: dict[int, dict[str, dict[str, float]]] = {}
    known: dict[str, float] = {}
    for columns in sorted(options.columns):
        print(f"\n{columns} columns, {options.angles} angles, {options.cores} core(s)")
        found[columns] = measure(columns, options.angles, known, options.slowest)
        known = {name: result["ms_a_slice"] for name, result in found[columns].items()}
        best = min((n for n in known if n.startswith("ours")), key=known.__getitem__)
        for name in known:
            if not name.startswith("ours"):
                print(f"{best} is {known[name] / known[best]:.0f} times as fast as {name}")
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
