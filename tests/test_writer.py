"""What is saved from a layer opens again with its scale in µm and its record."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image
from napari.layers import Labels as LabelsLayer

from napari_crystalseg import io
from napari_crystalseg._writer import write_labels, write_volume
from napari_crystalseg.errors import CrystalSegError
from napari_crystalseg.labels import Labels
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.scan import Scan
from napari_crystalseg.volume import Quantity, Volume
from napari_crystalseg.widgets.layers.layer_data import layer_of

VOXEL_VALUES = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)
CODES = np.arange(120).reshape(4, 5, 6).astype(np.uint8) % 5


@pytest.mark.parametrize("name", ["l.tif", "l.npy", "l.h5", "l.zarr"])
def test_labels(tmp_path, name):
    path = tmp_path / name
    data, state, kind = layer_of(Labels(CODES, (0.3, 0.4, 0.5), Provenance(seed=2)), "l")
    assert kind == "labels"
    assert write_labels(str(path), data, state) == [str(path)]
    read = io.open_labels(path)
    np.testing.assert_array_equal(read.data, CODES)
    assert read.voxel_size_um == pytest.approx((0.3, 0.4, 0.5))
    assert read.provenance.seed == 2
    assert read.provenance.steps == ()


def test_an_edit_by_hand_is_recorded(tmp_path):
    data, state, _ = layer_of(Labels(CODES, 0.3), "l")
    data[0, 0, 0] = 4
    write_labels(str(tmp_path / "l.tif"), data, state)
    read = io.open_labels(tmp_path / "l.tif")
    assert read.data[0, 0, 0] == 4
    assert [step["step"] for step in read.provenance.steps] == ["edit by hand in napari"]


@pytest.mark.parametrize("name", ["v.tif", "v.npy", "v.h5", "v.zarr"])
def test_volume(tmp_path, name):
    path = tmp_path / name
    data, state, kind = layer_of(Volume(VOXEL_VALUES, 0.3, Quantity.LINEAR_ATTENUATION), "v")
    assert kind == "image"
    assert write_volume(str(path), data, state) == [str(path)]
    read = io.open_volume(path)
    np.testing.assert_array_equal(read.data, VOXEL_VALUES)
    assert read.voxel_size_um == pytest.approx((0.3, 0.3, 0.3))
    assert read.quantity is Quantity.LINEAR_ATTENUATION


def test_layer_in_nanometres_is_saved_in_micrometres(tmp_path, plugin):
    viewer = ViewerModel()
    viewer.add_layer(Image(VOXEL_VALUES, scale=(300, 400, 500), units=("nm",) * 3))
    viewer.layers.save(str(tmp_path / "v.npy"), plugin=plugin)
    assert io.open_volume(tmp_path / "v.npy").voxel_size_um == pytest.approx((0.3, 0.4, 0.5))


@pytest.mark.parametrize("name", ["l.tif", "l.zarr", "l.ome.zarr", "l.h5"])
def test_labels_layer_through_the_manifest(tmp_path, plugin, name):
    viewer = ViewerModel()
    viewer.add_layer(LabelsLayer(CODES.astype(np.int32), scale=(0.5,) * 3, units=("um",) * 3))
    assert viewer.layers.save(str(tmp_path / name), plugin=plugin) == [str(tmp_path / name)]
    assert io.kind_of(tmp_path / name) == "labels"
    assert io.open_labels(tmp_path / name).voxel_size_um == pytest.approx((0.5, 0.5, 0.5))


def test_a_layer_of_one_image_is_saved_as_one_slice(tmp_path):
    units = {"scale": (0.4, 0.5), "units": ("um",) * 2}
    write_volume(str(tmp_path / "v.tif"), VOXEL_VALUES[0], {"name": "v", **units})
    volume = io.open_volume(tmp_path / "v.tif")
    np.testing.assert_array_equal(volume.data, VOXEL_VALUES[:1])
    assert volume.voxel_size_um == pytest.approx((0.5, 0.4, 0.5))
    (assumed,) = volume.provenance.assumptions
    assert assumed.startswith("a single slice, read as a volume one voxel thick along the rotation axis (z)")
    write_labels(str(tmp_path / "l.npy"), CODES[0], {"name": "l", **units})
    np.testing.assert_array_equal(io.open_labels(tmp_path / "l.npy").data, CODES[:1])


def test_what_is_no_sample_is_refused(tmp_path):
    units = {"scale": (1.0,) * 3, "units": ("um",) * 3}
    with pytest.raises(CrystalSegError, match="Voxels of no class"):
        write_labels(str(tmp_path / "a.tif"), np.full((2, 3, 4), 9), units)
    with pytest.raises(CrystalSegError, match="has no unit of length"):
        write_volume(str(tmp_path / "a.tif"), VOXEL_VALUES, {"name": "a", "scale": (2.0, 1.0, 1.0)})
    with pytest.raises(CrystalSegError, match="3 axes"):
        write_volume(str(tmp_path / "a.tif"), VOXEL_VALUES[np.newaxis], {"scale": (1.0,) * 4, "units": ("um",) * 4})
    data, state, _ = layer_of(
        Scan(VOXEL_VALUES, VOXEL_VALUES[:1], VOXEL_VALUES[:1], np.arange(4.0), pixel_size_um=1.0), "s"
    )
    with pytest.raises(CrystalSegError, match="raw scan"):
        write_volume(str(tmp_path / "a.tif"), data, state)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["l.tif", "l.npy"])
def test_napari_hands_on_why_a_layer_is_refused(tmp_path, plugin, name):
    viewer = ViewerModel()
    layer = viewer.add_layer(LabelsLayer(np.full((2, 3, 4), 9), scale=(0.5,) * 3, units=("um",) * 3))
    with pytest.raises(CrystalSegError, match="Voxels of no class"):
        layer.save(str(tmp_path / name), plugin=plugin)
    assert not list(tmp_path.iterdir())
