"""Drag and drop: the right layer, its scale in µm, and nothing taken that is not ours."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from napari.layers import Image, Layer
from napari.layers import Labels as LabelsLayer

from napari_crystalseg import io
from napari_crystalseg._reader import napari_get_reader
from napari_crystalseg.class_colours import CLASS_COLOURS
from napari_crystalseg.errors import InputError
from napari_crystalseg.frames import LazyFrames
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.scan import Scan
from napari_crystalseg.volume import Quantity, Volume

VOXEL_VALUES = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)
CODES = np.arange(120).reshape(4, 5, 6).astype(np.uint8) % 5


def dropped(path) -> Layer:
    reader = napari_get_reader(str(path))
    assert reader is not None
    (layer_data,) = reader(str(path))
    viewer = ViewerModel()
    return viewer.add_layer(Layer.create(*layer_data))


def units_of(layer):
    return [str(unit) for unit in layer.units]


@pytest.mark.parametrize("name", ["v.tif", "v.npy", "v.h5", "v.zarr"])
def test_volume_becomes_an_image_in_micrometres(tmp_path, name):
    made = Provenance(seed=4).then("reconstruct")
    io.save_volume(Volume(VOXEL_VALUES, (0.3, 0.4, 0.5), Quantity.LINEAR_ATTENUATION, made), tmp_path / name)
    layer = dropped(tmp_path / name)
    assert isinstance(layer, Image)
    assert layer.name == "v"
    np.testing.assert_array_equal(layer.data, VOXEL_VALUES)
    np.testing.assert_allclose(layer.scale, (0.3, 0.4, 0.5))
    assert units_of(layer) == ["micrometer"] * 3
    assert tuple(layer.axis_labels) == ("z", "y", "x")
    assert layer.metadata["crystalseg"]["quantity"] is Quantity.LINEAR_ATTENUATION
    assert layer.metadata["crystalseg"]["provenance"].steps == ({"step": "reconstruct"},)


@pytest.mark.parametrize("name", ["l.tiff", "l.npy", "l.zarr"])
def test_labels_become_named_and_coloured_classes(tmp_path, name):
    io.save_labels(Labels(CODES, 0.25), tmp_path / name)
    layer = dropped(tmp_path / name)
    assert isinstance(layer, LabelsLayer)
    np.testing.assert_array_equal(layer.data, CODES)
    assert layer.data.dtype == np.uint8
    np.testing.assert_allclose(layer.scale, 0.25)
    assert units_of(layer) == ["micrometer"] * 3
    assert dict(zip(layer.features["index"], layer.features["class"], strict=True)) == {
        int(material): material.title for material in Material
    }
    for material in Material:
        np.testing.assert_allclose(layer.colormap.map(int(material)), CLASS_COLOURS[material], atol=1e-6)
    # The brush writes into the layer.
    layer.data_setitem((np.array([0]), np.array([0]), np.array([0])), 3)
    assert layer.data[0, 0, 0] == 3


def test_scan_becomes_its_projections(tmp_path):
    frames = np.random.default_rng(1).integers(0, 999, (9, 4, 5)).astype(np.uint16)
    scan = Scan(frames[:6], frames[6:8], frames[8:], np.linspace(0, 180, 6), pixel_size_um=0.65)
    io.save_scan(scan, tmp_path / "s.nxs")
    layer = dropped(tmp_path / "s.nxs")
    assert isinstance(layer, Image)
    np.testing.assert_array_equal(layer.data, frames[:6])
    np.testing.assert_allclose(layer.scale[1:], 0.65)
    assert units_of(layer) == ["micrometer"] * 3
    assert tuple(layer.axis_labels) == ("angle", "row", "column")
    np.testing.assert_array_equal(layer.metadata["crystalseg"]["scan"].flats, frames[6:8])


def test_a_large_scan_is_shown_from_its_file(tmp_path, monkeypatch):
    frames = np.random.default_rng(1).integers(0, 999, (9, 4, 5)).astype(np.uint16)
    io.save_scan(Scan(frames[:6], frames[6:8], frames[8:], np.linspace(0, 180, 6)), tmp_path / "s.nxs")
    monkeypatch.setattr(io.opening, "LARGEST_READ_BYTES", 0)
    layer = dropped(tmp_path / "s.nxs")
    assert isinstance(layer.data, LazyFrames)
    viewer = ViewerModel()
    viewer.add_layer(layer)
    viewer.dims.set_point(0, 4)
    assert layer.get_value((4, 2, 3)) == frames[4, 2, 3]
    viewer.dims.order = (1, 0, 2)
    viewer.dims.set_point(1, 1)
    assert layer.get_value((2, 1, 3)) == frames[2, 1, 3]


def test_a_folder_of_projections(tmp_path, plugin):
    frames = np.random.default_rng(1).integers(0, 999, (9, 4, 5)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "projections.tif", frames[:6], photometric="minisblack")
    tifffile.imwrite(tmp_path / "flats.tif", frames[6:], photometric="minisblack")
    np.savetxt(tmp_path / "angles.txt", np.linspace(0, 180, 6))
    (layer,) = ViewerModel().open(str(tmp_path), plugin=plugin)
    np.testing.assert_array_equal(layer.data, frames[:6])
    assert layer.name == f"{tmp_path.name} projections"


@pytest.mark.parametrize("name", ["aps_tooth_raw_2rows.h5", "i13_24737_raw_flat_dark_angles.npz"])
def test_real_scans_without_a_pixel_size_count_in_pixels(name):
    layer = dropped(sample_data_folder() / name)
    assert units_of(layer) == ["pixel"] * 3
    assert isinstance(layer.metadata["crystalseg"]["scan"], Scan)


def test_unknown_voxel_size_counts_in_pixels(tmp_path):
    np.save(tmp_path / "v.npy", VOXEL_VALUES)
    assert units_of(dropped(tmp_path / "v.npy")) == ["pixel"] * 3
    np.save(tmp_path / "l.npy", CODES)
    layer = dropped(tmp_path / "l.npy")
    assert isinstance(layer, LabelsLayer)
    assert units_of(layer) == ["pixel"] * 3


def test_hdf5_volume(tmp_path):
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file["data"] = VOXEL_VALUES
        file["data"].attrs["voxel_size_um"] = 0.5
    layer = dropped(tmp_path / "v.h5")
    np.testing.assert_allclose(layer.scale, 0.5)


def written_slice(folder, name, data=VOXEL_VALUES[0]):
    path = folder / name
    if name.endswith(".npy"):
        np.save(path, data)
    elif name.endswith(".h5"):
        with h5py.File(path, "w") as file:
            file["slice"] = data
    else:
        tifffile.imwrite(path, data)
    return path


@pytest.mark.parametrize("name", ["s.tif", "s.npy", "s.h5"])
def test_one_image_is_a_volume_of_one_slice(tmp_path, name):
    layer = dropped(written_slice(tmp_path, name))
    assert isinstance(layer, Image)
    np.testing.assert_array_equal(layer.data, VOXEL_VALUES[:1])
    assert units_of(layer) == ["pixel"] * 3
    (assumed,) = layer.metadata["crystalseg"]["provenance"].assumptions
    assert assumed.startswith("a single slice, read as a volume one voxel thick along the rotation axis (z)")
    labels = dropped(written_slice(tmp_path, f"l{name}", CODES[0]))
    assert isinstance(labels, LabelsLayer)
    np.testing.assert_array_equal(labels.data, CODES[:1])


def test_files_of_others_are_left_to_others(tmp_path):
    tifffile.imwrite(tmp_path / "photo.tif", np.zeros((20, 30, 3), np.uint8), photometric="rgb")
    tifffile.imwrite(tmp_path / "film.tif", np.zeros((2, 3, 20, 30), np.uint8), imagej=True, metadata={"axes": "TZYX"})
    np.save(tmp_path / "line.npy", VOXEL_VALUES[0, 0])
    np.savez(tmp_path / "other.npz", a=1)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["one table"], file["another"] = VOXEL_VALUES[0], VOXEL_VALUES[1]
    (tmp_path / "photo.png").touch()
    for path in sorted(tmp_path.iterdir()):
        assert napari_get_reader(str(path)) is None, path.name
    (tmp_path / "folder.tif").mkdir()
    assert napari_get_reader(str(tmp_path / "folder.tif")) is None
    io.save_volume(Volume(VOXEL_VALUES, 1.0), tmp_path / "v.tif")
    assert napari_get_reader([str(tmp_path / "v.tif")] * 2) is None
    assert napari_get_reader([str(tmp_path / "v.tif")]) is not None


def test_damaged_files_say_what_is_wrong(tmp_path):
    (tmp_path / "empty.tif").touch()
    (tmp_path / "text.npy").write_text("no array")
    np.save(tmp_path / "short.npy", VOXEL_VALUES)
    (tmp_path / "short.npy").write_bytes((tmp_path / "short.npy").read_bytes()[:-50])
    header = sample_data_folder() / "i13_24888_nxtomo_metadata.nxs"
    says = {"empty.tif": "is empty", "text.npy": "not a TIFF", "short.npy": "truncated"}
    cases = {tmp_path / name: words for name, words in says.items()} | {header: "image data is absent"}
    for path, words in cases.items():
        reader = napari_get_reader(str(path))
        assert reader is not None
        with pytest.raises(InputError, match=words):
            reader(str(path))


def test_viewer_opens_through_the_manifest(tmp_path, plugin):
    io.save_labels(Labels(CODES, 0.25), tmp_path / "l.tif")
    viewer = ViewerModel()
    (layer,) = viewer.open(str(tmp_path / "l.tif"), plugin=plugin)
    assert isinstance(layer, LabelsLayer)
    np.testing.assert_allclose(layer.scale, 0.25)


def test_a_damaged_file_dropped_on_a_window_is_one_sentence(tmp_path, plugin, qtbot, monkeypatch):
    import napari.utils.notifications
    from napari.components import ViewerModel
    from qtpy.QtCore import QTimer

    path = tmp_path / "cut.nxs"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    viewer, said, opened = ViewerModel(), [], []
    monkeypatch.setattr(napari.utils.notifications, "show_warning", said.append)
    QTimer.singleShot(0, lambda: opened.append(viewer.open(path, plugin=plugin)))
    qtbot.waitUntil(lambda: bool(opened), timeout=20000)
    assert opened == [[]] and not viewer.layers
    assert len(said) == 1 and said[0].startswith("cut.nxs is truncated or damaged")


# In a window


@pytest.fixture
def window(monkeypatch):
    """As if napari's window ran: what it says is kept."""
    import napari.utils.notifications

    from napari_crystalseg import _reader

    shown = []
    monkeypatch.setattr(_reader, "_a_window_runs", lambda: True)
    monkeypatch.setattr(napari.utils.notifications, "show_warning", shown.append)
    return shown


def test_what_is_not_ours_is_said_in_a_sentence(tmp_path, window):
    tifffile.imwrite(tmp_path / "photo.tif", np.zeros((40, 50, 3), np.uint8), photometric="rgb")
    np.save(tmp_path / "film.npy", np.zeros((2, 3, 4, 5)))
    np.savez(tmp_path / "numbers.npz", a=np.zeros(3))
    (tmp_path / "cut.tif").write_bytes(b"II*\0" + bytes(20))
    for name in ("photo.tif", "film.npy", "numbers.npz", "cut.tif"):
        reader = napari_get_reader(str(tmp_path / name))
        assert reader is not None
        assert reader(str(tmp_path / name)) == [(None,)]
        assert "\n" not in window[-1] and name in window[-1]
        assert "another reader" in window[-1]
    assert len(window) == 4


def test_a_folder_of_slices_that_was_given_to_us_is_a_volume(tmp_path, window):
    for number, slice_ in enumerate(VOXEL_VALUES):
        tifffile.imwrite(tmp_path / f"slice_{number}.tif", slice_)
    ((data, _, kind),) = napari_get_reader(str(tmp_path))(str(tmp_path))
    assert kind == "image" and not window
    np.testing.assert_array_equal(data, VOXEL_VALUES)
