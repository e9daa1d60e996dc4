"""A format is one class and one line in the tuple: all else asks the tuple."""

from __future__ import annotations

import struct
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml

import napari_crystalseg
from napari_crystalseg import cli, io
from napari_crystalseg._reader import napari_get_reader
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.formats import readers, writers
from napari_crystalseg.io.formats.hdf5.scans import layouts
from napari_crystalseg.io.formats.reader import Reader
from napari_crystalseg.io.formats.writer import Writer
from napari_crystalseg.io.grids.axes import find_arrangement
from napari_crystalseg.io.grids.grid import Grid
from napari_crystalseg.io.grids.scale import Scale
from napari_crystalseg.labels import Labels
from napari_crystalseg.scan import Scan
from napari_crystalseg.volume import Volume

VOXEL_VALUES = np.random.default_rng(3).normal(size=(3, 4, 5)).astype(np.float32)
FRAMES = np.random.default_rng(4).integers(100, 999, (6, 3, 4)).astype(np.uint16)
_HEADER = "<4s3If"


class MadeUp(Reader, Writer):
    """Shape, voxel size and float32 behind four letters; a voxel size of zero is none."""

    format = "Made-up"
    suffixes = (".made",)

    def recognises(self, path, head):
        return head.startswith(b"MADE")

    def read_grid(self, path, choice):
        _, *shape, size = struct.unpack_from(_HEADER, path.read_bytes())
        lay = find_arrangement(tuple(shape), None, choice.axes, choice.picks)
        data = np.memmap(path, np.float32, "r", struct.calcsize(_HEADER), tuple(shape))
        scale = Scale((size,) * 3 if size else None)
        return Grid(lay.shape, data.dtype, lambda first, last: lay.laid(data[lay.key(first, last)]), scale, {}, ())

    def write_grid(self, data, voxel_size_um, record, path):
        header = struct.pack(_HEADER, b"MADE", *data.shape, voxel_size_um[0] if voxel_size_um else 0)
        path.write_bytes(header + data.astype(np.float32).tobytes())


class MadeUpScan(Reader):
    """Frames of a made-up camera."""

    format = "Made-up camera"
    suffixes = (".cam",)

    def recognises(self, path, head):
        return head.startswith(b"CAMERA")

    def scan_layout(self, path):
        return self.format

    def read_scan(self, path):
        return Scan(FRAMES[:4], FRAMES[4:5], FRAMES[5:], np.linspace(0, 180, 4), pixel_size_um=0.5)


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setattr(readers, "READERS", (*readers.READERS, MadeUp(), MadeUpScan()))
    monkeypatch.setattr(writers, "WRITERS", (*writers.WRITERS, MadeUp()))


@pytest.mark.usefixtures("made_up")
def test_a_made_up_volume_is_saved_and_opened_everywhere(tmp_path, capsys):
    path = tmp_path / "v.made"
    io.check_suffix(path)
    io.check_outputs([path], [])
    io.save_volume(Volume(VOXEL_VALUES, 0.75), path)
    opened = io.open_file(path)
    assert isinstance(opened, Volume) and opened.voxel_size_um == (0.75, 0.75, 0.75)
    np.testing.assert_array_equal(opened.data, VOXEL_VALUES)
    assert io.kind_of(path) == "volume" and io.recognises(path)
    assert io.open_volume(path, axes="xzy").data.shape == (4, 5, 3)
    np.testing.assert_array_equal(io.open_labels(saved_labels(tmp_path)).data, np.ones((2, 3, 4)))
    with pytest.raises(InputError, match="is a Made-up file, not a raw scan"):
        io.open_scan(path)

    assert cli.main(["info", str(path)]) == 0
    assert "Volume (Made-up): 3 × 4 × 5 voxels (z × y × x), float32" in " ".join(capsys.readouterr().out.split())

    reader = napari_get_reader(str(path))
    ((data, attributes, kind),) = reader(str(path))
    assert kind == "image" and attributes["scale"] == pytest.approx((0.75,) * 3)
    np.testing.assert_array_equal(data, VOXEL_VALUES)
    assert ".made" in io.suffixes_read()


