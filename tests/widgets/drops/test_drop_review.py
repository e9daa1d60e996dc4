"""The review of one drop: what is painted moves the point, what is dragged stays, what is accepted is there again."""

from __future__ import annotations

import csv
import json
import time
import warnings as python_warnings
from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import Qt

from helpers import drawn_drops
from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.files.chimp.positions import read_chimp_positions
from napari_crystalseg.drops.files.coco.reading import read_coco
from napari_crystalseg.drops.objects import CRYSTAL, DROP
from napari_crystalseg.drops.review import DropReviews
from napari_crystalseg.drops.review.place_check import check_dispensing_place
from napari_crystalseg.widgets.drops.review.drop_layers import (
    BOXES,
    CENTROIDS,
    CRYSTAL_LABELS,
    DROP_LABELS,
    IMAGE,
    POINT,
    scale_bar_of,
)

Key = Qt.Key


def point(viewer) -> tuple[float, float]:
    row, column = viewer.layers[POINT].data[0]
    return float(row), float(column)


def stroke(layer, row, column, size=14):
    """Paint a square as napari's brush does, in one stroke."""
    with layer.block_history():
        for at in range(row, row + size):
            layer.data_setitem((np.full(size, at), np.arange(column, column + size)), layer.selected_label)


def clear_of(widget, place):
    return check_dispensing_place(widget.reviewer.followed.objects, place).clearance_px


def test_what_was_found_is_shown(second, viewer):
    layers = viewer.layers
    assert np.unique(layers[CRYSTAL_LABELS].data).tolist() == [0, 1]
    assert layers[DROP_LABELS].data[10:80, 10:110].all()
    assert [list(map(tuple, box[[0, 2]])) for box in layers[BOXES].data] == [[(29.5, 29.5), (41.5, 41.5)]]
    assert layers[BOXES].features["score"].tolist() == ["0.80"]
    assert layers[CENTROIDS].data.tolist() == [[35.5, 35.5]]
    best = second.reviewer.followed.best_px
    assert point(viewer) == best and "Best place" in second.box.place.text()
    assert not second.box.back_button.isEnabled()
    assert tuple(layers[IMAGE].scale) == (1.0, 1.0) and " px clear" in second.box.place.text()
    assert (second.box.pixel_size.text(), second.box.pixel_note.text()) == ("not known", "type it for µm")


def test_painting_moves_the_point_at_once_and_undo_moves_it_back(second, viewer, qtbot):
    layer = viewer.layers[CRYSTAL_LABELS]
    before = point(viewer)
    second.box.tools.buttons["Paint crystal"].click()
    assert (
        viewer.layers.selection.active is layer and str(layer.mode) == "paint" and layer.selected_label == 3
    )  # 2 is hidden
    stroke(layer, int(before[0]) - 7, int(before[1]) - 7)
    qtbot.waitUntil(lambda: point(viewer) != before, timeout=30000)
    assert layer.data[tuple(int(at) for at in point(viewer))] == 0
    qtbot.waitUntil(lambda: len(viewer.layers[BOXES].data) == 2, timeout=30000)
    assert sorted(viewer.layers[BOXES].features["score"]) == ["0.80", "by hand"]
    layer.undo()
    qtbot.waitUntil(lambda: point(viewer) == before and len(viewer.layers[BOXES].data) == 1, timeout=30000)
    second.box.tools.buttons["Erase"].click()
    layer.fill((35, 35), 0)
    qtbot.waitUntil(lambda: len(viewer.layers[BOXES].data) == 0, timeout=30000)


