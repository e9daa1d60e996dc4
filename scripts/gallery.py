"""Draw a gallery of simulated samples, and statistics of their reconstructions beside a real slice.

    python scripts/gallery.py OUT_DIR [--cases DIR] [--seed 778] [--count 12]

Simulates cases into OUT_DIR/cases, or takes those of DIR; what is there already is not simulated again. Writes
OUT_DIR/gallery.png and OUT_DIR/realism_statistics.png, and prints the figures of docs/realism.md. The real slice is
sample_data/i23_13076_slice30_f32.npy.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from numpy.typing import NDArray

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from napari_crystalseg.class_colours import CLASS_COLOURS
from napari_crystalseg.errors import InputError
from napari_crystalseg.fidelity.edges import EdgeProfile, edge_profile
from napari_crystalseg.fidelity.levels import class_levels, level_ratio
from napari_crystalseg.fidelity.noise import NoisePower, noise_power
from napari_crystalseg.fidelity.rings import RingProfile, mirrored_ring_profile, ring_profile
from napari_crystalseg.io import open_labels, open_scan, open_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.pictures.rendering import render_views, sample_box
from napari_crystalseg.pictures.sample_pictures import nice_length, plane_position
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.simulation.requests.case_request import CaseRequest
from napari_crystalseg.simulation.simulate import simulate
from napari_crystalseg.tomography import Preprocessing, Recipe, reconstruct, transmission_of
from napari_crystalseg.volume import Volume

COLOURS = {material: CLASS_COLOURS[material][:3] for material in list(Material)[1:]}
REAL, SIMULATED, RETRIEVED = "#d55e00", "#0072b2", "#009e73"
# Voxel values of the real slice, by its histogram: crystal has a narrow peak at 0.36, liquor a wide one at 0.53.
REAL_AIR, REAL_CRYSTAL, REAL_LIQUOR = 0.08, (0.32, 0.42), (0.45, 1.01)
# Measured on its labelled original: crystal 0.36 ± 0.013, liquor 0.53 ± 0.046, loop about 0.18.
REAL_LEVELS = {Material.AIR: 0.0, Material.LIQUOR: 0.53, Material.LOOP: 0.18, Material.CRYSTAL: 0.36}
PATCH_PX = 16
MARGIN_PX = 3
NEAR_AXIS_PX = 24
NOWHERE = 255


@dataclass(frozen=True, eq=False)
class Case:
    """A simulated case, with what is shown of it."""

    title: str
    labels: Labels
    volume: Volume
    retrieved: Volume | None
    projection: NDArray[np.float32]

    @classmethod
    def read(cls, folder: Path, number: int) -> Case:
        labels, volume = open_labels(folder / "labels.tif"), open_volume(folder / "volume.tif")
        scan = open_scan(folder / "scan.h5")
        manifest = json.loads((folder / "manifest.json").read_text())["description"]
        sample, conditions = manifest["sample"], manifest["conditions"]
        title = f"{number}  {sample['habit']}, {sample['mount']}\n{conditions['energy_kev']:.1f} keV, "
        title += f"{conditions['distance_mm']:.1f} mm"
        retrieved = None
        if conditions["phase_contrast"]:
            # As a beamline would try first: the phase of the liquor.
            delta, beta = scan.provenance.steps[-1]["indices"]["liquor"]
            retrieved = reconstruct(scan, Recipe("recorded", preprocessing=Preprocessing(delta_beta=delta / beta)))
        return cls(title, labels, volume, retrieved, transmission_of(scan)[0])


@dataclass(frozen=True, eq=False)
class Figures:
    """Statistics of one reconstruction."""

    name: str
    crystal: float | None
    loop: float | None
    edge: EdgeProfile | None
    rings: RingProfile
    level: float
    mirrored: RingProfile | None
    noise: NoisePower | None

    @property
    def roughness(self) -> float:
        """Standard deviation in the crystal, in parts of the liquor's level over air."""
        return float("nan") if self.noise is None else float(np.sqrt(self.noise.variance)) / self.level

    def row(self) -> str:
        def told(value: float | None, scale: float = 1.0, digits: int = 2) -> str:
            return "–" if value is None or not np.isfinite(value) else f"{scale * value:.{digits}f}"

        rings = [profile and profile.between(2, NEAR_AXIS_PX) / self.level for profile in (self.rings, self.mirrored)]
        edge = (self.edge.overshoot, self.edge.undershoot) if self.edge else (None, None)
        return " | ".join(
            (
                f"| {self.name}",
                told(self.crystal),
                told(self.loop),
                told(edge[0], 100, 0),
                told(edge[1], 100, 0),
                told(rings[0], 100),
                told(rings[1], 100),
                told(self.roughness, 100, 1) + " |",
            )
        )


