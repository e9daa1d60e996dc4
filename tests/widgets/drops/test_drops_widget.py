"""The widget Drops: a folder, the keyboard through it, classes, and what goes wrong on the way."""

from __future__ import annotations

import shutil

import numpy as np
from PIL import Image
from qtpy.QtCore import Qt

from helpers import drawn_drops
from napari_crystalseg.widgets.drops import drops_widget
from napari_crystalseg.widgets.drops.review.drop_layers import IMAGE, NAMES

Key = Qt.Key


def test_a_folder_is_a_plate(opened, viewer):
    assert [entry.name for entry in opened.entries] == ["A01.1", "A01.2", "A02.1", "B01.1", "B01.2", "H12.1"]
    assert opened.plate.layout_.shape == (8, 12) and opened.plate.layout_.subwells == 2
    assert "6 images, 0 accepted" in opened.title.text()
    assert [layer.name for layer in viewer.layers] == list(NAMES)
    assert opened.box.isEnabled() and opened.box.title() == "A01.1 (120 × 90)"


def test_the_keyboard_goes_through_the_wells(opened, viewer, qtbot):
    for key, number in ((Key.Key_Right, 1), (Key.Key_Down, 4), (Key.Key_N, 5), (Key.Key_P, 4), (Key.Key_Left, 3)):
        qtbot.keyClick(opened.plate, key)
        qtbot.waitUntil(lambda number=number: opened.reviewer.opened is not None, timeout=30000)
        assert opened.plate.current == number and opened.reviewer.opened.number == number
    values = viewer.layers[IMAGE].data
    assert np.array_equal(values, drawn_drops.drawn_drop())


def test_all_are_classified_and_gone_through_by_probability(opened, qtbot):
    opened.classify_button.click()
    qtbot.waitUntil(lambda: all(entry.probabilities for entry in opened.entries), timeout=30000)
    assert [entry.look.letter for entry in opened.entries] == ["C", "X", "C", "X", "C", "X"]
    qtbot.waitUntil(lambda: "Classifying: 6 done" in opened.job_bar.message.text(), timeout=30000)
    assert "90 %" in opened.box.classes.buttons["clear"].text()
    opened.order.setCurrentIndex(1)
    visited = []
    for _ in range(3):
        qtbot.keyClick(opened.plate, Key.Key_X)
        visited.append(opened.plate.current)
    assert visited == [1, 3, 5] or sorted(visited) == [1, 3, 5]


def test_cancel_keeps_what_is_done(opened, qtbot, monkeypatch):
    monkeypatch.setattr(drops_widget, "classify_images", drawn_drops.classify_slowly)
    opened.classify_button.click()
    qtbot.waitUntil(lambda: sum(bool(entry.probabilities) for entry in opened.entries) >= 3, timeout=30000)
    opened.job_bar.cancel_button.click()
    qtbot.waitUntil(lambda: "cancelled" in opened.job_bar.message.text(), timeout=30000)
    done = sum(bool(entry.probabilities) for entry in opened.entries)
    assert 3 <= done < 6 and f"{done} of 6 are done, and stay" in opened.job_bar.message.text()
    monkeypatch.setattr(drops_widget, "classify_images", drawn_drops.classify_by_grey)
    opened.classify_button.click()
    qtbot.waitUntil(lambda: all(entry.probabilities for entry in opened.entries), timeout=30000)
    assert f"Classifying: {6 - done} done" in opened.job_bar.message.text() or opened.job_bar.progress.isVisible()


def test_the_next_drops_are_looked_at_ahead(opened, qtbot):
    qtbot.waitUntil(lambda: opened.entries[1].packed is not None, timeout=30000)
    assert opened.entries[0].crystals == 0 and opened.entries[1].crystals == 1
    assert opened.entries[4].packed is None
    opened.detect_all_button.click()
    qtbot.waitUntil(lambda: all(entry.packed is not None for entry in opened.entries), timeout=30000)
    assert [entry.crystals for entry in opened.entries] == [0, 1, 0, 1, 0, 1]


def test_without_a_detector_one_sentence_is_said_once(widget, folder, qtbot, warnings):
    widget.follower.task = drawn_drops.refuse_to_detect
    widget.open_paths([folder])
    qtbot.waitUntil(lambda: warnings == ["There is no detector in nowhere; name another."], timeout=30000)
    widget.open_drop(2)
    qtbot.waitUntil(lambda: widget.reviewer.opened is not None, timeout=30000)
    qtbot.wait(200)
    assert len(warnings) == 1
    assert "press Detect, or paint" in widget.box.place.text()
    widget.follower.task = drawn_drops.detect_by_grey
    widget.detect_button.click()
    qtbot.waitUntil(lambda: widget.entries[2].packed is not None, timeout=30000)


