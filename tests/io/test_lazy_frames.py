"""Frames that stay in their file give what an array gives, and read no more than is asked for."""

from __future__ import annotations

import os
import pickle
import tracemalloc

import h5py
import numpy as np
import pytest
import tifffile

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.frames import ChosenFrames, HeldRows, LazyFrames, TransposedFrames
from napari_crystalseg.io.formats.hdf5.scans.frames import Hdf5Frames
from napari_crystalseg.io.formats.readers import reader_of
from napari_crystalseg.io.formats.tiff.frames import TiffFrames
from napari_crystalseg.scan import Scan

COUNTS = np.random.default_rng(0).integers(0, 60000, (12, 5, 7)).astype(np.uint16)
KEYS = [
    0,
    -1,
    slice(None),
    slice(2, 9, 3),
    slice(None, None, -1),
    [3, 1, 1],
    np.arange(12) % 5 == 0,
    (slice(None), 2),
    (slice(None), slice(1, 4), slice(None, None, 2)),
    (5, slice(None), -2),
    (..., 3),
    (4, ...),
    (slice(3, 3), slice(None), slice(None)),
    (np.int64(2), slice(-2, None), slice(None, -3)),
    (slice(1, 3), [4, 0], slice(None)),
]


def in_hdf5(path, data=COUNTS, **options):
    with h5py.File(path, "w") as file:
        file.create_dataset("frames", data=data, **options)


@pytest.fixture(params=["hdf5", "hdf5 chunked", "hdf5 bitshuffle", "hdf5 big-endian", "hdf5 4 axes", "hdf5 chosen"])
def in_file(request, tmp_path):
    how, path = request.param, tmp_path / "a.h5"
    chosen = np.ones(len(COUNTS), bool)
    if how == "hdf5 chosen":
        chosen = np.zeros(31, bool)
        chosen[[0, 1, 2, 5, 7, 8, 20, 21, 22, 23, 29, 30]] = True
        stored = np.full((31, 5, 7), 9, np.uint16)
        stored[chosen] = COUNTS
        in_hdf5(path, stored)
    elif how == "hdf5 4 axes":
        in_hdf5(path, COUNTS[np.newaxis])
    elif how == "hdf5 bitshuffle":
        in_hdf5(path, **pytest.importorskip("hdf5plugin").Bitshuffle())
    elif how == "hdf5 big-endian":
        in_hdf5(path, COUNTS.astype(">u2"))
    else:
        in_hdf5(path, **({"chunks": (1, 5, 7), "compression": "gzip"} if "chunked" in how else {}))
    with h5py.File(path) as file:
        return Hdf5Frames(path, file["frames"], chosen)


@pytest.fixture(params=["plain", "zlib", "stack", "zlib stack", "big-endian"])
def in_tiff(request, tmp_path):
    how = request.param
    options = {"photometric": "minisblack"}
    options |= {"compression": "zlib"} if "zlib" in how else {"byteorder": ">"} if how == "big-endian" else {}
    parts = COUNTS.reshape(3, 4, 5, 7) if "stack" in how else COUNTS
    files = [tmp_path / f"{number}.tif" for number in range(len(parts))]
    for file, part in zip(files, parts, strict=True):
        tifffile.imwrite(file, part, **options)
    return TiffFrames(files)


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing_hdf5_is_numpys(in_file, key):
    expected = COUNTS[key]
    np.testing.assert_array_equal(in_file[key], expected)
    assert in_file[key].dtype == np.uint16


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing_tiff_is_numpys(in_tiff, key):
    np.testing.assert_array_equal(in_tiff[key], COUNTS[key])
    assert in_tiff[key].dtype == np.uint16


def test_it_is_like_an_array(in_file):
    assert in_file.shape == COUNTS.shape and len(in_file) == 12 and in_file.ndim == 3
    assert in_file.size == COUNTS.size and in_file.nbytes == COUNTS.nbytes and in_file.dtype == np.uint16
    np.testing.assert_array_equal(np.asarray(in_file), COUNTS)
    np.testing.assert_array_equal(np.stack(list(in_file)), COUNTS)
    np.testing.assert_allclose(np.mean(in_file, axis=0), COUNTS.mean(axis=0))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(in_file))[3], COUNTS[3])
    for outside in (12, (0, 5), (0, 0, 0, 0)):
        with pytest.raises(IndexError):
            in_file[outside]


def test_a_large_scan_opens_within_little_memory(tmp_path):
    """1801 frames of 2048 by 2048 pixels are 15 GB; the file holds none of them, and reads as zeros."""
    path = tmp_path / "s.h5"
    with h5py.File(path, "w") as file:
        shape = (1801 + 40, 2048, 2048)
        file.create_dataset("entry1/instrument/flyScanDetector/data", shape, np.uint16, chunks=(1, 2048, 2048))
        file["entry1/tomo_entry/data/rotation_angle"] = np.linspace(0, 180, 1801)
    io.describe(path)  # imports what it needs
    tracemalloc.start()
    described = io.describe(path)
    lazy = reader_of(path).read_scan(path)
    plane = lazy.projections[1800, 1000:1010]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert plane.shape == (10, 2048)
    assert peak < 20e6
    assert described.shape == (1801, 2048, 2048)
    assert described.nbytes == 1801 * 2048 * 2048 * 2
    assert "1801 projections of 2048 × 2048 pixels" in described.lines[0] and "15.1 GB" in described.lines[0]


