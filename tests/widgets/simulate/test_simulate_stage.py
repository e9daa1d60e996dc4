"""What a person does with the tab Simulate."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtWidgets import QWidget

from helpers import dock_worker_tasks as work
from napari_crystalseg.class_colours import CLASS_COLOURS
from napari_crystalseg.io import open_labels
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.simulation.previews import SampleRequest, preview_projection, preview_sample
from napari_crystalseg.widgets.layers.label_layer import add_labels, labels_layer
from napari_crystalseg.widgets.layers.layer_place import voxel_size_um
from napari_crystalseg.widgets.parts.job_bar import WorkerHolder
from napari_crystalseg.widgets.simulate import simulate_stage
from napari_crystalseg.widgets.tabs import EXPORT, SEGMENT, SIMULATE
from napari_crystalseg.widgets.tasks import variants
from napari_crystalseg.widgets.views.preview_layers import LIQUOR, PROJECTION, SAMPLE

LONG_MS = 60000


@pytest.fixture
def warnings(monkeypatch):
    import napari.utils.notifications

    shown = []
    monkeypatch.setattr(napari.utils.notifications, "show_warning", shown.append)
    return shown


@pytest.fixture(scope="module")
def sample():
    return preview_sample(SampleRequest(5), grid=16)


def finished(dock, qtbot):
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)


def names(viewer):
    """Names of the layers, less those that are kept for the next preview."""
    return [one.name for one in viewer.layers if one.data.size > 1]


# Previews


def test_preview_a_sample_then_another(loaded, viewer, qtbot):
    stage, volume = loaded.simulate, loaded.session.image
    stage.seed.setValue(5)
    stage.sample_button.click()
    assert not stage.sample_button.isEnabled()
    finished(loaded, qtbot)
    assert names(viewer) == ["volume", SAMPLE, LIQUOR]
    expected = preview_sample(SampleRequest(5))
    layer = viewer.layers[SAMPLE]
    np.testing.assert_array_equal(layer.data, expected.labels.data)
    assert voxel_size_um(layer) == pytest.approx(expected.labels.voxel_size_um)
    assert viewer.dims.ndisplay == 3 and not volume.visible
    colours = layer.colormap.color_dict
    np.testing.assert_allclose(colours[Material.CRYSTAL], CLASS_COLOURS[Material.CRYSTAL])
    assert colours[Material.LIQUOR][3] == 0 and viewer.layers[LIQUOR].colormap.color_dict[Material.LIQUOR][3] == 1
    assert f"field {expected.description['field_um']:.0f} µm" in stage.about.text()
    # It is nobody's work: no stage takes it up, and no brush changes it.
    assert loaded.session.labels is None and loaded.session.image is volume and not layer.editable
    assert stage.labels_choice.count() == 0
    stage.habit.setCurrentText("insulin")
    stage.priors.setCurrentText("wide")
    stage.sample_button.click()
    finished(loaded, qtbot)
    assert names(viewer) == ["volume", SAMPLE, LIQUOR]
    assert viewer.layers[SAMPLE] is layer
    assert "nsulin" in stage.about.text()
    stage.clear_button.click()
    assert names(viewer) == ["volume"] and volume.visible and viewer.dims.ndisplay == 2
    assert not stage.clear_button.isEnabled() and stage.about.text() == ""


def test_preview_a_projection_with_its_conditions(loaded, viewer, qtbot):
    stage = loaded.simulate
    stage.seed.setValue(5)
    stage.projection_button.click()
    finished(loaded, qtbot)
    assert names(viewer) == ["volume", SAMPLE, LIQUOR, PROJECTION]
    layer = viewer.layers[PROJECTION]
    expected = preview_projection(SampleRequest(5))
    np.testing.assert_array_equal(layer.data, expected.transmission)
    for name in ("energy_kev", "distance_mm", "pixel_size_um", "angle_deg"):
        assert layer.metadata[name] == getattr(expected, name)
    text = f"{expected.energy_kev:.2f} keV, {expected.distance_mm:.1f} mm to the detector"
    assert text in stage.about.text()
    assert tuple(layer.scale) == (expected.pixel_size_um,) * 2
    assert [layer.name for layer in viewer.layers if layer.visible] == [PROJECTION] and viewer.dims.ndisplay == 2
    assert loaded.open.volume_box.volume_choice.count() == 2  # the volume, and none


def test_deleting_previews_by_hand_shows_again_what_was_hidden(loaded, viewer, sample):
    previews, volume = loaded.simulate.previews, loaded.session.image
    previews.show_sample(sample)
    assert not volume.visible
    viewer.layers.remove(viewer.layers[LIQUOR])
    assert not volume.visible
    viewer.layers.remove(viewer.layers[SAMPLE])
    assert volume.visible and viewer.dims.ndisplay == 2


def test_what_the_user_hid_stays_hidden(loaded, viewer, sample):
    loaded.session.image.visible = False
    loaded.simulate.previews.show_sample(sample)
    loaded.simulate.previews.show_sample(sample)
    loaded.simulate.clear_button.click()
    assert names(viewer) == ["volume"] and not loaded.session.image.visible


def test_layers_deleted_while_a_preview_is_drawn(loaded, viewer, sample, qtbot):
    loaded.simulate.previews.show_sample(sample)
    loaded.simulate.sample_button.click()
    viewer.layers.clear()
    finished(loaded, qtbot)
    assert names(viewer) == [SAMPLE, LIQUOR]
    loaded.simulate.clear_button.click()
    assert names(viewer) == []


@pytest.mark.parametrize("leave", ["close", "take out"])
def test_the_dock_takes_its_preview_with_it(loaded, viewer, sample, leave):
    """Closed, or taken out of its window as by napari: what the preview hid is there again, in two dimensions."""
    hidden = viewer.add_image(np.zeros((4, 4, 4)), name="hidden", visible=False)
    if leave == "take out":
        window = QWidget()
        loaded.setParent(window)
    loaded.simulate.previews.show_sample(sample)
    assert viewer.dims.ndisplay == 3
    loaded.close() if leave == "close" else loaded.setParent(None)
    assert names(viewer) == ["volume", "hidden"] and viewer.dims.ndisplay == 2
    assert viewer.layers["volume"].visible and not hidden.visible


def test_closing_the_dock_while_a_preview_is_drawn(loaded, viewer, sample, monkeypatch, qtbot):
    """The second preview never comes; the first is not left over."""
    loaded.bar.holder = WorkerHolder()
    loaded.simulate.previews.show_sample(sample)
    monkeypatch.setattr(simulate_stage, "preview_sample", work.preview_forever)
    loaded.simulate.sample_button.click()
    qtbot.waitUntil(lambda: loaded.bar.progress.value() > 0, timeout=LONG_MS)
    loaded.close()
    assert names(viewer) == ["volume"] and viewer.layers["volume"].visible


def test_a_dock_without_a_preview_leaves_the_view_alone(loaded, viewer):
    viewer.dims.ndisplay = 3
    loaded.close()
    assert viewer.dims.ndisplay == 3


def test_a_preview_is_not_taken_as_labels(dock, viewer, sample, warnings):
    dock.simulate.previews.show_sample(sample)
    viewer.layers.selection.active = viewer.layers[SAMPLE]
    dock.open.active_button.click()
    assert "only a preview" in warnings[-1] and dock.session.labels is None


def test_cancel_a_preview(loaded, viewer, monkeypatch, qtbot):
    monkeypatch.setattr(simulate_stage, "preview_sample", work.preview_forever)
    loaded.simulate.sample_button.click()
    qtbot.waitUntil(lambda: loaded.bar.progress.value() > 0, timeout=LONG_MS)
    loaded.bar.cancel_button.click()
    finished(loaded, qtbot)
    assert names(viewer) == ["volume"] and loaded.session.image.visible
    assert loaded.bar.message.text() == "Preview sample: cancelled."


def test_priors_of_ones_own(dock, tmp_path, qtbot, warnings):
    stage = dock.simulate
    path = tmp_path / "mine.yaml"
    path.write_text("sample: {crack: 7}")
    stage.choose_priors(str(path))
    assert stage.priors.currentText() == "mine.yaml"
    stage.sample_button.click()
    finished(dock, qtbot)
    assert len(warnings) == 1 and "mine.yaml" in warnings[0] and "crack" in warnings[0]
    stage.choose_priors(None)
    assert stage.priors.currentData() == "typical"


# Variants


def test_make_variants_says_where_they_are(labelled, tmp_path, monkeypatch, qtbot):
    monkeypatch.setattr(variants, "make_variants", work.make_variants_quickly)
    stage = labelled.simulate
    stage.cases.setValue(3)
    stage.folder.setText(str(tmp_path / "series"))
    stage.variants_button.click()
    finished(labelled, qtbot)
    assert "case_0000 to case_0002" in stage.made.text() and str(tmp_path / "series") in stage.made.text()
    assert labelled.bar.message.text() == f"Made 3 variants in {tmp_path / 'series'}."


def test_a_variant_of_these_labels(dock, viewer, tmp_path, qtbot):
    data = np.zeros((16, 32, 32), np.uint8)
    data[3:13, 8:24, 7:25] = Material.LIQUOR
    data[5:11, 11:20, 11:21] = Material.CRYSTAL
    layer = labels_layer(Labels(data, (1.5, 1.0, 1.0)))
    add_labels(viewer, layer)
    stage = dock.simulate
    assert stage.labels_choice.currentText() == dock.export.labels_choice.currentText() == "labels"
    stage.cases.setValue(1)
    stage.columns.setValue(32)
    stage.folder.setText(str(tmp_path))
    stage.variants_button.click()
    # What was asked for is what was there: the layer may go.
    viewer.layers.remove(layer)
    finished(dock, qtbot)
    assert "case_0000 in" in stage.made.text()
    request = json.loads((tmp_path / "case_0000/manifest.json").read_text())["request"]
    assert (request["seed"], request["size"]) == (1, 32)
    assert (open_labels(tmp_path / "case_0000/labels.tif").data == Material.CRYSTAL).any()


def test_cancelling_variants_keeps_what_is_finished(labelled, tmp_path, monkeypatch, qtbot):
    monkeypatch.setattr(variants, "make_variants", work.make_variants_forever)
    stage = labelled.simulate
    stage.cases.setValue(5)
    stage.folder.setText(str(tmp_path))
    stage.variants_button.click()
    qtbot.waitUntil(lambda: labelled.bar.progress.value() > 0, timeout=LONG_MS)
    labelled.bar.cancel_button.click()
    finished(labelled, qtbot)
    assert [path.name for path in tmp_path.iterdir()] == ["case_0000"]
    assert f"1 of 5 cases are finished in {tmp_path}" in labelled.bar.message.text()
    assert labelled.session.labels is not None and stage.made.text() == ""


@pytest.mark.parametrize("leave", ["close", "destroy"])
def test_closing_the_dock_while_variants_are_made(labelled, tmp_path, monkeypatch, qtbot, leave):
    monkeypatch.setattr(variants, "make_variants", work.make_variants_forever)
    labelled.bar.holder = WorkerHolder()
    labelled.simulate.folder.setText(str(tmp_path))
    labelled.simulate.variants_button.click()
    qtbot.waitUntil(lambda: labelled.bar.progress.value() > 0, timeout=LONG_MS)
    worker = labelled.bar.holder.worker()
    if leave == "close":
        labelled.close()
    else:
        # All that is left to do when Qt has taken the widgets already.
        labelled.bar.holder.close()
    assert worker.pid is None
    assert [path.name for path in tmp_path.iterdir()] == ["case_0000"]


def test_refusals_are_sentences(labelled, viewer, tmp_path, qtbot, warnings):
    stage = labelled.simulate
    stage.variants_button.click()
    assert warnings[-1] == "Choose the folder to write to."
    (tmp_path / "file").write_text("")
    for folder, words in ((tmp_path / "file", "cannot be made"), (tmp_path / ("a" * 300), "cannot be made")):
        stage.folder.setText(str(folder))
        stage.variants_button.click()
        finished(labelled, qtbot)
        assert words in warnings[-1] and "\n" not in warnings[-1] and "cases are finished" not in warnings[-1]
    stage.folder.setText(str(tmp_path))
    labelled.session.labels.data_setitem(np.nonzero(labelled.session.labels.data == 3), 1)
    stage.variants_button.click()
    finished(labelled, qtbot)
    assert "no crystal" in warnings[-1]
    labelled.session.labels = None
    assert not stage.variants_button.isEnabled()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_opening_the_tab_warms_the_worker(dock, monkeypatch):
    warmed = []
    monkeypatch.setattr(dock.bar, "warm", lambda *modules: warmed.extend(modules))
    dock.tabs.setCurrentIndex(SEGMENT)
    assert not warmed
    dock.tabs.setCurrentIndex(SIMULATE)
    assert "napari_crystalseg.simulation.previews" in warmed


def test_progress_tells_which_case_is_made(truth, tmp_path, monkeypatch):
    from napari_crystalseg.simulation import variants as simulated

    def simulate_variants(labels, folder, n, request, progress):
        for fraction in (0.0, 0.49, 0.5, 1.0):
            progress(fraction, "Drawing the variant")
        return [tmp_path / "case_0000"]

    monkeypatch.setattr(simulated, "simulate_variants", simulate_variants)
    told = []
    made = variants.make_variants(truth, str(tmp_path), 2, 0, progress=lambda fraction, message: told.append(message))
    assert told == [f"case {case} of 2, drawing the variant" for case in (1, 1, 2, 2)]
    assert made == [str(tmp_path / "case_0000")]


def test_a_class_that_is_clicked_takes_the_preview_away(labelled, viewer, sample, qtbot):
    previews, labels = labelled.simulate.previews, labelled.session.labels
    previews.show_sample(sample)
    assert not labels.visible
    labelled.segment.class_table.buttons[Material.CRYSTAL].click()
    # Painted blind it would be, under the preview.
    qtbot.waitUntil(lambda: not previews.layers())
    assert labels.visible and labelled.session.image.visible and viewer.dims.ndisplay == 2
    assert viewer.layers.selection.active is labels and labels.mode == "paint"


def test_a_preview_makes_way_for_what_comes_and_for_export(labelled, viewer, sample, truth, qtbot):
    previews = labelled.simulate.previews
    previews.show_sample(sample)
    viewer.add_points(np.zeros((1, 3)))
    add_labels(viewer, labels_layer(truth, name="segmented"))
    qtbot.waitUntil(lambda: not previews.layers())
    assert labelled.session.labels.name == "segmented" and labelled.session.labels.visible
    previews.show_sample(sample)
    labelled.tabs.setCurrentIndex(EXPORT)
    assert not previews.layers() and labelled.session.labels.visible


def test_the_camera_follows_a_field_of_another_size(dock, viewer):
    previews = dock.simulate.previews
    camera = getattr(viewer, "scene", viewer).camera
    zooms, centres = [], []
    for factor in (1.0, 3.0):
        sample = preview_sample(SampleRequest(5), grid=16)
        size = tuple(factor * step for step in sample.labels.voxel_size_um)
        previews.show_sample(replace(sample, labels=Labels(sample.labels.data, size)))
        zooms.append(camera.zoom)
        centres.append(camera.center)
    assert zooms[1] == pytest.approx(zooms[0] / 3, rel=0.01)
    np.testing.assert_allclose(centres[1], 3 * np.asarray(centres[0]), rtol=0.1)
    # One as large is looked at as the one before.
    camera.zoom, camera.angles = 7.0, (1.0, 2.0, 3.0)
    previews.show_sample(replace(sample, labels=Labels(sample.labels.data, size)))
    assert camera.zoom == 7.0 and camera.angles == pytest.approx((1.0, 2.0, 3.0))


def test_a_pointer_that_rests_has_a_line_of_sight(loaded, viewer, sample):
    # As the canvas sets it over a plane: napari's status needs one in 3-D.
    viewer.mouse_over_canvas = True
    viewer.cursor.position = (10.0, 0.0, 30.0)
    viewer.cursor._view_direction = None
    loaded.simulate.previews.show_sample(sample)
    assert viewer.dims.ndisplay == 3
    assert len(viewer.cursor._view_direction) == 3
    viewer._calc_status_from_cursor()
