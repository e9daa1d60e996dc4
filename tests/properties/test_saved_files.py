"""What is saved opens again as it was: any small grid, voxels of any shape, in every format that is written."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

from helpers.drawn_examples import arrays, examples, given, st
from napari_crystalseg import io
from napari_crystalseg.io.formats.tiff import stack_writing
from napari_crystalseg.labels import Labels
from napari_crystalseg.scan import Scan
from napari_crystalseg.volume import Quantity, Volume

FORMATS = ["imagej.tif", "bigtiff_ome.tiff", "array.npy", "image.ome.zarr", "nexus.h5"]
SHAPES = st.tuples(*[st.integers(1, 4)] * 3)
LENGTHS = st.floats(1e-3, 1e3)
# Voxels 500 times as long along one axis as along another are asked about; those of tomograms are not.
SIZES = st.none() | st.tuples(*[st.floats(0.1, 2.0)] * 3)


@pytest.fixture(params=FORMATS)
def name(request, monkeypatch):
    if "ome" in request.param:
        monkeypatch.setattr(stack_writing, "LARGEST_IMAGEJ_BYTES", 0)
    return request.param


@given(st.data())
@examples(8)
def test_volumes(name, data):
    voxel_values = arrays(np.float32, SHAPES, elements=st.floats(allow_nan=False, allow_infinity=False, width=32))
    volume = Volume(data.draw(voxel_values), data.draw(SIZES), data.draw(st.sampled_from(list(Quantity))))
    with tempfile.TemporaryDirectory() as folder:
        io.save_volume(volume, Path(folder) / name)
        read = io.open_volume(Path(folder) / name)
    assert read.data.tobytes() == volume.data.tobytes() and read.shape == volume.shape
    assert read.voxel_size_um == volume.voxel_size_um and read.quantity == volume.quantity


@given(st.data())
@examples(8)
def test_labels(name, data):
    labels = Labels(data.draw(arrays(np.uint8, SHAPES, elements=st.integers(0, 4))), data.draw(SIZES))
    with tempfile.TemporaryDirectory() as folder:
        io.save_labels(labels, Path(folder) / name)
        read = io.open_labels(Path(folder) / name)
    assert read.data.tobytes() == labels.data.tobytes() and read.shape == labels.shape
    assert read.voxel_size_um == labels.voxel_size_um


@given(st.data())
@examples(10)
def test_scans(data):
    count, rows, columns = data.draw(st.tuples(st.integers(2, 5), st.integers(1, 4), st.integers(1, 4)))
    frames = [
        data.draw(arrays(np.uint16, (number, rows, columns)))
        for number in (count, data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2)))
    ]
    angles = data.draw(st.floats(-360, 360)) + data.draw(st.floats(0.01, 10)) * np.arange(count)
    known = [data.draw(st.none() | LENGTHS) for _ in range(3)]
    scan = Scan(*frames, angles, *known)
    with tempfile.TemporaryDirectory() as folder:
        io.save_scan(scan, Path(folder) / "scan.nxs")
        read = io.open_scan(Path(folder) / "scan.nxs", lazy=False)
    for one, other in zip((read.projections, read.flats, read.darks), frames, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(read.angles_deg, angles)
    for found, value in zip((read.pixel_size_um, read.energy_kev, read.distance_mm), known, strict=True):
        assert found is value is None or found == pytest.approx(value, rel=1e-12)
