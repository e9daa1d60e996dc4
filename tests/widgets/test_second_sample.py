"""A second sample of the day, labels of elsewhere, and labels with codes that are no class."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.class_colours import UNKNOWN_COLOUR
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.scan import Scan
from napari_crystalseg.volume import Volume
from napari_crystalseg.widgets.layers.label_layer import image_layer, labels_layer
from napari_crystalseg.widgets.layers.layer_place import spatial_of
from napari_crystalseg.widgets.tasks import segmentation

VOXEL_UM3 = 0.3 * 0.4 * 0.5
LONG_MS = 60000


def dropped(viewer, noun, name):
    from napari.layers import Layer

    from napari_crystalseg.widgets.layers.layer_data import layer_of

    return viewer.add_layer(Layer.create(*layer_of(noun, name)))


def counted(dock, qtbot):
    qtbot.waitUntil(lambda: dock.session.fingerprint is not None)
    return dock.session.volumes_um3


def test_the_dock_follows_what_is_dropped(dock, viewer, volume, truth, qtbot):
    assert dock.bar.message.text().startswith("Open a raw scan")
    dropped(viewer, volume, "first")
    assert dock.bar.message.text() == (
        "Volume 'first', 16 × 20 × 24 voxels of 0.3 × 0.4 × 0.5 µm, without labels yet. Next: Process, or Segment."
    )
    first = dropped(viewer, truth, "first labels")
    assert dock.bar.message.text() == "Labels 'first labels' of 'first'. Next: Review."
    crystal = counted(dock, qtbot)[Material.CRYSTAL]
    second = dropped(viewer, volume, "second")
    assert dock.session.image is second and dock.session.labels is None
    assert "'second'" in dock.bar.message.text() and not dock.check.compute_button.isEnabled()
    labels = dropped(viewer, truth, "second labels")
    assert dock.session.labels is labels
    assert dock.check.class_table.heading.text() == "classes of 'second labels'"
    counted(dock, qtbot)
    # What is painted is what is counted, and nothing else.
    dock.segment.class_table.buttons[Material.LIQUOR].click()
    viewer.layers.selection.active.paint((8, 10, 12), viewer.layers.selection.active.selected_label)
    assert dock.session.volumes_um3[Material.CRYSTAL] < crystal
    np.testing.assert_array_equal(first.data, truth.data)
    # Chosen together by mistake they are warned of.
    dock.session.labels = first
    notes = dock.check.class_table.notes.text
    assert notes.isVisibleTo(dock.check)
    assert notes.text() == (
        "'first labels' belong to 'first', not to 'second': choose those that go together in the stage Open, or 'none' "
        "as the volume."
    )
    dock.session.image = viewer.layers["first"]
    assert not notes.isVisibleTo(dock.check)


def test_a_scan_that_is_dropped_beside_a_volume_is_told(dock, viewer, volume):
    dropped(viewer, volume, "first")
    frames = np.ones((5, 6, 7), dtype=np.float32)
    scan = dropped(viewer, Scan(frames, frames[:1], 0 * frames[:1], np.arange(5.0)), "next")
    assert dock.session.image is not None
    assert dock.bar.message.text() == "'next' is a raw scan: press Process, or look at the slice first."
    viewer.layers.remove(scan)
    assert dock.bar.message.text().startswith("Volume 'first'")


def test_the_view_follows_to_a_volume_of_another_field(dock, viewer, volume):
    camera = getattr(viewer, "scene", viewer).camera
    dropped(viewer, volume, "first")
    camera.zoom = 3.0
    viewer.dims.set_current_step(0, 2)
    dropped(viewer, volume, "of the same field")
    assert camera.zoom == 3.0 and viewer.dims.current_step[0] == 2
    large = dropped(viewer, Volume(volume.data, (3.0, 4.0, 5.0)), "of voxels ten times as large")
    assert camera.zoom != 3.0
    np.testing.assert_allclose(camera.center[1:], np.mean(large.extent.world, axis=0)[1:])
    assert viewer.dims.point[0] == pytest.approx(8 * 3.0, abs=3.0)


def test_a_voxel_size_is_not_handed_on_to_the_next_sample(dock, viewer, volume):
    dropped(viewer, volume, "first")
    assert [field.value() for field in dock.open.volume_box.voxel_fields] == [0.3, 0.4, 0.5]
    dropped(viewer, Volume(volume.data, None), "next")
    assert [field.value() for field in dock.open.volume_box.voxel_fields] == [0, 0, 0]
    dock.open.volume_box.voxel_fields[0].setValue(1.5)
    dock.session.busy = True
    dock.session.busy = False
    dock.open._show_image()
    assert dock.open.volume_box.voxel_fields[0].value() == 1.5


def test_labels_of_another_shape_wait_for_their_volume(dock, viewer, volume, truth):
    dropped(viewer, Volume(np.ones((1, 9, 9), dtype=np.float32), (1, 1, 1)), "slice")
    labels = dropped(viewer, truth, "next labels")
    assert dock.bar.message.text() == "Labels 'next labels'. Next: Review."
    assert "different shapes" in dock.check.class_table.notes.text.text()
    # The volume comes after its labels.
    dropped(viewer, volume, "next")
    assert dock.session.labels is labels
    assert dock.bar.message.text() == "Labels 'next labels' of 'next'. Next: Review."
    assert not dock.check.class_table.notes.text.text()


def test_opened_labels_look_and_paint_as_segmented_ones(dock, viewer, volume, truth, qtbot):
    labels = dropped(viewer, truth, "opened")
    qtbot.wait(20)
    assert labels.n_edit_dimensions == 3 and labels.selected_label == Material.CRYSTAL
    # Of napari's own button, or of another plugin.
    other = viewer.add_labels(np.array(truth.data, dtype=np.int32))
    dock.open.active_button.click()
    qtbot.wait(20)
    assert dock.session.labels is other and other.n_edit_dimensions == 3
    np.testing.assert_allclose(other.get_color(3), labels.get_color(3))
    other.selected_label, other.n_edit_dimensions = 1, 2
    dock.session.labels = labels
    dock.session.labels = other
    qtbot.wait(20)
    assert other.selected_label == 1 and other.n_edit_dimensions == 2


def test_codes_that_are_no_class_are_seen_and_mended(labelled, viewer, qtbot):
    layer, table = labelled.session.labels, labelled.check.class_table
    np.testing.assert_allclose(layer.get_color(7), UNKNOWN_COLOUR)
    before = counted(labelled, qtbot)
    assert not table.notes.mend_button.isVisibleTo(labelled.check)
    layer.n_edit_dimensions, layer.brush_size = 3, 3
    layer.paint((8, 10, 12), 7)
    painted = np.count_nonzero(layer.data == 7)
    assert table.notes.text.text() == (
        f"Voxels of no class, drawn red, by code: 7 ({painted} voxels). Absorption takes none of them: press 'Make "
        "them a class' below the classes in the stage Segment or Check."
    )
    assert table.notes.mend_button.isVisibleTo(labelled.check)
    assert labelled.session.volumes_um3[Material.CRYSTAL] == pytest.approx(
        before[Material.CRYSTAL] - painted * VOXEL_UM3
    )
    table.notes.mend(Material.LIQUOR)
    assert not np.count_nonzero(layer.data == 7) and not table.notes.text.isVisibleTo(labelled.check)
    layer.undo()
    qtbot.waitUntil(lambda: bool(labelled.session.other_codes))
    assert labelled.session.other_codes == {7: painted}
    layer.undo()
    qtbot.waitUntil(lambda: not labelled.session.other_codes)


@pytest.mark.parametrize("dtype", [np.int16, np.int64, np.uint16])
def test_codes_of_other_integers_are_mended(dock, viewer, truth, dtype, qtbot):
    data = np.array(truth.data, dtype=dtype)
    data[data == 3] = 300
    layer = viewer.add_labels(data, scale=(0.3, 0.4, 0.5), units=("um",) * 3)
    dock.session.labels = layer
    counted(dock, qtbot)
    notes = dock.segment.class_table.notes
    assert "codes beyond 255 or below 0 (480 voxels)" in notes.text.text()
    np.testing.assert_allclose(layer.get_color(300), UNKNOWN_COLOUR)
    notes.mend(Material.CRYSTAL)
    qtbot.waitUntil(lambda: not dock.session.other_codes)
    np.testing.assert_array_equal(layer.data, truth.data)


@pytest.mark.parametrize("kind", ["zarr", "dask"])
def test_labels_in_a_store_are_counted_as_themselves(labelled, viewer, truth, kind, monkeypatch, qtbot):
    mine = counted(labelled, qtbot)
    labelled.check.compute_button.click()
    qtbot.waitUntil(lambda: not labelled.session.busy, timeout=LONG_MS)
    assert not labelled.session.stale
    data = np.array(truth.data)
    data[data == Material.LOOP] = 0
    if kind == "zarr":
        zarr = pytest.importorskip("zarr")
        lazy = zarr.create_array({}, shape=data.shape, chunks=(8, 8, 8), dtype="uint8")
        lazy[:] = data
    else:
        import dask.array

        lazy = dask.array.from_array(data, chunks=(8, 8, 8))
    layer = viewer.add_labels(lazy, **spatial_of(labelled.session.image))
    labelled.session.labels = layer
    assert labelled.session.volumes_um3 is None
    volumes = counted(labelled, qtbot)
    assert volumes[Material.LOOP] == 0 and volumes[Material.CRYSTAL] == mine[Material.CRYSTAL]
    # Factors of the labels before are not those of these.
    assert labelled.session.stale
    fingerprint = labelled.session.fingerprint
    if kind == "zarr":
        layer.paint((8, 10, 12), 1)
        assert labelled.session.stale and labelled.session.volumes_um3[Material.CRYSTAL] < mine[Material.CRYSTAL]
        qtbot.waitUntil(lambda: labelled.session.fingerprint not in (None, fingerprint))


def test_a_store_that_is_gone_leaves_no_counts_of_others(labelled, viewer, qtbot, caplog):
    counted(labelled, qtbot)

    class Gone:
        shape, ndim, dtype, size = (4, 5, 6), 3, np.dtype(np.uint8), 120

        def __getitem__(self, place):
            raise OSError("the disk is gone")

    labelled.followers.monitor.watch(None)
    layer = labels_layer_over(viewer, Gone())
    labelled.followers.monitor.watch(layer)
    qtbot.waitUntil(lambda: "cannot be counted" in caplog.text)
    assert labelled.session.volumes_um3 is None and labelled.session.fingerprint is None


def labels_layer_over(viewer, data):
    layer = viewer.add_labels(np.zeros(data.shape, np.uint8))
    layer._data = data
    return layer


def test_labels_that_lie_elsewhere_or_have_other_axes_are_said(labelled, viewer, truth, qtbot):
    notes = labelled.check.class_table.notes.text
    assert not notes.text()
    place = np.asarray(labelled.session.labels.translate)
    labelled.session.labels.translate = np.add(place, (0, 4, 0))
    assert notes.text().startswith("'labels' lies elsewhere than 'volume', by up to 10 voxels: choose")
    labelled.session.labels.translate = place
    assert not notes.text()
    labelled.session.labels.rotate = (30, 0, 0)
    assert "multiple of 90" in notes.text()
    four = viewer.add_labels(np.zeros((2, 3, 4, 5), np.uint8))
    labelled.session.labels = four
    assert notes.text() == f"'{four.name}' has 4 axes; absorption takes labels of three (z, y, x)."
    small = labels_layer(truth)
    small.data = np.asarray(small.data)[:4]
    viewer.add_layer(small)
    assert "different shapes" in notes.text()


def test_labels_of_a_segmentation_belong_to_its_volume(dock, viewer, volume, monkeypatch, qtbot):
    from helpers import dock_worker_tasks as work

    first = image_layer(volume, name="first")
    viewer.add_layer(first)
    monkeypatch.setattr(segmentation, "segment", work.segment_by_value)
    dock.segment.segment_button.click()
    # The next sample comes while it runs.
    second = image_layer(volume, name="second")
    viewer.add_layer(second)
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)
    assert dock.session.image is second
    assert dock.session.ties.volume_of(dock.session.labels) is first
    assert "belong to 'first', not to 'second'" in dock.segment.class_table.notes.text.text()


def test_large_files_that_are_dropped_are_read_beside_the_window(
    dock, viewer, volume, truth, tmp_path, monkeypatch, qtbot
):
    import napari

    from napari_crystalseg import _reader, io
    from napari_crystalseg._reader import napari_get_reader

    io.save_volume(volume, tmp_path / "next.tif")
    io.save_labels(truth, tmp_path / "next_labels.tif")
    monkeypatch.setattr(_reader, "_a_window_runs", lambda: True)
    monkeypatch.setattr(_reader, "LARGE_BYTES", 1)
    monkeypatch.setattr(napari, "current_viewer", lambda: viewer)
    # Both at once, as files are dropped.
    for name in ("next.tif", "next_labels.tif"):
        path = str(tmp_path / name)
        assert napari_get_reader(path)(path) == [(None,)]
    qtbot.waitUntil(lambda: dock.session.labels is not None, timeout=LONG_MS)
    assert dock.session.image.name == "next" and dock.session.labels.name == "next_labels"
    assert dock.session.ties.volume_of(dock.session.labels) is dock.session.image
    assert dock.bar.message.text() == "Opened the labels next_labels.tif. Next: Review."
    # Without the dock napari reads them itself.
    dock.close_down()
    assert len(napari_get_reader(path)(path)[0]) == 3


def test_a_mask_is_offered_as_labels(dock, viewer, truth, warnings_shown):
    mask = Volume(np.where(truth.data == Material.CRYSTAL, 255, 0), truth.voxel_size_um)
    dropped(viewer, mask, "crystal_mask")
    assert "'crystal_mask' holds only 0 and 255, as a mask does" in dock.open.volume_box.voxel_note.text()
    assert dock.open.volume_box.mask_button.isVisibleTo(dock.open)
    dock.open.volume_box.take_mask(Material.CRYSTAL)
    labels = dock.session.labels
    np.testing.assert_array_equal(labels.data, np.where(truth.data == Material.CRYSTAL, 3, 0))
    assert dock.session.image is None and labels.name == "crystal_mask as crystal"
    assert not dock.open.volume_box.mask_button.isVisibleTo(dock.open)
    # A volume of voxel values is none, however many of its voxels are empty.
    voxel_values = mask.data.copy()
    voxel_values[5, 5, 5] = 7
    dropped(viewer, Volume(voxel_values, truth.voxel_size_um), "greys")
    assert not dock.open.volume_box.mask_button.isVisibleTo(dock.open)
    dock.open.volume_box.mask_button.menu().actions()[0].trigger()
    assert "more than two values" in warnings_shown[-1]


@pytest.fixture
def warnings_shown(monkeypatch):
    import napari.utils.notifications

    shown = []
    monkeypatch.setattr(napari.utils.notifications, "show_warning", shown.append)
    return shown


def test_codes_that_become_a_class_are_an_edit_of_the_timeline(labelled, viewer, warnings, qtbot):
    from napari_crystalseg.review.edits.policy import EditPolicy
    from napari_crystalseg.widgets.class_labels.label_notes import give_to_class
    from napari_crystalseg.widgets.label_edits.layer_edits import edits_of

    layer = labelled.session.labels
    layer.data_setitem((np.array([1, 2]), np.array([3, 4]), np.array([5, 6])), 7)
    before = layer.data.copy()
    edits = edits_of(layer)
    edits.policy = EditPolicy(locked=frozenset({Material.LIQUOR}))
    with pytest.raises(InputError, match="limited to"):
        give_to_class(layer, Material.LIQUOR)
    np.testing.assert_array_equal(layer.data, before)
    edits.policy = EditPolicy()
    give_to_class(layer, Material.LIQUOR)
    assert layer.data[1, 3, 5] == layer.data[2, 4, 6] == Material.LIQUOR
    assert edits.edited.timeline.edits[-1].name == "Other codes to liquor"
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)
    layer.redo()
    assert layer.data.max() <= max(Material)
