"""The stage Review: places worst first, keys from one to the next, and a line at which to stop."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.review.places.place import Place
from napari_crystalseg.review.places.place_list import PlaceList
from napari_crystalseg.review.places.stop_line import StopLine
from napari_crystalseg.review.session.review_state import Verdict
from napari_crystalseg.widgets.label_edits.layer_edits import edits_of
from napari_crystalseg.widgets.layers.label_layer import labels_of
from napari_crystalseg.widgets.review import review_stage
from napari_crystalseg.widgets.review.place_table import percent_text
from napari_crystalseg.widgets.review.thumbnail import SIDE_PX, thumbnail
from napari_crystalseg.widgets.tabs import REVIEW
from napari_crystalseg.widgets.tasks.places import FoundPlaces, find_places

VOXEL_UM = (0.3, 0.4, 0.5)
LONG_MS = 120000


def place(low, size, effect, was=Material.LIQUOR, to=Material.CRYSTAL, reason="edge doubtful") -> Place:
    box = tuple(slice(a, a + n) for a, n in zip(low, size, strict=True))
    return Place(box, np.ones(size, bool), int(was), to, tuple(low), VOXEL_UM, 0.5, effect, reason)


def places() -> PlaceList:
    found = (
        place((4, 6, 7), (1, 8, 10), 4.0),
        place((6, 4, 7), (4, 2, 10), 2.0),
        place((2, 2, 2), (1, 1, 1), 0.001, to=None, reason="cut at edge"),
    )
    return PlaceList(found, StopLine(0.5, 0.1, 0.0, 0.0, None))


@pytest.fixture
def reviewing(labelled):
    """The dock in the stage Review, with three places found."""
    labelled.tabs.setCurrentIndex(REVIEW)
    labelled.review._found(labelled.session.labels, labelled.session.image, FoundPlaces(places(), None))
    return labelled


def point(viewer, layer):
    """Voxel of a layer that the canvas shows."""
    return tuple(round(value) for value in layer.world_to_data(viewer.dims.point))


def test_it_opens_on_the_worst_place(reviewing, viewer):
    session = reviewing.session
    assert session.review.at == 0
    assert point(viewer, session.labels) == (4, 6, 7)
    assert reviewing.review.table.currentRow() == 0
    assert "2 % of A at stake" in reviewing.bar.message.text()


def test_keys_go_on_and_back_and_tick(reviewing, viewer):
    session, stage = reviewing.session, reviewing.review
    layer = session.labels
    press = {str(key): action for key, action in layer.keymap.items()}
    press["N"](layer)
    assert session.review.at == 1 and point(viewer, layer) == (6, 4, 7)
    press["Shift+N"](layer)
    assert session.review.at == 0
    press["Space"](layer)
    assert session.review.places.done == {0} and session.review.at == 1
    assert session.review.verdicts == {0: Verdict.RIGHT}
    assert stage.table.item(0, 1).checkState().value == 2
    press["N"](layer)
    assert session.review.at == 2
    press["N"](layer)  # from the last open one to the first
    assert session.review.at == 1


def test_the_place_is_outlined_where_it_is(reviewing, viewer):
    session, mark = reviewing.session, reviewing.review.mark
    layer = mark.layer
    assert layer.visible and layer.units == session.labels.units and layer.contour == 1
    inside = np.zeros(session.labels.data.shape, bool)
    for voxel in np.argwhere(layer.data == 1):
        at = session.labels.world_to_data(layer.data_to_world(voxel))
        np.testing.assert_allclose(at, np.round(at), atol=1e-6)
        inside[tuple(np.round(at).astype(int))] = True
    # The line runs about the place, whose own voxels are to be seen: they share no face with what is outside.
    place = np.zeros_like(inside)
    place[4, 6:14, 7:17] = True
    assert inside[place].all() and inside[4, 5, 7] and inside[3, 6, 7] and not inside[4, 5, 6]
    assert inside.sum() == 80 + 2 * 80 + 2 * (8 + 10)
    assert viewer.layers.selection.active is session.labels
    reviewing.review.go_to(2)
    assert layer.data.shape == (5, 5, 5) and layer.data.sum() == 7
    viewer.layers.remove(session.labels)
    assert not layer.visible


@pytest.mark.parametrize(
    ("scale", "rotate"), [((0.3, -0.4, 0.5), None), ((-0.3, 0.4, -0.5), None), ((0.3, 0.4, 0.5), (90, 0, 0))]
)
def test_places_of_labels_that_are_flipped_or_turned_are_where_they_are_seen(labelled, viewer, truth, scale, rotate):
    """Places are of the labels as they are seen: the crystal's own place is gone to, outlined and drawn as crystal."""
    turn = {} if rotate is None else {"rotate": rotate}
    layer = viewer.add_labels(truth.data.copy(), scale=scale, units=("um",) * 3, translate=(5, 6, 7), **turn)
    labelled.session.image = None
    labelled.session.labels = layer
    seen = labels_of(layer)
    box = tuple(slice(int(a), int(b)) for a, b in zip(*corners(seen.data == Material.LOOP), strict=True))
    mask = seen.data[box] == Material.LOOP
    centre = tuple(int(n) + side.start for n, side in zip(np.argwhere(mask)[0], box, strict=True))
    of_loop = Place(box, mask, 2, 1, centre, seen.voxel_size_um, 0.5, 1.0, "loop fragment")
    found = PlaceList((of_loop,), StopLine(0.5, 0.1, 0.0, 0.0, None))
    labelled.review._found(layer, None, FoundPlaces(found, None))
    assert layer.data[point(viewer, layer)] == Material.LOOP
    mark = labelled.review.mark.layer
    marked = np.zeros(truth.data.shape, bool)
    for voxel in np.argwhere(mark.data == 1):
        marked[tuple(np.round(layer.world_to_data(mark.data_to_world(voxel))).astype(int))] = True
    assert marked[truth.data == Material.LOOP].all()
    assert mark.data.sum() == marked.sum() < 2.5 * mask.sum()
    colours = thumbnail(of_loop, seen.data).toImage()
    assert labelled.review.table.item(0, 0).icon().pixmap(SIDE_PX).toImage() == colours


