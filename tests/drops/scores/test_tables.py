"""Tables of scores as text, Markdown and CSV."""

from __future__ import annotations

import pytest

from napari_crystalseg.drops.scores import AveragePrecision, classification_scores, presence_scores
from napari_crystalseg.drops.scores.tables import Table, class_table, confusion_table, f1_table, precision_table
from napari_crystalseg.errors import InputError

TRUTH = ["crystals", "crystals", "clear", "precipitate"]
GIVEN = ["crystals", "clear", "clear", "precipitate"]


def test_f1_by_set_in_the_order_of_the_paper():
    table = f1_table(
        {"unambiguous": classification_scores(TRUTH, TRUTH), "mostly": classification_scores(TRUTH, GIVEN)}
    )
    assert table.text() == (
        "F1\n"
        "set          images  Crystals  Precipitate   Clear  Other    Mean\n"
        "unambiguous       4    1.0000       1.0000  1.0000      -  1.0000\n"
        "mostly            4    0.6667       1.0000  0.6667      -  0.7778\n"
    )
    assert table.csv().splitlines()[1] == "unambiguous,4,1.0,1.0,1.0,,1.0"


def test_markdown():
    table = f1_table({"a|b": classification_scores(TRUTH, TRUTH)})
    assert table.markdown() == (
        "**F1**\n\n"
        "| set | images | Crystals | Precipitate | Clear | Other | Mean |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| a\\|b | 4 | 1.0000 | 1.0000 | 1.0000 | - | 1.0000 |\n"
    )


def test_a_detector_as_classifier():
    table = class_table({"unambiguous": presence_scores([True, True, False], [True, False, False])})
    assert table.rows == (
        ("Crystals", "unambiguous", 2, 1.0, 0.5, pytest.approx(2 / 3)),
        ("No crystals", "unambiguous", 1, 0.5, 1.0, pytest.approx(2 / 3)),
    )


def test_which_class_is_taken_for_which():
    table = confusion_table("mostly", classification_scores(TRUTH, GIVEN))
    assert table.header == ("", "Crystals", "Precipitate", "Clear", "Other")
    assert table.rows[0] == ("Crystals", 1, 0, 1, 0)


def test_average_precision_by_overlap_and_size():
    figures = (0.38, 0.505, 0.381, 0.101, None, 0.641, *[0.5] * 6)
    alone = AveragePrecision(*figures, truths=3, found=4)
    scores = AveragePrecision(*figures, truths=6, found=8, classes={"drop": alone, "crystal": alone})
    table = precision_table({"Box": scores})
    assert table.header == ("", "true", "found", "0.5", "0.75", "0.5-0.95", "< 32²", "32²-96²", "> 96²")
    assert table.rows[0] == ("Box", 6, 8, 0.505, 0.381, 0.38, 0.101, None, 0.641)
    assert [row[0] for row in table.rows] == ["Box", "Box, drop", "Box, crystal"]


def test_a_row_of_another_length():
    with pytest.raises(InputError, match="has 2 cells"):
        Table("one", ("a", "b"), (("c",),))
