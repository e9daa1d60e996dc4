"""Speed and accuracy of projections: against the bare FFTs of their field, a dense reference, and the time of a scan.

    python benchmarks/propagation.py [--sizes 512 1024 2048] [--scan 900] [--accuracy-pixels 448] [--backend numpy]

A projection is all that is done for one angle before noise: line integrals of the labelled sample, complex
transmission, propagation, intensity on the pixels. The bare FFTs are one transform and its inverse of the field, with
and without its padding, in the same precision. The best of several runs counts, in processor time of one thread, so
that other work on the machine weighs less; the scan is timed by the clock, with noise and on all cores.

The dense reference is the exact integral for a sphere of water at 3.5 keV, 20 mm behind it, averaged over pixels of
0.3 µm.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from napari_crystalseg.computing.backend import array_module, fft
from napari_crystalseg.fidelity.exact_waves import sphere
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.xray import Acquisition, RefractiveIndex, acquire, polyhedron_thickness, wavelength_um
from napari_crystalseg.xray.waves.passage import Passage
from napari_crystalseg.xray.waves.wave import SampleWave

# A plane of points is held at a time, and of voxels all: more would take minutes.
MOST_POINTS = 1024
ENERGY_KEV, DISTANCE_MM, PIXEL_UM = 3.5, 20.0, 0.3
WATER, CRYSTAL = RefractiveIndex(19.096e-6, 342.3e-9), RefractiveIndex(21.907e-6, 350.9e-9)
INDICES = {Material.LIQUOR: WATER, Material.CRYSTAL: CRYSTAL}


def drop(rows: int, columns: int, voxel_um: float) -> Labels:
    """A crystal in a drop that fills two thirds of the field; the slices are alike, which costs nothing here."""
    y, x = (np.arange(columns) - (columns - 1) / 2)[:, np.newaxis], np.arange(columns) - (columns - 1) / 2
    radius = columns / 3
    data = np.where(x**2 + y**2 < radius**2, Material.LIQUOR, Material.AIR).astype(np.uint8)
    data[(np.abs(x * 0.8 + y * 0.6) < radius / 2) & (np.abs(y * 0.8 - x * 0.6) < radius / 3)] = Material.CRYSTAL
    return Labels(np.repeat(data[np.newaxis], rows, axis=0), voxel_um)


def settings(angles: int = 1, **changes: object) -> Acquisition:
    degrees = np.arange(angles) * 180 / max(angles, 1) + 17.0
    return Acquisition(
        **{"energy_kev": ENERGY_KEV, "distance_mm": DISTANCE_MM, "pixel_size_um": PIXEL_UM, "angles_deg": degrees}
        | changes
    )


def best(work: Callable[[], object], repeats: int, wait: Callable[[], None], clock: Callable[[], float]) -> float:
    """Least seconds of a call, after one to compile and plan."""
    work()
    wait()
    seconds = []
    for _ in range(repeats):
        begin = clock()
        work()
        wait()
        seconds.append(clock() - begin)
    return min(seconds)


def projection(size: int, backend: str, repeats: int) -> None:
    """Print the time of a projection of a field of ``size`` samples a side, and of its FFTs."""
    xp = array_module(backend)
    wait = (lambda: None) if xp is np else xp.cuda.Device().synchronize
    clock = time.process_time if xp is np else time.perf_counter
    wave = SampleWave(drop(size, size, PIXEL_UM), INDICES, None, settings(finest_supersampling=1), 1, xp)
    pad = 2 * wave.sampling.padding_px
    noise = np.random.default_rng(0).standard_normal((size, size, 2), dtype=np.float32)
    field = xp.asarray(noise.view(np.complex64)[..., 0])
    wide, tall = (xp.zeros(shape, dtype=np.complex64) for shape in ((size, size + pad), (size + pad, size)))

    def bare(array: np.ndarray) -> None:
        for axis in (0, 1):
            fft(fft(array, axis), axis, inverse=True)

    def padded() -> None:
        fft(fft(wide, 1), 1, inverse=True)
        fft(fft(tall, 0), 0, inverse=True)

    ours = best(lambda: wave.intensity(17.0), repeats, wait, clock)
    plain = best(lambda: bare(field), repeats, wait, clock)
    with_padding = best(padded, repeats, wait, clock)
    print(
        f"{size:5d}²  {1e3 * ours:9.1f} {1e3 * plain:9.1f} {1e3 * with_padding:12.1f} "
        f"{ours / plain:8.2f} {ours / with_padding:8.2f}   padding {pad // 2} a side"
    )


def accuracy(pixels: int, backend: str) -> None:
    """Print the error of the intensity behind a sphere for several ways to sample it."""
    xp = array_module(backend)
    wavelength, radius = wavelength_um(ENERGY_KEV), 0.3 * pixels * PIXEL_UM
    wavenumber = 2 * np.pi / wavelength
    r = np.linspace(0, 0.72 * pixels * PIXEL_UM, 8 * pixels)
    exact_profile = sphere(r, radius, WATER, wavelength, 1e3 * DISTANCE_MM)
    fine = ((np.arange(pixels * 8) + 0.5) / 8 - pixels / 2) * PIXEL_UM
    exact = np.empty((pixels, pixels))
    for row in range(pixels):
        distance = np.hypot(fine, fine[8 * row : 8 * row + 8, np.newaxis])
        exact[row] = np.interp(distance, r, exact_profile).mean(axis=0).reshape(pixels, 8).mean(axis=1)

    def error(found: np.ndarray) -> float:
        return float(np.sqrt(np.mean((found - exact) ** 2)))

    print(f"\nroot mean square error of intensity, {pixels}² pixels, sphere of {2 * radius:.0f} µm of water")
    chord = 2 * np.sqrt(np.clip(radius**2 - fine[4::8] ** 2 - fine[4::8, np.newaxis] ** 2, 0, None))
    print(
        f"  absorption only                                 {error(np.exp(-2 * wavenumber * WATER.beta * chord)):8.3%}"
    )
    for samples in (1, 2):
        for averaged in (1, 4):
            steps = samples * averaged
            axis = ((np.arange(pixels * steps) + 0.5) / steps - pixels / 2) * PIXEL_UM
            sheet = np.empty((pixels * samples,) * 2, dtype=np.complex64)
            for row in range(len(sheet)):
                rows = axis[averaged * row : averaged * (row + 1), np.newaxis]
                part = 2 * np.sqrt(np.clip(radius**2 - axis**2 - rows**2, 0, None))
                wave = np.exp(-wavenumber * (WATER.beta + 1j * WATER.delta) * part)
                sheet[row] = wave.mean(axis=0).reshape(-1, averaged).mean(axis=1)
            passage = Passage(sheet.shape, PIXEL_UM / samples, wavelength, 1e3 * DISTANCE_MM, 0.0, xp=xp)
            field = passage([xp.asarray(sheet)])
            light = field.real**2 + field.imag**2
            light = (light if xp is np else light.get()).reshape(pixels, samples, pixels, samples).mean(axis=(1, 3))
            how = f"exact shape, {samples} samples a pixel, mean of {averaged**2}"
            print(f"  {how:47s} {error(light):8.3%}")


def voxel_accuracy(pixels: int, backend: str) -> None:
    """Print the error of scans of voxelised spheres, and the error that their record states."""
    wavelength, radius = wavelength_um(ENERGY_KEV), 0.3 * pixels * PIXEL_UM
    r = np.linspace(0, 0.72 * pixels * PIXEL_UM, 16 * pixels)
    fine = ((np.arange(pixels * 8) + 0.5) / 8 - pixels / 2) * PIXEL_UM
    exact = np.interp(np.hypot(fine, fine[:, np.newaxis]), r, sphere(r, radius, WATER, wavelength, 1e3 * DISTANCE_MM))
    exact = exact.reshape(pixels, 8, pixels, 8).mean(axis=(1, 3))
    print(f"\nthe same with voxels, {pixels}² pixels, sphere of {2 * radius:.0f} µm")
    for supersampling in (1, 2, 4):
        voxels, voxel = pixels * supersampling, PIXEL_UM / supersampling
        for points in (1, 2, 4):
            if voxels * points > MOST_POINTS:
                continue
            share = sphere_shares(voxels, voxel, radius, points)
            labels = Labels((share > 0.5).astype(np.uint8), voxel)
            fractions = None
            if points > 1:
                fractions = np.zeros((4, *share.shape), dtype=np.float32)
                fractions[Material.LIQUOR - 1] = share
            wave = SampleWave(
                labels, INDICES, None, settings(), supersampling, array_module(backend), fractions=fractions
            )
            found = float(np.sqrt(np.mean((wave.intensity(17.0) - exact) ** 2)))
            seconds = best(lambda wave=wave: wave.intensity(17.0), 3, lambda: None, time.process_time)
            how = "labels" if points == 1 else f"partial volumes of {points}³ points"
            print(
                f"  {supersampling} voxels a pixel, {how:29s} {found:8.3%}   estimated "
                f"{wave.sampling.estimated_error:8.3%}   {1e3 * seconds:6.1f} ms"
            )


def polyhedron_accuracy(pixels: int, backend: str) -> None:
    """Print the error of scans of a voxelised box that leans every way, against its exact thickness.

    The reference has four samples a pixel, each the mean of the transmission of 4 × 4 rays.
    """
    wavelength, half, angle = wavelength_um(ENERGY_KEV), 0.18 * pixels * PIXEL_UM, 17.0
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))[0]
    normals, offsets = np.vstack([turn, -turn]), np.full(6, half)
    rays = polyhedron_thickness(normals, offsets, [angle], PIXEL_UM / 16, (16 * pixels,) * 2, rays=1)[0]
    sheet = np.exp(-2 * np.pi / wavelength * (WATER.beta + 1j * WATER.delta) * rays)
    sheet = sheet.reshape(4 * pixels, 4, 4 * pixels, 4).mean(axis=(1, 3)).astype(np.complex64)
    field = Passage(sheet.shape, PIXEL_UM / 4, wavelength, 1e3 * DISTANCE_MM, 0.0)([sheet])
    exact = (field.real**2 + field.imag**2).reshape(pixels, 4, pixels, 4).mean(axis=(1, 3))
    print(f"\na box of {2 * half:.0f} µm that leans against the voxels, {pixels}² pixels")
    for supersampling in (1, 2):
        for points in (1, 2, 4):
            voxels = pixels * supersampling
            axis = ((np.arange(voxels * points) + 0.5) / points / supersampling - pixels / 2) * PIXEL_UM
            share = np.zeros((voxels,) * 3, dtype=np.float32)
            for row, z in enumerate(axis):
                inside = np.ones((len(axis),) * 2, dtype=bool)
                for up, along, across in turn:
                    inside &= np.abs(up * z + along * axis[:, np.newaxis] + across * axis) < half
                share[row // points] += inside.reshape(voxels, points, voxels, points).sum(axis=(1, 3), dtype=np.int32)
            share /= points**3
            fractions = None
            if points > 1:
                fractions = np.zeros((4, *share.shape), dtype=np.float32)
                fractions[Material.LIQUOR - 1] = share
            labels = Labels((share > 0.5).astype(np.uint8), PIXEL_UM / supersampling)
            wave = SampleWave(
                labels, INDICES, None, settings(), supersampling, array_module(backend), fractions=fractions
            )
            found = float(np.sqrt(np.mean((wave.intensity(angle) - exact) ** 2)))
            how = "labels" if points == 1 else f"partial volumes of {points}³ points"
            print(f"  {supersampling} voxels a pixel, {how:29s} {found:8.3%}")


def sphere_shares(voxels: int, voxel_um: float, radius_um: float, points: int) -> np.ndarray:
    """Share of each voxel that a sphere in the middle fills, by counting points in it, shape (z, y, x)."""
    axis = ((np.arange(voxels * points) + 0.5) / points - voxels / 2) * voxel_um
    share = np.zeros((voxels,) * 3, dtype=np.float32)
    for row, z in enumerate(axis):
        inside = axis[:, np.newaxis] ** 2 + axis**2 < radius_um**2 - z**2
        share[row // points] += inside.reshape(voxels, points, voxels, points).sum(axis=(1, 3), dtype=np.int32)
    return share / points**3


def scan(angles: int, columns: int, backend: str) -> None:
    """Print the time of a whole scan with noise."""
    labels = drop(columns, columns, PIXEL_UM)
    quick = settings(2, finest_supersampling=1)
    acquire(labels, INDICES, quick, 0, backend=backend)
    begin = time.perf_counter()
    acquire(labels, INDICES, settings(angles, finest_supersampling=1), 0, backend=backend)
    seconds = time.perf_counter() - begin
    print(f"\n{angles} projections of {columns} px with noise: {seconds:.1f} s, {1e3 * seconds / angles:.1f} ms each")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[512, 1024, 2048])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--accuracy-pixels", type=int, default=448, help="0 leaves accuracy out")
    parser.add_argument(
        "--voxel-pixels", type=int, default=96, help="0 leaves it out; 4 voxels a pixel are 64 times it"
    )
    parser.add_argument("--scan", type=int, default=900, help="projections of the scan; 0 leaves it out")
    parser.add_argument("--scan-columns", type=int, default=512)
    parser.add_argument("--backend", default="numpy", help="numpy, cupy or auto")
    options = parser.parse_args()
    if options.sizes:
        print("   field    ours ms   FFTs ms  padded FFTs    ours /   ours /")
        print("                                                FFTs   padded")
    for size in options.sizes:
        projection(size, options.backend, options.repeats)
    if options.accuracy_pixels:
        accuracy(options.accuracy_pixels, options.backend)
    if options.voxel_pixels:
        voxel_accuracy(options.voxel_pixels, options.backend)
        polyhedron_accuracy(options.voxel_pixels, options.backend)
    if options.scan:
        scan(options.scan, options.scan_columns, options.backend)


if __name__ == "__main__":
    main()