def deep(mask: NDArray[np.bool_], margin: float) -> NDArray[np.bool_]:
    from scipy.ndimage import distance_transform_edt

    return distance_transform_edt(mask) > margin


def near(mask: NDArray[np.bool_], distance: float) -> NDArray[np.bool_]:
    return ~deep(~mask, distance) if mask.any() else np.zeros(mask.shape, dtype=bool)


def edge_of_liquor(
    voxel_values: NDArray[np.floating],
    sample: NDArray[np.bool_],
    others: NDArray[np.bool_],
    plateau_px: tuple[int, int],
) -> EdgeProfile | None:
    """Profile of liquor away from other classes; None where it is nowhere as deep as the plateau."""
    try:
        return edge_profile(voxel_values, sample, ~near(others, 5), plateau_px)
    except InputError:
        return None


@dataclass(frozen=True, eq=False)
class Regions:
    """Where the sample of a case is measured: a box about it, and in the box the insides of its classes."""

    box: tuple[slice, slice, slice]
    axis: tuple[float, float]
    sample: NDArray[np.bool_]
    not_liquor: NDArray[np.bool_]
    inside: NDArray[np.uint8]

    @classmethod
    def of(cls, labels: Labels) -> Regions:
        # With the air that a profile of the edge needs.
        sides = zip(sample_box(labels.data), labels.shape, strict=True)
        box = tuple(slice(max(side.start - 12, 0), min(side.stop + 12, n)) for side, n in sides)
        classes = labels.data[box]
        axis = tuple((n - 1) / 2 - side.start for n, side in zip(labels.shape[1:], box[1:], strict=True))
        y, x = (np.arange(n) - at for n, at in zip(classes.shape[1:], axis, strict=True))
        # The corners of slices are not reconstructed.
        seen = np.hypot(y[:, np.newaxis], x) < 0.47 * labels.shape[2]
        inside = np.full(classes.shape, NOWHERE, dtype=np.uint8)
        for material in Material:
            mask = classes == material
            if mask.any():
                inside[deep(mask, MARGIN_PX) & seen] = material
        others = np.isin(classes, (Material.LOOP, Material.CRYSTAL, Material.OTHER))
        return cls(box, axis, classes != Material.AIR, others | ~seen, inside)


def simulated_figures(name: str, volume: Volume, regions: Regions) -> Figures:
    voxel_values = volume.data[regions.box]
    levels = class_levels(voxel_values, regions.inside, margin_px=0)
    # Each class less its own level.
    rest = np.zeros(voxel_values.shape)
    counted = np.isin(regions.inside, (Material.LIQUOR, Material.CRYSTAL))
    for material, level in levels.items():
        inner = regions.inside == material
        rest[inner] = voxel_values[inner] - level
    row = round(regions.axis[0])
    return Figures(
        name,
        level_ratio(levels, Material.CRYSTAL, Material.LIQUOR),
        level_ratio(levels, Material.LOOP, Material.LIQUOR),
        edge_of_liquor(voxel_values, regions.sample, regions.not_liquor, (5, 10)),
        ring_profile(rest, counted, regions.axis),
        levels.get(Material.LIQUOR, float("nan")) - levels[Material.AIR],
        # The plane next to the axis, which lies between two voxels.
        mirrored_ring_profile(rest[:, row], regions.axis[1], counted[:, row]),
        noise_power(voxel_values, regions.inside == Material.CRYSTAL, PATCH_PX),
    )


def real_figures(voxel_values: NDArray[np.float32]) -> tuple[Figures, float]:
    """Statistics of the real slice, and the column of its axis."""
    from scipy.ndimage import binary_fill_holes, gaussian_filter, label

    smooth = gaussian_filter(voxel_values, 1.0)
    parts, _ = label(voxel_values > REAL_AIR)
    sample = binary_fill_holes(parts == np.bincount(parts.ravel())[1:].argmax() + 1)
    between = gaussian_filter(voxel_values, 2.0)
    crystal = largest((between > REAL_CRYSTAL[0]) & (between < REAL_CRYSTAL[1]) & sample)
    liquor = (smooth > REAL_LIQUOR[0]) & (smooth < REAL_LIQUOR[1]) & sample
    others = sample & ~liquor & deep(sample, 4)
    height = REAL_LEVELS[Material.LIQUOR]
    rest, counted = np.zeros(voxel_values.shape), np.zeros(voxel_values.shape, dtype=bool)
    for mask in (binary_fill_holes(crystal), binary_fill_holes(largest(liquor))):
        inner = deep(mask, MARGIN_PX)
        rest[inner] = voxel_values[inner] - np.median(voxel_values[inner])
        counted |= inner
    # The plane lies along the axis: rings are pairs of dots about the column where they are strongest.
    columns = np.arange(0.5 * voxel_values.shape[1], 0.9 * voxel_values.shape[1], 0.5)
    strength = [mirrored_ring_profile(rest, column, counted).between(2, 60) for column in columns]
    axis = float(columns[int(np.nanargmax(strength))])
    rings = mirrored_ring_profile(rest, axis, counted)
    figures = Figures(
        "real",
        level_ratio(REAL_LEVELS, Material.CRYSTAL, Material.LIQUOR),
        level_ratio(REAL_LEVELS, Material.LOOP, Material.LIQUOR),
        edge_of_liquor(voxel_values, sample, others, (16, 28)),
        RingProfile(np.arange(0), np.zeros(0), np.zeros(0)),
        height,
        rings,
        noise_power(voxel_values, deep(crystal, MARGIN_PX), PATCH_PX),
    )
    return figures, axis


def largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy.ndimage import label

    parts, _ = label(mask)
    return parts == np.bincount(parts.ravel())[1:].argmax() + 1


def contrast(voxel_values: NDArray[np.floating], percentiles: tuple[float, float] = (0.5, 99.8)) -> dict[str, float]:
    low, high = np.percentile(voxel_values, percentiles)
    return {"vmin": float(low), "vmax": float(high)}


def bare(axis: plt.Axes) -> None:
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set_visible(False)


def draw_gallery(cases: list[Case], path: Path) -> None:
    """Two samples a row: 3-D view, projection, three slices through the crystal."""
    rows = -(-len(cases) // 2)
    figure, axes = plt.subplots(rows, 10, figsize=(17, 1.76 * rows + 0.3), layout="constrained", squeeze=False)
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.015, wspace=0, hspace=0)
    for axis in axes.ravel():
        bare(axis)
    heads = ("labels", "projection", "across the axis", "along the axis", "along the axis")
    for column, head in enumerate(2 * heads):
        axes[0, column].set_title(head, fontsize=9)
    for number, case in enumerate(cases):
        panels = axes[number // 2, 5 * (number % 2) : 5 * (number % 2) + 5]
        panels[0].imshow(render_views(case.labels, COLOURS, size=220)[0])
        panels[0].set_ylabel(case.title, fontsize=7)
        panels[1].imshow(case.projection, cmap="gray", **contrast(case.projection, (0.3, 99.7)))
        at = plane_position(case.labels)
        shown = contrast(case.volume.data)
        for plane, panel in enumerate(panels[2:]):
            panel.imshow(np.take(case.volume.data, at[plane], axis=plane), cmap="gray", **shown)
        scale_bar(panels[2], case.volume.voxel_size_um[2], case.volume.shape[2])
    save(figure, path, 96)


def scale_bar(axis: plt.Axes, pixel_um: float, columns: int) -> None:
    length = nice_length(0.35 * columns * pixel_um)
    axis.plot([4, 4 + length / pixel_um], [columns - 6] * 2, color="white", lw=2, solid_capstyle="butt")
    axis.text(4, columns - 9, f"{length:g} µm", color="white", fontsize=6, va="bottom")


def draw_statistics(
    real: NDArray[np.float32],
    centre_px: float,
    of_real: Figures,
    cases: list[Case],
    found: list[Figures],
    retrieved: list[Figures],
    path: Path,
) -> None:
    figure, axes = plt.subplots(2, 3, figsize=(12.5, 7.4), layout="constrained")
    axes[0, 0].imshow(real.T[:, ::-1], cmap="gray", **contrast(real), aspect="equal")
    axes[0, 0].axhline(centre_px, color=REAL, lw=0.6, ls=(0, (4, 6)))
    axes[0, 0].set_title("real: I23 slice along the rotation axis (dashed)", fontsize=9)
    widest = max(cases, key=lambda case: int((case.labels.data > 0).sum()))
    plane = np.take(widest.volume.data, plane_position(widest.labels)[2], axis=2)
    axes[1, 0].imshow(plane, cmap="gray", **contrast(widest.volume.data))
    axes[1, 0].set_title(f"simulated: sample {widest.title.split()[0]}, along the rotation axis", fontsize=9)
    for one in axes[:, 0]:
        bare(one)
    draw_ratios(axes[0, 1], of_real, found)
    draw_edges(axes[0, 2], of_real, found, retrieved)
    draw_rings(axes[1, 1], of_real, found, retrieved)
    draw_noise(axes[1, 2], of_real, found, retrieved)
    for one in axes[:, 1:].ravel():
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=8)
    save(figure, path, 84)


