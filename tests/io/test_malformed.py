"""Files that are not what they say, or that would do harm: told in a sentence, and nothing of them is run."""

from __future__ import annotations

import json
import os
import pickle
import socket
from pathlib import Path

import h5py
import numcodecs
import numpy as np
import pytest
import tifffile
import zarr

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import Provenance

CUBE = np.arange(60, dtype=np.uint8).reshape(3, 4, 5)


def refused(path: Path, *words: str) -> str:
    with pytest.raises(InputError) as caught:
        io.open_file(path)
    text = str(caught.value)
    assert len(text.replace(str(path.parent), "")) < 400 and "\n" not in text
    for word in words:
        assert word in text, text
    return text


# What is no file.


def test_pipes_sockets_and_devices_are_refused_at_once(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "x.h5")
    refused(tmp_path / "x.h5", "is a pipe")
    refused(Path("/dev/zero"), "is a device")
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("s.tif")
        refused(tmp_path / "s.tif", "is a socket")


@pytest.mark.parametrize("name", ["a\0.tif", "x" * 300 + ".tif", "/".join(["deep"] * 2000)])
def test_names_that_no_file_can_have(tmp_path, name):
    with pytest.raises(InputError) as caught:
        io.describe(f"{tmp_path}/{name}")
    assert len(str(caught.value)) < 500


def test_a_link_to_itself(tmp_path):
    (tmp_path / "loop.tif").symlink_to(tmp_path / "loop.tif")
    refused(tmp_path / "loop.tif", "leads to itself")


# Records.

DAMAGED = [
    "abc",
    5,
    [1],
    {"inputs": 5},
    {"inputs": "ab"},
    {"inputs": {"a": 5}},
    {"steps": 5},
    {"steps": ["a"]},
    {"steps": [{"step": "open", "assumed": ["a"]}]},
    {"seed": "x"},
    {"model_sha256": 7},
]


