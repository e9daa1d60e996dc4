"""The widget Detector geometry: header, hand, what is found, and what is written."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.diffraction_files import PILATUS, write_eiger, write_minicbf
from helpers.shared_holder import SharedHolder
from napari_crystalseg.diffraction.geometry.detector_geometry import DetectorGeometry
from napari_crystalseg.widgets import DetectorGeometryWidget
from napari_crystalseg.widgets.detector_geometry.geometry_layers import CENTRE_LAYER, LABELS_LAYER, RINGS_LAYER

HEADER = PILATUS.replace("(33.50, 21.25)", "(100.0, 90.0)")
TRUE = DetectorGeometry.of_tilt((104.0, 92.0), 200.0, 0.172, (200, 180), 0, 0, 1.0)


@pytest.fixture
def path(tmp_path):
    rows, columns = np.mgrid[:180, :200] + 0.5
    angle = TRUE.two_theta_rad(np.column_stack([columns.ravel(), rows.ravel()])).reshape(180, 200)
    counts = np.random.default_rng(0).poisson(5 + 60 * np.exp(-angle / 0.03)).astype(np.int32)
    return write_minicbf(tmp_path / "a.cbf", counts, HEADER)


@pytest.fixture
def widget(qtbot, viewer, shared_worker):
    made = DetectorGeometryWidget(viewer)
    qtbot.addWidget(made)
    made.job_bar.holder = SharedHolder(shared_worker)
    return made


def centre_of(viewer) -> np.ndarray:
    return viewer.layers[CENTRE_LAYER].data[0][::-1] + 0.5


def test_an_image_is_shown_with_the_headers_rings(widget, viewer, path):
    assert not widget.find_button.isEnabled()
    widget.open_image(path)
    assert widget.find_button.isEnabled()
    assert centre_of(viewer) == pytest.approx([100.0, 90.0])
    assert widget.fields["distance"].value() == pytest.approx(200.0)
    assert len(viewer.layers[RINGS_LAYER].data) >= 1
    assert all(str(text).endswith("Å") for text in viewer.layers[LABELS_LAYER].features["text"])


def test_centre_is_dragged_and_typed(widget, viewer, path, qtbot):
    widget.open_image(path)
    before = viewer.layers[RINGS_LAYER].data[0].copy()
    viewer.layers[CENTRE_LAYER].data = [[79.5, 119.5]]
    assert (widget.fields["fast"].value(), widget.fields["slow"].value()) == (120.0, 80.0)
    qtbot.waitUntil(lambda: not np.allclose(viewer.layers[RINGS_LAYER].data[0], before), timeout=5000)
    assert widget.shown_geometry.beam_centre_px == pytest.approx((120.0, 80.0))
    widget.fields["yaw"].setValue(20.0)
    assert widget.shown_geometry.yaw_deg == pytest.approx(20.0)
    widget.header_button.click()
    assert widget.shown_geometry.beam_centre_px == pytest.approx((100.0, 90.0)) and widget.shown_geometry.yaw_deg == 0


def test_it_is_found_in_the_worker_and_exported(widget, viewer, path, qtbot, tmp_path):
    widget.open_image(path)
    widget.find_button.click()
    qtbot.waitUntil(lambda: widget.found is not None, timeout=120000)
    assert centre_of(viewer) == pytest.approx([104.0, 92.0], abs=1.0)
    assert "background" in widget.answers.text() and "header" in widget.answers.text()
    widget.export(tmp_path / "a.poni", "poni")
    assert "Poni1" in (tmp_path / "a.poni").read_text()


def test_stacks_are_leafed_through_and_damage_is_told(widget, viewer, tmp_path):
    widget.open_image(write_eiger(tmp_path))
    assert not widget.number.isHidden() and widget.number.maximum() == 6
    widget.number.setValue(4)
    assert widget.image.number == 4
    assert sum("sample_1" in layer.name for layer in viewer.layers) == 1
    (tmp_path / "b.cbf").write_bytes(b"###CBF")
    widget.open_image(tmp_path / "b.cbf")
    assert "without image data" in widget.job_bar.message.text()
    viewer.layers.clear()
    assert widget.image is None and not widget.find_button.isEnabled()
