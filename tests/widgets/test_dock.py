"""What a person does with the dock, from a file to exported factors."""

from __future__ import annotations

import json
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QMessageBox, QScrollArea

from helpers import dock_worker_tasks as work
from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.factors import ABSORBING, Factors
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.scan import Scan
from napari_crystalseg.widgets import CrystalSegDock
from napari_crystalseg.widgets.check.check_stage import statistics_text
from napari_crystalseg.widgets.class_labels.segmented_layers import UNCERTAINTY_AFTER_MS
from napari_crystalseg.widgets.layers.label_layer import add_labels, image_layer, labels_layer, volume_of
from napari_crystalseg.widgets.layers.layer_place import spatial_of, voxel_size_um
from napari_crystalseg.widgets.layers.layer_record import RECORD
from napari_crystalseg.widgets.parts.job_bar import JobBar, WorkerHolder
from napari_crystalseg.widgets.tabs import EXPORT
from napari_crystalseg.widgets.tasks import segmentation

LONG_MS = 60000


@pytest.fixture
def warnings(monkeypatch):
    import napari.utils.notifications

    shown = []
    monkeypatch.setattr(napari.utils.notifications, "show_warning", shown.append)
    return shown


def finished(dock, qtbot):
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)


def volumes(layer, voxel_um3=0.3 * 0.4 * 0.5):
    data = np.asarray(layer.data)
    return {m: pytest.approx(np.count_nonzero(data == m) * voxel_um3) for m in Material}


# Open


def test_open_a_volume_then_labels_from_files(dock, viewer, volume, truth, tmp_path, qtbot):
    io.save_volume(volume, tmp_path / "grey.tif")
    io.save_labels(truth, tmp_path / "truth.tif")
    dock.open.opener.open_path(tmp_path / "grey.tif")
    finished(dock, qtbot)
    layer = dock.session.image
    assert layer in viewer.layers and layer.name == "grey"
    assert voxel_size_um(layer) == pytest.approx((0.3, 0.4, 0.5))
    assert [field.value() for field in dock.open.volume_box.voxel_fields] == pytest.approx([0.3, 0.4, 0.5])
    assert not dock.open.volume_box.voxel_note.isVisibleTo(dock.open)
    assert dock.open.volume_box.voxel_values.text() == "linear attenuation, 1/µm"
    dock.open.opener.open_path(tmp_path / "truth.tif")
    finished(dock, qtbot)
    np.testing.assert_array_equal(dock.session.labels.data, truth.data)


def test_projections_are_no_volume(dock, viewer, warnings):
    from napari_crystalseg._sample_data import i13_scan

    layer = viewer._add_layer_from_data(*i13_scan()[0])[0]
    assert dock.open.volume_box.volume_choice.count() == 0
    dock.session.image = layer
    dock.segment.segment_button.click()
    assert "reconstruct it first" in warnings[-1]


def test_a_voxel_size_that_no_file_says_is_asked_for(dock, volume, tmp_path, qtbot):
    np.save(tmp_path / "bare.npy", volume.data)
    dock.open.opener.open_path(tmp_path / "bare.npy")
    finished(dock, qtbot)
    layer = dock.session.image
    assert voxel_size_um(layer) is None
    assert dock.open.volume_box.voxel_note.isVisibleTo(dock.open) and dock.open.volume_box.voxel_fields[0].isEnabled()
    with pytest.raises(InputError, match="'voxel, µm' in the stage Open"):
        _ = volume_of(layer).required_voxel_size_um
    for field, size in zip(dock.open.volume_box.voxel_fields, (0.3, 0.4, 0.5), strict=True):
        field.setValue(size)
    dock.open.volume_box.voxel_button.click()
    assert voxel_size_um(layer) == pytest.approx((0.3, 0.4, 0.5))
    assert not dock.open.volume_box.voxel_note.isVisibleTo(dock.open)


def test_a_wrong_voxel_size_can_be_corrected(labelled, qtbot):
    compute(labelled, qtbot)
    image, labels = labelled.session.image, labelled.session.labels
    for layer in (image, labels):
        # In nm, and with more digits than the fields show.
        layer.units, layer.scale = ("nm",) * 3, (300.0, 400.0, 123.456789)
    labelled.open.volume_box.voxel_fields[1].setValue(0.8)
    labelled.open.volume_box.voxel_button.click()
    for layer in (image, labels):
        assert voxel_size_um(layer) == pytest.approx((0.3, 0.8, 0.5))
    labelled.open.volume_box.voxel_fields[2].setValue(0.1235)
    labelled.open.volume_box.voxel_button.click()
    assert voxel_size_um(image) == pytest.approx((0.3, 0.8, 0.1235))
    # A_h depends on the size, and no longer fits.
    qtbot.waitUntil(lambda: labelled.session.stale)
    for field, size in zip(labelled.open.volume_box.voxel_fields, (0.3, 0.4, 0.5), strict=True):
        field.setValue(size)
    labelled.open.volume_box.voxel_button.click()
    qtbot.waitUntil(lambda: not labelled.session.stale)


