"""A file that holds several volumes, or does not say its axes or voxel size: the stage Open asks."""

from __future__ import annotations

import pickle

import h5py
import numpy as np
import pytest
import tifffile

from napari_crystalseg import io
from napari_crystalseg.errors import ChoiceNeeded, InputError
from napari_crystalseg.volume import Volume
from napari_crystalseg.widgets.open.file_choice import ChosenReading

LONG_MS = 60000
VOXEL_VALUES = np.random.default_rng(0).normal(10, 1, (6, 7, 8)).astype(np.float32)


def opened(dock, qtbot, path):
    dock.open.opener.open_path(path)
    finished(dock, qtbot)


def finished(dock, qtbot):
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)


def choose(dock, qtbot, text):
    choice = dock.open.opener.choice
    if choice.offered.isEditable():
        choice.offered.setEditText(text)
    else:
        choice.offered.setCurrentIndex(choice.offered.findText(text))
    choice.open_button.click()
    finished(dock, qtbot)


@pytest.fixture
def several(tmp_path):
    with h5py.File(tmp_path / "two.h5", "w") as file:
        file["a/greys"], file["b/greys"] = VOXEL_VALUES, VOXEL_VALUES[::-1] + 5
    return tmp_path / "two.h5"


def test_one_of_several_datasets_is_chosen(dock, viewer, qtbot, several):
    opened(dock, qtbot, several)
    choice = dock.open.opener.choice
    assert not choice.isHidden() and not len(viewer.layers)
    assert [choice.offered.itemText(n) for n in range(choice.offered.count())] == ["/a/greys", "/b/greys"]
    assert "--dataset" not in choice.text.text() and "--dataset" not in dock.bar.message.text()
    # Nothing is taken that nobody chose.
    assert choice.offered.currentIndex() == -1 and not choice.open_button.isEnabled()
    choose(dock, qtbot, "/b/greys")
    np.testing.assert_array_equal(viewer.layers["two"].data, VOXEL_VALUES[::-1] + 5)
    assert choice.isHidden() and not dock.bar.warns
    steps = viewer.layers["two"].metadata["crystalseg"]["provenance"].steps
    assert "b/greys" in str(steps)


def test_what_is_asked_fits_the_dock(dock, qtbot, several):
    opened(dock, qtbot, several)
    assert dock.open.minimumSizeHint().width() < 350


def test_a_channel_is_chosen_of_an_image_that_was_chosen(dock, viewer, qtbot, tmp_path):
    with tifffile.TiffWriter(tmp_path / "many.ome.tif", ome=True) as file:
        file.write(np.stack([VOXEL_VALUES, VOXEL_VALUES + 1], 1), metadata={"axes": "ZCYX"})
        file.write(VOXEL_VALUES[:, :5], metadata={"axes": "ZYX"})
    opened(dock, qtbot, tmp_path / "many.ome.tif")
    first = dock.open.opener.choice.offered.itemText(0)
    assert first.startswith("0: ")
    choose(dock, qtbot, first)
    assert [dock.open.opener.choice.offered.itemText(n) for n in range(2)] == ["channel 0", "channel 1"]
    choose(dock, qtbot, "channel 1")
    np.testing.assert_array_equal(dock.session.image.data, VOXEL_VALUES + 1)


def test_axes_that_cannot_be_told_are_asked_for(dock, viewer, qtbot, tmp_path):
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        data = file.create_dataset("greys", data=VOXEL_VALUES)
        for axis, name in enumerate("xyx"):
            data.dims[axis].label = name
    opened(dock, qtbot, tmp_path / "odd.h5")
    choice = dock.open.opener.choice
    assert choice.offered.count() == 6 and "--axes" not in choice.text.text()
    choose(dock, qtbot, "x, z, y")
    np.testing.assert_array_equal(dock.session.image.data, VOXEL_VALUES.transpose(1, 2, 0))


def test_a_voxel_size_that_cannot_be_used_is_asked_for(dock, viewer, qtbot, tmp_path):
    path = tmp_path / "bad.tif"
    tifffile.imwrite(
        path, VOXEL_VALUES, imagej=True, resolution=(1, 1), metadata={"axes": "ZYX", "spacing": -2, "unit": "um"}
    )
    opened(dock, qtbot, path)
    assert dock.open.opener.choice.label.text() == "voxel, µm" and not len(viewer.layers)
    choose(dock, qtbot, "nothing")
    assert dock.bar.warns and "number of µm" in dock.bar.message.text()
    choose(dock, qtbot, "1,5")
    assert dock.session.image.scale.tolist() == [1.5] * 3
    opened(dock, qtbot, path)
    dock.open.opener.choice.leave_button.click()
    assert dock.open.opener.choice.isHidden()


def test_files_that_are_dropped_ask_one_after_the_other(dock, viewer, qtbot, several, tmp_path, monkeypatch):
    import shutil

    import napari

    from napari_crystalseg import _reader
    from napari_crystalseg._reader import napari_get_reader

    shutil.copy(several, tmp_path / "too.h5")
    io.save_volume(Volume(VOXEL_VALUES, (1.0, 1.0, 1.0)), tmp_path / "one.tif")
    monkeypatch.setattr(_reader, "_a_window_runs", lambda: True)
    monkeypatch.setattr(napari, "current_viewer", lambda: viewer)
    for name in ("two.h5", "too.h5"):
        path = str(tmp_path / name)
        assert napari_get_reader(path)(path) == [(None,)]
    qtbot.waitUntil(lambda: len(dock.open.opener.choice._asked) == 2 and not dock.session.busy, timeout=LONG_MS)
    # What is opened meanwhile leaves the questions where they are.
    opened(dock, qtbot, tmp_path / "one.tif")
    assert "two.h5" in dock.open.opener.choice.text.text()
    choose(dock, qtbot, "/a/greys")
    assert "too.h5" in dock.open.opener.choice.text.text() and "two" in viewer.layers
    dock.open.opener.choice.leave_button.click()
    assert dock.open.opener.choice.isHidden() and "too" not in viewer.layers


def test_layers_of_other_axes_are_not_offered(dock, viewer):
    viewer.add_labels(np.zeros((2, 3, 4, 5), np.uint8), name="four")
    viewer.add_labels(np.ones((4, 5), np.uint8), name="slice")
    viewer.add_image(np.zeros((4, 5, 6, 3), np.uint8), rgb=True, name="colours")
    assert [dock.check.labels_choice.itemText(n) for n in range(dock.check.labels_choice.count())] == ["slice"]
    assert dock.open.volume_box.volume_choice.count() == 0


def test_what_can_be_chosen_comes_through_the_process(several):
    with pytest.raises(ChoiceNeeded) as refused:
        io.describe(several)
    again = pickle.loads(pickle.dumps(refused.value))
    assert again.option == "dataset" and [value for value, _ in again.offered] == ["/a/greys", "/b/greys"]
    assert str(again) == str(refused.value) and several.name in str(again)
    with pytest.raises(InputError):
        ChosenReading().also("voxel_size_um", "-1")
    assert ChosenReading(dataset="1").also("dataset", "c=0").dataset == "1,c=0"
