"""Files that other programs write: their scale is read, their traps are met."""

from __future__ import annotations

import subprocess
import sys

import h5py
import numpy as np
import pytest
import tifffile

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.samples import sample_data_folder

VOXEL_VALUES = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)


@pytest.mark.parametrize("unit", ["um", "\\u00B5m", "\\u03bcm", "micron", "microns", "micrometer"])
def test_imagej_micrometres_by_every_name(tmp_path, unit):
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        VOXEL_VALUES,
        imagej=True,
        resolution=(1 / 0.4, 1 / 0.3),
        metadata={"spacing": 0.5, "unit": unit, "axes": "ZYX"},
    )
    assert io.open_volume(path).voxel_size_um == pytest.approx((0.5, 0.3, 0.4), rel=1e-7)


@pytest.mark.parametrize(("unit", "size"), [("nm", 300.0), ("mm", 3e-4), ("cm", 3e-5)])
def test_imagej_other_lengths(tmp_path, unit, size):
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, VOXEL_VALUES, imagej=True, resolution=(1 / size, 1 / size), metadata={"spacing": size, "unit": unit}
    )
    assert io.open_volume(path).voxel_size_um == pytest.approx((0.3, 0.3, 0.3), rel=1e-6)


def test_imagej_without_spacing_is_taken_as_cubic_and_says_so(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, VOXEL_VALUES, imagej=True, resolution=(2, 2), metadata={"unit": "um", "axes": "ZYX"})
    volume = io.open_volume(path)
    assert volume.voxel_size_um == pytest.approx((0.5, 0.5, 0.5))
    assert "slice distance" in volume.provenance.steps[-1]["assumed"]


@pytest.mark.parametrize("unit", ["pixel", "", "inch"])
def test_a_scale_that_is_no_length_is_no_scale(tmp_path, unit):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, VOXEL_VALUES, imagej=True, resolution=(72, 72), metadata={"spacing": 1, "unit": unit})
    assert io.open_volume(path).voxel_size_um is None
    assert io.open_volume(path, 0.5).voxel_size_um == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(("unit", "factor"), [("µm", 1.0), ("nm", 1e3), ("mm", 1e-3), (None, 1.0)])
@pytest.mark.parametrize("shape", [(4, 5, 6), (1, 4, 5, 6)])
def test_ome_scale_and_singleton_axes(tmp_path, unit, factor, shape):
    path = tmp_path / "a.ome.tif"
    sizes = {"X": 0.4 * factor, "Y": 0.3 * factor, "Z": 0.5 * factor}
    metadata = {f"PhysicalSize{axis}": size for axis, size in sizes.items()}
    if unit:
        metadata |= {f"PhysicalSize{axis}Unit": unit for axis in sizes}
    tifffile.imwrite(
        path, VOXEL_VALUES.reshape(shape), ome=True, metadata={"axes": "CZYX"[4 - len(shape) :], **metadata}
    )
    volume = io.open_volume(path)
    np.testing.assert_array_equal(volume.data, VOXEL_VALUES)
    assert volume.voxel_size_um == pytest.approx((0.5, 0.3, 0.4))


def test_plain_tiff_of_small_integers_is_labels(tmp_path):
    data = np.arange(60).reshape(3, 4, 5) % 4
    tifffile.imwrite(tmp_path / "l.tif", data.astype(np.uint16), photometric="minisblack")
    tifffile.imwrite(tmp_path / "g.tif", (data * 50).astype(np.uint8), photometric="minisblack")
    assert io.kind_of(tmp_path / "l.tif") == "labels"
    assert io.kind_of(tmp_path / "g.tif") == "volume"
    assert io.open_labels(tmp_path / "l.tif", 1.0).data.dtype == np.uint8


@pytest.mark.parametrize("slices", [3, 4])
def test_few_slices_are_not_colours(tmp_path, slices):
    tifffile.imwrite(
        tmp_path / "v.tif",
        VOXEL_VALUES[:slices],
        **({"photometric": "rgb", "planarconfig": "separate"} if slices == 3 else {}),
    )
    assert io.open_volume(tmp_path / "v.tif", 1.0).shape == (slices, 5, 6)


def test_stack_over_time_is_taken_as_slices(tmp_path):
    tifffile.imwrite(tmp_path / "t.tif", VOXEL_VALUES, imagej=True, metadata={"axes": "TYX"})
    assert io.open_volume(tmp_path / "t.tif", 1.0).shape == (4, 5, 6)


