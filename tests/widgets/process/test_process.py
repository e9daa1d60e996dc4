"""Process in the dock does what the command does: all but network and pictures is real."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from helpers import dock_worker_tasks as work
from napari_crystalseg import io
from napari_crystalseg.labels import Material
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.scan import Scan
from napari_crystalseg.volume import Volume
from napari_crystalseg.widgets.layers.layer_data import layer_of
from napari_crystalseg.widgets.layers.layer_record import PATH, RECORD
from napari_crystalseg.widgets.session.remembered import PROCESS_ELSEWHERE, remember
from napari_crystalseg.widgets.tabs import REVIEW
from napari_crystalseg.widgets.tasks import process as tasks

LONG_MS = 240000


@pytest.fixture(autouse=True)
def thresholds(monkeypatch, forgetful, tmp_path_factory):
    remember(PROCESS_ELSEWHERE, tmp_path_factory.mktemp("elsewhere"))
    monkeypatch.setattr(tasks, "process_sample", work.process_by_grey)


def cylinders(axis_along="columns"):
    """A crystal of radius 5 in liquor of radius 9 pixels about the axis: projections are known, greys the helper's."""

    def chord(radius):
        return 2 * np.sqrt(np.clip(radius**2 - (np.arange(32) - 15.5) ** 2, 0, None))

    depth = 2.0 * (0.01 * chord(9.0) + 0.01 * chord(5.0))
    counts = np.broadcast_to(1e4 * np.exp(-depth), (120, 6, 32)).astype(np.float32)
    flats, darks = np.full((1, 6, 32), 1e4, np.float32), np.zeros((1, 6, 32), np.float32)
    return Scan(counts, flats, darks, np.linspace(0, 180, 120, endpoint=False), pixel_size_um=2.0, energy_kev=5.0)


@pytest.fixture
def scan_file(tmp_path):
    io.save_scan(cylinders(), tmp_path / "small.h5")
    return tmp_path / "small.h5"


@pytest.fixture
def volume_file(tmp_path, volume):
    io.save_volume(volume, tmp_path / "grey.tif")
    return tmp_path / "grey.tif"


def opened(dock, path, qtbot):
    dock.open.opener.open_path(path)
    finished(dock, qtbot)


def finished(dock, qtbot):
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)


def processed(dock, qtbot):
    dock.open.process_box.button.click()
    finished(dock, qtbot)
    assert dock.session.processed is not None, dock.bar.message.text()
    # The places are looked for at once.
    qtbot.waitUntil(lambda: dock.session.review is not None or dock.bar.warns, timeout=LONG_MS)
    finished(dock, qtbot)


def noted(came, name):
    return lambda value: came.append(name)


def test_a_scan_is_processed_as_by_the_command(dock, viewer, scan_file, tmp_path, qtbot):
    box = dock.open.process_box
    assert box.isHidden()
    opened(dock, scan_file, qtbot)
    assert not box.isHidden() and "small_crystalseg" in box.line.text()
    came = []
    session = dock.session
    for name in ("image", "labels", "result", "processed"):
        getattr(session.events, name).connect(noted(came, name))
    processed(dock, qtbot)
    assert list(dict.fromkeys(came)) == ["image", "labels", "result", "processed"]
    assert dock.tabs.currentIndex() == REVIEW
    assert viewer.layers["small"] is session.image and not viewer.layers["small projections"].visible

    by_command = work.process_by_grey_in_folder(scan_file, tmp_path / "by_command")
    np.testing.assert_array_equal(session.labels.data, io.open_labels(by_command.labels).data)
    np.testing.assert_array_equal(session.factors.absorption, json.loads(by_command.factors.read_text())["A"])
    folder = scan_file.parent / "small_crystalseg"
    for path in by_command.folder.rglob("*"):
        # AnACor's settings name the folder that they are in, and the hashes of the others follow from that.
        own = {"manifest.json", "report.html"} | {one.name for one in (by_command.folder / "anacor").rglob("*")}
        if path.is_file() and not path.name.startswith(".") and path.name not in own:
            assert (folder / path.relative_to(by_command.folder)).read_bytes() == path.read_bytes(), path.name

    # What was chosen is in Check, and nothing is outdated.
    qtbot.waitUntil(lambda: session.fingerprint is not None)
    assert not session.stale and not session.settings_changed
    assert session.coefficients.values == by_command.coefficients
    assert dock.check.coefficients.title.text() == "µ: typical, 5 keV"
    assert "--" not in dock.check.coefficients.origin.text()
    assert session.labels in session.uncertainty
    layer = session.labels
    layer.paint((3, 16, 16), Material.LIQUOR)
    assert session.stale

    # Once more: nothing is done again, and the labels that were worked on stay.
    edited = np.array(layer.data)
    before = (folder / "volume.tif").stat().st_mtime_ns
    processed(dock, qtbot)
    assert (folder / "volume.tif").stat().st_mtime_ns == before
    assert session.labels is not layer and layer in viewer.layers and not layer.visible
    assert [one.name for one in viewer.layers if one.visible] == ["small", session.labels.name]
    np.testing.assert_array_equal(layer.data, edited)
    qtbot.waitUntil(lambda: session.fingerprint is not None)
    assert not session.stale