def saved_labels(folder: Path) -> Path:
    io.save_labels(Labels(np.ones((2, 3, 4), np.uint8), None), folder / "l.made")
    return folder / "l.made"


@pytest.mark.usefixtures("made_up")
def test_a_made_up_scan_is_opened_everywhere(tmp_path, capsys):
    path = tmp_path / "s.cam"
    path.write_bytes(b"CAMERA of 1895")
    assert io.kind_of(path) == "scan" and io.recognises(path)
    np.testing.assert_array_equal(io.open_file(path).projections, FRAMES[:4])
    assert cli.main(["info", str(path)]) == 0
    assert "Raw scan (Made-up camera): 4 projections of 3 × 4 pixels" in " ".join(capsys.readouterr().out.split())
    ((data, _, kind),) = napari_get_reader(str(path))(str(path))
    assert kind == "image"
    np.testing.assert_array_equal(data, FRAMES[:4])
    with pytest.raises(InputError, match="is a raw scan, not a volume"):
        io.open_volume(path)
    with pytest.raises(InputError, match=r"Save as \.tif, \.zarr, \.h5, \.npy or \.made, not as '\.cam'"):
        io.check_suffix(path)


@pytest.mark.usefixtures("made_up")
def test_a_refusal_names_a_made_up_kind(tmp_path):
    (tmp_path / "text.tif").write_text("no image")
    with pytest.raises(InputError, match="is not a TIFF, NumPy, HDF5 or Made-up file"):
        io.open_file(tmp_path / "text.tif")


def test_without_its_line_it_is_not_known(tmp_path):
    MadeUp().write_grid(VOXEL_VALUES, None, {}, tmp_path / "v.made")
    with pytest.raises(InputError, match=r"v\.made is not a TIFF, NumPy or HDF5 file, whatever its name says"):
        io.open_file(tmp_path / "v.made")
    with pytest.raises(InputError, match=r"Save as \.tif, \.zarr, \.h5 or \.npy, not as '\.made'"):
        io.save_volume(Volume(VOXEL_VALUES, 0.75), tmp_path / "w.made")
    assert napari_get_reader(str(tmp_path / "v.made")) is None


def test_a_layout_of_scans_in_hdf5_is_a_line_too(tmp_path, monkeypatch):
    def read(path):
        with h5py.File(path) as file:
            return Scan(file["shots"][:4], file["shots"][4:5], file["shots"][5:], np.linspace(0, 180, 4))

    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["shots"] = FRAMES
    assert io.kind_of(tmp_path / "s.h5") == "volume"
    shots = layouts.ScanLayout("shots", lambda file: "shots" in file, read)
    monkeypatch.setattr(layouts, "SCAN_LAYOUTS", (*layouts.SCAN_LAYOUTS, shots))
    assert io.describe(tmp_path / "s.h5").lines[0].startswith("Raw scan (shots): 4 projections")
    np.testing.assert_array_equal(io.open_scan(tmp_path / "s.h5").projections, FRAMES[:4])


def manifest():
    folder = Path(napari_crystalseg.__file__).parent
    return yaml.safe_load((folder / "napari.yaml").read_text(encoding="utf-8"))["contributions"]


def test_the_manifest_names_what_is_read():
    reader, of_detectors = manifest()["readers"]
    assert not set(of_detectors["filename_patterns"]) & set(reader["filename_patterns"])
    assert reader["accepts_directories"] is True
    assert set(reader["filename_patterns"]) == {f"*{suffix}" for suffix in readers.suffixes_read(folders=True)}


def test_the_manifest_names_what_is_written():
    of_writers = {suffix for writer in writers.WRITERS for suffix in writer.suffixes}
    for writer in manifest()["writers"]:
        named = set(writer["filename_extensions"])
        assert named <= of_writers
        assert {one.suffixes[0] for one in writers.WRITERS} <= named


def test_every_suffix_is_written_by_one():
    suffixes = [suffix for writer in writers.WRITERS for suffix in writer.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in (*suffixes, *io.suffixes_read()))
