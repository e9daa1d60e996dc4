"""What is saved opens again with the same values, scale and record, and the same noun gives the same bytes."""

from __future__ import annotations

import time

import numpy as np
import pytest
import tifffile

from napari_crystalseg import io
from napari_crystalseg.io.files import atomic
from napari_crystalseg.io.formats.tiff import stack_writing
from napari_crystalseg.labels import Labels
from napari_crystalseg.provenance import Provenance, hash_file, hash_path
from napari_crystalseg.scan import Scan
from napari_crystalseg.volume import Quantity, Volume

SIZE_UM = (0.3, 0.4, 0.51)


def wait_for_the_next_second():
    """Wait until a date in a file, which is to the second, would be another."""
    begun = int(time.time())
    while int(time.time()) == begun:
        time.sleep(0.02)


@pytest.fixture
def volume():
    data = np.random.default_rng(0).normal(size=(5, 6, 7)).astype(np.float32)
    made = Provenance({"scan.h5": "ab" * 32}, model_sha256="cd" * 32, seed=7).then(
        "reconstruct", note="µ, 1/3", x=1 / 3
    )
    return Volume(data, SIZE_UM, Quantity.LINEAR_ATTENUATION, made)


@pytest.fixture
def labels():
    return Labels(np.random.default_rng(1).integers(0, 5, (5, 6, 7)).astype(np.uint8), 0.3)


@pytest.fixture
def scan():
    rng = np.random.default_rng(2)
    frames = [rng.integers(0, 60000, (n, 4, 9)).astype(np.uint16) for n in (11, 3, 2)]
    angles = np.linspace(-90, 90, 11)
    return Scan(*frames, angles, 0.65, 4.5, 30.0, 4.25, provenance=Provenance(seed=5).then("simulate"))


@pytest.fixture(params=["imagej.tif", "bigtiff_ome.tiff", "array.npy", "image.ome.zarr", "nexus.h5"])
def place(request, tmp_path, monkeypatch):
    if "ome" in request.param:
        monkeypatch.setattr(stack_writing, "LARGEST_IMAGEJ_BYTES", 0)
    return tmp_path / request.param


def test_volume_round_trip(volume, place):
    io.save_volume(volume, place)
    read = io.open_volume(place)
    np.testing.assert_array_equal(read.data, volume.data)
    assert read.voxel_size_um == volume.voxel_size_um
    assert read.quantity is Quantity.LINEAR_ATTENUATION
    assert io.kind_of(place) == "volume"
    assert read.provenance.steps == volume.provenance.steps
    assert read.provenance.seed == 7
    assert read.provenance.model_sha256 == "cd" * 32
    assert read.provenance.inputs == {"scan.h5": "ab" * 32, place.name: hash_path(place)}


def test_labels_round_trip(labels, place):
    io.save_labels(labels, place)
    read = io.open_labels(place)
    np.testing.assert_array_equal(read.data, labels.data)
    assert read.data.dtype == np.uint8
    assert read.voxel_size_um == (0.3, 0.3, 0.3)
    assert io.kind_of(place) == "labels"


def test_same_noun_gives_the_same_bytes(volume, place, tmp_path):
    io.save_volume(volume, place)
    first = hash_path(place)
    wait_for_the_next_second()
    io.save_volume(volume, place)
    assert hash_path(place) == first


def test_one_slice_stays_a_volume(place):
    one = Volume(np.arange(12.0).reshape(1, 3, 4), 0.5)
    io.save_volume(one, place)
    np.testing.assert_array_equal(io.open_volume(place).data, one.data)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 1), (2, 1, 1), (3, 129, 70), (131, 2, 65)])
def test_odd_shapes_and_chunks_that_do_not_fit(place, shape):
    rng = np.random.default_rng(4)
    volume = Volume(rng.normal(size=shape).astype(np.float32), (0.1, 2.0, 33.3))
    io.save_volume(volume, place)
    np.testing.assert_array_equal(io.open_volume(place).data, volume.data)
    assert io.open_volume(place).voxel_size_um == volume.voxel_size_um
    labels = Labels(rng.integers(0, 5, shape).astype(np.uint8), (0.1, 2.0, 33.3))
    io.save_labels(labels, place)
    np.testing.assert_array_equal(io.open_labels(place).data, labels.data)


