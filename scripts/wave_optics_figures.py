"""Draw simulated waves over exact curves, for docs/wave-optics.md.

python scripts/wave_optics_figures.py [--out docs/images]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from napari_crystalseg.fidelity.exact_waves import gaussian_beam, knife_edge, sphere
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.xray import Acquisition, RefractiveIndex, multislice, propagate, wavelength_um
from napari_crystalseg.xray.waves.wave import SampleWave

WAVELENGTH = wavelength_um(3.5)
WATER = RefractiveIndex(19.096e-6, 342.3e-9)
EXACT, OURS = {"color": "0.2", "lw": 1.0, "label": "exact"}, {"color": "#d55e00", "ms": 2.5, "label": "simulated"}


def save(figure: plt.Figure, path: Path) -> None:
    """Write a small picture."""
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    plt.close(figure)
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


def panel(xlabel: str, ylabel: str = "intensity") -> tuple[plt.Figure, plt.Axes]:
    figure, axes = plt.subplots(figsize=(6.0, 3.0))
    axes.set(xlabel=xlabel, ylabel=ylabel)
    return figure, axes


def draw_knife_edge(path: Path) -> None:
    distance, pixel, columns = 2e4, 0.05, 2400
    field = np.zeros((1, columns), np.complex64)
    field[:, columns // 2 :] = 1
    found = np.abs(propagate(field, distance, WAVELENGTH, pixel)[0]) ** 2
    x = (np.arange(columns) - columns / 2 + 0.5) * pixel
    near = np.abs(x - 3) < 9
    exact = knife_edge(x, WAVELENGTH, distance)
    figure, axes = panel("distance from the edge, µm")
    axes.plot(x[near], exact[near], **EXACT)
    axes.plot(x[near][::4], found[near][::4], ".", **OURS)
    axes.set_title(f"Knife edge, 3.5 keV, 20 mm: rms difference {rms(found[near] - exact[near]):.1e}", fontsize=9)
    axes.legend(fontsize=8)
    save(figure, path)


def draw_talbot(path: Path) -> None:
    period, pixel, columns = 4.8, 0.15, 256
    distance = 2 * period**2 / WAVELENGTH
    grating = np.tile(np.repeat([1.0, 0.2], 16), columns // 32)[np.newaxis].astype(np.complex64)
    steps = np.linspace(0, distance, 161)
    carpet = [np.abs(propagate(grating, z, WAVELENGTH, pixel, padding_px=0)[0, :96]) ** 2 for z in steps]
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.0), width_ratios=(1.4, 1))
    axes[0].imshow(np.transpose(carpet), aspect="auto", cmap="gray", extent=(0, distance / 1000, 96 * pixel, 0))
    axes[0].set(xlabel="distance, mm", ylabel="µm")
    x = (np.arange(96) + 0.5) * pixel
    axes[1].step(x, np.abs(grating[0, :96]) ** 2, where="mid", **EXACT)
    axes[1].plot(x, carpet[-1], ".", **OURS)
    axes[1].plot(x, carpet[80], ".", ms=2.5, color="#0072b2", label="at half of it")
    axes[1].set(xlabel="µm", ylabel="intensity")
    axes[1].set_title(f"after z_T = 2p²/λ = {distance / 1000:.1f} mm", fontsize=9)
    axes[1].legend(fontsize=7)
    save(figure, path)


def draw_sphere(path: Path) -> None:
    pixel, pixels, radius = 0.3, 96, 9.0
    r = np.linspace(0, 0.55 * pixels * pixel, 1200)
    # Averaged over the pixel, as a detector does; the row next to the middle is drawn.
    x = np.linspace(pixel / 2, 0.5 * pixels * pixel - pixel / 2, 500)
    part = (np.arange(8) + 0.5) / 8 * pixel
    across, along = (x[:, np.newaxis] + part - pixel / 2)[:, :, np.newaxis], part
    exact = np.interp(np.hypot(across, along), r, sphere(r, radius, WATER, WAVELENGTH, 2e4)).mean(axis=(1, 2))
    figure, axes = panel("distance from the middle, µm")
    axes.plot(x, exact, **EXACT)
    for supersampling, colour in ((1, "#0072b2"), (4, "#d55e00")):
        size = pixels * supersampling
        axis = (np.arange(size) - (size - 1) / 2) * pixel / supersampling
        inside = axis[:, np.newaxis, np.newaxis] ** 2 + axis[:, np.newaxis] ** 2 + axis**2 < radius**2
        settings = Acquisition(energy_kev=3.5, distance_mm=20.0, pixel_size_um=pixel, angles_deg=[17.0])
        labels = Labels(inside.astype(np.uint8), pixel / supersampling)
        wave = SampleWave(labels, {Material.LIQUOR: WATER}, None, settings, supersampling)
        found = wave.intensity(17.0)[pixels // 2, pixels // 2 :]
        at = (np.arange(len(found)) + 0.5) * pixel
        error = wave.sampling.estimated_error
        axes.plot(
            at, found, ".", ms=3, color=colour, label=f"{supersampling} voxels a pixel, estimated {error:.1%} rms"
        )
    axes.set_title("Sphere of water, radius 9 µm, 3.5 keV, 20 mm, pixels of 0.3 µm", fontsize=9)
    axes.legend(fontsize=8)
    save(figure, path)


def draw_lens(path: Path) -> None:
    pixel, columns, start, width = 0.25, 256, 8.0, 4.0
    wavenumber = 2 * np.pi / WAVELENGTH
    x = (np.arange(columns) - columns / 2) * pixel
    g = 2 / (wavenumber * width**2)
    beam = np.exp(-(((x - start) / width) ** 2))[np.newaxis].astype(np.complex64)

    def through(thickness: float, slices: int, symmetric: bool) -> np.ndarray:
        dz = thickness / slices
        lens = np.exp(-0.5j * wavenumber * g**2 * x**2 * dz)[np.newaxis].astype(np.complex64)
        options = {"slices": slices, "symmetric": symmetric, "incident": beam, "padding_px": 0}
        return np.abs(multislice([lens] * slices, dz, WAVELENGTH, pixel, **options)[0]) ** 2

    figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.0))
    depths = np.linspace(0.05, 2 * np.pi, 40) / g
    centres = [np.sum(i * x) / np.sum(i) for i in (through(z, max(4, int(8 * z * g)), True) for z in depths)]
    axes[0].plot(depths / 1000, start * np.cos(g * depths), **EXACT)
    axes[0].plot(depths / 1000, centres, ".", ms=4, color="#d55e00", label="simulated")
    axes[0].set(xlabel="depth in the lens, mm", ylabel="centre of the beam, µm")
    axes[0].legend(fontsize=8)
    counts = np.array([4, 8, 16, 32, 64])
    expected = np.exp(-2 * ((x - start * np.cos(0.9)) / width) ** 2)
    for symmetric, name, colour in ((True, "symmetric", "#d55e00"), (False, "plain recursion", "#0072b2")):
        errors = np.array([rms(through(0.9 / g, n, symmetric) - expected) for n in counts])
        slope = -np.polyfit(np.log(counts[:4]), np.log(errors[:4]), 1)[0]
        axes[1].loglog(counts, errors, "o-", ms=3, color=colour, label=f"{name}, order {slope:.2f}")
    axes[1].set(xlabel="slices", ylabel="rms error")
    axes[1].set_xticks(counts, labels=[str(n) for n in counts])
    axes[1].minorticks_off()
    axes[1].legend(fontsize=8)
    save(figure, path)


def draw_gaussian(path: Path) -> None:
    waist, pixel, size = 12.0, 0.6, 256
    axis = (np.arange(size) - (size - 1) / 2) * pixel
    beam = np.exp(-(axis[:, np.newaxis] ** 2 + axis**2) / waist**2).astype(np.complex64)
    rayleigh = np.pi * waist**2 / WAVELENGTH
    figure, axes = panel("distance from the axis, µm")
    for fraction, colour in ((0.0, "#009e73"), (0.5, "#0072b2"), (1.0, "#d55e00")):
        found = np.abs(propagate(beam, fraction * rayleigh, WAVELENGTH, pixel)) ** 2
        r = np.hypot(axis, axis[size // 2])
        exact = gaussian_beam(r, waist, WAVELENGTH, fraction * rayleigh)
        axes.plot(axis, exact, color="0.2", lw=1.0)
        axes.plot(axis[::3], found[size // 2, ::3], ".", ms=3, color=colour, label=f"{fraction * rayleigh / 1e6:.2f} m")
    axes.set(xlim=(-50, 50))
    axes.set_title(f"Gaussian beam, waist 12 µm, z_R = {rayleigh / 1e6:.3f} m; lines exact", fontsize=9)
    axes.legend(fontsize=8)
    save(figure, path)


def rms(difference: np.ndarray) -> float:
    return float(np.sqrt(np.mean(difference**2)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "images")
    out = parser.parse_args().out
    draw_knife_edge(out / "wave-knife-edge.png")
    draw_talbot(out / "wave-talbot.png")
    draw_sphere(out / "wave-sphere.png")
    draw_lens(out / "wave-lens.png")
    draw_gaussian(out / "wave-gaussian.png")


if __name__ == "__main__":
    main()
