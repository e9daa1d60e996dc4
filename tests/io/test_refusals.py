"""What cannot be used is refused with a sentence that names the file."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import tifffile

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.volume import Volume

VOXEL_VALUES = np.random.default_rng(0).normal(size=(6, 20, 30)).astype(np.float32)


def refused(path, says, opener=io.open_volume):
    with pytest.raises(InputError, match=says) as error:
        opener(path)
    assert path.name in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("opener", [io.open_volume, io.open_labels, io.open_scan, io.kind_of])
def test_no_file_a_folder_an_empty_file_and_a_text_file(tmp_path, opener):
    (tmp_path / "empty.tif").touch()
    (tmp_path / "text.tif").write_text("hello, this is no image")
    refused(tmp_path / "absent.tif", "There is no file", opener)
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder", "is a folder with nothing in it", opener)
    refused(tmp_path / "empty.tif", "is empty", opener)
    refused(tmp_path / "text.tif", "not a TIFF, NumPy or HDF5", opener)


@pytest.mark.parametrize("how", ["imagej", "plain", "zlib", "ome", "pages"])
@pytest.mark.parametrize("part", [0.005, 0.02, 0.3, 0.6, 0.85])
def test_truncated_tiff(tmp_path, how, part):
    path = tmp_path / "v.tif"
    if how == "pages":
        with tifffile.TiffWriter(path) as writer:
            for image in VOXEL_VALUES:
                writer.write(image, metadata=None, contiguous=False)
    else:
        options = {"imagej": {"imagej": True}, "ome": {"ome": True}, "zlib": {"compression": "zlib"}, "plain": {}}[how]
        tifffile.imwrite(path, VOXEL_VALUES, **options)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    refused(path, "truncated|damaged", lambda place: io.open_volume(place, 1.0))


@pytest.mark.parametrize("part", [0.01, 0.5, 0.99])
def test_truncated_arrays_and_archives(tmp_path, part):
    np.save(tmp_path / "v.npy", VOXEL_VALUES)
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file.create_dataset("data", data=VOXEL_VALUES, chunks=(1, 20, 30), compression="gzip")
    real = sample_data_folder() / "i13_24737_raw_flat_dark_angles.npz"
    (tmp_path / "s.npz").write_bytes(real.read_bytes())
    for name, opener in (("v.npy", io.open_volume), ("v.h5", io.open_volume), ("s.npz", io.open_scan)):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: int(len(whole) * part)])
        refused(tmp_path / name, "truncated|damaged", opener)


def test_a_damaged_header_of_an_array(tmp_path):
    np.save(tmp_path / "v.npy", VOXEL_VALUES)
    whole = (tmp_path / "v.npy").read_bytes()
    (tmp_path / "v.npy").write_bytes(whole.replace(b"), }", b"(((("))
    assert io.recognises(tmp_path / "v.npy")
    for opener in (io.open_volume, io.kind_of, io.describe):
        refused(tmp_path / "v.npy", "truncated or damaged", opener)


@pytest.mark.parametrize("shape", [(2, 6, 20, 30), (2, 3, 6, 20, 30)])
@pytest.mark.parametrize("name", ["v.tif", "imagej.tif", "v.npy"])
def test_wrong_number_of_axes(tmp_path, shape, name):
    data = np.ones(shape, np.float32)
    path = tmp_path / name
    if name == "imagej.tif":
        tifffile.imwrite(path, data, imagej=True, metadata={"axes": {4: "ZCYX", 5: "TZCYX"}[len(shape)]})
    elif name == "v.tif":
        tifffile.imwrite(path, data)
    else:
        np.save(path, data)
    refused(path, f"{len(shape)} axes|must have 3 axes", lambda place: io.open_volume(place, 1.0))


def test_a_line_and_a_number_are_no_slice(tmp_path):
    for number, data in enumerate((np.ones(20), np.float64(3.0))):
        np.save(tmp_path / f"{number}.npy", data)
        assert not io.recognises(tmp_path / f"{number}.npy")
        refused(tmp_path / f"{number}.npy", "must have 3 axes", lambda place: io.open_volume(place, 1.0))


def test_colour_tiff(tmp_path):
    tifffile.imwrite(tmp_path / "c.tif", np.zeros((20, 30, 3), np.uint8), photometric="rgb")
    refused(tmp_path / "c.tif", "colour", lambda place: io.open_volume(place, 1.0))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("suffix", [".tif", ".npy"])
def test_values_that_are_not_finite(tmp_path, bad, suffix):
    data = VOXEL_VALUES.copy()
    data[1, 2, 3] = bad
    path = tmp_path / f"v{suffix}"
    tifffile.imwrite(path, data) if suffix == ".tif" else np.save(path, data)
    refused(path, "1 values that are NaN or infinite", lambda place: io.open_volume(place, 1.0))


def test_negative_voxel_size(tmp_path):
    metadata = {"spacing": -0.5, "unit": "um"}
    tifffile.imwrite(tmp_path / "i.tif", VOXEL_VALUES, imagej=True, resolution=(2, 2), metadata=metadata)
    refused(tmp_path / "i.tif", "positive and finite")
    sizes = {"PhysicalSizeX": -0.5, "PhysicalSizeY": 0.5, "PhysicalSizeZ": 0.5}
    tifffile.imwrite(tmp_path / "o.ome.tif", VOXEL_VALUES, ome=True, metadata={"axes": "ZYX", **sizes})
    refused(tmp_path / "o.ome.tif", "positive and finite")
    np.save(tmp_path / "v.npy", VOXEL_VALUES)
    refused(tmp_path / "v.npy", "positive and finite", lambda place: io.open_volume(place, -1))


def test_labels_cut_anywhere_are_refused_or_whole(tmp_path):
    labels = Labels(np.random.default_rng(0).integers(0, 5, (4, 5, 6)), 0.3)
    path = tmp_path / "l.tif"
    io.save_labels(labels, path)
    whole = path.read_bytes()
    refusals = 0
    for end in range(1, len(whole), 7):
        path.write_bytes(whole[:end])
        try:
            read = io.open_labels(path, 0.3)
        except InputError:
            refusals += 1
        else:
            # Only the directories of later slices were cut, which the pixels do not need.
            np.testing.assert_array_equal(read.data, labels.data)
    assert refusals > 10


def test_pickled_objects_are_not_loaded(tmp_path):
    np.save(tmp_path / "v.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    refused(tmp_path / "v.npy", "pickled")
    np.savez(tmp_path / "s.npz", raw=np.array([{}], dtype=object), flat=1, dark=1, angles_deg=1)
    refused(tmp_path / "s.npz", "object|pickle", io.open_scan)


def test_no_voxel_size(tmp_path):
    np.save(tmp_path / "v.npy", VOXEL_VALUES)
    refused(tmp_path / "v.npy", "--voxel-size-um", lambda place: io.open_volume(place).required_voxel_size_um)


def test_labels_that_are_none(tmp_path):
    np.save(tmp_path / "f.npy", VOXEL_VALUES)
    np.save(tmp_path / "i.npy", np.full((2, 2, 2), 7))
    refused(tmp_path / "f.npy", "must be integers", lambda place: io.open_labels(place, 1.0))
    refused(tmp_path / "i.npy", "only 0 air", lambda place: io.open_labels(place, 1.0))


def test_one_kind_taken_for_another(tmp_path):
    io.save_volume(Volume(VOXEL_VALUES, 1.0), tmp_path / "v.tif")
    io.save_labels(Labels(np.zeros((2, 2, 2), np.uint8), 1.0), tmp_path / "l.tif")
    refused(tmp_path / "v.tif", "voxel values, not labels", io.open_labels)
    refused(tmp_path / "l.tif", "labels, not voxel values", io.open_volume)
    refused(tmp_path / "v.tif", "not a raw scan", io.open_scan)
    scan = sample_data_folder() / "aps_tooth_raw_2rows.h5"
    refused(scan, "raw scan, not a volume; reconstruct", io.open_volume)


def test_sidecar_of_another_array(tmp_path):
    io.save_volume(Volume(VOXEL_VALUES, 1.0), tmp_path / "v.npy")
    np.save(tmp_path / "v.npy", VOXEL_VALUES[1:])
    refused(tmp_path / "v.npy", "sidecar")


def test_hdf5_without_or_with_several_volumes(tmp_path):
    with h5py.File(tmp_path / "none.h5", "w") as file:
        file["line"] = VOXEL_VALUES[0, 0]
    with h5py.File(tmp_path / "two.h5", "w") as file:
        file["a"], file["b"] = VOXEL_VALUES, VOXEL_VALUES
    refused(tmp_path / "none.h5", "no 3-D dataset of numbers and no single slice", io.kind_of)
    refused(tmp_path / "two.h5", "2 volumes", io.kind_of)


def test_a_volume_named_exchange_is_no_raw_scan(tmp_path):
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file["exchange"] = VOXEL_VALUES
    assert io.kind_of(tmp_path / "v.h5") == "volume"
    refused(tmp_path / "v.h5", "no raw scan", io.open_scan)


def test_suffix_that_is_not_written(tmp_path):
    with pytest.raises(InputError, match=r"\.tif, \.zarr, \.h5 or \.npy"):
        io.save_volume(Volume(VOXEL_VALUES, 1.0), tmp_path / "v.png")