def test_digits_that_a_field_cannot_show_are_kept(loaded):
    image = loaded.session.image
    image.scale = (0.3, 0.4, 0.12345678)
    loaded.session.image = None
    loaded.session.image = image
    loaded.open.volume_box.voxel_fields[0].setValue(0.6)
    loaded.open.volume_box.voxel_button.click()
    assert voxel_size_um(image) == pytest.approx((0.6, 0.4, 0.12345678), abs=1e-12)


def test_labels_without_a_volume_get_a_voxel_size(dock, viewer, truth, qtbot):
    layer = viewer.add_labels(truth.data.astype(np.int64))
    dock.open.active_button.click()
    assert dock.open.volume_box.voxel_note.isVisibleTo(dock.open)
    for field, size in zip(dock.open.volume_box.voxel_fields, truth.voxel_size_um, strict=True):
        field.setValue(size)
    dock.open.volume_box.voxel_button.click()
    qtbot.waitUntil(lambda: dock.session.volumes_um3 is not None)
    assert dock.session.volumes_um3 == volumes(layer)
    # Wide integers: what is computed right after a stroke is of the labels as they are.
    layer.paint((8, 10, 12), 1)
    compute(dock, qtbot)
    qtbot.waitUntil(lambda: dock.session.fingerprint is not None)
    qtbot.wait(400)
    assert not dock.session.stale


def test_layers_that_are_no_volume_say_so_at_once(dock, viewer):
    for layer in (viewer.add_image(np.zeros((5, 6))), viewer.add_image(np.zeros((5, 6, 7, 3), np.uint8), rgb=True)):
        dock.session.image = layer
        assert "no grey volume of three axes" in dock.open.volume_box.voxel_note.text()
        assert not dock.open.volume_box.voxel_button.isEnabled()


def test_a_file_that_is_nothing_is_one_sentence(dock, tmp_path, qtbot, warnings):
    (tmp_path / "notes.tif").write_text("not a TIFF")
    dock.open.opener.open_path(tmp_path / "notes.tif")
    finished(dock, qtbot)
    assert len(warnings) == 1 and "notes.tif" in warnings[0] and "\n" not in warnings[0]
    assert dock.session.image is None


def test_reconstruct_a_raw_scan(dock, viewer, tmp_path, qtbot):
    # A cylinder of 0.02 per µm around the axis at column 15.5: its projections are known.
    columns, mu, pixel_um, radius = 32, 0.02, 2.0, 9.0
    chord = 2 * np.sqrt(np.clip(radius**2 - (np.arange(columns) - 15.5) ** 2, 0, None)) * pixel_um
    angles = np.linspace(0, 180, 120, endpoint=False)
    counts = np.broadcast_to(1e4 * np.exp(-mu * chord), (len(angles), 4, columns)).astype(np.float32)
    flats, darks = np.full((1, 4, columns), 1e4, np.float32), np.zeros((1, 4, columns), np.float32)
    scan = Scan(counts, flats, darks, angles, energy_kev=3.5)
    io.save_scan(scan, tmp_path / "scan.h5")
    dock.open.opener.open_path(tmp_path / "scan.h5")
    finished(dock, qtbot)
    assert dock.open.scan_box.isVisibleTo(dock.open)
    assert "120 projections of 4 × 32 pixels" in dock.open.scan_box.facts.text()
    assert dock.open.scan_box.pixel.isVisibleTo(dock.open)
    assert viewer.layers["scan projections"].data.shape == scan.shape
    dock.open.scan_box.pixel.setValue(pixel_um)
    dock.open.scan_box.centre.setValue(15.5)
    dock.open.reconstruct_button.click()
    finished(dock, qtbot)
    layer = dock.session.image
    assert layer.name == "scan reconstruction"
    assert not viewer.layers["scan projections"].visible
    assert voxel_size_um(layer) == pytest.approx((2, 2, 2))
    assert np.asarray(layer.data)[:, 12:20, 12:20].mean() == pytest.approx(mu, rel=0.05)
    assert "column 15.50" in dock.bar.message.text()


def test_the_active_layer(dock, viewer, volume, warnings):
    layer = viewer.add_image(volume.data, name="mine")
    viewer.add_points(np.zeros((1, 3)))
    dock.open.active_button.click()
    assert "neither an Image nor a Labels" in warnings[-1]
    viewer.layers.selection.active = layer
    dock.open.active_button.click()
    assert dock.session.image is layer
    viewer.layers.selection.active = viewer.add_image(np.zeros((2, 3, 4, 5)))
    dock.open.active_button.click()
    assert "three axes" in warnings[-1]
    assert dock.session.image is layer


