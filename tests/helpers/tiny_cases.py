"""Cases of a training that takes a second: a ball of liquor with a box of crystal in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_crystalseg.io import save_labels, save_volume
from napari_crystalseg.labels import Labels
from napari_crystalseg.volume import Volume


def write_tiny_case(folder: Path, number: int) -> None:
    """Write a case of 24 × 20 × 22 voxels into a folder of cases."""
    rng = np.random.default_rng(number)
    labels = np.zeros((24, 20, 22), dtype=np.uint8)
    z, y, x = np.ogrid[:24, :20, :22]
    labels[(z - 12) ** 2 + (y - 10) ** 2 + (x - 11) ** 2 < 60] = 1
    labels[9:14, 8 : 11 + number % 3, 9:13] = 3
    voxel_values = np.array([0.0, 1.0, 0.9, 1.2, 2.0])[labels] + rng.normal(0, 0.05, labels.shape)
    save_volume(Volume(voxel_values.astype(np.float32), 0.5), folder / f"case_{number:04d}" / "volume.tif")
    save_labels(Labels(labels, 0.5), folder / f"case_{number:04d}" / "labels.tif")