def test_a_dragged_point_stays_until_it_is_put_back(second, viewer, qtbot):
    best = point(viewer)
    second.box.pixel_size.setValue(2.0)
    second.box.tools.buttons["Move point"].click()
    assert viewer.layers.selection.active is viewer.layers[POINT]
    viewer.layers[POINT].data = [[20.0, 90.0]]
    qtbot.waitUntil(lambda: "By hand" in second.box.place.text(), timeout=30000)
    assert "22 µm clear" in second.box.place.text()
    stroke(viewer.layers[CRYSTAL_LABELS], 50, 90)
    qtbot.waitUntil(lambda: second.reviewer.followed.best_px != best, timeout=30000)
    assert point(viewer) == (20.0, 90.0)
    for place, said in (((35.0, 35.0), "in a crystal"), ((3.0, 3.0), "outside the drop")):
        viewer.layers[POINT].data = [place]
        qtbot.waitUntil(lambda said=said: said in second.box.place.text(), timeout=30000)
        assert second.box.place.property("level") == "warning"
    second.box.back_button.click()
    qtbot.waitUntil(lambda: "Best place" in second.box.place.text(), timeout=30000)
    assert point(viewer) == second.reviewer.followed.best_px and second.box.place.property("level") is None


def test_points_that_are_added_or_deleted(second, viewer, qtbot):
    best = point(viewer)
    viewer.layers[POINT].add([[15.0, 60.0]])
    qtbot.waitUntil(lambda: second.reviewer.opened.by_hand_px == (15.0, 60.0), timeout=30000)
    assert len(viewer.layers[POINT].data) == 1
    viewer.layers[POINT].data = np.zeros((0, 2))
    qtbot.waitUntil(lambda: len(viewer.layers[POINT].data) == 1 and point(viewer) == best, timeout=30000)
    assert second.reviewer.opened.by_hand_px is None


def test_the_score_leaves_edits_alone(second, viewer, qtbot):
    stroke(viewer.layers[CRYSTAL_LABELS], 15, 90, 5)
    second.box.score.setValue(20)
    qtbot.waitUntil(lambda: len(viewer.layers[BOXES].data) == 3, timeout=30000)
    second.box.score.setValue(95)
    qtbot.waitUntil(lambda: viewer.layers[BOXES].features["score"].tolist() == ["by hand"], timeout=30000)
    assert not viewer.layers[DROP_LABELS].data.any() and "no drop" in second.box.place.text()
    second.box.score.setValue(60)
    qtbot.waitUntil(lambda: len(viewer.layers[BOXES].data) == 2, timeout=30000)


def test_accepted_is_kept_and_there_again(second, viewer, folder, qtbot, warnings):
    stroke(viewer.layers[CRYSTAL_LABELS], 50, 80, 9)
    viewer.layers[POINT].data = [[20.0, 60.0]]
    qtbot.waitUntil(lambda: "By hand" in second.box.place.text(), timeout=30000)
    qtbot.keyClick(second.plate, Key.Key_2)
    assert second.box.classes.buttons["crystals"].isChecked()
    qtbot.keyClick(second.plate, Key.Key_Space)
    assert second.plate.current == 2 and second.entries[1].accepted and "1 accepted" in second.title.text()
    assert second.entries[1].look.letter == "X" and "Accepted as crystals." in second.plate.looks[1].tip
    file = folder / "drop-reviews" / "A01b.png.review-1.json"
    record = json.loads(file.read_text())
    assert record["accepted"] and record["class"] == "crystals" and record["dispensing_point_by_hand"]
    assert len(record["automatic"]["objects"]["objects"]) == 3 and record["saved_at"].endswith("Z")
    review = DropReviews().newest(folder / "A01b.png")
    assert [one.score for one in review.objects.of_kind(CRYSTAL)] == [1.0, 0.8]
    assert len(review.objects.of_kind(DROP)) == 1

    second.open_paths([folder])
    qtbot.waitUntil(lambda: "1 were reviewed" in second.job_bar.message.text(), timeout=30000)
    assert second.entries[1].accepted and second.entries[1].crystals == 2
    second.open_drop(1)
    qtbot.waitUntil(lambda: second.reviewer.followed is not None, timeout=30000)
    assert point(viewer) == (20.0, 60.0) and len(viewer.layers[BOXES].data) == 2
    second.open_drop(0)
    assert [path.name for path in file.parent.iterdir()] == [file.name]  # nothing was changed
    assert warnings == []