def test_one_image_is_taken_as_a_volume_of_one_slice(dock, viewer, volume, truth, monkeypatch, qtbot):
    image = viewer.add_image(volume.data[8], name="mine", scale=(0.4, 0.5), units=("um",) * 2, translate=(3.0, -2.0))
    dock.open.active_button.click()
    layer = dock.session.image
    assert layer.name == "mine as a volume" and not image.visible and layer.visible
    np.testing.assert_array_equal(layer.data, volume.data[8:9])
    assert voxel_size_um(layer) == pytest.approx((0.5, 0.4, 0.5))
    np.testing.assert_allclose(layer.data_to_world((0, 7, 9))[1:], image.data_to_world((7, 9)))
    said = dock.open.volume_box.voxel_note.text()
    assert (
        said.startswith("Assumed: a single slice, read as a volume one voxel thick")
        and "taken as the pixel size" in said
    )
    dock.open.volume_box.voxel_fields[0].setValue(0.3)
    dock.open.volume_box.voxel_button.click()
    assert voxel_size_um(layer) == pytest.approx((0.3, 0.4, 0.5))
    noted = dock.open.volume_box.voxel_note.text()
    assert "one voxel thick" in noted and "taken as" not in noted
    monkeypatch.setattr(segmentation, "segment", work.segment_by_value)
    dock.segment.segment_button.click()
    finished(dock, qtbot)
    labels = dock.session.labels
    np.testing.assert_array_equal(labels.data, truth.data[8:9])
    np.testing.assert_allclose(labels.data_to_world((0, 7, 9)), layer.data_to_world((0, 7, 9)))


def test_labels_of_one_image_are_taken_when_they_are_chosen(dock, viewer, truth, warnings, qtbot):
    viewer.add_labels(truth.data[8].astype(np.int64), name="drawn", scale=(0.4, 0.5), units=("um",) * 2)
    choice = dock.check.labels_choice
    choice.setCurrentIndex(0)
    choice.activated.emit(0)
    layer = dock.session.labels
    assert layer.name == "drawn as a volume"
    np.testing.assert_array_equal(layer.data, truth.data[8:9])
    qtbot.waitUntil(lambda: dock.session.volumes_um3 is not None)
    assert dock.session.volumes_um3 == volumes(layer, 0.5 * 0.4 * 0.5)
    dock.check.compute_button.click()
    finished(dock, qtbot)
    assert dock.session.factors is None
    assert warnings[-1].startswith("The labels are a single slice (1 × 20 × 24 voxels)")


def test_choosing_among_layers(labelled, viewer, truth):
    other = labels_layer(Labels(np.zeros(truth.shape, np.uint8), truth.voxel_size_um), name="empty")
    add_labels(viewer, other)
    choices = [labelled.check.labels_choice, labelled.export.labels_choice]
    for choice in choices:
        assert [choice.itemText(i) for i in range(choice.count())] == ["empty", "labels"]
        assert choice.currentText() == "empty"  # what came last
    for place, name in ((1, "labels"), (0, "empty")):
        choices[0].setCurrentIndex(place)
        choices[0].activated.emit(place)
        assert labelled.session.labels is viewer.layers[name] and choices[1].currentText() == name
        # The brush paints the active layer.
        assert viewer.layers.selection.active is labelled.session.labels
    other.name = "blank"
    assert choices[1].currentText() == "blank"
    viewer.layers.remove(other)
    assert labelled.session.labels is None
    assert choices[0].currentIndex() == -1


# Segment


def test_segment_in_one_click(loaded, viewer, truth, monkeypatch, qtbot):
    monkeypatch.setattr(segmentation, "segment", work.segment_by_value)
    loaded.segment.segment_button.click()
    assert not loaded.segment.segment_button.isEnabled()
    finished(loaded, qtbot)
    labels, image = loaded.session.labels, loaded.session.image
    np.testing.assert_array_equal(labels.data, truth.data)
    assert viewer.layers.selection.active is labels
    for point in ((0, 0, 0), (3, 4, 5)):
        np.testing.assert_allclose(labels.data_to_world(point), image.data_to_world(point))
    assert labels.units == image.units
    qtbot.waitUntil(lambda: "uncertainty" in viewer.layers)
    uncertainty = viewer.layers["uncertainty"]
    assert viewer.layers.index(uncertainty) < viewer.layers.index(labels)
    assert viewer.layers.selection.active is labels
    assert not uncertainty.visible and uncertainty.blending == "additive" and uncertainty.colormap.name == "magma"
    qtbot.waitUntil(lambda: loaded.session.volumes_um3 is not None)
    assert loaded.session.volumes_um3 == volumes(labels)
    assert labels.n_edit_dimensions == 3


