"""Draw what facets and joint smoothing do to damaged labels, for docs/review.md.

python scripts/review_tools_figure.py [--out docs/images/review-tools.png]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.colors import ListedColormap
from screenshots.lysozyme_in_loop import SHAPE, VOXEL_UM, bite, roughened, sample

from napari_crystalseg.class_colours import CLASS_COLOURS
from napari_crystalseg.labels import Material
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.review.tools.facets.fit import fit_facets
from napari_crystalseg.review.tools.facets.snap import snap_to_facets
from napari_crystalseg.review.tools.surfaces.joint_smoothing import smooth_jointly


def damaged(labels: np.ndarray) -> np.ndarray:
    """Return labels with rough surfaces, and with a bite out of the crystal in the middle slice."""
    rough = roughened(labels)
    rough[bite(rough)] = Material.LIQUOR
    return rough


def made(labels: np.ndarray, change: Change | None) -> np.ndarray:
    """Return labels with a change made."""
    after = labels.copy()
    if change is not None:
        after[change.box] = np.where(change.mask, change.labels, after[change.box])
    return after


def main(path: Path) -> None:
    """Draw one slice before, smoothed, and snapped to the facets, with the planes' traces."""
    before = damaged(sample())
    smooth = made(before, smooth_jointly(before, 1.5, VOXEL_UM))
    facets = fit_facets(smooth, VOXEL_UM)
    snapped = made(smooth, snap_to_facets(smooth, facets, VOXEL_UM))
    true = sample() == Material.CRYSTAL
    z = SHAPE[0] // 2
    colours = ListedColormap([CLASS_COLOURS[material] if material else (0.1, 0.1, 0.1) for material in Material])
    figure, all_axes = plt.subplots(1, 3, figsize=(9.6, 3.2), layout="constrained", sharey=True)
    titles = ("damaged", "all classes smoothed", "crystal snapped to its facets")
    for axes, labels, title in zip(all_axes, (before, smooth, snapped), titles, strict=True):
        crystal = labels == Material.CRYSTAL
        dice = 2 * np.count_nonzero(crystal & true) / (np.count_nonzero(crystal) + np.count_nonzero(true))
        axes.imshow(labels[z], cmap=colours, vmin=-0.5, vmax=4.5, interpolation="nearest")
        axes.contour(true[z], [0.5], colors="white", linewidths=0.8, linestyles="dashed")
        axes.set_title(f"{title}\ncrystal Dice {dice:.3f}", fontsize=10)
        axes.set_xlabel("axis 2, µm")
    all_axes[0].set_ylabel("axis 1, µm")
    figure.savefig(path, dpi=100)
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images/review-tools.png"))
    main(parser.parse_args().out)