def test_what_is_begun_is_kept_on_leaving_and_on_closing(second, viewer, folder, qtbot):
    stroke(viewer.layers[CRYSTAL_LABELS], 50, 80, 9)
    second.open_drop(2)
    assert second.entries[1].begun and not second.entries[1].accepted
    qtbot.waitUntil(lambda: second.reviewer.followed is not None, timeout=30000)
    second.reviewer.choose_class("other")
    viewer.layers.clear()  # as napari does before its window goes
    second.close()
    kept = DropReviews()
    assert not kept.newest(folder / "A01b.png").accepted and kept.newest(folder / "A01b.png").objects_by_hand
    assert kept.newest(folder / "A02a.png").drop_class == "other" and kept.newest(folder / "A01a.png") is None


def test_networks_and_sizes_that_come_later_leave_what_was_accepted(second, folder, qtbot):
    second.accept()
    qtbot.waitUntil(lambda: second.reviewer.opened is not None, timeout=30000)
    second.classify_button.click()
    qtbot.waitUntil(lambda: all(entry.probabilities for entry in second.entries), timeout=30000)
    second.open_drop(1)
    qtbot.waitUntil(lambda: second.reviewer.followed is not None, timeout=30000)
    second.box.pixel_size.setValue(3.0)
    second.open_drop(0)
    assert second.entries[1].accepted and not second.entries[1].begun
    assert [path.name for path in (folder / "drop-reviews").iterdir()] == ["A01b.png.review-1.json"]
    second.open_drop(1)
    qtbot.waitUntil(lambda: second.reviewer.followed is not None, timeout=30000)
    second.reviewer.choose_class("other")
    second.open_drop(0)
    assert second.entries[1].begun and DropReviews().newest(folder / "A01b.png").drop_class == "other"


def test_other_pixels_have_no_review(second, folder, qtbot, warnings):
    second.accept()
    from PIL import Image

    Image.fromarray(drawn_drops.drawn_drop(((20, 70, 9),))).save(folder / "A01b.png")
    second.open_drop(1)
    qtbot.waitUntil(lambda: warnings != [], timeout=30000)
    assert "A01b.png changed since it was reviewed" in warnings[0] and not second.entries[1].accepted


def test_detections_come_below_what_was_drawn_meanwhile(widget, folder, viewer, qtbot):
    widget.follower.task = drawn_drops.detect_slowly
    widget.open_paths([folder])
    qtbot.waitUntil(lambda: widget.reviewer.opened is not None, timeout=30000)
    widget.open_drop(1)
    qtbot.waitUntil(lambda: widget.reviewer.opened is not None, timeout=30000)
    assert widget.reviewer.opened.found is None
    stroke(viewer.layers[CRYSTAL_LABELS], 50, 80, 9)
    qtbot.waitUntil(lambda: len(viewer.layers[BOXES].data) == 2, timeout=30000)
    assert sorted(viewer.layers[BOXES].features["score"]) == ["0.80", "by hand"]


def test_layers_that_were_deleted_come_again(second, viewer, qtbot):
    viewer.layers.remove(viewer.layers[CRYSTAL_LABELS])
    viewer.layers.remove(viewer.layers[POINT])
    second.box.score.setValue(30)
    second.open_drop(3)
    qtbot.waitUntil(lambda: POINT in viewer.layers and len(viewer.layers[POINT].data) == 1, timeout=30000)
    assert CRYSTAL_LABELS in viewer.layers


def test_marks_and_brush_are_of_the_size_of_the_image(second, viewer, folder, qtbot):
    from PIL import Image

    small = viewer.layers[POINT].current_size
    Image.fromarray(drawn_drops.drawn_drop()).resize((1200, 900), 0).save(folder / "A02a.png")
    second.open_drop(2)
    qtbot.waitUntil(lambda: viewer.layers[CRYSTAL_LABELS].data.shape == (900, 1200), timeout=30000)
    assert viewer.layers[POINT].current_size == pytest.approx(10 * small)
    assert viewer.layers[CRYSTAL_LABELS].brush_size == 20


