from __future__ import annotations

import numpy as np
import tifffile

from helpers.known_sample import sample_labels
from napari_crystalseg.io import open_labels
from napari_crystalseg.labels import Material
from napari_crystalseg.workflows.export import export_masks


def test_masks_are_the_classes_and_a_partition(tmp_path):
    labels = sample_labels()
    paths = export_masks(labels, tmp_path / "masks")
    assert [path.name for path in paths] == ["liquor.tif", "loop.tif", "crystal.tif", "other.tif", "labels.tif"]
    masks = {path.stem: tifffile.imread(path) for path in paths}
    assert set(np.unique(masks["crystal"])) == {0, 255}
    assert not masks["other"].any()
    for material in (Material.LIQUOR, Material.LOOP, Material.CRYSTAL):
        assert np.array_equal(masks[material.title] == 255, labels.data == material)
    again = open_labels(paths[-1])
    assert np.array_equal(again.data, labels.data)
    assert again.voxel_size_um == labels.voxel_size_um
