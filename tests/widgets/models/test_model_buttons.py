"""Models in the stage Segment: offered by name, installed, and their cards."""

from __future__ import annotations

import json
import shutil

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QFileDialog, QInputDialog

from helpers.untrained_model import write_untrained_model
from napari_crystalseg.segmentation.model_folders.model_registry import ModelRegistry
from napari_crystalseg.widgets.models.model_choice import BUNDLED, CHOOSE

LONG_MS = 240_000
"""A worker that starts on a busy machine."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_untrained_model(tmp_path_factory.mktemp("models") / "tiny", limits=["It was never trained."])


def finished(dock, qtbot):
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)


def offered(choice):
    return [choice.itemText(number) for number in range(choice.count())]


def test_installed_models_are_offered_by_name(loaded, tiny):
    choice = loaded.segment.model
    assert offered(choice) == [BUNDLED, CHOOSE]
    registry = ModelRegistry.of_user()
    model, _ = registry.install(tiny)
    broken = shutil.copytree(tiny, registry.places[0] / "broken")
    (broken / "plans.json").write_text("{")
    choice.refresh()
    assert offered(choice) == [BUNDLED, "broken (cannot be used)", "tiny", CHOOSE]
    assert not choice.model().item(1).isEnabled() and "is not JSON" in choice.itemData(1, Qt.ItemDataRole.ToolTipRole)
    choice.choose(model.path)
    assert (choice.currentText(), choice.folder()) == ("tiny", str(model.path))
    registry.remove("tiny")
    choice.refresh()
    # What is chosen stays to be seen; segmenting says that it is gone.
    assert choice.folder() == str(model.path)


def test_archive_is_installed_and_chosen(loaded, tiny, tmp_path, monkeypatch, qtbot):
    archive = shutil.make_archive(str(tmp_path / "a"), "zip", tiny.parent, tiny.name)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *arguments: (archive, ""))
    monkeypatch.setattr(QInputDialog, "getText", lambda *arguments: (" i23 ", True))
    loaded.segment.model_buttons._ask_for_archive()
    finished(loaded, qtbot)
    assert loaded.segment.model.currentText() == "i23"
    assert "Installed the model 'i23'" in loaded.bar.message.text()
    assert ModelRegistry.of_user().find("i23").origin == "installed"


def test_refusals_are_sentences_in_the_words_of_the_dock(loaded, tiny, tmp_path, qtbot):
    buttons = loaded.segment.model_buttons
    ModelRegistry.of_user().install(tiny)
    buttons.install(tiny)
    finished(loaded, qtbot)
    assert "is installed already" in loaded.bar.message.text() and "--" not in loaded.bar.message.text()
    (tmp_path / "no archive").write_text("")
    buttons.install(tmp_path / "no archive")
    finished(loaded, qtbot)
    assert "is no archive that can be read" in loaded.bar.message.text()
    assert loaded.segment.model.folder() is None


def test_card_says_what_it_was_made_for_and_is_verified(loaded, tiny, qtbot):
    buttons = loaded.segment.model_buttons
    buttons.card_button.click()
    bundled = buttons.card
    # A volume of sixteen slices is for the model of slices.
    assert bundled.windowTitle() == "Model compact2d"
    loaded.segment.choose_model(tiny)
    buttons.card_button.click()
    card = buttons.card
    assert card is not bundled and card.isVisible()
    text = card.text.toPlainText()
    for words in ("What it is", "Where it fails", "It was never trained.", "BSD-3-Clause", "SHA-256"):
        assert words in text
    assert "{" not in text
    qtbot.mouseClick(card.verify_button, Qt.MouseButton.LeftButton)
    finished(loaded, qtbot)
    assert card.text.toPlainText().startswith("Verified")
    assert "is as its card says" in loaded.bar.message.text()
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: buttons.card is None)


def test_card_of_a_damaged_model(loaded, tiny, tmp_path, qtbot):
    folder = shutil.copytree(tiny, tmp_path / "copy")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "sha256": "0" * 64, "data": "<b>bold</b>"}))
    loaded.segment.choose_model(folder)
    loaded.segment.model_buttons.card_button.click()
    shown = loaded.segment.model_buttons.card
    assert "<b>bold</b>" in shown.text.toPlainText()
    shown.verify_button.click()
    finished(loaded, qtbot)
    assert "the weights are not those" in loaded.bar.message.text()
    shown.close()
    (folder / "plans.json").unlink()
    loaded.segment.model_buttons.card_button.click()
    assert "has no plans.json" in loaded.bar.message.text()


def test_card_fits_a_small_screen_and_opens_no_second_window(loaded, qtbot):
    buttons = loaded.segment.model_buttons
    buttons.card_button.click()
    buttons.card_button.click()
    qtbot.waitUntil(lambda: len([one for one in buttons.findChildren(QDialog) if one.isVisible()]) == 1)
    assert buttons.card.height() <= 680 and buttons.card.width() <= 600
    assert buttons.minimumSizeHint().width() < 260