def test_compressed_tiff(tmp_path):
    tifffile.imwrite(tmp_path / "z.tif", VOXEL_VALUES, compression="zlib", photometric="minisblack")
    np.testing.assert_array_equal(io.open_volume(tmp_path / "z.tif", 1.0).data, VOXEL_VALUES)


def test_hdf5_dataset_as_volume(tmp_path):
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file["entry/data/data"] = VOXEL_VALUES
        file["entry/data/data"].attrs["element_size_um"] = (0.5, 0.3, 0.4)
        file["again"] = h5py.SoftLink("/entry/data/data")
    assert io.kind_of(tmp_path / "v.h5") == "volume"
    assert io.open_volume(tmp_path / "v.h5").voxel_size_um == (0.5, 0.3, 0.4)


def test_bitshuffle_compressed_hdf5(tmp_path):
    hdf5plugin = pytest.importorskip("hdf5plugin")
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file.create_dataset("data", data=VOXEL_VALUES, **hdf5plugin.Bitshuffle())
    np.testing.assert_array_equal(io.open_volume(tmp_path / "v.h5", 1.0).data, VOXEL_VALUES)


def nxtomo(path, place="entry", units="deg", angle=1.0, pixel=(6.5e-6, "m"), n=8, key=None):
    key = [2, 1, 0, 0, 1, 0, 0, 3] if key is None else key
    with h5py.File(path, "w") as file:
        entry = file.create_group(place)
        entry["definition"] = "NXtomo"
        entry["instrument/detector/data"] = np.arange(n * 6, dtype=np.uint16).reshape(n, 2, 3)
        entry["instrument/detector/image_key"] = np.array(key, float)
        entry["instrument/detector/x_pixel_size"] = pixel[0]
        entry["instrument/detector/x_pixel_size"].attrs["units"] = pixel[1]
        entry["instrument/detector/distance"] = [0.03]
        entry["instrument/detector/distance"].attrs["units"] = "m"
        entry["instrument/beam/incident_energy"] = 4500.0
        entry["instrument/beam/incident_energy"].attrs["units"] = "eV"
        entry["sample/rotation_angle"] = np.arange(len(key)) * angle
        entry["sample/rotation_angle"].attrs["units"] = units


@pytest.mark.parametrize("place", ["entry", "entry1/tomo_entry", "a/b/c"])
@pytest.mark.parametrize(("units", "angle"), [("deg", 1.0), ("rad", np.pi / 180), ("degrees", 1.0)])
def test_nxtomo_of_others(tmp_path, place, units, angle):
    nxtomo(tmp_path / "s.nxs", place, units, angle)
    scan = io.open_scan(tmp_path / "s.nxs")
    np.testing.assert_allclose(scan.angles_deg, [2, 3, 5, 6])
    np.testing.assert_array_equal(scan.projections[:, 0, 0], [12, 18, 30, 36])
    np.testing.assert_array_equal(scan.flats[:, 0, 0], [6, 24])
    np.testing.assert_array_equal(scan.darks[:, 0, 0], [0])
    assert scan.pixel_size_um == pytest.approx(6.5)
    assert scan.distance_mm == pytest.approx(30)
    assert scan.energy_kev == pytest.approx(4.5)


def test_nxtomo_whose_virtual_images_are_elsewhere(tmp_path):
    nxtomo(tmp_path / "s.nxs")
    layout = h5py.VirtualLayout((8, 2, 3), np.uint16)
    layout[:] = h5py.VirtualSource("gone.h5", "data", (8, 2, 3))
    with h5py.File(tmp_path / "s.nxs", "a") as file:
        del file["entry/instrument/detector/data"]
        file.create_virtual_dataset("entry/instrument/detector/data", layout)
    # HDF5 itself would give frames of zeros.
    with pytest.raises(InputError, match=r"image data is absent.*gone\.h5"):
        io.open_scan(tmp_path / "s.nxs")