@pytest.mark.parametrize("provenance", DAMAGED, ids=str)
def test_a_damaged_record_is_not_used_and_said(tmp_path, provenance):
    record = json.dumps({"kind": "volume", "shape": [3, 4, 5], "quantity": [], "provenance": provenance})
    np.save(tmp_path / "a.npy", CUBE)
    (tmp_path / "a.npy.json").write_text(record)
    tifffile.imwrite(tmp_path / "a.tif", CUBE, imagej=True, metadata={"axes": "ZYX", "Info": record})
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["entry/data/data"] = CUBE
        file["entry/crystalseg"] = record
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    group.create_array("0", data=CUBE)
    axes = [{"name": name, "type": "space"} for name in "zyx"]
    group.attrs["multiscales"] = [{"axes": axes, "datasets": [{"path": "0"}]}]
    group.attrs["crystalseg"] = json.loads(record)
    for suffix in ("npy", "tif", "h5", "zarr"):
        volume = io.open_volume(tmp_path / f"a.{suffix}", 1.0 if suffix == "npy" else None)
        assert (volume.data == CUBE).all()
        if suffix != "npy":
            assert any("record" in text for text in volume.provenance.assumptions), suffix
        volume.to_dict()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"kind": 5}', '{"kind": ["volume"]}', '"volume"', "", '{"kind": "v"'])
def test_a_record_of_others_is_none(tmp_path, text):
    np.save(tmp_path / "a.npy", CUBE)
    (tmp_path / "a.npy.json").write_text(text)
    assert io.open_file(tmp_path / "a.npy").provenance.assumptions == ("a.npy.json beside the file: not used",)


@pytest.mark.parametrize("shape", [5, "345", [3, 4], [[3, 4, 5]], None])
def test_shape_in_a_sidecar(tmp_path, shape):
    np.save(tmp_path / "a.npy", CUBE)
    (tmp_path / "a.npy.json").write_text(json.dumps({"kind": "volume", "shape": shape}))
    if shape == [3, 4]:
        refused(tmp_path / "a.npy", "describes an array")
    else:
        io.open_file(tmp_path / "a.npy")


def test_records_come_back():
    record = Provenance({"a": "0" * 64}, ({"step": "open", "assumed": "x"},), "1" * 64, 7)
    assert Provenance.from_dict(json.loads(json.dumps(record.to_dict()))) == record


# Things that would run, or read what is not theirs.


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("bomb-went-off",)


def test_pickles_in_arrays_are_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = np.array([Bomb()], dtype=object)
    np.save(tmp_path / "a.npy", odd, allow_pickle=True)
    np.savez(tmp_path / "a.npz", raw=odd, flat=odd, dark=odd, angles_deg=odd)
    refused(tmp_path / "a.npy", "may run code")
    refused(tmp_path / "a.npz", "may run code")
    assert not Path("bomb-went-off").exists()


def zarr_with(folder: Path, version: int, **changes) -> Path:
    group = zarr.open_group(folder, mode="w", zarr_format=version)
    group.create_array("0", data=CUBE)
    axes = [{"name": name, "type": "space"} for name in "zyx"]
    image = [{"axes": axes, "datasets": [{"path": changes.pop("path", "0")}]}]
    group.attrs["ome" if version == 3 else "multiscales"] = {"multiscales": image} if version == 3 else image
    metadata = folder / "0" / ("zarr.json" if version == 3 else ".zarray")
    metadata.write_text(json.dumps({**json.loads(metadata.read_text()), **changes}))
    return folder


@pytest.mark.parametrize("version", [2, 3])
def test_zarr_of_numbers_opens(tmp_path, version):
    assert (io.open_file(zarr_with(tmp_path / "a.zarr", version)).data == CUBE).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"dtype": "|O", "filters": [{"id": "vlen-utf8"}, {"id": "pickle"}]},
        {"dtype": "|O", "filters": [{"id": "vlen-utf8"}]},
        {"dtype": "<U8"},
        {"dtype": "<M8[s]"},
        {"dtype": [["a", "<i4"]]},
        {"dtype": 5},
        {"filters": [{"id": "pickle"}]},
        {"filters": [{"id": "json2"}]},
        {"compressor": {"id": "pickle"}},
        {"compressor": "pickle"},
    ],
    ids=str,
)
def test_zarr_2_of_other_things_is_not_unpacked(tmp_path, changes, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = zarr_with(tmp_path / "a.zarr", 2, **changes)
    (folder / "0" / "0.0.0").write_bytes(pickle.dumps(Bomb()))
    unpacked = []
    monkeypatch.setattr(numcodecs.Pickle, "decode", lambda *arguments, **options: unpacked.append(arguments))
    for call in (io.describe, io.open_file, io.recognises):
        try:
            call(folder)
        except InputError as error:
            assert "only numbers" in str(error) or "not read" in str(error)
    assert not unpacked and not Path("bomb-went-off").exists()
    refused(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"data_type": "string"},
        {"data_type": {"name": "numpy.datetime64", "configuration": {"unit": "s"}}},
        {"codecs": [{"name": "bytes"}, {"name": "numcodecs.pickle"}]},
        {
            "codecs": [
                {
                    "name": "sharding_indexed",
                    "configuration": {"chunk_shape": [1, 1, 1], "codecs": [{"name": "vlen-utf8"}], "index_codecs": []},
                }
            ]
        },
    ],
    ids=str,
)
def test_zarr_3_of_other_things_is_not_unpacked(tmp_path, changes):
    text = refused(zarr_with(tmp_path / "a.zarr", 3, **changes))
    assert "only numbers" in text or "not read" in text


@pytest.mark.parametrize("version", [2, 3])
def test_zarr_keeps_to_itself(tmp_path, version):
    zarr_with(tmp_path / "other.zarr", version)
    refused(zarr_with(tmp_path / "a.zarr", version, path="../other.zarr/0"), "outside itself")


def hdf5_of(path: Path, file: str | Path) -> Path:
    with h5py.File(path, "w") as made:
        made.create_dataset("entry/data/data", (3, 4, 5), "u1", external=[(str(file), 0, 60)])
    return path


def test_hdf5_does_not_show_other_files_of_the_machine(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.txt").write_bytes(b"s" * 60)
    refused(hdf5_of(tmp_path / "in" / "a.h5", tmp_path / "secret.txt"), "secret.txt", "outside its folder")
    refused(hdf5_of(tmp_path / "in" / "b.h5", "../secret.txt"), "outside its folder")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "secret.txt")
    refused(hdf5_of(tmp_path / "in" / "c.h5", "link"), "outside its folder")