@pytest.mark.parametrize(
    ("text", "pieces", "told"),
    [
        ("all pieces", 3, ""),
        ("without small ones", 2, "1 small piece of crystal was given to what is around it (1 voxel"),
        ("the largest alone", 1, "2 pieces of crystal beside the largest were given to what is around them"),
    ],
)
def test_which_pieces_of_crystal_stay_is_chosen(loaded, monkeypatch, qtbot, text, pieces, told):
    from scipy.ndimage import label

    monkeypatch.setattr(segmentation, "segment", work.segment_in_pieces)
    loaded.show()
    loaded.tabs.setCurrentIndex(1)
    assert loaded.segment.crystals.currentText() == "without small ones"
    loaded.segment.crystals.setCurrentText(text)
    loaded.segment.segment_button.click()
    finished(loaded, qtbot)
    assert label(loaded.session.labels.data == Material.CRYSTAL)[1] == pieces
    assert told in loaded.bar.message.text()
    qtbot.waitUntil(lambda: loaded.session.findings is not None, timeout=LONG_MS)
    assert ("The crystal is in" in loaded.segment.findings.text.text()) == (pieces > 1)


def _segmented(dock, truth):
    result = SimpleNamespace(
        labels=truth, uncertainty=np.full(truth.data.shape, 64, np.uint8), probabilities=None, corrections=()
    )
    image = dock.session.image
    dock.segment._segmented(result, spatial_of(image), image, "volume", "volume")
    return dock.session.labels


def test_the_uncertainty_comes_a_moment_after_its_labels(loaded, viewer, truth, qtbot):
    first, second = _segmented(loaded, truth), _segmented(loaded, truth)
    assert "uncertainty" not in viewer.layers and loaded.session.uncertainty[first] is not None
    first.mode = second.mode = "paint"
    qtbot.waitUntil(lambda: sum(layer.name.startswith("uncertainty") for layer in viewer.layers) == 2)
    names = [layer.name.split(" [")[0] for layer in viewer.layers]
    assert names == ["volume", "uncertainty", "volume labels", "uncertainty", "volume labels"]
    assert viewer.layers.selection.active is second and second.mode == "paint"
    assert loaded.session.labels is second


def test_no_uncertainty_of_labels_that_are_gone(loaded, viewer, truth, qtbot):
    viewer.layers.remove(_segmented(loaded, truth))
    qtbot.wait(2 * UNCERTAINTY_AFTER_MS)
    assert [layer.name for layer in viewer.layers] == ["volume"]
    _segmented(loaded, truth)
    loaded.close_down()
    qtbot.wait(2 * UNCERTAINTY_AFTER_MS)
    assert [layer.name for layer in viewer.layers] == ["volume", "volume labels"]


def test_another_volume_opened_before_the_uncertainty_stays_chosen(loaded, viewer, truth, volume, qtbot):
    labels = _segmented(loaded, truth)
    other = image_layer(volume, "other")
    viewer.add_layer(other)
    loaded.session.image, loaded.session.labels = other, None
    qtbot.waitUntil(lambda: "uncertainty" in viewer.layers)
    assert viewer.layers.index("uncertainty") == viewer.layers.index(labels) - 1
    assert viewer.layers.selection.active is other
    assert loaded.session.image is other and loaded.session.labels is None


def test_segmenting_again_keeps_work_by_hand(labelled, viewer, monkeypatch, qtbot):
    first = labelled.session.labels
    first.data_setitem((np.array([0]), np.array([0]), np.array([0])), 4)
    monkeypatch.setattr(segmentation, "segment", work.segment_by_value)
    labelled.segment.segment_button.click()
    finished(labelled, qtbot)
    assert labelled.session.labels is not first
    assert first in viewer.layers and not first.visible and first.data[0, 0, 0] == 4


def test_cancel_then_segment(loaded, viewer, monkeypatch, qtbot):
    monkeypatch.setattr(segmentation, "segment", work.segment_forever)
    loaded.segment.segment_button.click()
    qtbot.waitUntil(lambda: loaded.bar.progress.value() > 0, timeout=LONG_MS)
    loaded.bar.cancel_button.click()
    finished(loaded, qtbot)
    assert loaded.session.labels is None and len(viewer.layers) == 1
    monkeypatch.setattr(segmentation, "segment", work.segment_by_value)
    loaded.segment.segment_button.click()
    finished(loaded, qtbot)
    assert loaded.session.labels is not None


def test_deleting_the_volume_while_it_is_segmented(loaded, viewer, truth, monkeypatch, qtbot):
    monkeypatch.setattr(segmentation, "segment", work.segment_by_value)
    loaded.segment.segment_button.click()
    viewer.layers.clear()
    assert loaded.session.image is None
    finished(loaded, qtbot)
    np.testing.assert_array_equal(loaded.session.labels.data, truth.data)
    np.testing.assert_allclose(loaded.session.labels.translate, (10, -20, 30))


def test_a_model_folder_is_handed_on(loaded, tmp_path, qtbot, warnings):
    loaded.segment.choose_model(tmp_path)
    assert loaded.segment.model.currentText() == tmp_path.name
    loaded.segment.segment_button.click()
    finished(loaded, qtbot)
    assert len(warnings) == 1 and "Traceback" not in warnings[0]
    assert loaded.session.labels is None
    loaded.segment.choose_model(None)
    assert loaded.segment.model.currentData() is None