def test_the_size_of_a_pixel_is_typed(second, viewer, qtbot):
    camera = getattr(viewer, "scene", viewer).camera
    zoom = camera.zoom
    best = point(viewer)
    clear = clear_of(second, best)
    assert f"{clear:.0f} px clear" in second.box.place.text()
    second.box.pixel_size.setValue(3.0)
    assert f"{3 * clear:.0f} µm clear" in second.box.place.text() and second.box.pixel_note.text() == "typed"
    assert {tuple(layer.scale) for layer in viewer.layers} == {(3.0, 3.0)}
    assert camera.zoom == pytest.approx(zoom / 3) and camera.center[1:] == pytest.approx((3 * 44.5, 3 * 59.5))
    assert {str(unit) for layer in viewer.layers for unit in layer.units} == {"micrometer"}
    second.accept()
    review = DropReviews().newest(second.entries[1].path)
    assert (review.pixel_size_um, review.pixel_size_assumed) == (3.0, False)


def test_that_of_chimps_images_is_assumed(widget, tmp_path, qtbot):
    from PIL import Image

    Image.fromarray(np.zeros((1024, 1224), np.uint8)).save(tmp_path / "one.png")
    widget.open_paths([tmp_path / "one.png"])
    qtbot.waitUntil(lambda: widget.reviewer.opened is not None, timeout=30000)
    assert widget.box.pixel_size.value() == 2.837 and widget.box.pixel_note.text() == "assumed (CHiMP's)"
    widget.reviewer.choose_class("clear")
    widget.accept()
    assert DropReviews().newest(tmp_path / "one.png").pixel_size_assumed


def test_all_is_exported_and_read_back(second, tmp_path, qtbot, warnings):
    second.box.pixel_size.setValue(2.0)
    second.reviewer.choose_class("crystals")
    second.accept()
    out = tmp_path / "out"
    second.export(out, ["positions", "classes", "coco", "masks"], True)
    qtbot.waitUntil(lambda: "Wrote" in second.job_bar.message.text(), timeout=30000)
    (row,) = read_chimp_positions(out / "echo.csv")
    assert Path(row.path).name == "A01b.png" and row.crystals
    review = DropReviews().newest(second.entries[1].path)
    expected = [(review.place_px[0] - 45) * 2.0, (review.place_px[1] - 60) * 2.0]
    assert row.offset_um == pytest.approx(expected, abs=1.0)
    assert len(read_coco(out / "outlines.json")[0].objects.objects) == 2
    assert [row["class"] for row in csv.DictReader((out / "classes.csv").open())] == ["crystals"]
    second.export(out, ["coco"], True)
    qtbot.waitUntil(lambda: len(warnings) == 1, timeout=30000)
    assert "outlines.json is there already" in warnings[0]
    second.detect_all_button.click()
    qtbot.waitUntil(lambda: all(entry.packed is not None for entry in second.entries), timeout=30000)
    qtbot.waitUntil(lambda: not second.job_bar.progress.isVisible(), timeout=30000)
    second.export(tmp_path / "all", ["positions", "coco"], False)
    qtbot.waitUntil(lambda: "Wrote" in second.job_bar.message.text(), timeout=30000)
    assert [row.crystals for row in read_chimp_positions(tmp_path / "all" / "echo.csv")] == [False, True] * 3


def test_an_edit_of_a_large_drop_is_followed_quickly():
    from napari_crystalseg.drops.objects import DropObject, DropObjects
    from napari_crystalseg.io.drop_images import DropImage
    from napari_crystalseg.widgets.drops.review.opened_drop import OpenedDrop

    shape = (1024, 1224)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    disc = np.hypot(rows - 512, columns - 612) < 450
    random = np.random.default_rng(0)
    blocks = [
        DropObject(CRYSTAL, np.ones((40, 40), bool), tuple(int(at) for at in random.integers(250, 750, 2)), 0.9)
        for _ in range(30)
    ]
    found = DropObjects(shape, (DropObject(DROP, disc, (0, 0), 0.9), *blocks))
    opened = OpenedDrop(0, DropImage(np.zeros((*shape, 3), np.uint8)), found, 0.6)
    crystals, drops = opened.crystals.labels, opened.drops.labels
    crystals[600:640, 300:340] = 77
    opened.followed(crystals, drops, None)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        opened.followed(crystals, drops, None)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.3, took  # 0.05 s on a quiet machine


def test_classes_have_buttons(second, qtbot):
    for name in DROP_CLASSES:
        qtbot.mouseClick(second.box.classes.buttons[name], Qt.MouseButton.LeftButton)
        assert second.entries[1].drop_class == name
        assert [one for one, button in second.box.classes.buttons.items() if button.isChecked()] == [name]


