"""Fly scans of Diamond I23: darks, flats and projections in one dataset, angles in two ways, images beside."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import hash_file

DATA = "entry1/instrument/flyScanDetector/data"
ANGLE = "entry1/tomo_entry/data/rotation_angle"
FRAMES = np.random.default_rng(0).integers(0, 60000, (40 + 9, 3, 5)).astype(np.uint16)
ANGLES = np.linspace(-90, 90, 9)


def write(path, frames=FRAMES, angles=ANGLES, units=None, data=None):
    with h5py.File(path, "w") as file:
        file[DATA] = frames if data is None else data
        file[ANGLE] = angles
        file["entry1/tomo_entry/definition"] = "NXtomo"
        if units:
            file[ANGLE].attrs["units"] = units
    return path


def check(path):
    assert io.kind_of(path) == "scan" and io.recognises(path)
    for lazy in (True, False):
        scan = io.open_scan(path, lazy=lazy)
        np.testing.assert_array_equal(scan.darks, FRAMES[:20])
        np.testing.assert_array_equal(scan.flats, FRAMES[20:40])
        np.testing.assert_array_equal(np.asarray(scan.projections), FRAMES[40:])
        np.testing.assert_allclose(scan.angles_deg, ANGLES)
        assert not scan.flat_positions.any()
        assert "fly scan" in scan.provenance.steps[-1]["assumed"]
    return scan


@pytest.mark.parametrize("one_a_frame", [True, False])
@pytest.mark.parametrize("units", [None, "deg", "rad"])
def test_angles_one_a_frame_or_one_a_projection(tmp_path, one_a_frame, units):
    angles = np.concatenate([np.full(40, np.nan), ANGLES]) if one_a_frame else ANGLES
    check(write(tmp_path / "s.nxs", angles=np.radians(angles) if units == "rad" else angles, units=units))


@pytest.mark.parametrize("axes", [(1, 49, 3, 5), (49, 1, 3, 5), (1, 1, 49, 3, 5)])
def test_further_axes_of_length_one(tmp_path, axes):
    check(write(tmp_path / "s.nxs", frames=FRAMES.reshape(axes)))


def test_images_behind_an_external_link_are_hashed_too(tmp_path):
    with h5py.File(tmp_path / "images.hdf", "w") as file:
        file["entry/data"] = FRAMES
    path = write(tmp_path / "s.nxs", data=h5py.ExternalLink("images.hdf", "/entry/data"))
    scan = check(path)
    assert scan.provenance.inputs == {name: hash_file(tmp_path / name) for name in ("s.nxs", "images.hdf")}


def test_images_that_are_elsewhere(tmp_path):
    path = write(tmp_path / "s.nxs", data=h5py.ExternalLink("gone.hdf", "/entry/data"))
    for opener in (io.open_scan, io.describe):
        with pytest.raises(InputError, match=r"image data is absent from s\.nxs.*gone\.hdf, which cannot be found"):
            opener(path)
    assert io.kind_of(path) == "scan" and io.recognises(path)


def test_keys_come_first_where_there_are_some(tmp_path):
    path = write(tmp_path / "s.nxs")
    key = np.zeros(49, int)
    key[:2], key[2:4] = 1, 2
    with h5py.File(path, "a") as file:
        file["entry1/tomo_entry/instrument/detector/image_key"] = key
        file["entry1/tomo_entry/instrument/detector/data"] = h5py.SoftLink(f"/{DATA}")
        del file[ANGLE]
        file["entry1/tomo_entry/sample/rotation_angle"] = np.arange(49.0)
    scan = io.open_scan(path)
    assert (len(scan.flats), len(scan.darks), len(scan.projections)) == (2, 2, 45)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"frames": FRAMES[:40]}, r"has 40 frames, but a fly scan has 20 darks, 20 flats.*not complete"),
        ({"angles": ANGLES[:-1]}, r"has 9 projections after 20 darks and 20 flats, but 8 angles"),
        ({"angles": np.where(ANGLES > 80, np.nan, ANGLES)}, "has 1 of 9 angles that are NaN.*the first at number 8"),
        ({"frames": FRAMES.reshape(7, 7, 3, 5)}, "holds several scans; save one of them"),
        ({"frames": FRAMES[:, 0]}, "has 2 axes"),
        ({"frames": FRAMES.astype(complex)}, "real numbers"),
        ({"frames": FRAMES[:, :0]}, "is empty"),
    ],
)
def test_what_does_not_add_up(tmp_path, change, says):
    with pytest.raises(InputError, match=says):
        io.open_scan(write(tmp_path / "s.nxs", **change))


def test_without_angles(tmp_path):
    path = write(tmp_path / "s.nxs")
    with h5py.File(path, "a") as file:
        del file[ANGLE]
    with pytest.raises(InputError, match="has no angles"):
        io.open_scan(path)


@pytest.mark.parametrize("part", [0.1, 0.6, 0.95])
def test_truncated(tmp_path, part):
    path = write(tmp_path / "s.nxs")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(InputError, match=r"s\.nxs is truncated or damaged"):
        io.open_scan(path)