def test_what_cannot_be_shown_says_why_and_nothing_stops(widget, folder, viewer, qtbot, monkeypatch):
    (folder / "C01a.png").write_bytes(b"")
    (folder / "C02a.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    (folder / "C03a.png").write_text("a letter")
    Image.fromarray(drawn_drops.drawn_drop()).convert("CMYK").save(folder / "D01a.jpg")
    Image.fromarray(np.full((40, 50), 40000, np.uint16)).save(folder / "D02a.png")
    Image.fromarray(np.zeros((5000, 4000), bool)).save(folder / "D03a.png")
    widget.open_paths([folder])
    qtbot.waitUntil(lambda: len(widget.entries) == 12, timeout=30000)
    widget.classify_button.click()
    qtbot.waitUntil(lambda: "cannot be read" in widget.job_bar.message.text(), timeout=30000)
    broken = [entry.name for entry in widget.entries if entry.problem]
    assert broken == ["C01.1", "C02.1", "C03.1"] and all(
        entry.problem.endswith(".") for entry in widget.entries if entry.problem
    )
    for number, entry in enumerate(widget.entries):
        widget.open_drop(number)
        qtbot.waitUntil(lambda entry=entry: entry.problem != "" or widget.reviewer.opened is not None, timeout=30000)
        if entry.name == "C01.1":
            qtbot.waitUntil(lambda: "cannot be shown" in widget.box.title(), timeout=30000)
            assert IMAGE not in viewer.layers and "empty" in widget.box.place.text()
            assert not widget.box.isEnabled()
    assert "3 cannot be read" in widget.title.text()


def test_images_that_vanish_are_told_of(opened, folder, qtbot):
    shutil.rmtree(folder)
    opened.open_drop(3)
    qtbot.waitUntil(lambda: opened.entries[3].problem != "", timeout=30000)
    assert "B01a.png" in opened.entries[3].problem
    opened.accept()
    assert opened.entries[3].accepted is False


def test_what_another_network_said_is_left_out(opened, tmp_path, qtbot, monkeypatch):
    monkeypatch.setattr(drops_widget, "classify_images", drawn_drops.classify_slowly)
    opened.classify_button.click()
    qtbot.waitUntil(lambda: sum(bool(entry.probabilities) for entry in opened.entries) >= 3, timeout=30000)
    opened.classifier.use(tmp_path / "mine.pt")
    qtbot.waitUntil(lambda: "another network was chosen" in opened.job_bar.message.text(), timeout=30000)
    assert not any(entry.probabilities for entry in opened.entries)


def test_another_folder_takes_over_in_the_middle(opened, tmp_path, qtbot, monkeypatch):
    monkeypatch.setattr(drops_widget, "classify_images", drawn_drops.classify_slowly)
    opened.classify_button.click()
    qtbot.waitUntil(lambda: sum(bool(entry.probabilities) for entry in opened.entries) >= 3, timeout=30000)
    drawn_drops.write_plate(tmp_path / "other", ["one", "two", "three"])
    opened.open_paths([tmp_path / "other"])
    qtbot.waitUntil(lambda: len(opened.entries) == 3, timeout=30000)
    assert {entry.name for entry in opened.entries} == {"one.png", "two.png", "three.png"}
    assert opened.plate.layout_.shape == (0, 0) and not any(entry.probabilities for entry in opened.entries)
    qtbot.waitUntil(lambda: not opened.job_bar.progress.isVisible(), timeout=30000)
    assert not any(entry.probabilities for entry in opened.entries)


def test_a_folder_without_images_leaves_what_is_open(opened, tmp_path, qtbot, warnings):
    (tmp_path / "empty").mkdir()
    opened.open_paths([tmp_path / "empty"])
    qtbot.waitUntil(lambda: len(warnings) == 1, timeout=30000)
    assert "empty" in warnings[0] and len(opened.entries) == 6


def test_it_closes_in_the_middle_of_a_job(opened, qtbot, monkeypatch):
    monkeypatch.setattr(drops_widget, "classify_images", drawn_drops.classify_slowly)
    opened.classify_button.click()
    qtbot.waitUntil(lambda: any(entry.probabilities for entry in opened.entries), timeout=30000)
    opened.close()
    qtbot.wait(700)


def test_opening_it_imports_no_network(qtbot, viewer):
    import subprocess
    import sys

    code = (
        "import sys; from napari_crystalseg.widgets.drops import drops_widget; "
        "print([name for name in ('torch', 'torchvision', 'cv2', 'pycocotools', 'PIL.Image') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
