"""What is told about a file before it is loaded."""

from __future__ import annotations

import numpy as np
import psutil
import pytest

from napari_crystalseg import io
from napari_crystalseg.labels import Labels
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.scan import Scan
from napari_crystalseg.volume import Volume


def test_a_scan_with_all_that_is_known(tmp_path):
    frames = np.ones((7, 3, 4), np.uint16)
    scan = Scan(frames, frames[:2], frames[:1], np.linspace(-90, 90, 7), 0.65, 4.5, 30.0, 1.75)
    io.save_scan(scan, tmp_path / "s.nxs")
    described = io.describe(tmp_path / "s.nxs")
    assert (described.kind, described.format, described.shape, described.dtype) == (
        "scan",
        "NXtomo",
        (7, 3, 4),
        "uint16",
    )
    assert described.nbytes == 7 * 3 * 4 * 2
    text = str(described)
    for words in (
        "Raw scan (NXtomo): 7 projections of 3 × 4 pixels (rows × columns), uint16, 168 bytes",
        "2 flats and 1 dark; angles from -90° to 90°.",
        "Pixels of 0.65 µm; 4.5 keV; 30 mm to the detector; rotation axis recorded at column 1.75.",
        "Reconstructed: 3 × 4 × 4 voxels, float32, 192 bytes",
    ):
        assert words in text


@pytest.mark.parametrize("name", ["a.tif", "a.npy", "a.h5", "a.zarr"])
def test_a_grid_takes_its_memory_as_loaded(tmp_path, name):
    io.save_labels(Labels(np.ones((20, 30, 40), np.uint8), (0.3, 0.4, 0.51)), tmp_path / name)
    described = io.describe(tmp_path / name)
    assert described.kind == "labels" and described.memory_bytes == described.nbytes == 24_000
    assert "20 × 30 × 40 voxels (z × y × x), uint8, 24 kB" in described.lines[0]
    assert described.lines[1] == "Voxels of 0.3 × 0.4 × 0.51 µm."
    io.save_volume(Volume(np.ones((20, 30, 40)), 1.0), tmp_path / name)
    assert io.describe(tmp_path / name).memory_bytes == 96_000


def test_integers_are_told_apart_as_when_they_are_opened(tmp_path):
    np.save(tmp_path / "v.npy", np.arange(24, dtype=np.uint16).reshape(2, 3, 4))
    described = io.describe(tmp_path / "v.npy")
    assert described.kind == "volume" == io.kind_of(tmp_path / "v.npy")
    assert (described.nbytes, described.memory_bytes) == (48, 96)
    assert "unknown size: give --voxel-size-um" in described.lines[1]


def test_the_share_of_the_memory(tmp_path, monkeypatch):
    io.save_volume(Volume(np.ones((20, 30, 40)), 1.0), tmp_path / "v.tif")
    for total, words in (
        (192_000, "50 % of this machine's memory (192 kB)"),
        (64_000, "1.5 times this machine's memory"),
    ):
        monkeypatch.setattr(psutil, "virtual_memory", lambda total=total: type("Memory", (), {"total": total}))
        assert words in io.describe(tmp_path / "v.tif").lines[0]


def test_real_scans():
    tooth = io.describe(sample_data_folder() / "aps_tooth_raw_2rows.h5")
    assert tooth.format == "Data Exchange" and tooth.shape == (181, 2, 640)
    i13 = io.describe(sample_data_folder() / "i13_24737_raw_flat_dark_angles.npz")
    assert i13.format == "NumPy archive" and "angles from -88.2° to 91.8°" in i13.lines[1]