def test_nxtomo_with_images_behind_an_external_link(tmp_path):
    nxtomo(tmp_path / "s.nxs")
    with h5py.File(tmp_path / "images.h5", "w") as images, h5py.File(tmp_path / "s.nxs", "a") as file:
        images["data"] = file["entry/instrument/detector/data"][()]
        del file["entry/instrument/detector/data"]
        file["entry/instrument/detector/data"] = h5py.ExternalLink("images.h5", "data")
    assert io.open_scan(tmp_path / "s.nxs").projections[0, 0, 0] == 12


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"key": [2, 0, 0, 0, 0, 0, 0, 0]}, "no flats"),
        ({"key": [2, 1, 1, 1, 1, 1, 1, 1]}, "no projections"),
        ({"key": [2, 1, 0]}, "8 frames but 3 image keys"),
        ({"units": "furlong"}, "furlong"),
        ({"pixel": (-1e-6, "m")}, "pixel_size_um must be positive"),
    ],
)
def test_nxtomo_that_does_not_add_up(tmp_path, change, says):
    nxtomo(tmp_path / "s.nxs", **change)
    with pytest.raises(InputError, match=says):
        io.open_scan(tmp_path / "s.nxs")


@pytest.mark.parametrize("axes", [(1, 8, 2, 3), (8, 1, 2, 3)])
def test_nxtomo_with_further_axes(tmp_path, axes):
    nxtomo(tmp_path / "s.nxs")
    with h5py.File(tmp_path / "s.nxs", "a") as file:
        data = file["entry/instrument/detector/data"][()]
        del file["entry/instrument/detector/data"]
        file["entry/instrument/detector/data"] = data.reshape(axes)
    scan = io.open_scan(tmp_path / "s.nxs")
    np.testing.assert_array_equal(scan.projections[:, 0, 0], [12, 18, 30, 36])
    np.testing.assert_array_equal(scan.flat_positions, [0, 2])


def test_nxtomo_of_several_scans_is_refused(tmp_path):
    nxtomo(tmp_path / "s.nxs")
    with h5py.File(tmp_path / "s.nxs", "a") as file:
        del file["entry/instrument/detector/data"]
        file["entry/instrument/detector/data"] = np.ones((2, 8, 2, 3), np.uint16)
    with pytest.raises(InputError, match="holds several scans; save one of them"):
        io.open_scan(tmp_path / "s.nxs")


def test_several_nxtomo_entries(tmp_path):
    nxtomo(tmp_path / "s.nxs")
    with h5py.File(tmp_path / "s.nxs", "a") as file:
        # A second name for the same images, and an entry without images, are no second scan.
        file.copy("entry", "linked")
        del file["linked/instrument/detector/data"]
        file["linked/instrument/detector/data"] = h5py.SoftLink("/entry/instrument/detector/data")
        file.copy("entry", "empty")
        del file["empty/instrument/detector/data"]
    assert io.open_scan(tmp_path / "s.nxs").shape == (4, 2, 3)
    with h5py.File(tmp_path / "s.nxs", "a") as file:
        file.copy("entry", "another")
    with pytest.raises(InputError, match=r"2 NXtomo entries.*copy the one to open"):
        io.open_scan(tmp_path / "s.nxs")


def test_nxtomo_with_angles_that_are_nan_or_too_few(tmp_path):
    for angles, says in (
        (np.full(4, np.nan), "4 of 4 angles that are NaN"),
        (np.arange(5.0), "4 projections .*5 angles"),
    ):
        nxtomo(tmp_path / "s.nxs")
        with h5py.File(tmp_path / "s.nxs", "a") as file:
            del file["entry/sample/rotation_angle"]
            file["entry/sample/rotation_angle"] = angles
        with pytest.raises(InputError, match=says):
            io.open_scan(tmp_path / "s.nxs")


def test_images_taken_again_for_alignment_are_left_out(tmp_path):
    nxtomo(tmp_path / "s.nxs")
    with h5py.File(tmp_path / "s.nxs", "a") as file:
        file["entry/instrument/detector/image_key_control"] = [2, 1, 0, 0, 1, 0, -1, 3]
    np.testing.assert_array_equal(io.open_scan(tmp_path / "s.nxs").angles_deg, [2, 3, 5])


def test_nan_angles_of_flats_and_darks_are_of_no_account(tmp_path):
    nxtomo(tmp_path / "s.nxs")
    with h5py.File(tmp_path / "s.nxs", "a") as file:
        angles = file["entry/sample/rotation_angle"]
        angles[[0, 1, 4]] = np.nan
    np.testing.assert_array_equal(io.open_scan(tmp_path / "s.nxs").angles_deg, [2, 3, 5, 6])