# Brush


def test_a_class_goes_to_the_brush(labelled, viewer):
    viewer.layers.selection.active = labelled.session.image
    labelled.check.class_table.buttons[Material.LOOP].click()
    layer = labelled.session.labels
    assert layer.selected_label == 2 and layer.mode == "paint" and viewer.layers.selection.active is layer
    layer.selected_label = 1
    assert labelled.check.class_table.buttons[Material.LIQUOR].isChecked()
    assert not labelled.check.class_table.buttons[Material.LOOP].isChecked()


def test_a_class_is_painted_on_labels_that_were_hidden(labelled):
    layer = labelled.session.labels
    layer.visible = False
    labelled.check.class_table.buttons[Material.LOOP].click()
    assert layer.visible and layer.mode == "paint"


def test_volumes_follow_the_brush_and_undo(labelled, qtbot):
    layer, session = labelled.session.labels, labelled.session
    assert session.volumes_um3 == volumes(layer)
    before = dict(session.volumes_um3)
    layer.paint((8, 10, 12), 1)
    assert session.volumes_um3 == volumes(layer)
    assert session.volumes_um3[Material.CRYSTAL] < before[Material.CRYSTAL]
    shown = labelled.check.class_table.volumes[Material.CRYSTAL].text()
    assert float(shown.replace("\N{NARROW NO-BREAK SPACE}", "")) == pytest.approx(session.volumes_um3[3], rel=5e-3)
    layer.undo()
    qtbot.waitUntil(lambda: session.volumes_um3 == before)
    layer.data_setitem(np.nonzero(layer.data == 2), 0)
    assert session.volumes_um3[Material.LOOP] == 0
    layer.data[:] = 3
    layer.refresh()
    qtbot.waitUntil(lambda: session.volumes_um3[Material.CRYSTAL] == pytest.approx(layer.data.size * 0.06))


def test_volumes_follow_units_and_scale(labelled):
    layer, session = labelled.session.labels, labelled.session
    crystal = session.volumes_um3[Material.CRYSTAL]
    layer.scale = (0.6, 0.4, 0.5)
    assert session.volumes_um3[Material.CRYSTAL] == pytest.approx(2 * crystal)
    layer.units = ("nm",) * 3
    assert session.volumes_um3[Material.CRYSTAL] == pytest.approx(2e-9 * crystal)
    layer.units = ("pixel",) * 3
    assert session.volumes_um3 is None
    assert labelled.check.class_table.volumes[Material.CRYSTAL].text() == "–"


# Check


def compute(dock, qtbot, n=20):
    dock.check.sphere.setValue(n)
    dock.check.compute_button.click()
    finished(dock, qtbot)
    assert dock.session.factors is not None


def test_factors_and_when_they_are_stale(labelled, qtbot):
    session, check = labelled.session, labelled.check
    check.coefficients.fields[Material.OTHER].setValue(0.03)
    compute(labelled, qtbot)
    assert len(session.factors) == 20
    assert 0 < np.min(session.factors.absorption) <= np.max(session.factors.absorption) < 1
    assert "20 reflections: mean" in check.statistics.text()
    assert not session.stale and not check.stale.isVisibleTo(check.fixed)
    session.labels.paint((8, 10, 12), 1)
    assert session.stale and check.stale.isVisibleTo(check.fixed)
    session.labels.undo()
    qtbot.waitUntil(lambda: not session.stale)
    session.labels.paint((8, 10, 12), 1)
    first = session.factors
    compute(labelled, qtbot)
    assert session.factors is not first and not session.stale


def test_statistics_in_words():
    values = np.array([0.5, 0.7, np.nan])
    factors = Factors(values, np.array([1e-3, 3e-3, np.nan]), {material: np.zeros(3) for material in ABSORBING})
    text, details = statistics_text(factors)
    assert text == "2 reflections: mean 0.6000, spread 0.1000. No usable direction: 1."
    assert details.endswith("Standard error of one A_h: median 2.0e-03, largest 3.0e-03.")
    traced = Factors(values[:2], np.zeros(2), {material: np.zeros(2) for material in ABSORBING})
    assert statistics_text(traced)[1].endswith("Every crystal voxel was traced: no sampling error.")


def test_an_edit_while_factors_are_computed_makes_them_stale(labelled, qtbot):
    labelled.check.sphere.setValue(20)
    labelled.check.compute_button.click()
    labelled.session.labels.paint((8, 10, 12), 1)
    finished(labelled, qtbot)
    assert labelled.session.factors is not None and labelled.session.stale
    qtbot.wait(400)
    assert labelled.session.stale


def test_other_labels_make_factors_stale(labelled, viewer, truth, qtbot):
    compute(labelled, qtbot)
    first = labelled.session.labels
    other = labels_layer(Labels(np.full(truth.shape, 3, np.uint8), truth.voxel_size_um))
    add_labels(viewer, other)
    labelled.session.labels = other
    assert labelled.session.stale
    labelled.session.labels = first
    qtbot.waitUntil(lambda: not labelled.session.stale)