def test_reviews_are_kept_where_they_are_asked_to(second, tmp_path, folder, qtbot):
    second.keep_reviews_in(tmp_path / "elsewhere")
    second.accept()
    assert not (folder / "drop-reviews").exists() and len(list((tmp_path / "elsewhere").iterdir())) == 1
    assert "elsewhere" in second.reviews_label.text() and second.entries[1].accepted


def test_a_class_that_the_outlines_gainsay_is_told(second, viewer, qtbot):
    entry, box = second.entries[1], second.box
    second.reviewer.choose_class("clear")
    assert (
        box.contradiction.isVisible() and box.contradiction.text() == "Crystals are outlined, but the class is clear."
    )
    assert box.contradiction.property("level") is None and not second.plate.looks[1].warned
    assert "Crystals are outlined" in second.plate.looks[1].tip
    second.reviewer.choose_class("crystals")
    assert not box.contradiction.isVisible()
    box.score.setValue(95)
    qtbot.waitUntil(lambda: second.plate.looks[1].warned, timeout=30000)
    assert "no crystal is outlined" in box.contradiction.text() and box.contradiction.property("level") == "warning"
    assert "no crystal is outlined" in second.plate.looks[1].tip and "1 to look at" in second.title.text()
    stroke(viewer.layers[CRYSTAL_LABELS], 15, 90, 5)
    qtbot.waitUntil(lambda: not second.plate.looks[1].warned, timeout=30000)
    assert entry.warning == "" and not box.contradiction.isVisible() and "to look at" not in second.title.text()


def test_where_nobody_looked_no_crystals_are_missed(widget, tmp_path, qtbot):
    widget.by_itself.setChecked(False)
    drawn_drops.write_plate(tmp_path / "plate", ["A01a"])
    widget.open_paths([tmp_path / "plate"])
    qtbot.waitUntil(lambda: widget.reviewer.followed is not None, timeout=30000)
    widget.reviewer.choose_class("crystals")
    widget.accept()
    assert widget.entries[0].accepted and widget.entries[0].crystals is None and widget.entries[0].warning == ""


def test_a_drop_that_is_taken_from_under_the_point_is_told(second, viewer, tmp_path, qtbot, warnings):
    viewer.layers[POINT].data = [[20.0, 90.0]]
    qtbot.waitUntil(lambda: "By hand" in second.box.place.text(), timeout=30000)
    assert not second.plate.looks[1].warned
    drop = viewer.layers[DROP_LABELS]
    with drop.block_history():
        drop.data_setitem(np.nonzero(np.arange(120)[None] + np.zeros((90, 1), int) > 70), 0)
    qtbot.waitUntil(lambda: second.plate.looks[1].warned, timeout=30000)
    assert "outside the drop" in second.box.place.text() and "outside the drop" in second.plate.looks[1].tip
    second.accept()
    second.open_paths([second.entries[1].path.parent])  # as read from its file
    qtbot.waitUntil(lambda: "1 were reviewed" in second.job_bar.message.text(), timeout=30000)
    assert (
        second.entries[1].warning == "The dispensing point lies outside the drop."
        and "1 to look at" in second.title.text()
    )
    second.export(tmp_path / "out", ["positions"], True)
    qtbot.waitUntil(lambda: len(warnings) == 1, timeout=30000)
    assert "Wrote 3 files" in warnings[0]
    assert "A01b.png: the dispensing point lies outside the drop; exported all the same." in warnings[0]


def test_the_scale_bar_is_shown_without_a_warning(qtbot, viewer):
    from types import SimpleNamespace

    with python_warnings.catch_warnings():
        python_warnings.simplefilter("error")
        scale_bar_of(viewer).visible = True
    overlays = getattr(getattr(viewer, "canvas", viewer), "overlays", None)
    assert (viewer.scale_bar if overlays is None else overlays.scale_bar).visible
    earlier = SimpleNamespace(scale_bar=SimpleNamespace(visible=False))  # before 0.9
    assert scale_bar_of(earlier) is earlier.scale_bar
