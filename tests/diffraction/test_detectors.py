from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.detectors import BARREL_RADIUS_MM, DETECTOR_PRESETS, preset_detector
from napari_crystalseg.errors import InputError

FORWARD = np.array([[0.0, 0.0, -1.0]])
SIZES = {
    "pilatus-2m": (1475, 1679),
    "pilatus-6m": (2463, 2527),
    "eiger-4m": (2070, 2167),
    "eiger-4m-2069x2163": (2069, 2163),
    "eiger-9m": (3108, 3262),
    "eiger-16m": (4148, 4362),
    "pilatus-12m": (2463, 195),
}


@pytest.mark.parametrize("name", DETECTOR_PRESETS)
def test_sizes_are_those_of_the_makers(name):
    panels = preset_detector(name).panels
    assert len(panels) == (24 if name == "pilatus-12m" else 1)
    assert all(tuple(panel.image_size_px) == SIZES[name] for panel in panels)


def test_pixels_on_modules_of_a_pilatus_6m():
    panel = preset_detector("pilatus-6m").panels[0]
    live = np.ones((2527, 2463), bool)
    for left, top, right, bottom in panel.gaps_px:
        live[top:bottom, left:right] = False
    assert live.sum() == 60 * 487 * 195


@pytest.mark.parametrize("tilt", [(0.0, 0.0), (3.0, -2.0)])
def test_the_beam_meets_it_where_it_was_asked_to(tilt):
    """Also when it is tilted: the tilt turns about that point."""
    detector = preset_detector("eiger-4m", 180.0, beam_centre_px=(1000.25, 1100.75), pitch_yaw_deg=tilt)
    panel, place = detector.meets(FORWARD)
    assert panel[0] == 0
    assert place[0] / 0.075 == pytest.approx([1000.25, 1100.75])
    assert detector.panels[0].laboratory_mm(place)[0] == pytest.approx([0, 0, -180])


def test_an_arm_turns_the_detector_about_the_sample():
    straight, aside = (preset_detector("pilatus-2m", 160.0, two_theta_deg=angle).panels[0] for angle in (0.0, 30.0))
    assert np.linalg.norm(aside.origin_mm) == pytest.approx(np.linalg.norm(straight.origin_mm))
    assert abs(aside.origin_mm @ aside.normal) == pytest.approx(160.0)


def test_rows_of_a_barrel_are_tangent_to_its_cylinder():
    detector = preset_detector("pilatus-12m")
    for panel in detector.panels:
        middle = panel.laboratory_mm(np.array([[184.9, 16.8]]))[0]
        assert middle[0] == pytest.approx(0)
        assert np.linalg.norm(middle) == pytest.approx(BARREL_RADIUS_MM)
        assert abs(middle @ panel.normal) == pytest.approx(BARREL_RADIUS_MM)
    angle = np.deg2rad(np.arange(-88, 89, 4.0))
    upright = np.column_stack([np.zeros_like(angle), np.sin(angle), -np.cos(angle)])
    panel, _ = detector.meets(upright)
    assert (panel >= 0).mean() > 0.85  # what is left are the gaps between rows
    assert len(set(panel[panel >= 0])) > 20
    assert detector.meets(FORWARD)[0] == 12


def test_parallax_there_and_back():
    panel = preset_detector("pilatus-6m", 100.0, energy_kev=18.0).panels[0]
    place = np.array([[10.0, 30.0], [200.0, 380.0]])
    seen = panel.to_px(place)
    assert np.abs(seen - place / 0.172).max() > 0.5
    assert panel.to_mm(seen) == pytest.approx(place, abs=5e-3)


def test_a_sensor_stops_more_of_what_comes_in_aslant():
    panel = preset_detector("eiger-4m", 100.0, energy_kev=15.0).panels[0]
    mu, thickness = panel.sensor
    aslant = np.array([[0, 0, -1.0], [0, np.sin(1.0), -np.cos(1.0)]])
    assert panel.absorbed_fraction(aslant) == pytest.approx(1 - np.exp(-mu * thickness / np.array([1, np.cos(1.0)])))


def test_names_are_known_in_any_spelling():
    assert preset_detector("Pilatus 6M").panels[0].name == preset_detector("pilatus-6m").panels[0].name


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"name": "ccd"}, "no detector 'ccd'"),
        ({"name": "eiger-4m", "distance_mm": 0.0}, "distance"),
        ({"name": "pilatus-12m", "two_theta_deg": 20.0}, "stands where it stands"),
    ],
)
def test_detectors_that_are_not_there(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        preset_detector(**arguments)