def test_other_coefficients_or_reflections_make_factors_outdated(labelled, tmp_path, qtbot, monkeypatch):
    compute(labelled, qtbot)
    check, export = labelled.check, labelled.export
    assert not check.stale.isVisibleTo(check.fixed)
    before = check.coefficients.fields[Material.LIQUOR].value()
    check.coefficients.fields[Material.LIQUOR].setValue(0.5)
    assert "Coefficients or reflections changed" in check.stale.text() and check.stale.isVisibleTo(check.fixed)
    export.choices["factors"].setChecked(True)
    export.folder.setText(str(tmp_path))
    # Computed again before they are written; and that the values are an example is asked about only then.
    asked = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *given: asked.append(given) or QMessageBox.StandardButton.Yes)
    export.export_button.click()
    assert not asked
    finished(labelled, qtbot)
    finished(labelled, qtbot)
    assert len(asked) == 1 and not check.stale.isVisibleTo(check.fixed)
    assert labelled.session.result.coefficients.liquor == 0.5
    qtbot.waitUntil(lambda: len(list(tmp_path.glob("*_factors.json"))) == 1)
    check.coefficients.fields[Material.LIQUOR].setValue(before)
    assert check.stale.isVisibleTo(check.fixed)
    check.sphere.setValue(check.sphere.value() + 1)
    assert check.stale.isVisibleTo(check.fixed)


def test_the_wheel_scrolls_and_does_not_change_a_coefficient(dock, qtbot):
    from qtpy.QtCore import QPoint, QPointF, Qt
    from qtpy.QtGui import QWheelEvent
    from qtpy.QtWidgets import QApplication

    def roll(field):
        at = QPointF(5, 5)
        keys, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton
        down = QPoint(0, -120)
        event = QWheelEvent(at, at, down, down, buttons, keys, Qt.ScrollPhase.NoScrollPhase, False)
        QApplication.sendEvent(field, event)

    field = dock.check.coefficients.fields[Material.CRYSTAL]
    before = field.value()
    roll(field)
    assert field.value() == before
    field.hasFocus = lambda: True
    roll(field)
    assert field.value() < before


def test_without_crystal_there_is_one_sentence(labelled, qtbot, warnings):
    labelled.session.labels.data_setitem(np.nonzero(labelled.session.labels.data == 3), 1)
    labelled.check.compute_button.click()
    finished(labelled, qtbot)
    assert len(warnings) == 1 and "crystal" in warnings[0]
    assert labelled.session.factors is None


def test_reflection_files_must_both_be_there(labelled, warnings, qtbot):
    labelled.check.use_files.setChecked(True)
    assert labelled.check.files.isVisibleTo(labelled.check.directions.inside)
    labelled.check.compute_button.click()
    assert "both the .expt and the .refl" in warnings[-1]
    labelled.check.experiment.setText("no.expt")
    labelled.check.reflections.setText("no.refl")
    labelled.check.compute_button.click()
    finished(labelled, qtbot)
    assert "no.expt" in warnings[-1]


def test_factors_of_a_dials_experiment(labelled, qtbot):
    from napari_crystalseg.samples import sample_data_folder

    for material in (Material.LIQUOR, Material.LOOP, Material.CRYSTAL):
        labelled.check.coefficients.fields[material].setValue(0.0003)
    labelled.check.use_files.setChecked(True)
    labelled.check.experiment.setText(str(sample_data_folder() / "lcyst_01_first10_integrated.expt"))
    labelled.check.reflections.setText(str(sample_data_folder() / "lcyst_01_first10_integrated.refl"))
    labelled.check.compute_button.click()
    finished(labelled, qtbot)
    assert len(labelled.session.factors.miller_index) == len(labelled.session.factors) > 0


def test_coefficients_from_voxel_values(labelled, qtbot):
    labelled.check.coefficients.measure_button.click()
    finished(labelled, qtbot)
    assert labelled.check.coefficients.fields[Material.CRYSTAL].value() == pytest.approx(0.02, abs=1e-5)
    assert labelled.check.coefficients.fields[Material.LIQUOR].value() == pytest.approx(0.01, abs=1e-5)
    assert "Measured" in labelled.check.coefficients.origin.text()
    assert labelled.session.coefficients.values.crystal == pytest.approx(0.02, abs=1e-5)
    box = labelled.check.coefficients
    assert labelled.session.coefficients.values.origin == "measured"
    box.fields[Material.CRYSTAL].setValue(0.5)
    assert box.origin.text().endswith("By hand: crystal.")
    box.fields[Material.LIQUOR].setValue(0.4)
    box.fields[Material.LOOP].lineEdit().textEdited.emit("0.03")
    assert box.origin.text() == "Typed in by hand."
    now = labelled.session.coefficients.values
    assert now.origin == "given" and now.energy_kev is None


