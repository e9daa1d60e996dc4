import numpy as np

from napari_crystalseg.review.tools.pieces.holes import fill_holes

VOXEL = (2.0, 0.8, 1.3)


def scene():
    labels = np.zeros((9, 11, 13), np.uint8)
    labels[1:8, 1:10, :] = 1
    labels[2:6, 2:8, 2:8] = 3
    labels[3, 3, 3] = 0
    labels[4, 5:7, 5] = 1
    labels[4, 4, 12] = 0
    return labels


def test_what_a_class_encloses_is_filled_up_to_a_volume():
    both = fill_holes(scene(), 3, VOXEL)
    assert both.voxels == 3 and (both.labels[both.mask] == 3).all()
    assert fill_holes(scene(), 3, VOXEL, largest_um3=2.5).voxels == 1
    assert fill_holes(scene(), 4, VOXEL) is None


def test_a_crystal_is_no_hole_of_its_liquor_and_the_border_of_the_field_is_no_wall():
    assert fill_holes(scene(), 1, VOXEL) is None
    assert fill_holes(scene(), 1, VOXEL, over=(0, 3)).voxels == 4 * 6 * 6 - 2