def test_voxel_size_given_overrides_the_file_and_is_recorded(volume, place):
    io.save_volume(volume, place)
    read = io.open_volume(place, voxel_size_um=2.0)
    assert read.voxel_size_um == (2.0, 2.0, 2.0)
    assert read.provenance.steps[-1]["voxel_size_um"] == [2.0, 2.0, 2.0]


def test_tiff_pages_are_the_slices_for_any_reader(volume, tmp_path):
    io.save_volume(volume, tmp_path / "v.tif")
    with tifffile.TiffFile(tmp_path / "v.tif") as file:
        assert file.is_imagej
        assert file.imagej_metadata["slices"] == 5
        assert file.series[0].axes == "ZYX"
        np.testing.assert_array_equal(file.pages[3].asarray(), volume.data[3])


def test_scale_changed_in_imagej_wins_over_our_record(volume, tmp_path):
    io.save_volume(volume, tmp_path / "v.tif")
    with tifffile.TiffFile(tmp_path / "v.tif") as file:
        info = file.imagej_metadata["Info"]
    tifffile.imwrite(
        tmp_path / "v.tif",
        volume.data,
        imagej=True,
        resolution=(0.5, 0.5),
        metadata={"spacing": 3.0, "unit": "micron", "Info": info, "axes": "ZYX"},
    )
    read = io.open_volume(tmp_path / "v.tif")
    assert read.voxel_size_um == pytest.approx((3.0, 2.0, 2.0))
    assert read.provenance.steps == volume.provenance.steps


@pytest.mark.parametrize("suffix", [".h5", ".nxs"])
def test_scan_round_trip(scan, tmp_path, suffix):
    path = tmp_path / f"scan{suffix}"
    io.save_scan(scan, path)
    read = io.open_scan(path)
    for name in ("projections", "flats", "darks", "angles_deg"):
        np.testing.assert_array_equal(getattr(read, name), getattr(scan, name))
    assert read.projections.dtype == np.uint16
    for name in ("pixel_size_um", "energy_kev", "distance_mm", "rotation_centre_px"):
        assert getattr(read, name) == pytest.approx(getattr(scan, name), rel=1e-12)
    assert read.provenance.steps == ({"step": "simulate"},)
    assert io.kind_of(path) == "scan"


def test_scan_is_what_the_nxtomo_definition_asks_for(scan, tmp_path):
    # Read without any of our code, by the names, classes and units of NXtomo.nxdl.xml.
    import h5py

    io.save_scan(scan, tmp_path / "s.nxs")
    with h5py.File(tmp_path / "s.nxs") as file:
        entry = file[file.attrs["default"]]
        classes = {"": "NXentry", "instrument": "NXinstrument", "instrument/detector": "NXdetector"}
        classes |= {"sample": "NXsample", "data": "NXdata", "instrument/beam": "NXbeam"}
        for name, nx_class in classes.items():
            assert (entry[name] if name else entry).attrs["NX_class"] == nx_class.encode()
        assert entry["definition"][()] == b"NXtomo" and entry["sample/name"][()] == b"sample"
        key, frames = entry["instrument/detector/image_key"], entry["instrument/detector/data"]
        assert key.dtype.kind in "iu" and frames.dtype == np.uint16 and frames.shape == (len(key), 4, 9)
        for code, part in ((2, scan.darks), (1, scan.flats), (0, scan.projections)):
            np.testing.assert_array_equal(frames[key[:] == code], part)
        angles = entry["sample/rotation_angle"]
        assert angles.shape == key.shape and angles.dtype == float
        np.testing.assert_array_equal(angles[key[:] == 0], scan.angles_deg)
        numbers = {"sample/rotation_angle": ("deg", None), "instrument/beam/incident_energy": ("keV", 4.5)}
        numbers |= {f"instrument/detector/{axis}_pixel_size": ("um", 0.65) for axis in "xy"}
        numbers["instrument/detector/distance"] = ("mm", 30.0)
        for name, (unit, value) in numbers.items():
            assert entry[name].attrs["units"] == unit.encode()
            assert value is None or entry[name][()] == value
        assert entry["data"].attrs["signal"] == b"data"
        for name, target in (("data", frames), ("image_key", key), ("rotation_angle", angles)):
            assert entry["data"][name] == target


