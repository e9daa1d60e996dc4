"""Class and outlines that do not go together."""

from __future__ import annotations

import pytest

from napari_crystalseg.drops.contradiction import MISSED, UNLIKELY, contradiction


@pytest.mark.parametrize(
    "drop_class, crystals, found",
    [
        ("crystals", 0, MISSED),
        ("crystals", 1, None),
        ("crystals", None, None),
        ("clear", 2, UNLIKELY),
        ("clear", 0, None),
        ("precipitate", 0, None),
        ("precipitate", 3, None),
        (None, 0, None),
    ],
)
def test_what_does_not_go_together(drop_class, crystals, found):
    assert contradiction(drop_class, crystals) is found


def test_crystals_that_nothing_outlines_are_the_graver():
    assert MISSED.warning and not UNLIKELY.warning
    assert UNLIKELY.sentence == "Crystals are outlined, but the class is clear."
