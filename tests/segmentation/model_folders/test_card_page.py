from __future__ import annotations

import pytest

from helpers.untrained_model import write_untrained_model
from napari_crystalseg.segmentation.model_folders.card_page import card_page
from napari_crystalseg.segmentation.model_folders.model_registry import ModelRegistry
from napari_crystalseg.segmentation.model_folders.registered_model import RegisteredModel


def sections(path, origin="by hand"):
    return {section.title: section for section in card_page(RegisteredModel(path, origin))}


def test_scores_are_a_table_with_a_row_for_each_set(tmp_path):
    scores = {"cases": "24 of each", "a": {"liquor": 0.82, "crystal": 0.816}, "b": {"crystal": 0.7}}
    page = sections(write_untrained_model(tmp_path / "m", metrics={"other_simulators_dice": scores}))
    found = page["What it reaches: other simulators dice"]
    assert found.header == ("", "liquor", "crystal")
    assert found.rows == (("a", "0.82", "0.816"), ("b", "", "0.7"))
    assert found.notes == ("24 of each",)


def test_what_the_card_does_not_say_is_said(tmp_path):
    page = sections(write_untrained_model(tmp_path / "m", licence=None))
    assert "does not say" in page["Where it fails"].notes[0]
    assert "does not say" in page["What it reaches"].notes[0]
    assert dict(page["What it is"].rows)["voxel size"] == "not said"


def test_limits_and_parts_that_are_not_known_yet_are_shown(tmp_path):
    card = {
        "limits": ["Thin films are missed.", "Several crystals need a switch."],
        "calibration": {"temperature": 1.25, "bins": [[0.1, 0.2, 30]]},  # a curve to draw, not to read
        "odd": {"nested": [{"name": "one", "size_um": 3}, {"name": "two", "size_um": None}]},
    }
    page = sections(write_untrained_model(tmp_path / "m", **card))
    assert page["Where it fails"].notes == tuple(card["limits"])
    assert page["Calibration of its doubt"].rows == (("temperature", "1.25"),)
    assert page["Further"].rows[0][1:] == ("one", "3")


@pytest.mark.parametrize("name", ["compact2d", "compact3d", "guided3d"])
def test_cards_of_the_bundled_models_have_all_parts(name, tmp_path):
    model = ModelRegistry((tmp_path,)).find(name)
    page = sections(model.path, "bundled")
    assert ["What it is", "Trained on"] == list(page)[:2]
    assert f"SHA-256 {model.folder.sha256}" in dict(page["Files"].rows).values()
    assert "does not say" not in page["Where it fails"].notes[0]
    for section in page.values():
        assert len({len(row) for row in (*section.rows, *([section.header] if section.header else []))}) <= 1


def test_values_that_stand_alone_are_shown(tmp_path):
    page = sections(write_untrained_model(tmp_path / "m", metrics={"dice": 0.9}, limits="Thin films are missed."))
    assert page["What it reaches: dice"].notes == ("0.9",)
    assert page["Where it fails"].notes == ("Thin films are missed.",)


def test_text_of_a_card_does_not_steer_the_terminal(tmp_path):
    card = {"name": "m\x1b[31m", "data": "\x1b]0;title\x07", "odd\x1b[2J": {"a\x1b": 1}}
    for section in card_page(RegisteredModel(write_untrained_model(tmp_path / "m", **card), "by hand")):
        told = [section.title, *section.header, *section.notes, *(cell for row in section.rows for cell in row)]
        assert not any("\x1b" in text for text in told), section.title