def test_a_volume_keeps_its_layer(dock, viewer, volume_file, truth, qtbot):
    opened(dock, volume_file, qtbot)
    image = dock.session.image
    processed(dock, qtbot)
    assert dock.session.image is image and next(layer.name for layer in viewer.layers if layer.visible) == "grey"
    np.testing.assert_array_equal(dock.session.labels.data, truth.data)
    assert dock.session.ties.volume_of(dock.session.labels) is image
    # No energy is known: measured in the volume, in this sample.
    values = dock.session.coefficients.values
    assert values.origin == "measured" and values.crystal == pytest.approx(0.02, abs=1e-6)
    assert (volume_file.parent / "grey_crystalseg" / "report.html").is_file()


def test_energy_and_folder_are_kept_for_the_next_sample_and_said(dock, volume_file, viewer, qtbot):
    box = dock.open.process_box
    opened(dock, volume_file, qtbot)
    box.energy.setValue(12.4)
    box.pattern.setText("out_{stem}")
    box.pattern.editingFinished.emit()
    assert "out_grey" in box.line.text() and box.fold.title.text() == "With: 12.4 keV"
    processed(dock, qtbot)
    assert (volume_file.parent / "out_grey" / "labels.tif").is_file()
    assert dock.session.coefficients.values.energy_kev == 12.4
    from napari_crystalseg.widgets import CrystalSegDock

    again = CrystalSegDock(viewer)
    qtbot.addWidget(again)
    assert again.open.process_box.fold.title.text() == "With: 12.4 keV, as last time"
    again.close_down()
    box.pattern.setText("everything")
    box.pattern.editingFinished.emit()
    assert "same for all samples" in box.line.text()


def test_a_layer_that_is_in_no_file_is_written_first(dock, viewer, volume, tmp_path, qtbot):
    from napari_crystalseg.widgets.session.remembered import OPENED_FOLDER

    remember(OPENED_FOLDER, tmp_path)
    viewer.add_layer(layer_to_add(volume, "of elsewhere"))
    processed(dock, qtbot)
    assert (tmp_path / "of_elsewhere_crystalseg" / "labels.tif").is_file()
    np.testing.assert_array_equal(io.open_volume(tmp_path / "of_elsewhere_crystalseg_input.tif").data, volume.data)


def test_a_voxel_size_that_was_typed_in_is_what_is_processed(dock, viewer, volume, volume_file, qtbot):
    opened(dock, volume_file, qtbot)
    for field in dock.open.volume_box.voxel_fields:
        field.setValue(2.0)
    dock.open.volume_box.voxel_button.click()
    processed(dock, qtbot)
    written = io.open_labels(volume_file.parent / "grey_crystalseg" / "labels.tif")
    assert written.voxel_size_um == pytest.approx((2.0, 2.0, 2.0))


def test_a_scan_that_is_in_no_file_is_written_first(dock, viewer, tmp_path, qtbot):
    from napari_crystalseg.widgets.session.remembered import OPENED_FOLDER

    remember(OPENED_FOLDER, tmp_path)
    viewer.add_layer(layer_to_add(cylinders(), "mine"))
    processed(dock, qtbot)
    assert io.open_scan(tmp_path / "mine_crystalseg_input.h5").shape == (120, 6, 32)
    assert (tmp_path / "mine_crystalseg" / "factors.json").is_file()


def test_labels_alone_get_factors(dock, viewer, truth, qtbot):
    dock.open.process_box.energy.setValue(5.0)
    layer = viewer.add_layer(layer_to_add(truth, "drawn"))
    assert dock.open.process_box.line.text() == "'drawn': absorption factors of these labels."
    processed(dock, qtbot)
    assert dock.session.labels is layer and len(dock.session.factors) == 500
    assert dock.session.coefficients.values.energy_kev == 5.0
    qtbot.waitUntil(lambda: dock.session.fingerprint is not None)
    assert not dock.session.stale and not dock.session.settings_changed