def test_coefficients_from_an_energy_fall_with_it(labelled, qtbot):
    found = []
    for energy_kev in (3.0, 6.0):
        labelled.check.coefficients.energy.setValue(energy_kev)
        labelled.check.coefficients.table_button.click()
        finished(labelled, qtbot)
        found.append(labelled.check.coefficients.fields[Material.CRYSTAL].value())
    # Photoelectric absorption goes about as the third power of the energy.
    assert 5 < found[0] / found[1] < 12


# Export


def test_export_everything(labelled, tmp_path, truth, monkeypatch, qtbot):
    compute(labelled, qtbot)
    layer = labelled.session.labels
    layer.metadata = {**layer.metadata, RECORD: {**layer.metadata[RECORD], "source": "sam/ple"}}
    export = labelled.export
    for choice in export.choices.values():
        choice.setChecked(True)
    export.folder.setText(str(tmp_path / "new folder"))
    asked = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: asked.append(args[2]) or QMessageBox.StandardButton.Yes)
    export.export_button.click()
    assert len(asked) == 1 and "an example (thaumatin at 3.0 keV)" in asked[0]
    finished(labelled, qtbot)
    folder = tmp_path / "new folder"
    assert sorted(path.name for path in folder.iterdir() if path.name[0] != ".") == [
        "sam_ple_absorption.cif",
        "sam_ple_anacor",
        "sam_ple_factors.csv",
        "sam_ple_factors.csv.json",
        "sam_ple_factors.h5",
        "sam_ple_factors.json",
        "sam_ple_histogram.csv",
        "sam_ple_histogram.csv.json",
        "sam_ple_histogram.png",
        "sam_ple_labels.tif",
        "sam_ple_masks",
    ]
    back = io.open_labels(folder / "sam_ple_labels.tif")
    np.testing.assert_array_equal(back.data, truth.data)
    assert back.voxel_size_um == pytest.approx(truth.voxel_size_um)
    record = json.loads((folder / "sam_ple_factors.json").read_text())
    np.testing.assert_allclose(record["A"], labelled.session.factors.absorption)
    # What was wrong and known is in the record of every file.
    for steps in (record["provenance"]["steps"], back.provenance.steps):
        known = [step["known_problems"] for step in steps if step["step"] == "export all the same"]
        assert len(known) == 1 and "an example" in known[0][0]
    assert str(folder) in labelled.bar.message.text()


def test_export_asks_before_it_replaces(labelled, tmp_path, monkeypatch, qtbot):
    labelled.session.labels.name = "sample"
    labelled.export.folder.setText(str(tmp_path))
    (tmp_path / "sample_labels.tif").write_text("precious")
    monkeypatch.setattr(QMessageBox, "question", lambda *args: QMessageBox.StandardButton.No)
    labelled.export.export_button.click()
    assert not labelled.session.busy
    assert (tmp_path / "sample_labels.tif").read_text() == "precious"


def test_export_brings_stale_factors_up_to_date_and_refuses_no_folder(labelled, tmp_path, qtbot, warnings, monkeypatch):
    labelled.export.export_button.click()
    assert warnings[-1] == "Choose the folder to write to."
    compute(labelled, qtbot)
    labelled.export.choices["factors"].setChecked(True)
    labelled.export.folder.setText(str(tmp_path))
    labelled.session.labels.paint((8, 10, 12), 1)
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: QMessageBox.StandardButton.No)
    before = labelled.session.factors
    labelled.export.export_button.click()
    finished(labelled, qtbot)
    assert labelled.bar.message.text() == "Nothing was exported." and not list(tmp_path.iterdir())
    assert labelled.session.factors is not before and not labelled.session.stale


def test_files_are_named_after_what_the_labels_were_made_from(loaded, viewer, volume, monkeypatch, qtbot, tmp_path):
    other = image_layer(volume, name="thermolysin 2", source="thermolysin 2")
    viewer.add_layer(other)
    loaded.session.image = other
    monkeypatch.setattr(segmentation, "segment", work.segment_by_value)
    loaded.segment.segment_button.click()
    finished(loaded, qtbot)
    loaded.session.image = viewer.layers["volume"]
    loaded.export.folder.setText(str(tmp_path))
    loaded.export.export_button.click()
    finished(loaded, qtbot)
    assert [path.name for path in tmp_path.glob("[!.]*")] == ["thermolysin_2_labels.tif"]


@pytest.mark.parametrize("folder", ["a" * 300, "~nobody of this name/results"])
def test_a_folder_that_cannot_be_is_one_sentence(labelled, folder, warnings):
    labelled.export.folder.setText(folder)
    labelled.export.export_button.click()
    assert len(warnings) == 1 and "choose another folder" in warnings[0]
    assert not labelled.session.busy


# Coming and going


