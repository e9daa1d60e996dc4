"""What tools propose on labels and volumes of any origin, and what a policy lets through."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.review.edits.policy import EVERYTHING, EditPolicy
from napari_crystalseg.review.tools.pieces.islands import KeepLargest
from napari_crystalseg.review.tools.regions.region_grow import RegionGrow
from napari_crystalseg.review.tools.scene import Scene
from napari_crystalseg.review.tools.surfaces.grow import Grow, Shrink
from napari_crystalseg.review.tools.surfaces.joint_smoothing import SmoothJointly
from napari_crystalseg.widgets.tool_box.proposals.proposal import propose

VOXEL_UM = (0.5, 0.25, 0.8)


@pytest.fixture
def labels():
    data = np.zeros((20, 22, 18), np.uint8)
    data[3:17, 3:19, 3:15] = Material.LIQUOR
    data[6:14, 6:16, 5:12] = Material.CRYSTAL
    return data


@pytest.fixture
def values(labels):
    return np.array([0.0, 0.01, 0.03, 0.02, 0.0], np.float32)[labels]


@pytest.mark.parametrize("tool", [Grow(), Shrink(), KeepLargest(), SmoothJointly(), RegionGrow()], ids=repr)
def test_voxels_of_no_class_stay(tool, labels, values):
    labels[7, 7, 7], labels[10, 10, 14], labels[0, 0, 0] = 7, 200, 255
    scene = Scene(labels, VOXEL_UM, Material.CRYSTAL, values=values, point=(9, 9, 9))
    proposal = propose(tool, scene, EVERYTHING)
    if proposal.change is not None:
        assert not (proposal.change.mask & (labels[proposal.change.box] > 4)).any()


def test_what_the_policy_holds_back_is_counted(labels):
    scene = Scene(labels, VOXEL_UM, Material.CRYSTAL)
    free = propose(Grow(by_um=0.5), scene, EVERYTHING)
    half = np.zeros(labels.shape, bool)
    half[:10] = True
    limited = propose(Grow(by_um=0.5), scene, EditPolicy(kept=half))
    assert free.held == 0
    assert limited.voxels + limited.held == free.voxels
    assert f"{limited.held} voxels stay, as edits are limited." in limited.text
    assert limited.gains_um3[Material.CRYSTAL] == pytest.approx(limited.voxels * 0.1)
    assert sum(limited.gains_um3.values()) == pytest.approx(0)


@pytest.mark.parametrize("kind", [bool, np.int16, ">f4", np.float16])
def test_values_of_any_real_kind_are_taken(kind, labels, values):
    values = (1000 * values).astype(kind)
    scene = Scene(labels, VOXEL_UM, Material.LOOP, values=values, point=(9, 9, 9))
    assert propose(RegionGrow(tolerance_percent=1), scene, EVERYTHING).voxels >= 8 * 10 * 7


def test_values_that_are_not_there_or_not_real_are_refused_in_a_sentence(labels, values):
    values[9, 9, 9] = np.nan
    at = {"label": Material.LOOP, "point": (9, 9, 9)}
    with pytest.raises(InputError, match="no voxel value under the cursor"):
        propose(RegionGrow(), Scene(labels, VOXEL_UM, values=values, **at), EVERYTHING)
    beside = Scene(labels, VOXEL_UM, Material.LOOP, values=values, point=(9, 9, 8))
    proposal = propose(RegionGrow(tolerance_percent=1, fill_holes=False), beside, EVERYTHING)
    assert proposal.voxels == 8 * 10 * 7 - 1
    with pytest.raises(InputError, match="real numbers"):
        propose(RegionGrow(), Scene(labels, VOXEL_UM, values=values.astype(complex), **at), EVERYTHING)


def test_lazy_values_are_read(labels, values):
    da = pytest.importorskip("dask.array")
    scene = Scene(labels, VOXEL_UM, Material.LOOP, values=da.from_array(values, chunks=5), point=(9, 9, 9))
    assert propose(RegionGrow(tolerance_percent=1), scene, EVERYTHING).voxels == 8 * 10 * 7
