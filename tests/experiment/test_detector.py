from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.detector import Detector
from napari_crystalseg.experiment.goniometer import rotation_matrices
from napari_crystalseg.samples import sample_data_folder

FRAME = {"fast_axis": [1, 0, 0], "slow_axis": [0, 1, 0], "origin": [0, 0, 0]}


def panel(**changes):
    return {**FRAME, "origin": [-10, -20, -100], "pixel_size": [0.1, 0.2], **changes}


def test_flat_panel_beyond_the_sample():
    detector = Detector.from_dict({"panels": [panel()]})
    # 100 px of 0.1 mm along fast and 100 px of 0.2 mm along slow undo the origin: the centre of the beam.
    for places in ((np.array([[10.0, 20.0]]), None), (None, np.array([[100.0, 100.0]]))):
        assert detector.beams(np.array([0]), *places) == pytest.approx(np.array([[0, 0, -1]]))
    aside = detector.beams(np.array([0]), np.array([[110.0, 20.0]]), None)
    assert aside == pytest.approx(np.array([[1, 0, -1]]) / np.sqrt(2))


def test_each_panel_has_its_own_frame():
    second = panel(fast_axis=[0, 0, 2], slow_axis=[0, 3, 0], origin=[50, 0, 0])  # axes need not be unit vectors
    detector = Detector.from_dict({"panels": [panel(), second]})
    beams = detector.beams(np.array([1, 0, 2]), np.array([[50.0, 0], [10, 20], [1, 1]]), None)
    assert beams[0] == pytest.approx(np.array([1, 0, 1]) / np.sqrt(2))
    assert beams[1] == pytest.approx([0, 0, -1])
    assert np.isnan(beams[2]).all()  # there is no panel 2


def test_frames_of_a_hierarchy_follow_each_other():
    """A panel in a group that is turned and shifted, in a root that is turned again: d = R1 (R2 (p) + o2) + o1."""
    turns = rotation_matrices([0, 0, 1], 0.3), rotation_matrices([0, 1, 0], -0.4)
    origins = np.array([1.0, 2, -150]), np.array([5.0, -3, 2])
    root, group = (
        {"fast_axis": turn[:, 0].tolist(), "slow_axis": turn[:, 1].tolist(), "origin": origin.tolist()}
        for turn, origin in zip(turns, origins, strict=True)
    )
    record = {"panels": [panel(), panel()], "hierarchy": {**root, "children": [{"panel": 1}]}}
    record["hierarchy"]["children"].append({**group, "children": [{"panel": 0}]})
    first, second = Detector.from_dict(record).panels
    place = np.array([[4.0, 7.0]])
    local = np.array([-10 + 4, -20 + 7, -100.0])
    assert second.laboratory_mm(place)[0] == pytest.approx(turns[0] @ local + origins[0])
    assert first.laboratory_mm(place)[0] == pytest.approx(turns[0] @ (turns[1] @ local + origins[1]) + origins[0])


@pytest.mark.parametrize(("mu", "thickness"), [(4.0, 1000.0), (4.0, 0.45), (0.3, 0.3)])
def test_photons_are_stopped_over_the_depth_of_the_sensor(mu, thickness):
    """Against photons drawn one by one, of those that are stopped."""
    sensor = {"px_mm_strategy": {"type": "ParallaxCorrectedPxMmStrategy"}, "mu": mu, "thickness": thickness}
    model = Detector.from_dict({"panels": [panel(pixel_size=[0.1, 0.1], **sensor)]}).panels[0]
    beam = np.array([[0.5, -0.3, -1.0]])
    beam /= np.linalg.norm(beam)
    depth = np.random.default_rng(1).exponential(1 / mu, 400_000)
    stopped = depth[depth < thickness / abs(beam[0] @ model.normal)]
    assert model.parallax_spread_mm(beam)[0] == pytest.approx(stopped.std() * beam[0, :2], rel=0.01)


def test_parallax_moves_towards_the_foot_of_the_normal():
    """A thick sensor stops the beam 1/mu deep on average: at 45 degrees the spot is 1/mu sin 45 too far out."""
    sensor = {"px_mm_strategy": {"type": "ParallaxCorrectedPxMmStrategy"}, "mu": 4.0, "thickness": 1000.0}
    model = Detector.from_dict({"panels": [panel(origin=[0, 0, -100], pixel_size=[0.1, 0.1], **sensor)]}).panels[0]
    x, y = model.to_mm(np.array([[1000.0, 0.0]]))[0]
    assert (x, y) == pytest.approx((100 - 0.25 * np.sin(np.pi / 4), 0))
    assert model.to_mm(np.array([[0.0, 0.0]]))[0] == pytest.approx([0, 0])


def test_tilted_detector_of_the_sample_data():
    """Two theta of its middle: 30 degrees, as the beamline set it."""
    record = json.loads((sample_data_folder() / "lcyst_01_first10_integrated.expt").read_text())
    (model,) = Detector.from_dict(record["detector"][0]).panels
    normal = np.cross(model.fast, model.slow)
    beam = -np.array(record["beam"][0]["direction"])
    assert np.degrees(np.arccos(abs(normal @ beam))) == pytest.approx(30, abs=0.2)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({}, "without panels"),
        ({"panels": []}, "without panels"),
        ({"panels": [panel(fast_axis=[0, 0, 0])]}, "length zero"),
        ({"panels": [panel(fast_axis=[1, 1, 0])]}, "right angles"),
        ({"panels": [panel(origin=[0, 0, float("nan")])]}, "not finite"),
        ({"panels": [panel(origin="here")]}, "origin"),
        ({"panels": [panel(pixel_size=[0.1])]}, "pixel size"),
        ({"panels": [panel(pixel_size=[0, 0.1])]}, "without a size"),
        ({"panels": [panel()], "hierarchy": {**FRAME, "children": [{"panel": 1}]}}, "names panel 1"),
        ({"panels": [panel(), panel()], "hierarchy": {**FRAME, "children": [{"panel": 0}]}}, "leaves out panel 1"),
        ({"panels": [panel(px_mm_strategy={"type": "ParallaxCorrectedPxMmStrategy"})]}, "mu and thickness"),
    ],
)
def test_detectors_that_cannot_be_are_refused(record, message):
    with pytest.raises(InputError, match=message):
        Detector.from_dict(record)
