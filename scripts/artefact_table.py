"""What each artefact of a scan does to the volume, with and without its remedy.

    python scripts/artefact_table.py [--size 96] [--angles 180] [--picture docs/images/artefacts.png]

Prints the table of docs/preprocessing.md. One sample is scanned without artefacts and then with each in turn, with so
many photons that noise does not hide them. Without remedy: counts divided by the mean flat, and the true rotation axis.
With: `reconstruct` as it comes, which must find the axis, and phase retrieval where the scan has fringes. The error is
the root mean square difference from the volume of the faultless scan over the disc that all projections see, in parts
of the mean attenuation of the sample.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.phantom import draw_sample
from napari_crystalseg.scan import Scan
from napari_crystalseg.simulation.case import SUPERSAMPLING
from napari_crystalseg.tomography import Preprocessing, Recipe, reconstruct
from napari_crystalseg.tomography.methods.methods import method_named
from napari_crystalseg.tomography.methods.ray_geometry import Geometry
from napari_crystalseg.xray import Acquisition, RefractiveIndex, acquire

SEED, PIXEL_UM, ENERGY_KEV = 5, 1.0, 6.0
INDICES = {
    Material.LIQUOR: RefractiveIndex(7.0e-6, 5.4e-8),
    Material.LOOP: RefractiveIndex(8.5e-6, 3.2e-8),
    Material.CRYSTAL: RefractiveIndex(8.0e-6, 4.2e-8),
    Material.OTHER: RefractiveIndex(1.3e-5, 4.0e-7),
}


@dataclass(frozen=True)
class Artefact:
    """An artefact of the simulator and what helps against it.

    Parameters
    ----------
    title, remedy : str
        As in the table; no remedy where it is empty.
    settings : mapping
        Changes of the acquisition.
    options : mapping
        Arguments of ``reconstruct`` beside its defaults.
    """

    title: str
    remedy: str
    settings: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)


def artefacts(size: int, angles: int) -> list[Artefact]:
    jitter = np.arange(angles) * 180 / angles + np.random.default_rng(1).normal(0, 1.5, angles)
    return [
        Artefact("dead pixels, 0.1 %", "neighbours", {"dead_fraction": 0.001}),
        Artefact("hot pixels, 0.1 %", "neighbours", {"hot_fraction": 0.001}),
        Artefact("zingers, 0.01 % of pixels and frames", "neighbours in space and angle", {"zinger_rate": 1e-4}),
        Artefact("gain of pixels drifts, 1 %", "stripes", {"gain_drift": 0.01}),
        Artefact("gain of columns drifts, 1 %", "stripes", {"column_gain_drift": 0.01}),
        Artefact("beam loses 20 %", "air at the sides", {"intensity_drift": 0.2}),
        Artefact("beam moves by 1 px", "bands in the air", {"flat_drift_px": 1.0, "flat_structure": 0.15}),
        Artefact("axis 7.3 px off the middle", "axis found", {"rotation_centre_offset_px": 7.3}),
        Artefact("axis leans by 0.7° in the detector", "frames levelled", {"roll_deg": 0.7}),
        Artefact("uneven angles, 1.5°", "used as they are", {"angles_deg": jitter}),
        Artefact("missing wedge of 20°", "", {"angles_deg": np.linspace(0, 160, angles, endpoint=False)}),
        Artefact("field truncated to 50 %", "edges carried on", {"field_px": (size, int(0.5 * size) // 2 * 2)}),
        Artefact(
            "fringes at 20 mm", "phase retrieval (δ/β)", {"propagation": "auto", "distance_mm": 20.0},
            {"preprocessing": Preprocessing(delta_beta=7.0e-6 / 5.4e-8)},
        ),
        Artefact("axis leans by 0.5° along the beam", "", {"tilt_deg": 0.5}),
        Artefact("run-out of the axis, 0.5 px", "", {"wobble_px": 0.5}),
        Artefact("sample drifts by 1 px", "", {"drift_px": (0.7, 0.7)}),
        Artefact("sample shrinks by 1 %", "", {"shrinkage": 0.01}),
        Artefact("third harmonic, 2 %", "", {"third_harmonic": 0.02}),
    ]  # fmt: skip


def naive(scan: Scan, centre_px: float) -> NDArray[np.float32]:
    """Counts divided by the mean flat, even angles, air beyond the field, and nothing more."""
    dark = scan.darks.mean(axis=0)
    with np.errstate(all="ignore"):
        transmission = (scan.projections - dark) / (scan.flats.mean(axis=0) - dark)
    transmission = np.where(np.isfinite(transmission), transmission, 1.0)
    lines = -np.log(np.clip(transmission, 1e-4, 1e4)).astype(np.float32)
    count, _, width = scan.shape
    even = np.linspace(scan.angles_deg[0], scan.angles_deg[-1], count)
    lines = np.pad(lines, ((0, 0), (0, 0), (width // 2, width // 2)))
    geometry = Geometry(even, lines.shape[2], centre_px + width // 2, scan.pixel_size_um or 1.0)
    return middle(method_named("fbp").prepare(geometry)(lines), width)


def middle(volume: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The middle columns and planes."""
    start = (volume.shape[2] - width) // 2
    return volume[:, start : start + width, start : start + width]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--angles", type=int, default=180)
    parser.add_argument("--picture", help="PNG with a slice of each")
    options = parser.parse_args()
    size = options.size
    # Two fifths of the field are air, so that the truncated field cuts the sample's neighbourhood and not much more.
    sample = draw_sample(np.random.default_rng(SEED), size * PIXEL_UM * 0.85)
    labels: Labels = sample.voxelise((size * SUPERSAMPLING,) * 3, PIXEL_UM / SUPERSAMPLING)
    plain = Acquisition(
        energy_kev=ENERGY_KEV, distance_mm=5.0, pixel_size_um=PIXEL_UM, propagation="absorption",
        angles_deg=np.arange(options.angles) * 180 / options.angles, photons=1e7, read_noise=0.0, flats=20, darks=5,
        gain_drift=0.0, flat_structure=0.1,
    )  # fmt: skip
    third = {m: RefractiveIndex(i.delta / 9, i.beta / 81) for m, i in INDICES.items()}

    def scanned(settings: dict[str, Any]) -> Scan:
        return acquire(labels, INDICES, replace(plain, **settings), 3, SUPERSAMPLING, harmonic_indices=third)

    faultless = scanned({})
    true = reconstruct(faultless, Recipe(faultless.rotation_centre_px)).data
    r = np.hypot(*np.meshgrid(*(np.arange(size) - (size - 1) / 2,) * 2))
    filled = true > 0.3 * np.percentile(true, 99)
    level = float(true[filled].mean())

    def error(found: NDArray[np.float32]) -> float:
        width = found.shape[2]
        disc = middle(r[np.newaxis], width)[0] < width / 2 - 2
        return float(np.sqrt(((found - middle(true, width)) ** 2)[:, disc].mean()) / level)

    print(f"{size} px, {options.angles} angles; mean attenuation of the sample {1e3 * level:.2f} /mm\n")
    print("| artefact | without | with | remedy |\n| --- | --- | --- | --- |")
    pictures = []
    for artefact in artefacts(size, options.angles):
        scan = scanned(artefact.settings)
        before = naive(scan, (scan.shape[2] - 1) / 2 if "rotation_centre_offset_px" in artefact.settings
                       else scan.rotation_centre_px)  # fmt: skip
        after = reconstruct(scan, Recipe(**artefact.options)).data
        if artefact.remedy:
            pictures.append((artefact, before, after))
        print(
            f"| {artefact.title} | {error(before):.1%} | {error(after):.1%} | {artefact.remedy or 'none'} |", flush=True
        )
    if options.picture:
        draw(pictures, true, level, options.picture)


def draw(pictures: list[Any], true: NDArray[np.float32], level: float, path: str) -> None:
    """Save a slice of each volume, without the remedy above and with it below."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(4, (len(pictures) + 1) // 2, figsize=(15, 9.2), layout="constrained")
    for axis in axes.flat:
        axis.set_axis_off()
    for number, (artefact, before, after) in enumerate(pictures):
        top, column = 2 * (number // axes.shape[1]), number % axes.shape[1]
        for row, volume in ((top, before), (top + 1, after)):
            axes[row, column].imshow(volume[len(volume) // 2], cmap="gray", vmin=-0.3 * level, vmax=1.8 * level)
        axes[top, column].set_title(artefact.title, fontsize=9)
        axes[top + 1, column].set_title(f"with: {artefact.remedy}", fontsize=8)
    figure.savefig(path, dpi=75)


if __name__ == "__main__":
    main()