def draw_ratios(axis: plt.Axes, of_real: Figures, found: list[Figures]) -> None:
    axis.axline((0, 0), slope=1, color="0.85", lw=0.8)
    points = [(f.crystal, f.loop) for f in found]
    axis.plot(*zip(*((c, o) for c, o in points if c is not None and o is not None), strict=True), "o", c=SIMULATED)
    axis.plot(of_real.crystal, of_real.loop, "D", c=REAL, ms=8)
    axis.set(xlabel="crystal / liquor", ylabel="mount / liquor", xlim=(0.5, 1.15), ylim=(0.2, 1.3))
    axis.set_title("levels over air", fontsize=9)


def draw_edges(axis: plt.Axes, of_real: Figures, found: list[Figures], retrieved: list[Figures]) -> None:
    for one, style in styled(of_real, found, retrieved):
        if one.edge:
            axis.plot(one.edge.depth_px, one.edge.relative, **style)
    axis.set(xlabel="depth below the surface of the liquor, px", ylabel="voxel value: air 0, plateau 1", xlim=(-10, 20))
    axis.set_title("edge against air", fontsize=9)
    names = ("real, iterative", "simulated", "simulated, phase retrieved")
    for name, colour in zip(names, (REAL, SIMULATED, RETRIEVED), strict=True):
        axis.plot([], [], color=colour, lw=2, label=name)
    axis.legend(fontsize=8, frameon=False)


def draw_rings(axis: plt.Axes, of_real: Figures, found: list[Figures], retrieved: list[Figures], band: int = 4) -> None:
    radii = np.arange(2, 58, band)
    for one, style in styled(of_real, found, retrieved):
        profile = of_real.mirrored if one is of_real else one.rings
        rms = [100 * profile.between(r, r + band) / one.level for r in radii]
        axis.plot(radii + band / 2, np.maximum(rms, 0.01), **style)
    axis.set(xlabel="distance from the axis, px", ylabel="rms, % of the liquor's level", yscale="log")
    axis.set_title("rings in crystal and liquor", fontsize=9)


def draw_noise(axis: plt.Axes, of_real: Figures, found: list[Figures], retrieved: list[Figures]) -> None:
    for one, style in styled(of_real, found, retrieved):
        if one.noise:
            axis.semilogy(one.noise.frequency[1:], one.noise.power[1:] / one.level**2, **style)
    axis.set(xlabel="cycles / px", ylabel="(voxel value / liquor's level)² px²")
    axis.set_title("noise power in the crystal", fontsize=9)


def styled(
    of_real: Figures, found: list[Figures], retrieved: list[Figures]
) -> Iterator[tuple[Figures, dict[str, Any]]]:
    for colour, figures in ((SIMULATED, found), (RETRIEVED, retrieved)):
        yield from ((one, {"color": colour, "lw": 0.8, "alpha": 0.8}) for one in figures)
    yield of_real, {"color": REAL, "lw": 2.2}


def save(figure: plt.Figure, path: Path, dpi: int) -> None:
    """Write a picture of at most 256 colours: voxel values need no more."""
    import io

    from PIL import Image

    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
    plt.close(figure)
    picture = Image.open(stream).convert("RGB").quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--cases", type=Path, help="folder of simulated cases; OUT_DIR/cases by default")
    parser.add_argument("--seed", type=int, default=778)
    parser.add_argument("--count", type=int, default=12)
    options = parser.parse_args()
    folder = options.cases or options.out_dir / "cases"
    options.out_dir.mkdir(parents=True, exist_ok=True)
    folders = simulate(folder, options.count, CaseRequest(options.seed))
    cases = [Case.read(one, number) for number, one in enumerate(folders, 1)]
    draw_gallery(cases, options.out_dir / "gallery.png")
    found, retrieved = [], []
    for number, case in enumerate(cases, 1):
        regions = Regions.of(case.labels)
        found.append(simulated_figures(str(number), case.volume, regions))
        if case.retrieved:
            retrieved.append(simulated_figures(f"{number}, phase retrieved", case.retrieved, regions))
        print(".", end="", flush=True)
    print()
    real = np.load(sample_data_folder() / "i23_13076_slice30_f32.npy")
    of_real, centre_px = real_figures(real)
    print(f"axis of the real slice: column {centre_px}")
    heads = ("sample", "crystal / liquor", "mount / liquor", "overshoot, %", "undershoot, %")
    print("|", " | ".join((*heads, "rings, %", "rings in one plane, %", "crystal's rms, %")), "|")
    for one in [*found, *retrieved, of_real]:
        print(one.row())
    draw_statistics(real, centre_px, of_real, cases, found, retrieved, options.out_dir / "realism_statistics.png")


if __name__ == "__main__":
    main()
