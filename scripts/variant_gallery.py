"""Draw docs/images/variants.png: slices of labels and of seven variants of them.

Run: python scripts/variant_gallery.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.colors import ListedColormap

from napari_crystalseg.class_colours import CLASS_COLOURS
from napari_crystalseg.io import open_labels
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.phantom.variants.deformation import Deformation
from napari_crystalseg.phantom.variants.mount_thickness import mount_thickness_um
from napari_crystalseg.phantom.variants.pose import Pose
from napari_crystalseg.phantom.variants.variant import Variant
from napari_crystalseg.phantom.variants.variants import draw_variant, make_variant
from napari_crystalseg.samples import sample_data_folder

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "variants.png"
HALF_WIDTH = 42  # voxels


def variants(labels: Labels) -> dict[str, Variant]:
    """One variant for each change, and two with everything drawn."""
    rng = np.random.default_rng(1)
    field_um = max(n * s for n, s in zip(labels.shape, labels.voxel_size_um, strict=True))
    thick = 0.5 * mount_thickness_um(labels)
    return {
        "turned, leaning, mirrored": Variant(Pose((False, True, False), 40.0, 8.0, 90.0)),
        "deformed": Variant(deformation=Deformation.draw(rng, 0.7 * field_um, 0.7)),
        "another habit": Variant(crystal_habit="lysozyme", seed=3),
        "smaller crystal, 0.4 of the liquor": Variant(crystal_size=0.75, liquor_volume=0.4),
        "1.6 of the liquor, thicker mount": Variant(liquor_volume=1.6, mount_change_um=thick),
        "all drawn, seed 1": draw_variant(np.random.default_rng(1), labels),
        "all drawn, seed 2": draw_variant(np.random.default_rng(2), labels),
    }


def slices(labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """Slices across and along the rotation axis through the middle of the crystal."""
    z, y, _ = np.round(np.argwhere(labels.data == Material.CRYSTAL).mean(axis=0)).astype(int)
    return labels.data[z], labels.data[:, y]


def main() -> None:
    """Draw the picture."""
    labels = open_labels(sample_data_folder() / "simulated_labels.tif")
    shown = {"as drawn": labels} | {title: make_variant(labels, v) for title, v in variants(labels).items()}
    colours = ListedColormap([(1, 1, 1), *(CLASS_COLOURS[m][:3] for m in list(Material)[1:])])
    figure, axes = plt.subplots(4, 4, figsize=(11, 10.4), layout="constrained")
    for number, (title, one) in enumerate(shown.items()):
        row, column = 2 * (number // 4), number % 4
        for axis, cut, name in zip(axes[row : row + 2, column], slices(one), ("across", "along"), strict=True):
            height = cut.shape[0] / 2
            axis.imshow(
                cut,
                cmap=colours,
                vmin=0,
                vmax=4,
                interpolation="nearest",
                extent=(-cut.shape[1] / 2, cut.shape[1] / 2, height, -height),
            )
            axis.set(xlim=(-HALF_WIDTH, HALF_WIDTH), ylim=(HALF_WIDTH, -HALF_WIDTH), xticks=[], yticks=[])
            axis.set_xlabel(f"{name} the rotation axis", fontsize=7, color="0.4", labelpad=2)
        axes[row, column].set_title(title, fontsize=9)
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=100, metadata={"Software": None})
    print(PICTURE)


if __name__ == "__main__":
    main()