def test_hdf5_with_its_bytes_beside_it(tmp_path):
    CUBE.tofile(tmp_path / "bytes.raw")
    volume = io.open_file(hdf5_of(tmp_path / "a.h5", "bytes.raw"))
    assert (volume.data == CUBE).all()
    refused(hdf5_of(tmp_path / "b.h5", "gone.raw"), "gone.raw", "cannot be found")
    os.mkfifo(tmp_path / "pipe.raw")
    refused(hdf5_of(tmp_path / "c.h5", "pipe.raw"), "is a pipe")


def test_virtual_volume_without_its_source_is_not_zeros(tmp_path):
    layout = h5py.VirtualLayout((3, 4, 5), "u1")
    layout[:] = h5py.VirtualSource("gone.h5", "data", (3, 4, 5))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_virtual_dataset("data", layout)
    refused(tmp_path / "a.h5", "gone.h5", "cannot be found")


def test_virtual_volume_from_elsewhere_is_said(tmp_path):
    (tmp_path / "in").mkdir()
    with h5py.File(tmp_path / "far.h5", "w") as file:
        file["data"] = CUBE
    layout = h5py.VirtualLayout((3, 4, 5), "u1")
    layout[:] = h5py.VirtualSource(str(tmp_path / "far.h5"), "data", (3, 4, 5))
    with h5py.File(tmp_path / "in" / "a.h5", "w") as file:
        file.create_virtual_dataset("data", layout)
    assert any("far.h5" in line for line in io.describe(tmp_path / "in" / "a.h5").lines)
    assert any("far.h5" in text for text in io.open_volume(tmp_path / "in" / "a.h5", 2.0).provenance.assumptions)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (("images.h5", "/nowhere"), "in which there is no /nowhere"),
        (("words.txt", "/data"), "no HDF5 file"),
        (("gone.h5", "/data"), "cannot be found"),
        (("pipe.h5", "/data"), "is a pipe"),
        ((".", "/data"), "is a folder"),
    ],
)
def test_an_external_link_that_leads_nowhere_says_why(tmp_path, target, words):
    with h5py.File(tmp_path / "images.h5", "w") as file:
        file["data"] = CUBE
    (tmp_path / "words.txt").write_text("words")
    os.mkfifo(tmp_path / "pipe.h5")
    with h5py.File(tmp_path / "a.nxs", "w") as file:
        file["entry/definition"] = "NXtomo"
        file.create_group("entry/instrument/detector")["data"] = h5py.ExternalLink(*target)
    refused(tmp_path / "a.nxs", words)


def test_ome_tiff_takes_no_slices_from_elsewhere(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("far.ome.tif", "in/a.ome.tif"):
        tifffile.imwrite(tmp_path / name, CUBE, ome=True, metadata={"axes": "ZYX"})
    page = tifffile.TiffFile(tmp_path / "in" / "a.ome.tif").pages[0].description
    assert "<TiffData" in page
    changed = page.replace(
        "<TiffData", '<TiffData><UUID FileName="../far.ome.tif">urn:uuid:1</UUID></TiffData><TiffData'
    )
    tifffile.imwrite(tmp_path / "in" / "a.ome.tif", CUBE, description=changed, metadata=None, photometric="minisblack")
    refused(tmp_path / "in" / "a.ome.tif", "far.ome.tif")


# Sizes.


def test_sizes_beyond_the_memory_are_told_by_the_header(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", (20000, 20000, 20000), "u2", chunks=(1, 200, 200))
    assert io.kind_of(tmp_path / "a.h5") == "volume"
    assert "times this machine's memory" in str(io.describe(tmp_path / "a.h5"))
    refused(tmp_path / "a.h5", "GB of memory")


def test_an_unknown_filter_is_called_so(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("data", (3, 4, 5), "u1", chunks=(3, 4, 5), compression="gzip")
        dataset.id.write_direct_chunk((0, 0, 0), b"anything at all")
    data = (tmp_path / "a.h5").read_bytes()
    # Deflate is filter 1, of one value: its message names it.
    place = data.index(b"deflate") - 8
    changed = data[:place] + (32999).to_bytes(2, "little") + data[place + 2 :]
    (tmp_path / "a.h5").write_bytes(changed)
    refused(tmp_path / "a.h5", "filter", "hdf5plugin")