def corners(mask):
    inside = np.argwhere(mask)
    return inside.min(axis=0), inside.max(axis=0) + 1


@pytest.mark.parametrize("kind", ["dask", "zarr", "int64"])
def test_places_of_labels_of_any_origin_are_listed(labelled, viewer, truth, kind):
    data = truth.data.astype(np.int64) if kind == "int64" else truth.data
    if kind == "dask":
        import dask.array as da

        data = da.from_array(data, chunks=8)
    elif kind == "zarr":
        import zarr

        data = zarr.array(data, chunks=(8, 8, 8))
    layer = viewer.add_labels(data, scale=VOXEL_UM, units=("um",) * 3)
    labelled.session.labels = layer
    labelled.review._found(layer, None, FoundPlaces(places(), None))
    assert labelled.review.table.rowCount() == 3 and labelled.session.review.at == 0
    assert point(viewer, layer) == (4, 6, 7)
    labelled.review.accept_button.click()  # these cannot be edited as they are, which is said
    assert "cannot be edited" in labelled.bar.message.text()


def test_places_that_are_found_after_teaching_leave_the_view_with_the_strokes(reviewing, viewer):
    session, stage = reviewing.session, reviewing.review
    stage.next()
    viewer.dims.set_point(0, session.labels.data_to_world((9, 0, 0))[0])
    here = point(viewer, session.labels)
    shown = tuple(viewer.camera.center)
    stage._found(session.labels, session.image, FoundPlaces(places(), None), stay=True)
    assert point(viewer, session.labels) == here and tuple(viewer.camera.center) == shown
    assert session.review.at is None and len(session.review.places) == 3 and not stage.mark.layer.visible
    assert "3 places to look at now: N goes to the worst." in reviewing.bar.message.text()
    session.labels.keymap[next(key for key in session.labels.keymap if str(key) == "N")](session.labels)
    assert session.review.at == 0 and point(viewer, session.labels) == (4, 6, 7)


def test_teaching_asks_for_places_that_leave_the_view(reviewing, monkeypatch):
    asked = []
    monkeypatch.setattr(
        type(reviewing.review), "find_places", lambda stage, *given, **named: asked.append((given, named))
    )
    before = reviewing.session.review
    reviewing.review.teaching._find_again(before)
    assert asked == [((before,), {"stay": True})]


def test_the_suggestion_is_one_edit_that_undo_takes_back(reviewing):
    session, stage = reviewing.session, reviewing.review
    before = session.labels.data.copy()
    stage.accept()
    changed = session.labels.data != before
    assert np.count_nonzero(changed) == 80 and (session.labels.data[changed] == Material.CRYSTAL).all()
    assert session.review.verdicts == {0: Verdict.MENDED}
    assert edits_of(session.labels).edited.timeline.edits[-1].name == "Suggestion: edge doubtful"
    session.labels.undo()
    np.testing.assert_array_equal(session.labels.data, before)


def test_where_nothing_is_suggested_it_says_so(reviewing):
    stage = reviewing.review
    stage.go_to(2)
    stage.accept_button.click()
    assert "Nothing better is known" in reviewing.bar.message.text()
    assert reviewing.session.review.places.done == frozenset()


