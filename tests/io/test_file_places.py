"""What is read is not written over, by whatever name."""

from __future__ import annotations

import os

import h5py
import numpy as np
import pytest
import tifffile

from napari_crystalseg.errors import InputError
from napari_crystalseg.io import check_folder_of_results, check_outputs, save_labels, save_volume
from napari_crystalseg.labels import Labels
from napari_crystalseg.volume import Volume

LABELS = Labels(np.ones((4, 5, 6), np.uint8), 1.0)


def refused(output, *inputs):
    with pytest.raises(InputError, match="place of its own"):
        check_outputs([output], inputs)


def test_an_input_by_another_name(tmp_path):
    file = tmp_path / "labels.tif"
    save_labels(LABELS, file)
    (tmp_path / "soft.tif").symlink_to(file)
    os.link(file, tmp_path / "hard.tif")
    (tmp_path / "folder").symlink_to(tmp_path)
    for other in (file, tmp_path / "soft.tif", tmp_path / "hard.tif", tmp_path / "folder" / "labels.tif"):
        refused(other, file)
    check_outputs([tmp_path / "other.tif"], [file, None])


def test_the_record_of_an_array(tmp_path):
    save_labels(LABELS, tmp_path / "a.npy")
    refused(tmp_path / "a.npy.json", tmp_path / "a.npy")
    save_labels(LABELS, tmp_path / "b.tif")
    (tmp_path / "b.tif").rename(tmp_path / "c.npy.json")
    refused(tmp_path / "c.npy", tmp_path / "c.npy.json")


def test_files_in_a_folder_that_is_read(tmp_path):
    save_volume(Volume(np.ones((4, 5, 6), np.float32), 1.0), tmp_path / "v.zarr")
    refused(tmp_path / "v.zarr" / "labels.tif", tmp_path / "v.zarr")
    refused(tmp_path / "v.zarr", tmp_path / "v.zarr" / "0")
    refused(tmp_path / "v.zarr", tmp_path / "v.zarr")
    with pytest.raises(InputError, match="lies in the input"):
        check_folder_of_results(tmp_path / "v.zarr" / "out", [tmp_path / "v.zarr"])


def test_files_that_the_input_refers_to(tmp_path):
    with h5py.File(tmp_path / "frames.h5", "w") as file:
        file["data"] = np.zeros((2, 3, 4))
    with h5py.File(tmp_path / "scan.nxs", "w") as file:
        file["entry/data"] = h5py.ExternalLink("frames.h5", "data")
        layout = h5py.VirtualLayout((2, 3, 4), "f8")
        layout[:] = h5py.VirtualSource("virtual.h5", "data", (2, 3, 4))
        file.create_virtual_dataset("virtual", layout)
    refused(tmp_path / "frames.h5", tmp_path / "scan.nxs")
    refused(tmp_path / "virtual.h5", tmp_path / "scan.nxs")
    text = '<OME><UUID FileName="z1.ome.tif">urn:uuid:1</UUID></OME>'
    tifffile.imwrite(tmp_path / "z0.ome.tif", np.zeros((4, 5), np.uint8), description=text, metadata=None)
    refused(tmp_path / "z1.ome.tif", tmp_path / "z0.ome.tif")
    check_outputs([tmp_path / "z2.ome.tif"], [tmp_path / "z0.ome.tif"])


def test_files_that_those_refer_to_in_turn(tmp_path):
    with h5py.File(tmp_path / "deepest.h5", "w") as file:
        file["data"] = np.zeros((2, 3, 4))
        file["back"] = h5py.ExternalLink("scan.nxs", "entry")
    with h5py.File(tmp_path / "between.h5", "w") as file:
        file["data"] = h5py.ExternalLink("deepest.h5", "data")
    with h5py.File(tmp_path / "scan.nxs", "w") as file:
        file["entry/data"] = h5py.ExternalLink("between.h5", "data")
    refused(tmp_path / "deepest.h5", tmp_path / "scan.nxs")


def test_a_place_twice(tmp_path):
    with pytest.raises(InputError, match="named twice"):
        check_outputs([tmp_path / "a.tif", tmp_path / "x" / ".." / "a.tif"], [])
    with pytest.raises(InputError, match="named twice"):
        check_outputs([tmp_path / "a.npy", tmp_path / "a.npy.json"], [])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a" * 252 + ".tif", "256 bytes"),
        ("é" * 126 + ".npy", "256 bytes"),
        ("a" * 248 + ".npy", "257 bytes"),  # its record
        ("a\0.tif", "no file name may hold"),
        ("loop.tif", "leads to itself"),
        ("locked.tif", "protected"),
        ("a.npy", "did not write"),
        ("folder.npy", "folder"),
    ],
)
def test_what_cannot_be_written_is_told_before_the_work(tmp_path, name, said):
    (tmp_path / "loop.tif").symlink_to(tmp_path / "loop.tif")
    (tmp_path / "locked.tif").touch(mode=0o444)
    (tmp_path / "a.npy.json").write_text("[1, 2]")
    (tmp_path / "folder.npy.json").mkdir()
    with pytest.raises(InputError, match=said):
        check_outputs([f"{tmp_path}/{name}"], [])


@pytest.mark.parametrize("suffix", [".tif", ".npy", ".h5", ".zarr"])
def test_the_longest_names_that_a_file_system_takes(tmp_path, suffix):
    room = 255 - len(suffix) - (len(".json") if suffix == ".npy" else 0)
    path = tmp_path / ("a" * room + suffix)
    check_outputs([path], [])
    for _ in range(2):
        save_labels(LABELS, path)
    assert {one.name for one in tmp_path.iterdir()} <= {path.name, path.name + ".json"}
