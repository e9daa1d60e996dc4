"""Parts of the widget Drops: what is dropped on the canvas, which network is asked, what is exported."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PIL import Image
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDropEvent
from qtpy.QtWidgets import QFileDialog, QWidget

from helpers import drawn_drops
from napari_crystalseg.errors import InputError
from napari_crystalseg.widgets.drops.canvas_drop import CanvasDrop
from napari_crystalseg.widgets.drops.drop_list import list_drops
from napari_crystalseg.widgets.drops.export_dialog import ExportDialog
from napari_crystalseg.widgets.drops.network_choice import NetworkChoice
from napari_crystalseg.widgets.queue.file_drop import FileDrop


def drop_on(watch, widget, *paths):
    """As Qt delivers it once a drag has entered."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )  # fmt: skip
    return watch.eventFilter(widget, event)


def test_the_canvas_hands_over_photographs_alone(qtbot, tmp_path):
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.setAcceptDrops(True)
    taken = []
    watch = CanvasDrop(SimpleNamespace(window=SimpleNamespace(_qt_viewer=canvas)), taken.append)
    drawn_drops.write_plate(tmp_path / "plate", ["A01a"])
    (tmp_path / "scan").mkdir()
    (tmp_path / "scan" / "projection.tif").write_bytes(b"II*\0")
    (tmp_path / "volume.tif").write_bytes(b"II*\0")
    drop_on(watch, canvas, tmp_path / "plate")
    drop_on(watch, canvas, tmp_path / "scan")
    drop_on(watch, canvas, tmp_path / "plate" / "A01a.png", tmp_path / "volume.tif")
    drop_on(watch, canvas, tmp_path / "plate" / "A01a.png")
    assert taken == [[tmp_path / "plate"], [tmp_path / "plate" / "A01a.png"]]
    watch.close()
    drop_on(watch, canvas, tmp_path / "plate")
    assert len(taken) == 2
    CanvasDrop(SimpleNamespace(), taken.append).close()  # a viewer without a window


def test_a_folder_on_the_widget_is_opened(widget, folder, qtbot):
    drop_on(widget.findChild(FileDrop), widget, folder)
    qtbot.waitUntil(lambda: len(widget.entries) == 6, timeout=30000)


def test_images_may_lie_in_folders_of_wells_or_beside_the_plate(tmp_path):
    for well in ("A01", "A02"):
        drawn_drops.write_plate(tmp_path / "deep" / well, ["overview"])
    found = list_drops([tmp_path / "deep"])
    assert [entry.name for entry in found.entries] == ["A01.1", "A02.1"]
    paths = drawn_drops.write_plate(tmp_path / "flat", ["A01a", "scratch", "B02a"])
    found = list_drops([tmp_path / "flat"])
    assert [(entry.name, entry.place) for entry in found.entries] == [
        ("A01.1", (0, 0, 0)), ("B02.1", (1, 1, 0)), ("scratch.png", None),
    ]  # fmt: skip
    assert len(list_drops(paths[:2]).entries) == 2
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(InputError, match=r"notes\.txt is no image"):
        list_drops([tmp_path / "notes.txt"])


def test_earlier_images_of_a_well_lie_below(tmp_path):
    (tmp_path / "plate").mkdir()
    for day in ("2024-01-01", "2024-01-09"):
        Image.fromarray(drawn_drops.drawn_drop()).save(tmp_path / "plate" / f"A01a_{day}.png")
    found = list_drops([tmp_path / "plate"])
    assert [(entry.path.name, entry.place) for entry in found.entries] == [
        ("A01a_2024-01-09.png", (0, 0, 0)), ("A01a_2024-01-01.png", None),
    ]  # fmt: skip
    assert "several images" in " ".join(found.left_out)


def test_a_network_of_a_file_or_of_the_folder_beside_its_card(qtbot, tmp_path, monkeypatch):
    choice = NetworkChoice("detector")
    qtbot.addWidget(choice)
    assert choice.path is None and "simulated drops alone" in choice.toolTip()
    heard = []
    choice.changed.connect(lambda: heard.append(choice.path))
    weights = tmp_path / "mine" / "weights.pt"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(weights), ""))
    choice.activated.emit(choice.count() - 1)
    weights.parent.mkdir()
    (weights.parent / "card.json").write_text("{}")
    choice.activated.emit(choice.count() - 1)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: ("", ""))
    choice.activated.emit(choice.count() - 1)
    assert heard == [weights, weights.parent] and choice.currentText() == "mine" and choice.count() == 3
    choice.activated.emit(0)
    assert choice.path is None and choice.count() == 2


def test_another_network_starts_afresh(opened, qtbot, tmp_path):
    opened.classify_button.click()
    qtbot.waitUntil(lambda: all(entry.probabilities for entry in opened.entries), timeout=30000)
    opened.classifier.use(tmp_path / "other.pt")
    assert not any(entry.probabilities for entry in opened.entries) and opened.demo_note.isVisible()
    opened.detector.use(tmp_path / "other.pt")
    assert opened.entries[3].packed is None and not opened.demo_note.isVisible()


def test_what_is_exported_is_asked_for(qtbot, tmp_path):
    dialog = ExportDialog(0, 5, tmp_path / "out")
    qtbot.addWidget(dialog)
    assert not dialog.only_accepted and len(dialog.chosen_forms) == 4
    for box in dialog.forms.values():
        box.setChecked(False)
    dialog._accept()
    assert "Tick at least one form" in dialog.note.text() and dialog.result() == 0
    dialog.forms["coco"].setChecked(True)
    dialog._accept()
    assert dialog.result() == 1 and dialog.folder.path() == tmp_path / "out" and dialog.chosen_forms == ["coco"]
    assert ExportDialog(2, 5, tmp_path).only_accepted