def test_experiments_beside_the_sample_are_proposed_and_of_several_asked_for(
    dock, viewer, volume, volume_file, warnings, qtbot
):
    for suffix in (".expt", ".refl"):
        found = sample_data_folder() / f"lcyst_01_first10_integrated{suffix}"
        shutil.copy(found, volume_file.parent / f"a{suffix}")
        shutil.copy(found, volume_file.parent / f"b{suffix}")
    opened(dock, volume_file, qtbot)
    box = dock.open.process_box
    assert box.reflections.currentIndex() == -1
    box.button.click()
    assert not dock.session.busy
    assert warnings[-1].startswith("Which reflections are those of this sample? Choose them")
    for suffix in (".expt", ".refl"):
        (volume_file.parent / f"b{suffix}").unlink()
    dock.session.image = None
    dock.session.image = viewer.layers["grey"]
    assert box.reflections.currentText() == "a.refl, beside it"
    assert box.fold.title.text() == "With: energy of the experiment"
    processed(dock, qtbot)
    assert dock.session.experiment.files.reflections == str(volume_file.parent / "a.refl")
    assert dock.session.factors.miller_index is not None
    assert dock.check.use_files.isChecked() and not dock.session.settings_changed
    # Without it, and so from now on.
    box.reflections.setCurrentIndex(0)
    box.reflections.activated.emit(0)
    processed(dock, qtbot)
    assert dock.session.experiment.files is None and len(dock.session.factors) == 500


def test_what_is_refused_is_said_with_the_button_that_helps(dock, viewer, volume, tmp_path, warnings, qtbot):
    # Angles in a wrong order, which the command refuses, naming --force.
    shuffled = np.random.default_rng(1).permutation(np.linspace(0, 180, 90, endpoint=False))
    io.save_scan(replace(two_rods(), angles_deg=shuffled), tmp_path / "shuffled.h5")
    opened(dock, tmp_path / "shuffled.h5", qtbot)
    dock.open.process_box.button.click()
    finished(dock, qtbot)
    helps = dock.open.findings
    assert "do not fit their angles" in helps.text() and "--" not in helps.text()
    assert "--" not in dock.open.process_box.line.text() and "--" not in warnings[-1]
    assert helps.go_on_button.isVisibleTo(dock.open) and dock.session.image is None
    helps.go_on_button.click()
    finished(dock, qtbot)
    assert dock.session.processed is not None, dock.bar.message.text()
    assert "Gone on by force" in " ".join(dock.session.processed.statements)


def two_rods():
    """Two rods beside the axis: chords of circles, in the noise of a detector."""
    angles = np.linspace(0, 180, 90, endpoint=False)
    phi, integrals = np.deg2rad(angles), np.zeros((90, 64))
    for y, x, radius in ((10.0, 14.0, 6.0), (-8.0, 5.0, 9.0)):
        away = np.arange(64) - (31.5 + x * np.cos(phi) - y * np.sin(phi))[:, np.newaxis]
        integrals += 0.02 * 2 * np.sqrt(np.clip(radius**2 - away**2, 0, None))
    frames = np.repeat(np.exp(-integrals)[:, np.newaxis], 20, axis=1)
    rng = np.random.default_rng(0)
    counts = rng.poisson(4e4 * frames).astype(np.float32) + 100
    flats = rng.poisson(4e4, (5, 20, 64)).astype(np.float32) + 100
    return Scan(counts, flats, np.full((5, 20, 64), 100, np.float32), angles, pixel_size_um=1.0, energy_kev=5.0)


def layer_to_add(noun, name):
    from napari.layers import Layer

    layer = Layer.create(*layer_of(noun, name))
    assert PATH not in layer.metadata[RECORD]
    return layer


def test_unknown_voxels_are_asked_for(dock, viewer, volume, tmp_path, warnings, qtbot):
    np.save(tmp_path / "bare.npy", volume.data)
    opened(dock, tmp_path / "bare.npy", qtbot)
    dock.open.process_box.button.click()
    finished(dock, qtbot)
    assert "how large its voxels are" in warnings[-1] and "type it in" in dock.open.process_box.line.text()
    assert isinstance(volume, Volume) and dock.session.labels is None
