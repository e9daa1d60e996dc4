"""Layers keep their place in the world, and come back as the nouns that they were."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image
from napari.layers import Labels as LabelsLayer

from napari_crystalseg.class_colours import CLASS_COLOURS
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.volume import Quantity, Volume
from napari_crystalseg.widgets.layers.check_sum import fingerprint
from napari_crystalseg.widgets.layers.label_layer import image_layer, labels_layer, labels_of, volume_of
from napari_crystalseg.widgets.layers.layer_place import set_voxel_size_um, spatial_of, voxel_size_um

VOXEL_VALUES = np.zeros((4, 5, 6), dtype=np.float32)


@pytest.mark.parametrize(
    ("units", "scale"),
    [
        ("um", (0.3, 0.4, 0.5)),
        ("nm", (300, 400, 500)),
        ("mm", (3e-4, 4e-4, 5e-4)),
        (("nm", "um", "mm"), (300, 0.4, 5e-4)),
    ],
)
def test_voxel_size_follows_units(units, scale):
    units = (units,) * 3 if isinstance(units, str) else units
    layer = Image(VOXEL_VALUES, scale=scale, units=units, translate=(5, 6, 7))
    assert voxel_size_um(layer) == pytest.approx((0.3, 0.4, 0.5), rel=1e-6)


def test_voxel_size_of_rotated_and_affine_layers():
    turned = Image(VOXEL_VALUES, scale=(0.3, 0.4, 0.5), units=("um",) * 3, rotate=(10, 20, 30))
    assert voxel_size_um(turned) == pytest.approx((0.3, 0.4, 0.5), rel=1e-6)
    stretched = Image(VOXEL_VALUES, scale=(0.3, 0.4, 0.5), units=("um",) * 3, affine=np.diag([2.0, 3.0, 4.0, 1.0]))
    assert voxel_size_um(stretched) == pytest.approx((0.6, 1.2, 2.0), rel=1e-6)


def test_pixels_have_no_size_and_shear_is_refused():
    assert voxel_size_um(Image(VOXEL_VALUES, scale=(2, 2, 2))) is None
    with pytest.raises(InputError, match="sheared"):
        voxel_size_um(Image(VOXEL_VALUES, units=("um",) * 3, shear=(0.2, 0, 0)))


@pytest.mark.parametrize("units", ["um", "nm"])
def test_labels_lie_on_the_image(truth, units):
    image = Image(
        VOXEL_VALUES,
        scale=(0.3, 0.4, 0.5),
        translate=(7, -8, 9),
        rotate=(10, 20, 30),
        affine=np.array([[1, 0, 0, 3], [0, 1, 0, 4], [0, 0, 2, 5], [0, 0, 0, 1]]),
        units=(units,) * 3,
        axis_labels=("a", "b", "c"),
    )
    labels = labels_layer(truth, spatial_of(image))
    assert labels.units == image.units
    assert labels.axis_labels == ("a", "b", "c")
    for point in np.random.default_rng(0).uniform(-5, 30, (20, 3)):
        np.testing.assert_allclose(labels.data_to_world(tuple(point)), image.data_to_world(tuple(point)), rtol=1e-12)


def test_labels_are_named_coloured_bytes_of_their_own(truth):
    layer = labels_layer(truth)
    assert layer.data.dtype == np.uint8
    layer.data[:] = 0
    assert truth.data.any()
    layer = labels_layer(truth)
    assert layer.colormap.color_dict[0][3] == 0
    for material in set(Material) - {Material.AIR}:
        np.testing.assert_allclose(layer.get_color(int(material)), CLASS_COLOURS[material], atol=1e-6)
    viewer = ViewerModel()
    viewer.add_layer(layer)
    viewer.dims.set_current_step(0, 8)
    at = layer.data_to_world((8.0, 10.0, 12.0))
    assert "crystal" in layer.get_status(at, view_direction=None, dims_displayed=[1, 2], world=True)["value"]


def test_labels_come_back_with_their_voxel_size(truth):
    layer = labels_layer(truth, {"scale": (300, 400, 500), "units": ("nm",) * 3, "translate": (1, 2, 3)})
    back = labels_of(layer)
    np.testing.assert_array_equal(back.data, truth.data)
    assert back.voxel_size_um == pytest.approx((0.3, 0.4, 0.5))
    assert back.provenance == truth.provenance
    layer.data_setitem((np.array([0]), np.array([0]), np.array([0])), 3)
    assert truth.data[0, 0, 0] == 0
    assert labels_of(layer).provenance.steps[-1]["step"] == "edit by hand in napari"


@pytest.mark.parametrize(
    ("data", "units", "sentence"),
    [
        (np.full((3, 3, 3), 5, np.uint8), "um", r"5 \(27 voxels\)"),
        (np.zeros((2, 3, 3, 3), np.uint8), "um", "3 axes|three axes|must have 3"),
    ],
)
def test_layers_that_are_no_labels_are_refused(data, units, sentence):
    with pytest.raises(InputError, match=sentence):
        labels_of(LabelsLayer(data, units=(units,) * data.ndim))


def test_an_unknown_voxel_size_stays_unknown():
    layer = labels_layer(Labels(np.zeros((3, 4, 5), np.uint8), None))
    assert [str(unit) for unit in layer.units] == ["pixel"] * 3
    assert labels_of(layer).voxel_size_um is None
    assert volume_of(image_layer(Volume(np.zeros((3, 4, 5)), None))).voxel_size_um is None
    assert labels_of(LabelsLayer(np.zeros((4, 5), np.uint8), units=("pixel",) * 2)).voxel_size_um is None
    with pytest.raises(InputError, match="3 : 1 : 1, has no unit of length"):
        volume_of(Image(np.zeros((3, 4, 5)), scale=(3, 1, 1)))


def test_volume_comes_back_with_what_its_voxel_values_mean(volume):
    back = volume_of(image_layer(volume))
    assert back.quantity is Quantity.LINEAR_ATTENUATION
    assert back.voxel_size_um == pytest.approx(volume.voxel_size_um)
    np.testing.assert_array_equal(back.data, volume.data)


def test_colours_are_no_volume_and_a_size_can_be_given():
    with pytest.raises(InputError, match="colour"):
        volume_of(Image(np.zeros((4, 5, 6, 3)), rgb=True))
    layer = Image(VOXEL_VALUES)
    with pytest.raises(InputError, match="stage Open"):
        _ = volume_of(layer).required_voxel_size_um
    set_voxel_size_um(layer, (1.0, 2.0, 3.0))
    assert volume_of(layer).voxel_size_um == (1.0, 2.0, 3.0)
    assert volume_of(layer).provenance.steps[-1]["voxel_size_from"] == "the user"


def test_fingerprint_sees_any_voxel_and_not_the_memory_layout(truth):
    data = np.array(truth.data)
    assert fingerprint(np.asfortranarray(data)) == fingerprint(data)
    changed = data.copy()
    changed[3, 4, 5], changed[3, 4, 6] = 2, changed[3, 4, 5]
    assert fingerprint(changed) != fingerprint(data)
    assert fingerprint(Labels(data, 1.0).data) == fingerprint(data)