def test_other_programs_find_the_rotation_axis(scan, tmp_path):
    import h5py

    io.save_scan(scan, tmp_path / "s.nxs")
    with h5py.File(tmp_path / "s.nxs", "a") as file:
        axis = file["entry/instrument/detector/x_rotation_axis_pixel_position"]
        assert axis[()] == 4.25 and axis.attrs["units"] == b"pixel"
        del file["entry/crystalseg"]
    assert io.open_scan(tmp_path / "s.nxs").rotation_centre_px == 4.25
    io.save_scan(scan, tmp_path / "s.nxs", centre_field=False)
    with h5py.File(tmp_path / "s.nxs") as file:
        assert "x_rotation_axis_pixel_position" not in file["entry/instrument/detector"]


def test_flats_keep_their_places_among_the_projections(tmp_path):
    rng = np.random.default_rng(5)
    frames, flats, darks = (rng.integers(0, 60000, (n, 3, 4)).astype(np.uint16) for n in (7, 5, 2))
    places = np.array([0, 3, 3, 7, 7])
    io.save_scan(Scan(frames, flats, darks, np.arange(7.0), flat_positions=places), tmp_path / "s.nxs")
    read = io.open_scan(tmp_path / "s.nxs")
    np.testing.assert_array_equal(read.projections, frames)
    np.testing.assert_array_equal(read.flats, flats)
    np.testing.assert_array_equal(read.darks, darks)
    np.testing.assert_array_equal(read.flat_positions, places)
    np.testing.assert_array_equal(read.angles_deg, np.arange(7.0))


def test_same_scan_gives_the_same_bytes(scan, tmp_path):
    io.save_scan(scan, tmp_path / "a.h5")
    wait_for_the_next_second()
    io.save_scan(scan, tmp_path / "b.h5")
    assert hash_file(tmp_path / "a.h5") == hash_file(tmp_path / "b.h5")


def test_scan_without_what_is_not_known(tmp_path):
    bare = Scan(np.ones((3, 2, 2), np.float32), np.ones((1, 2, 2)), np.zeros((1, 2, 2)), np.arange(3.0))
    io.save_scan(bare, tmp_path / "s.h5")
    read = io.open_scan(tmp_path / "s.h5")
    assert (read.pixel_size_um, read.energy_kev, read.distance_mm, read.rotation_centre_px) == (None,) * 4


def test_no_part_files_are_left(volume, labels, scan, tmp_path):
    io.save_volume(volume, tmp_path / "v.tif")
    io.save_labels(labels, tmp_path / "l.npy")
    io.save_scan(scan, tmp_path / "s.h5")
    io.save_volume(volume, tmp_path / "v.zarr")
    io.save_labels(labels, tmp_path / "v.zarr")
    io.save_volume(volume, tmp_path / "v.h5")
    names = ["l.npy", "l.npy.json", "s.h5", "v.h5", "v.tif", "v.zarr"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


@pytest.mark.parametrize("shape", [(3000, 4, 4), (6, 300, 300)])
def test_the_room_asked_for_is_enough_for_frames_that_nothing_compresses(shape, tmp_path, monkeypatch):
    """HDF5 may crash when the disk is full, so that no file may outgrow the room; and little is asked for in vain."""
    asked = []
    monkeypatch.setattr(atomic, "_check_room", lambda folder, room_bytes: asked.append(room_bytes))
    frames = np.random.default_rng(0).integers(0, 2**16, shape, dtype=np.uint16)
    io.save_scan(Scan(frames, frames[:2], frames[:2], np.linspace(0, 179, len(frames))), tmp_path / "scan.h5")
    size = (tmp_path / "scan.h5").stat().st_size
    assert size < asked[0] < size + 2**20
    values = frames.astype(np.float32) + np.random.default_rng(1).random(shape, np.float32)
    io.save_volume(Volume(values, 1.0), tmp_path / "volume.h5")
    stored = np.prod([-(-length // min(length, 64)) * min(length, 64) for length in shape]) * 4
    assert (tmp_path / "volume.h5").stat().st_size < asked[1] < 1.01 * stored + 2**21