def test_nxtomo_without_darks_is_recorded(tmp_path):
    nxtomo(tmp_path / "s.nxs", key=[1, 1, 0, 0, 1, 0, 0, 3])
    scan = io.open_scan(tmp_path / "s.nxs")
    assert scan.darks.max() == 0
    assert "dark" in scan.provenance.steps[-1]["assumed"]


def test_real_header_without_images_says_so():
    with pytest.raises(InputError, match=r"image data is absent.*header file.*pco1-24888\.hdf"):
        io.open_scan(sample_data_folder() / "i13_24888_nxtomo_metadata.nxs")


def test_real_data_exchange():
    path = sample_data_folder() / "aps_tooth_raw_2rows.h5"
    scan = io.open_scan(path)
    assert scan.shape == (181, 2, 640)
    assert (len(scan.flats), len(scan.darks)) == (10, 10)
    assert (scan.angles_deg[0], scan.angles_deg[-1]) == pytest.approx((0, 179), abs=0.01)
    assert io.kind_of(path) == "scan"


def test_real_i13_archive():
    path = sample_data_folder() / "i13_24737_raw_flat_dark_angles.npz"
    scan = io.open_scan(path)
    assert scan.shape == (91, 135, 160)
    assert scan.flats.shape == scan.darks.shape == (1, 135, 160)
    assert (scan.angles_deg[0], scan.angles_deg[-1]) == pytest.approx((-88.2, 91.8), abs=1e-3)
    assert io.kind_of(path) == "scan"


def exchange(path, **change):
    rng = np.random.default_rng(0)
    arrays = {"data": rng.random((9, 3, 4)), "data_white": np.ones((2, 3, 4)), "theta": np.linspace(0, 160, 9)}
    with h5py.File(path, "w") as file:
        for name, array in {**arrays, **change}.items():
            file[f"exchange/{name}"] = array
    return path


@pytest.mark.parametrize("units", [None, "degrees", "rad"])
def test_data_exchange_angles(tmp_path, units):
    angles = np.linspace(0, 160, 9)
    path = exchange(tmp_path / "s.h5", theta=np.radians(angles) if units != "degrees" else angles)
    if units:
        with h5py.File(path, "a") as file:
            file["exchange/theta"].attrs["units"] = units
    scan = io.open_scan(path)
    np.testing.assert_allclose(scan.angles_deg, angles, atol=1e-9)
    assert ("radians" in scan.provenance.steps[-1]["assumed"]) == (units is None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"data_white": np.ones((2, 4, 4))}, r"flats are \(4, 4\) \(row, column\) but the projections are \(3, 4\)"),
        ({"data_white": np.ones((0, 3, 4))}, "flats .* are empty"),
        ({"theta": np.arange(8.0)}, "9 projections but 8 angles"),
        ({"theta": np.full(9, np.nan)}, "9 of 9 angles that are NaN"),
    ],
)
def test_data_exchange_that_does_not_add_up(tmp_path, change, says):
    with pytest.raises(InputError, match=says):
        io.open_scan(exchange(tmp_path / "s.h5", **change))


def test_data_exchange_with_an_empty_list_of_darks(tmp_path):
    scan = io.open_scan(exchange(tmp_path / "s.h5", data_dark=np.ones((0, 3, 4))))
    assert scan.darks.shape == (1, 3, 4) and scan.darks.max() == 0


def test_a_file_that_another_program_is_writing(tmp_path):
    path = exchange(tmp_path / "s.h5")
    program = "import h5py, sys, time; file = h5py.File(sys.argv[1], 'a'); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        try:
            with pytest.raises(InputError, match=r"s\.h5 is being written by another program"):
                io.open_scan(path)
        finally:
            other.kill()


def test_data_exchange_stored_as_sinograms(tmp_path):
    path = exchange(tmp_path / "s.h5")
    with h5py.File(path, "a") as file:
        file["exchange/data"].attrs["axes"] = "y:theta:x"
    with pytest.raises(InputError, match=r"y:theta:x; save it as projections"):
        io.open_scan(path)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = exchange(tmp_path / "s.h5")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(h5py, "File", refuse)
    with pytest.raises(InputError, match=r"s\.h5 cannot be read \(Permission denied\)"):
        io.open_scan(path)


def test_data_exchange_without_flats_or_angles(tmp_path):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["exchange/data"] = np.ones((3, 2, 2))
        file["exchange/theta"] = np.arange(3.0)
    with pytest.raises(InputError, match=r"flats \(exchange/data_white\) is absent|flats"):
        io.open_scan(tmp_path / "s.h5")
