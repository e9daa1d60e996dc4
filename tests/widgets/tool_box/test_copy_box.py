"""Labels that cannot be edited in place, and their copies that can."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.widgets.label_edits.layer_edits import edits_of
from napari_crystalseg.widgets.tool_box.copy_box import CopyBox

VOXEL_UM = (0.5, 0.25, 0.8)


def codes(shape=(6, 7, 8)):
    return np.random.default_rng(0).integers(0, 5, shape).astype(np.uint8)


def read_only(data):
    data.flags.writeable = False
    return data


def as_zarr(data):
    zarr = pytest.importorskip("zarr")
    return zarr.array(data, chunks=(2, 7, 8))


def as_dask(data):
    import dask.array as da

    return da.from_array(data, chunks=3)


KINDS = {
    "int64": lambda data: data.astype(np.int64),
    "big-endian": lambda data: data.astype(">u2"),
    "Fortran": np.asfortranarray,
    "read-only": read_only,
    "dask": as_dask,
    "zarr": as_zarr,
    "several scales": lambda data: [data, data[::2, ::2, ::2]],
}


@pytest.fixture
def made(desk, qtbot):
    box = CopyBox(desk)
    qtbot.addWidget(box)
    return box


def choose(desk, data, **place):
    from napari.layers import Labels

    place = {"scale": VOXEL_UM, "translate": (3.0, -4.0, 5.0), "units": ("um",) * 3, "name": "mine"} | place
    layer = Labels(data, **place)
    desk.viewer.add_layer(layer)
    desk.session.labels = layer
    return layer


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_is_edited_and_the_original_stays(kind, made, desk, qtbot):
    layer = choose(desk, KINDS[kind](codes()))
    assert not made.isHidden()
    assert "cannot be edited" in made.sentence.text()
    assert edits_of(layer) is None
    made.button.click()
    qtbot.waitUntil(lambda: desk.session.labels is not layer)
    copy = desk.session.labels
    assert copy.name == "mine corrected"
    assert made.isHidden()
    assert not layer.visible
    assert desk.viewer.layers.selection.active is copy
    np.testing.assert_array_equal(copy.data, codes())
    for point in ((0, 0, 0), (5, 6, 7)):
        np.testing.assert_allclose(copy.data_to_world(point), layer.data_to_world(point))
    edits_of(copy).apply((slice(0, 2), slice(0, 2), slice(0, 2)), 4, "Brush")
    copy.undo()
    np.testing.assert_array_equal(copy.data, codes())


def test_a_flipped_layer_is_copied_upright(made, desk, qtbot):
    layer = choose(desk, codes(), scale=(-0.5, 0.25, 0.8))
    made.button.click()
    qtbot.waitUntil(lambda: desk.session.labels is not layer)
    copy = desk.session.labels
    np.testing.assert_array_equal(copy.data, codes()[::-1])
    np.testing.assert_allclose(copy.data_to_world((0, 2, 3)), layer.data_to_world((5, 2, 3)))
    assert edits_of(copy) is not None


def test_a_volume_that_is_flipped_gives_its_values_to_upright_labels(desk, qtbot):
    from napari.layers import Image

    data = codes()
    volume = Image(data[::-1].astype(np.float32), scale=(-0.5, 0.25, 0.8), translate=(5.5, -4.0, 5.0), name="v")
    desk.viewer.add_layer(volume)
    desk.session.image = volume
    layer = choose(desk, data)
    np.testing.assert_array_equal(edits_of(layer).edited.values, data)


def test_codes_that_are_no_class_stay_up_to_255(made, desk, qtbot, monkeypatch):
    data = codes().astype(np.int32)
    data[0, 0, 0] = 200
    layer = choose(desk, data)
    made.button.click()
    qtbot.waitUntil(lambda: desk.session.labels is not layer)
    assert desk.session.labels.data[0, 0, 0] == 200
    data = codes().astype(np.int32)
    data[1, 0, 0] = 300
    said = []
    monkeypatch.setattr(desk.bar, "warn", said.append)
    layer = choose(desk, data)
    made.button.click()
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].startswith("'mine")
    assert "300" in said[0]
    assert "0 to 255" in said[0]
    assert desk.session.labels is layer


def test_labels_of_two_axes_are_refused_in_one_sentence(made, desk, monkeypatch):
    said = []
    monkeypatch.setattr(desk.bar, "warn", said.append)
    from napari.layers import Labels

    layer = Labels(np.zeros((5, 6), int), name="flat")
    desk.viewer.add_layer(layer)
    desk.session.labels = layer
    made.button.click()
    assert said == ["'flat' has 2 axes; only labels of three (z, y, x) can be corrected."]
