"""Draw where edits matter in the sample, for docs/sensitivity.md.

python scripts/sensitivity_figure.py [--out docs/images/sensitivity.png]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.colors import ListedColormap, LogNorm

from napari_crystalseg.absorption import Coefficients, Directions, map_sensitivity
from napari_crystalseg.class_colours import CLASS_COLOURS
from napari_crystalseg.io import open_labels, open_volume
from napari_crystalseg.labels import Material
from napari_crystalseg.samples import sample_data_folder

# Thaumatin at 4.13 Å.
MU = Coefficients(liquor=0.02019, loop=0.01864, crystal=0.01926)


def main(path: Path) -> None:
    """Draw the labels of one slice, and the map on the voxel values beside them."""
    labels = open_labels(sample_data_folder() / "simulated_labels.tif")
    volume = open_volume(sample_data_folder() / "simulated_volume.tif")
    found = map_sensitivity(labels, MU, Directions.over_sphere(500))
    ppm = found.mean_change * (1e6 / found.mean)
    z = int(np.argwhere(labels.data == Material.CRYSTAL)[:, 0].mean())
    extent = (0, labels.shape[2] * labels.voxel_size_um[2], labels.shape[1] * labels.voxel_size_um[1], 0)
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.9), layout="constrained", sharey=True)
    for axes in (left, right):
        axes.imshow(volume.data[z], cmap="gray", extent=extent)
        axes.set_xlabel("axis 2, µm")
        axes.set_xlim(12, 108)
        axes.set_ylim(100, 10)
    colours = ListedColormap([CLASS_COLOURS[material] for material in Material])
    left.imshow(labels.data[z], cmap=colours, vmin=-0.5, vmax=4.5, alpha=0.6, extent=extent)
    left.set_ylabel("axis 1, µm (the source is below)")
    left.set_title("labels", fontsize=10)
    most = float(np.percentile(np.abs(found.mean_changes), 99.8)) * 1e6 / found.mean
    shown = np.ma.masked_where(ppm[z] == 0, np.abs(ppm[z]))
    picture = right.imshow(shown, cmap="inferno", norm=LogNorm(most / 1000, most), extent=extent)
    right.set_title("what a flip of each voxel is worth", fontsize=10)
    figure.colorbar(picture, ax=right, label="absolute change of mean A, ppm a voxel")
    figure.savefig(path, dpi=100)
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images/sensitivity.png"))
    main(parser.parse_args().out)
