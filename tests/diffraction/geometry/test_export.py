"""A geometry as pyFAI, DIALS and XDS take it, read back."""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest

from napari_crystalseg.diffraction.geometry.detector_geometry import DetectorGeometry
from napari_crystalseg.diffraction.geometry.export.files import save_geometry
from napari_crystalseg.diffraction.geometry.export.poni import poni_text, rotation_matrix
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment import read_experiment
from napari_crystalseg.io.diffraction_images import DiffractionImage, Sensor

MADE = DetectorGeometry.of_tilt((35.5, 20.25), 180.0, (0.172, 0.17), (64, 48), 12.0, -25.0, 0.9, (1.4, 0.32))
IMAGE = DiffractionImage(
    np.ones((48, 64)), np.zeros((48, 64), bool), oscillation_deg=(10.0, 0.1), sensor=Sensor("Si", 0.32)
)
PIXELS = np.array([[0.5, 0.5], [60.0, 3.0], [12.0, 40.0], [35.5, 20.25]])


def same(found: DetectorGeometry) -> None:
    assert found.beam_centre_px == pytest.approx(MADE.beam_centre_px)
    assert (found.distance_mm, found.pitch_deg, found.yaw_deg) == pytest.approx((180.0, 12.0, -25.0))
    assert found.two_theta_rad(PIXELS) == pytest.approx(MADE.two_theta_rad(PIXELS), abs=1e-9)


def test_expt_is_read_back(tmp_path):
    save_geometry(MADE, IMAGE, tmp_path / "a.expt", "expt")
    sweep = read_experiment(tmp_path / "a.expt").sweeps[0]
    same(DetectorGeometry(sweep.detector.panels[0], sweep.source_direction, sweep.wavelength))
    assert sweep.oscillation_deg == (10.0, 0.1)


@pytest.mark.skipif(shutil.which("dials.show") is None, reason="DIALS is not installed")
def test_dials_reads_the_expt(tmp_path):
    save_geometry(MADE, IMAGE, tmp_path / "a.expt", "expt")
    done = subprocess.run(
        ["dials.show", "a.expt"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    line = next(line for line in done.stdout.splitlines() if "px, raw image" in line.lower() or "px:" in line)
    numbers = [float(word) for word in line.split("(")[-1].split(")")[0].split(",")]
    # DIALS corrects the parallax of the sensor, which moves the centre of a tilted one by a part of a pixel.
    assert numbers == pytest.approx(MADE.beam_centre_px, abs=0.7)


def test_poni_has_pyfais_angles():
    stated = dict(line.split(": ", 1) for line in poni_text(MADE).splitlines()[1:])
    detector = json.loads(stated["Detector_config"])
    turned = rotation_matrix(*(float(stated[f"Rot{number}"]) for number in (1, 2, 3)))
    without_sensor = DetectorGeometry.of_tilt((35.5, 20.25), 180.0, (0.172, 0.17), (64, 48), 12.0, -25.0, 0.9)
    # pyFAI's own way from pixels to angles: about the foot of the normal, rotated, the beam along its axis 3.
    places = np.column_stack(
        [
            PIXELS[:, 1] * detector["pixel1"] - float(stated["Poni1"]),
            PIXELS[:, 0] * detector["pixel2"] - float(stated["Poni2"]),
            np.full(len(PIXELS), float(stated["Distance"])),
        ]
    )
    laboratory = places @ turned.T
    angle = np.arctan2(np.hypot(laboratory[:, 0], laboratory[:, 1]), laboratory[:, 2])
    assert angle == pytest.approx(without_sensor.two_theta_rad(PIXELS), abs=1e-9)
    assert float(stated["Wavelength"]) == pytest.approx(0.9e-10)


def test_xds_lines_place_the_same_pixels(tmp_path):
    save_geometry(MADE, IMAGE, tmp_path / "a.xds.txt", "xds")
    words = (tmp_path / "a.xds.txt").read_text().replace("\n", " ").split()
    value = {word[:-1]: index for index, word in enumerate(words) if word.endswith("=")}

    def numbers(key: str, count: int) -> np.ndarray:
        return np.array([float(word) for word in words[value[key] + 1 : value[key] + 1 + count]])

    fast, slow = (numbers(f"DIRECTION_OF_DETECTOR_{axis}-AXIS", 3) for axis in "XY")
    foot = np.array([numbers("ORGX", 1)[0], numbers("ORGY", 1)[0]])
    # XDS counts the centre of the first pixel as 1, here it is 0.5.
    offset = (PIXELS + 0.5 - foot) * [0.172, 0.17]
    place = offset[:, :1] * fast + offset[:, 1:] * slow + numbers("DETECTOR_DISTANCE", 1)[0] * np.cross(fast, slow)
    beam = numbers("INCIDENT_BEAM_DIRECTION", 3)
    assert np.linalg.norm(beam) == pytest.approx(1 / 0.9, rel=1e-6)
    assert place == pytest.approx(MADE.panel.laboratory_mm(PIXELS * MADE.pixel_size_mm), abs=1e-4)


def test_without_a_wavelength_nothing_is_written(tmp_path):
    unknown = DetectorGeometry.of_tilt((35.5, 20.25), 180.0, 0.172, (64, 48))
    for form in ("poni", "expt", "xds"):
        with pytest.raises(InputError, match="wavelength"):
            save_geometry(unknown, IMAGE, tmp_path / "b", form)
    with pytest.raises(InputError, match="not as 'pdf'"):
        save_geometry(MADE, IMAGE, tmp_path / "b", "pdf")
    assert not list(tmp_path.iterdir())
