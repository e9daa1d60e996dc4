from __future__ import annotations

import pytest

from napari_crystalseg.segmentation.refinement.levels import lay_levels


@pytest.mark.parametrize(
    ("shape", "voxel", "working", "levels"),
    [
        ((320, 320, 320), (1, 1, 1), 128, [(160, 160, 160), (320, 320, 320)]),
        ((1024, 1024, 1024), (0.3, 0.3, 0.3), 128, [(256,) * 3, (512,) * 3, (1024,) * 3]),
        ((128, 128, 128), (2, 2, 2), 128, [(128, 128, 128)]),
        ((40, 40, 40), (1, 1, 1), 40, [(40, 40, 40)]),  # coarser than the working grid could be
        ((101, 77, 255), (1, 1, 1), 128, [(101, 77, 255)]),  # half of it, 127.5, is as fine as the working grid
        ((101, 77, 301), (1, 1, 1), 128, [(50, 38, 150), (101, 77, 301)]),
        ((64, 320, 320), (5, 1, 1), 128, [(160, 160, 160), (320, 320, 320)]),  # isotropic, whatever the voxels
        ((320, 100, 320), (1, 3.2, 1), 128, [(160, 160, 160), (320, 320, 320)]),
        ((1, 600, 400), (50, 1, 1), 128, [(1, 150, 100), (1, 300, 200), (1, 600, 400)]),  # a single slice stays one
    ],
)
def test_levels_double_up_to_the_finest_voxel(shape, voxel, working, levels):
    laid = lay_levels(shape, voxel, working)
    assert [grid.working_shape for grid in laid] == levels
    assert all(grid.shape == shape for grid in laid)