def test_a_stroke_over_a_place_mends_it(reviewing):
    session = reviewing.session
    layer = session.labels
    layer.n_edit_dimensions, layer.brush_size, layer.mode = 2, 8, "paint"
    with layer.block_history():
        layer.paint((4, 9, 11), int(Material.CRYSTAL))
    assert session.review.verdicts == {0: Verdict.MENDED}


def test_a_place_is_open_again_when_its_mending_is_taken_back(reviewing):
    session, stage = reviewing.session, reviewing.review
    stage.accept()
    assert session.review.places.done == {0}
    session.labels.undo()
    assert session.review.places.done == frozenset() and session.review.verdicts == {}
    session.labels.redo()
    assert session.review.verdicts == {0: Verdict.MENDED}
    # What was ticked by hand is not ours to take away.
    stage.go_to(1)
    stage.right()
    session.labels.undo()
    assert session.review.verdicts == {1: Verdict.RIGHT}


def test_several_small_strokes_mend_a_place_together(reviewing):
    session = reviewing.session
    edits = edits_of(session.labels)
    for row in range(6, 9):
        assert session.review.places.done == (frozenset() if row < 8 else {0})
        edits.apply((slice(4, 5), slice(row, row + 1), slice(7, 17)), Material.CRYSTAL, "Brush")
    assert session.review.verdicts == {0: Verdict.MENDED}


def test_what_was_seen_to_stays_ticked_when_places_are_looked_for_again(reviewing, qtbot, monkeypatch):
    session, stage = reviewing.session, reviewing.review
    stage.right()
    stage.accept()
    first = session.review.seen_to()
    assert [verdict for _, verdict in first] == [Verdict.RIGHT, Verdict.MENDED]
    for _ in range(2):  # not the first time alone
        before = session.review
        stage.find_button.click()
        qtbot.waitUntil(lambda before=before: session.review is not before and not session.busy, timeout=LONG_MS)
        assert session.review.seen_to() == first
    protected = edits_of(session.labels).policy
    assert protected.limits_anything and "ticked" in stage.tools.policy.sentence.text()


def test_ticks_of_the_table_are_those_of_the_review(reviewing):
    from qtpy.QtCore import Qt

    session, table = reviewing.session, reviewing.review.table
    table.item(1, 1).setCheckState(Qt.CheckState.Checked)
    assert session.review.places.done == {1}
    table.item(1, 1).setCheckState(Qt.CheckState.Unchecked)
    assert session.review.places.done == frozenset()
    table.setCurrentCell(1, 1)
    assert session.review.at == 1


def test_other_labels_have_no_places_yet(reviewing, viewer):
    session = reviewing.session
    first = session.labels
    viewer.layers.remove(first)
    assert session.review is None and reviewing.review.table.rowCount() == 0
    assert "Space" not in {str(key) for key in first.keymap}


def test_places_are_found_in_the_worker(labelled, qtbot, monkeypatch):
    """Without a volume there is no network to ask, which is said."""
    session, stage = labelled.session, labelled.review
    monkeypatch.setattr(review_stage, "find_places", find_places)
    session.image = None
    stage.find_button.click()
    qtbot.waitUntil(lambda: session.review is not None, timeout=LONG_MS)
    assert len(session.review.places) > 0 and session.review.at == 0
    assert "Cannot say what remains" in stage.stop_line.text()
    assert "The network was not asked" in stage.remarks.text()


def test_pictures_are_square_and_show_the_place(qtbot):
    labels = np.zeros((10, 40, 20), np.uint8)
    labels[:, 10:30, 5:15] = Material.CRYSTAL
    picture = thumbnail(place((5, 10, 5), (1, 5, 5), 1.0, Material.CRYSTAL, Material.LIQUOR), labels)
    assert (picture.width(), picture.height()) == (SIDE_PX, SIDE_PX)
    image = picture.toImage()
    colours = {image.pixelColor(x, y).name() for x in range(SIDE_PX) for y in range(SIDE_PX)}
    assert "#ffffff" in colours and len(colours) >= 3


@pytest.mark.parametrize(("percent", "text"), [(0.0, "< 0.01 %"), (0.034, "0.03 %"), (12.34, "12.3 %")])
def test_what_is_at_stake_is_a_short_number(percent, text):
    assert percent_text(percent) == text


def test_places_that_were_ticked_as_right_are_kept_from_edits(reviewing):
    session, stage = reviewing.session, reviewing.review
    stage.right()
    edits = edits_of(session.labels)
    right = session.review.places.places[0]
    before = session.labels.data.copy()
    edits.apply(np.ones(before.shape, bool), Material.OTHER, "Tool")
    np.testing.assert_array_equal(session.labels.data[right.box], before[right.box])
    assert (session.labels.data == Material.OTHER).sum() == before.size - right.mask.sum()
    assert "ticked" in stage.tools.policy.sentence.text()
    session.labels.undo()
    stage._tick(0, False)
    assert not edits.policy.limits_anything
