"""What scan files state beside their frames is read, or said not to be."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import tifffile

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.grids.units import kev_per

FRAMES = np.random.default_rng(4).integers(1, 60000, (7, 4, 6)).astype(np.uint16)
KEY = [2, 1, 0, 0, 0, 0, 0]
DETECTOR = "entry/instrument/detector"


@pytest.fixture
def write(tmp_path):
    """Write an NXtomo file, and more datasets: path, or path with a value and attributes."""

    def written(frames=FRAMES, angles=None, **more):
        path = tmp_path / "s.nxs"
        with h5py.File(path, "w") as file:
            file["entry/definition"] = "NXtomo"
            file[f"{DETECTOR}/data"], file[f"{DETECTOR}/image_key"] = frames, KEY
            file["entry/sample/rotation_angle"] = np.arange(7.0) if angles is None else angles
            file["entry/sample/rotation_angle"].attrs["units"] = "deg"
            for place, value in more.items():
                value, attributes = value if isinstance(value, tuple) else (value, {})
                name = f"entry/{place}"
                if name not in file:
                    file[name] = value
                for key, attribute in attributes.items():
                    file[name].attrs[key] = attribute
        return path

    return written


def opened(path):
    scan = io.open_scan(path)
    return scan, "; ".join(scan.provenance.assumptions)


def um(value):
    return value, {"units": "um"}


@pytest.mark.parametrize(("axis", "flip"), [("x", np.s_[:, :, ::-1]), ("y", np.s_[:, ::-1])])
@pytest.mark.parametrize("lazy", [True, False])
def test_flips_are_undone(write, axis, flip, lazy):
    plain = io.open_scan(write())
    path = write(FRAMES[flip], **{f"instrument/detector/{axis}_flipped": True if lazy else "yes"})
    scan = io.open_scan(path, lazy=lazy)
    for name in ("projections", "flats", "darks"):
        np.testing.assert_array_equal(np.asarray(getattr(scan, name)), np.asarray(getattr(plain, name)))
    np.testing.assert_array_equal(scan.projections[1:3, 1:4, [5, 0]], plain.projections[1:3, 1:4][:, :, [5, 0]])
    assert "turned round again" in opened(path)[1]
    assert "Assumed: the file states that frames are flipped" in str(io.describe(path))
    assert not opened(write(**{f"instrument/detector/{axis}_flipped": False}))[1].count("flipped")


def rotation(value, vector, units="degree"):
    return value, {"transformation_type": "rotation", "vector": vector, "units": units}


@pytest.mark.parametrize(
    ("turns", "flip"),
    [
        ({"ry": rotation(180.0, (0, 1, 0)), "rx": rotation(0.0, (1, 0, 0))}, np.s_[:, :, ::-1]),
        ({"rx": rotation(np.pi, (-1, 0, 0), "rad")}, np.s_[:, ::-1]),
        ({"ry": rotation(180.0, (0, 1, 0)), "rx": rotation(180.0, (1, 0, 0))}, np.s_[:, ::-1, ::-1]),
        # With z upwards, as older files have it.
        ({"ry": rotation(0.0, (0, 1, 0)), "rz": rotation(180.0, (0, 0, 1))}, np.s_[:, :, ::-1]),
        ({"ry": rotation(0.0, (0, 1, 0)), "rx": rotation(360.0, (1, 0, 0))}, np.s_[:]),
    ],
)
def test_half_turns_of_the_detector_are_flips(write, turns, flip):
    more = {f"instrument/detector/transformations/{name}": turn for name, turn in turns.items()}
    scan, said = opened(write(FRAMES[flip], **more))
    np.testing.assert_array_equal(scan.projections, FRAMES[2:])
    assert "not used" not in said


def test_other_turns_and_contradictions_are_said(write):
    place = "instrument/detector/transformations"
    _, said = opened(write(**{f"{place}/roll": rotation(2.0, (0, 0, 1))}))
    assert "roll turns the detector by 2° about z: not used" in said
    _, said = opened(write(**{"instrument/detector/x_flipped": False, f"{place}/ry": rotation(180.0, (0, 1, 0))}))
    assert "contradict x_flipped" in said


def test_sense_and_axis_of_the_rotation(write):
    scan, said = opened(write(**{"sample/rotation_angle": (0, {"vector": (0, -1.0, 0)})}))
    np.testing.assert_array_equal(scan.angles_deg, -np.arange(2.0, 7))
    assert "about -y" in said
    scan, said = opened(write(**{"sample/rotation_angle": (0, {"vector": (0, 1.0, 0)})}))
    np.testing.assert_array_equal(scan.angles_deg, np.arange(2.0, 7))
    assert not said
    assert "--axis rows" in opened(write(**{"sample/rotation_angle": (0, {"vector": (1.0, 0, 0)})}))[1]
    assert "--axis rows" in opened(write(**{"sample/rotation_axis": "horizontal"}))[1]
    assert not opened(write(**{"sample/rotation_axis": "vertical"}))[1]
    assert "'clockwise': not used" in opened(write(**{"sample/rotation_direction": "clockwise"}))[1]


@pytest.mark.parametrize(("text", "half"), [("Half", True), ("full", False), ("HALF", True), ("Quarter", None)])
def test_field_of_view(write, tmp_path, text, half):
    turn = np.linspace(-180, 360, 7)
    scan, said = opened(write(angles=turn, **{"instrument/detector/field_of_view": text}))
    assert scan.half_acquisition is half
    assert ("'Quarter': not used" in said) == (half is None)
    if half is not None:
        io.save_scan(scan, tmp_path / "copy.nxs")
        assert io.open_scan(tmp_path / "copy.nxs").half_acquisition is half


def test_half_a_field_of_view_needs_a_full_turn(write):
    scan, said = opened(write(**{"instrument/detector/field_of_view": "Half"}))
    assert scan.half_acquisition is None and "turns by 4° only: not used" in said


@pytest.mark.parametrize(
    ("stated", "size", "words"),
    [
        ({"x": um(6.5), "y": um(6.5)}, 6.5, None),
        ({"x": um(6.5), "y": um(6.5), "magnification": 10.0}, 0.65, "6.5 µm on the detector and a magnification of 10"),
        ({"x": (6.5e-6, {"units": "m"}), "y": (6.5e-3, {"units": "mm"})}, 6.5, None),
        ({"x": um(6.5)}, 6.5, "along one axis alone"),
        ({"y": um(6.5)}, 6.5, "along one axis alone"),
        ({"x": 6.5, "y": 6.5}, None, "without a unit: not used"),
        ({"x": um(0.0), "y": um(0.0)}, None, "is 0 um: not used"),
        ({"x": um([6.5, 7.0]), "y": um(6.5)}, 6.5, "2 values from 6.5 to 7: not used"),
        ({"x": um([6.5, 6.5]), "y": um([[6.5]])}, 6.5, None),
    ],
)
def test_pixel_size(write, stated, size, words):
    more = {
        f"instrument/detector/{name}{'_pixel_size' if name in 'xy' else ''}": value for name, value in stated.items()
    }
    scan, said = opened(write(**more))
    assert scan.pixel_size_um == (None if size is None else pytest.approx(size))
    assert (words in said) if words else not said


def test_pixel_sizes_that_contradict_each_other(write):
    at_sample = {f"sample/{axis}_pixel_size": um(0.65) for axis in "xy"}
    magnified = {f"instrument/detector/{axis}_magnified_pixel_size": um(1.3) for axis in "xy"}
    scan, said = opened(write(**at_sample, **magnified))
    assert scan.pixel_size_um == 0.65
    assert "pixels of 0.65 µm (sample/x_pixel_size) and of 1.3 µm" in said


def test_pixels_that_are_not_square(write):
    with pytest.raises(InputError, match=r"pixels of 2 by 1 µm .*; square ones are needed"):
        io.open_scan(
            write(**{"instrument/detector/x_pixel_size": um(1.0), "instrument/detector/y_pixel_size": um(2.0)})
        )


@pytest.mark.parametrize(
    ("place", "value", "unit", "kev"),
    [
        ("instrument/beam/incident_energy", 4500.0, "eV", 4.5),
        ("instrument/beam/incident_energy", 4.5 / kev_per("J"), "J", 4.5),
        ("instrument/beam/incident_wavelength", 12.398419843320026 / 4.5, "angstrom", 4.5),
        ("instrument/monochromator/wavelength", 0.12398419843320026, "nm", 10.0),
    ],
)
def test_energy_or_wavelength(write, place, value, unit, kev):
    assert opened(write(**{place: (value, {"units": unit})}))[0].energy_kev == pytest.approx(kev)


def test_energies_that_differ(write):
    both = {
        "instrument/beam/incident_energy": (4.5, {"units": "keV"}),
        "instrument/beam/incident_wavelength": (1.0, {"units": "angstrom"}),
    }
    scan, said = opened(write(**both))
    assert scan.energy_kev == 4.5 and "an energy of 4.5 keV" in said and "of 12.3984 keV" in said
    scan, said = opened(write(**{"instrument/beam/incident_energy": ([4.5, 6.0], {"units": "keV"})}))
    assert scan.energy_kev is None and "2 values from 4.5 to 6: not used" in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"sample/x_translation": (np.r_[99, 99, np.arange(5.0)], {"units": "um"})}, "moves by 4 µm"),
        ({"control/data": np.r_[0, 1, 1, 1, 1, 1, 2.0]}, "record of the beam"),
        ({"instrument/detector/count_time": np.r_[1, 1, 2, 2, 2, 2, 2.0]}, "exposures from 1 to 2"),
        ({"instrument/detector2/data": FRAMES + 1}, "another detector (/entry/instrument/detector2/data)"),
        ({"instrument/detector/x_rotation_axis_pixel_position": 900.0}, "the detector has 6 columns: not used"),
    ],
)
def test_what_is_not_used_is_said(write, more, words):
    assert words in opened(write(**more))[1]


def test_shifts_that_only_the_flats_have(write):
    assert not opened(write(**{"sample/x_translation": (np.r_[99, 99, np.zeros(5)], {"units": "um"})}))[1]


def test_a_recorded_axis_is_told_both_ways(write):
    path = write(**{"instrument/detector/x_rotation_axis_pixel_position": -1.5})
    assert io.open_scan(path).rotation_centre_px == -1.5
    assert "recorded at column -1.5, or at 1 if it counts from the middle" in str(io.describe(path))
    assert io.open_scan(write(**{"instrument/detector/x_rotation_axis_pixel_position": 0.0})).rotation_centre_px is None


def test_fly_scan(tmp_path):
    frames = np.random.default_rng(1).integers(1, 99, (45, 3, 5)).astype(np.uint16)
    with h5py.File(tmp_path / "fly.nxs", "w") as file:
        file["entry1/instrument/flyScanDetector/data"] = frames[:, :, ::-1]
        entry = file.create_group("entry1/tomo_entry")
        entry["data/rotation_angle"] = np.linspace(0, 180, 5)
        entry["data/rotation_angle"].attrs["units"] = "deg"
        entry["instrument/detector/x_flipped"] = True
        for axis in "xy":
            entry[f"instrument/detector/{axis}_pixel_size"] = 0.65e-3
            entry[f"instrument/detector/{axis}_pixel_size"].attrs["units"] = "mm"
    scan, said = opened(tmp_path / "fly.nxs")
    np.testing.assert_array_equal(scan.projections, frames[40:])
    assert scan.pixel_size_um == pytest.approx(0.65)
    assert "frames 0 to 19 are darks" in said and "turned round again" in said


def test_data_exchange(tmp_path):
    base = "measurement/instrument"
    numbers = {
        f"{base}/detector/x_pixel_size": (6.5, "um"),
        f"{base}/detector/y_pixel_size": (6.5, "um"),
        f"{base}/detection_system/objective/magnification": (10.0, ""),
        f"{base}/monochromator/wavelength": (1.0, "angstrom"),
        f"{base}/camera_motor_stack/setup/camera_distance": (30.0, "mm"),
    }
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["exchange/data"], file["exchange/data_white"] = FRAMES, FRAMES[:2]
        file["exchange/theta"], file["exchange2/data"] = np.arange(7.0), FRAMES
        for name, (value, unit) in numbers.items():
            file[name] = value
            if unit:
                file[name].attrs["units"] = unit
    scan, said = opened(tmp_path / "s.h5")
    assert scan.pixel_size_um == pytest.approx(0.65)
    assert (scan.energy_kev, scan.distance_mm) == (pytest.approx(12.3984, abs=1e-4), 30.0)
    assert "further groups of data (exchange2): not used" in said
    with h5py.File(tmp_path / "s.h5", "a") as file:
        file[f"{base}/detector/y_pixel_size"][()] = 13.0
    with pytest.raises(InputError, match="square ones are needed"):
        io.open_scan(tmp_path / "s.h5")


def test_archive(tmp_path):
    arrays = {"raw": FRAMES, "flat": FRAMES[:2], "dark": FRAMES[:1], "angles_deg": np.arange(7.0)}
    np.savez(tmp_path / "s.npz", **arrays, pixel_size_um=0.65, monitor=np.ones(7), energy_kev=[4.5, 5.0])
    scan, said = opened(tmp_path / "s.npz")
    assert scan.pixel_size_um == 0.65 and scan.energy_kev is None
    assert "the array monitor: not used" in said and "the array energy_kev: not used" in said
    np.savez(tmp_path / "complex.npz", **arrays, distance_mm=1 + 2j)
    scan, said = opened(tmp_path / "complex.npz")
    assert scan.distance_mm is None and "the array distance_mm: not used" in said


def test_folder_of_tiff_files(tmp_path):
    for kind, frames in (("projections", FRAMES[2:]), ("flats", FRAMES[1:2]), ("darks", FRAMES[:1]), ("recon", FRAMES)):
        (tmp_path / "s" / kind).mkdir(parents=True)
        for number, frame in enumerate(frames):
            tifffile.imwrite(
                tmp_path / "s" / kind / f"{kind}_{number}.tif",
                frame,
                imagej=True,
                resolution=(2.0, 2.0),
                metadata={"unit": "um"},
            )
    np.savetxt(tmp_path / "s" / "angles.txt", np.arange(5.0))
    (tmp_path / "s" / "scan.log").write_text("exposure 0.1 s")
    scan, said = opened(tmp_path / "s")
    assert scan.pixel_size_um == 0.5
    assert "pixels of 0.5 µm, as projections_0.tif states" in said
    assert "what else is in s (recon, scan.log): not used" in said
