"""What a person does with a raw scan: looks at it, moves the axis, presses one button."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QMessageBox

from helpers import dock_worker_tasks as work
from helpers.scan_in_dock import finished, settled, slice_is_there, take
from napari_crystalseg import io
from napari_crystalseg.frames import LazyFrames
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.scan import Scan
from napari_crystalseg.tomography import Recipe
from napari_crystalseg.volume import Volume
from napari_crystalseg.widgets.layers.label_layer import image_layer
from napari_crystalseg.widgets.layers.layer_place import voxel_size_um
from napari_crystalseg.widgets.layers.layer_record import RECORD
from napari_crystalseg.widgets.open import file_opener, large_volume, open_stage
from napari_crystalseg.widgets.open.scan_findings import findings_text
from napari_crystalseg.widgets.open.scan_text import scan_text

LONG_MS = 60000
COLUMNS, AXIS, MU, PIXEL_UM = 48, 22.0, 0.02, 2.0


def bead_scan(projections: int = 90, rows: int = 6, pixel_um: float | None = PIXEL_UM) -> Scan:
    """A rod of known attenuation, 8 pixels beside the axis: its line integrals are chords of a circle."""
    angles = np.linspace(0, 180, projections, endpoint=False)
    radius, phi = 6.0, np.deg2rad(angles)
    away = np.arange(COLUMNS) - (AXIS + 8 * np.cos(phi) - 3 * np.sin(phi))[:, np.newaxis]
    chord = 2 * np.sqrt(np.clip(radius**2 - away**2, 0, None)) * PIXEL_UM
    counts = np.repeat(1e4 * np.exp(-MU * chord)[:, np.newaxis], rows, axis=1).astype(np.float32)
    flats, darks = np.full((1, rows, COLUMNS), 1e4, np.float32), np.zeros((1, rows, COLUMNS), np.float32)
    return Scan(counts, flats, darks, angles, pixel_size_um=pixel_um)


def open_scan(dock, scan, path, qtbot):
    io.save_scan(scan, path)
    dock.open.opener.open_path(path)
    finished(dock, qtbot)


def test_the_slice_is_found_and_follows_the_axis(seen, viewer, tmp_path, qtbot):
    open_scan(seen, bead_scan(), tmp_path / "rod.h5", qtbot)
    settled(seen, qtbot)
    box = seen.open.scan_box
    layer = viewer.layers["slice preview"]
    assert box.automatic.isChecked() and box.centre.value() == pytest.approx(AXIS, abs=0.1)
    assert layer.visible and not viewer.layers["rod projections"].visible
    assert layer.data.shape == (COLUMNS, COLUMNS) and tuple(layer.scale) == (PIXEL_UM, PIXEL_UM)
    # Where the rod is: at angle 0 it is seen 8 columns beside the axis.
    at = np.array(np.nonzero(layer.data > MU / 2)).mean(axis=1) - (COLUMNS - 1) / 2
    np.testing.assert_allclose(at, (3, 8), atol=0.3)
    assert np.median(layer.data[layer.data > MU / 2]) == pytest.approx(MU, rel=0.05)
    sharp = float(layer.data.std())
    limits = layer.contrast_limits
    box.centre.setValue(AXIS + 3)
    assert not box.automatic.isChecked()
    settled(seen, qtbot)
    assert viewer.layers["slice preview"] is layer and layer.data.std() < sharp
    assert layer.contrast_limits == limits
    box.automatic.setChecked(True)
    settled(seen, qtbot)
    assert box.centre.value() == pytest.approx(AXIS, abs=0.1)
    assert float(layer.data.std()) == pytest.approx(sharp, rel=0.01)


def test_nobody_looks_for_the_axis_of_a_scan_whose_volume_is_there(seen, viewer, tmp_path, qtbot):
    path = tmp_path / "rod.h5"
    open_scan(seen, bead_scan(), path, qtbot)
    scan, box = seen.session.scan, seen.open.scan_box
    box.axis_note.setText("Looking for the rotation axis …")
    record = scan.provenance.then("reconstruct", rotation_centre="found", rotation_centre_px=22.0)
    volume = Volume(np.zeros((6, 48, 48), np.float32), (PIXEL_UM,) * 3, provenance=record)
    layer = image_layer(volume, "rod")
    viewer.add_layer(layer)
    seen.session.image = layer
    qtbot.waitUntil(lambda: not box.live.busy, timeout=LONG_MS)
    assert box.axis_note.text() == "The volume at hand: rotation axis found at column 22.00."
    # And of one without a record nothing is said, nor that it is looked for.
    box.axis_note.setText("Slice: Looking for the rotation centre …")
    seen.session.image = viewer.add_layer(image_layer(Volume(np.zeros((6, 48, 48), np.float32), (PIXEL_UM,) * 3), "x"))
    assert box.axis_note.text() == ""


def test_the_slice_makes_way_for_the_volume(seen, viewer, tmp_path, qtbot):
    open_scan(seen, bead_scan(), tmp_path / "rod.h5", qtbot)
    settled(seen, qtbot)
    seen.open.reconstruct_button.click()
    finished(seen, qtbot)
    assert [layer.name for layer in viewer.layers if layer.visible] == ["rod reconstruction"]
    assert not slice_is_there(viewer)
    assert seen.open.volume_box.volume_choice.count() == 2  # the volume, and none
    assert f"column {AXIS:.2f}" in seen.open.findings.text() or "column 2" in seen.open.findings.text()
    # A scan that is moved on shows its slice again.
    seen.open.scan_box.row.setValue(1)
    settled(seen, qtbot)
    assert [layer.name for layer in viewer.layers if layer.visible] == ["slice preview"]
    assert seen.open.volume_box.volume_choice.count() == 2  # the volume, and none
    seen.open.scan_box.frames_button.click()
    assert viewer.layers["rod projections"].visible and not viewer.layers["slice preview"].visible


def test_a_slice_of_another_scan_is_dropped(seen, viewer, qtbot):
    take(seen, bead_scan(), "first")
    box = seen.open.scan_box
    qtbot.waitUntil(lambda: box.live._running is not None, timeout=LONG_MS)
    arrived = []
    box.live.arrived.connect(arrived.append)
    viewer.layers.clear()
    assert not box.isVisible()
    take(seen, bead_scan(60, 3), "second")
    settled(seen, qtbot)
    assert {view.request.token for view in arrived} == {box.live._token}
    assert box.row.maximum() == 2 and slice_is_there(viewer)


def test_deleting_the_slice_shows_the_projections(seen, viewer, qtbot):
    take(seen, bead_scan())
    settled(seen, qtbot)
    viewer.layers.remove("slice preview")
    assert viewer.layers["rod projections"].visible
    seen.open.scan_box.slice_button.click()
    settled(seen, qtbot)
    assert viewer.layers["slice preview"].visible and not viewer.layers["rod projections"].visible


def test_the_slice_makes_way_for_what_is_opened(seen, viewer, volume, truth, tmp_path, qtbot):
    io.save_labels(truth, tmp_path / "truth.tif")
    take(seen, bead_scan())
    settled(seen, qtbot)
    seen.open.opener.open_path(tmp_path / "truth.tif")
    finished(seen, qtbot)
    qtbot.waitUntil(lambda: not slice_is_there(viewer))
    assert [layer.name for layer in viewer.layers if layer.visible] == ["truth"]
    # Dropped on the canvas, while the slice is shown once more.
    seen.open.scan_box.slice_button.click()
    settled(seen, qtbot)
    assert [layer.name for layer in viewer.layers if layer.visible] == ["slice preview"]
    viewer.add_layer(image_layer(volume, "grey"))
    qtbot.waitUntil(lambda: not slice_is_there(viewer))
    assert [layer.name for layer in viewer.layers if layer.visible] == ["truth", "grey"]
    assert viewer.dims.point[0] == pytest.approx((len(volume.data) - 1) / 2 * volume.voxel_size_um[0], abs=0.5)
    assert not seen.open.scan_box.slice_button.isChecked()


def test_the_slice_gives_back_the_view_in_space(seen, viewer, volume, qtbot):
    viewer.add_layer(image_layer(volume, "grey"))
    viewer.dims.ndisplay = 3
    take(seen, bead_scan())
    seen.open.scan_box.show_slice()
    settled(seen, qtbot)
    assert viewer.dims.ndisplay == 2
    viewer.layers.remove("slice preview")
    assert viewer.dims.ndisplay == 3 and viewer.layers["grey"].visible


def test_closing_takes_the_slice_and_its_process(seen, viewer, qtbot):
    from napari_crystalseg.widgets.parts.job_bar import WorkerHolder

    live = seen.open.scan_box.live
    live.holder = WorkerHolder()
    take(seen, bead_scan())
    settled(seen, qtbot)
    worker = live.holder.worker()
    assert worker.pid is not None and slice_is_there(viewer)
    seen.open.scan_box.centre.setValue(20)
    seen.close()
    assert worker.pid is None
    assert not slice_is_there(viewer)
    assert [layer.name for layer in viewer.layers if layer.visible] == ["rod projections"]


@pytest.mark.parametrize("projections, rows", [(1, 4), (2, 4), (60, 1)])
def test_scans_of_next_to_nothing(seen, viewer, qtbot, warnings, projections, rows):
    take(seen, bead_scan(projections, rows, pixel_um=None))
    settled(seen, qtbot)
    box = seen.open.scan_box
    assert box.row.isEnabled() == (rows > 1) and box.pixel.isVisible()
    seen.open.reconstruct_button.click()
    finished(seen, qtbot)
    assert all("\n" not in text for text in warnings)
    if projections == 1:
        assert "One projection" in box.axis_note.text() and "One projection" in warnings[-1]
    else:
        if projections == 2:
            # Too few to find the axis, but not to use one.
            assert "middle of the detector" in box.axis_note.text() and "give the column" in warnings[-1]
            box.centre.setValue(AXIS)
            seen.open.reconstruct_button.click()
            finished(seen, qtbot)
        assert viewer.layers["rod reconstruction"].data.shape == (rows, COLUMNS, COLUMNS)
        assert voxel_size_um(viewer.layers["rod reconstruction"]) is None


def test_nothing_is_computed_for_a_tab_that_is_not_seen(dock, qtbot):
    take(dock, bead_scan())
    qtbot.wait(100)
    assert not dock.open.scan_box.live.busy


def test_a_volume_too_large_for_memory_goes_to_a_file(dock, viewer, tmp_path, monkeypatch, qtbot, warnings):
    monkeypatch.setattr(large_volume, "free_bytes", lambda: 1000)
    take(dock, bead_scan())
    dock.open.reconstruct_button.click()
    assert "choose a folder" in warnings[-1] and not dock.session.busy
    dock.open.scan_box.options.folder.setText(str(tmp_path))
    for name in ("rod_volume.npy", "rod_volume_2.npy"):
        dock.open.reconstruct_button.click()
        finished(dock, qtbot)
        layer = dock.session.image
        assert isinstance(layer.data, np.memmap) and layer.metadata[RECORD]["file"] == str(tmp_path / name)
        assert not (tmp_path / f"{name}.journal").exists()
        back = io.open_volume(tmp_path / name)
        np.testing.assert_array_equal(back.data, layer.data)
        assert back.voxel_size_um == pytest.approx((PIXEL_UM,) * 3)
    dock.open.scan_box.options.folder.setText("")
    open_scan(dock, bead_scan(), tmp_path / "beside.h5", qtbot)
    dock.open.reconstruct_button.click()
    finished(dock, qtbot)
    assert (tmp_path / "beside_volume.npy").exists()


def test_a_large_file_is_asked_about(dock, volume, tmp_path, monkeypatch, qtbot):
    io.save_volume(volume, tmp_path / "grey.tif")
    monkeypatch.setattr(file_opener, "free_bytes", lambda: 1000)
    asked = []
    answer = QMessageBox.StandardButton.No
    monkeypatch.setattr(QMessageBox, "question", lambda parent, title, text: asked.append(text) or answer)
    dock.open.opener.open_path(tmp_path / "grey.tif")
    finished(dock, qtbot)
    assert dock.session.image is None and "16 × 20 × 24 voxels" in asked[0]
    answer = QMessageBox.StandardButton.Yes
    dock.open.opener.open_path(tmp_path / "grey.tif")
    finished(dock, qtbot)
    assert dock.session.image is not None


def test_a_folder_is_opened_too(dock, volume, tmp_path, monkeypatch, qtbot):
    from qtpy.QtWidgets import QFileDialog

    io.save_volume(volume, tmp_path / "grey.zarr")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path / "grey.zarr"))
    dock.open.folder_button.click()
    finished(dock, qtbot)
    np.testing.assert_array_equal(dock.session.image.data, volume.data)


def test_options_left_alone_are_the_defaults(dock, monkeypatch, warnings):
    take(dock, bead_scan())
    scan, recipe = dock.open.scan_box.recipe()
    assert recipe == Recipe() and scan is dock.session.scan
    options = dock.open.scan_box.options
    options.binning.setCurrentText("2")
    options.last.setValue(4)
    options.stripes.setCurrentText("none")
    options.phase.setCurrentText("δ/β")
    options.ratio.setValue(300)
    options.energy.setValue(8.0)
    options.distance.setValue(20.0)
    scan, recipe = dock.open.scan_box.recipe()
    assert (recipe.binning, recipe.rows, recipe.preprocessing.remove_stripes) == (2, (0, 4), "none")
    assert recipe.preprocessing.delta_beta == 300 and (scan.energy_kev, scan.distance_mm) == (8.0, 20.0)
    options.first.setValue(5)
    dock.open.reconstruct_button.click()
    assert "the last must be more than the first" in warnings[-1]


def test_phase_with_the_ratio_of_the_liquor(dock, qtbot, warnings):
    from napari_crystalseg.workflows.phase import delta_beta_of_liquor

    take(dock, bead_scan())
    options = dock.open.scan_box.options
    options.phase.setCurrentText("liquor")
    dock.open.reconstruct_button.click()
    finished(dock, qtbot)
    assert "photon energy" in warnings[-1]
    options.energy.setValue(8.0)
    options.distance.setValue(5.0)
    dock.open.reconstruct_button.click()
    finished(dock, qtbot)
    assert f"δ/β = {delta_beta_of_liquor(8.0):.0f}" in dock.open.findings.text()


def test_a_click_on_the_projection_chooses_the_row(seen, qtbot):
    take(seen, bead_scan(rows=40))
    box = seen.open.scan_box
    qtbot.wait(50)  # until it is laid out
    place = box.pictures._place(0)
    for part, row in ((0.01, 0), (0.5, 20), (0.99, 39)):
        at = QPoint(int(place.center().x()), int(place.top() + part * place.height()))
        qtbot.mouseClick(box.pictures, Qt.MouseButton.LeftButton, pos=at)
        assert abs(box.row.value() - row) <= 1
        assert box.row_slider.value() == box.row.value()
    before = box.row.value()
    qtbot.mouseClick(box.pictures, Qt.MouseButton.LeftButton, pos=QPoint(box.pictures.width() - 5, 40))
    assert box.row.value() == before


def test_open_options_stay_within_the_dock(seen):
    take(seen, bead_scan(pixel_um=None))
    options = seen.open.scan_box.options
    options.title.click()
    options.phase.setCurrentText("δ/β")
    assert seen.open.minimumSizeHint().width() <= 360
    assert options.inside.isVisible()


class CountedFrames(LazyFrames):
    """Frames that remember how often one was read."""

    def __init__(self, frames: np.ndarray) -> None:
        super().__init__(frames.shape, frames.dtype)
        self._frames, self.reads = frames, 0

    def _read(self, frames, rows, columns):
        self.reads += len(frames)
        return self._frames[frames, rows, columns]

    def _source(self):
        return "counted"


def test_frames_that_stay_in_their_file_are_not_read_through(dock, viewer):
    scan = bead_scan(400)
    frames = CountedFrames(np.asarray(scan.projections))
    layer = take(dock, replace(scan, projections=frames))
    assert layer.data is frames
    viewer.dims.set_current_step(0, 123)
    np.testing.assert_array_equal(layer._slice.image.raw, frames._frames[123])
    assert frames.reads <= 12


def test_findings_in_words():
    record = {
        "rotation_centre_px": 85.9234,
        "rotation_centre": "found",
        "roll": {"roll_deg": -0.15, "standard_error_deg": 0.01},
        "dead_pixels_replaced": 1,
        "zingers_removed": True,
        "rings_removed": True,
        "beam_drift": {"shift_px_rms": [0.1, 0.142], "standard_error_px": [0.0, 0.0]},
        "delta_beta": None,
    }
    assert findings_text(Provenance().then("open").then("reconstruct", **record).then("later")) == (
        "Rotation axis found at column 85.92, leaning by -0.15°, which was levelled. "
        "Mended: 1 dead or hot pixel, zingers, stripes, beam drift of 0.14 pixels."
    )
    assert findings_text(Provenance()) == ""
    assert scan_text(bead_scan(), "rod") == (
        "rod: 90 projections of 6 × 48 pixels over 178°, 1 flat, 1 dark; pixels of 2 µm."
    )


def test_what_a_cancelled_file_holds_is_gone_on_with(dock, tmp_path, monkeypatch, qtbot):
    monkeypatch.setattr(large_volume, "free_bytes", lambda: 1000)
    take(dock, bead_scan())
    dock.open.scan_box.options.folder.setText(str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(open_stage.reconstruction, "reconstruct_scan", work.begin_and_never_end)
        dock.open.reconstruct_button.click()
        qtbot.waitUntil(lambda: dock.bar.progress.value() > 0, timeout=LONG_MS)
        dock.bar.cancel_button.click()
        finished(dock, qtbot)
    assert "What is done stays" in dock.bar.message.text() and dock.session.image is None
    assert (tmp_path / "rod_volume.npy.journal").exists()
    dock.open.reconstruct_button.click()
    finished(dock, qtbot)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rod_volume.npy", "rod_volume.npy.json"]
    assert dock.session.image.data.shape == (6, COLUMNS, COLUMNS)


def test_hidden_projections_leave_no_slices_behind(seen, viewer, tmp_path, qtbot):
    open_scan(seen, bead_scan(), tmp_path / "rod.h5", qtbot)
    settled(seen, qtbot)
    box, frames = seen.open.scan_box, viewer.layers["rod projections"]
    # While the slice is seen, a slider over the angles would move nothing.
    assert viewer.dims.nsteps[0] == 1
    box.frames_button.click()
    assert viewer.dims.nsteps[0] == 90 and frames.data.shape == (90, 6, COLUMNS)
    viewer.dims.set_current_step(0, 40)
    box.slice_button.click()
    assert viewer.dims.nsteps[0] == 1
    box.frames_button.click()
    assert viewer.dims.current_step[0] == 40
    seen.open.reconstruct_button.click()
    finished(seen, qtbot)
    assert seen.session.image.data.shape[0] == viewer.dims.nsteps[0] == 6
    # The scan itself is whole, and so is its layer again when it is looked at.
    assert seen.session.scan.projections.shape == (90, 6, COLUMNS)
    frames.visible = True
    assert frames.data.shape == (90, 6, COLUMNS)
    frames.visible = False
    seen.close()
    assert frames.data.shape == (90, 6, COLUMNS)


def test_flipped_projections_are_not_reconstructed_as_they_lie(seen, viewer, warnings, qtbot):
    layer = take(seen, bead_scan())
    layer.scale = (*layer.scale[:2], -layer.scale[2])
    seen.open.reconstruct_button.click()
    assert not seen.session.busy and "flipped or turned in napari" in warnings[-1] and "in the file" in warnings[-1]
    layer.scale = np.abs(layer.scale)
    layer.translate = (0, 5, 5)
    seen.open.reconstruct_button.click()
    assert seen.session.busy
    finished(seen, qtbot)
