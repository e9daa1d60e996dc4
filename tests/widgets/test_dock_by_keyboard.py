"""The dock without a mouse."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from qtpy.QtWidgets import QAbstractButton

# With Alt: napari's menus, and its screenshot to a file (S) and to the clipboard (C).
OF_NAPARI = set("FVLPWHSC")


def letters(*widgets):
    texts = [button.text() for widget in widgets for button in widget.findChildren(QAbstractButton)]
    return Counter(found[1].upper() for text in texts if (found := re.search(r"&(\w)", text)))


@pytest.mark.parametrize("tab", range(6))
def test_alt_and_a_letter_press_one_button(dock, tab):
    # Where two claim a letter, Qt presses neither.
    known = letters(dock.tabs.pages[tab], dock.bar)
    assert not OF_NAPARI & set(known)
    assert not {letter: count for letter, count in known.items() if count > 1}


def test_what_a_sample_takes_has_a_letter(dock):
    buttons = (
        dock.open.open_button,
        dock.open.process_box.button,
        dock.open.reconstruct_button,
        dock.segment.segment_button,
        dock.review.find_button,
        dock.check.compute_button,
        dock.export.export_button,
        dock.bar.cancel_button,
    )
    assert all("&" in button.text() for button in buttons)