def test_opening_imports_nothing_heavy():
    import subprocess

    program = (
        "import sys, napari.layers; before = set(sys.modules); from napari_crystalseg.widgets import CrystalSegDock;"
        "print([m for m in ('torch', 'nnunetv2', 'matplotlib.pyplot', 'xraylib', 'h5py', 'scipy.ndimage')"
        " if m in set(sys.modules) - before])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_closing_while_a_job_runs_leaves_nothing(loaded, viewer, monkeypatch, qtbot):
    threads = set(threading.enumerate())
    loaded.bar.holder = WorkerHolder()
    monkeypatch.setattr(segmentation, "segment", work.segment_forever)
    loaded.segment.segment_button.click()
    qtbot.waitUntil(lambda: loaded.bar.progress.value() > 0, timeout=LONG_MS)
    worker = loaded.bar.holder.worker()
    loaded.close()
    assert worker.pid is None
    assert {thread for thread in threading.enumerate() if thread.name.startswith("crystalseg")} <= threads
    assert not [timer for timer in loaded.findChildren(QTimer) if timer.isActive()]
    viewer.layers.clear()
    assert not loaded.session.busy


def test_a_second_dock_finds_the_session(labelled, viewer, qtbot):
    session = labelled.session
    labelled.close()
    again = CrystalSegDock(viewer)
    qtbot.addWidget(again)
    assert again.session is session and again.check.labels_choice.currentText() == "labels"
    qtbot.waitUntil(lambda: session.fingerprint is not None)
    session.labels.paint((8, 10, 12), 1)
    assert session.volumes_um3 == volumes(session.labels)
    again.close_down()


def test_a_second_dock_keeps_coefficients_and_reflections(labelled, viewer, qtbot):
    labelled.check.coefficients.fields[Material.CRYSTAL].setValue(0.0123)
    labelled.check.experiment.setText("a.expt")
    labelled.check.reflections.setText("a.refl")
    labelled.check.use_files.setChecked(True)
    labelled.check.axis_0.setCurrentIndex(1)
    labelled.close()
    again = CrystalSegDock(viewer)
    qtbot.addWidget(again)
    assert again.check.coefficients.fields[Material.CRYSTAL].value() == 0.0123
    assert again.session.coefficients.values.crystal == 0.0123
    assert again.check.use_files.isChecked() and again.check.reflections.text() == "a.refl"
    assert again.session.experiment.files == ("a.expt", "a.refl", None, "scan")
    again.close_down()


def test_the_stages_are_made_when_the_window_is_idle(viewer, qtbot, monkeypatch):
    monkeypatch.setattr(JobBar, "warm", lambda *modules: None)
    made = CrystalSegDock(viewer)
    qtbot.addWidget(made)
    assert [made.tabs.tabText(tab) for tab in range(6)] == [
        "Open",
        "Segment",
        "Review",
        "Check",
        "Export",
        "Simulate",
    ]
    assert not any(page.is_made for page in made.tabs.pages)
    made.show()
    assert not any(page.is_made for page in made.tabs.pages)
    qtbot.waitUntil(lambda: all(page.is_made for page in made.tabs.pages), timeout=LONG_MS)
    assert made.session.coefficients.values is not None
    assert made.open.open_button.isVisible()
    made.close_down()


def test_a_stage_is_there_for_whoever_asks_first(viewer, volume, truth, qtbot, monkeypatch):
    monkeypatch.setattr(JobBar, "warm", lambda *modules: None)
    made = CrystalSegDock(viewer)
    qtbot.addWidget(made)
    image, labels = image_layer(volume), labels_layer(truth)
    viewer.add_layer(image)
    viewer.add_layer(labels)
    assert made.session.automatic[labels] is not None
    # Stages that are made late show what came before.
    assert made.open.volume_box.facts.text() == "16 × 20 × 24" and made.segment.segment_button.isEnabled()
    assert not made.tabs.pages[2].is_made
    assert made.check.compute_button.isEnabled()
    made.close_down()


def test_a_dock_that_goes_before_its_stages_makes_none(viewer, qtbot, monkeypatch):
    monkeypatch.setattr(JobBar, "warm", lambda *modules: None)
    made = CrystalSegDock(viewer)
    qtbot.addWidget(made)
    made.show()
    made.close_down()
    made.tabs.setCurrentIndex(EXPORT)
    qtbot.wait(300)
    assert not any(page.is_made for page in made.tabs.pages)


def test_the_dock_fits_a_small_screen(dock):
    assert dock.maximumHeight() > 2000
    assert dock.sizeHint().width() <= 420 and dock.sizeHint().height() <= 700
    assert dock.minimumSizeHint().height() <= 400
    for number in range(dock.tabs.count()):
        # Nothing is wider than the dock at its narrowest.
        page = dock.tabs.widget(number)
        parts = [page.layout().itemAt(place).widget() for place in range(page.layout().count())]
        for part in parts:
            inside = part.widget() if isinstance(part, QScrollArea) else part
            assert inside.minimumSizeHint().width() <= 360
