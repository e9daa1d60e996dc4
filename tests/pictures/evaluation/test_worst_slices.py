from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest

from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.pictures.evaluation.worst_slices import INVENTED, MISSED, worst_planes, worst_slices_png
from napari_crystalseg.volume import Volume


def truth():
    data = np.zeros((9, 20, 30), np.uint8)
    data[2:7, 4:16, 5:25] = Material.LIQUOR
    data[3:6, 6:14, 8:20] = Material.CRYSTAL
    return data


def test_the_planes_with_most_area_wrong():
    predicted = truth()
    predicted[4, 6:14, 8:20] = Material.LIQUOR
    predicted[3:6, 10, 8:18] = Material.LIQUOR
    assert worst_planes(truth(), predicted, (1.0, 1.0, 1.0)) == [(0, 4), (1, 10)]


def test_area_and_not_voxels_decides():
    predicted = truth()
    predicted[3, 6:10, 8:9] = Material.AIR  # 4 voxels in one plane of axis 2, 4 of axis 0
    predicted[2:7, 15, 5:25] = truth()[2:7, 15, 5:25]
    # Across axis 1 a voxel is 10 by 1 µm, across axis 2 10 by 0.1 µm.
    assert worst_planes(truth(), predicted, (10.0, 0.1, 1.0))[1][0] == 1


def test_nothing_wrong_shows_the_middle():
    assert worst_planes(truth(), truth(), (1.0, 1.0, 1.0))[0] == (0, 4)


def colours(png):
    from PIL import Image

    pixels = np.asarray(Image.open(BytesIO(png)).convert("RGB")).reshape(-1, 3)
    return {tuple(int(c) for c in pixel) for pixel in np.unique(pixels, axis=0)}


def rgb(name):
    return tuple(int(name[i : i + 2], 16) for i in (1, 3, 5))


def test_missed_and_invented_crystal_are_told_apart():
    predicted = truth()
    predicted[4, 6:14, 8:12] = Material.LIQUOR
    missed = colours(worst_slices_png(None, Labels(truth(), 1.0), Labels(predicted, 1.0)))
    assert rgb(MISSED) in missed and rgb(INVENTED) not in missed
    invented = colours(worst_slices_png(None, Labels(predicted, 1.0), Labels(truth(), 1.0)))
    assert rgb(INVENTED) in invented and rgb(MISSED) not in invented


@pytest.mark.parametrize("shape", [(1, 20, 30), (9, 1, 30), (1, 1, 5), (5, 5, 5)])
@pytest.mark.parametrize("code", [0, 3])
def test_odd_shapes_and_empty_labels_are_drawn(shape, code):
    labels = Labels(np.full(shape, code, np.uint8), None)
    volume = Volume(np.ones(shape, np.float32), None)
    assert worst_slices_png(volume, labels, labels).startswith(b"\x89PNG")
