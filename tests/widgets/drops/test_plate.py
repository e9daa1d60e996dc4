"""The plate: where wells are drawn, which key leads where, in which order they are gone through."""

from __future__ import annotations

from pathlib import Path

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QScrollArea

from napari_crystalseg.widgets.drops.drop_entry import DropEntry
from napari_crystalseg.widgets.drops.drop_order import order_of, step
from napari_crystalseg.widgets.drops.plate.plate_layout import PlateLayout
from napari_crystalseg.widgets.drops.plate.plate_view import PlateView
from napari_crystalseg.widgets.drops.plate.well_look import WellLook, probability_colour
from napari_crystalseg.widgets.parts.levels import luminance

WELLS = [(row, column, subwell) for row in range(8) for column in range(12) for subwell in range(2)]


def entry(name, likely=None, **known):
    rest = None if likely is None else (1 - likely) / 3
    probabilities = () if likely is None else (rest, likely, rest, rest)
    made = DropEntry(Path(name), name, probabilities=probabilities)
    for key, value in known.items():
        setattr(made, key, value)
    return made


@pytest.fixture
def plate(qtbot):
    made = PlateView()
    qtbot.addWidget(made)
    made.resize(400, 400)
    places = [*WELLS, None, None, None]
    made.show_plate([WellLook(str(n), tip=f"drop {n}") for n in range(len(places))], places, (8, 12, 2))
    made.show()
    return made


@pytest.mark.parametrize(
    "places, shape, subwells",
    [(WELLS, (8, 12), 2), ([(0, 0, 0), (15, 23, 0)], (16, 24), 1), ([(2, 1, 2)], (8, 12), 3), ([None], (0, 0), 0)],
)
def test_each_micrograph_has_a_place_of_its_own(places, shape, subwells):
    layout = PlateLayout(places, 400, (*shape, subwells))
    for one, cell in enumerate(layout.cells):
        assert layout.at(*cell.centre) == one
        assert cell.left + cell.width <= 401 and cell.top + cell.height <= layout.height


def test_a_click_and_the_arrows_choose(plate, qtbot):
    heard = []
    plate.chosen.connect(heard.append)
    qtbot.mouseClick(plate, Qt.MouseButton.LeftButton, pos=plate.cell_rect(25).center().toPoint())
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up):
        qtbot.keyClick(plate, key)
    assert heard == [25, 26, 50, 49, 25]
    qtbot.keyClick(plate, Qt.Key.Key_Home)
    qtbot.keyClick(plate, Qt.Key.Key_End)
    qtbot.keyClick(plate, Qt.Key.Key_PageDown)
    qtbot.keyClick(plate, Qt.Key.Key_PageDown)
    assert heard[5:8] == [24, 47, 143] and plate.current >= 192  # those without a well lie below
    qtbot.keyClick(plate, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert plate.current == 194
    qtbot.keyClick(plate, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(plate, Qt.Key.Key_Left)
    qtbot.keyClick(plate, Qt.Key.Key_Up)
    assert plate.current == 0


def test_keys_ask_for_more(plate, qtbot):
    heard = []
    plate.stepped.connect(heard.append)
    plate.accepted.connect(lambda: heard.append("accepted"))
    plate.entered.connect(lambda: heard.append("entered"))
    plate.class_pressed.connect(heard.append)
    for key in (Qt.Key.Key_N, Qt.Key.Key_P, Qt.Key.Key_X, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_3):
        qtbot.keyClick(plate, key)
    assert heard == ["next", "previous", "crystals", "entered", "accepted", 2]


def test_a_click_between_wells_chooses_none_and_readers_are_told(plate, qtbot):
    qtbot.mouseClick(plate, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert plate.current == -1
    plate.set_current(7)
    assert plate.accessibleName() == "Plate" and plate.accessibleDescription().startswith("drop 7 ")


def test_it_is_painted_in_no_time(plate, qtbot):
    import time

    plate.grab()
    began = time.perf_counter()
    for _ in range(5):
        plate.grab()
    assert (time.perf_counter() - began) / 5 < 0.2


def test_brighter_is_more_probable():
    bright = [luminance(probability_colour(tenth / 10)) for tenth in range(11)]
    assert bright == sorted(bright) and bright[-1] > 10 * bright[0]


def test_order_and_next_with_crystals():
    entries = [
        entry("a", 0.2), entry("b", 0.9), entry("c"), entry("d", 0.8, accepted=True), entry("e", 0.7),
        entry("f", 0.95, problem="broken"), entry("g", 0.1, drop_class="crystals"),
    ]  # fmt: skip
    assert order_of(entries, False) == list(range(7))
    assert order_of(entries, True) == [5, 1, 3, 4, 0, 6, 2]
    assert step(entries, -1, "next", False) == 0 and step(entries, 6, "next", False) is None
    assert step(entries, 0, "previous", False) is None and step(entries, 3, "previous", True) == 1
    assert step(entries, 1, "crystals", False) == 4 and step(entries, 4, "crystals", False) == 6
    assert step(entries, 6, "crystals", False) == 1
    assert step([entry("a", 0.2)], 0, "crystals", False) is None


def test_tips_say_what_is_known():
    one = entry("A01", 0.7, crystals=1, accepted=True, drop_class="crystals")
    assert one.look.tip.splitlines() == [
        "A01.",
        "Probabilities: clear 10 %, crystals 70 %, other 10 %, precipitate 10 %.",
        "1 crystal.",
        "Accepted as crystals.",
    ]
    assert one.look.letter == "X" and entry("b", problem="It is empty.").look.letter == "!"
    assert "Not classified yet." in entry("c").look.tip


def test_what_is_gone_to_is_scrolled_into_view(qtbot):
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    made = PlateView()
    area.setWidget(made)
    area.resize(300, 150)
    made.show_plate([WellLook(str(n)) for n in range(400)], [None] * 400, (0, 0, 0))
    area.show()
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > made.layout_.height - 160 > 400, timeout=30000)
    for number in (399, 0):
        made.set_current(number)
        middle = made.cell_rect(number).center().toPoint()
        assert area.viewport().rect().contains(made.mapTo(area.viewport(), middle))
