"""Checking labels against the raw scan, and looking at them over its projections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QMessageBox

from helpers.shared_holder import SharedHolder
from napari_crystalseg.class_colours import CLASS_COLOURS
from napari_crystalseg.jobs import Worker
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.scan import Scan
from napari_crystalseg.widgets.layers.label_layer import add_labels, labels_layer
from napari_crystalseg.widgets.layers.layer_record import RECORD
from napari_crystalseg.widgets.parts.job_bar import WorkerHolder
from napari_crystalseg.widgets.tabs import EXPORT
from napari_crystalseg.widgets.tasks import coefficients, geometry
from napari_crystalseg.widgets.views.geometry_layers import ALONG, MARKS, PROJECTION
from napari_crystalseg.widgets.views.geometry_marks import axis_and_beam

LONG_MS = 60000
PIXEL_UM = 2.0
MU = {Material.LIQUOR: 0.004, Material.LOOP: 0.006, Material.CRYSTAL: 0.012}


@pytest.fixture(scope="module")
def overlay_worker():
    with Worker() as worker:
        yield worker


@pytest.fixture(scope="module")
def sample() -> Labels:
    """A crystal in a lopsided drop on a rod, which no turn or mirror brings onto itself."""
    size = 32
    z, y, x = np.indices((size,) * 3) + 0.5 - size / 2
    data = np.zeros((size,) * 3, dtype=np.uint8)
    data[(((x - 1) / 10) ** 2 + ((y + 2) / 7) ** 2 + ((z + 2) / 8) ** 2) < 1] = Material.LIQUOR
    data[(np.hypot(x - 3, y + 1) < 2.5) & (z > 0)] = Material.LOOP
    data[(np.abs(x + 0.4 * y - 1) < 4) & (np.abs(y + 2) < 3) & (np.abs(z + 3 + 0.2 * x) < 4)] = Material.CRYSTAL
    return Labels(data, PIXEL_UM)


@pytest.fixture(scope="module")
def scan(sample) -> Scan:
    """Its projections, without noise."""
    from napari_crystalseg.xray import thickness_maps

    angles = np.arange(36) * 5.0
    maps = np.asarray(list(thickness_maps(sample, angles)))
    attenuation = sum(MU[material] * maps[:, material - 1] for material in MU)
    frame = attenuation.shape[1:]
    return Scan(
        (1e4 * np.exp(-attenuation)).astype(np.float32),
        np.full((1, *frame), 1e4, np.float32),
        np.zeros((1, *frame), np.float32),
        angles,
        PIXEL_UM,
        rotation_centre_px=(frame[1] - 1) / 2,
    )


@pytest.fixture
def checking(dock, viewer, sample, scan, overlay_worker, qtbot):
    """The dock with labels and the scan that they are of."""
    dock.check.geometry_box.follower.holder = SharedHolder(overlay_worker)
    viewer.add_image(np.zeros((4, 5, 6)), name="mine")
    layer = labels_layer(sample)
    add_labels(viewer, layer)
    dock.session.labels = layer
    dock.session.scan = scan
    qtbot.waitUntil(lambda: dock.session.fingerprint is not None)
    return dock


@pytest.fixture
def warnings(monkeypatch):
    import napari.utils.notifications

    shown = []
    monkeypatch.setattr(napari.utils.notifications, "show_warning", shown.append)
    return shown


def check(dock, qtbot):
    box = dock.check.geometry_box
    box.check_button.click()
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)
    qtbot.waitUntil(lambda: not box.follower.busy, timeout=LONG_MS)
    return box


def test_labels_that_agree(checking, viewer, scan, qtbot):
    box = check(checking, qtbot)
    score = checking.session.geometry.score
    assert score.agrees and score.given.score > 0.99
    assert box.verdict.text() == score.sentence()
    assert "agree: score 1.000" in box.verdict.text() and "the next best, when " in box.verdict.text()
    assert not score.next_best.orientation.is_turned_only
    assert score.next_best.score < score.given.score - 0.02
    layers = box.layers.layers()
    assert list(layers) == [PROJECTION, ALONG, MARKS]
    # Only the overlay is seen, and the layer that the user works on stays chosen.
    assert {layer for layer in viewer.layers if layer.visible} == set(layers.values())
    assert viewer.layers.selection.active is checking.session.labels
    middle = 18
    expected = scan.projections[middle] / 1e4
    np.testing.assert_allclose(layers[PROJECTION].data, expected, atol=1e-4)
    assert tuple(layers[PROJECTION].scale) == (PIXEL_UM,) * 2
    assert box.angle.text() == "90.0°"
    # No stage takes them for its own.
    assert checking.check.labels_choice.count() == 1
    # What export says before it writes.
    assert score.sentence() in shown_by_light(checking)


def test_outlines_enclose_what_absorbs(checking, sample, scan, qtbot):
    box = check(checking, qtbot)
    marks = box.layers.layers()[MARKS]
    for material in MU:
        rows = np.flatnonzero((sample.data == material).any(axis=(1, 2)))
        drawn = np.argwhere(is_drawn(marks.data, CLASS_COLOURS[material]))
        low, high = (marks.data_to_world(tuple(drawn[:, :2].astype(float)[at]))[0] for at in (0, -1))
        line = 0.004 * 32
        assert low / PIXEL_UM == pytest.approx(rows[0] - 0.5 - line, abs=0.6)
        assert high / PIXEL_UM == pytest.approx(rows[-1] + 0.5 + line, abs=0.6)
    # The rotation axis crosses the projection in its column, red.
    row = round(float(marks.world_to_data((31.0 * PIXEL_UM, 0.0))[0]))
    columns = np.flatnonzero(is_drawn(marks.data[row], (1.0, 79 / 255, 79 / 255)))
    middle = marks.data_to_world((float(row), float(columns.mean())))[1]
    assert middle == pytest.approx(scan.rotation_centre_px * PIXEL_UM, abs=0.3)


def is_drawn(picture, colour):
    """Where a picture has a colour, undimmed."""
    same = np.abs(picture[..., :3].astype(float) - 255 * np.asarray(colour[:3])).max(axis=-1) < 3
    return same & (picture[..., 3] > 250)


def test_layers_of_shapes_are_never_made(checking, viewer, qtbot):
    from napari.layers import Points, Shapes

    # napari dies at a redraw after one was removed.
    box = check(checking, qtbot)
    assert not [layer for layer in viewer.layers if isinstance(layer, Shapes | Points)]
    box.remove_button.click()
    assert not box.layers.layers()


def test_the_overlay_follows_the_angle(checking, viewer, scan, qtbot):
    box = check(checking, qtbot)
    before = box.layers.layers()
    pictures = [before[MARKS].data.copy()]
    for place in (3, 4, 5):
        box.angle_slider.setValue(place)
    qtbot.waitUntil(lambda: not box.follower.busy, timeout=LONG_MS)
    after = box.layers.layers()
    # The same layers, with the picture that was asked for last.
    assert after == before and len(viewer.layers) == 5
    np.testing.assert_allclose(after[PROJECTION].data, scan.projections[5] / 1e4, atol=1e-4)
    assert box.angle.text() == "25.0°" and "25.0°" in box.shown.text()
    # The beam turns with the angle.
    assert (after[MARKS].data != pictures[0]).any()


def test_the_beam_turns_with_the_angle(sample, scan):
    overlay = geometry.overlay_at(-1, sample, scan, geometry.alignment_of(sample, scan), 15.5, 25.0)
    # At 25° it goes along (-cos, -sin) of axes 1 and 2.
    tail, tip = axis_and_beam(overlay)[4][0][:2]
    along = (tip - tail) / np.linalg.norm(tip - tail)
    np.testing.assert_allclose(along, [-np.cos(np.deg2rad(25)), -np.sin(np.deg2rad(25))], atol=1e-6)


def test_mirrored_labels_are_warned_of_before_export(checking, viewer, sample, warnings, qtbot):
    mirrored = labels_layer(Labels(np.ascontiguousarray(sample.data[:, ::-1]), PIXEL_UM), name="mirrored")
    add_labels(viewer, mirrored)
    checking.session.labels = mirrored
    qtbot.waitUntil(lambda: checking.session.fingerprint is not None)
    box = check(checking, qtbot)
    assert not checking.session.geometry.score.agrees
    assert "mirrored" in box.verdict.text() and box.verdict.property("level") == "warning"
    assert "mirrored" in warnings[-1]
    checking.export.light.show_now()
    assert any("mirrored" in text for text in checking.export.light.problems())


def test_removing_brings_the_layers_back(checking, viewer, qtbot):
    box = check(checking, qtbot)
    box.remove_button.click()
    assert [layer.name for layer in viewer.layers if layer.visible] == ["mine", "labels"]
    # Kept for the next time: napari may die in OpenGL after layers were removed.
    assert len(viewer.layers) == 5 and not box.layers.layers()
    assert not box.angle_slider.isEnabled()
    check(checking, qtbot)
    # Deleted by hand: one takes the others with it.
    viewer.layers.remove(box.layers.layers()[MARKS])
    assert [layer.name for layer in viewer.layers if layer.visible] == ["mine", "labels"]
    assert not box.follower.active


def test_the_overlay_makes_way_for_what_is_opened(checking, viewer, qtbot):
    box = check(checking, qtbot)
    viewer.add_image(np.zeros((4, 5, 6)), name="opened")
    qtbot.waitUntil(lambda: not box.layers.layers())
    assert {layer.name for layer in viewer.layers if layer.visible} == {"mine", "labels", "opened"}
    assert not box.follower.active and checking.session.geometry is not None
    # What is marked in the plane of the overlay, or comes out of sight, leaves it there.
    check(checking, qtbot)
    viewer.add_points(np.zeros((1, 2)), name="mark")
    viewer.add_image(np.zeros((4, 5, 6)), name="unseen", visible=False)
    qtbot.wait(50)
    assert box.layers.layers() and box.follower.active


def test_the_overlay_makes_way_for_export(checking, viewer, qtbot):
    box = check(checking, qtbot)
    assert box.layers.layers()
    checking.tabs.setCurrentIndex(EXPORT)
    assert not box.layers.layers() and not box.follower.active
    assert {layer.name for layer in viewer.layers if layer.visible} == {"mine", "labels"}


def test_edits_and_other_labels(checking, viewer, qtbot):
    box = check(checking, qtbot)
    box.remove_button.click()
    checking.session.labels.data_setitem((np.array([0]), np.array([0]), np.array([0])), 4)
    qtbot.waitUntil(lambda: "edited since" in box.verdict.text())
    checking.session.labels.undo()
    qtbot.waitUntil(lambda: "edited since" not in box.verdict.text())
    check(checking, qtbot)
    assert box.layers.layers()
    viewer.layers.remove(checking.session.labels)
    assert checking.session.geometry is None and not box.layers.layers()
    assert "missing: labels" in box.verdict.text()


def test_a_second_dock_knows_the_score(checking, viewer, scan, qtbot):
    from napari_crystalseg.widgets import CrystalSegDock

    viewer.add_image(scan.projections, name="projections", metadata={RECORD: {"scan": scan}})
    checking.check.offset.setValue(-90.0)
    check(checking, qtbot)
    sentence = checking.session.geometry.score.sentence()
    checking.close()
    again = CrystalSegDock(viewer)
    qtbot.addWidget(again)
    assert again.check.geometry_box.verdict.text() == sentence and sentence in shown_by_light(again)
    assert again.check.offset.value() == -90.0
    again.close_down()


def test_without_a_scan_it_says_what_is_missing(labelled, warnings):
    box = labelled.check.geometry_box
    assert box.verdict.text() == "Takes the raw scan and its labels; missing: raw scan."
    assert not box.check_button.isEnabled() and not box.angle_slider.isEnabled()
    assert "Check geometry" not in shown_by_light(labelled)
    box._desk.bar.say("")
    box.check_button.setEnabled(True)
    box.check_button.click()
    assert "open the scan" in warnings[-1]


def test_closing_while_it_computes(checking, viewer, qtbot):
    box = check(checking, qtbot)
    checking.bar.holder, box.follower.holder = WorkerHolder(), WorkerHolder()
    box.follower.show(*_place(checking), 30.0)
    box.check_button.click()
    workers = [checking.bar.holder.worker(), box.follower.holder.worker()]
    assert all(worker.pid is not None for worker in workers)
    checking.close()
    assert all(worker.pid is None for worker in workers)
    assert not [timer for timer in checking.findChildren(QTimer) if timer.isActive()]
    assert [layer.name for layer in viewer.layers if layer.visible] == ["mine", "labels"]


def _place(dock):
    from napari_crystalseg.widgets.layers.label_layer import labels_of

    labels = labels_of(dock.session.labels)
    return labels, dock.session.scan, geometry.alignment_of(labels, dock.session.scan), 15.5


def test_the_record_says_where_labels_lie(sample, scan):
    made = Provenance().then("reconstruct", rotation_centre_px=14.0, rows=[4, 20], binning=2)
    labels = Labels(sample.data[:8, ::2, ::2], (4.0, 4.0, 4.0), made)
    alignment = geometry.alignment_of(labels, replace(scan, pixel_size_um=None))
    assert alignment == geometry.ScanAlignment(2.0, 14.0, (4, 20))
    assert geometry.aligned(scan, alignment).shape == (36, 16, 32)
    assert geometry.alignment_of(sample, scan) == geometry.ScanAlignment(2.0, None, None)


def test_rows_of_a_slab_are_matched_to_their_projections(sample, scan):
    slab = Labels(sample.data[6:26], PIXEL_UM, Provenance().then("reconstruct", rotation_centre_px=15.5, rows=[6, 26]))
    score, centre = geometry.check_geometry(slab, scan, geometry.alignment_of(slab, scan))
    assert score.given.score > 0.99 and centre == 15.5
    shifted = Labels(slab.data, PIXEL_UM, Provenance().then("reconstruct", rotation_centre_px=15.5, rows=[10, 30]))
    worse, _ = geometry.check_geometry(shifted, scan, geometry.alignment_of(shifted, scan))
    assert worse.given.score < score.given.score - 0.05


# The offset


def test_the_offset_turns_the_reflections(labelled, tmp_path, qtbot):
    from napari_crystalseg import absorption
    from napari_crystalseg.widgets.layers.label_layer import labels_of

    use_experiment(labelled)
    factors = []
    for offset in (0.0, 90.0):
        labelled.check.offset.setValue(offset)
        labelled.check.compute_button.click()
        qtbot.waitUntil(lambda: not labelled.session.busy, timeout=LONG_MS)
        factors.append(labelled.session.factors)
        assert not labelled.session.settings_changed
    expt, refl = labelled.session.experiment.files[:2]
    expected = absorption.absorb(
        labels_of(labelled.session.labels),
        labelled.session.coefficients.values,
        absorption.Directions.of_files(expt, refl, 90.0),
    )
    np.testing.assert_array_equal(factors[1].absorption, expected.absorption)
    assert np.nanmax(np.abs(factors[1].absorption - factors[0].absorption)) > 1e-4
    labelled.check.offset.setValue(12.5)
    assert labelled.session.settings_changed and labelled.session.experiment.offset_deg == 12.5
    # With directions over a sphere it means nothing.
    labelled.check.use_sphere.setChecked(True)
    labelled.check.compute_button.click()
    qtbot.waitUntil(lambda: not labelled.session.busy, timeout=LONG_MS)
    labelled.check.offset.setValue(0.0)
    assert not labelled.session.settings_changed


def shown_by_light(dock):
    dock.export.light.show_now()
    return dock.export.light.head.toolTip()


def use_experiment(dock):
    for material in MU:
        dock.check.coefficients.fields[material].setValue(0.0003)
    folder = sample_data_folder()
    dock.check.use_files.setChecked(True)
    dock.check.experiment.setText(str(folder / "lcyst_01_first10_integrated.expt"))
    dock.check.reflections.setText(str(folder / "lcyst_01_first10_integrated.refl"))


# Export for DIALS


def test_the_table_for_dials_and_its_commands(labelled, tmp_path, monkeypatch, qtbot):
    from napari_crystalseg.experiment.table.reflection_file import read_reflection_file

    export = labelled.export
    assert not export.choices["scaling"].isEnabled()
    use_experiment(labelled)
    labelled.check.offset.setValue(30.0)
    labelled.check.compute_button.click()
    qtbot.waitUntil(lambda: not labelled.session.busy, timeout=LONG_MS)
    assert export.choices["scaling"].isEnabled() and not export.commands.isVisibleTo(export)
    export.choices["labels"].setChecked(False)
    for name in ("scaling", "csv", "histogram", "anacor"):
        export.choices[name].setChecked(True)
    export.folder.setText(str(tmp_path))
    export.export_button.click()
    qtbot.waitUntil(lambda: not labelled.session.busy, timeout=LONG_MS)
    table = tmp_path / "lcyst_01_first10_integrated_absorption.refl"
    column = read_reflection_file(table, ("analytical_correction",)).column("analytical_correction", 1, "f")
    absorption = labelled.session.factors.absorption
    np.testing.assert_array_equal(np.ravel(column), np.where(np.isnan(absorption), 1.0, absorption))
    assert export.commands.isVisibleTo(export)
    for field, option in zip(
        export.commands.fields, ("absorption_correction=False", "absorption_level=high"), strict=True
    ):
        assert field.text().startswith(f"dials.scale {table} ") and option in field.text()
        assert field.isReadOnly()
    # Long names and lines do not widen the dock.
    assert export.minimumSizeHint().width() <= 360
    export.commands.copy_buttons[1].click()
    assert QApplication.clipboard().text() == export.commands.fields[1].text()
    lines = (tmp_path / "labels_factors.csv").read_text().splitlines()
    assert len(lines) == len(absorption) + 1 and lines[0].startswith("h,k,l,experiment,A,")
    assert (tmp_path / "labels_histogram.png").read_bytes()[:4] == b"\x89PNG"
    assert "offset: 30.0" in (tmp_path / "labels_anacor" / "default_mpprocess_input.yaml").read_text()
    # Stale factors go nowhere: they are computed again, and then it is asked whether files are replaced.
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: QMessageBox.StandardButton.Yes)
    monkeypatch.setattr(QMessageBox, "question", lambda *args: QMessageBox.StandardButton.Yes)
    labelled.session.labels.paint((8, 10, 12), 1)
    assert "edited after" in shown_by_light(labelled)
    before = table.read_bytes()
    export.export_button.click()
    qtbot.waitUntil(lambda: table.read_bytes() != before and not labelled.session.busy, timeout=LONG_MS)
    assert not labelled.session.stale
    column = read_reflection_file(table, ("analytical_correction",)).column("analytical_correction", 1, "f")
    absorption = labelled.session.factors.absorption
    np.testing.assert_array_equal(np.ravel(column), np.where(np.isnan(absorption), 1.0, absorption))


# Coefficients from the scan


def test_coefficients_from_the_scan(checking, qtbot):
    box = checking.check.coefficients
    assert not box.residual_button.isVisibleTo(box)
    other = box.fields[Material.OTHER].value()
    box.scan_button.click()
    qtbot.waitUntil(lambda: not checking.session.busy, timeout=LONG_MS)
    for material, mu in MU.items():
        assert box.fields[material].value() == pytest.approx(mu, rel=0.1)
        # The field shows five digits of what is used, as measured.
        used = getattr(checking.session.coefficients.values, material.title)
        assert used == pytest.approx(box.fields[material].value(), abs=0.5e-5)
        error = box.measured.standard_error_per_um[material]
        assert f"{material.title} {box.fields[material].value():.5f} ± {error:.5f}" in box.origin.text()
    assert box.fields[Material.OTHER].value() == other and "Not measured, as set before: other" in box.origin.text()
    assert box.findings.text() == " ".join(box.measured.findings)
    box.residual_button.click()
    qtbot.waitUntil(lambda: not checking.session.busy, timeout=LONG_MS)
    from napari_crystalseg.widgets.parts.picture_window import PictureWindow

    windows = box.findChildren(PictureWindow)
    assert len(windows) == 1 and windows[0].picture.width() > 600
    windows[0].close()
    box.fields[Material.LOOP].setValue(0.5)
    assert box.origin.text().endswith("By hand: loop.") and not box.residual_button.isVisibleTo(box)


def test_findings_of_a_bad_flat_field_are_shown(sample, scan):
    wedge = np.linspace(0.9, 1.1, scan.shape[2], dtype=np.float32)
    spoilt = replace(scan, flats=scan.flats * wedge)
    measured = coefficients.measure_in_scan(sample, spoilt, geometry.alignment_of(sample, spoilt))
    assert measured.findings
