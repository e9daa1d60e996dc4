"""A form made of a function: its fields, their words, and its value."""

from typing import Annotated

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QWidget

from napari_crystalseg.widgets.parts.parameter_form import ParameterForm, integer_options


def described(
    colour: Annotated[str, {"choices": ["red", "blue"]}] = "blue",
    columns: Annotated[int, integer_options(31, 4096, label="fine")] = 64,
) -> tuple[str, int]:
    """Return both.

    Parameters
    ----------
    colour
        What it looks like.
    columns
        How fine it is.
    """
    return colour, int(columns)


def made(qtbot):
    form = ParameterForm(described)
    box = QWidget()
    box.setLayout(form.rows)
    qtbot.addWidget(box)
    return form, box


def test_fields_labels_and_tips_are_those_of_the_function(qtbot):
    form, box = made(qtbot)
    assert form.value() == ("blue", 64)
    assert [label.text() for label in box.findChildren(QLabel)] == ["colour", "fine"]
    assert form.field("colour").toolTip() == "What it looks like."
    assert form.field("columns").toolTip() == "How fine it is."
    form.field("colour").setCurrentText("red")
    form.field("columns").setValue(100)
    assert form.value() == ("red", 100)
    form.field("columns").setValue(1)
    assert form.value() == ("red", 31)


def test_a_whole_number_is_typed_digit_by_digit_and_steps_by_one(qtbot):
    form, _ = made(qtbot)
    field = form.field("columns")
    field.selectAll()
    qtbot.keyClicks(field, "128")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert form.value() == ("blue", 128) and field.text() == "128"
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert form.value() == ("blue", 129) and field.text() == "129"


def test_setting_a_number_does_not_take_the_keyboard(qtbot):
    form, box = made(qtbot)
    box.show()
    form.field("colour").setFocus()
    form.field("columns").setValue(77)
    assert box.focusWidget() is form.field("colour")


def test_a_tick_box_is_named_once(qtbot):
    def ticked(over_air_too: bool = False) -> bool:
        return over_air_too

    form = ParameterForm(ticked)
    box = QWidget()
    box.setLayout(form.rows)
    qtbot.addWidget(box)
    words = [label.text() for label in box.findChildren(QLabel)] + [form.field("over_air_too").text()]
    assert [word for word in words if word] == ["over air too"]