def test_large_projections_stay_in_the_file_and_small_ones_are_read(tmp_path, monkeypatch):
    scan = Scan(COUNTS, COUNTS[:2], COUNTS[2:3], np.linspace(0, 165, 12))
    io.save_scan(scan, tmp_path / "s.nxs")
    assert isinstance(io.open_scan(tmp_path / "s.nxs").projections, np.ndarray)
    monkeypatch.setattr(io.opening, "LARGEST_READ_BYTES", COUNTS.nbytes - 1)
    lazy = io.open_scan(tmp_path / "s.nxs")
    assert isinstance(lazy.projections, LazyFrames) and isinstance(lazy.flats, LazyFrames)
    assert isinstance(io.open_scan(tmp_path / "s.nxs", lazy=False).projections, np.ndarray)
    io.save_scan(lazy, tmp_path / "again.nxs")
    np.testing.assert_array_equal(io.open_scan(tmp_path / "again.nxs", lazy=False).projections, COUNTS)


def test_a_file_that_changes_under_us_is_told(in_file, in_tiff):
    with h5py.File(in_file.path, "a") as file:
        file["more"] = 1
    with pytest.raises(InputError, match=r"a\.h5 has changed since it was opened"):
        in_file[0]
    os.remove(in_tiff.files[2])
    with pytest.raises(InputError, match="has changed"):
        in_tiff[:]


def test_values_that_are_not_finite_stay_until_the_frames_are_judged(tmp_path):
    data = COUNTS.astype(np.float32)
    data[7, 1, 1] = np.nan
    in_hdf5(tmp_path / "a.h5", data)
    with h5py.File(tmp_path / "a.h5") as file:
        frames = Hdf5Frames(tmp_path / "a.h5", file["frames"], np.arange(12))
    scan = Scan(frames, data[:1], data[:1], np.arange(12.0))
    np.testing.assert_array_equal(scan.projections[:7], COUNTS[:7])
    assert np.flatnonzero(np.isnan(scan.projections[:])).size == 1 and np.isnan(scan.projections[7, 1, 1])


def test_some_frames_and_exchanged_axes_stay_in_the_file(in_file):
    chosen, turned = ChosenFrames(in_file, np.array([1, 4, 5, 11])), TransposedFrames(in_file)
    np.testing.assert_array_equal(chosen[1:, 2, 1:4], COUNTS[[4, 5, 11], 2, 1:4])
    np.testing.assert_array_equal(turned[3:5, :, 1:3], COUNTS[3:5, 1:3].transpose(0, 2, 1))
    np.testing.assert_array_equal(ChosenFrames(turned, np.array([2, 7]))[:], COUNTS[[2, 7]].transpose(0, 2, 1))


def test_the_hash_of_a_large_file_is_read_when_asked_for(tmp_path, monkeypatch):
    from napari_crystalseg import provenance

    (tmp_path / "a.bin").write_bytes(b"abc")
    (tmp_path / "b.bin").write_bytes(b"abc")
    expected = provenance.hash_file(tmp_path / "a.bin")
    monkeypatch.setattr(provenance, "_HASHED_AT_ONCE_BYTES", 0)
    earlier = provenance.Provenance({"old": "ab"}, seed=3)
    made = pickle.loads(pickle.dumps(provenance.Provenance.of_file(tmp_path / "a.bin", tmp_path / "b.bin")))
    made = made.following(earlier).then("open")
    os.utime(tmp_path / "b.bin", (1, 1))
    assert made.to_dict()["inputs"] == {
        "old": "ab",
        "a.bin": expected,
        "b.bin": "not known: the file changed after it was opened",
    }
    assert made.seed == 3 and provenance.Provenance.from_dict(made.to_dict()) == made


@pytest.mark.parametrize("key", KEYS)
def test_held_rows_give_what_the_frames_give(in_file, key):
    held = HeldRows(in_file, 2)
    held[:, 1:3]
    np.testing.assert_array_equal(held[key], COUNTS[key])
    np.testing.assert_array_equal(held[:, 2], COUNTS[:, 2])


def test_rows_that_a_file_gives_together(tmp_path):
    in_hdf5(tmp_path / "a.h5")
    in_hdf5(tmp_path / "b.h5", chunks=(1, 5, 7), compression="gzip")
    with h5py.File(tmp_path / "a.h5") as a, h5py.File(tmp_path / "b.h5") as b:
        together = [Hdf5Frames(f.filename, f["frames"], np.ones(12, bool)).rows_together for f in (a, b)]
    assert together == [1, 5]
